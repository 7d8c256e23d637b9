"""Projections beside the stocks that came, and beside the World Population Prospects."""

from __future__ import annotations

import functools

import numpy as np
import xarray as xr
from published.pages import SHARED, persons, table

from corridors.baseline.years import WorldYears
from corridors.data import store
from corridors.labels import Array, Mask
from corridors.people.stocks import HELD_IN, foreign_born
from corridors.projection import Projection, project, project_draws
from corridors.projection.intervals import WITHOUT
from validation.compared import Compared, Section, ends, listed, scores, skill

__all__ = ["closing", "fifteen", "flights", "four_years"]

EDITION = 2024
#: Corridors of at least so many people, before or after.
LARGE = 100_000
#: In every table of projections.
FIFTEEN = tuple("SYR VEN UKR AFG SDN SSD MMR IND MEX PHL USA DEU GBR SAU TUR".split())
LIVE, ABROAD = ("foreign_born", "abroad")


@functools.cache
def stocks(year: int, areas: tuple[str, ...]) -> Array:
    """People by birthplace and residence (b, i) of the edition of 2024."""
    told = store.table(f"stocks_{EDITION}")
    return foreign_born(told[(told["year"] == year) & (told["residence"] != "VAT")], areas)[0]


def _world(first: int) -> WorldYears:
    return WorldYears(first, EDITION, {2015: 2014, 2020: 2019, 2024: 2023}[first])


@functools.cache
def _point(first: int, last: int, known: int, net: str = "model") -> Projection:
    return project(last=last, world=_world(first), flight_known=known, net=net)


@functools.cache
def _drawn(
    first: int, last: int, known: int, draws: int, pairs: tuple[tuple[str, str], ...] = ()
) -> xr.Dataset:
    return project_draws(draws, last=last, world=_world(first), flight_known=known, pairs=pairs)[
        WITHOUT
    ]


def _total(projection: Projection, year: int, end: str) -> Array:
    people = projection.persons.sel(year=year)
    away = people.sum("status").values.copy()
    np.fill_diagonal(away, 0.0)
    return np.asarray(away.sum(axis=0 if end == LIVE else 1))


def four_years(draws: int) -> Section:
    """(a) 2024 from the world of 2020, in the edition of 2024."""
    point = _point(2020, 2024, 2020)
    areas = tuple(map(str, point.persons["residence"].values))
    was, came = (stocks(year, areas) for year in (2020, 2024))
    earlier = stocks(2015, areas)
    large = np.argwhere(np.maximum(was, came) >= LARGE)
    large = large[[areas[b] != "OTH" for b, _ in large]]
    pairs = tuple((areas[b], areas[i]) for b, i in large)
    drawn = _drawn(2020, 2024, 2020, draws, pairs)
    text, body, failed = "", [], []
    for end, words in ((ABROAD, "born in"), (LIVE, "living in")):
        axis = 0 if end == LIVE else 1
        before, after, trend = (made.sum(axis=axis) for made in (was, came, earlier))
        forecast = _total(point, 2024, end)
        lower, upper, level = ends(drawn[end].sel(year=2024).values)
        known = before > 0.0
        largest = [at for at in np.argsort(-before) if areas[at] != "OTH"][:15]
        rows = [
            Compared(areas[at], forecast[at], lower[at], upper[at], after[at], before[at])
            for at in largest
        ]
        everybody = drawn[end].sel(year=2024).sum("area").values
        low, high, _ = ends(everybody)
        rows.append(
            Compared("World", forecast.sum(), float(low), float(high), after.sum(), before.sum())
        )
        text += f"\nPeople abroad {words} the fifteen areas with most in 2020:\n\n"
        text += listed(rows, level)
        inside = (lower <= after) & (after <= upper)
        line = before + (before - trend) * 0.8
        body += [
            _scored(f"people {words} {known.sum()} areas, the model", forecast, after, before,
                    known, inside),
            _scored(f"people {words} them, growth of 2015 to 2020 goes on", line, after, before,
                    known, None),
        ]  # fmt: skip
        failed += [
            f"(a) {words} {row.what}: {persons(row.forecast)} forecast, {persons(row.came)} came"
            for row in rows
            if not row.inside
        ]
    at = tuple(large.T)
    ends_of_pairs = ends(drawn["corridor"].sel(year=2024).values)
    forecast = point.persons.sel(year=2024).sum("status").values[at]
    within = (ends_of_pairs[0] <= came[at]) & (came[at] <= ends_of_pairs[1])
    everything = np.ones(len(large), dtype=bool)
    body += [
        _scored(f"{len(large)} corridors of {LARGE:,} people, the model", forecast, came[at],
                was[at], everything, within),
        _scored("them, growth of 2015 to 2020 goes on", was[at] + 0.8 * (was - earlier)[at],
                came[at], was[at], everything, None),
    ]  # fmt: skip
    for row in body:
        if row[1].startswith("−") and "model" in row[0]:
            failed.append(f"(a) {row[0]}: skill {row[1]}, worse than no change")
    return Section(text + "\n" + scores(body), tuple(failed))


def _scored(
    words: str, forecast: Array, came: Array, before: Array, known: Mask, inside: Mask | None
) -> tuple[str, str, str, str]:
    moved = known & (np.abs(came - before) > 0.01 * before)
    right = np.sign(forecast - before) == np.sign(came - before)
    return (
        words,
        f"{skill(forecast[known], came[known], before[known]):+.2f}".replace("-", "−"),
        "" if inside is None else f"{100 * inside[known].mean():.0f} %",
        f"{100 * right[moved].mean():.0f} %",
    )


#: Where from, to, last year of counts known, and what is asked.
FLIGHTS: tuple[tuple[str, int, int, int, tuple[str, ...], tuple[tuple[str, str], ...]], ...] = (
    ("Venezuela, from the world of 2015", 2015, 2020, 2015, ("VEN",),
     (("VEN", "COL"), ("VEN", "PER"), ("VEN", "USA"), ("VEN", "ESP"))),
    ("Venezuela, from the world of 2015, to 2024", 2015, 2024, 2015, ("VEN",), ()),
    ("Syria, from the world of 2015", 2015, 2020, 2015, ("SYR",),
     (("SYR", "TUR"), ("SYR", "LBN"), ("SYR", "DEU"), ("SYR", "JOR"))),
    ("South Sudan, from the world of 2015", 2015, 2020, 2015, ("SSD",), (("SSD", "UGA"),)),
    ("Ukraine, from the world of 2020 with counts to the end of 2022", 2020, 2024, 2022, ("UKR",),
     (("UKR", "POL"), ("UKR", "DEU"), ("UKR", "RUS"), ("UKR", "CZE"))),
    ("Ukraine, from the world of 2020 and no later count", 2020, 2024, 2020, ("UKR",), ()),
    ("Sudan, from the world of 2020 with counts to the end of 2023", 2020, 2024, 2023, ("SDN",),
     (("SDN", "TCD"), ("SDN", "EGY"))),
)  # fmt: skip


def _asked(first: int, last: int, known: int) -> tuple[tuple[str, str], ...]:
    """The corridors of everything that is asked of one projection, which is then drawn once."""
    return tuple(pair for row in FLIGHTS if row[1:4] == (first, last, known) for pair in row[5])


def flights(draws: int) -> Section:
    """(d) people born in countries whose people fled."""
    rows: list[Compared] = []
    for words, first, last, known, areas, pairs in FLIGHTS:
        point = _point(first, last, known)
        asked = _asked(first, last, known)
        drawn = _drawn(first, last, known, draws, asked)
        codes = tuple(map(str, point.persons["residence"].values))
        was, came = (stocks(year, codes) for year in (first, last))
        for area in areas:
            at = codes.index(area)
            low, high, level = ends(drawn[ABROAD].sel(year=last, area=area).values)
            forecast = float(_total(point, last, ABROAD)[at])
            rows.append(
                Compared(f"{words}: born in {area}, {last}", forecast, float(low), float(high),
                         float(came[at].sum()), float(was[at].sum()))
            )  # fmt: skip
        for birthplace, residence in pairs:
            number = asked.index((birthplace, residence))
            at, there = codes.index(birthplace), codes.index(residence)
            low, high, level = ends(drawn["corridor"].sel(year=last).values[:, number])
            people = point.persons.sel(year=last, birthplace=birthplace, residence=residence)
            rows.append(
                Compared(f"{birthplace} > {residence}, {last}", float(people.sum()), float(low),
                         float(high), float(came[at, there]), float(was[at, there]))
            )  # fmt: skip
    failed = [
        f"(d) {row.what}: {persons(row.forecast)} forecast "
        f"({persons(row.lower)} to {persons(row.upper)}), {persons(row.came)} came"
        for row in rows
        if not row.inside
    ]
    return Section("\n" + listed(rows, level), tuple(failed))


def _prospects() -> tuple[xr.DataArray, dict[tuple[str, int], tuple[float, float]]]:
    """Population of the World Population Prospects, and its 95 % bounds."""
    import duckdb

    file = SHARED / "data" / "population" / "wpp2024_projection_bounds.parquet"
    query = f"SELECT iso3, year, pop_95l, pop_95u FROM '{file}'"
    bounds = duckdb.connect().execute(query).fetchall()
    table_ = store.table("population")
    table_ = table_.assign(area=table_["area"].replace(dict(HELD_IN)))
    wide = table_.groupby(["area", "year"])["population"].sum().to_xarray()
    return wide, {(area, int(year)): (low, high) for area, year, low, high in bounds}


def fifteen(draws: int) -> Section:
    """Projections without a policy: 2024, 2030 and 2050 beside stocks and the Prospects."""
    published, bounds = _prospects()
    short, long = _drawn(2020, 2024, 2020, draws), _drawn(2024, 2050, 2024, draws)
    points = _point(2020, 2024, 2020), _point(2024, 2050, 2024)
    tied = _point(2024, 2050, 2024, "prospects")
    body, failed = [], []
    codes = tuple(map(str, points[0].persons["residence"].values))
    came = stocks(2024, codes).sum(axis=1)
    for area in (*FIFTEEN, "World"):
        row = [area]
        for drawn, point, year in ((short, points[0], 2024), (long, points[1], 2030),
                                   (long, points[1], 2050)):  # fmt: skip
            row.append(_cell(drawn, point, ABROAD, area, year))
            if year == 2024:
                row.append(persons(came.sum() if area == "World" else came[codes.index(area)]))
        for year in (2030, 2050):
            row.append(_cell(long, points[1], "persons", area, year))
            if area == "World":
                row.append(persons(float(published.sel(year=year).sum())))
                continue
            low, high = bounds[area, year]
            row.append(f"{persons(float(published.sel(area=area, year=year)))} "
                       f"({persons(low)} to {persons(high)})")  # fmt: skip
            mine = float(points[1].residents().sel(year=year, area=area))
            if not low <= mine <= high:
                failed.append(
                    f"projection: {area} {year} has {persons(mine)}, outside the Prospects' 95 % "
                    f"({persons(low)} to {persons(high)})"
                )
        away = tied.persons.sel(status=["permanent", "tied", "irregular", "protected"])
        away = away if area == "World" else away.sel(birthplace=area)
        row.append(persons(float(away.sel(year=2050).sum())))
        body.append(tuple(row))
    level = ends(long["persons"].values[:, 0, 0])[2]
    head = ("Area", f"Abroad 2024 ({level} %), from 2020", "UN 2024", "Abroad 2030, from 2024",
            "Abroad 2050", "Persons 2030", "WPP 2030 (95 %)", "Persons 2050", "WPP 2050 (95 %)",
            "Abroad 2050, net migration of WPP")  # fmt: skip
    return Section("\n" + table(head, body) + "\n", tuple(failed))


def _cell(drawn: xr.Dataset, point: Projection, measure: str, area: str, year: int) -> str:
    values = drawn[measure].sel(year=year)
    if measure == "persons":
        people = point.residents().sel(year=year)
        central = float(people.sum() if area == "World" else people.sel(area=area))
    else:
        codes = list(map(str, point.persons["residence"].values))
        away = _total(point, year, measure)
        central = float(away.sum() if area == "World" else away[codes.index(area)])
    values = values.sum("area") if area == "World" else values.sel(area=area)
    low, high, _ = ends(values.values)
    return f"{persons(central)} ({persons(float(low))} to {persons(float(high))})"


def closing() -> str:
    """By how many persons the accounts of a projection miss, in the world and in an area."""
    made = _point(2024, 2050, 2024)
    events, people = made.events, made.residents()
    world = np.diff(people.sum("area")) - (events.births - events.deaths).sum("area")
    moved = events.arrived + events.returned - events.left - events.went_back - events.removed
    areas = np.diff(people, axis=0) - (events.births - events.deaths + moved)
    return (
        f"World persons miss births less deaths by at most {float(np.abs(world).max()):.1e} "
        f"persons in a year, an area's by {float(np.abs(areas).max()):.1e} (eight thousand "
        "million are told apart to 1e-6 by a number of 64 bits)."
    )
