"""Where a projection starts: the people of a mid-year, and the birth and death rates since.

People abroad are those of the stocks of one edition, natives at home what the World Population
Prospects leave beside them, statuses those of `status_shares`, or of `status_shares_2024`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from corridors import labels
from corridors.baseline.corrections import FIGURES, Correction, apply
from corridors.baseline.flight import Flight, flight
from corridors.baseline.observed import Observed, observe
from corridors.baseline.years import DEFAULT_WORLD, PEOPLE_YEARS, WorldYears
from corridors.data import store
from corridors.errors import DoesNotClose, InputError, Problem
from corridors.labels import Array
from corridors.people.stocks import HELD_IN, foreign_born

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CALM",
    "FIRST_YEARS",
    "LAST_YEAR",
    "STATUSES_ABROAD",
    "UNKNOWN",
    "PopulationFigures",
    "gather",
    "not_read",
]

#: Mid-years a projection may start from: the stocks before them, of the same edition, from which
#: growth is read, already tell South Sudan and Montenegro apart.
FIRST_YEARS = (2015, 2020, 2024)
EARLIEST = 2010
#: Growth is that of at most so many years.
LONGEST_GROWTH = 10
#: Years between two stocks of the tables, the last apart.
CALM = 5
#: Of the World Population Prospects.
LAST_YEAR = 2100
#: Legal statuses of people outside their country of birth.
STATUSES_ABROAD = labels.STATUSES[1:]
#: Figures of a user's that a projection reads.
READ = ("output", "output_per_head", "people", *STATUSES_ABROAD)
#: No births or deaths are reported, and its foreign-born exceed its people.
LEFT_OUT = "VAT"
#: Birthplace of people of whom no table tells it. They live abroad, and nobody lives there.
UNKNOWN = "OTH"


@dataclass(frozen=True)
class PopulationFigures:
    """What the figures say, in the order of `areas`, the last of which is no place: `UNKNOWN`.

    Parameters
    ----------
    first, earlier_year : mid-years of the start, and of the stocks before
    natives : (b) persons in their country of birth at the start
    abroad : (b, i, k) persons abroad at the start
    earlier : (b, i) persons abroad in the earlier year
    birth, death : (t, i) per resident and year
    net : (t, i) net migration of the World Population Prospects, persons, sums to 0
    flight : who fled, as far as is known
    calm : (b, i) persons abroad at the last stocks before the spell of flight that a birthplace is
        in, and `calm_earlier` at the stocks before those, `CALM` years; 0 where it is in none
    output : (i) PPP dollars a head; NaN where not known
    """

    areas: tuple[str, ...]
    first: int
    earlier_year: int
    natives: Array
    abroad: Array
    earlier: Array
    birth: Array
    death: Array
    net: Array
    flight: Flight
    calm: Array
    calm_earlier: Array
    output: Array
    notes: tuple[str, ...]


def gather(
    last: int,
    shares: pd.DataFrame | None = None,
    world: WorldYears = DEFAULT_WORLD,
    given: Sequence[Correction] = (),
    flight_known: int | None = None,
) -> PopulationFigures:
    """Read the tables to `last`: people, their statuses, births and deaths, output per head.

    Parameters
    ----------
    last : int
        Year.
    shares : DataFrame (birthplace, residence, status, share), optional
        As `corridors.projection.project` takes it.
    world : WorldYears
        People and edition of the start; output is of its economy.
    given : Correction, of `READ`
        The user's figures in place of the tables'.
    flight_known : int, optional
        Last year whose arrivals of refugees are known; by default the first of the projection.

    Returns
    -------
    PopulationFigures
        Persons (b,), (b, i) and (b, i, k); births and deaths a resident and year, (t, i); net
        migration (t, i), persons a year; output, PPP dollars a head and year. UN DESA, WPP 2024.

    Raises
    ------
    DoesNotClose
        More immigrants than residents somewhere.
    InputError
        A status of `shares` is not known, those of a corridor add up to more than 1, or no
        projection starts in that year.
    SourceError
        A table of the package is missing or damaged.

    Notes
    -----
    H, M and the rates of (39).
    """
    shares = store.table(world.status_table) if shares is None else shares
    first = world.people
    years = (year for year in PEOPLE_YEARS[world.edition] if EARLIEST <= year < first)
    before = min((year for year in years if year >= first - LONGEST_GROWTH), default=None)
    if before is None or first not in FIRST_YEARS:
        fix = f"Use {', '.join(map(str, FIRST_YEARS))}"
        raise InputError(Problem("world", f"no projection starts in {first}", fix))
    by_year = _vital(first, last)
    areas = (*by_year["population"].columns, UNKNOWN)
    population = _with_nowhere(by_year["population"])
    table = store.table(f"stocks_{world.edition}")
    told = table[table["residence"] != LEFT_OUT]
    stock, unknown = foreign_born(told[told["year"] == first], areas)
    earlier, _ = foreign_born(told[told["year"] == before], areas)
    named = areas.index(UNKNOWN)
    # An area that tells nobody's birthplace (BES) counts its own people among them.
    silent = stock[:named].sum(axis=0) == 0.0
    stock[named, silent] = earlier[named, silent] = 0.0
    natives = population[0] - stock.sum(axis=0)
    if (natives < 0.0).any():
        raise DoesNotClose("immigrants exceed residents", residual=float(natives.min()))
    rates = {}
    for event in ("births", "deaths"):
        # Years run from 1 July to 1 July, events from January to December.
        count = _with_nowhere(by_year[event])
        rates[event] = (count[:-1] + count[1:]) / 2.0 / np.maximum(population[:-1], 1.0)
    fled = flight(areas, first if flight_known is None else flight_known)
    calm, calm_earlier = _before_spells(told, areas, fled)
    absent = sorted(set(areas[:-1]) - set(table["residence"].unique()))
    figures = PopulationFigures(
        areas=areas,
        first=first,
        earlier_year=before,
        natives=natives,
        abroad=stock[:, :, None] * _mix(areas, shares),
        earlier=earlier,
        birth=rates["births"],
        death=rates["deaths"],
        net=_net(by_year, population[0]),
        flight=fled,
        calm=calm,
        calm_earlier=calm_earlier,
        output=_output(areas, world.economy),
        notes=(
            f"{stock[named].sum():,.0f} people of unknown birthplace live abroad for good: nobody "
            "joins them and none returns.",
            f"{unknown:,.0f} people born in {LEFT_OUT} count where they live.",
            f"No stock names {', '.join(absent)}: their people count as natives at home.",
            f"{LEFT_OUT} is left out: its births and deaths are not known.",
            "Everybody in an area has its birth and death rate; migrants' own are not known.",
            f"Departures by choice are those of {before} to {first}, or those of the years before "
            "a country's spell of flight; flight dies down as spells before 2010 did, and no new "
            "one begins.",
        ),
    )
    return _with_given(figures, world, given) if given else figures


def not_read(keys: Iterable[str]) -> list[Problem]:
    """Figures of a user's, by key, that no projection reads."""
    known = ", ".join(READ)
    fix = f"Leave it out: a projection reads {known}"
    return [
        Problem(f"figures.{key}", "does not act year by year", fix)
        for key in keys
        if key.rpartition(".")[2] in FIGURES and key.rpartition(".")[2] not in READ
    ]


def _with_given(
    figures: PopulationFigures, world: WorldYears, given: Sequence[Correction]
) -> PopulationFigures:
    """The user's output a head, people of corridors and statuses in place of the tables'.

    A figure of adults moves a corridor's people of all ages, and those of the stocks before, by the
    same factor; residents stay as many, so that natives make room or fill up.
    """
    problems = not_read(correction.key for correction in given)
    if problems:
        raise InputError(problems)
    told = observe(world.people, world.edition, world.economy, repeated=world.repeated)
    own = apply(told, given)
    place = {area: number for number, area in enumerate(figures.areas)}
    at = np.array([place[area] for area in own.areas])
    output = figures.output.copy()
    richer = own.output != told.output
    output[at[richer]] = (own.output / own.population)[richer]
    factor, mix = _of_corridors(told, own)
    pairs = np.ix_(at, at)
    abroad, earlier = figures.abroad.copy(), figures.earlier.copy()
    now = abroad[pairs].sum(axis=-1) * factor
    same = (own.status_shares == told.status_shares).all(axis=-1)
    abroad[pairs] = np.where(
        same[..., None], abroad[pairs] * factor[..., None], now[..., None] * mix
    )
    earlier[pairs] *= factor
    natives = figures.natives - (abroad - figures.abroad).sum(axis=(0, 2))
    emptied = (natives <= 0.0) & (figures.natives > 0.0)  # nobody is at home in a place not known
    if emptied.any():
        short = ", ".join(figures.areas[i] for i in np.flatnonzero(emptied))
        what, fix = f"leave no natives at home in {short}", "Give fewer migrants"
        raise InputError(Problem("figures", what, fix))
    return replace(figures, natives=natives, abroad=abroad, earlier=earlier, output=output)


def _of_corridors(told: Observed, own: Observed) -> tuple[Array, Array]:
    """By which factor a user's figures move the people of a corridor (b, i), and statuses."""
    before, after = told.migrants.sum(axis=0), own.migrants.sum(axis=0)
    moved = after != before
    problems = [
        Problem(
            f"figures.{told.areas[b]}-{told.areas[i]}.people",
            "nobody lives there in the stocks: how fast people come is not known",
            "Leave it out",
        )
        for b, i in np.argwhere(moved & (before == 0.0))
    ]
    if problems:
        raise InputError(problems)
    return np.where(moved, after / np.where(before > 0.0, before, 1.0), 1.0), own.status_shares


def _vital(first: int, last: int) -> pd.DataFrame:
    """Population, births and deaths by year, columns by event and area, as the stocks hold them."""
    table = store.table("population")
    table = table[table["year"].between(first, last) & (table["area"] != LEFT_OUT)]
    table = table.assign(area=table["area"].replace(dict(HELD_IN)))
    events = ["population", "births", "deaths", "net_migration"]
    by_year = table.pivot_table(index="year", columns="area", values=events, aggfunc="sum")
    return by_year.astype(float)


def _with_nowhere(table: pd.DataFrame) -> Array:
    """Counts (t, i) with a last column for `UNKNOWN`, where nobody lives."""
    return np.pad(table.to_numpy(float), ((0, 0), (0, 1)))


def _net(by_year: pd.DataFrame, population: Array) -> Array:
    """Net migration from July to July; what the world's sum misses 0 by is spread over people."""
    count = _with_nowhere(by_year["net_migration"])
    yearly = (count[:-1] + count[1:]) / 2.0
    return np.asarray(yearly - yearly.sum(axis=1, keepdims=True) * population / population.sum())


def _before_spells(
    table: pd.DataFrame, areas: tuple[str, ...], fled: Flight
) -> tuple[Array, Array]:
    """The last stocks before each birthplace's spell, and those `CALM` years before (b, i)."""
    years = [int(year) for year in sorted(table["year"].unique())]
    calm, earlier = np.zeros((2, len(areas), len(areas)))
    for began in np.unique(fled.began[fled.fled]):
        ends = [year for year in years if year <= began and year - CALM in years]
        rows = fled.began == began
        for made, year in ((calm, ends[-1]), (earlier, ends[-1] - CALM)):
            made[rows] = foreign_born(table[table["year"] == year], areas)[0][rows]
    return calm, earlier


def _mix(areas: tuple[str, ...], shares: pd.DataFrame) -> Array:
    """Share of a corridor by status (b, i, k), sums to 1; the rest is permanent."""
    import pandas as pd

    codes, mix = pd.Index(areas), np.zeros((len(areas), len(areas), len(STATUSES_ABROAD)))
    at = [codes.get_indexer(shares[end]) for end in ("birthplace", "residence")]
    status = pd.Index(STATUSES_ABROAD).get_indexer(shares["status"])
    known = (at[0] >= 0) & (at[1] >= 0)
    if (status[known] < 1).any():
        what = "a status is neither tied, irregular nor protected"
        raise InputError(Problem("shares", what, f"Use {', '.join(STATUSES_ABROAD[1:])}"))
    mix[at[0][known], at[1][known], status[known]] = shares["share"].to_numpy(float)[known]
    mix[..., 0] = 1.0 - mix.sum(axis=-1)
    if (mix < -1e-6).any():
        what = "the statuses of a corridor add up to more than 1"
        raise InputError(Problem("shares", what, "Correct the shares"))
    mix = np.maximum(mix, 0.0)
    # Shares are rounded where they are stored; people are not.
    return mix / mix.sum(axis=-1, keepdims=True)


def _output(areas: tuple[str, ...], economy: int) -> Array:
    """Output per head, PPP dollars of 2021, newest of ten years; NaN if none."""
    table = store.table("economy")
    recent = table["year"].between(economy - 9, economy)
    table = table[(table["variable"] == "output_per_head_ppp") & recent]
    latest = table.sort_values("year").groupby("area")["value"].last()
    return latest.reindex(list(areas)).to_numpy(float)
