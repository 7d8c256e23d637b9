"""Forecasts of pairs: rules, gradient boosting, and their average with learnt weights.

Every expert is a function of an `Origin`, so it sees nothing dated later; the boosting is fitted
on windows that end by the origin, and the weights of the average on forecasts made at earlier
origins for times that had come by this one.

Scored by equations (54) and (55); net migration has its own, (56).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from corridors.forecast.data import Panel
from corridors.forecast.features import Origin, describe, momentum, relative, windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = [
    "RECIPES",
    "Forecast",
    "Past",
    "Recipe",
    "Replay",
    "average",
    "damped",
    "recipe",
    "weights",
]

#: Damping of a change that goes on: half of it in the next lag, a quarter in the one after.
DAMPING = 0.5
#: Most rows the boosting is fitted on: those with most persons, which decide the error.
_MOST_ROWS = 40_000
_FEWEST_ROWS = 60
#: Up to so many rows a third of the rounds, each three times as large, does.
_FEW_ROWS = 3000
_MOST_WINDOWS = 8
#: Earlier origins that teach the weights and the intervals.
_MOST_PAST = 5
#: Earlier cases at which persistence still has half of the weight.
_CAUTION = 300


@dataclass(frozen=True)
class Recipe:
    """Which experts are averaged for a kind of series, and how the boosting is set.

    Attributes
    ----------
    prior : mapping of str to float
        Experts and the weights towards which the learnt ones are drawn.
    pull : float
        How strongly: `lam` of the docs.
    leaves, rounds, rate, largest : settings of the boosting; `largest` clips its target.
    """

    prior: Mapping[str, float]
    pull: float
    leaves: int = 8
    rounds: int = 150
    rate: float = 0.04
    largest: float = 3.0


RECIPES = {
    "stocks": Recipe(
        {"persistence": 1, "damped_log": 1, "damped": 1, "destination": 1, "boosting": 1}, 0.5
    ),
    "stocks with areas": Recipe(
        {
            "persistence": 1,
            "momentum": 1,
            "half_momentum": 1,
            "boosting_momentum": 1,
            "boosting_capped": 1,
        },
        0.5,
    ),
    "flows": Recipe(
        {"persistence": 0, "geometric": 1, "boosting": 3}, 0.1, rounds=200, rate=0.03, largest=10.0
    ),
    "arrivals": Recipe(
        {"persistence": 1, "geometric": 0.5, "decay": 0.5, "boosting": 1},
        0.1,
        rounds=80,
        rate=0.08,
        largest=10.0,
    ),
}


def recipe(panel: Panel) -> Recipe:
    """The recipe for a panel: stocks with populations beside them have a momentum."""
    if panel.kind == "stocks" and "population" in panel.area:
        return RECIPES["stocks with areas"]
    return RECIPES[panel.kind]


# --- rules -----------------------------------------------------------------------------------


def damped(ahead: float, damping: float = DAMPING) -> float:
    """How often the last change is added when it is damped at every lag.

    `damping + damping^2 + ...` over `ahead` lags, between whole numbers too: the damped trend of
    Gardner & McKenzie (1985).

    Parameters
    ----------
    ahead : float, lags
    damping : float, share kept from a lag to the next

    Returns
    -------
    float, in last changes
    """
    if damping >= 1.0:
        return ahead
    return damping * (1.0 - damping**ahead) / (1.0 - damping)


def _never_below_zero(values: Array, origin: Origin) -> Array:
    """Persons; where a stock is empty it stays so."""
    values = np.where(np.isfinite(values), np.maximum(values, 0.0), origin.last)
    return np.where(origin.last > 0, values, 0.0) if origin.panel.kind == "stocks" else values


def _damped_log(origin: Origin) -> Array:
    """Damped change of the logarithm, clipped: a boom does not go on as it began."""
    unit = origin.scale / 50.0  # one person in the stocks of the United Nations
    now, before = np.log1p(origin.last / unit), np.log1p(origin.before / unit)
    return unit * np.expm1(now + damped(origin.ahead) * np.clip(now - before, -0.3, 0.3))


def _destination(origin: Origin) -> Array:
    panel = origin.panel
    now = panel.totals(panel.destination, origin.last)
    before = panel.totals(panel.destination, origin.before)
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.clip(np.nan_to_num(now / before - 1.0, posinf=0.0), -0.5, 0.5)
    return origin.last * (1.0 + damped(origin.ahead) * growth[panel.destination])


def _geometric(origin: Origin) -> Array:
    """Mean of the logarithms of the last value and of the median of the last values."""
    small = origin.scale
    middle = np.median(origin.history, axis=1)
    return np.sqrt((origin.last + small) * ((origin.last + middle) / 2 + small)) - small


def _decay(origin: Origin) -> Array:
    """A shock decays: where the last value stands far off its median, part of it goes.

    The share that is left is the one that left least error on earlier shocks of the table.
    """
    panel, small = origin.panel, origin.scale
    values, times = panel.series.values, panel.series.times
    gap, starts = windows(times, origin.horizon)
    base, ratio, later = [], [], []
    for start in starts[2:]:
        here = int(np.searchsorted(times, start))
        middle = np.median(values[:, max(0, here - 5) : here], axis=1)
        last, then = values[:, here], values[:, int(np.searchsorted(times, start + gap))]
        shock = last > 2 * middle + 10 * small
        base.append(middle[shock])
        ratio.append((last - middle)[shock])
        later.append(then[shock])
    middle = np.median(values[:, -6:-1], axis=1) if values.shape[1] > 1 else origin.last
    shock = origin.last > 2 * middle + 10 * small
    if not base or sum(map(len, base)) < 30:
        return origin.last
    floor, height, then = np.concatenate(base), np.concatenate(ratio), np.concatenate(later)
    left = np.linspace(0.0, 1.2, 25)
    errors = [np.abs(then - floor - share * height).sum() for share in left]
    share = left[int(np.argmin(errors))]
    return np.where(shock, middle + share * (origin.last - middle), origin.last)


def rules(origin: Origin) -> dict[str, Array]:
    """What each rule says; persistence where a rule cannot be applied."""
    last = origin.last
    made = {"persistence": last, "geometric": _geometric(origin)}
    if origin.panel.kind == "arrivals":
        made["decay"] = _decay(origin)
    if origin.looked_back:
        made["damped"] = last + damped(origin.ahead) * (last - origin.before)
        made["damped_log"] = _damped_log(origin)
        made["destination"] = _destination(origin)
    made = {name: _never_below_zero(values, origin) for name, values in made.items()}
    runs = momentum(origin)
    if runs is not None and "damped_log" in made:
        for name, power in (("momentum", 1.0), ("half_momentum", 0.5)):
            made[name] = slowed(made["damped_log"], last, runs**power)
    return made


def slowed(forecast: Array, last: Array, runs: Array) -> Array:
    """Growth of a forecast times the momentum of its pair; decline is left as it is."""
    return np.where(forecast > last, last + (forecast - last) * runs, forecast)


# --- boosting --------------------------------------------------------------------------------


def boosting(origin: Origin, settings: Recipe, seeds: int = 1) -> Array | None:
    """Persons by gradient boosting of the relative change; None where windows are too few.

    The target is the change over the persons of the pair plus `scale`, the weight that same sum,
    so that the absolute error the boosting minimises is that of persons.
    """
    panel = origin.panel
    gap, starts = windows(panel.series.times, origin.horizon)
    past = [Origin.of(panel, start, gap) for start in starts]
    past = ([each for each in past if each.looked_back] or past)[-_MOST_WINDOWS:]
    here = describe(origin)
    names = sorted(here)
    rows = _training(past, [panel.series.at(each.time + gap) for each in past], names, settings)
    if rows is None:
        return None
    features, target, weight = rows
    asked: Array = np.column_stack([here[name] for name in names]).astype(np.float32)
    used = np.array([len(np.unique(column[~np.isnan(column)])) > 1 for column in features.T])
    change = np.mean(
        [
            _predicted(features[:, used], target, weight, asked[:, used], settings, seed)
            for seed in range(seeds)
        ],
        axis=0,
    )
    change = np.maximum(change * _stretch(origin, gap), -1.0)
    alive = (origin.last > 0) | (origin.history.sum(axis=1) > 0)
    return np.where(alive, origin.last + change * (origin.last + origin.scale), 0.0)


def _stretch(origin: Origin, gap: int) -> float:
    """A change learnt over `gap`, for the horizon asked."""
    if gap == origin.horizon or origin.panel.kind != "stocks":
        return 1.0
    return damped(origin.ahead) / damped(gap / origin.lag)


def _training(
    past: list[Origin], later: list[Array], names: list[str], settings: Recipe
) -> tuple[Array, Array, Array] | None:
    """Features, targets and weights of all windows; None where they are too few."""
    features, target, weight = [], [], []
    for each, truth in zip(past, later, strict=True):
        found = describe(each)
        alive = (each.last > 0) | ((each.history.sum(axis=1) > 0) & (each.panel.kind != "stocks"))
        unknown = np.full(len(alive), np.nan)
        table = np.column_stack([found.get(name, unknown) for name in names])
        change = relative(truth - each.last, each.last, each.scale)
        features.append(table[alive].astype(np.float32))
        target.append(np.clip(change[alive], -1.0, settings.largest))
        weight.append((each.last + each.scale)[alive])
    if sum(map(len, target)) < _FEWEST_ROWS:
        return None
    weights = np.concatenate(weight)
    kept = np.argsort(-weights, kind="stable")[:_MOST_ROWS]
    return np.concatenate(features)[kept], np.concatenate(target)[kept], weights[kept]


def _predicted(
    features: Array, target: Array, weight: Array, asked: Array, settings: Recipe, seed: int
) -> Array:
    """Relative changes by boosting fitted on the rows given."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    faster = 1 if len(target) > _FEW_ROWS else 3
    model = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=settings.rounds // faster,
        learning_rate=settings.rate * faster,
        max_leaf_nodes=settings.leaves,
        min_samples_leaf=int(np.clip(len(target) // 50, 5, 40)),
        max_features=0.4,
        early_stopping=False,
        random_state=seed,
    )
    # On a busy machine OpenMP's threads wait for each other: measured, 25 times the wall time.
    with threadpool_limits(1, user_api="openmp"):
        return model.fit(features, target, sample_weight=weight / weight.mean()).predict(asked)


# --- the average -----------------------------------------------------------------------------


def experts(origin: Origin, settings: Recipe, seeds: int = 1) -> dict[str, Array]:
    """The forecast of every expert of a recipe, persons by series.

    Where an expert cannot be had (no earlier value, too few windows) it is persistence.
    """
    made = rules(origin)
    if any(name.startswith("boosting") for name in settings.prior):
        free = boosting(origin, settings, seeds)
        if free is not None:
            most = 0.2 * origin.ahead * (origin.last + origin.scale)
            capped = np.clip(free, origin.last - most, origin.last + most)
            made["boosting_free"] = _never_below_zero(free, origin)
            made["boosting_capped"] = _never_below_zero(capped, origin)
            stocks = origin.panel.kind == "stocks"
            made["boosting"] = made["boosting_capped" if stocks else "boosting_free"]
            runs = momentum(origin)
            if runs is not None:
                free = made["boosting_free"]
                made["boosting_momentum"] = slowed(free, origin.last, np.sqrt(runs))
    return {name: made.get(name, origin.last) for name in settings.prior}


def average(made: Mapping[str, Array], shares: Mapping[str, float]) -> Array:
    """The mean of the experts with weights that sum to one, as `weights` learns them.

    Parameters
    ----------
    made : mapping of str to (series,) array
        Persons that each expert says.
    shares : mapping of str to float
        Sum 1.

    Returns
    -------
    Array (series,) persons

    Notes
    -----
    A combination as in Bates & Granger (1969).
    """
    return sum(shares[name] * values for name, values in made.items())  # type: ignore[return-value]


def weights(
    settings: Recipe, past: list[tuple[dict[str, Array], Array, Array]]
) -> dict[str, float]:
    """Weights of the experts that err least on earlier forecasts, drawn towards the prior.

    Minimises the mean over earlier origins of MAE / MAE of persistence plus `pull` times the
    squared distance from the prior, on the simplex, by exchanges between two experts. MAE over that
    of persistence is 1 - skill of (54).

    Parameters
    ----------
    settings : Recipe
        Prior shares of the experts, and `pull`.
    past : list of (experts, last, truth)
        Forecasts made at earlier origins, the last value then, and what came: (series,) persons
        each.

    Returns
    -------
    dict of str to float, shares that sum to 1
    """
    names = list(settings.prior)
    prior = np.array([settings.prior[name] for name in names], float)
    prior = prior / prior.sum()
    tables = []
    for made, last, truth in past:
        table = np.column_stack([made[name] for name in names])
        moved = (table.max(axis=1) > table.min(axis=1)) | (truth != last)
        reference = np.abs(truth - last).sum()
        if reference > 0:
            tables.append((table[moved], truth[moved], reference))
    if not tables:
        return dict(zip(names, prior.tolist(), strict=True))

    def loss(share: Array) -> float:
        errors = [np.abs(table @ share - truth).sum() / mae for table, truth, mae in tables]
        return float(np.mean(errors)) + settings.pull * float(((share - prior) ** 2).sum())

    best, least = prior, loss(prior)
    for size in (0.2, 0.1, 0.05, 0.02):
        better = True
        while better:
            better = False
            for giver, taker in permutations(range(len(names)), 2):
                given = min(size, best[giver])
                if given <= 1e-9:
                    continue
                tried = best.copy()
                tried[giver] -= given
                tried[taker] += given
                value = loss(tried)
                if value < least - 1e-9:
                    best, least, better = tried, value, True
    return dict(zip(names, best.tolist(), strict=True))


def cautious(shares: dict[str, float], trust: float) -> dict[str, float]:
    """Weights drawn towards persistence where few earlier cases stand behind them."""
    drawn = {name: trust * share for name, share in shares.items()}
    drawn["persistence"] += 1.0 - trust
    return drawn


class Replay:
    """Forecasts of one panel from any origin; what was made at an origin is made once."""

    def __init__(self, panel: Panel, settings: Recipe | None = None) -> None:
        self.panel = panel
        self.settings = settings or recipe(panel)
        self._made: dict[tuple[int, int, int], tuple[dict[str, Array], Origin]] = {}

    def made(self, time: int, horizon: int, seeds: int) -> tuple[dict[str, Array], Origin]:
        """Forecast p of (54) of every expert from an origin, persons (series,), and that origin."""
        key = (time, horizon, seeds)
        if key not in self._made:
            origin = Origin.of(self.panel, time, horizon)
            self._made[key] = (experts(origin, self.settings, seeds), origin)
        return self._made[key]

    def past(self, time: int, horizon: int) -> list[Past]:
        """Forecasts from earlier origins whose time had come by `time`, earliest first."""
        known = self.panel.series.until(time)
        gap, starts = windows(known.times, horizon)
        starts = ([start for start in starts if start > known.times[0]] or starts)[-_MOST_PAST:]
        return [Past(*self.made(start, gap, 1), known.at(start + gap)) for start in starts]

    def forecast(self, time: int, horizon: int) -> Forecast:
        """The averaged forecast, its weights, and the errors it would have made before."""
        made, origin = self.made(time, horizon, 2)
        past = self.past(time, horizon)
        shares = weights(self.settings, [(p.made, p.origin.last, p.truth) for p in past])
        cases = sum(int((p.origin.last > 0).sum()) for p in past)
        trust = cases / (cases + _CAUTION)
        shares = cautious(shares, trust)
        before = [(p.origin, average(p.made, shares), p.truth) for p in past]
        return Forecast(origin, average(made, shares), shares, before, trust)


@dataclass(frozen=True)
class Past:
    """A forecast made at an earlier origin, and what came."""

    made: dict[str, Array]
    origin: Origin
    truth: Array


@dataclass(frozen=True)
class Forecast:
    """A point forecast (the median) and the same average's forecasts from earlier origins.

    Attributes
    ----------
    median : (series,) array
    shares : dict of str to float
        Weights of the experts.
    before : list of (origin, median, truth)
    trust : float
        How much stands behind the weights and the errors: near 1 for a world of pairs.
    """

    origin: Origin
    median: Array
    shares: dict[str, float]
    before: list[tuple[Origin, Array, Array]]
    trust: float
