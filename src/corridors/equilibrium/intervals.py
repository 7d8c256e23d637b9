"""What draws say of an answer: paired changes, their intervals, and what they go with.

A draw is of the parameters and of the figures that today rests on, so it has its own today. What
a policy does in a draw is its change against that draw's own today, and the interval is of these
changes (equation (32)); beside a level stands today's central figure with the draws' changes on it.
Where nothing changes, the interval is today's figure itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridors.equilibrium.measures import MEASURES
from corridors.equilibrium.tables import Case, of_areas
from corridors.labels import Array

__all__ = [
    "ENOUGH_FOR_95",
    "LEVELS",
    "MOST_FAILED",
    "areas",
    "bounds",
    "corridors",
    "headline",
    "paired",
    "people",
    "printed_level",
    "ranking",
    "settled",
    "statuses",
]

LEVELS = (50, 80, 95)
#: Of fewer draws the ends of a 95 % interval are the two or three outermost draws.
ENOUGH_FOR_95 = 200
#: Where more of the draws fail than this, those that are left are no sample.
MOST_FAILED = 0.01
#: The central figure may miss the ends of an interval of no width by what a solver leaves open.
ROUNDING = 1e-6


def printed_level(draws: int) -> int:
    """Level of the interval that is printed beside a figure, in per cent."""
    return 95 if draws >= ENOUGH_FOR_95 else 80


def headline(cases: Sequence[Case], drawn: pd.DataFrame, first: str) -> pd.DataFrame:
    """Measures by case: today, value, median and intervals of the paired changes (32).

    Parameters
    ----------
    cases : sequence of Case
    drawn : DataFrame (policy, capital, draw, converged, a measure a column and `MEASURE_now`)
        Each measure in its unit.
    first : name of the measure the study is about, which leads

    Returns
    -------
    DataFrame (policy, capital, measure, title, unit, world_capital, now, value, central, median,
    bounds, note)
        Each row in its `unit`; `world_capital`, a ratio, is what works in the world after over
        before. `value` is the central answer, at the parameters' values; where it lies outside the
        interval that is printed, it is the draws' median, and `note` says so.
    """
    order = sorted(MEASURES, key=lambda quantity: quantity.name != first)
    rows = []
    for case in cases:
        now, then = case.measured()
        mine = drawn[(drawn["policy"] == case.policy) & (drawn["capital"] == case.capital)]
        for quantity in order:
            today, central = float(now[quantity.name][0]), float(then[quantity.name][0])
            about = {
                "policy": case.policy,
                "capital": case.capital,
                "measure": quantity.name,
                "title": quantity.title,
                "unit": quantity.unit,
                "world_capital": case.world_capital(),
                "now": today,
            }
            values = paired(mine, quantity.name, today)
            rows.append({**about, **settled(central, today, values, len(mine))})
    return pd.DataFrame(rows)


def paired(drawn: pd.DataFrame, name: str, today: float) -> Array:
    """What a measure would be in each converged draw: today's figure, the draw's change, (32).

    Parameters
    ----------
    drawn : DataFrame (draw, converged, `name`, `name_now`)
        The measure in its unit, after and before.
    name : str
        Of `corridors.equilibrium.measures.MEASURES`.
    today : float
        The measure of the central world, in its unit.

    Returns
    -------
    Array (d,), in the unit of the measure; empty where there are no draws
    """
    quantity = next(quantity for quantity in MEASURES if quantity.name == name)
    if drawn.empty:
        return np.empty(0)
    good = drawn[drawn["converged"].astype(bool)]
    before, after = (good[column].to_numpy(float) for column in (f"{name}_now", name))
    return quantity.paired(before, after, today)


def bounds(values: Array, number: int) -> dict[str, Array]:
    """Median and ends of every interval of draws, equal tails; of values of (32).

    95 % only from `ENOUGH_FOR_95` draws on, and nothing where more than one in a hundred failed.

    Parameters
    ----------
    values : (d, ...) of the draws that converged, any unit
    number : int
        Draws asked for.

    Returns
    -------
    dict of str to (...) array, in the unit of the values
        `median`, `lower_50`, `upper_50`, ... `upper_95`; NaN where nothing can be said.
    """
    nothing = np.full(values.shape[1:], np.nan)
    failed = number - len(values)
    known = len(values) > 0 and failed <= MOST_FAILED * number
    tails = {level: 0.5 * (1.0 - level / 100) for level in LEVELS}
    asked = [0.5, *(end for tail in tails.values() for end in (tail, 1.0 - tail))]
    # All at once: the draws are put in order once.
    ends = iter(np.quantile(values, asked, axis=0) if known else [nothing] * len(asked))
    spread = {"median": next(ends)}
    for level in LEVELS:
        sure = known and (level < 95 or number >= ENOUGH_FOR_95)
        for end in ("lower", "upper"):
            value = next(ends)
            spread[f"{end}_{level}"] = value if sure else nothing
    return spread


def settled(central: float, today: float, values: Array, number: int) -> dict[str, Any]:
    """Value, median and intervals of one figure, and what a reader should know of them.

    Parameters
    ----------
    central, today : float
        Of the parameters' values and of today, in the figure's unit.
    values : (d,) of the draws that converged, as `paired` (32) gives them
    number : int
        Draws asked for.

    Returns
    -------
    dict
        `value`, `central`, `median`, `lower_50`, ... `upper_95` in the figure's unit, and `note`.
    """
    spread = {name: float(value) for name, value in bounds(values, number).items()}
    level, value, note = printed_level(number), central, ""
    lower, upper = spread[f"lower_{level}"], spread[f"upper_{level}"]
    room = ROUNDING * max(abs(central), abs(today), 1e-3)
    if number and lower != lower:
        note = f"{number - len(values)} of {number} draws failed: no interval"
    elif lower - room <= central <= upper + room:
        spread[f"lower_{level}"] = min(lower, central)
        spread[f"upper_{level}"] = max(upper, central)
    elif lower == lower:
        value = spread["median"]
        note = (
            f"the parameters' values give {central:.6g}, outside the {level} % interval: "
            "the median of the draws stands here"
        )
    return {"value": value, "central": central, **spread, "note": note}


def areas(
    cases: Sequence[Case], ratios: dict[tuple[str, str], NDArray[np.float32]], number: int
) -> pd.DataFrame:
    """Intervals of every figure of every area, of the paired changes (32).

    Parameters
    ----------
    cases : sequence of Case
    ratios : (d, q, i) after over before of each draw that converged, by policy and closure, in
        the order of `corridors.equilibrium.tables.of_areas`
    number : int
        Draws asked for.

    Returns
    -------
    DataFrame (policy, capital, area, quantity, now, value, median, bounds, outside)
        In the units of `of_areas`: adults, PPP dollars, US dollars. `outside` marks a central value
        outside the printed interval.
    """
    parts: dict[str, list[Any]] = {}
    for case in cases:
        for columns in _area_columns(case, ratios[case.policy, case.capital], number):
            for name, values in columns.items():
                parts.setdefault(name, []).append(values)
    return pd.DataFrame({name: np.concatenate(values) for name, values in parts.items()})


def _area_columns(
    case: Case, ratios: NDArray[np.float32], number: int
) -> Iterator[dict[str, NDArray[Any]]]:
    """The columns (i,) of each quantity of a case; quantity by quantity, to keep memory small."""
    level, names = printed_level(number), np.array(case.rules.areas)
    now, after = of_areas(case.world.state), of_areas(case.settled.state)
    for position, quantity in enumerate(now):
        today, central = now[quantity], after[quantity]
        spread = bounds(today * ratios[:, position], number)
        lower, upper = spread[f"lower_{level}"], spread[f"upper_{level}"]
        room = ROUNDING * np.maximum(np.abs(today), np.abs(central))
        yield {
            "policy": np.full(len(names), case.policy),
            "capital": np.full(len(names), case.capital),
            "area": names,
            "quantity": np.full(len(names), quantity),
            "now": today,
            "value": central,
            **spread,
            "outside": (central < lower - room) | (central > upper + room),
        }


#: Cells whose draws are put in order at once: as many as keep the working memory small.
BLOCK = 2000


def people(
    now: Array, central: Array, ratios: NDArray[np.float32], number: int
) -> dict[str, Array]:
    """Intervals of numbers of people, by the paired changes (32), in blocks.

    Parameters
    ----------
    now, central : (c,) persons today and at the parameters' values
    ratios : (d, c) after over before of each draw that converged
    number : int
        Draws asked for.

    Returns
    -------
    dict of str to (c,) array of persons: `now`, `value`, `median`, `lower_50`, ... `upper_95`
    """
    parts = [
        bounds(now[first : first + BLOCK] * ratios[:, first : first + BLOCK], number)
        for first in range(0, len(now), BLOCK)
    ]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {"now": now, "value": central, **joined}


def corridors(case: Case, ratios: NDArray[np.float32], number: int) -> pd.DataFrame:
    """Intervals of the people of every pair with people, of one case; of the paired changes (32).

    Parameters
    ----------
    case : Case
    ratios : (d, c) after over before of each draw that converged, by pair with people
    number : int
        Draws asked for.

    Returns
    -------
    DataFrame (policy, capital, birthplace, residence, now, value, median, bounds)
        Adults.
    """
    pairs, after = (
        state.migrants[0].sum(axis=(0, 3)) for state in (case.world.state, case.settled.state)
    )
    birthplace, residence = np.nonzero(pairs > 0.0)
    names = np.array(case.rules.areas)
    about = {
        "policy": case.policy,
        "capital": case.capital,
        "birthplace": names[birthplace],
        "residence": names[residence],
    }
    there = (birthplace, residence)
    return pd.DataFrame({**about, **people(pairs[there], after[there], ratios, number)})


def statuses(
    cases: Sequence[Case], ratios: dict[tuple[str, str], NDArray[np.float32]], number: int
) -> pd.DataFrame:
    """Intervals of the people of every residence and legal status with people; changes as (32).

    Parameters
    ----------
    cases : sequence of Case
    ratios : (d, i, k) after over before of each draw that converged, by policy and closure
    number : int
        Draws asked for.

    Returns
    -------
    DataFrame (policy, capital, residence, status, now, value, median, bounds)
        Adults.
    """
    parts = []
    for case in cases:
        now, after = (
            state.migrants[0].sum(axis=(0, 1)) for state in (case.world.state, case.settled.state)
        )
        there = np.nonzero(now > 0.0)
        about = {
            "policy": case.policy,
            "capital": case.capital,
            "residence": np.array(case.rules.areas)[there[0]],
            "status": np.array(case.rules.statuses)[there[1]],
        }
        of_case = ratios[case.policy, case.capital][:, there[0], there[1]]
        parts.append(pd.DataFrame({**about, **people(now[there], after[there], of_case, number)}))
    return pd.concat(parts, ignore_index=True)


def ranking(parameters: dict[str, Array], outcome: Array, swing: dict[str, float]) -> pd.DataFrame:
    """Rank correlation with an outcome of each parameter that can move it, strongest first.

    Parameters
    ----------
    parameters : values of every draw (d,), each in its unit
    outcome : (d,) of a measure, in its unit
    swing : what the outcome moves by when a parameter alone goes from the tenth to the ninetieth
        part of its prior, in the unit of the outcome; a parameter that is not in it cannot act and
        is left out

    Returns
    -------
    DataFrame (parameter, rank_correlation, swing, chance, told_apart)
        `chance` is the rank correlation that a parameter without any effect stays below in 95 of
        100 sets of as many draws; `told_apart` is whether this one is above.

    Notes
    -----
    Spearman (1904); the bound is that of its standard error 1 / sqrt(d - 1).
    """
    # Spearman's is Pearson's of ranks; pandas' own would import scipy.stats, half a second.
    drawn = pd.DataFrame({name: parameters[name] for name in swing}).rank()
    correlation = drawn.corrwith(pd.Series(outcome).rank())
    ranked = correlation.rename_axis("parameter").reset_index(name="rank_correlation")
    chance = min(1.0, 1.96 / np.sqrt(max(len(outcome) - 1, 1)))
    ranked = ranked.assign(
        swing=ranked["parameter"].map(swing),
        chance=chance,
        told_apart=ranked["rank_correlation"].abs() > chance,
    )
    return ranked.sort_values("rank_correlation", key=np.abs, ascending=False, ignore_index=True)
