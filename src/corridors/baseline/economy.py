"""Figures of the economy by area: the newest up to the world's year, its age, and what stands in.

Where a figure is missing the mean of its region and income group stands in, `assumed`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from corridors.data import store
from corridors.labels import Array

__all__ = ["FRESH", "LASTING", "Economy", "Ledger", "remitted_from"]

#: Most years between a figure and its world: of what moves with a crisis, and of what lasts.
FRESH, LASTING = 3, 6
#: Older figures do not describe the economy at all.
OLDEST = 10
#: Median of World Bank over Penn output per head where both exist (2021 $ against 2017 $).
PENN_TO_WORLD_BANK = 1.23
#: Employed over adults at least and at most, where two tables are divided.
AT_WORK_ENDS = (0.2, 0.95)
#: Territories that pay the prices of the country they belong to, not of their class. Assumed.
PRICES_OF = {"PRI": "USA", "GUM": "USA", "VIR": "USA", "NCL": "FRA", "PYF": "FRA", "CUW": "NLD"}
#: Oil revenue makes the published share meaningless after this year (hyperinflation).
LAST_LABOUR_SHARE = {"VEN": 2014}


class Ledger:
    """Collects figures with their year, kind and source, and fills holes from groups."""

    def __init__(self, about: pd.DataFrame) -> None:
        """Of the areas of `about`, which has their region and income_group."""
        self.about = about
        self.rows: list[pd.DataFrame] = []
        self.notes: list[str] = []

    def add(
        self,
        quantity: str,
        unit: str,
        rows: pd.DataFrame,
        limit: tuple[int, int],
        *,
        fill: bool = True,
    ) -> pd.Series:
        """Record rows (index area; value, year, kind, source) and fill what is missing.

        `limit` is the year of the world and the most years from it: what is further is `stale`.

        The stand-in is the mean over areas of the same region and income group that have the
        figure, else over the income group.
        """
        areas = self.about.index
        rows = rows.reindex(areas)
        missing = rows["value"].isna()
        if fill and missing.any():
            keys = [self.about["region"], self.about["income_group"]]
            mean = rows["value"].groupby(keys).transform("mean")
            mean = mean.fillna(rows["value"].groupby(keys[1]).transform("mean"))
            source = "mean of region and income group"
            rows.loc[missing, "value"] = mean[missing]
            rows.loc[missing, ["year", "kind", "source"]] = [np.nan, "assumed", source]
        at, most = limit
        stale = (rows["year"].astype(float) - at).abs() > most
        rows = rows.assign(quantity=quantity, unit=unit, stale=stale)
        self.rows.append(rows.rename_axis("area").reset_index())
        return rows["value"]

    def figures(self) -> pd.DataFrame:
        """Every figure told to it.

        Returns
        -------
        DataFrame (area, quantity, value, unit, year, kind, source, stale)
        """
        columns = ["area", "quantity", "value", "unit", "year", "kind", "source", "stale"]
        return pd.concat(self.rows, ignore_index=True)[columns].dropna(subset=["value"])


class Economy:
    """The long table of economic figures, by variable, as of a year.

    Parameters
    ----------
    long : DataFrame (area, year, variable, value, source, kind)
    year : int
    merged : mapping of area to area
        Areas whose people the stocks hold in another.
    """

    def __init__(self, long: pd.DataFrame, year: int, merged: Mapping[str, str]) -> None:
        self.year = year
        self.joined = dict(merged)
        self.long = long[~long["area"].isin(merged)]
        self.merged = long[long["area"].isin(merged)]

    @property
    def fresh(self) -> tuple[int, int]:
        """The year, and the most years from it of figures that move with a crisis."""
        return self.year, FRESH

    @property
    def lasting(self) -> tuple[int, int]:
        """The year, and the most years from it of figures that last."""
        return self.year, LASTING

    def latest(self, variable: str, *, last: int | None = None, most: int = OLDEST) -> pd.DataFrame:
        """Newest figure up to `last` by area, at most `most` years before the world's year.

        Returns
        -------
        DataFrame (index area: value, year, kind, source), in the unit of the variable
        """
        rows = self.long[self.long["variable"] == variable]
        until = self.year if last is None else last
        rows = rows[(rows["year"] <= until) & (rows["year"] >= self.year - most)]
        rows = rows.astype(dict.fromkeys(("area", "kind", "source"), str))
        rows = rows.sort_values("year").groupby("area").tail(1).set_index("area")
        return rows[["value", "year", "kind", "source"]]

    def output(self, population: pd.Series, about: pd.DataFrame) -> pd.DataFrame:
        """Output in PPP dollars of 2021: World Bank, else converted from what is newest and fresh.

        In this order, each at most `FRESH` years old: the World Bank's PPP; Penn's PPP of 2017 and
        US$ at the prices of the income class; US$ a worker times workers, the way to economies in
        collapse. Nothing fresh is known of a few (TWN): their last of `LASTING` years, stale.
        Penn's outlier rows (Venezuela 2019 at 251 dollars a head) are left out.

        Parameters
        ----------
        population : Series (area) persons
        about : DataFrame (index area, ...)

        Returns
        -------
        DataFrame (index area: value, year, kind, source), PPP dollars of 2021 a year
        """
        people = population.reindex(about.index)
        made: pd.DataFrame | None = None
        for most in (FRESH, LASTING):
            for rows in self._outputs(people, about, population, most):
                made = (
                    rows if made is None else pd.concat([made, rows[~rows.index.isin(made.index)]])
                )
        assert made is not None
        return made.dropna(subset=["value"])

    def _outputs(
        self, people: pd.Series, about: pd.DataFrame, population: pd.Series, most: int
    ) -> Iterator[pd.DataFrame]:
        bank = _times(self.latest("output_per_head_ppp", most=most), people)
        merged = self.merged[self.merged["variable"] == "output_per_head_ppp"]
        yield self._with_merged(bank, merged, population)
        penn = self.latest("output_pwt", most=most)
        outlier = self.latest("pwt_outlier")["value"].reindex(penn.index) == 1.0
        yield _assumed(_times(penn[~outlier], PENN_TO_WORLD_BANK), "at the median ratio of tables")
        prices = self._prices(about)
        dollars = _times(self.latest("output_usd", most=most), 1.0 / prices)
        yield _assumed(dollars, "at the prices of the income class, or of the area it belongs to")
        per_worker = self.latest("output_per_employee_usd", most=most)
        workers = self.latest("employment_ilo", most=most)["value"].reindex(per_worker.index)
        worked = _times(per_worker, workers / prices.reindex(per_worker.index))
        yield _assumed(worked, "US dollars a worker x workers, at the prices of the income class")

    def _class_price(self, about: pd.DataFrame) -> pd.Series:
        """Median price level of an area's income class."""
        price = self.latest("price_level", most=FRESH)["value"].reindex(about.index)
        return price.groupby(about["income_group"]).transform("median")

    def _prices(self, about: pd.DataFrame) -> pd.Series:
        """The class's median, or the price level of the area that a territory belongs to."""
        prices = self._class_price(about)
        known = self.latest("price_level", most=FRESH)["value"]
        for area, of in PRICES_OF.items():
            if area in prices.index and of in known.index:
                prices[area] = known[of]
        return prices

    def price_level(self, about: pd.DataFrame) -> pd.DataFrame:
        """US dollars that buy what a PPP dollar buys (World Bank).

        The median of the income class, assumed, where it is not reported.

        Returns
        -------
        DataFrame (index area: value, year, kind, source), ratio
        """
        price = self.latest("price_level", most=FRESH).reindex(about.index)
        hole = price["value"].isna()
        price.loc[hole, "value"] = self._prices(about)[hole]
        source = "median of income group, or of the area it belongs to"
        price.loc[hole, ["year", "kind", "source"]] = [self.year, "assumed", source]
        return price

    def labour_share(self) -> pd.DataFrame:
        """Labour's share of output: Penn World Table, else International Labour Organization.

        Returns
        -------
        DataFrame (index area: value, year, kind, source), share
        """
        penn, ilo = self.latest("labour_share_pwt"), self.latest("labour_share_ilo")
        # (Put together, not set: a row that is set makes objects of columns before pandas 3.1.)
        last = [
            self.latest("labour_share_ilo", last=year).loc[[area]]
            for area, year in LAST_LABOUR_SHARE.items()
        ]
        ilo = pd.concat([ilo.drop(index=list(LAST_LABOUR_SHARE), errors="ignore"), *last])
        return pd.concat([penn, ilo[~ilo.index.isin(penn.index)]])

    def at_work(self, adults: Array, areas: tuple[str, ...]) -> pd.DataFrame:
        """Employed over adults, within `AT_WORK_ENDS`.

        Participation less unemployment, both of the ILO's modelled estimates and of one year; else
        persons counted by Penn or the ILO.

        Parameters
        ----------
        adults : (i,) persons of 15 and more
        areas : tuple of str

        Returns
        -------
        DataFrame (index area: value, year, kind, source), share of adults
        """
        participation = self.latest("participation_15plus", most=FRESH)
        unemployment = self.latest("unemployment", most=FRESH)["value"]
        share = _times(participation, 1.0 - unemployment).dropna(subset=["value"])
        adult = pd.Series(adults, index=list(areas))
        parts = [share]
        for variable in ("employment_pwt", "employment_ilo"):
            counted = self.latest(variable, most=LASTING)
            parts.append(_times(counted, 1.0 / adult))
        work = pd.concat(parts)
        work = work[~work.index.duplicated()].reindex(pd.Index(areas))
        work["value"] = work["value"].clip(*AT_WORK_ENDS)
        return work.dropna(subset=["value"])

    def capital_to_output(self) -> pd.DataFrame:
        """Capital stock over output, both of the Penn World Table, whose outliers are left out.

        Returns
        -------
        DataFrame (index area: value, year, kind, source), years
        """
        stock, made = self.latest("capital_pwt"), self.latest("output_pwt")
        outlier = self.latest("pwt_outlier")["value"].reindex(stock.index) == 1.0
        return _times(stock, 1.0 / made["value"].reindex(stock.index))[~outlier]

    def _with_merged(
        self, bank: pd.DataFrame, merged: pd.DataFrame, population: pd.Series
    ) -> pd.DataFrame:
        """Add the output of areas whose people another area's stocks hold."""
        bank = bank.copy()
        for part, whole in self.joined.items():
            parts = merged[(merged["area"] == part) & (merged["year"] == self.year)]
            if len(parts) and whole in bank.index:
                bank.loc[whole, "value"] += float(parts["value"].iloc[0]) * population[part]
        return bank

    def received(self, areas: tuple[str, ...], ledger: Ledger) -> Array:
        """Remittances received (World Bank); the World Bank's corridor matrix fills holes.

        Returns
        -------
        Array (i,) US dollars a year, 0 where not known, which a note tells
        """
        received = self.latest("remittances_received_usd")
        table, of = _matrix(self.year)
        table = table.groupby("birthplace", as_index=True)["usd"].sum()
        holes = table[~table.index.isin(received.index) & (table > 0.0)]
        source = f"World Bank bilateral matrix {of}"
        filled = pd.DataFrame({"value": holes, "year": of, "kind": "modelled", "source": source})
        received = pd.concat([received, filled])
        ledger.notes.append(self._today(received, areas))
        value = ledger.add("remittances received", "US dollars", received, self.lasting, fill=False)
        unknown = [area for area in areas if np.isnan(value[area])]
        if not unknown:
            return value.to_numpy()
        ledger.notes.append(
            f"Remittances received are not known, and taken as none, in {', '.join(unknown)}."
        )
        return value.fillna(0.0).to_numpy()

    def _today(self, received: pd.DataFrame, areas: tuple[str, ...]) -> str:
        """What "remittances received, today" holds, in words."""
        mine = received.reindex(list(areas)).dropna(subset=["value"])
        same = mine[mine["year"] == self.year]
        published = received.loc[received["year"] == self.year, "value"].sum()
        old = mine[mine["year"] < self.year - FRESH]
        listed = ", ".join(f"{area} {year:.0f}" for area, year in old["year"].items())
        older = f"; {listed} are older than {FRESH} years" if listed else ""
        return (
            f"Remittances received today are ${mine['value'].sum() / 1e9:.0f} bn in {len(mine)} "
            f"economies (World Bank, balance of payments; {len(same)} of them of {self.year}, the "
            f"newest before that elsewhere{older}). The same table adds up to "
            f"${published / 1e9:.0f} bn for {self.year} over all its countries."
        )


def _matrix(year: int) -> tuple[pd.DataFrame, int]:
    """The World Bank's corridor matrix nearest in time, and its year."""
    matrices = store.table("remittances_by_corridor")
    years = matrices["year"].unique()
    of = int(min(years, key=lambda each: (abs(int(each) - year), -int(each))))
    return matrices[matrices["year"] == of], of


def remitted_from(areas: tuple[str, ...], received: Array, year: int) -> Array:
    """What the corridor matrix (World Bank, KNOMAD) has sent from each economy, scaled to receipts.

    Two figures of receipts differ by more than what any sender is told to pay: China's are 68
    billion dollars in one and 18 in the other. NaN everywhere where the nearest matrix is
    further than `LASTING` years, and of economies from which it has nothing.

    Parameters
    ----------
    areas : tuple of str
    received : (i,) US dollars a year
    year : int

    Returns
    -------
    Array (i,) US dollars a year
        The S of (29).
    """
    table, of = _matrix(year)
    if abs(of - year) > LASTING:
        return np.full(len(areas), np.nan)
    wide = table.pivot_table(index="birthplace", columns="residence", values="usd", aggfunc="sum")
    matrix = wide.reindex(index=list(areas), columns=list(areas)).fillna(0.0).to_numpy(float)
    total = matrix.sum(axis=1, keepdims=True)
    scaled = matrix * received[:, None] / np.where(total > 0.0, total, np.inf)
    sent = scaled.sum(axis=0)
    return np.where(sent > 0.0, sent, np.nan)


def _times(rows: pd.DataFrame, factor: pd.Series | float) -> pd.DataFrame:
    scaled = rows["value"] * (
        factor.reindex(rows.index) if isinstance(factor, pd.Series) else factor
    )
    return rows.assign(value=scaled)


def _assumed(rows: pd.DataFrame, how: str) -> pd.DataFrame:
    return rows.assign(kind="assumed", source=rows["source"] + ", " + how)
