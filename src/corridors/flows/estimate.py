"""What an estimate of flows holds: the flows, the account behind them, and every adjustment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridors.errors import InputError, Problem, nearest
from corridors.flows.accounting import Survivors
from corridors.flows.matrices import Movers

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Estimate"]

Array = NDArray[np.float64]


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
    _parts: tuple[tuple[float, Movers], ...] = field(default=(), repr=False)

    def table(self) -> pd.DataFrame:
        """The flows above zero, the largest first: a column for each axis, then `flow`."""
        flat = self.flows.rename("flow").to_series()
        found = flat[flat > 0.0].sort_values(ascending=False, kind="stable")
        return found.reset_index()

    def net(self) -> xr.DataArray:
        """Net migration (..., area): inflow less outflow, persons over the period."""
        inflow = self.flows.sum("origin").rename(destination="area")
        outflow = self.flows.sum("destination").rename(origin="area")
        return (inflow - outflow).assign_attrs(self.flows.attrs)

    def by_type(self) -> xr.Dataset:
        """Flows `outward` from the birthplace, `returning` to it, and in `transit`: neither."""
        self._account("split by birthplace")
        outward = self._mean(Movers.outward)
        returning = self._mean(Movers.returning)
        transit = np.maximum(self.flows.to_numpy() - outward - returning, 0.0)
        split = {"outward": outward, "returning": returning, "transit": transit}
        return _dataset(self.flows, split)

    def stocks(self) -> xr.Dataset:
        """The account's tables (..., birthplace, residence), step by step, in persons.

        `stock_start`, `stock_end`: native-born repaired and closed; `births`, `deaths`: who was
        born and who died, by birthplace; `into`, `out`: from and to outside; `survivors_start`,
        `survivors_end`: what flows are read from; `account_start`, `account_end`: the stocks of
        which the account is true, survivors with what was taken out put back.
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
        """People of one birthplace (..., origin, destination); stayers are on the diagonal."""
        self._account("people of one birthplace")
        labels = list(self.flows.indexes["origin"])
        if birthplace not in labels:
            fix = f"Did you mean {', '.join(nearest(birthplace, labels))}?"
            raise InputError(Problem("birthplace", f"no area is called '{birthplace}'", fix))
        place = labels.index(birthplace)
        return self.flows.copy(data=self._mean(lambda part: part.born_in(place)))

    def account(self) -> pd.DataFrame:
        """The account of all people as a long table of its cells above zero.

        Returns
        -------
        DataFrame (origin, destination, birthplace, persons)
            Origins are the areas, `birth` and `outside`; destinations the areas, `death` and
            `outside`. For each birthplace, what arrives in an area, births included, sums to
            `account_end`, and what left it, deaths included, to `account_start`, of `stocks`.
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
        return np.sum([weight * quantity(part) for weight, part in self._parts], axis=0)


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
