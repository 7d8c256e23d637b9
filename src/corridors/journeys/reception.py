"""Where people arrive: what is missing, what they need, and how much time is left.

All from draws: (t, draw, p) persons at a place, `waiting` outside it, and the capacity of each day.
The demand of a place is everybody there and at its gate. A shortfall is demand beyond capacity;
where no capacity is known there is no shortfall to speak of, and the table says so by leaving it
out. Needs are persons times amounts a person, each with unit and source
(`data/reference/needs.toml`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.labels import Array, Whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["arrivals", "needs", "shortfall", "shortfall_by_day"]

#: Ends of the 80 per cent intervals written into tables.
LOWER, UPPER = 0.1, 0.9
#: A shelter is large enough when it is too small in less than this share of draws.
RISK = 0.1


def shortfall_by_day(demand: Array, capacity: Array) -> dict[str, Array]:
    """Probability and size of a shortfall, day by day.

    Parameters
    ----------
    demand : (t, draw, p) persons at each place or its gate
    capacity : (t, p) persons, infinite where not known

    Returns
    -------
    dict of str to (t, p) array
        `probability` that demand is above capacity; `missing` persons without a place, mean;
        `missing_lower_80`, `missing_upper_80`, ends of its interval; `extra` places that leave less
        than one chance in ten of a shortfall that day.

    Notes
    -----
    Counts of draws of a run (section 12 of docs/mathematics.md), no model beside it.
    """
    beyond = np.maximum(demand - capacity[:, None, :], 0.0)
    lower, upper = np.quantile(beyond, [LOWER, UPPER], axis=1)
    return {
        "probability": (beyond > 0).mean(axis=1),
        "missing": beyond.mean(axis=1),
        "missing_lower_80": lower,
        "missing_upper_80": upper,
        "extra": np.ceil(np.quantile(beyond, 1.0 - RISK, axis=1)),
    }


def shortfall(
    demand: Array, capacity: Array, places: Sequence[str], dates: Sequence[Any], today: int = 0
) -> pd.DataFrame:
    """One row for each place with a capacity: how likely, when, how many places are missing.

    Parameters
    ----------
    demand : (t, draw, p) persons at each place or its gate
    capacity : (t, p) persons, infinite where not known
    places, dates : sequences
        Labels of p and t.
    today : int
        Day from which lead times count.

    Returns
    -------
    DataFrame (place, capacity, probability, first_day, lead_days, extra_places, peak)
        Capacity at the end, persons; probability of a shortfall on any day; first_day, a date, and
        its 80 per cent interval (of the draws with a shortfall); days from today to the early end
        of that interval; extra_places, persons, for less than one chance in ten over the whole
        period; peak persons.

    Notes
    -----
    Counts of draws of a run (section 12 of docs/mathematics.md), no model beside it.
    """
    import pandas as pd

    rows = []
    for at, place in enumerate(places):
        known = np.isfinite(capacity[:, at])
        if not known.any():
            continue
        beyond = demand[:, :, at] - capacity[:, None, at]
        above = beyond > 0
        ever = above.any(axis=0)
        first = np.where(ever, above.argmax(axis=0), -1)[ever]
        days = [_day(first, q) for q in (LOWER, 0.5, UPPER)] if first.size else [None] * 3
        most = np.maximum(np.where(known[:, None], beyond, 0.0), 0.0).max(axis=0)
        peak = demand[:, :, at].max(axis=0)
        rows.append(
            {
                "place": place,
                "capacity": float(capacity[known, at][-1]),
                "probability": float(ever.mean()),
                "first_day_lower_80": None if days[0] is None else dates[days[0]],
                "first_day": None if days[1] is None else dates[days[1]],
                "first_day_upper_80": None if days[2] is None else dates[days[2]],
                "lead_days": None if days[0] is None else days[0] - today,
                "extra_places": float(np.ceil(np.quantile(most, 1.0 - RISK))),
                "peak_lower_80": float(np.quantile(peak, LOWER)),
                "peak": float(np.median(peak)),
                "peak_upper_80": float(np.quantile(peak, UPPER)),
            }
        )
    return pd.DataFrame(rows)


def _day(days: Whole, probability: float) -> int:
    """A quantile of days that is one of them."""
    return int(np.quantile(days, probability, method="inverted_cdf"))


def arrivals(arrived: Array, places: Sequence[str], dates: Sequence[Any]) -> pd.DataFrame:
    """When people arrive at each place: first arrival, and the day half of all have arrived.

    Parameters
    ----------
    arrived : (t, draw, p) persons a day
    places, dates : sequences
        Labels of p and t.

    Returns
    -------
    DataFrame (place, probability, first_arrival, half_arrived)
        Probability that anybody arrives; two dates, each the median and the ends of its 80 per cent
        interval over the draws with an arrival.

    Notes
    -----
    Counts of draws of a run (section 12 of docs/mathematics.md), no model beside it.
    """
    import pandas as pd

    so_far = arrived.cumsum(axis=0, dtype=float)
    rows = []
    for at, place in enumerate(places):
        total = so_far[-1, :, at]
        some = total > 0
        row: dict[str, Any] = {"place": place, "probability": float(some.mean())}
        for name, share in (("first_arrival", 0.0), ("half_arrived", 0.5)):
            reached = so_far[:, some, at] > share * total[some] * (1.0 - 1e-12)
            days = reached.argmax(axis=0)
            for end, q in (("_lower_80", LOWER), ("", 0.5), ("_upper_80", UPPER)):
                row[f"{name}{end}"] = dates[_day(days, q)] if some.any() else None
        rows.append(row)
    return pd.DataFrame(rows)


def needs(
    persons: Array,
    places: Sequence[str],
    dates: Sequence[Any],
    amounts: Mapping[str, Mapping[str, Any]],
    standard: str = "sphere",
) -> pd.DataFrame:
    """What the people at each place need, day by day.

    Parameters
    ----------
    persons : (t, draw, p) persons at each place or its gate
    places, dates : sequences
        Labels of p and t.
    amounts : mapping of str to mapping
        For each need its `unit` and the amount a person by each standard, with its source: The
        Sphere Handbook (2018) in the shipped table.
    standard : str
        `sphere`, or `survival` where a need has it.

    Returns
    -------
    DataFrame (date, place, need, unit, amount, lower_80, upper_80)
        In the unit of each row; `amount` is the median; days without people are left out.
    """
    import pandas as pd

    lower, middle, upper = np.quantile(persons, [LOWER, 0.5, UPPER], axis=1)
    day, at = np.nonzero(upper > 0)
    parts = []
    for need, about in amounts.items():
        per_person = about.get(standard, about["sphere"])
        parts.append(
            pd.DataFrame(
                {
                    "date": [dates[number] for number in day.tolist()],
                    "place": [places[number] for number in at.tolist()],
                    "need": need,
                    "unit": about["unit"],
                    "amount": middle[day, at] * per_person,
                    "lower_80": lower[day, at] * per_person,
                    "upper_80": upper[day, at] * per_person,
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
