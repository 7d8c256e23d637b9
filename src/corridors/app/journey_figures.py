"""Journeys for the page: who is where on each day, what is full, what a what-if changes.

Only shipped journeys are told, by name. Fewer than 50 persons are never located: the library hides
them at a place, and ends of intervals that are as small are left out here.
"""

from __future__ import annotations

import functools
from dataclasses import astuple
from typing import Any

import numpy as np
import pandas as pd

from corridors.app.columns import columns
from corridors.errors import InputError, Problem, nearest
from corridors.labels import FEWEST
from corridors.readers import documents, journeys_folder
from corridors.readers.documents import Document
from corridors.readers.journeys_folder import JourneyFile
from corridors.show import records
from corridors.study import caravans
from corridors.study import journey_run as study
from corridors.world import Result

__all__ = ["DRAWS", "SEED", "digests", "journey", "listing", "own", "told"]

DRAWS, SEED = 200, 1
BASELINE = "baseline"
#: What the last stop of a caravan holds beyond its shelters is named after the stop.
OUTSIDE = ", outside"


@functools.cache
def _file(name: str) -> JourneyFile:
    return journeys_folder.read(journeys_folder.shipped()[name])


@functools.cache
def listing() -> dict[str, Any]:
    """The shipped journeys: name, title, question, first day, number of days.

    Raises
    ------
    InputError, SourceError
        A shipped journey is damaged.
    """
    journeys = []
    for name in journeys_folder.shipped():
        file = _file(name)
        about = {"name": name, "title": file.title, "question": file.question}
        first = file.situation.first_day.isoformat()
        journeys.append({**about, "first_day": first, "days": file.situation.days})
    return {"journeys": journeys}


def digests() -> list[str]:
    """SHA-256 of every file of the shipped journeys, and what they cite.

    Raises
    ------
    InputError, SourceError
        A shipped journey is damaged.
    """
    digests: list[str] = []
    for name, path in journeys_folder.shipped().items():
        digests += _file(name).situation.inputs.values()
        digests += map(repr, documents.read(path.parent))
    return digests


@functools.lru_cache(maxsize=16)
def journey(name: str) -> dict[str, Any]:
    """One shipped journey, with its what-ifs, as `told` has it: persons by day and place.

    Raises
    ------
    InputError
        No journey of this name ships.
    """
    known = journeys_folder.shipped()
    if name not in known:
        fix = f"Use one of {', '.join(nearest(name, known) or known)}"
        raise InputError(Problem("journey", f"no journey '{name}' ships", fix))
    file = _file(name)
    ask = study.compare if file.what_ifs else study.run
    cited = documents.read(known[name].parent)
    return told(file, ask(known[name], draws=DRAWS, seed=SEED), cited)


@functools.lru_cache(maxsize=8)
def own(name: str, asked: caravans.Own) -> dict[str, Any]:
    """One shipped journey with the asker's people and beds as one more what-if, `own`.

    Raises
    ------
    InputError
        As `journey`, and what is asked does not fit the journey.
    """
    known = journeys_folder.shipped()
    journey(name)  # refuses a name that does not ship
    result = caravans.compare(_file(name), draws=DRAWS, seed=SEED, own=asked)
    return told(_file(name), result, documents.read(known[name].parent), asked)


def told(
    file: JourneyFile,
    result: Result,
    cited: tuple[Document, ...] = (),
    asked: caravans.Own | None = None,
) -> dict[str, Any]:
    """The tables of a result as the page draws them: days and places by their position.

    `people`, `links` and `differences` have a row where somebody is; no row is nobody, and no
    number is fewer than 50 persons.

    Returns
    -------
    dict
        Columns of JSON: persons, degrees, km, days; figures with their units and sources.
    """
    about, tables = result.manifest, result.tables
    days = tables["places"]["date"].drop_duplicates().reset_index(drop=True)
    spots = _spots(tables)
    index = {name: at for at, name in enumerate(spots["place"])}
    missing = tables.get("what_if_shortfalls", tables["shortfalls"].assign(what_if=BASELINE))
    numbers = missing.select_dtypes("number").columns.drop(["probability", "lead_days"], "ignore")
    facts = tables.get("figures")
    return {
        "name": about["study"],
        "title": about["title"],
        "question": about["question"],
        **{key: about[key] for key in ("draws", "seed", "rules", "origin", "digest", "warnings")},
        "what_ifs": about.get("what_ifs", {}),
        "sources": about["sources"],
        "documents": {
            "cols": list(documents.COLUMNS),
            "rows": [list(astuple(document)) for document in cited],
        },
        "days": [f"{day:%Y-%m-%d}" for day in days],
        "places": columns(spots),
        "roads": columns(_between(tables["roads"], index)),
        "people": columns(_people(tables["places"], days, index)),
        "links": columns(_links(tables, days, index)),
        "differences": columns(_differences(tables, days, index)),
        "instead": columns(_instead(tables, days, index)),
        "shelters": columns(_shelters(file, tables, days, index, asked)),
        "shortfalls": columns(records.plain(missing.assign(**_no_few(missing[numbers])))),
        "counts": columns(_counts(tables, days, index)),
        "figures": columns(_ranges(facts) if facts is not None else _values(tables["parameters"])),
    }


def _spots(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Places in the order of the table of people, then roadsides; without a point where unknown."""
    known = tables["spots"].drop_duplicates("place").set_index("place")
    names = list(dict.fromkeys([*tables["places"]["place"], *known.index]))
    at = [name if name in known.index else name.removesuffix(OUTSIDE) for name in names]
    spots = known.reindex(at)
    return pd.DataFrame(
        {
            "place": names,
            "kind": spots["kind"].where(spots["kind"].notna(), "").to_numpy(),
            "latitude": spots["latitude"].to_numpy(float),
            "longitude": spots["longitude"].to_numpy(float),
        }
    )


def _between(roads: pd.DataFrame, index: dict[str, int]) -> pd.DataFrame:
    ends = {end: roads[end].map(index).astype(int) for end in ("start", "end")}
    return pd.DataFrame({**ends, "kilometres": roads["kilometres"]})


def _placed(table: pd.DataFrame, days: pd.Series, index: dict[str, int]) -> pd.DataFrame:
    """Day and place of each row by their positions."""
    day = pd.Index(days).get_indexer(pd.DatetimeIndex(table["date"]))
    placed = pd.DataFrame({"day": day, "place": table["place"].map(index).astype(int)})
    return placed.set_index(table.index)


def _no_few(persons: pd.DataFrame) -> pd.DataFrame:
    """Persons without fractions; fewer than 50, but for 0, are left out."""
    return persons.mask((persons.abs() > 0) & (persons.abs() < FEWEST)).round()


def _people(places: pd.DataFrame, days: pd.Series, index: dict[str, int]) -> pd.DataFrame:
    names = [name for name in places if name.startswith(("persons", "lower_", "upper_", "waiting"))]
    waiting = places.get("waiting", pd.Series(0.0, index=places.index))
    some = places[(places["persons"] > 0) | (waiting > 0) | places["few"]]
    return pd.concat([_placed(some, days, index), _no_few(some[names].astype(float))], axis=1)


def _links(tables: dict[str, pd.DataFrame], days: pd.Series, index: dict[str, int]) -> pd.DataFrame:
    """Who sets out on a link on a day, and who is kept back; 50 persons at least."""
    links = tables.get("links")
    if links is None or not len(links):
        return pd.DataFrame(columns=["day", "start", "end", "persons", "kept_back"])
    links = links[links["persons"] >= FEWEST]
    ends = links["link"].str.split(" > ", n=1, expand=True)
    rows = pd.DataFrame(
        {
            "day": pd.Index(days).get_indexer(pd.DatetimeIndex(links["date"])),
            "start": ends[0].map(index),
            "end": ends[1].map(index),
            **_no_few(links[["persons", "kept_back"]].astype(float)),
        }
    )
    return rows.dropna(subset=["start", "end"]).astype({"start": int, "end": int})


def _differences(
    tables: dict[str, pd.DataFrame], days: pd.Series, index: dict[str, int]
) -> pd.DataFrame:
    rows = tables.get("differences")
    names = ["persons", "lower_80", "upper_80"]
    if rows is None:
        return pd.DataFrame(columns=["what_if", "day", "place", *names])
    some = rows[(rows["persons"].abs() > 0) | rows["few"]]
    some = some[some["place"].isin(index)]
    parts = [some["what_if"], _placed(some, days, index), _no_few(some[names].astype(float))]
    return pd.concat(parts, axis=1)


def _instead(
    tables: dict[str, pd.DataFrame], days: pd.Series, index: dict[str, int]
) -> pd.DataFrame:
    """Who is where with each what-if."""
    rows = tables.get("what_if_places")
    if rows is None:
        return pd.DataFrame(columns=["what_if", "day", "place", "persons", "few"])
    rows = rows[rows["place"].isin(index)]
    some = _people(rows, days, index)
    return pd.concat([rows.loc[some.index, "what_if"], some], axis=1)


def _shelters(
    file: JourneyFile,
    tables: dict[str, pd.DataFrame],
    days: pd.Series,
    index: dict[str, int],
    asked: caravans.Own | None = None,
) -> pd.DataFrame:
    """Room by place, from a day to before another; a range where reports differ.

    A row has the name of its what-if where that changes the days or beds of the place.
    """
    names = ["what_if", "place", "from", "until", "lower", "upper", "kind", "source"]
    rows: list[tuple[Any, ...]] = []
    for what_if, shelters in caravans.shelters(file, asked).items():
        for shelter in shelters:
            until = len(days) if shelter.until is None else shelter.until
            room = shelter.capacity
            about = (room.lower, room.upper, room.kind, room.source)
            rows.append((what_if, index[shelter.place], shelter.opens, until, *about))
    by_day = tables.get("shortfall_days")
    if by_day is not None:
        for place, part in by_day.groupby("place", sort=False):
            room_by_day = part["capacity"].to_numpy(float)
            cuts = np.flatnonzero(np.diff(room_by_day)) + 1
            for first, last in zip([0, *cuts], [*cuts, len(room_by_day)], strict=True):
                places = room_by_day[first]
                if np.isfinite(places):
                    span = ("", index[str(place)], int(first), int(last))
                    rows.append((*span, places, places, "", "the files of this journey"))
    return pd.DataFrame(rows, columns=names)


def _counts(
    tables: dict[str, pd.DataFrame], days: pd.Series, index: dict[str, int]
) -> pd.DataFrame:
    """What was reported or registered at one place on a day, from 50 persons up."""
    names = ["day", "place", "lower", "upper", "source"]
    if "reported" in tables:
        seen = tables["reported"]
        seen = seen[seen["places"].isin(index) & (seen["lower"] >= FEWEST)]
        seen = seen.rename(columns={"places": "place"})
    elif "registered" in tables:
        seen = tables["registered"]
        seen = seen[(seen["persons"] >= FEWEST) & seen["place"].isin(index)]
        seen = seen.assign(lower=seen["persons"], upper=seen["persons"], source="registrations")
    else:
        return pd.DataFrame(columns=names)
    if not len(seen):
        return pd.DataFrame(columns=names)
    more = seen[["lower", "upper"]].astype(float).round()
    return pd.concat([_placed(seen, days, index), more, seen["source"]], axis=1)


def _ranges(facts: pd.DataFrame) -> pd.DataFrame:
    """What a caravan's file gives as ranges."""
    return facts[["name", "lower", "upper", "unit", "kind", "source"]]


def _values(parameters: pd.DataFrame) -> pd.DataFrame:
    """Parameters, each one value."""
    facts = parameters.rename(columns={"title": "name", "value": "lower"})
    return _ranges(facts.assign(upper=facts["lower"]))
