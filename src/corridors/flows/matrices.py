"""Who moved: flows between two stocks of the same people, kept as factors, and the estimate.

With R0 and R1 (b, r) survivors by residence at the start and end, equal totals t[b] by birthplace,
and y[b,o,d] those of birthplace b who lived in o and then in d:

* Minimum migration (Abel 2013): as many stay as can, y[b,r,r] = min(R0, R1). What is left leaves,
  x0 = R0 - min, and joins, x1 = R1 - min. Of every (b, r) one of the two is zero, so leavers and
  joiners never share an area, and

      y[b,o,d] = x0[b,o] x1[b,d] / T[b],      F = x0' diag(1/T) x1,      T[b] = sum_o x0[b,o]   (46)

  is the log-linear model's exact answer: one matrix product, no iteration.
* Independence (Azose & Raftery 2019): nobody is held back, y[b,o,d] = R0[b,o] R1[b,d] / t[b].
* With a seed m (o, d): y[b,o,d] = u[b,o] m[o,d] v[b,d], one proportional fit for each birthplace;
  all of them sweep at once, as products with m.

The table y, n^3 cells, is never formed unless asked for. An `Estimate` holds the flows, the account
behind them and every adjustment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.errors import Infeasible, InputError, Problem, nearest
from corridors.flows.accounting import LAST_DIGITS, Survivors
from corridors.flows.cells import Cells, Listed
from corridors.flows.fitting import Scaling, scale
from corridors.labels import Array, cells_where, figures, refuse

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Estimate", "Movers", "blended", "independent", "least"]


#: Origins whose flows are multiplied at once.
AT_ONCE = 256


@dataclass(frozen=True)
class Movers:
    """Factors of y[b,o,d] = leave[b,o] seed[o,d] join[b,d] for o != d; stay[b,r] for o = d.

    Parameters
    ----------
    leave, join, stay : (..., b, r)
    seed : (o, d), optional
        None: 1 everywhere.
    fit : Scaling, optional
        How the factors were found, where that took a fit.
    """

    leave: Array
    join: Array
    stay: Array
    seed: Array | None = None
    fit: Scaling | None = None

    def flows(self) -> Array:
        """F (..., o, d) of (46) or (47), persons over the period; the diagonal is 0."""
        return self._seeded(np.matmul(np.swapaxes(self.leave, -1, -2), self.join))

    def outward(self) -> Array:
        """Flows (..., o, d) of people who leave where they were born, persons; o = b in (46)."""
        native = np.diagonal(self.leave, axis1=-2, axis2=-1)
        return self._seeded(native[..., :, None] * self.join)

    def returning(self) -> Array:
        """Flows (..., o, d) of people who come back to it, persons; d = b in (46)."""
        native = np.diagonal(self.join, axis1=-2, axis2=-1)
        return self._seeded(np.swapaxes(self.leave, -1, -2) * native[..., None, :])

    def born_in(self, birthplace: int) -> Array:
        """Table y[b] of (46), (..., o, d) persons of one birthplace, by its place.

        Stayers are on the diagonal.
        """
        leave, join = self.leave[..., birthplace, :], self.join[..., birthplace, :]
        moved = self._seeded(leave[..., :, None] * join[..., None, :])
        return moved + self.stay[..., birthplace, :, None] * np.eye(moved.shape[-1])

    def _seeded(self, product: Array) -> Array:
        moved = product if self.seed is None else product * self.seed
        np.einsum("...ii->...i", moved)[...] = 0.0
        return moved


def blended(cells: Cells, matched: tuple[Array, Array], weights: tuple[Any, Any]) -> Array:
    """Flows (..., o, d) of both kinds of movers without a seed, mixed by weights.

    Parameters
    ----------
    matched : values of R0 and R1, equal totals by birthplace
    weights : of least movement and of independence, each a number or (...)

    Notes
    -----
    F = w x0' diag(1/T) x1 + (1 - w) R0' diag(1/t) R1, off the diagonal.
    """
    start, end = matched
    if isinstance(cells, Listed):
        from corridors.flows.listed import moves

        stay = np.minimum(start, end)
        leave, join = start - stay, end - stay
        shares = [
            cells.of_birthplace(_each(weight, *map(cells.by_birthplace, (left, joined))))
            for weight, left, joined in zip(weights, (leave, start), (join, end), strict=True)
        ]
        return moves(cells, (leave * shares[0], start * shares[1]), (join, end))
    flows = np.empty(start.shape)
    shape = start.shape[:-2]
    each = [np.broadcast_to(weight, shape) for weight in weights]
    for place in np.ndindex(*shape):
        part = each[0][place], each[1][place]
        _blend(start[place], end[place], part, flows[place])
    return flows


def _each(weight: Any, before: Array, after: Array) -> Array:
    """Weight over people (b,): both totals are the same people, but for the last digits of fits."""
    return np.asarray(weight * _over((before > 0.0).astype(float), after))


def _blend(start: Array, end: Array, weights: tuple[Any, Any], flows: Array) -> None:
    """Write the flows (o, d) of one table, some origins at a time: few matrices are at hand."""
    stay = np.minimum(start, end)
    leaving = np.subtract(start, stay, out=flows).sum(axis=1)
    join = np.subtract(end, stay, out=stay)
    least_share = _each(weights[0], leaving, join.sum(axis=1))[:, None]
    free_share = _each(weights[1], start.sum(axis=1), end.sum(axis=1))[:, None]
    for first in range(0, len(flows), AT_ONCE):
        here = slice(first, first + AT_ONCE)
        left = start[:, here] - np.minimum(start[:, here], end[:, here])
        left *= least_share
        np.matmul(left.T, join, out=flows[here])
        if weights[1] > 0.0:
            flows[here] += np.multiply(start[:, here], free_share, out=left).T @ end
    np.fill_diagonal(flows, 0.0)


def least(start: Array, end: Array, seed: Array | None, names: Sequence[str]) -> Movers:
    """Movers when as many people stay as can, (46) of Abel (2013).

    Parameters
    ----------
    start, end : (..., b, r) persons
        Survivors by birthplace and residence, equal totals by birthplace.
    seed : (o, d), optional
        Relative ease of each move; its diagonal is not used.
    names : sequence of str
        Areas, for messages.

    Returns
    -------
    Movers
        Factors (..., b, r) of the persons who moved, and the persons (..., b, r) who stayed.

    Raises
    ------
    InputError
        Shapes differ, a figure is negative or not known.
    Infeasible, NotConverged
        The seed keeps people from leaving and joining as the survivors say.
    """
    start, end, seed = _plain(start, end, seed)
    stay = np.minimum(start, end)
    leave, join = start - stay, end - stay
    leaving, joining = leave.sum(axis=-1, keepdims=True), join.sum(axis=-1, keepdims=True)
    # Both totals are the same people; the last digits of two fits are not.
    join *= _over(leaving, joining)
    if seed is None:
        leave *= _over(np.ones_like(leaving), leaving)
        return Movers(leave, join, stay)
    fit = _seeded_fit(seed, leave, join, names)
    return Movers(fit.row, fit.column, stay, seed, fit)


def independent(start: Array, end: Array, seed: Array | None, names: Sequence[str]) -> Movers:
    """Movers when where people lived says nothing of where they live, F^ind of (47).

    Parameters
    ----------
    start, end : (..., b, r) persons
        Survivors by birthplace and residence, equal totals by birthplace.
    seed : (o, d), optional
        Relative ease of each move and of staying.
    names : sequence of str
        Areas, for messages.

    Returns
    -------
    Movers
        Factors (..., b, r) of the persons who moved, and the persons (..., b, r) who stayed.

    Raises
    ------
    InputError
        Shapes differ, a figure is negative or not known.
    Infeasible, NotConverged
        The seed keeps people from leaving and joining as the survivors say.

    Notes
    -----
    Azose & Raftery (2019); with a seed as `corridors.flows.fitting.scale`.
    """
    start, end, seed = _plain(start, end, seed)
    before, after = start.sum(axis=-1, keepdims=True), end.sum(axis=-1, keepdims=True)
    end = end * _over(before, after)
    if seed is None:
        leave = start * _over(np.ones_like(before), before)
        return Movers(leave, end, leave * end)
    fit = _seeded_fit(seed, start, end, names)
    stay = fit.row * np.diagonal(seed) * fit.column
    return Movers(fit.row, fit.column, stay, seed, fit)


def _plain(start: Any, end: Any, seed: Any) -> tuple[Array, Array, Array | None]:
    """Survivors and seed as float, known; below zero by the last digits at most."""
    tables = []
    for at, given in (("start", start), ("end", end)):
        stock = figures(given, f"survivors at the {at}", negative=True, dims=2)
        low = -LAST_DIGITS * np.abs(stock).max(initial=0.0)
        tables.append(stock)
        refuse(
            *(
                Problem(
                    f"survivors at the {at} {tuple(map(int, place))}", "are below 0", "Correct it"
                )
                for place in cells_where(stock < low)[:5]
            )
        )
    if tables[0].shape != tables[1].shape:
        what = " and ".join(" x ".join(map(str, table.shape)) for table in tables)
        raise InputError(Problem("survivors", f"are {what}", "Give both the same shape"))
    return tables[0], tables[1], None if seed is None else figures(seed, "seed", dims=2)


def _over(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0.0)


def _seeded_fit(seed: Array, leave: Array, join: Array, names: Sequence[str]) -> Scaling:
    size = leave.shape[-1]
    if seed.shape != (size, size):
        what = f"is {' x '.join(map(str, seed.shape))}, the areas are {size}"
        raise InputError(Problem("seed", what, "Give one figure for each pair of areas"))
    try:
        return scale(seed, leave, join, names=(names, names))
    except Infeasible as error:
        what = "the seed does not let people leave (rows) and join (columns) as the stocks say"
        raise Infeasible(f"{what}: {error.args[0]}") from error


# --- what an estimate holds ---------------------------------------------------------------------


@dataclass(frozen=True)
class Estimate:
    """Flows and everything that was done to get them.

    Parameters
    ----------
    flows : DataArray (..., origin, destination)
        Persons over the period; the diagonal is 0.
    method : str
    adjustments : DataFrame (step, at, area, ..., persons)
        What was done to the figures, and to how many persons; only what is not 0.
    sweeps, error : int, float
        Longest fit, and its largest margin error relative to the margin; 0 where nothing is fitted.
    """

    flows: xr.DataArray
    method: str
    adjustments: pd.DataFrame = field(repr=False)
    sweeps: int = 0
    error: float = 0.0
    _survivors: Survivors | None = field(default=None, repr=False)
    _parts: tuple[tuple[float | Array, Callable[[], Movers]], ...] = field(default=(), repr=False)

    def table(self) -> pd.DataFrame:
        """The flows above zero, (44) to (47), the largest first.

        Returns
        -------
        DataFrame (a column for each axis, flow), persons over the period
        """
        flat = self.flows.rename("flow").to_series()
        moved = flat[flat > 0.0].sort_values(ascending=False, kind="stable")
        return moved.reset_index()

    def net(self) -> xr.DataArray:
        """Net migration (..., area): inflow less outflow, persons over the period; N of (49)."""
        inflow = self.flows.sum("origin").rename(destination="area")
        outflow = self.flows.sum("destination").rename(origin="area")
        return (inflow - outflow).assign_attrs(self.flows.attrs)

    def by_type(self) -> xr.Dataset:
        """Flows `outward` from the birthplace, `returning` to it, and in `transit`: neither.

        Returns
        -------
        Dataset (..., origin, destination), persons over the period, of (46) and (47)

        Raises
        ------
        InputError
            The method takes no account of birthplaces.
        """
        self._account("split by birthplace")
        outward = self._mean(Movers.outward)
        returning = self._mean(Movers.returning)
        transit = np.maximum(self.flows.to_numpy() - outward - returning, 0.0)
        split = {"outward": outward, "returning": returning, "transit": transit}
        return _dataset(self.flows, split)

    def stocks(self) -> xr.Dataset:
        """The account's tables (..., birthplace, residence), step by step, in persons; (45).

        `stock_start`, `stock_end`: native-born repaired and closed; `births`, `deaths`: who was
        born and who died, by birthplace; `into`, `out`: from and to outside; `survivors_start`,
        `survivors_end`: what flows are read from; `account_start`, `account_end`: the stocks of
        which the account is true, survivors with what was taken out put back.

        Raises
        ------
        InputError
            The method takes no account of birthplaces.
        """
        account = self._account("stocks")
        tables = {
            "stock_start": account.stock_start,
            "stock_end": account.stock_end,
            "births": account.born,
            "deaths": account.died,
            "into": account.into,
            "out": account.out,
            "survivors_start": account.start,
            "survivors_end": account.end,
            "account_start": account.start + account.died + account.out,
            "account_end": account.end + account.born + account.into,
        }
        frame = self.flows.rename(origin="birthplace", destination="residence")
        return _dataset(frame, tables)

    def born_in(self, birthplace: str) -> xr.DataArray:
        """People of one birthplace, y of (46): (..., origin, destination) persons.

        Stayers are on the diagonal.

        Raises
        ------
        InputError
            No area has this name, or the method takes no account of birthplaces.
        """
        self._account("people of one birthplace")
        labels = list(self.flows.indexes["origin"])
        if birthplace not in labels:
            fix = f"Did you mean {', '.join(nearest(birthplace, labels))}?"
            raise InputError(Problem("birthplace", f"no area is called '{birthplace}'", fix))
        place = labels.index(birthplace)
        return self.flows.copy(data=self._mean(lambda part: part.born_in(place)))

    def account(self) -> pd.DataFrame:
        """The account (45) to (47) of all people as a long table of its cells above zero.

        Returns
        -------
        DataFrame (origin, destination, birthplace, persons)
            Origins are the areas, `birth` and `outside`; destinations the areas, `death` and
            `outside`. For each birthplace, what arrives in an area, births included, sums to
            `account_end`, and what left it, deaths included, to `account_start`, of `stocks`.

        Raises
        ------
        InputError
            Sexes or draws lead, or the method takes no account of birthplaces.
        """
        import pandas as pd

        account = self._account("account")
        if self.flows.ndim > 2:
            what = f"has more axes than areas: {', '.join(map(str, self.flows.dims[:-2]))}"
            raise InputError(Problem("account", what, "Estimate one of them at a time"))
        names = self.flows.indexes["origin"].to_numpy()
        tables = []
        for b, birthplace in enumerate(names):
            values = self._mean(lambda part, place=b: part.born_in(place))  # type: ignore[misc]
            o, d = np.nonzero(values)
            tables.append(_cells(names[o], names[d], birthplace, values[o, d]))
        for values, origin, destination in (
            (account.born, "birth", ""),
            (account.into, "outside", ""),
            (account.died, "", "death"),
            (account.out, "", "outside"),
        ):
            born, lives = np.nonzero(values)
            ends = origin or names[lives], destination or names[lives]
            tables.append(_cells(*ends, names[born], values[born, lives]))
        return pd.concat(tables, ignore_index=True)

    def _account(self, wanted: str) -> Survivors:
        if self._survivors is None:
            what = f"method {self.method} takes no account of birthplaces"
            raise InputError(Problem(wanted, what, "Use a method whose name begins with da_"))
        return self._survivors

    def _mean(self, quantity: Callable[[Movers], Array]) -> Array:
        """A quantity of the movers, over the parts the method mixes."""
        return np.sum([weight * quantity(part()) for weight, part in self._parts], axis=0)


def _dataset(frame: xr.DataArray, tables: dict[str, Array]) -> xr.Dataset:
    import xarray as xr

    arrays = {name: frame.copy(data=values) for name, values in tables.items()}
    return xr.Dataset(arrays, attrs=frame.attrs)


def _cells(origin: object, destination: object, birthplace: object, persons: Array) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "origin": origin,
            "destination": destination,
            "birthplace": birthplace,
            "persons": persons,
        }
    )
