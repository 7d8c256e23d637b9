"""The demographic account of a period: from two stocks, births and deaths to comparable survivors.

Flows can only be read from two stocks of the same people. What is done to get there, in order
(Abel 2013, 2018; Abel & Sander 2014; Abel & Cohen 2019):

1. native-born that come out negative are set to 0, their area's total kept;
2. closure (closed system): births, deaths and the change of the world's people are made to agree;
3. newborns leave the end stock, T1 = S1 - Bm; people who die leave the start stock, T0 = S0 - Dm;
4. of each birthplace b as many survive as are found: sum_r R0[b,r] = sum_r R1[b,r] = t[b].
   Closed: both tables are fitted to (sum T0 + sum T1) / 2 by birthplace, their totals by residence
   kept, which keeps the net migration of every area. Open: the surplus leaves from, or came to,
   the areas where the birthplace lives.

Kernels: the last two axes are b birthplace, r residence; sexes and draws may lead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from corridors.errors import Infeasible, InputError, Problem
from corridors.flows.fitting import Scaling, scale
from corridors.labels import Array, cells_where, figures
from corridors.parameters import check, declare

#: What rounding leaves of a cell that is empty, as a share of the largest.
LAST_DIGITS = 1e-9

__all__ = ["Adjustment", "Assumptions", "Survivors", "survive"]


@dataclass(frozen=True)
class Assumptions:
    """How the account is closed where the figures leave a choice; the defaults are published.

    Parameters
    ----------
    births : str
        `native`: born to the native-born column's own birthplace, unless they outnumber the
        native-born; `proportional`: to every birthplace as its share of the residents.
    deaths : str
        `proportional`: the same mortality for every birthplace; `fitted`: to the totals by
        birthplace that stocks and births imply as well.
    closure : str
        `before` births and deaths are taken out, or `after`; of a closed system.
    rounding : str
        `none`; `whole`: the closed native-born are whole persons, the remainder goes to the
        largest (the first of equals); `migest`: as that package does, for comparison with it.
    outside : str
        In an open system people leave for outside where their birthplace lives at the `same end`
        of the period, or where it lives at the `other end`, which can go negative and is then
        refused.
    """

    births: Literal["native", "proportional"] = declare("flows", "newborns")
    deaths: Literal["proportional", "fitted"] = declare("flows", "mortality")
    closure: Literal["before", "after"] = declare("flows", "closure")
    rounding: Literal["none", "whole", "migest"] = declare("flows", "rounding")
    outside: Literal["same end", "other end"] = declare("flows", "outside")

    def __post_init__(self) -> None:
        check(self, "assumptions")


@dataclass(frozen=True)
class Adjustment:
    """One thing done to the figures: persons (..., area) it moved, signed."""

    step: str
    at: str
    persons: Array


@dataclass(frozen=True)
class Survivors:
    """Two stocks of the same people, and what was taken out to get them; (..., b, r) persons.

    Parameters
    ----------
    stock_start, stock_end : after steps 1 and 2
    born, died : newborns by birthplace and residence at the end, deaths by residence at the start
    out, into : moves to and from outside the system, where it is open
    start, end : R0 and R1, equal totals by birthplace
    adjustments : tuple of Adjustment
    fits : tuple of Scaling
        The fits of step 4, start and end; empty in an open system.
    """

    stock_start: Array
    stock_end: Array
    born: Array
    died: Array
    out: Array
    into: Array
    start: Array
    end: Array
    adjustments: tuple[Adjustment, ...]
    fits: tuple[Scaling, ...]


def survive(
    stocks: tuple[Array, Array],
    vital: tuple[Array, Array],
    closed: bool,
    assumptions: Assumptions,
    names: Sequence[str],
) -> Survivors:
    """Two stocks of the same people, by the four steps of the account, (45).

    Parameters
    ----------
    stocks : at the start and the end, each (..., b, r) persons
        Only the diagonal may be negative.
    vital : births and deaths, each (..., r) persons over the period
    closed : bool
        Whether nobody comes from or goes to outside the areas.
    assumptions : Assumptions
        What is done where the figures leave a choice.
    names : sequence of str
        Areas, for messages.

    Returns
    -------
    Survivors (..., b, r) persons
        b birthplace, r residence; equal totals by birthplace at both ends.

    Raises
    ------
    InputError
        A figure is not known or of another shape; an area has more deaths or births than people;
        the native-born cannot make up for the gap of births, deaths and stocks. Names the areas.
    Infeasible
        Birthplace totals cannot be matched; names the birthplaces.
    NotConverged
        They can be, and the fit did not get there; with its largest relative error.

    Notes
    -----
    Abel (2013, 2018), Abel & Sander (2014), Abel & Cohen (2019).
    """
    stocks, (births, deaths) = _plain(stocks, vital)
    vital = births, deaths
    done: list[Adjustment] = []
    # As given, before closure could blur whose deaths are too many.
    _refuse_more(deaths, stocks[0].sum(axis=-2), ("deaths", "people at the start"), names)
    start = _repair(stocks[0], "start", done, names)
    end = _repair(stocks[1], "end", done, names)
    if closed and assumptions.closure == "before":
        gap = (births - deaths).sum(axis=-1) - (_sum(end) - _sum(start))
        _refuse_gap(gap, (start, end), vital, names)
        start, end = _close(start, end, gap, assumptions.rounding, done)
    born = _born(end, births, assumptions.births, done, names)
    died = _died((start, end), vital, assumptions.deaths, names)
    rest_start, rest_end = start - died, end - born
    _refuse_overdrawn(rest_start, names)
    if closed and assumptions.closure == "after":
        gap = _sum(rest_start) - _sum(rest_end)
        _refuse_gap(gap, (rest_start, rest_end), vital, names)
        rest_start, rest_end = _close(rest_start, rest_end, gap, "none", done)
        start, end = rest_start + died, rest_end + born
    out = into = np.broadcast_to(0.0, rest_start.shape)
    fits: tuple[Scaling, ...] = ()
    if closed:
        matched_start, matched_end, fits = _match_closed(rest_start, rest_end, done, names)
    else:
        crossed = assumptions.outside == "other end"
        out, into = _match_open(rest_start, rest_end, crossed, done)
        matched_start, matched_end = rest_start - out, rest_end - into
        _refuse_negative(matched_start, matched_end, names)
    return Survivors(
        start, end, born, died, out, into, matched_start, matched_end, tuple(done), fits
    )


def _plain(
    stocks: tuple[Array, Array], vital: tuple[Array, Array]
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """All figures as float, known, and of shapes that fit; only native-born may be negative."""
    start, end = (
        figures(stock, f"stock at the {at}", negative=True, dims=2)
        for at, stock in zip(("start", "end"), stocks, strict=True)
    )
    births, deaths = (
        figures(events, name, dims=1)
        for name, events in zip(("births", "deaths"), vital, strict=True)
    )
    size = start.shape[-1]
    shapes = {start.shape, end.shape, (*births.shape[:-1], size, births.shape[-1])}
    if shapes | {(*deaths.shape[:-1], size, deaths.shape[-1])} != {start.shape}:
        what = "stocks, births and deaths are not of the same areas"
        raise InputError(Problem("account", what, "Give square stocks and a figure for each area"))
    return (start, end), (births, deaths)


def _refuse_overdrawn(rest: Array, names: Sequence[str]) -> None:
    """Refuse deaths by birthplace that are more than the people they are of."""
    least = -LAST_DIGITS * np.abs(rest).max(initial=0.0)
    problems = [
        Problem(
            f"deaths of people born in {names[place[-2]]} living in {names[place[-1]]}",
            f"fitted to birthplaces they are {-rest[tuple(place)]:,.6g} more than live there",
            "Use deaths='proportional', or correct stocks, births or deaths",
        )
        for place in cells_where(rest < least)[:5]
    ]
    if problems:
        raise InputError(problems)


# --- step 1: negative native-born ---------------------------------------------------------------


def _repair(stock: Array, at: str, done: list[Adjustment], names: Sequence[str]) -> Array:
    """Set negative native-born to 0 and shrink the foreign-born to the area's total."""
    native = np.diagonal(stock, axis1=-2, axis2=-1)
    below = native < 0.0
    done.append(Adjustment("negative native-born set to 0", at, np.where(below, -native, 0.0)))
    if not below.any():
        return stock
    total = stock.sum(axis=-2)
    problems = [
        Problem(
            f"population of {names[place[-1]]} at the {at}",
            f"is negative: {total[tuple(place)]:,.0f}",
            "Correct its native-born",
        )
        for place in cells_where(below & (total < 0.0))
    ]
    if problems:
        raise InputError(problems)
    foreign = total - np.where(below, native, 0.0)
    factor = np.where(below, _share(total, foreign), 1.0)
    return np.maximum(stock, 0.0) * factor[..., None, :]


# --- step 2: closure ----------------------------------------------------------------------------


def _close(
    start: Array, end: Array, gap: Array, rounding: str, done: list[Adjustment]
) -> tuple[Array, Array]:
    """Take half of `gap` off the native-born at the start and add half at the end."""
    extra = np.zeros_like(gap)
    if rounding == "migest":
        extra = np.where((gap % 2 > 0.0) & (gap % 2 < 0.5), 1.0, 0.0)
    closed = []
    for at, stock, change in (("start", start, -gap / 2.0), ("end", end, gap / 2.0 + extra)):
        native = np.diagonal(stock, axis1=-2, axis2=-1)
        total = native.sum(axis=-1)
        factor = np.where(total > 0.0, (total + change) / np.where(total > 0.0, total, 1.0), 1.0)
        scaled = native * factor[..., None]
        if rounding != "none":
            scaled = _whole(scaled, total + change)
        done.append(Adjustment("closure: native-born scaled", at, scaled - native))
        changed = stock.copy()
        np.einsum("...ii->...i", changed)[...] += scaled - native
        closed.append(changed)
    return closed[0], closed[1]


def _refuse_gap(
    gap: Array, stocks: tuple[Array, Array], vital: tuple[Array, Array], names: Sequence[str]
) -> None:
    """Refuse a closure that would take more native-born than there are."""
    at_start, at_end = (np.trace(stock, axis1=-2, axis2=-1) for stock in stocks)
    room = np.where(gap > 0.0, at_start, at_end)
    nobody = (np.minimum(at_start, at_end) == 0.0) & (gap != 0.0)
    short = (np.abs(gap) / 2.0 > room) | nobody
    if short.any():
        natural = np.abs(vital[0] - vital[1])[short][0]
        worst = names[int(np.argmax(natural))]
        what = f"births less deaths differ from the change of all people by {gap[short][0]:,.0f}, "
        what += f"more than the native-born can make up for; most are born or die in {worst}"
        fix = "Correct births, deaths or stocks, or use an open method"
        raise InputError(Problem("closure", what, fix))


def _whole(values: Array, total: Array) -> Array:
    """Round to whole persons and give the remainder to the largest, the first of equals.

    The remainder is not rounded: what was closed stays closed to the last digit.
    """
    rounded = np.rint(values)
    largest = np.argmax(np.abs(rounded), axis=-1)[..., None]
    remainder = total - rounded.sum(axis=-1)
    taken = np.take_along_axis(rounded, largest, axis=-1) + remainder[..., None]
    np.put_along_axis(rounded, largest, taken, axis=-1)
    return rounded


# --- step 3: births and deaths ------------------------------------------------------------------


def _born(
    end: Array, births: Array, rule: str, done: list[Adjustment], names: Sequence[str]
) -> Array:
    """Newborns by birthplace and residence at the end of the period."""
    population = end.sum(axis=-2)
    _refuse_more(births, population, ("births", "people at the end"), names)
    native = np.diagonal(end, axis1=-2, axis2=-1)
    spread = births > native
    if rule == "proportional":
        spread = np.ones_like(spread)
    else:
        words = "more births than native-born: taken from every birthplace"
        done.append(Adjustment(words, "end", np.where(spread, births, 0.0)))
    born = _share(np.where(spread, births, 0.0), population)[..., None, :] * end
    np.einsum("...ii->...i", born)[...] += np.where(spread, 0.0, births)
    return born


def _died(
    stocks: tuple[Array, Array], vital: tuple[Array, Array], rule: str, names: Sequence[str]
) -> Array:
    """Deaths by birthplace and residence at the start of the period."""
    start, end = stocks
    births, deaths = vital
    population = start.sum(axis=-2)
    _refuse_more(deaths, population, ("deaths", "people at the start"), names)
    if rule == "proportional":
        return _share(deaths, population)[..., None, :] * start
    by_birthplace = start.sum(axis=-1) + births - end.sum(axis=-1)
    problems = [
        Problem(
            f"deaths of people born in {names[place[-1]]}",
            f"stocks and births leave {by_birthplace[tuple(place)]:,.6g} of them to die",
            "Use deaths='proportional', or correct stocks or births",
        )
        for place in cells_where(by_birthplace < 0.0)[:5]
    ]
    if problems:
        raise InputError(problems)
    return scale(start, by_birthplace, deaths, names=(names, names)).fitted(start)


def _share(part: Array, whole: Array) -> Array:
    """Part of whole; of nothing, nothing."""
    some = whole > 0.0
    return np.where(some, part / np.where(some, whole, 1.0), 0.0)


def _refuse_more(part: Array, whole: Array, words: tuple[str, str], names: Sequence[str]) -> None:
    problems = [
        Problem(
            f"{words[0]} of {names[place[-1]]}",
            f"{part[tuple(place)]:,.0f} are more than its {whole[tuple(place)]:,.0f} {words[1]}",
            "Correct one of them",
        )
        for place in cells_where(part > whole)[:5]
    ]
    if problems:
        raise InputError(problems)


# --- step 4: as many survivors of each birthplace at the end as at the start --------------------


def _match_closed(
    start: Array, end: Array, done: list[Adjustment], names: Sequence[str]
) -> tuple[Array, Array, tuple[Scaling, ...]]:
    """Fit both tables to the mean of their birthplace totals, keeping totals by residence."""
    born_start, born_end = start.sum(axis=-1), end.sum(axis=-1)
    goal = (born_start + born_end) / 2.0
    done.append(Adjustment("birthplace totals matched", "start", goal - born_start))
    done.append(Adjustment("birthplace totals matched", "end", goal - born_end))
    fits, matched = [], []
    for at, table in (("start", start), ("end", end)):
        try:
            fit = scale(table, goal, table.sum(axis=-2), names=(names, names))
        except Infeasible as error:
            what = f"birthplace totals (rows) cannot be matched at the {at}: {error.args[0]}"
            raise Infeasible(f"{what}. An open method needs no match") from error
        fits.append(fit)
        matched.append(fit.fitted(table))
    return matched[0], matched[1], tuple(fits)


def _match_open(
    start: Array, end: Array, crossed: bool, done: list[Adjustment]
) -> tuple[Array, Array]:
    """Moves to and from outside: the surplus of a birthplace, shared as its people live."""
    born_start, born_end = start.sum(axis=-1), end.sum(axis=-1)
    surplus = born_start - born_end
    at_start, at_end = _share(start, born_start[..., None]), _share(end, born_end[..., None])
    if crossed:
        at_start, at_end = at_end, at_start
    done.append(Adjustment("moved outside", "start", np.maximum(surplus, 0.0)))
    done.append(Adjustment("came from outside", "end", np.maximum(-surplus, 0.0)))
    out = np.maximum(surplus, 0.0)[..., None] * at_start
    into = np.maximum(-surplus, 0.0)[..., None] * at_end
    return out, into


def _refuse_negative(start: Array, end: Array, names: Sequence[str]) -> None:
    problems = []
    for at, table in (("start", start), ("end", end)):
        for place in cells_where(table < -LAST_DIGITS * np.abs(table).max(initial=0.0))[:5]:
            b, r = (names[k] for k in place[-2:])
            what = "more of them leave for outside or come from it than live there "
            what += f"({table[tuple(place)]:,.0f} left)"
            fix = "Share them as people live at the same end, or use a closed method"
            problems.append(Problem(f"people born in {b} living in {r} at the {at}", what, fix))
    if problems:
        raise InputError(problems)


def _sum(stock: Array) -> Array:
    return stock.sum(axis=(-2, -1))
