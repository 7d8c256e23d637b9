"""Where the world settles beside where it went: accession, and ten years given pay and people."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
from published.pages import change, persons, table

from corridors import baseline, ensemble, parameters
from corridors.baseline import Observed
from corridors.data import store
from corridors.equilibrium import solve
from corridors.labels import Array, Mask
from corridors.rules import Policy, build
from validation.compared import Compared, Section, ends, listed, skill

__all__ = ["accession", "decades", "residence_agreement"]

#: What joined the European Union in 2004 and 2007, and what it joined.
JOINED = "CZE EST HUN LVA LTU POL SVK SVN CYP MLT BGR ROU".split()
FIFTEEN = "AUT BEL DNK FIN FRA DEU GRC IRL ITA LUX NLD PRT ESP SWE GBR".split()
#: Who may live in each other's country by MERCOSUR's agreement; Venezuela never joined it.
AGREED = "ARG BRA PRY URY BOL CHL PER COL ECU".split()
#: Corridors of at least so many adults, before or after.
LARGE = 10_000
COLUMNS = ("kilometres", "contiguous", "common_language", "colonial_link")


@functools.cache
def figures(people: int, economy: int) -> Observed:
    """A world's figures in the edition of 2024, its repeated corridors left out."""
    return baseline.observe(people, 2024, economy, repeated=False)


def _places(observed: Observed, codes: list[str]) -> Mask:
    return np.array([code in codes for code in observed.areas])


# --- (b) accession -------------------------------------------------------------------------------


def accession(draws: int) -> Section:
    """(b) who moved from the countries that joined in 2004 and 2007, and what they are paid."""
    before = figures(2000, 2000)
    old, new = _places(before, FIFTEEN), _places(before, JOINED)
    point, drawn = _freed(before, new, old, draws)
    rows, text, failed = [], "", []
    start = before.migrants.sum(axis=0)[np.ix_(new, old)]
    codes = [code for code, inside in zip(before.areas, new, strict=True) if inside]
    hosts = [code for code, inside in zip(before.areas, old, strict=True) if inside]
    everywhere = slice(None)
    for year, economy in ((2010, 2010), (2015, 2014)):
        came = _between(figures(year, economy), codes, hosts)
        whole = f"adults born in the twelve in the EU 15, {year}"
        rows.append(_compared(whole, (everywhere, everywhere), point, drawn, (start, came)))
    for at in map(int, np.argsort(-start.sum(axis=1))[:4]):
        words = f"born in {codes[at]}, {year}"
        rows.append(_compared(words, (at, everywhere), point, drawn, (start, came)))
    for host in ("GBR", "DEU", "ITA", "ESP", "IRL"):
        words, there = f"living in {host}, {year}", hosts.index(host)
        rows.append(_compared(words, (everywhere, there), point, drawn, (start, came)))
    level = ends(np.array([each.people.sum() for each in drawn]))[2]
    large = np.maximum(start, came) >= LARGE
    alike = start * came.sum() / start.sum()
    text += "\n" + listed(rows, level)
    failed += [
        f"(b) {row.what}: {persons(row.forecast)} forecast "
        f"({persons(row.lower)} to {persons(row.upper)}), {persons(row.came)} came"
        for row in rows
        if not row.inside
    ]
    some = large & (start > 0.0)
    grown = [np.log(np.maximum(made[some], 1.0) / start[some]) for made in (point.people, came)]
    sort = np.corrcoef(*grown)[0, 1]
    text += (
        f"\nOver the {int(large.sum())} corridors of {LARGE:,} adults the forecast's skill against "
        f"no change is {skill(point.people[large], came[large], start[large]):+.2f}; that every "
        f"corridor grows as all did, which nobody knew, has "
        f"{skill(alike[large], came[large], start[large]):+.2f}. Growth forecast and growth that "
        f"came correlate by {sort:+.2f} in logs.\n".replace("-", "−")
    )
    if sort < 0.3:
        failed.append(
            f"(b) which corridors grew: correlation {sort:+.2f} in logs; one legal share cannot "
            "tell Germany, which kept its labour market shut to 2011, from Britain and Ireland"
        )
    text += "\n" + _pay(before, point, drawn, codes, hosts)
    return Section(text, tuple(failed))


@dataclass(frozen=True)
class _Opened:
    """Adults by birthplace and host (b, i), and the change of natives' pay (i,) of all areas."""

    people: Array
    pay: Array


def _freed(before: Observed, new: Mask, old: Mask, draws: int) -> tuple[_Opened, list[_Opened]]:
    """Free movement from `new` to `old`, which had none: at the parameters' values, and drawn."""
    free = before.free_movement.copy()
    free[np.ix_(new, old)] = free[np.ix_(old, new)] = 0.0
    before = replace(before, free_movement=free)
    sampled = parameters.draw(draws, ensemble.streams(1))
    rows = [{name: value[row : row + 1] for name, value in sampled.items()} for row in range(draws)]
    made = [_opened(before, values, new, old) for values in (parameters.central(), *rows)]
    return made[0], made[1:]


def residence_agreement(draws: int) -> list[Compared]:
    """MERCOSUR's residence agreement, in force from 2009, from the world of 2010."""
    before = figures(2010, 2010)
    members = [code for code in AGREED if code in before.areas]
    inside = _places(before, members)
    point, drawn = _freed(before, inside, inside, draws)
    at = [code for code, chosen in zip(before.areas, inside, strict=True) if chosen]
    stock = before.migrants.sum(axis=0)[np.ix_(inside, inside)]
    rows = []
    for year, economy in ((2015, 2014), (2020, 2019)):
        came = _between(figures(year, economy), at, at)
        words = f"adults born in one of the nine living in another, {year}"
        rows.append(_compared(words, (slice(None), slice(None)), point, drawn, (stock, came)))
    return rows


def _compared(
    words: str,
    at: tuple[int | slice, int | slice],
    point: _Opened,
    drawn: list[_Opened],
    stocks: tuple[Array, Array],
) -> Compared:
    """People of some birthplaces and hosts, of stocks before and those that came."""
    low, high, _ = ends(np.array([each.people[at].sum() for each in drawn]))
    before, came = (float(stock[at].sum()) for stock in stocks)
    forecast = float(point.people[at].sum())
    return Compared(words, forecast, float(low), float(high), came, before)


def _opened(before: Observed, values: dict[str, Array], new: Mask, old: Mask) -> _Opened:
    world = baseline.calibrate(before, values, "mobile")
    names = np.array(before.areas)
    lever = build(
        "open_border",
        {
            "legal_share": float(values["legal_share"][0]),
            "birthplace": names[new].tolist(),
            "residence": names[old].tolist(),
        },
    )
    rules, _ = Policy("accession", (lever,)).apply(world.rules)
    settled = solve.settle(world.structure, world.state, world.rules, rules)
    after = solve.require(settled).state
    people = after.migrants[0].sum(axis=(0, -1))
    pay = [
        (state.wage_native[0] * world.state.home[0]).sum(axis=0) / world.state.home[0].sum(axis=0)
        for state in (world.state, after)
    ]
    return _Opened(people[np.ix_(new, old)], pay[1] / pay[0] - 1.0)


def _between(observed: Observed, codes: list[str], hosts: list[str]) -> Array:
    at = [observed.areas.index(code) for code in codes]
    to = [observed.areas.index(code) for code in hosts]
    return np.asarray(observed.migrants.sum(axis=0)[np.ix_(at, to)])


def _pay(
    before: Observed, point: _Opened, drawn: list[_Opened], codes: list[str], hosts: list[str]
) -> str:
    """Change of pay: forecast by migration alone, and what came with everything else."""
    later = figures(2010, 2010)
    body = []
    for words, members in (("the twelve", codes), ("EU 15", hosts)):
        at = [before.areas.index(code) for code in members]
        then = [later.areas.index(code) for code in members]
        weight = before.home.sum(axis=0)[at]
        mean = [float(np.average(each.pay[at], weights=weight)) for each in (point, *drawn)]
        low, high, level = ends(np.array(mean[1:]))
        heads = [
            (observed.output[place] / (observed.home.sum(axis=0) + observed.migrants.sum(
                axis=(0, 1)))[place])
            for observed, place in ((before, at), (later, then))
        ]  # fmt: skip
        growth = float(np.average(heads[1] / heads[0] - 1.0, weights=weight))
        body.append((words, change(mean[0]), f"{change(float(low))} to {change(float(high))}",
                     change(growth)))  # fmt: skip
    head = ("Natives' pay", "Forecast, by migration", f"{level} %",
            "Came, 2000 to 2010: output per adult, by everything")  # fmt: skip
    return table(head, body) + "\n"


# --- (c) ten years -------------------------------------------------------------------------------


def decades(draws: int) -> Section:
    """(c) corridors ten years on, given the output and population that came."""
    body, failed = [], []
    for first, economy, last, later in ((2000, 2000, 2010, 2010), (2010, 2010, 2020, 2019)):
        start, end = figures(first, economy), figures(last, later)
        both = [code for code in start.areas if code in end.areas]
        was, came = (_matrix(each, both) for each in (start, end))
        size, pay = (_ratio(start, end, both, name) for name in ("people", "pay"))
        theta = parameters.draw(draws, ensemble.streams(1))["theta"]
        point = _given(start, both, was, size, pay, float(parameters.central()["theta"][0]))
        spread = np.stack([_given(start, both, was, size, pay, float(each)) for each in theta])
        fitted = _gravity(start, end, both, was)
        large = np.maximum(was, came) >= LARGE
        known = large & (was > 0.0)
        low, high, level = ends(spread[:, known])
        inside = (low <= came[known]) & (came[known] <= high)
        moved = np.abs(came / np.where(was > 0, was, 1.0) - 1.0) > 0.05
        for words, forecast, within in (
            ("the model, given output and population", point, f"{100 * inside.mean():.0f} %"),
            ("population alone: every corridor grows as its birthplace", was * size[:, None], ""),
            ("gravity, as the ratio of its two years on the first's stock", was * fitted[1]
             / fitted[0], ""),
            ("gravity, its level", fitted[1], ""),
        ):  # fmt: skip
            right = np.sign(forecast - was) == np.sign(came - was)
            score = skill(forecast[known], came[known], was[known])
            log_error = _median_error(forecast[known], came[known])
            body.append((f"{first} to {last}, {int(known.sum())} corridors", words,
                         f"{score:+.2f}".replace("-", "−"), f"{log_error:.2f}",
                         f"{100 * right[known & moved].mean():.0f} %", within))  # fmt: skip
            if words.startswith("the model") and score <= 0.0:
                failed.append(
                    f"(c) {first} to {last}: skill {score:+.2f}, no better than no change".replace(
                        "-", "−"
                    )
                )
            if words.startswith("the model") and inside.mean() < level / 100 - 0.1:
                failed.append(
                    f"(c) {first} to {last}: {100 * inside.mean():.0f} % of corridors inside an "
                    f"interval of {level} %: theta alone is drawn, and corridors have luck of "
                    "their own"
                )
        still = _median_error(was[known], came[known])
        body.append((f"{first} to {last}", "no change", "0", f"{still:.2f}", "", ""))
    head = ("Years", "Forecast", "Skill against no change", "Median error, logs",
            "Direction right", f"Inside {level} %")  # fmt: skip
    return Section("\n" + table(head, body) + "\n", tuple(failed))


def _median_error(forecast: Array, came: Array) -> float:
    """Median |ln forecast / came|; less than a person counts as one."""
    logs = np.log(np.maximum(forecast, 1.0) / np.maximum(came, 1.0))
    return float(np.median(np.abs(logs)))


def _matrix(observed: Observed, codes: list[str]) -> Array:
    return _between(observed, codes, codes)


def _ratio(start: Observed, end: Observed, codes: list[str], name: str) -> Array:
    """Population, or output a head, of the end over the start (i,)."""
    sides = []
    for observed in (start, end):
        at = [observed.areas.index(code) for code in codes]
        people = observed.population[at]
        sides.append(people if name == "people" else observed.output[at] / people)
    return np.asarray(sides[1] / sides[0])


def _given(
    start: Observed, codes: list[str], was: Array, size: Array, pay: Array, theta: float
) -> Array:
    """Stocks (b, i) when birthplaces grow by `size` and pay by `pay`, wedges as they were (5)."""
    at = [start.areas.index(code) for code in codes]
    home = start.home.sum(axis=0)[at]
    worth = pay**theta
    away = was * worth
    natives = (home + was.sum(axis=1)) * size
    return np.asarray(natives[:, None] * away / (home * worth + away.sum(axis=1))[:, None])


def _gravity(start: Observed, end: Observed, codes: list[str], was: Array) -> tuple[Array, Array]:
    """Poisson regression of the first year's stocks: its figures of both years (b, i)."""
    from sklearn.linear_model import PoissonRegressor

    pairs = store.table("distance").set_index(["origin", "destination"])
    pairs = pairs[~pairs.index.duplicated()]
    import pandas as pd

    index = pd.MultiIndex.from_product([codes, codes])
    about = pairs[list(COLUMNS)].reindex(index).astype(float)
    fixed = np.column_stack([np.log(about["kilometres"]), about[list(COLUMNS[1:])]])
    apart = ~np.eye(len(codes), dtype=bool).ravel() & np.isfinite(fixed).all(axis=1)

    def terms(observed: Observed) -> Array:
        at = [observed.areas.index(code) for code in codes]
        people = np.log(observed.population[at])
        head = np.log(observed.output[at]) - people
        sides = [np.repeat(each, len(codes)) for each in (people, head)]
        sides += [np.tile(each, len(codes)) for each in (people, head)]
        return np.column_stack([*sides, fixed])

    first = terms(start)
    mean, scale = first[apart].mean(axis=0), first[apart].std(axis=0)
    model = PoissonRegressor(alpha=0.0, max_iter=2000, tol=1e-7)
    model.fit((first[apart] - mean) / scale, was.ravel()[apart] / 1e3)
    made = []
    for observed in (start, end):
        level = np.ones(len(codes) ** 2)
        level[apart] = 1e3 * model.predict((terms(observed)[apart] - mean) / scale)
        made.append(level.reshape(len(codes), len(codes)))
    return made[0], made[1]
