"""Published effects of permits, papers and fences, beside ours."""

from __future__ import annotations

import numpy as np

from corridors.capital.supply import Closure
from corridors.wages.contracts import Contracts, Terms, terms
from published.models import BOTH, READ, Row, agreeing, apart
from published.pages import change, persons
from published.worlds import IRREGULAR, PERMANENT, TIED, Answer, ask, default, place, world

__all__ = ["PERMITS", "contracts_reform", "fence", "fewer", "ratio"]

#: What workers and sponsors of the two-tier contract do; assumed, no size is published.
STAY, DISCOUNT, STAY_ELASTICITY, RECRUIT_ELASTICITY, FIRST = 0.6, 0.9, 2.0, 1.0, 0.1
#: Dollars a year of low-skill and of college-educated US workers per 100,000 fewer Mexicans:
#: (2018 version, revision) from +0.36 and -4.35 by 82,650, and +9 and -21 by 300,000 persons.
FENCE_PAY = ((0.36 / 0.8265, 9.0 / 3.0), (-4.35 / 0.8265, -21.0 / 3.0))


def legalised() -> Row:
    before = world("mobile", statuses=True)
    papers = ask(before, "regularisation", residence="USA")
    gone = ask(before, "ban", residence="USA", status="irregular")
    adults = before.state.residents()[0][:, place("USA")].sum()
    present = before.state.migrants[0][:, :, place("USA"), IRREGULAR].sum()
    now = -gone.output_of("USA")
    after = 1.0 - (1.0 + gone.output_of("USA")) / (1.0 + papers.output_of("USA"))
    return Row(
        "Edwards, Ortega 2017",
        "workers without papers: 5 % of US employment, 3.0 % of private output, 3.6 % if "
        "legalised (4.8 in a later text)",
        READ,
        f"{100 * present / adults:.1f} % of adults, {100 * now:.1f} % of output, "
        f"{100 * after:.1f} % if regularised; output {change(papers.output_of('USA'))}, their pay "
        f"{change(papers.pay('USA', IRREGULAR, PERMANENT))}",
        f"{apart(now, 0.03, 0.03)} now, {apart(after - now, 0.006, 0.006)} in the gain",
        "output lost if nobody without papers lived in the United States, before and after lever "
        "`regularisation`; four statuses, capital mobile, all prices settle",
        "we count adults and they workers, of whom more have no papers. Papers raise productivity "
        "by a fifth with them and by 3 % here (efficiency 0.97, from penalties in pay).",
    )


def legalise_or_deport() -> Row:
    answers = {}
    for closure in BOTH:
        before = world(closure, statuses=True)
        papers = ask(before, "regularisation", residence="USA").output_of("USA")
        removal = ask(before, "deportation", residence="USA", hazard=0.1).output_of("USA")
        answers[closure] = papers, removal
    listed = "; ".join(
        f"{closure} capital: papers {change(papers)}, removal {change(removal)}"
        for closure, (papers, removal) in answers.items()
    )
    return Row(
        "Walmsley et al., GMig2",
        "for US output, regularisation beats deportation; no size seen",
        READ,
        listed,
        agreeing(*((1, papers - removal) for papers, removal in answers.values())),
        "levers `regularisation` (all) and `deportation` (a tenth a year)",
        "sign only: their model has sectors and trade.",
    )


def fence(deterred: float, closure: Closure = "mobile") -> Answer:
    """A wall against Mexicans without papers on the way to the United States."""
    before = world(closure, statuses=True)
    return ask(
        before, "wall", deterred=deterred, birthplace="MEX", residence="USA", status="irregular"
    )


def fewer(answer: Answer) -> float:
    """Change of Mexican-born adults in the United States, persons."""
    here, there = place("MEX"), place("USA")
    return float((answer.after.migrants - answer.now.migrants)[0, :, here, there].sum())


def fence_effects() -> Row:
    answers = {share: fence(share) for share in (0.03, 0.27)}
    total = float(answers[0.03].now.migrants[0][:, place("MEX"), place("USA")].sum())
    lost = {share: fewer(answer) for share, answer in answers.items()}
    listed = "; ".join(
        f"deterred {share:.2f}: {persons(fewer_there, signed=True)} ({change(fewer_there / total)})"
        for share, fewer_there in lost.items()
    )
    per = answers[0.03].natives_pay("USA") / -fewer(answers[0.03]) * 1e5
    fixed = fence(0.03, "fixed")
    per_fixed = fixed.natives_pay("USA") / -fewer(fixed) * 1e5
    return Row(
        "Allen, Dobbin, Morten (NBER 25267), US fence of 2007-10",
        "Mexicans in the United States −82,650, −0.6 % (2018) to −300,000 (revision); per 100,000 "
        "fewer, pay a year +$0.4 to +$3.0 low-skill, −$5.3 to −$7.0 college (our division)",
        READ,
        f"{listed}; pay a year per 100,000 fewer {_dollars(per[0])} without, "
        f"{_dollars(per[1])} with tertiary schooling (fixed capital: {_dollars(per_fixed[0])}, "
        f"{_dollars(per_fixed[1])})",
        agreeing((1, per[0]), (-1, per[1])) + f"; {_outside(per)}",
        "lever `wall` on people without papers from Mexico; four statuses, capital mobile",
        "how many a fence deters is the lever's field, not a result: 0.03 is near the first "
        f"version, 0.09 near the revision, the default {default('wall', 'deterred'):g} between, "
        "and 0.27 is Feigenberg's for one municipality. Pay per person is a result and not fitted: "
        "one labour market for the whole country, where theirs are many.",
    )


def _dollars(amount: float) -> str:
    return f"{amount:+.1f}".replace("-", "−").replace("+", "+$").replace("−", "−$")


def _outside(per: np.ndarray) -> str:
    words = []
    for name, figure, ends in zip(("low", "college"), per, FENCE_PAY, strict=True):
        low, high = min(ends), max(ends)
        inside = low <= figure <= high
        gap = 0.0 if inside else figure - (low if figure < low else high)
        words.append(f"{name} {'inside the range' if inside else _dollars(gap) + ' beyond it'}")
    return ", ".join(words)


def contracts_reform(later: float) -> tuple[Terms, Terms]:
    """The two-tier contract before and after a reform that frees incumbents entirely."""
    values = (1.0, FIRST, later, STAY, 1.0, DISCOUNT, STAY_ELASTICITY, RECRUIT_ELASTICITY, 0.0)
    now = Contracts(*(np.array(value) for value in values))
    return terms(now, np.array(later)), terms(now, np.array(0.0))


def portable() -> Row:
    low, high = (contracts_reform(markdown) for markdown in (0.054, 0.17))
    parts = [
        (name, ratio(low, field), ratio(high, field))
        for name, field in (
            ("incumbents' pay", "later_pay"),
            ("staying", "stay"),
            ("first pay", "first_pay"),
            ("recruits", "recruits"),
        )
    ]
    single = ask(world("mobile", statuses=True), "portability", residence="ARE")
    listed = ", ".join(f"{name} {change(first)} to {change(two)}" for name, first, two in parts)
    return Row(
        "Naidu, Nyarko, Wang 2016, reform of the United Arab Emirates 2011",
        "incumbents' pay and retention up; demand for recruits and their pay down; sizes not seen",
        READ,
        f"{listed}. One mark-down for all: pay {change(single.pay('ARE', TIED))}, tied people "
        f"{change(single.people('ARE', TIED))}",
        agreeing(*((sign, part) for sign, (_, part, _) in zip((1, 1, -1, -1), parts, strict=True))),
        "`wages.contracts`, mark-down on later contracts 0.054 to 0.17 freed entirely, cost of "
        "entry as before; stay 0.6, discount 0.9, elasticities 2 and 1, assumed",
        "signs only. The lever `portability` has one mark-down per status and raises the pay of "
        "recruits too: it cannot give this pattern, the contract in two tiers can.",
    )


def ratio(pair: tuple[Terms, Terms], field: str) -> float:
    before, after = (getattr(value, field) for value in pair)
    return float(after / before) - 1.0


PERMITS = (legalised, legalise_or_deport, fence_effects, portable)
