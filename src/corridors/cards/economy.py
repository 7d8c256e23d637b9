"""Rows of cards about money, rules, output and schooling."""

from __future__ import annotations

import numpy as np
import pandas as pd

from corridors.cards.card import COLUMNS, LARGEST, every_fifth_year, figures, rows_of

__all__ = [
    "CAPITAL",
    "ECONOMY",
    "INSTITUTIONS",
    "MONEY",
    "cost_of_sending",
    "emigrants_schooling",
    "no_rules",
    "of_area",
    "of_world",
    "remittances",
    "residents_schooling",
    "share_of_output",
]

#: The first year that schooling is shown for.
FIRST_SCHOOLING = 1990
#: Sections whose variables are shown over the years; of the others the last year says enough.
SERIES = ("money", "economy")
#: Section, figure, unit, variable of the economy table.
MONEY = (
    ("money", "remittances_received", "USD", "remittances_received_usd"),
    ("money", "remittances_paid", "USD", "remittances_paid_usd"),
)
INSTITUTIONS = (
    ("rules", "union_density", "share", "union_density"),
    ("rules", "bargaining_coverage", "share", "bargaining_coverage"),
)
ECONOMY = (
    ("economy", "output_per_head", "PPP $ of 2021", "output_per_head_ppp"),
    ("economy", "output", "USD", "output_usd"),
    ("economy", "unemployment", "share", "unemployment"),
)
CAPITAL = (
    ("capital", "external_debt", "USD", "external_debt_usd"),
    ("capital", "debt_service_share_of_exports", "share", "debt_service_share"),
    ("capital", "reserves", "USD", "reserves_usd"),
    ("capital", "direct_investment_inflow", "USD", "fdi_inflow_usd"),
)


def of_area(code: str, section: str, figure: str, unit: str, variable: str) -> pd.DataFrame:
    """A figure of one area from the table `economy` (World Bank, Penn World Table, ILO).

    Parameters
    ----------
    code : str
    section, figure, unit, variable : str
        As one of the lists of this module has them: USD, persons, share or number. Over the years
        in the sections of `SERIES`, else of the last year.

    Returns
    -------
    DataFrame (`COLUMNS`), in that unit

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    rows = rows_of("economy", variable=variable, area=code)
    if section not in SERIES:
        rows = rows[rows["year"] == rows["year"].max()]
    return figures(section, figure, unit, "economy", every_fifth_year(rows), area=code)


def of_world(section: str, figure: str, unit: str, variable: str) -> pd.DataFrame:
    """Sum over the areas that report a figure of the table `economy`, such as the World Bank's.

    Absent is not zero: the note of each year says how many areas it adds up.

    Parameters
    ----------
    section, figure, unit, variable : str

    Returns
    -------
    DataFrame (`COLUMNS`), in that unit, every fifth year

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    by_year = rows_of("economy", variable=variable).groupby("year")
    rows = by_year.agg(value=("value", "sum"), areas=("area", "size"), kind=("kind", "first"))
    rows["note"] = [f"sum of the {number} areas that report" for number in rows["areas"]]
    return figures(section, figure, unit, "economy", every_fifth_year(rows.reset_index()))


def share_of_output(code: str) -> pd.DataFrame:
    """Remittances received over output of the same year, in current US dollars (World Bank, WDI).

    Returns
    -------
    DataFrame (`COLUMNS`)
        Share, every fifth year.

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    received = rows_of("economy", variable="remittances_received_usd", area=code)
    rows = every_fifth_year(_over_output(received, code))
    return figures("money", "remittances_share_of_output", "share", "economy", rows, area=code)


def _over_output(payments: pd.DataFrame, receiver: str) -> pd.DataFrame:
    """Payments (year, value in current dollars) over the receiver's output of the same year."""
    output = rows_of("economy", variable="output_usd", area=receiver)[["year", "value"]]
    rows = payments.merge(output, on="year", suffixes=("", "_of_output"))
    # As in the economy table itself, a ratio of two published figures counts as modelled.
    ratio = rows["value"] / rows["value_of_output"]
    return rows.assign(value=ratio, kind="modelled", note="received / output of the same year")


def remittances(*, birthplace: str | None = None, residence: str | None = None) -> pd.DataFrame:
    """Remittances by corridor: the pair in every edition, or the largest pairs of the last one.

    World Bank and KNOMAD; modelled.

    Parameters
    ----------
    birthplace, residence : str, optional
        Codes; None: every area at that end.

    Returns
    -------
    DataFrame (`COLUMNS`)
        US dollars a year; of a pair also the share of the output of its birthplace.

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    cells = rows_of("remittances_by_corridor", birthplace=birthplace, residence=residence)
    ends = {"birthplace": birthplace or "all", "residence": residence or "all"}
    cells = cells.rename(columns={"usd": "value", "edition": "note"}).assign(kind="modelled")
    if "all" in ends.values():
        cells = cells[cells["year"] == cells["year"].max()]
        cells = cells.nlargest(LARGEST, "value")
        ends = {} if len(cells) else ends
    table = "remittances_by_corridor"
    parts = [figures("money", "remittances", "USD", table, cells, **ends)]
    if birthplace and residence:
        rows = _over_output(cells, birthplace)
        parts.append(figures("money", "remittances_share_of_output", "share", table, rows, **ends))
    return pd.concat(parts)


def cost_of_sending(code: str) -> pd.DataFrame:
    """Cost of sending money to an area (World Bank, SDG 10.c); `WLD` is the world's mean.

    Returns
    -------
    DataFrame (`COLUMNS`)
        Share of the amount sent, by year.

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    rows = rows_of("remittance_fees", area=code).rename(columns={"cost_share": "value"})
    rows = rows.drop(columns="level").assign(kind="reported", note="of the amount sent")
    area = "all" if code == "WLD" else code
    return figures("rules", "cost_of_sending", "share", "remittance_fees", rows, area=area)


def no_rules(**about: str) -> pd.DataFrame:
    """Say that no table holds the rules of admission, so that nobody takes silence for freedom.

    Returns
    -------
    DataFrame (`COLUMNS`)
        One row without a value, unit or year; its note says that no source has them.
    """
    note = "no data: no reference table holds admission, permits, quotas or change of employer"
    row = {"section": "rules", "figure": "admission_and_permits", "note": note} | about
    row = dict.fromkeys(COLUMNS, "") | row | {"year": pd.NA, "value": np.nan}
    return pd.DataFrame([row]).astype({"year": "Int64", "value": float})


def residents_schooling(code: str) -> pd.DataFrame:
    """Share of residents of 25 and more with tertiary schooling (Wittgenstein Centre).

    Returns
    -------
    DataFrame (`COLUMNS`)
        Share of adults of 25 and more, by year; modelled.

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    adults = rows_of("schooling_residents", area=code)
    sums = (
        adults[adults["year"] >= FIRST_SCHOOLING]
        .groupby("year")[["tertiary_25plus", "adults_25plus"]]
        .sum()
    )
    value = sums["tertiary_25plus"] / sums["adults_25plus"]
    rows = value.rename("value").reset_index().assign(kind="modelled", note="of age 25 and more")
    return figures(
        "economy", "tertiary_of_residents", "share", "schooling_residents", rows, area=code
    )


def emigrants_schooling(code: str) -> pd.DataFrame:
    """Share of emigrants of 15 and more with tertiary schooling (World Bank, WDR 2023).

    Returns
    -------
    DataFrame (`COLUMNS`)
        Share of emigrants, by year; modelled.

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    abroad = rows_of("schooling_migrants", area=code)
    sums = abroad.groupby("year")[["emigrants_tertiary", "emigrants_below_tertiary"]].sum()
    value = sums["emigrants_tertiary"] / sums.sum(axis=1)
    rows = value.rename("value").reset_index().assign(kind="modelled", note="of age 15 and more")
    return figures(
        "economy", "tertiary_of_emigrants", "share", "schooling_migrants", rows, area=code
    )
