"""How much of a flow is flight: UNHCR's arrivals and stocks beside the estimated flows.

UNHCR counts refugees and people in refugee-like situations who arrived, people who applied for
asylum, and others in need of protection. The groups overlap: who applies and is recognised later
is in two of them, and may apply in several countries. Hence two bounds for a pair of areas:

    least    the largest of the groups          most    all groups together

each at most the flow. Where arrivals are not reported, a rise of the stock under protection is
the least, and the most is the flow. Where neither is known, the split is not known (NaN, not 0).
Refugees who went home are a part of the flow back.

Arrivals are by the country people fled, flows by the country they lived in at the start of the
period: for people who fled by way of a third country the two differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corridors.errors import InputError, Problem
from corridors.flows.summaries import square
from corridors.labels import rows

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Protection", "arrivals", "protected_change", "returns", "split_flows"]

#: Groups of arrivals that count the same people at most once each, refugees in two tables.
GROUPS = {
    "refugees": "refugees",
    "refugee_like": "refugees",
    "asylum_seekers": "asylum_seekers",
    "others_in_need": "others_in_need",
}
#: Columns of a table of counts, and what they hold; persons may not be known.
COUNTS = {
    "year": "number",
    "birthplace": "label",
    "residence": "label",
    "group": "label",
    "persons": "number",
}
#: Groups of stocks that are under protection abroad.
PROTECTED = ("refugees", "asylum_seekers", "others_in_need")


@dataclass(frozen=True, eq=False)
class Protection:
    """UNHCR's counts as tables; `corridors.baseline.periods.protection` reads the package's.

    Parameters
    ----------
    arrivals : DataFrame (year, birthplace, residence, group, persons)
        Who arrived or applied in a calendar year; groups of `GROUPS`.
    counted : DataFrame (year, birthplace, residence, group, persons)
        Who was there at the end of a year (groups of `PROTECTED`) or went home in it
        (`returned_refugees`).
    """

    arrivals: pd.DataFrame
    counted: pd.DataFrame

    def __post_init__(self) -> None:
        """Read both tables; refuse persons below zero and groups that nothing here knows."""
        for name in ("arrivals", "counted"):
            table = rows(getattr(self, name), COUNTS, name)
            wrong = np.flatnonzero((table["persons"] < 0.0) | table["year"].isna())
            if len(wrong):
                what = "has persons below 0 or no year"
                raise InputError(Problem(f"{name}, row {wrong[0] + 1}", what, "Correct it"))
            object.__setattr__(self, name, table)
        unknown = sorted(set(self.arrivals["group"]) - set(GROUPS))
        if unknown:
            fix = f"Use {', '.join(GROUPS)}"
            raise InputError(Problem("arrivals", f"there is no group '{unknown[0]}'", fix))


def arrivals(
    protection: Protection, years: tuple[int, int], home: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Arrivals and applications between 1 July of two years, by pair; counts of UNHCR.

    Parameters
    ----------
    protection : Protection
        UNHCR's yearly tables, persons by birthplace (country fled), residence, year and group.
    years : (first, last)
        The first and the last calendar year count half.
    home : mapping of area to area, optional
        Areas to count as part of others, as `corridors.people.stocks.combine` gives them.

    Returns
    -------
    DataFrame (index origin, destination)
        `refugees`, `asylum_seekers`, `others_in_need` in persons, NaN where nothing was reported
        in any year (a year without a figure adds nothing); `least` and `most` persons, of which
        some may be counted elsewhere too.
    """
    table = protection.arrivals
    table = table[(table["year"] >= years[0]) & (table["year"] <= years[1])]
    weight = np.where(table["year"].isin(years), 0.5, 1.0)
    counted = _paired(table.assign(persons=table["persons"] * weight), home)
    counted["group"] = counted["group"].astype(str).map(GROUPS)
    wide = (
        counted.groupby(["origin", "destination", "group"])["persons"]
        .sum(min_count=1)
        .unstack("group")
    )
    wide = wide.reindex(columns=list(dict.fromkeys(GROUPS.values())))
    return wide.assign(least=wide.max(axis=1), most=wide.sum(axis=1, min_count=1))


def protected_change(
    protection: Protection, years: tuple[int, int], home: Mapping[str, str] | None = None
) -> pd.Series:
    """Change of people under protection between 1 July of two years, by pair; stocks of UNHCR.

    Mid-year stocks are the mean of two year ends.

    Parameters
    ----------
    protection : Protection
        UNHCR's yearly tables, persons at the end of the year.
    years : (first, last)
    home : mapping of area to area, optional
        Areas to count as part of others.

    Returns
    -------
    Series (origin, destination) persons
        Pairs that lack a figure at one of the four year ends are left out.
    """
    stocks = []
    for year in years:
        ends = [_protected(protection, end, home) for end in (year - 1, year)]
        stocks.append((ends[0] + ends[1]) / 2.0)
    return (stocks[1] - stocks[0]).dropna().rename("change")


def returns(
    protection: Protection, years: tuple[int, int], home: Mapping[str, str] | None = None
) -> pd.Series:
    """Refugees who went home between 1 July of two years, by the pair they moved between; UNHCR.

    Parameters
    ----------
    protection : Protection
        UNHCR's yearly tables, persons by year and group.
    years : (first, last)
        The first and the last calendar year count half.
    home : mapping of area to area, optional
        Areas to count as part of others.

    Returns
    -------
    Series (origin, destination) persons, origin the country of asylum
        A pair that is not there is zero or missing; UNHCR does not say which.
    """
    table = protection.counted
    table = table[table["group"] == "returned_refugees"]
    table = table[(table["year"] >= years[0]) & (table["year"] <= years[1])]
    weight = np.where(table["year"].isin(years), 0.5, 1.0)
    there = table.assign(persons=table["persons"] * weight)
    back = {"birthplace": "residence", "residence": "birthplace"}  # from asylum to the country fled
    paired = _paired(there.rename(columns=back), home)
    summed = paired.groupby(["origin", "destination"])["persons"].sum(min_count=1)
    return summed.dropna().rename("returned")


def split_flows(
    flows: xr.DataArray, protection: Protection, period: str, home: Mapping[str, str]
) -> pd.DataFrame:
    """Each flow with the part that is refugees and asylum seekers, by UNHCR's counts, and the rest.

    Parameters
    ----------
    flows : DataArray (origin, destination)
        Persons over the period, by area code.
    protection : Protection
        UNHCR's yearly tables, persons.
    period : str
        Such as "2010-2015".
    home : mapping of area to area
        Of the flows: `corridors.baseline.periods.combine(edition, years)`.

    Returns
    -------
    DataFrame
        origin, destination, flow, protection_least, protection_most, returned, rest_least,
        rest_most, basis. Every flow above zero, the largest first; persons. `returned` are refugees
        who went home, NaN where UNHCR has none; `basis` is `arrivals`, `change of stock`, or
        `not known`, where protection and rest are NaN.

    Raises
    ------
    InputError
        The period is not two years, labels differ, a flow is negative or not known.

    Notes
    -----
    The two bounds are of the head of this module: no published method splits flows so.
    """
    import pandas as pd

    years = _years(period)
    values, names = square(flows)
    ends = pd.MultiIndex.from_product([names, names], names=["origin", "destination"])
    flat = pd.Series(values.ravel(), ends, name="flow")
    split = flat[flat > 0.0].sort_values(ascending=False, kind="stable").to_frame()
    reported = arrivals(protection, years, home).reindex(split.index)
    rise = protected_change(protection, years, home).clip(lower=0.0).reindex(split.index)
    by_arrivals, by_stock = reported["least"].notna(), rise.gt(0.0)
    least = reported["least"].fillna(0.0).combine(rise.fillna(0.0), max)
    least = least.where(by_arrivals | by_stock).clip(upper=split["flow"])
    most = reported["most"].where(by_arrivals, split["flow"].where(by_stock))
    most = most.combine(least, max).clip(upper=split["flow"]).where(by_arrivals | by_stock)
    returned = returns(protection, years, home).reindex(split.index).clip(upper=split["flow"])
    others = split["flow"] - returned.fillna(0.0)
    split = split.assign(
        protection_least=least,
        protection_most=most,
        returned=returned,
        rest_least=(others - most).clip(lower=0.0),
        rest_most=(others - least).clip(lower=0.0),
        basis=np.select([by_arrivals, by_stock], ["arrivals", "change of stock"], "not known"),
    )
    return split.reset_index()


def _protected(protection: Protection, year: int, home: Mapping[str, str] | None) -> pd.Series:
    """People under protection at the end of a year by pair; a zero that may mean missing is NaN."""
    counted = protection.counted
    there = counted["group"].isin(PROTECTED) & (counted["year"] == year)
    paired = _paired(counted[there], home)
    return paired.groupby(["origin", "destination"])["persons"].sum(min_count=1)


def _paired(table: pd.DataFrame, home: Mapping[str, str] | None) -> pd.DataFrame:
    """The table by origin and destination, areas counted as part of others put there."""
    mapped = home or {}
    ends = {
        new: table[old].astype(str).map(lambda code: mapped.get(code, code))
        for old, new in (("birthplace", "origin"), ("residence", "destination"))
    }
    joined = table.assign(**ends)
    return joined[joined["origin"] != joined["destination"]]


def _years(period: str) -> tuple[int, int]:
    words = period.split("-")
    if len(words) != 2 or not all(word.isdigit() for word in words):
        raise InputError(Problem("period", f"'{period}' is not two years", "Write 2010-2015"))
    return int(words[0]), int(words[1])
