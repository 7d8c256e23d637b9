"""Proportional fitting: the table nearest to a seed, in information, that has given margins.

Every member of the family is the seed times scalings, and only the scalings are sought:

    mu_ij  = a_i b_j m_ij             row and column totals (Deming & Stephan 1940, Willekens 1999)
    mu_ijk = a_ik b_jk m_ijk          a table of row and of column totals: one fit for each k
    mu_ijk = a_i b_j m_ijk            totals over origin and destination only: one fit to sum_k m
    mu_ij  = a_i b_j w_g(i,j) m_ij    totals of blocks or stripes of cells as well

Sweeps that meet each margin in turn come first. Stock tables hold nearly everybody on the diagonal,
which makes plain sweeps crawl (thousands for a world). There each sweep solves a_r and b_r of one
area together, its off-diagonal reach p_r = sum_j m_rj b_j and q_r = sum_i m_ir a_i held:

    a_r (m_rr b_r + p_r) = R_r,  b_r (m_rr a_r + q_r) = C_r:   x = a_r p_r, people abroad, solves
    m_rr x^2 + (p_r q_r - m_rr (R_r - C_r)) x - p_r q_r R_r = 0.

What is not done then takes Newton's steps on the logarithms of the scalings. With
X = diag(a) m diag(b), row gap g and column gap h, the step solves

    (diag(X 1) - X diag(1 / X'1) X') da = g - X diag(1 / X'1) h,     db = (h - X'da) / X'1.

A fit is done when no margin is off by more than `tolerance` of itself. What cannot be fitted is
refused, and the margins that stand in the way are named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridors.errors import Infeasible, InputError, NotConverged, Problem
from corridors.flows.cells import Cells, Listed
from corridors.labels import Array, cells_where, figures

__all__ = ["TOLERANCE", "Scaling", "fix_diagonal", "scale", "scale_cells", "scale_parts"]

Names = tuple[Sequence[str], Sequence[str]]

#: Largest error of a margin, relative to the margin.
TOLERANCE = 1e-10
#: Share of the tolerance aimed at: flows are small differences of large fitted cells.
AIM = 1e-3
#: A table that meets its margins but for the last digit is left as it is, so that no change in
#: the stocks stays exactly no flow.
LAST_DIGIT = 1e-14
#: Sweeps before Newton, which costs a linear solve: most small tables need no more than these.
SWEEPS = 30
#: Paired sweeps before Newton where a linear solve is dear: tables of the world need about 200.
PAIRED_SWEEPS = 500
LARGE = 100
#: Changes of the scalings that Anderson's mixing remembers.
DEPTH = 10
#: Share of cells above zero up to which a table is row-compressed.
SPARSE = 0.4
STEPS = 100
#: Totals over parts of the table have no Newton step; they converge in a few sweeps or slowly.
LONGEST = 20_000
#: Largest change of the logarithm of a scaling in one step: beyond it the model is not quadratic.
LONGEST_STEP = 2.0


@dataclass(frozen=True)
class Scaling:
    """Scalings of a seed and how they were found.

    Parameters
    ----------
    row : (..., i), column : (..., j)
        The fit is row_i seed_ij column_j; a constant can be moved from one to the other.
    sweeps, steps : int
        Sweeps over the margins, and Newton steps, until the last fit of the batch was done.
    error : float
        Largest error of a margin relative to it.
    """

    row: Array
    column: Array
    sweeps: int
    steps: int
    error: float

    def fitted(self, seed: Array) -> Array:
        """The fitted tables a_i b_j m_ij (..., i, j), in the unit of the totals; (48).

        `seed` as it was given to `scale`.
        """
        fitted: Array = self.row[..., :, None] * seed
        fitted *= self.column[..., None, :]
        return fitted


def scale(
    seed: Array,
    rows: Array | None,
    columns: Array | None,
    *,
    tolerance: float = TOLERANCE,
    names: Names | None = None,
) -> Scaling:
    """Scale `seed` to row totals, column totals, or both (Deming & Stephan 1940), by (48).

    Parameters
    ----------
    seed : (i, j) for all tables, or (..., i, j)
        Relative weights, not negative. A zero stays zero.
    rows : (..., i), columns : (..., j), or None
        Totals to meet, persons or any one unit; None leaves that margin free. Leading axes are
        separate tables.
    tolerance : float
        Largest error of a margin, as a share of it.
    names : (names of rows, names of columns), optional
        For messages.

    Returns
    -------
    Scaling
        Factors a (..., i) and b (..., j) of the table a_i b_j m_ij, in the unit of the totals.

    Raises
    ------
    InputError
        A figure is negative or not known, or the two margins have different totals.
    Infeasible
        The zeros of the seed keep a margin from being met; names the rows and columns.
    NotConverged
        With the largest relative error.
    """
    seed, rows, columns = _plain(seed, rows, columns)
    names = names or _numbered(seed.shape)
    _check(seed, rows, columns, names, tolerance)
    if columns is None or rows is None:
        return _one_margin(seed, rows, columns, names)
    lead = np.broadcast_shapes(seed.shape[:-2], rows.shape[:-1], columns.shape[:-1])
    rows = np.broadcast_to(rows, (*lead, rows.shape[-1]))
    columns = np.broadcast_to(columns, (*lead, columns.shape[-1]))
    _check_support(seed, rows, columns, names)
    a, b, sweeps, errors = _sweep(seed, rows, columns, tolerance)
    steps = 0
    # What a few sweeps did not finish, one by one.
    for place in map(tuple, cells_where(errors > AIM * tolerance)):
        table = seed if seed.ndim == 2 else seed[place]
        solved = _newton(table, rows[place], columns[place], (a[place], b[place]), tolerance, names)
        a[place], b[place], errors[place] = solved[:3]
        steps = max(steps, solved[3])
    return Scaling(a, b, sweeps, steps, float(errors.max(initial=0.0)))


def scale_cells(
    values: Array, cells: Cells, rows: Array, columns: Array, *, names: Names
) -> Scaling:
    """Scale a square table, given by the values of its cells, as `scale` does."""
    if isinstance(cells, Listed) and (values >= 0.0).all():
        native = cells.native(values)
        if native @ ((rows > 0.0) & (columns > 0.0)) > 0.5 * values.sum():
            from corridors.flows.listed import paired_fit

            goals, aim = np.stack([rows, columns]), AIM * TOLERANCE
            (a, b), sweeps, error = paired_fit(cells, values, goals, aim, (PAIRED_SWEEPS, DEPTH))
            if error <= aim:
                return Scaling(a, b, sweeps, 0, error)
    # What sweeps do not finish takes Newton's steps, and what cannot be fitted a reason.
    return scale(cells.table(values), rows, columns, names=names)


def fix_diagonal(
    seed: Array | None,
    rows: Array,
    columns: Array,
    diagonal: Array | None = None,
    *,
    names: Names | None = None,
) -> tuple[Array, Scaling]:
    """Quasi-independence: the diagonal is given, the rest of the table fits the rest of the totals.

    Parameters
    ----------
    seed : (i, i) or (..., i, i), optional
        Relative weights, in any unit; its diagonal is not used. Default: the same for every cell.
    rows, columns : (..., i) persons, or any unit of the totals
    diagonal : (..., i), in the unit of the totals, optional
        Default: as large as both margins allow, min(rows, columns). Then of each label's row and
        column only one has anything left, so that the empty diagonal never meets the rest.
    names : (names of rows, names of columns), optional
        For messages.

    Returns
    -------
    diagonal : (..., i), in the unit of the totals
    scaling : Scaling of the seed without its diagonal

    Raises
    ------
    InputError
        Shapes differ, or the diagonal is larger than a total.
    Infeasible, NotConverged
        As `scale`, of what the diagonal leaves.

    Notes
    -----
    The margins of (46): min(R0, R1) stay (Abel 2013).
    """
    rows, columns = figures(rows, "row totals", dims=1), figures(columns, "column totals", dims=1)
    size = rows.shape[-1]
    if columns.shape[-1] != size:
        what = f"{size} row totals and {columns.shape[-1]} column totals"
        raise InputError(Problem("totals", what, "Give one of each for each label"))
    if diagonal is not None:
        diagonal = figures(diagonal, "diagonal", dims=1)
    held = np.minimum(rows, columns) if diagonal is None else diagonal
    names = names or _numbered((size, size))
    over = cells_where((held > rows) | (held > columns))
    if over.size:
        what = "the fixed diagonal is larger than its row or column total"
        label = names[0][over[0][-1]]
        raise InputError(Problem(f"diagonal of {label}", what, "Fix at most the smaller of both"))
    ease = figures(np.ones((size, size)) if seed is None else seed, "seed", dims=2)
    if ease.shape[-2:] != (size, size):
        what = f"is {' x '.join(map(str, ease.shape))}, the totals are {size}"
        raise InputError(Problem("seed", what, "Give one figure for each pair"))
    off = ease * (1.0 - np.eye(size))
    return held, scale(off, rows - held, columns - held, names=names)


def scale_parts(
    seed: Array,
    part: NDArray[np.int_],
    totals: Array,
    rows: Array | None = None,
    columns: Array | None = None,
    *,
    tolerance: float = TOLERANCE,
    names: Names | None = None,
) -> tuple[Array, int, float]:
    """Scale `seed` to totals over parts of its cells, and to row or column totals where given.

    Parameters
    ----------
    seed : (i, j)
        Relative weights, not negative.
    part : (i, j) of int
        Number of the part, a place in `totals`: blocks, stripes, any partition.
    totals : (parts,), rows : (i,), columns : (j,)
        Persons, or any one unit.
    tolerance : float
        Largest error of a margin, as a share of it.

    Returns
    -------
    fitted : (i, j), in the unit of the totals
    sweeps : int
    error : float, the largest error of a margin relative to it

    Raises
    ------
    InputError
        A part has no total, a figure is negative or not known, or totals contradict each other.
    NotConverged
        The totals cannot be met together; with the largest relative error.

    Notes
    -----
    Proportional fitting (Deming & Stephan 1940) of mu_ij = a_i b_j w_g(i,j) m_ij (Willekens 1999).
    """
    seed, rows, columns = _plain(seed, rows, columns)
    part = _parts(part, seed.shape)
    totals = figures(totals, "totals of parts", unknown=True, negative=True, dims=1)
    if part.size and part.max() >= len(totals):
        what = f"part {part.max()} has no total: there are {len(totals)}"
        raise InputError(Problem("parts", what, "Number the parts from 0, one total for each"))
    names = names or _numbered(seed.shape)
    _check(seed, rows, columns, names, tolerance)
    _check(seed, totals, None, ([f"part {g}" for g in range(len(totals))], ()), tolerance)
    grids = np.indices(seed.shape)
    margins = [(part, totals)]
    margins += [
        (grids[axis], goal) for axis, goal in enumerate((rows, columns)) if goal is not None
    ]
    _same_total([goal for _, goal in margins], tolerance)
    fitted, error = seed.astype(float), np.inf
    for sweep in range(1, LONGEST + 1):
        for cells, goal in margins:
            fitted = fitted * _ratio(goal, _summed(fitted, cells, goal))[cells]
        error = max(float(_off(_summed(fitted, cells, goal), goal)) for cells, goal in margins)
        if error <= tolerance:
            return fitted, sweep, error
    what = "totals of parts, rows and columns cannot be met together, or only very slowly"
    raise NotConverged(f"{what}; the error is relative to a total", residual=error)


def _summed(table: Array, cells: NDArray[np.int_], goal: Array) -> Array:
    return np.bincount(cells.ravel(), table.ravel(), len(goal)).astype(float)


def _plain(seed: Any, rows: Any, columns: Any) -> tuple[Array, Array | None, Array | None]:
    """Seed and totals as float, of shapes that fit; what they hold is checked with its names."""
    table = figures(seed, "seed", unknown=True, negative=True, dims=2)
    totals = []
    for words, goal, size in (("row", rows, table.shape[-2]), ("column", columns, table.shape[-1])):
        if goal is not None:
            goal = figures(goal, f"{words} totals", unknown=True, negative=True, dims=1)
            if goal.shape[-1] != size:
                what = f"{goal.shape[-1]} totals for {size} {words}s"
                raise InputError(Problem(f"{words} totals", what, "Give one for each"))
        totals.append(goal)
    return table, totals[0], totals[1]


def _parts(part: Any, shape: tuple[int, ...]) -> NDArray[np.int_]:
    numbers = figures(part, "parts", dims=2)
    if numbers.shape != shape or (numbers % 1.0).any():
        what = "are not whole numbers, one for each cell of the seed"
        raise InputError(Problem("parts", what, "Number the parts from 0"))
    return numbers.astype(int)


def _numbered(shape: tuple[int, ...]) -> Names:
    rows, columns = ([str(place + 1) for place in range(size)] for size in shape[-2:])
    return rows, columns


# --- what can be seen before fitting ----------------------------------------------------------


def _check(
    seed: Array, rows: Array | None, columns: Array | None, names: Names, tolerance: float
) -> None:
    problems = []
    for goals, words, labels in (
        (rows, "row total", names[0]),
        (columns, "column total", names[1]),
    ):
        if goals is None:
            continue
        for place in cells_where(~(goals >= 0.0))[:5]:
            value = goals[tuple(place)]
            what = "not known" if np.isnan(value) else f"negative: {value:g}"
            problems.append(Problem(f"{words} of {labels[place[-1]]}", what, "Give a total >= 0"))
    for place in cells_where(~((seed >= 0.0) & np.isfinite(seed)))[:5]:
        cell = f"seed of ({names[0][place[-2]]}, {names[1][place[-1]]})"
        what = f"is {seed[tuple(place)]:g}"
        problems.append(Problem(cell, what, "Give a finite seed >= 0"))
    if problems:
        raise InputError(problems)
    if rows is not None and columns is not None:
        _same_total([rows, columns], tolerance)


def _same_total(margins: list[Array], tolerance: float) -> None:
    sums = np.array([np.sum(margin, axis=-1) for margin in margins]) if margins else np.zeros(1)
    spread, largest = np.ptp(sums, axis=0), np.abs(sums).max(axis=0)
    if (spread > max(tolerance, 1e-12) * largest).any():
        worst = np.argmax(spread.ravel())
        totals = " and ".join(f"{total:.10g}" for total in sums.reshape(len(sums), -1)[:, worst])
        what = f"the margins have different totals: {totals}"
        fix = "Scale one of them to the total of the other first, and say so"
        raise InputError(Problem("margins", what, fix))


def _check_support(seed: Array, rows: Array, columns: Array, names: Names) -> None:
    """Refuse a positive total whose cells all have a seed of zero or an empty other margin."""
    # No cell is below zero, so that a sum is zero where every cell is.
    reach_row = _reach(seed, (columns > 0.0).astype(float))
    reach_column = _reach(np.swapaxes(seed, -1, -2), (rows > 0.0).astype(float))
    unmet = []
    for goal, reach, words, labels in (
        (rows, reach_row, "row", names[0]),
        (columns, reach_column, "column", names[1]),
    ):
        places = cells_where((goal > 0.0) & (reach == 0.0))[:5]
        unmet += [f"{words} {labels[p[-1]]} ({goal[tuple(p)]:.6g})" for p in places]
    if unmet:
        what = "a positive total cannot be met where every cell is zero in the seed"
        raise Infeasible(f"{what}: {', '.join(unmet)}")


def _one_margin(seed: Array, rows: Array | None, columns: Array | None, names: Names) -> Scaling:
    row = np.ones(seed.shape[:-1])
    column = np.ones((*seed.shape[:-2], seed.shape[-1]))
    if rows is not None:
        _check_support(seed, rows, column, names)
        row = _ratio(rows, seed.sum(axis=-1))
    if columns is not None:
        _check_support(seed, row, columns, names)
        column = _ratio(columns, seed.sum(axis=-2))
    return Scaling(row, column, 1, 0, 0.0)


# --- sweeps and Newton steps ------------------------------------------------------------------


def _ratio(goal: Array, reached: Array) -> Array:
    """What to multiply by; a goal of zero closes its cells."""
    return np.divide(goal, reached, out=np.zeros(np.broadcast_shapes(goal.shape, reached.shape)),
                     where=(goal > 0.0) & (reached > 0.0))  # fmt: skip


def _reach(seed: Array, scaling: Array) -> Array:
    """Sum over the last axis of seed (i, j) or (..., i, j) times scaling (..., j)."""
    if seed.ndim == 2 and scaling.ndim > 1:
        return scaling @ seed.T
    # Not a BLAS product: for matrices of this size its threads cost more than they bring.
    return np.einsum("...ij,...j->...i", seed, scaling)


def _sweep(
    seed: Array, rows: Array, columns: Array, tolerance: float
) -> tuple[Array, Array, int, Array]:
    """Meet the margins in turn until all tables are done or the sweeps are used up."""
    turned = np.swapaxes(seed, -1, -2)
    a, b = (rows > 0.0).astype(float), (columns > 0.0).astype(float)
    errors = np.maximum(_off(a * _reach(seed, b), rows), _off(b * _reach(turned, a), columns))
    if (errors <= LAST_DIGIT).all():
        return a, b, 0, errors
    if _mostly_diagonal(seed, a, b):
        return _sweep_pairs(seed, rows, columns, tolerance)
    sweeps = 0
    while sweeps < SWEEPS and (errors > AIM * tolerance).any():
        b = _ratio(columns, _reach(turned, a))
        a = _ratio(rows, _reach(seed, b))
        errors = _off(b * _reach(turned, a), columns)
        sweeps += 1
    return a, b, sweeps, errors


def _mostly_diagonal(seed: Array, some_row: Array, some_column: Array) -> bool:
    """Whether the cells with totals above 0 hold most of the seed on the diagonal."""
    if seed.shape[-2] != seed.shape[-1]:
        return False
    held = (np.diagonal(seed, axis1=-2, axis2=-1) * some_row * some_column).sum()
    return bool(held > 0.5 * (_reach(seed, some_column) * some_row).sum())


def _sweep_pairs(
    seed: Array, rows: Array, columns: Array, tolerance: float
) -> tuple[Array, Array, int, Array]:
    """Sweeps that solve row and column of each label together, its diagonal cell included."""
    a, b = np.zeros_like(rows), np.zeros_like(columns)
    lead = rows.shape[:-1]
    errors, most = np.zeros(lead), 0
    # Where nothing can be fitted the scalings leave the numbers; Newton then says why.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for place in np.ndindex(*lead):
            table = seed if seed.ndim == 2 else seed[place]
            goals = np.stack([rows[place], columns[place]])
            fit = _paired_fit(np.diagonal(table), _reach_abroad(table), goals, AIM * tolerance)
            a[place], b[place], errors[place] = fit.row, fit.column, fit.error
            most = max(most, fit.sweeps)
    return a, b, most, np.where(np.isfinite(errors), errors, np.inf)


def _paired_fit(m: Array, reach: Callable[[Array], Array], goals: Array, aim: float) -> Scaling:
    """Paired sweeps of one table, mixed by Anderson's rule on the logarithms of the scalings.

    A table of the world takes about 50 sweeps so, and about 200 without (Anderson 1965; Walker and
    Ni 2011, eq. 2.2, with the Gram matrix of the last `DEPTH` changes kept).

    Parameters
    ----------
    m : (i,) diagonal of the seed
    reach : function from scalings (2, i) to p and q of the module, (2, i)
    goals : (2, i) row and column totals
    aim : error of a margin relative to it that ends the sweeps
    """
    some = goals > 0.0
    pair = _Pair(m, goals)
    safe = np.where(some, goals, 1.0)
    scalings = some.astype(float)
    best, error = scalings, np.inf
    mixing = _Mixing(np.zeros(goals.size))
    most = PAIRED_SWEEPS if m.size > LARGE else SWEEPS
    for sweeps in range(most + 1):
        abroad = reach(scalings)
        met = scalings * (abroad + m * scalings[::-1])
        off = float((np.abs(met - goals) / safe).max())
        if off < error:
            best, error = scalings, off
        if not off > aim or sweeps == most:  # (NaN ends here too)
            break
        logs = np.log(pair.solved(abroad), out=np.zeros_like(goals), where=some)
        scalings = np.exp(mixing.after(logs.ravel())).reshape(goals.shape) * some
    return Scaling(best[0], best[1], sweeps, 0, error)


class _Mixing:
    """Anderson's mixing of a fixed point x = g(x).

    Parameters
    ----------
    x : (k,) where it starts
    """

    def __init__(self, x: Array) -> None:
        from scipy.linalg.lapack import dposv

        self.solve = dposv  # numpy's takes four times as long for so small a system
        self.x, self.number = x, 0
        self.step, self.reached = np.zeros_like(x), np.zeros_like(x)
        self.changes = np.zeros((DEPTH, x.size))  # of x + step
        self.bends = np.zeros((DEPTH, x.size))  # of the step
        self.gram, self.one = np.zeros((DEPTH, DEPTH)), np.eye(DEPTH)

    def after(self, reached: Array) -> Array:
        """The next x, from g of the last one."""
        step = reached - self.x
        plain = reached
        if self.number:
            slot, bends = (self.number - 1) % DEPTH, self.bends
            np.subtract(step, self.step, out=bends[slot])
            np.subtract(reached, self.reached, out=self.changes[slot])
            self.gram[slot] = self.gram[:, slot] = bends @ bends[slot]
            # Changes that are yet to come are zero, and so are their weights.
            gram = self.gram + self.one * (1e-14 * self.gram.trace() + 1e-300)
            _, weights, failed = self.solve(gram, bends @ step)
            if not failed:
                plain = reached - weights @ self.changes
        self.x, self.step, self.reached = plain, step, reached
        self.number += 1
        return plain


def _reach_abroad(seed: Array) -> Callable[[Array], Array]:
    """Function from scalings (2, i) of rows and columns to p and q of the module, (2, i)."""
    size = len(seed)
    if np.count_nonzero(seed) > SPARSE * seed.size:
        off = seed.copy()
        np.fill_diagonal(off, 0.0)
        return lambda scalings: np.stack([off @ scalings[1], scalings[0] @ off])
    from scipy.sparse import csr_array

    row, column = np.divmod(np.flatnonzero(seed), size)
    abroad = row != column
    row, column = row[abroad], column[abroad]
    cells, ends = seed[row, column], np.concatenate([row, column + size])
    other = np.concatenate([column + size, row])
    # Both products as one, of a table twice as wide and high.
    both = csr_array((np.tile(cells, 2), (ends, other)), shape=(2 * size, 2 * size))
    return lambda scalings: (both @ scalings.ravel()).reshape(scalings.shape)


class _Pair:
    """Row and column of each label solved together with everybody else's held; see the module.

    Parameters
    ----------
    m : (i,) diagonal of the seed
    goals : (2, i) row and column totals R and C
    """

    def __init__(self, m: Array, goals: Array) -> None:
        self.m, self.goals = m, goals
        self.twice = 2.0 * goals, 2.0 * m
        bend = m * (goals[0] - goals[1])
        self.bends = np.stack([bend, -bend])
        self.bent = 4.0 * m * goals[0]

    def solved(self, abroad: Array) -> Array:
        """Scalings (2, i) from the reach (2, i) of each label off the diagonal."""
        pq = abroad[0] * abroad[1]
        straight = pq - self.bends
        root = np.sqrt(straight[0] ** 2 + self.bent * pq)
        # Of the two forms of each root, the one that does not subtract: few are abroad.
        whole = np.abs(straight) + root
        x = np.where(straight > 0.0, pq * self.twice[0] / whole, whole / self.twice[1])
        some = abroad > 0.0
        if some.all():
            return np.asarray(x / abroad)
        scalings = np.where(some, x / abroad, np.nan)
        # Nobody abroad leaves the scaling to the diagonal cell, a b m = home.
        home = (self.goals[0] - x[0]) / self.m
        a = np.where(some[0], scalings[0], home / scalings[1])
        return np.stack([a, np.where(some[1], scalings[1], home / a)])


def _off(reached: Array, goal: Array) -> Array:
    """Largest error of each margin relative to its totals; a total of zero has no error."""
    gap = np.abs(reached - goal) / np.where(goal > 0.0, goal, 1.0)
    return np.array(gap.max(axis=-1, initial=0.0))


def _newton(
    seed: Array,
    rows: Array,
    columns: Array,
    start: tuple[Array, Array],
    tolerance: float,
    names: Names,
) -> tuple[Array, Array, float, int]:
    """Newton steps on the positive part of one table, each followed by a sweep."""
    i, j = np.flatnonzero(rows > 0.0), np.flatnonzero(columns > 0.0)
    m, R, C = seed[np.ix_(i, j)], rows[i], columns[j]
    a, b = start[0][i], start[1][j]
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        a, b = np.ones_like(R), np.ones_like(C)
    error, steps = np.inf, 0
    while True:
        X = a[:, None] * m * b
        g, h = R - X.sum(axis=1), C - X.sum(axis=0)
        last, error = error, float(max((np.abs(g) / R).max(), (np.abs(h) / C).max()))
        # Once within the tolerance, on to the aim as long as it pays.
        done = error <= AIM * tolerance or (error <= tolerance and error > 0.1 * last)
        moved = None if done or steps == STEPS else _step((m, R, C), (a, b), (X, g, h))
        if moved is None:
            break
        a, b = moved
        steps += 1
    if error > tolerance:
        labels = [names[0][int(k)] for k in i], [names[1][int(k)] for k in j]
        _explain(m, R, C, labels)
        worst = labels[0][int(np.argmax(np.abs(g) / R))]
        what = f"the fit stopped after {steps} Newton steps, the worst row is {worst}"
        raise NotConverged(f"{what}; the error is relative to a margin", residual=error)
    row, column = np.zeros_like(rows), np.zeros_like(columns)
    row[i], column[j] = a, b
    return row, column, error, steps


def _step(
    problem: tuple[Array, Array, Array],
    scalings: tuple[Array, Array],
    fitted: tuple[Array, Array, Array],
) -> tuple[Array, Array] | None:
    """The scalings after one damped step and one sweep; None when they leave the numbers."""
    m, R, C = problem
    a, b = scalings
    X, g, h = fitted
    r, c = X.sum(axis=1), X.sum(axis=0)
    share = X / c
    K = -share @ X.T
    # The system is singular in one direction for each unconnected part of the table: moving a
    # constant from a to b. The right side has no part in it; a trace on the diagonal is enough.
    K[np.diag_indices_from(K)] += r * (1.0 + 1e-13)
    with np.errstate(all="ignore"):
        try:
            da = np.linalg.solve(K, g - share @ h)
        except np.linalg.LinAlgError:
            da = np.zeros_like(a)
        db = (h - X.T @ da) / c
        longest = max(np.abs(da).max(), np.abs(db).max())
        before = R @ np.log(a) + C @ np.log(b)
        size = min(1.0, LONGEST_STEP / longest) if longest > 0.0 else 1.0
        for _ in range(4):
            new_b = C / ((a * np.exp(size * da)) @ m)
            new_a = R / (m @ new_b)
            # The dual rises at every good step; one that falls was too long.
            if R @ np.log(new_a) + C @ np.log(new_b) >= before - 1e-9 * abs(before):
                break
            size /= 4.0
    good = np.isfinite(new_a).all() and np.isfinite(new_b).all()
    return (new_a, new_b) if good and (new_a > 0.0).all() and (new_b > 0.0).all() else None


# --- why a table cannot be fitted -------------------------------------------------------------


def _explain(m: Array, R: Array, C: Array, names: Names) -> None:
    """Raise `Infeasible` if the zeros of the seed leave some rows too few columns.

    The largest flow from rows to columns through the cells of the seed falls short exactly when
    some rows need more than all the columns they reach can take (Hall); the cut names them.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    # Whole numbers, as the solver wants them: rows rounded down, columns up, so that rounding
    # alone never makes a shortage.
    unit = R.sum() / 1e9
    i, j = np.nonzero(m > 0.0)
    rows, columns = len(R), len(C)
    source, sink = rows + columns, rows + columns + 1
    # 32 bits, as the graph routines of older SciPy want their places.
    tail = np.concatenate([np.full(rows, source), i, rows + np.arange(columns)], dtype=np.int32)
    head = np.concatenate([np.arange(rows), rows + j, np.full(columns, sink)], dtype=np.int32)
    room = np.concatenate([np.floor(R / unit), np.full(len(i), 2e9), np.ceil(C / unit)])
    shape = (sink + 1, sink + 1)
    graph = coo_array((room.astype(np.int32), (tail, head)), shape=shape).tocsr()
    flow = maximum_flow(graph, source, sink)
    if flow.flow_value >= np.floor(R / unit).sum():
        return
    left = (graph - flow.flow).tocsr()
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = breadth_first_order(left, source, return_predecessors=False)
    short = sorted(k for k in reached if k < rows)
    full = sorted(k - rows for k in reached if rows <= k < source)
    gap = float(R[short].sum() - C[full].sum())
    rest_rows, rest_columns = _others(short, rows), _others(full, columns)
    if len(short) + len(full) <= len(rest_rows) + len(rest_columns):
        what = f"rows {_some(names[0], short)} need {gap:.6g} more than the columns they reach take"
        what += f" ({_some(names[1], full)})"
    else:
        what = f"columns {_some(names[1], rest_columns)} need {gap:.6g} more than the rows that "
        what += f"reach them hold ({_some(names[0], rest_rows)})"
    raise Infeasible(f"the margins cannot be met: {what}", residual=gap)


def _others(chosen: Sequence[int], size: int) -> list[int]:
    return sorted(set(range(size)).difference(chosen))


def _some(labels: Sequence[str], places: Sequence[int]) -> str:
    chosen = [labels[k] for k in places[:8]]
    more = f" and {len(places) - 8} more" if len(places) > 8 else ""
    return ", ".join(chosen) + more if chosen else "none"
