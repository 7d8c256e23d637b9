"""Tables of journeys: those of an answer, and what they share with a caravan's.

Days and places, few people hidden, a manifest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridors import areas, ensemble
from corridors.errors import InputError
from corridors.journeys import mortality_risk, reception
from corridors.journeys.choices import origins
from corridors.labels import FEWEST, Array, Counted
from corridors.readers.situation import Situation
from corridors.study.journey_forecast import Answer
from corridors.study.journey_inputs import Prepared, reference
from corridors.study.manifest import marks

__all__ = [
    "as_dates",
    "asylum_table",
    "change_table",
    "day_place",
    "geography",
    "hide_few",
    "manifest",
    "manifest_of",
    "place_table",
    "shortfalls_of",
    "tables_of",
    "there_of",
    "what_if_tables",
    "without_few",
]

#: Levels of the intervals in tables.
LEVELS = (0.5, 0.8, 0.95)
#: Draws of a route's risk behind the interval of its deaths.
DEATH_DRAWS = 400


def day_place(dates: Sequence[Any], places: Sequence[str]) -> dict[str, Any]:
    """Columns `date` (t * p,) and `place` (t * p,), place by place within each day."""
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
    dates, places : sequences
        Labels of t and p.
    mean : (t, p) persons
    more : (t, p) further counts of persons, by name

    Returns
    -------
    DataFrame (date, place, persons, the further counts, lower_50, ... upper_95, few)
        Persons; NaN and `few` where they are fewer than 50.

    Notes
    -----
    Quantiles over the draws of a run, as `journeys.step.run` or a forecast gives them.
    """
    columns: dict[str, Any] = day_place(dates, places) | {"persons": mean.ravel()}
    columns |= {name: count.ravel() for name, count in more.items()}
    for level in LEVELS:
        lower, upper = np.quantile(people, [(1 - level) / 2, (1 + level) / 2], axis=1)
        percent = round(100 * level)
        columns[f"lower_{percent}"], columns[f"upper_{percent}"] = lower.ravel(), upper.ravel()
    return hide_few(pd.DataFrame(columns), ["persons", *more], hides="persons")


def without_few(people: Array) -> Array:
    """People without those of a place where they are fewer than 50, a rule of this package.

    Parameters
    ----------
    people : (t, draw, p) persons

    Returns
    -------
    Array (t, draw, p) persons
    """
    return np.where(people < FEWEST, 0.0, people)


def hide_few(rows: pd.DataFrame, columns: Sequence[str], hides: str = "") -> pd.DataFrame:
    """The rows without numbers of fewer than 50 persons; `few` says where some were left out.

    Parameters
    ----------
    rows : DataFrame (columns, and others)
        Persons in some columns; changed.
    columns : every column that counts persons; a column with an interval stands for its ends too
    hides : column that takes the ends of its interval with it

    Returns
    -------
    DataFrame (the same columns, few)
        With NaN where there were fewer, a rule of this package.
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
    """`spots` and `roads` of a situation, as its files and their sources tell them.

    Returns
    -------
    dict of str to DataFrame
        (place, kind, latitude, longitude) in degrees, (start, end, kilometres).
    """
    spots = [
        (place.name, place.kind, place.latitude, place.longitude) for place in situation.places
    ]
    roads = [(road.start, road.end, road.kilometres) for road in situation.roads]
    return {
        "spots": pd.DataFrame(spots, columns=["place", "kind", "latitude", "longitude"]),
        "roads": pd.DataFrame(roads, columns=["start", "end", "kilometres"]),
    }


def as_dates(dates: Sequence[Any]) -> NDArray[np.datetime64]:
    """Dates (t,) as pandas keeps them: whole days as NumPy's `datetime64[s]`."""
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
    DataFrame (country, area, persons, lower_80, upper_80, few)
        Persons, mean and ends of the interval; `area` is empty where the name is not known.

    Notes
    -----
    Sums of a run, as `journeys.step.run` or a forecast gives them.
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
    name : str
        Of the what-if.
    before, after : (t, draw, p) persons, draw by draw under the same luck, and their places; a
        place that was not there before held nobody
    dates : (t,)

    Returns
    -------
    DataFrame (what_if, date, place, persons, lower_80, upper_80, few)
        Persons, mean and ends of the interval; NaN and `few` where they are fewer than 50.

    Notes
    -----
    Paired draw by draw, as (32) is.
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

    Parameters
    ----------
    differences : sequence of DataFrame
        As `change_table` gives them, persons.
    shortfalls, places : mapping of what-if to DataFrame
        As `shortfalls_of` and `there_of` give them, persons.

    Returns
    -------
    dict of str to DataFrame (what_if, columns of the tables given)
        Persons, as `study.journey_run.compare` gives them out.
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
    """A manifest: inputs by hash, what it is about, versions, digest of the tables.

    Parameters
    ----------
    situation : Situation
    tables : dict of str to DataFrame (columns)
        In their units, by which the digest is made.
    about : further entries

    Returns
    -------
    dict of words, `sources` among them, and days
    """
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


# --- tables of an answer -------------------------------------------------------------------------


def there_of(done: Answer) -> pd.DataFrame:
    """Who is at each place on each day, and who waits before its gate.

    Parameters
    ----------
    done : Answer
        Persons (t, draw, p), of a run by (50) and (51) or of a forecast.

    Returns
    -------
    DataFrame (date, place, persons, waiting, lower_50, ... upper_95, few)
        Persons.
    """
    prepared = done.prepared
    return place_table(
        done.people,
        prepared.days.dates,
        prepared.roads.places,
        done.figure,
        waiting=done.waiting,
    )


def tables_of(done: Answer) -> dict[str, pd.DataFrame]:
    """The tables of an answer, as `corridors.study.journey_run.run` lists them.

    Parameters
    ----------
    done : Answer
        Persons (t, draw, p).

    Returns
    -------
    dict of str to DataFrame
        Persons, km, days, needs in their units (The Sphere Handbook 2018), deaths as persons.

    Raises
    ------
    InputError
        A road names a danger that is not recorded.
    SourceError
        A list of the package cannot be read.
    """
    prepared, journeys, demand = done.prepared, done.journeys, done.demand
    dates = prepared.days.dates
    camps = prepared.roads.is_camp.nonzero()[0]
    names = [prepared.roads.places[at] for at in camps]
    return {
        "places": there_of(done),
        "links": _links(done),
        "shortfalls": shortfalls_of(done),
        "shortfall_days": _shortfall_days(done),
        "needs": reception.needs(
            without_few(demand[:, :, camps]), names, dates, reference("needs")
        ),
        "arrivals": reception.arrivals(journeys.arrived[:, :, camps], names, dates),
        "warnings": pd.DataFrame(
            [(warning.where, warning.what, warning.fix) for warning in prepared.warnings],
            columns=["where", "what", "fix"],
        ),
        "parameters": _parameters(done),
        "registered": _registered(done),
        "dangers": _dangers(done),
        "asylum": asylum_table(demand[-1], prepared.roads.countries, _left(prepared)),
        **geography(prepared.file.situation),
    }


def _left(prepared: Prepared) -> set[str]:
    """Countries people set out from."""
    roads, days = prepared.roads, prepared.days
    starts = origins(roads, days, prepared.behaviour) if days.placed is None else days.placed
    return {roads.countries[at] for at in np.flatnonzero(starts.any(axis=0))}


def _links(done: Answer) -> pd.DataFrame:
    """Persons who set out on each link and day, who were kept back, and who died on it."""
    prepared, journeys = done.prepared, done.journeys
    used = journeys.used > 0
    day, link = used.nonzero()
    names = np.array(prepared.roads.link_names(), dtype=object)
    dates = as_dates(prepared.days.dates)
    rows = pd.DataFrame(
        {
            "date": dates[day],
            "link": names[link],
            "persons": journeys.used[used],
            "kept_back": journeys.held[used],
            "expected_deaths": journeys.deaths[used],
            "price_usd": journeys.used[used] * prepared.roads.price_usd[link],
        }
    )
    return hide_few(rows, ["persons", "kept_back"])


def shortfalls_of(done: Answer) -> pd.DataFrame:
    """Places missing by camp: the peak, its day, and since when; `journeys.reception.shortfall`.

    Parameters
    ----------
    done : Answer
        Demand (t, draw, p) and capacity (t, p), persons.

    Returns
    -------
    DataFrame (place, capacity, probability, first_day, lead_days, extra_places, peak, few)
        Persons, dates, days.
    """
    prepared = done.prepared
    about = (prepared.capacity, prepared.roads.places, prepared.days.dates, done.origin or 0)
    rows = reception.shortfall(done.demand, *about)
    return hide_few(rows, ["peak", "extra_places"]) if len(rows) else rows


def _shortfall_days(done: Answer) -> pd.DataFrame:
    prepared = done.prepared
    known = np.flatnonzero(np.isfinite(prepared.capacity).any(axis=0))
    capacity = prepared.capacity[:, known]
    by_day = reception.shortfall_by_day(done.demand[:, :, known], capacity)
    columns = day_place(prepared.days.dates, [prepared.roads.places[at] for at in known])
    columns["capacity"] = capacity.ravel()
    rows = pd.DataFrame(columns | {name: values.ravel() for name, values in by_day.items()})
    return hide_few(rows, ["missing", "extra"])


def _dangers(done: Answer) -> pd.DataFrame:
    """Passages, expected deaths with the 80 per cent interval, and what they pay, by road."""
    from scipy.stats import poisson  # half a second and 40 MB

    prepared, streams = done.prepared, ensemble.streams(done.seed)
    dangers = reference("dangers")
    names, roads = prepared.roads.link_names(), prepared.file.situation.roads
    rows = []
    for link, passages in enumerate(done.journeys.used.sum(axis=0)):
        road = roads[prepared.roads.road[link]]
        risk, fee = prepared.roads.deaths[link], prepared.roads.price_usd[link]
        if risk <= 0 and fee <= 0:
            continue
        sources = [road.where]
        if road.danger:
            many, group = np.full(DEATH_DRAWS, passages), road.together or 1.0
            mean, lower, upper = mortality_risk.deaths(
                dangers, many, road.danger, streams, group=group
            )
            title = mortality_risk.routes(dangers)[road.danger]
            sources.append(f"{title}: deaths and crossings of past years")
        else:
            mean = passages * risk
            lower, upper = (float(poisson.ppf(end, mean)) for end in (0.1, 0.9))
        prices = (fee, fee, fee)
        if road.price:
            about = mortality_risk.price(dangers, road.price)
            prices = (fee, about["lower"], about["upper"])
            sources.append(f"{about['title']}, {about['unit']}: {about['source']}")
        paid = tuple(passages * price for price in prices)
        rows.append((names[link], passages, mean, lower, upper, *paid, "; ".join(sources)))
    columns = ["link", "passages", "expected_deaths", "deaths_lower_80", "deaths_upper_80"]
    columns += ["usd", "usd_lower", "usd_upper", "source"]
    return hide_few(pd.DataFrame(rows, columns=columns), ["passages"])


def _registered(done: Answer) -> pd.DataFrame:
    """Registrations by camp and day, interpolated, as they were compared or learnt from."""
    counts = done.prepared.counts
    rows = pd.DataFrame(day_place(done.prepared.days.dates, counts.camps))
    return rows.assign(persons=counts.persons.ravel())


def _parameters(done: Answer) -> pd.DataFrame:
    """Every parameter: value used (mean over draws), unit, kind and source."""
    fitted = {} if done.fitted is None else done.fitted.mean()
    rows = []
    for name, about in done.prepared.declared.items():
        value = fitted.get(name, getattr(done.prepared.behaviour, name))
        rows.append(
            {
                "parameter": name,
                "title": about.title,
                "value": str(value if not isinstance(value, float) else round(value, 4)),
                "unit": about.unit,
                "kind": "modelled" if name in fitted else about.kind,
                "source": "fitted to the first counts" if name in fitted else about.source,
            }
        )
    return pd.DataFrame(rows)


def manifest_of(done: Answer, listed: dict[str, pd.DataFrame], **more: Any) -> dict[str, Any]:
    """How an answer was made: rules, draws, seed, origin, inputs by hash, warnings, digest.

    Parameters
    ----------
    done : Answer
    listed : dict of str to DataFrame (columns)
        Its tables, in their units.
    more : further entries

    Returns
    -------
    dict of words, `sources` among them, and days
    """
    prepared = done.prepared
    return manifest(
        prepared.file.situation,
        listed,
        title=prepared.file.title,
        question=prepared.file.question,
        rules=prepared.rules,
        draws=done.draws,
        seed=done.seed,
        origin=None if done.origin is None else prepared.days.dates[done.origin].isoformat(),
        warnings=[str(warning) for warning in prepared.warnings],
        **more,
    )
