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
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from corridors.errors import Infeasible, InputError, Problem
from corridors.flows.cells import Cells, cells_of
from corridors.flows.fitting import Scaling, scale_cells
from corridors.labels import Array, Mask, cells_where, figures
from corridors.parameters import check, declare

#: What rounding leaves of a cell that is empty, as a share of the largest.
LAST_DIGITS = 1e-9

__all__ = ["Adjustment", "Assumptions", "Survivors", "Taken", "survive"]


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
class Taken:
    """Persons taken out of a table (..., b, r): a share of its cells, and native-born beside it.

    Parameters
    ----------
    share : (..., r)
    of_birthplace : (..., b), optional
        The share of a cell is its product with `share`.
    native : (..., b), optional
        Persons on the diagonal.
    """

    share: Array
    of_birthplace: Array | None = None
    native: Array | None = None

    def out_of(self, values: Array, cells: Cells) -> Array:
        """Persons, as values of the cells."""
        taken = np.asarray(cells.of_residence(self.share) * values)
        if self.of_birthplace is not None:
            taken *= cells.of_birthplace(self.of_birthplace)
        if self.native is not None:
            cells.add_native(taken, self.native)
        return taken

    def where_native_rose(self, persons: Array) -> Taken:
        """The same persons, taken out of a table with `persons` (..., b) more on the diagonal."""
        at_home = self.share if self.of_birthplace is None else self.share * self.of_birthplace
        before = 0.0 if self.native is None else self.native
        return replace(self, native=before - at_home * persons)


@dataclass(frozen=True)
class Survivors:
    """Two stocks of the same people, and what was taken out to get them.

    Parameters
    ----------
    cells : Cells
        The cells whose values are kept; the properties are tables (..., b, r) of persons.
    stocks : values at the start and the end, after steps 1 and 2
    vital : newborns, out of the stock at the end, and deaths, out of the stock at the start
    outside : values that moved to and from outside the system; None where it is closed
    matched : values of R0 and R1, equal totals by birthplace
    adjustments : tuple of Adjustment
    fits : tuple of Scaling
        The fits of step 4, start and end; empty in an open system.
    """

    cells: Cells
    stocks: tuple[Array, Array]
    vital: tuple[Taken, Taken]
    outside: tuple[Array, Array] | None
    matched: tuple[Array, Array]
    adjustments: tuple[Adjustment, ...]
    fits: tuple[Scaling, ...]

    @property
    def stock_start(self) -> Array:
        """The stock at the start, after steps 1 and 2."""
        return self.cells.table(self.stocks[0])

    @property
    def stock_end(self) -> Array:
        """The stock at the end, after steps 1 and 2."""
        return self.cells.table(self.stocks[1])

    @property
    def born(self) -> Array:
        """Newborns by residence at the end."""
        return self.cells.table(self.vital[0].out_of(self.stocks[1], self.cells))

    @property
    def died(self) -> Array:
        """Deaths by residence at the start."""
        return self.cells.table(self.vital[1].out_of(self.stocks[0], self.cells))

    @property
    def out(self) -> Array:
        """Moves to outside, by residence at the start."""
        return self._outside(0)

    @property
    def into(self) -> Array:
        """Moves from outside, by residence at the end."""
        return self._outside(1)

    @property
    def start(self) -> Array:
        """R0: survivors by residence at the start."""
        return self.cells.table(self.matched[0])

    @property
    def end(self) -> Array:
        """R1: survivors by residence at the end."""
        return self.cells.table(self.matched[1])

    def _outside(self, end: int) -> Array:
        if self.outside is None:
            return np.broadcast_to(0.0, self.stock_start.shape)
        return self.cells.table(self.outside[end])


def survive(
    stocks: tuple[Array, Array],
    vital: tuple[Array, Array],
    closed: bool,
    assumptions: Assumptions,
    names: Sequence[str],
    cells: Cells | None = None,
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
    cells : Cells, optional
        On which cells of the stocks to work; default: as their size and people make it cheap.

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
    given, vital = _plain(stocks, vital)
    births, deaths = vital
    done: list[Adjustment] = []
    cells = cells or cells_of(*given)
    start, end = (cells.values(stock) for stock in given)
    # As given, before closure could blur whose deaths are too many.
    _refuse_more(deaths, cells.by_residence(start), ("deaths", "people at the start"), names)
    pair = _repair(start, "start", cells, done, names), _repair(end, "end", cells, done, names)
    if closed and assumptions.closure == "before":
        gap = (births - deaths).sum(axis=-1) - (cells.total(pair[1]) - cells.total(pair[0]))
        _refuse_gap(gap, pair, vital, cells, names)
        pair = _close(pair, gap, assumptions.rounding, cells, done)
    born = _born(pair[1], births, assumptions.births, cells, done, names)
    died = _died(pair, vital, assumptions.deaths, cells, names)
    rest = _without(died, pair[0], cells), _without(born, pair[1], cells)
    _refuse_overdrawn(rest[0], cells, names)
    if closed and assumptions.closure == "after":
        pair, rest, (born, died) = _close_after(pair, rest, (born, died), vital, cells, done, names)
    outside: tuple[Array, Array] | None = None
    fits: tuple[Scaling, ...] = ()
    if closed:
        fits = _match_closed(rest, cells, done, names)
    else:
        # The stocks are kept with the account, and are the caller's own if nothing was repaired.
        pair = pair[0].copy(), pair[1].copy()
        outside = _match_open(rest, assumptions.outside == "other end", cells, done)
        rest = rest[0] - outside[0], rest[1] - outside[1]
        _refuse_negative(rest, cells, names)
    return Survivors(cells, pair, (born, died), outside, rest, tuple(done), fits)


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


def _without(taken: Taken, values: Array, cells: Cells) -> Array:
    rest = taken.out_of(values, cells)
    return np.subtract(values, rest, out=rest)


def _below(values: Array) -> Mask:
    """Cells below zero by more than the last digits."""
    largest = max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))
    return values < -LAST_DIGITS * largest


def _refuse_overdrawn(rest: Array, cells: Cells, names: Sequence[str]) -> None:
    """Refuse deaths by birthplace that are more than the people they are of."""
    wrong = _below(rest)
    problems = [
        Problem(
            f"deaths of people born in {names[place[-2]]} living in {names[place[-1]]}",
            f"fitted to birthplaces they are {-persons:,.6g} more than live there",
            "Use deaths='proportional', or correct stocks, births or deaths",
        )
        for place, persons in zip(cells.places(wrong)[:5], rest[wrong][:5], strict=True)
    ]
    if problems:
        raise InputError(problems)


# --- step 1: negative native-born ---------------------------------------------------------------


def _repair(
    stock: Array, at: str, cells: Cells, done: list[Adjustment], names: Sequence[str]
) -> Array:
    """Set negative native-born to 0 and shrink the foreign-born to the area's total."""
    native = cells.native(stock)
    below = native < 0.0
    done.append(Adjustment("negative native-born set to 0", at, np.where(below, -native, 0.0)))
    if not below.any():
        return stock
    total = cells.by_residence(stock)
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
    return np.maximum(stock, 0.0) * cells.of_residence(factor)


# --- step 2: closure ----------------------------------------------------------------------------


def _close(
    stocks: tuple[Array, Array], gap: Array, rounding: str, cells: Cells, done: list[Adjustment]
) -> tuple[Array, Array]:
    """Take half of `gap` off the native-born at the start and add half at the end."""
    extra = np.zeros_like(gap)
    if rounding == "migest":
        extra = np.where((gap % 2 > 0.0) & (gap % 2 < 0.5), 1.0, 0.0)
    closed = []
    changes = -gap / 2.0, gap / 2.0 + extra
    for at, stock, change in zip(("start", "end"), stocks, changes, strict=True):
        native = cells.native(stock)
        total = native.sum(axis=-1)
        factor = np.where(total > 0.0, (total + change) / np.where(total > 0.0, total, 1.0), 1.0)
        scaled = native * factor[..., None]
        if rounding != "none":
            scaled = _whole(scaled, total + change)
        done.append(Adjustment("closure: native-born scaled", at, scaled - native))
        changed = stock.copy()
        cells.add_native(changed, scaled - native)
        closed.append(changed)
    return closed[0], closed[1]


def _close_after(
    stocks: tuple[Array, Array],
    rest: tuple[Array, Array],
    taken: tuple[Taken, Taken],
    vital: tuple[Array, Array],
    cells: Cells,
    done: list[Adjustment],
    names: Sequence[str],
) -> tuple[tuple[Array, Array], tuple[Array, Array], tuple[Taken, Taken]]:
    """Close what births and deaths left, and the stocks by as much; who was born or died stays."""
    gap = cells.total(rest[0]) - cells.total(rest[1])
    _refuse_gap(gap, rest, vital, cells, names)
    closed = _close(rest, gap, "none", cells, done)
    rises = [
        cells.native(after) - cells.native(before)
        for before, after in zip(rest, closed, strict=True)
    ]
    risen = stocks[0].copy(), stocks[1].copy()
    for stock, persons in zip(risen, rises, strict=True):
        cells.add_native(stock, persons)
    born, died = taken
    return risen, closed, (born.where_native_rose(rises[1]), died.where_native_rose(rises[0]))


def _refuse_gap(
    gap: Array,
    stocks: tuple[Array, Array],
    vital: tuple[Array, Array],
    cells: Cells,
    names: Sequence[str],
) -> None:
    """Refuse a closure that would take more native-born than there are."""
    at_start, at_end = (cells.native(stock).sum(axis=-1) for stock in stocks)
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
    end: Array,
    births: Array,
    rule: str,
    cells: Cells,
    done: list[Adjustment],
    names: Sequence[str],
) -> Taken:
    """Newborns by birthplace and residence at the end of the period."""
    population = cells.by_residence(end)
    _refuse_more(births, population, ("births", "people at the end"), names)
    spread = births > cells.native(end)
    if rule == "proportional":
        spread = np.ones_like(spread)
    else:
        words = "more births than native-born: taken from every birthplace"
        done.append(Adjustment(words, "end", np.where(spread, births, 0.0)))
    share = _share(np.where(spread, births, 0.0), population)
    return Taken(share, native=np.where(spread, 0.0, births))


def _died(
    stocks: tuple[Array, Array],
    vital: tuple[Array, Array],
    rule: str,
    cells: Cells,
    names: Sequence[str],
) -> Taken:
    """Deaths by birthplace and residence at the start of the period."""
    start, end = stocks
    births, deaths = vital
    population = cells.by_residence(start)
    _refuse_more(deaths, population, ("deaths", "people at the start"), names)
    if rule == "proportional":
        return Taken(_share(deaths, population))
    by_birthplace = cells.by_birthplace(start) + births - cells.by_birthplace(end)
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
    fit = scale_cells(start, cells, by_birthplace, deaths, names=(names, names))
    return Taken(fit.column, fit.row)


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
    rest: tuple[Array, Array], cells: Cells, done: list[Adjustment], names: Sequence[str]
) -> tuple[Scaling, ...]:
    """Fit both, in place, to the mean of their birthplace totals, keeping totals by residence."""
    born = [cells.by_birthplace(values) for values in rest]
    goal = (born[0] + born[1]) / 2.0
    for at, before in zip(("start", "end"), born, strict=True):
        done.append(Adjustment("birthplace totals matched", at, goal - before))
    fits = []
    for at, values in zip(("start", "end"), rest, strict=True):
        lives = cells.by_residence(values)
        try:
            fit = scale_cells(values, cells, goal, lives, names=(names, names))
        except Infeasible as error:
            what = f"birthplace totals (rows) cannot be matched at the {at}: {error.args[0]}"
            raise Infeasible(f"{what}. An open method needs no match") from error
        values *= cells.of_birthplace(fit.row)
        values *= cells.of_residence(fit.column)
        fits.append(fit)
    return tuple(fits)


def _match_open(
    rest: tuple[Array, Array], crossed: bool, cells: Cells, done: list[Adjustment]
) -> tuple[Array, Array]:
    """Moves to and from outside: the surplus of a birthplace, shared as its people live."""
    born = [cells.by_birthplace(values) for values in rest]
    surplus = born[0] - born[1]
    lives = rest[::-1] if crossed else rest
    born = born[::-1] if crossed else born
    moved = np.maximum(surplus, 0.0), np.maximum(-surplus, 0.0)
    done.append(Adjustment("moved outside", "start", moved[0]))
    done.append(Adjustment("came from outside", "end", moved[1]))
    out, into = (
        values * cells.of_birthplace(_share(persons, people))
        for persons, values, people in zip(moved, lives, born, strict=True)
    )
    return out, into


def _refuse_negative(rest: tuple[Array, Array], cells: Cells, names: Sequence[str]) -> None:
    problems = []
    for at, values in zip(("start", "end"), rest, strict=True):
        wrong = _below(values)
        for place, left in zip(cells.places(wrong)[:5], values[wrong][:5], strict=True):
            b, r = (names[k] for k in place[-2:])
            what = "more of them leave for outside or come from it than live there "
            what += f"({left:,.0f} left)"
            fix = "Share them as people live at the same end, or use a closed method"
            problems.append(Problem(f"people born in {b} living in {r} at the {at}", what, fix))
    if problems:
        raise InputError(problems)
