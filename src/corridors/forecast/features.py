"""What is known of a pair or an area at an origin, as figures without units.

Everything is relative to the persons of the pair or of the area, or a logarithm of persons over
`scale`, a low figure of the table itself: twice the persons give the same features.

They enter the regressions whose forecasts equation (54) scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corridors.forecast.data import Panel, Yearly

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Origin", "describe", "momentum", "scale", "step", "windows"]

#: Values of a series that its summary looks back on.
_LOOK_BACK = 6


def step(times: NDArray[np.int64]) -> int:
    """The usual distance of two known times: the median of `times` (time,), in their unit.

    1 where there is only one. It is the lag of (56).
    """
    return int(np.median(np.diff(times))) if len(times) > 1 else 1


def scale(panel: Panel) -> float:
    """Persons below which a pair is small in this table; the a beside (55).

    Grows with the figures of the table: twice the persons, twice the scale.

    Parameters
    ----------
    panel : Panel
        Series (series, time), persons.

    Returns
    -------
    float, persons
    """
    values = panel.series.values
    positive = np.sort(values[values > 0])
    if not len(positive):
        return 1.0
    share, rank = (0.0025, 0.25) if panel.kind == "stocks" else (0.01, 0.5)
    return float(min(share * positive.mean(), positive[int(rank * (len(positive) - 1))]))


def windows(times: NDArray[np.int64], horizon: int) -> tuple[int, list[int]]:
    """The distance of known times nearest to a horizon, and the times that have such a later one.

    Nearest in logarithms, a rule of this package.

    Parameters
    ----------
    times : (time,) years, or whole numbers of any step
    horizon : int, in the unit of the times

    Returns
    -------
    gap : int
        `horizon` itself if two known times are that far apart; the nearest otherwise.
    origins : list of int
        Times whose time `gap` later is known, earliest first.
    """
    gaps = np.unique(times[None, :] - times[:, None])
    gaps = gaps[gaps > 0]
    if not len(gaps):
        return horizon, []
    gap = int(gaps[np.argmin(np.abs(np.log(gaps / horizon)))])
    known = set(times.tolist())
    return gap, [time for time in times.tolist() if time + gap in known]


@dataclass(frozen=True)
class Origin:
    """A panel at an origin: what each pair had, has, and how far ahead is asked.

    Attributes
    ----------
    last, before, earlier : (series,) arrays
        Persons at the origin, one lag and two lags before; NaN where that is not known.
    """

    panel: Panel
    time: int
    horizon: int
    lag: int
    scale: float
    last: Array
    before: Array
    earlier: Array

    @classmethod
    def of(cls, panel: Panel, time: int, horizon: int) -> Origin:
        """The last value of `panel` at `time`; a stock looks back further for a far horizon."""
        panel = panel.until(time)
        usual = step(panel.series.times)
        steps = max(1, int(np.ceil(horizon / usual / 2))) if panel.kind == "stocks" else 1
        lag = usual * steps
        at = panel.series.at
        values = (at(time), at(time - lag), at(time - 2 * lag))
        return cls(panel, time, horizon, lag, scale(panel), *values)

    @property
    def ahead(self) -> float:
        """Horizon in lags: years or steps of the table over the lag of its windows."""
        return self.horizon / self.lag

    @property
    def looked_back(self) -> bool:
        """Whether a value before the last one is known."""
        return bool(np.isfinite(self.before).any())

    @property
    def history(self) -> Array:
        """The last values of each series, oldest first, persons (series, times)."""
        return self.panel.series.values[:, -_LOOK_BACK:]


def relative(change: Array, persons: Array, small: float) -> Array:
    """A change over the persons it is a change of."""
    return change / (persons + small)


def describe(origin: Origin) -> dict[str, Array]:
    """Features of every series at an origin, for the regressions that (54) scores.

    Parameters
    ----------
    origin : Origin
        A panel (series, time) in persons, cut at a time.

    Returns
    -------
    dict of str to (series,) array, without unit: log points and ratios to the pair's persons
    """
    panel, small, last = origin.panel, origin.scale, origin.last
    found = {
        "level": np.log1p(last / small),
        "change": relative(last - origin.before, last, small),
        "change_before": relative(origin.before - origin.earlier, last, small),
    }
    if panel.kind != "stocks":
        found |= _history(origin)
    found |= _margins(origin)
    found |= _reverse(origin)
    found |= {name: values for name, values in panel.pair.items() if name != "distance"}
    if "distance" in panel.pair:
        found["distance"] = np.log1p(panel.pair["distance"])
    found |= _areas(origin)
    for name, yearly in panel.beside.items():
        found |= _beside(name, yearly, origin)
    return found


def _history(origin: Origin) -> dict[str, Array]:
    history, last, small = origin.history, origin.last, origin.scale
    summary = {
        "median": np.median(history, axis=1),
        "mean": history.mean(axis=1),
        "least": history.min(axis=1),
        "most": history.max(axis=1),
    }
    found = {name: relative(value - last, last, small) for name, value in summary.items()}
    if history.shape[1] > 1:
        steps = np.abs(np.diff(history, axis=1)).mean(axis=1)
        found["unrest"] = relative(steps, last, small)
        # How far the last value stands off what went before: a shock that may decay.
        found["shock"] = np.log((last + small) / (np.median(history[:, :-1], axis=1) + small))
    return found


def _margins(origin: Origin) -> dict[str, Array]:
    panel, small, last = origin.panel, origin.scale, origin.last
    found = {}
    own = relative(last - origin.before, last, small)
    for name, ends in (("origin", panel.origin), ("destination", panel.destination)):
        now = panel.totals(ends, last)
        growth = np.log((now + small) / (panel.totals(ends, origin.before) + small))
        found[f"{name}_growth"] = growth[ends]
        found[f"{name}_total"] = np.log1p(now / small)[ends]
        found[f"{name}_share"] = last / (now + small)[ends]
        found[f"beyond_{name}"] = own - growth[ends]
    return found


def _reverse(origin: Origin) -> dict[str, Array]:
    place = origin.panel.reverse()
    last, small = origin.last, origin.scale
    other = np.where(place >= 0, last[place], 0.0)
    other_before = np.where(place >= 0, origin.before[place], 0.0)
    return {
        "reverse": np.log((other + small) / (last + small)),
        "reverse_change": relative(other - other_before, last, small),
    }


def _areas(origin: Origin) -> dict[str, Array]:
    panel, time, lag = origin.panel, origin.time, origin.lag
    ends = {"origin": panel.origin, "destination": panel.destination}
    found = {}
    for name in ("population", "gdp_per_head"):
        if name not in panel.area:
            continue
        now, before = last_known(panel.area[name], time), panel.area[name].at(time - lag)
        with np.errstate(divide="ignore", invalid="ignore"):
            level, growth = np.log(now), np.log(now / before)
        for end, codes in ends.items():
            found[f"{name}_{end}"] = _finite(level)[codes]
            found[f"{name}_growth_{end}"] = _finite(growth)[codes]
    if "net_migration" in panel.area and "population" in panel.area:
        people = last_known(panel.area["population"], time)
        two, five = net_of_years(panel, time, 2), net_of_years(panel, time, 5)
        ten = net_of_years(panel, time, 10)
        for end, codes in ends.items():
            rates = {"net_2": two / people, "net_5": five / people, "net_10": ten / people}
            rates["net_turn"] = (2.5 * two - five) / people
            found |= {f"{name}_{end}": _finite(rate)[codes] for name, rate in rates.items()}
    for name in ("refugees_abroad", "refugees_hosted"):
        if name in panel.area:
            people = last_known(panel.area["population"], time)
            now, before = panel.area[name].at(time), panel.area[name].at(time - lag)
            codes = ends["origin" if name == "refugees_abroad" else "destination"]
            found[name] = _finite(now / people)[codes]
            found[f"{name}_change"] = _finite((now - before) / people)[codes]
    return found


def _beside(name: str, yearly: Yearly, origin: Origin) -> dict[str, Array]:
    last, small, time = origin.last, origin.scale, origin.time
    now = yearly.at(time)
    return {
        name: relative(now, last, small),
        f"{name}_change_1": relative(now - yearly.at(time - 1), last, small),
        f"{name}_change_5": relative(now - yearly.at(time - 5), last, small),
    }


def _finite(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan)


def last_known(yearly: Yearly, time: int) -> Array:
    """The value of each row at `time`, or the last one known before it."""
    values = yearly.until(time).values
    if not values.shape[1]:
        return np.full(len(values), np.nan)
    known = np.isfinite(values)
    place = np.where(known.any(axis=1), values.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1), 0)
    return values[np.arange(len(values)), place]


def net_of_years(panel: Panel, time: int, years: int) -> Array:
    """Net migration of the last years up to `time`, persons; NaN where a year is missing."""
    yearly = panel.area["net_migration"]
    wanted = (yearly.times > time - years) & (yearly.times <= time)
    if wanted.sum() < years:
        return np.full(len(yearly.values), np.nan)
    return yearly.values[:, wanted].sum(axis=1)


def momentum(origin: Origin) -> Array | None:
    """Whether what drove the growth of a pair still runs, a rule of this package scored by (54).

    From the net migration of the last two years against that of the last five, of destination and
    origin, each to the power one half; from population growth where net migration is not given.

    Parameters
    ----------
    origin : Origin
        Population and net migration (area, time), persons.

    Returns
    -------
    Array (series,), ratio: 1 as before, 0 stopped, at most 1.5; None where neither figure is given
    """
    panel, time = origin.panel, origin.time
    if "population" not in panel.area:
        return None
    if "net_migration" in panel.area:
        people = last_known(panel.area["population"], time)
        two, five = net_of_years(panel, time, 2), net_of_years(panel, time, 5)
        factors = []
        for codes, sign in ((panel.destination, 1.0), (panel.origin, -1.0)):
            floor = 0.002 * people[codes]
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = (2.5 * sign * two[codes] + floor) / (sign * five[codes] + floor)
            factors.append(np.where(sign * five[codes] > 0, np.clip(ratio, 0.0, 1.5), 1.0))
        return np.nan_to_num(factors[0] * factors[1], nan=1.0)
    yearly = panel.area["population"]
    now = yearly.at(time)
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = np.log(now / yearly.at(time - 2)) / 2 - np.log(now / yearly.at(time - 5)) / 5
    arriving = np.clip(1.0 + turn / 0.02, 0.0, 1.5)[panel.destination]
    leaving = np.clip(1.0 - turn / 0.02, 0.0, 1.5)[panel.origin]
    return np.nan_to_num(np.sqrt(arriving * leaving), nan=1.0)
