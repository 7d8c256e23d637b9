"""What a country owes abroad and what it lives on: the external account, with remittances.

    INT = (r_w + spread) D,   GNI = Y - INT,   GNDI = GNI + received - sent                        (14)
    debt service / X and / (X + REM),   D/X and D/(X + REM),   REM/Y,   REM/INT,   flight/Y
    spread' = spread + zeta [D/(X+REM)' - D/(X+REM)],   R' = R (1 + spread' - spread)

The second line is credit as seen with remittances counted (Ratha's remittance-inclusive ratio); the
third its feedback on what lenders and capital ask, off (zeta = 0) unless asked for. Sources differ
in what they call exports, and some count remittances in: `EXPORTS` says what is used here. Kernels
take US dollars a year, axis b; `accounts` is the door to the reference figures.
"""  # noqa: E501

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from corridors.errors import InputError, Problem
from corridors.labels import Array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPORTS", "REPORTED_SERVICE", "Account", "accounts", "interest", "required_return"]


#: What X holds in `accounts`; the published debt service is over another X.
EXPORTS = "goods and services (national accounts); neither remittances nor primary income"
REPORTED_SERVICE = "exports and income from abroad, in the World Bank's words; no remittances named"

#: Default r_w and spread of `accounts`: no table has interest paid, so both are assumed.
WORLD_RATE, SPREAD = 0.02, 0.03


def interest(debt: Array, rate: Array | float, spread: Array | float) -> Array:
    """INT of equation (14): (r_w + spread) D.

    Parameters
    ----------
    debt : (..., b) D, US dollars
    rate, spread : (..., b) or float
        Shares of the debt a year.

    Returns
    -------
    Array (..., b) US dollars a year
    """
    return (rate + spread) * debt


def required_return(now: Array, spread: Array, spread_now: Array) -> Array:
    """R' that capital asks when lenders' spread changes: R (1 + spread' - spread), the R of (12).

    Parameters
    ----------
    now : (..., i) R, gross return, share a year
    spread, spread_now : (..., i) share a year

    Returns
    -------
    Array (..., i) share a year
    """
    return now * (1.0 + (spread - spread_now))


@dataclass(frozen=True)
class Account:
    """The external account of economies, each (..., b), US dollars a year, D US dollars.

    Parameters
    ----------
    output : Y
    exports : X, see `EXPORTS`
    received, sent : remittances, REM and what leaves
    debt : D, owed abroad
    principal : repaid in the year
    flight : capital that leaves unrecorded
    rate, spread : r_w and what lenders add for the country, shares a year
    """

    output: Array
    exports: Array
    received: Array
    sent: Array
    debt: Array
    principal: Array
    flight: Array
    rate: Array
    spread: Array

    @property
    def interest(self) -> Array:
        """INT of (14), US dollars a year (..., b)."""
        return interest(self.debt, self.rate, self.spread)

    @property
    def national_income(self) -> Array:
        """GNI of (14), US dollars a year (..., b): output less interest paid abroad."""
        return self.output - self.interest

    @property
    def disposable_income(self) -> Array:
        """GNDI of (14), US dollars a year (..., b): GNI and remittances received less sent."""
        return self.national_income + self.received - self.sent

    @property
    def debt_service(self) -> Array:
        """Principal and interest (14), US dollars a year (..., b)."""
        return self.principal + self.interest

    @property
    def debt_service_ratio(self) -> Array:
        """Debt service over exports: (..., b) ratio.

        As in the World Bank's International Debt Statistics.
        """
        return self.debt_service / self.exports

    @property
    def debt_service_ratio_with_remittances(self) -> Array:
        """Debt service over exports and remittances received: (..., b) ratio.

        Ratha's remittance-inclusive ratio, head of the module.
        """
        return self.debt_service / (self.exports + self.received)

    @property
    def debt_to_exports(self) -> Array:
        """D / X, years (..., b), head of the module."""
        return self.debt / self.exports

    @property
    def debt_to_exports_with_remittances(self) -> Array:
        """D / (X + REM), years (..., b), head of the module."""
        return self.debt / (self.exports + self.received)

    @property
    def remittances_to_output(self) -> Array:
        """REM / Y, a ratio (..., b), head of the module."""
        return self.received / self.output

    @property
    def remittances_to_interest(self) -> Array:
        """REM / INT, a ratio (..., b), head of the module."""
        return self.received / self.interest

    @property
    def flight_to_output(self) -> Array:
        """Capital flight over output, a ratio (..., b), head of the module."""
        return self.flight / self.output

    def after(self, received: Array, sent: Array, sensitivity: Array | float = 0.0) -> Account:
        """The account at other remittances, by the third line at the head of the module.

        Parameters
        ----------
        received, sent : (..., b) US dollars a year
        sensitivity : zeta, change of the spread per year of D/(X+REM); 0 leaves it alone
        """
        later = replace(self, received=received, sent=sent)
        relief = later.debt_to_exports_with_remittances - self.debt_to_exports_with_remittances
        return replace(later, spread=self.spread + sensitivity * relief)


#: Quantities of `accounts` in order: the variable of the table or "" where it is computed, the
#: unit, and what it is in words.
_QUANTITIES = {
    "output": ("output_usd", "US dollars", "gross domestic product"),
    "exports": ("exports_usd", "US dollars", f"exports: {EXPORTS}"),
    "received": ("remittances_received_usd", "US dollars", "remittances received"),
    "sent": ("remittances_paid_usd", "US dollars", "remittances paid"),
    "debt": ("external_debt_usd", "US dollars", "external debt, end of the year"),
    "interest": ("", "US dollars", "debt at the assumed rate and spread"),
    "national_income": ("", "US dollars", "output less interest on external debt"),
    "disposable_income": ("", "US dollars", "national income, remittances received less paid"),
    "debt_service": ("", "US dollars", "published ratio times exports as above"),
    "debt_service_ratio": ("debt_service_share", "share", f"over {REPORTED_SERVICE}"),
    "debt_service_ratio_with_remittances": ("", "share", "over exports and remittances received"),
    "debt_to_exports": ("", "years", "debt over exports"),
    "debt_to_exports_with_remittances": ("", "years", "debt over exports and remittances received"),
    "remittances_to_output": ("", "share", "remittances received over output"),
    "remittances_to_interest": ("", "ratio", "remittances received over interest"),
}
#: What rests on the assumed interest; the rest of what is computed is `modelled`.
_ASSUMED = {"interest", "national_income", "disposable_income", "remittances_to_interest"}


def accounts(
    table: pd.DataFrame, *, year: int = 2019, rate: float = WORLD_RATE, spread: float = SPREAD
) -> pd.DataFrame:
    """External accounts of every economy that has an output in `year`, equation (14) and ratios.

    Interest is in no table: it is debt at an assumed rate and spread, and everything built on it
    is `assumed`. Debt service is the published ratio, moved from its own exports to ours
    unchanged, which understates it where primary income is large. What is not known is absent.

    Parameters
    ----------
    table : DataFrame (area, year, variable, value, source, kind)
        Reference table `economy`, US dollars a year.
    rate, spread : r_w and spread, shares a year

    Returns
    -------
    DataFrame (area, year, quantity, value, unit, definition, kind, source)
        US dollars a year, and ratios; each row names its unit and source.

    Raises
    ------
    InputError
        No output in that year.
    """
    import pandas as pd

    rows = table[table["year"] == year]
    value = rows.pivot(index="area", columns="variable", values="value")
    if "output_usd" not in value:
        known = table.loc[table["variable"] == "output_usd", "year"]
        fix = f"Take a year from {known.min()} to {known.max()}"
        raise InputError(Problem(f"accounts of {year}", "no economy has an output", fix))
    columns = [variable for variable, _, _ in _QUANTITIES.values() if variable]
    value = value.reindex(columns=columns)[value["output_usd"].notna()]
    figures = pd.DataFrame(_figures(value, rate, spread), index=value.index)
    parts = [_described(figures[name].dropna(), name, rows) for name in _QUANTITIES]
    long = pd.concat(parts, ignore_index=True).assign(year=year)
    long = long.sort_values("area", kind="stable", ignore_index=True)
    return long[["area", "year", "quantity", "value", "unit", "definition", "kind", "source"]]


def _figures(value: pd.DataFrame, rate: float, spread: float) -> dict[str, Array]:
    """Every quantity by name, (area); NaN where something it needs is not known."""
    known = {
        name: value[variable].to_numpy(float)
        for name, (variable, _, _) in _QUANTITIES.items()
        if variable
    }
    share = known.pop("debt_service_ratio")
    paid = interest(known["debt"], rate, spread)
    account = Account(
        **known,
        principal=share * known["exports"] - paid,
        flight=np.full_like(share, np.nan),
        rate=np.array(rate),
        spread=np.array(spread),
    )
    return {
        name: share if name == "debt_service_ratio" else getattr(account, name)
        for name in _QUANTITIES
    }


def _described(figures: pd.Series, name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """One quantity as rows, with its unit, definition, kind and source."""
    variable, unit, definition = _QUANTITIES[name]
    long = figures.rename("value").rename_axis("area").reset_index()
    long = long.assign(quantity=name, unit=unit, definition=definition)
    if variable:
        origin = rows.loc[rows["variable"] == variable, ["area", "kind", "source"]]
        return long.merge(origin, on="area", how="left")
    kind = "assumed" if name in _ASSUMED else "modelled"
    return long.assign(kind=kind, source="computed from the figures of this table")
