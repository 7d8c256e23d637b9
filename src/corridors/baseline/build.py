"""A world of the user's own, from tables of people and economy: any labels, any number of areas.

What is missing is `assumed`, by rules that are told (`Built.rules`); stocks may be made from moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from corridors.baseline.corrections import FIGURES
from corridors.baseline.moves import stocks_from_moves
from corridors.baseline.observed import Observed
from corridors.borders.status import STATUSES
from corridors.data import store
from corridors.errors import InputError, Problem, nearest
from corridors.labels import Array, refuse, rows

__all__ = ["ECONOMY_COLUMNS", "Built", "build", "stand_ins"]

#: The list of what stands in for figures that are not given, from `stand_ins`.
STAND_INS = "stand_ins"

#: Optional columns of the economy, each the field of `Observed` with its name.
OPTIONAL = {
    "labour_share": "labour_share", "at_work": "at_work", "unemployment": "unemployment",
    "years_of_schooling": "years_of_schooling", "tertiary_share": "tertiary_share",
    "remittances_received": "received", "remittance_fee": "fee", "price_level": "price_level",
    "capital_to_output": "capital_to_output",
}  # fmt: skip
#: What the table of the economy may hold beside area and population.
ECONOMY_COLUMNS = {
    **dict.fromkeys(("output", "output_per_head", "adults", *OPTIONAL), "number"),
    "income_group": "label",
}
#: What stands in for an optional column that no median of the world says.
NEUTRAL = {"remittances_received": 0.0, "remittance_fee": 0.0, "price_level": 1.0}
#: Residents may differ by so much from the sum of the stocks by birthplace: rounding.
ADDS_UP = 0.01
EQUAL_PAY = "Pay is equal by assumption in this world: only people are given, no output."
ONE_GROUP = "all"
#: Concentration of a corridor's statuses where the table has none, as loose as where nothing is
#: known of a corridor of the world.
LOOSE = 5.0


@dataclass(frozen=True)
class Built:
    """A world of the user's own, and by which rules what was missing is assumed.

    Parameters
    ----------
    rules : DataFrame quantity, areas, value, rule
    """

    observed: Observed
    rules: pd.DataFrame


class _Rules:
    """Collects what is given and what is assumed: rows of figures, and rules."""

    def __init__(self, areas: tuple[str, ...]) -> None:
        self.areas = areas
        self.figures: list[pd.DataFrame] = []
        self.rules: list[tuple[str, int, str, str]] = []

    def add(self, quantity: str, unit: str, values: Array, given: Any, rule: str) -> Array:
        """Record the figures; those not `given` are assumed by `rule`."""
        given = np.broadcast_to(np.asarray(given, dtype=bool), values.shape)
        self.figures.append(
            pd.DataFrame(
                {
                    "area": self.areas,
                    "quantity": FIGURES[quantity].row or quantity,
                    "value": values,
                    "unit": unit,
                    "year": np.nan,
                    "kind": np.where(given, "reported", "assumed"),
                    "source": np.where(given, "given", rule),
                    "stale": False,
                }
            )
        )
        if not given.all():
            assumed = np.unique(values[~given])
            value = f"{assumed[0]:g}" if len(assumed) == 1 else "by area"
            self.rules.append((quantity, int((~given).sum()), value, rule))
        return values


def build(
    stocks: Any = None,
    economy: Any = None,
    *,
    moves: Any = None,
    years: float | None = None,
    schooling: Any = None,
    statuses: Any = None,
    remittances: Any = None,
    distances: Any = None,
) -> Built:
    """A world from tables, each a DataFrame or a mapping of columns.

    Parameters
    ----------
    stocks : (birthplace, residence, persons)
        Persons of all ages; with rows of people who live where they were born, these must add up to
        the population, without them they are what immigrants leave.
    economy : (area, population, and any of
        output or output_per_head, adults, income_group, and the quantities of
        `corridors.baseline.corrections.FIGURES`)
        Persons, PPP dollars a year, shares. Without any output pay is equal by assumption.
    moves : (origin, destination, moves), persons a year; instead of stocks
        Made into stocks by `corridors.baseline.moves.stocks_from_moves`, over `years`.
    schooling : (area, tertiary_share), share of adults
    statuses : (birthplace, residence, status, share); the rest of a corridor is permanent
    remittances : (birthplace, usd a year, and residence where it is known who sends)
    distances : (birthplace, residence, kilometres)
        Kept with the world, as told; no equation reads them.

    Returns
    -------
    Built
        Figures (s, b, i) of adults, (i,) of the economy, and the rule for each that was missing.

    Raises
    ------
    InputError
        Every problem of the tables at once.

    Notes
    -----
    Inverted into a world by `corridors.baseline.calibrate`, (36).
    """
    table, areas = _economy(economy)
    made = stocks is None
    if made == (moves is None):
        fix = "Give stocks, or moves to make them from"
        raise InputError(Problem("world", "needs stocks or moves, and not both", fix))
    population = table["population"].to_numpy(float)
    persons = (
        stocks_from_moves(moves, areas, population, years)
        if made
        else _stocks(stocks, areas, population)
    )
    rules = _Rules(areas)
    adults, shares = _people(table, persons, rules)
    sent = _remittances(remittances, areas)
    fields = _fields(table, areas, rules, schooling, None if sent is None else sent.sum(axis=1))
    output, lead = _output(table, population, rules)
    tertiary = fields["tertiary_share"]
    home, migrants = _by_schooling(adults, shares, persons, tertiary)
    mix, concentration, assumed = _statuses(statuses, areas, persons)
    by_area: dict[str, Any] = {field: fields[name] for name, field in OPTIONAL.items()}
    observed = Observed(
        areas=areas,
        income_group=_groups(table),
        home=home,
        migrants=migrants,
        output=output,
        labour_share_imputed=np.isnan(_column(table, "labour_share")),
        status_shares=mix,
        status_concentration=concentration,
        status_assumed=assumed,
        remitted_from=_senders(sent, areas),
        remitted_reported=np.full(len(areas), np.nan),
        free_movement=np.zeros((len(areas), len(areas))),  # no treaty between own areas is known
        figures=pd.concat(rules.figures, ignore_index=True),
        coverage=_coverage(areas, home, migrants, persons),
        notes=_notes(rules, made),
        population=population,
        kilometres=_distances(distances, areas),
        lead=lead,
        **by_area,
    )
    told = pd.DataFrame(rules.rules, columns=["quantity", "areas", "value", "rule"])
    return Built(observed, told)


def stand_ins(world: Observed) -> dict[str, float]:
    """Medians over the economies of a world, its share of adults and its output per head.

    What the package holds is of the world of 2024, written by `tools/build_stand_ins.py`: gathering
    that world takes longer than building one's own.

    Parameters
    ----------
    world : Observed
        Figures (i,) of its economies, each with its source.

    Returns
    -------
    dict of str to float
        Shares; output in PPP dollars a head and year.
    """
    adults = float(world.home.sum() + world.migrants.sum())
    medians = {
        name: float(np.median(getattr(world, field)))
        for name, field in OPTIONAL.items()
        if name not in NEUTRAL
    }
    people = float(world.population.sum())
    totals = {"adults": adults / people, "output_per_head": float(world.output.sum()) / people}
    return {**totals, **medians}


def _column(table: pd.DataFrame, name: str) -> Array:
    if name not in table:
        return np.full(len(table), np.nan)
    return table[name].to_numpy(float)


# --- the tables, checked ------------------------------------------------------------------------


def _economy(economy: Any) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The economy by area, every figure within its range."""
    if economy is None:
        fix = "Give a table of area and population"
        raise InputError(Problem("economy", "is missing", fix))
    known = [str(name) for name in getattr(economy, "columns", economy)]
    numbers = ("output", "output_per_head", "adults", *OPTIONAL)
    columns = {"area": "label", "population": "number"}
    columns |= {name: "number" for name in numbers if name in known}
    columns |= {"income_group": "label"} if "income_group" in known else {}
    table = rows(economy, columns, "economy")
    areas = tuple(table["area"])
    problems = [
        Problem(f"economy, {area}", "occurs twice", "Give one row for each area")
        for area in sorted({area for area in areas if areas.count(area) > 1})
    ]
    if len(areas) < 2:
        problems.append(Problem("economy", f"has {len(areas)} areas", "Give two or more"))
    if "output" in table and "output_per_head" in table:
        problems.append(Problem("economy", "gives output and output per head", "Give one of them"))
    needed = ["population", *(name for name in numbers[:2] if name in table)]
    for name in needed:
        for area, value in zip(areas, table[name], strict=True):
            if not 0.0 < value < np.inf:
                what = "is not known" if np.isnan(value) else f"is {value:g}"
                fix = "Give a figure above 0, or leave the area out"
                problems.append(Problem(f"economy, {name} of {area}", what, fix))
    for name in (name for name in OPTIONAL if name in table):
        about = FIGURES[name]
        for area, value in zip(areas, table[name], strict=True):
            if not np.isnan(value) and not about.lower <= value <= about.upper:
                fix = f"Give {about.lower:g} to {about.upper:g} {about.unit}, or leave it empty"
                problems.append(Problem(f"economy, {name} of {area}", f"is {value:g}", fix))
    if "adults" in table:
        for area, adults, persons in table[["area", "adults", "population"]].itertuples(False):
            if not np.isnan(adults) and not 0.0 < adults <= persons:
                what = f"are {adults:g} of {persons:g} persons"
                problems.append(Problem(f"economy, adults of {area}", what, "Correct one of them"))
    refuse(*problems)
    return table, areas


def _places(
    table: pd.DataFrame, ends: tuple[str, ...], areas: tuple[str, ...], where: str
) -> list[Any]:
    """Where each row's labels stand among the areas.

    Raises
    ------
    InputError
        Labels that the economy does not have, and pairs that occur twice.
    """
    problems = []
    strange = dict.fromkeys(label for end in ends for label in table[end] if label not in areas)
    for label in strange:
        fix = f"Did you mean {', '.join(nearest(label, areas))}?"
        problems.append(Problem(where, f"'{label}' is no area of the economy", fix))
    for row in table[table.duplicated(list(ends))][list(ends)].itertuples(index=False):
        problems.append(Problem(where, f"{' to '.join(row)} occurs twice", "Keep one row"))
    refuse(*problems)
    return [pd.Index(areas).get_indexer(table[end]) for end in ends]


def _not_below_zero(table: pd.DataFrame, name: str, ends: tuple[str, ...], where: str) -> None:
    problems = []
    for row in table[~(table[name] >= 0.0) | np.isinf(table[name])].itertuples():
        pair = " to ".join(getattr(row, end) for end in ends)
        value = getattr(row, name)
        what = "is not known" if np.isnan(value) else f"is {value:g}"
        fix = "Absent is not zero: give a figure >= 0, or leave the row out"
        problems.append(Problem(f"{where}, {name} of {pair}", what, fix))
    refuse(*problems)


def _stocks(stocks: Any, areas: tuple[str, ...], population: Array) -> Array:
    """Persons by birthplace and residence (b, i), everybody of the population among them."""
    ends = ("birthplace", "residence")
    table = rows(stocks, dict.fromkeys(ends, "label") | {"persons": "number"}, "stocks")
    at = _places(table, ends, areas, "stocks")
    _not_below_zero(table, "persons", ends, "stocks")
    persons = np.zeros((len(areas), len(areas)))
    persons[at[0], at[1]] = table["persons"]
    problems = []
    abroad = persons.sum(axis=0) - np.diag(persons)
    at_home = np.zeros(len(areas), dtype=bool)
    at_home[at[0][at[0] == at[1]]] = True
    for i, area in enumerate(areas):
        if at_home[i] and abs(persons[:, i].sum() / population[i] - 1.0) > ADDS_UP:
            what = f"{persons[:, i].sum():,.0f} people do not add up to {population[i]:,.0f}"
            fix = "Correct the stocks or the population"
            problems.append(Problem(f"stocks, residents of {area}", what, fix))
        elif abroad[i] >= population[i]:
            what = f"{abroad[i]:,.0f} were born elsewhere, of {population[i]:,.0f}"
            problems.append(Problem(f"stocks, residents of {area}", what, "Correct one of them"))
    crossing = persons - np.diag(np.diag(persons))
    if not crossing.sum() > 0.0:
        fix = "A world without migrants has no corridor to ask about"
        problems.append(Problem("stocks", "nobody lives outside the area of birth", fix))
    else:
        alone = (crossing.sum(axis=0) + crossing.sum(axis=1)) == 0.0
        problems += [
            Problem(f"economy, {areas[i]}", "no row of the stocks names it", "Leave it out, or add")
            for i in np.flatnonzero(alone)
        ]
    refuse(*problems)
    np.fill_diagonal(persons, population - abroad)
    return persons


def _people(table: pd.DataFrame, persons: Array, rules: _Rules) -> tuple[Array, Array]:
    """Adult residents (i,), and their share of residents."""
    population, adults = table["population"].to_numpy(float), _column(table, "adults")
    share = store.listing(STAND_INS)["adults"]
    given = ~np.isnan(adults)
    rule = f"{share:.3f} of the population, the world's share of 2024"
    adults = rules.add(
        "adults", "persons", np.where(given, adults, share * population), given, rule
    )
    return adults, adults / population


def _fields(
    table: pd.DataFrame,
    areas: tuple[str, ...],
    rules: _Rules,
    schooling: Any,
    received: Array | None,
) -> dict[str, Array]:
    """Every optional quantity by area, given or assumed."""
    table = table.copy()
    if schooling is not None:
        taught = rows(schooling, {"area": "label", "tertiary_share": "number"}, "schooling")
        (at,) = _places(taught, ("area",), areas, "schooling")
        about = FIGURES["tertiary_share"]
        refuse(
            *(
                Problem(f"schooling of {row.area}", f"is {row.tertiary_share:g}", "Give 0 to 0.95")
                for row in taught.itertuples()
                if not about.lower <= row.tertiary_share <= about.upper
            )
        )
        table["tertiary_share"] = _put(np.full(len(areas), np.nan), at, taught["tertiary_share"])
    if received is not None:
        table["remittances_received"] = received
    medians = store.listing(STAND_INS)
    fields = {}
    for name in OPTIONAL:
        values = _column(table, name)
        given = ~np.isnan(values)
        stand_in = NEUTRAL[name] if name in NEUTRAL else medians[name]
        rule = "the median economy of the world of 2024"
        if name in NEUTRAL:
            rule = "none" if stand_in == 0.0 else "one price level"
        filled = np.where(given, values, stand_in)
        fields[name] = rules.add(name, FIGURES[name].unit, filled, given, rule)
    return fields


def _remittances(remittances: Any, areas: tuple[str, ...]) -> Array | None:
    """US dollars a year by birthplace and residence (b, i), or (b, 1) where nobody tells senders.

    None where nothing is told; a birthplace without a row receives nothing.
    """
    if remittances is None:
        return None
    known = [str(name) for name in getattr(remittances, "columns", remittances)]
    ends = ("birthplace", "residence") if "residence" in known else ("birthplace",)
    columns = dict.fromkeys(ends, "label") | {"usd": "number"}
    table = rows(remittances, columns, "remittances")
    at = _places(table, ends, areas, "remittances")
    _not_below_zero(table, "usd", ends, "remittances")
    sent = np.zeros((len(areas), len(areas) if len(ends) == 2 else 1))
    sent[at[0], at[1] if len(ends) == 2 else 0] = table["usd"]
    return sent


def _senders(sent: Array | None, areas: tuple[str, ...]) -> Array:
    """US dollars sent from each area (i,); NaN where nobody tells."""
    if sent is None or sent.shape[1] != len(areas):
        return np.full(len(areas), np.nan)
    total = sent.sum(axis=0)
    return np.where(total > 0.0, total, np.nan)


def _put(values: Array, at: Any, given: pd.Series) -> Array:
    values[at] = given
    return values


def _output(table: pd.DataFrame, population: Array, rules: _Rules) -> tuple[Array, str]:
    """Output by area, and what every answer says first."""
    unit = FIGURES["output"].unit
    if "output" in table:
        return rules.add("output", unit, table["output"].to_numpy(float), True, ""), ""
    if "output_per_head" in table:
        made = table["output_per_head"].to_numpy(float) * population
        return rules.add("output", unit, made, True, ""), ""
    per_head = store.listing(STAND_INS)["output_per_head"]
    rule = "the world's output per head of 2024 everywhere"
    return rules.add("output", unit, per_head * population, False, rule), EQUAL_PAY


def _by_schooling(
    adults: Array, shares: Array, persons: Array, tertiary: Array
) -> tuple[Array, Array]:
    """Adults at home (s, b) and elsewhere (s, b, i): migrants are schooled as where they live.

    So that the tertiary share of every area's residents is the one given.
    """
    grown = persons * shares
    by_skill = np.stack([grown * (1.0 - tertiary), grown * tertiary])
    home = np.diagonal(by_skill, axis1=1, axis2=2).copy()
    migrants = by_skill.copy()
    for skill in migrants:
        np.fill_diagonal(skill, 0.0)
    return home, migrants


def _groups(table: pd.DataFrame) -> tuple[str, ...]:
    if "income_group" not in table:
        return (ONE_GROUP,) * len(table)
    return tuple(table["income_group"].replace("", ONE_GROUP))


def _statuses(statuses: Any, areas: tuple[str, ...], persons: Array) -> tuple[Array, Array, Any]:
    """Shares (b, i, k), concentration (b, i), assumed (b, i); permanent where nothing is told."""
    pairs = (len(areas), len(areas))
    shares, concentration = np.zeros((*pairs, len(STATUSES))), np.full(pairs, LOOSE)
    assumed = np.ones(pairs, dtype=bool)
    if statuses is not None:
        ends = ("birthplace", "residence", "status")
        columns = dict.fromkeys(ends, "label") | {"share": "number"}
        table = rows(statuses, columns, "statuses")
        problems = [
            Problem("statuses", f"'{status}' is no status", f"Use {', '.join(STATUSES)}")
            for status in sorted(set(table["status"]) - set(STATUSES))
        ]
        refuse(*problems)
        b, i = _places(table.drop_duplicates(list(ends[:2])), ends[:2], areas, "statuses")
        _not_below_zero(table, "share", ends, "statuses")
        b, i = (pd.Index(areas).get_indexer(table[end]) for end in ends[:2])
        np.add.at(shares, (b, i, pd.Index(STATUSES).get_indexer(table["status"])), table["share"])
        assumed[b, i] = False
        over = np.argwhere(shares.sum(axis=-1) > 1.0 + 1e-6)
        problems = [
            Problem(
                f"statuses of {areas[b]} to {areas[i]}",
                f"add up to {shares[b, i].sum():g}",
                "Give shares of at most 1 together",
            )
            for b, i in over
        ]
        problems += [
            Problem(f"statuses of {areas[b]} to {areas[i]}", "nobody lives there", "Leave it out")
            for b, i in np.argwhere(~assumed & (persons <= 0.0))
        ]
        refuse(*problems)
    shares[..., 0] += 1.0 - shares.sum(axis=-1)
    return np.maximum(shares, 0.0), concentration, assumed


def _distances(distances: Any, areas: tuple[str, ...]) -> Array:
    """Kilometres (b, i), NaN where not told; empty without a table."""
    if distances is None:
        return np.empty((0, 0))
    ends = ("birthplace", "residence")
    columns = dict.fromkeys(ends, "label") | {"kilometres": "number"}
    table = rows(distances, columns, "distances")
    at = _places(table, ends, areas, "distances")
    _not_below_zero(table, "kilometres", ends, "distances")
    kilometres = np.full((len(areas), len(areas)), np.nan)
    kilometres[at[0], at[1]] = table["kilometres"]
    return kilometres


def _notes(rules: _Rules, made: bool) -> tuple[str, ...]:
    notes = [
        f"{quantity} of {number} areas is assumed: {rule}."
        for quantity, number, _, rule in rules.rules
    ]
    notes.append("Migrants are of the ages and schooling of those they live among: assumed.")
    if made:
        notes.append("Stocks are made from moves: modelled.")
    return tuple(notes)


def _coverage(
    areas: tuple[str, ...], home: Array, migrants: Array, persons: Array
) -> dict[str, float]:
    held = float(persons.sum() - np.trace(persons))
    whole = dict.fromkeys(
        ("people", "output", "migrants of known origin", "migrants", "output reported in PPP"), 1.0
    )
    return {
        "economies": float(len(areas)),
        **whole,
        "adult migrants": float(migrants.sum()),
        "adults": float(home.sum() + migrants.sum()),
        "people abroad, all": held,
        "people abroad, held": held,
    }
