"""What tables of journeys have in common: days and places, few people hidden, a manifest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridors import areas
from corridors.errors import InputError
from corridors.labels import FEWEST, Array, Counted
from corridors.readers.situation import Situation
from corridors.study.manifest import marks

__all__ = [
    "as_dates",
    "asylum_table",
    "change_table",
    "day_place",
    "geography",
    "hide_few",
    "manifest",
    "place_table",
    "what_if_tables",
    "without_few",
]

#: Levels of the intervals in tables.
LEVELS = (0.5, 0.8, 0.95)


def day_place(dates: Sequence[Any], places: Sequence[str]) -> dict[str, Any]:
    """Columns `date` and `place`, place by place within each day."""
    return {
        "date": np.repeat(as_dates(dates), len(places)),
        "place": np.tile(np.array(places, dtype=object), len(dates)),
    }


def place_table(
    people: Array, dates: Sequence[Any], places: Sequence[str], mean: Array, **more: Array
) -> pd.DataFrame:
    """Persons at each place and day, with intervals; few people are not located.

    Parameters
    ----------
    people : (t, draw, p) persons, of which the intervals are
    mean : (t, p) persons
    more : (t, p) further counts of persons, by name
    """
    columns: dict[str, Any] = day_place(dates, places) | {"persons": mean.ravel()}
    columns |= {name: count.ravel() for name, count in more.items()}
    for level in LEVELS:
        lower, upper = np.quantile(people, [(1 - level) / 2, (1 + level) / 2], axis=1)
        percent = round(100 * level)
        columns[f"lower_{percent}"], columns[f"upper_{percent}"] = lower.ravel(), upper.ravel()
    return hide_few(pd.DataFrame(columns), ["persons", *more], hides="persons")


def without_few(people: Array) -> Array:
    """People (t, draw, p) without those of a place where they are fewer than 50."""
    return np.where(people < FEWEST, 0.0, people)


def hide_few(rows: pd.DataFrame, columns: Sequence[str], hides: str = "") -> pd.DataFrame:
    """The rows without numbers of fewer than 50 persons; `few` says where some were left out.

    Parameters
    ----------
    columns : every column that counts persons; a column with an interval stands for its ends too
    hides : column that takes the ends of its interval with it
    """
    few = pd.Series(False, index=rows.index)
    for column in columns:
        ends = [column, f"{column}_lower_80", f"{column}_upper_80"]
        for name in (known for known in rows if known in ends):
            small = (rows[name] > 0) & (rows[name] < FEWEST)
            rows[name] = rows[name].mask(small)
            few |= small
    if hides:
        others = [name for name in rows if name.startswith(("lower_", "upper_"))]
        rows[others] = rows[others].mask(rows[hides].isna())
    return rows.assign(few=few)


def geography(situation: Situation) -> dict[str, pd.DataFrame]:
    """`spots` (place, kind, latitude, longitude) and `roads` (start, end, kilometres)."""
    spots = [
        (place.name, place.kind, place.latitude, place.longitude) for place in situation.places
    ]
    roads = [(road.start, road.end, road.kilometres) for road in situation.roads]
    return {
        "spots": pd.DataFrame(spots, columns=["place", "kind", "latitude", "longitude"]),
        "roads": pd.DataFrame(roads, columns=["start", "end", "kilometres"]),
    }


def as_dates(dates: Sequence[Any]) -> NDArray[np.datetime64]:
    """Dates as pandas keeps them."""
    return np.array(dates, dtype="datetime64[D]").astype("datetime64[s]")


def asylum_table(people: Array, countries: Sequence[str], left: Collection[str]) -> pd.DataFrame:
    """Persons in each country but those they left, on the last day: they add to its asylum stock.

    Parameters
    ----------
    people : (draw, p) persons at each place or its gate on the last day
    countries : (p,) of str
    left : countries people set out from

    Returns
    -------
    DataFrame
        country; area (code, empty where the name is not known); persons, lower_80, upper_80; few
    """
    rows = []
    for country in sorted(set(countries) - set(left)):
        there = people[:, np.array(countries) == country].sum(axis=1)
        lower, upper = np.quantile(there, [0.1, 0.9])
        rows.append((country, _area(country), float(there.mean()), float(lower), float(upper)))
    table = pd.DataFrame(rows, columns=["country", "area", "persons", "lower_80", "upper_80"])
    return hide_few(table, ["persons"], hides="persons")


def _area(country: str) -> str:
    """The code of a country's name, empty where it is not known."""
    try:
        return areas.resolve(country).code
    except InputError:
        return ""


def change_table(
    name: str,
    before: tuple[Counted, Sequence[str]],
    after: tuple[Counted, Sequence[str]],
    dates: Sequence[Any],
) -> pd.DataFrame:
    """Persons more (or fewer) than in the baseline, by place and day, with the 80 % interval.

    Parameters
    ----------
    before, after : (t, draw, p) persons, draw by draw under the same luck, and their places; a
        place that was not there before held nobody
    """
    change, places = after[0].astype(float), after[1]
    known = [at for at, place in enumerate(places) if place in before[1]]
    change[:, :, known] -= before[0][:, :, [before[1].index(places[at]) for at in known]]
    lower, upper = np.quantile(change, [0.1, 0.9], axis=1)
    columns: dict[str, Any] = {"what_if": name, **day_place(dates, places)}
    columns |= {
        "persons": change.mean(axis=1).ravel(),
        "lower_80": lower.ravel(),
        "upper_80": upper.ravel(),
    }
    rows = pd.DataFrame(columns)
    few = rows["persons"].abs().between(0, FEWEST, inclusive="neither")
    rows.loc[few, ["persons", "lower_80", "upper_80"]] = np.nan
    return rows.assign(few=few)


def what_if_tables(
    differences: Sequence[pd.DataFrame],
    shortfalls: Mapping[str, pd.DataFrame],
    places: Mapping[str, pd.DataFrame],
) -> dict[str, pd.DataFrame]:
    """Tables of every what-if: who is where, how that differs from the baseline, and who is short.

    `what_if_places` is as `places`, `differences` as `change_table` has it, and
    `what_if_shortfalls` has the baseline first.
    """
    named = {
        name: pd.concat(tables, names=["what_if"]).reset_index(level="what_if")
        for name, tables in (("what_if_places", places), ("what_if_shortfalls", shortfalls))
    }
    return {
        "differences": pd.concat(differences, ignore_index=True),
        **{name: table.reset_index(drop=True) for name, table in named.items()},
    }


def manifest(situation: Situation, tables: dict[str, pd.DataFrame], **about: Any) -> dict[str, Any]:
    """A manifest: inputs by hash, what it is about, versions, digest."""
    return {
        "study": situation.name,
        "answer": "journeys",
        "first_day": situation.first_day.isoformat(),
        "days": situation.days,
        "settings": {str(key): value for key, value in situation.settings.items()},
        "inputs": situation.inputs,
        "sources": list(situation.sources),
        **about,
        **marks(tables),
    }
