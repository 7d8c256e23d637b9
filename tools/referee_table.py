"""What decides each headline answer: prints the page `docs/referee.md`.

    python tools/referee_table.py [--draws 40] [--write]

Ten answers, each from draws of everything: parameters, legal statuses, and the errors of stocks,
output and schooling.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from published.pages import change, finish, options, table

from corridors import areas, baseline, ensemble, parameters, study
from corridors.baseline import Observed, revisions
from corridors.borders.status import shares_drawn
from corridors.capital.supply import Closure
from corridors.equilibrium import solve
from corridors.equilibrium.measures import BY_NAME, measure
from corridors.equilibrium.prepare import prepare
from corridors.labels import Array
from corridors.rules import Policy

HEAD = """# For a referee: what decides

For ten headline answers, from {draws} draws of everything at once (parameters, legal statuses,
errors of stocks, output and schooling), by `python tools/referee_table.py --write`:

- **shares of the variance** across draws: of a parameter the squared correlation of its rank with
  the answer's, less what chance gives ({chance:.1%}); of figures and statuses the variance left
  when only they are drawn, over that of all; shares need not sum to one, because parts act on each
  other;
- **one at a time**: the answer with one parameter at the tenth and at the ninetieth part of its
  prior;
- **whose correction would change the sign**: of parameters, and of figures of the areas that weigh
  most and of the study's focus, the three nearest to doing so, and by how many standard errors
  (at most {far:g}); each was tried and does. A standard error is {kinds}; of a parameter its
  prior's.

"""
#: Name, study, policy, capital, measure; law's share is drawn where a policy opens borders.
ANSWERS: tuple[tuple[str, str, str, Closure, str], ...] = (
    ("Open borders: world output, capital mobile", "open-borders", "legal share 0.15", "mobile",
     "output"),
    ("Open borders: pay at destinations without tertiary schooling, capital fixed", "open-borders",
     "legal share 0.15", "fixed", "wage_destinations_low"),
    ("Closed borders: world output, capital mobile", "closed-borders", "every border closed",
     "mobile", "output"),
    ("A fee of 3 per cent: remittances received", "end-remittance-fees", "cost of 3 per cent",
     "fixed", "remittances"),
    ("A tax of 5 per cent in the USA: remittances received", "remittance-ban",
     "tax of 5 per cent in the United States", "fixed", "remittances"),
    ("A tenth deported a year: world output, capital fixed", "mass-deportation", "a tenth a year",
     "fixed", "output"),
    ("Papers for all in the USA: world output, capital fixed", "regularisation", "all", "fixed",
     "output"),
    ("Central America open to the USA: world output, capital fixed", "central-america-open",
     "legal share 0.15", "fixed", "output"),
    ("A tenth of capital comes back: world output, one world market", "capital-stays-home",
     "a tenth comes back", "world", "output"),
    ("War doubles odds of leaving Sudan: welfare of naturals", "new-displacement", "odds double",
     "fixed", "welfare_naturals"),
)  # fmt: skip
#: Rows of `revisions.drawn`: what the figures err in.
KINDS = ("people born in {} abroad", "people from abroad in {}", "output of {}", "schooling in {}")
SIZES = (revisions.BIRTHPLACE_ERROR, revisions.RESIDENCE_ERROR, revisions.OUTPUT_ERROR,
         revisions.SCHOOLING_ERROR)  # fmt: skip
LARGEST, LISTED, FAR = 3, 3, 5.0
#: Errors from the middle to the tenth part; how far past the point where it should change we look.
TENTH, BEYOND = 1.2816, 1.15


class _OneError:
    """Luck that errs in one figure by so many standard errors, for `revisions.drawn`."""

    def __init__(self, kind: int, area: int, size: float) -> None:
        self.kind, self.area, self.size = kind, area, size

    def standard_normal(self, shape: tuple[int, int]) -> Array:
        errors = np.zeros(shape)
        errors[self.kind, self.area] = self.size
        return errors


@dataclass(frozen=True)
class _Answer:
    """One headline: what is asked of a world with these figures and parameters."""

    asked: study.Study
    policy: Policy
    capital: Closure
    name: str

    @classmethod
    def of(cls, name: str, policy: str, capital: Closure, quantity: str) -> _Answer:
        asked = study.read(name)
        chosen = next(each for each in asked.policies if each.name == policy)
        levers = tuple(
            replace(lever, legal_share=None)  # type: ignore[type-var]
            if "legal_share" in {field.name for field in fields(lever)}  # type: ignore[arg-type]
            else lever
            for lever in chosen.levers
        )
        return cls(asked, replace(chosen, levers=levers), capital, quantity)

    def value(self, observed: Observed, values: dict[str, Array], shares: Array | None) -> float:
        """The change of the measure, a share; NaN where no equilibrium is reached."""
        file = self.asked.file
        if not file.statuses:
            shares = None
        made = baseline.calibrate(
            observed, values, self.capital, channels=file.channels, shares=shares, land=file.land
        )
        rules, _ = self.policy.apply(made.rules)
        settled = solve.finish(
            prepare(made.structure, made.state, made.rules, rules), rules, tolerance=1e-8
        )
        if not bool(settled.good(1e-8)[0]):
            return float("nan")
        after = float(measure(made, settled.state, rules)[self.name][0])
        before = float(measure(made, made.state)[self.name][0])
        return after if "change" in BY_NAME[self.name].unit else after / before - 1.0


@functools.cache
def _figures() -> Observed:
    observed = baseline.observe()
    return replace(observed, figures=observed.figures.iloc[:0], notes=())


def _draws(answer: _Answer, number: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """Parameters drawn, and the answer when everything, figures, or statuses are drawn."""
    observed, central = _figures(), parameters.central()
    sampled = parameters.draw(number, ensemble.streams(1))
    outcome: dict[str, list[float]] = {"all": [], "figures": [], "statuses": []}
    few = max(number // 2, 2)
    for row in range(number):
        luck = ensemble.streams(1)
        figures = revisions.drawn(observed, luck(f"figures {row}"))
        shares = shares_drawn(
            observed.status_shares, observed.status_concentration, luck(f"statuses {row}"), 1
        )
        values = {name: value[row : row + 1] for name, value in sampled.items()}
        outcome["all"].append(answer.value(figures, values, shares))
        if row < few:
            today = observed.status_shares[None]
            outcome["figures"].append(answer.value(figures, central, today))
            if answer.asked.file.statuses:
                outcome["statuses"].append(answer.value(observed, central, shares))
    return sampled, {name: np.array(values) for name, values in outcome.items()}


def _shares(
    sampled: dict[str, Array], outcome: dict[str, Array], acting: Sequence[str]
) -> list[tuple[str, float]]:
    """Parts of the variance, the largest first."""
    good = np.isfinite(outcome["all"])
    whole = outcome["all"][good]
    ranks = whole.argsort().argsort()
    parts = []
    for name in acting:
        drawn = sampled[name][good].argsort().argsort()
        parts.append((f"`{name}`", np.corrcoef(drawn, ranks)[0, 1] ** 2 - 1.0 / (len(whole) - 1)))
    for name in ("figures", "statuses"):
        if len(outcome[name]) > 1:
            alone = outcome[name][np.isfinite(outcome[name])]
            parts.append((name, float(alone.var() / whole.var())))
    return sorted(parts, key=lambda part: -part[1])


def _alone(answer: _Answer) -> dict[str, tuple[float, float]]:
    """The answer with each parameter that moves it at two ends of its prior."""
    observed, central = _figures(), parameters.central()
    today = observed.status_shares[None]
    middle = answer.value(observed, central, today)
    channels = {"", *answer.asked.file.channels}
    channels |= {"statuses"} if answer.asked.file.statuses else set()
    ends = {}
    for name, about in parameters.declared().items():
        if about.prior is None or about.channel not in channels:
            continue
        two = [
            answer.value(observed, central | {name: about.quantile(np.array([part]))}, today)
            for part in (0.1, 0.9)
        ]
        if max(abs(each - middle) for each in two) > 1e-3 * abs(middle):
            ends[name] = two[0], two[1]
    return ends


def _nearest(
    answer: _Answer, middle: float, ends: dict[str, tuple[float, float]]
) -> list[tuple[str, float]]:
    """What changes the sign of the answer, with how many standard errors, the nearest first."""
    tried = []
    for name, (low, high) in ends.items():
        slope = (high - low) / (2.0 * TENTH)
        tried.append((f"`{name}`", slope, functools.partial(_with_parameter, answer, name)))
    for kind, code in _candidates(answer):
        shifted = functools.partial(_with_figure, answer, kind, code)
        tried.append((KINDS[kind].format(code), shifted(1.0) - middle, shifted))
    near = sorted(
        ((name, -middle / slope, made) for name, slope, made in tried if slope),
        key=lambda each: abs(each[1]),
    )
    changing: list[tuple[str, float]] = []
    for name, errors, made in near:
        if abs(errors) > FAR or len(changing) == LISTED:
            break
        if made(BEYOND * errors) * middle < 0.0:
            changing.append((name, errors))
    return changing


def _candidates(answer: _Answer) -> list[tuple[int, str]]:
    """Figures that weigh most, and those of the study's focus: kind and area."""
    observed, focus = _figures(), answer.asked.file.focus
    chosen = list(areas.select(focus, among=observed.areas))[:LARGEST] if focus else []
    weights = (observed.migrants.sum(axis=(0, 2)), observed.migrants.sum(axis=(0, 1)),
               observed.output, observed.output)  # fmt: skip
    figures = []
    for kind, weight in enumerate(weights):
        largest = [observed.areas[at] for at in np.argsort(-weight)[:LARGEST]]
        figures += [(kind, code) for code in dict.fromkeys([*largest, *chosen])]
    return figures


def _with_parameter(answer: _Answer, name: str, errors: float) -> float:
    """The answer with a parameter so many errors from the middle of its prior."""
    from scipy.special import ndtr

    value = parameters.declared()[name].quantile(np.array([ndtr(errors)]))
    today = _figures().status_shares[None]
    return answer.value(_figures(), parameters.central() | {name: value}, today)


def _with_figure(answer: _Answer, kind: int, code: str, errors: float) -> float:
    """The answer with one figure so many errors off."""
    observed = _figures()
    luck = _OneError(kind, observed.areas.index(code), errors)
    figures = revisions.drawn(observed, luck)  # type: ignore[arg-type]
    return answer.value(figures, parameters.central(), observed.status_shares[None])


def main() -> None:
    parser = options(__doc__ or "")
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--answers", type=int, default=len(ANSWERS), help="only the first")
    asked = parser.parse_args()
    chance = 1.0 / (asked.draws - 1)
    kinds = "; ".join(
        f"{kind.format('an area')} {size:g} in logs"
        for kind, size in zip(KINDS, SIZES, strict=True)
    )
    text = HEAD.format(draws=asked.draws, chance=chance, kinds=kinds, far=FAR)
    first, body = [], []
    for title, name, policy, capital, quantity in ANSWERS[: asked.answers]:
        answer = _Answer.of(name, policy, capital, quantity)
        middle = answer.value(_figures(), parameters.central(), _figures().status_shares[None])
        ends = _alone(answer)
        sampled, outcome = _draws(answer, asked.draws)
        good = outcome["all"][np.isfinite(outcome["all"])]
        low, high = np.quantile(good, [0.1, 0.9])
        parts = _shares(sampled, outcome, list(ends))
        nearest = _nearest(answer, middle, ends)
        other = float(np.mean(np.sign(good) != np.sign(middle)))
        first.append((title, change(middle), f"{change(low)} to {change(high)}",
                      f"{100 * other:.0f} %", _listed_shares(parts)))  # fmt: skip
        largest = sorted(ends.items(), key=lambda end: -abs(end[1][1] - end[1][0]))[:LISTED]
        alone = "; ".join(f"`{name}` {change(two[0])} to {change(two[1])}" for name, two in largest)
        body.append((title, alone, _listed_far(nearest)))
    text += table(
        ("Answer", "Central", "80 %", "Draws of the other sign", "Shares of the variance"), first
    )
    text += "\n\n" + table(
        ("Answer", "One at a time, tenth to ninetieth part", "Nearest to changing the sign"), body
    )
    finish("referee.md", text + "\n", asked.write)


def _listed_shares(parts: Sequence[tuple[str, float]]) -> str:
    kept = [(name, share) for name, share in parts if share >= 0.03][:4]
    return ", ".join(f"{name} {100 * min(share, 1.0):.0f} %" for name, share in kept) or "none told"


def _listed_far(far: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{name} ({errors:+.1f})".replace("-", "−") for name, errors in far) or "none"


if __name__ == "__main__":
    main()
