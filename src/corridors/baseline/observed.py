"""Gather the figures: people of mid-2020, economy of 2019, each with its year, kind and source.

Where a figure is missing the mean of its region and income group stands in, `assumed`. Unknown
origin is stated, never spread: people whose birthplace no source tells count where they live.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from corridors.borders.status import status_arrays
from corridors.data import store
from corridors.errors import DoesNotClose
from corridors.labels import Array, Mask
from corridors.people.demography import split_by_odds
from corridors.people.stocks import HELD_IN, foreign_born, held_in
from corridors.wages.employers import schooling_years

__all__ = ["ECONOMY_YEAR", "PEOPLE_YEAR", "Observed", "observe"]

PEOPLE_YEAR = 2020
#: 2020 is a pandemic year; every figure says the year it is from.
ECONOMY_YEAR = 2019
#: Figures older than this do not describe the economy of 2019.
OLDEST_YEAR = 2009
SMALLEST_POPULATION = 100_000
#: The schooling file still joins Serbia and Montenegro.
SCHOOLING_OF = {"SRB": "SCG", "MNE": "SCG"}
#: Median of World Bank over Penn output per head where both exist (2021 $ against 2017 $).
PENN_TO_WORLD_BANK = 1.23
#: Employed over adults, of two tables that do not fit outside these ends (Penn World Table 10.01
#: over World Population Prospects 2024: 0.55 to 2.4 times participation less unemployment).
AT_WORK_ENDS = (0.2, 0.95)
#: Native graduates at home against the residents' share, and the most they can be. Assumed: what
#: residents and immigrants leave for natives is an artefact outside (two sources of schooling).
NATIVE_GRADUATES = (0.5, 2.0)
LARGEST_TERTIARY = 0.95
#: Oil revenue makes the published share meaningless after this year (hyperinflation).
LAST_LABOUR_SHARE = {"VEN": 2014}


@dataclass(frozen=True)
class Observed:
    """What the figures say before any parameter; (i) and (b) are the economies in one order.

    Parameters
    ----------
    areas : tuple of str
    income_group : (i,) of str
    home : (s, b), migrants : (s, b, i) adults
    output : (i,) PPP dollars of 2021 a year
    labour_share : (i,), labour_share_imputed : (i,) bool
        Imputed: not from the Penn World Table; the others' source imputes many itself.
    at_work : (i,) employed over adults; unemployment : (i,) rate
    years_of_schooling, tertiary_share : (i,) of residents
    received : (b,) US dollars a year; fee : (b,) share; price_level : (i,) US$ per PPP dollar
    remitted_from : (i,) US dollars a year sent from each economy, NaN where nobody tells: the
        bilateral matrix of 2018 with each receiver's column scaled to `received`
    remitted_reported : (i,) the same in the balance of payments, NaN where not reported
    capital_to_output : (i,) years
    status_shares, status_concentration, status_assumed : (b, i, k), (b, i), (b, i) bool
        Legal status of a corridor's people, see `corridors.borders.status`; assumed where a share
        of the corridor rests on no count.
    figures, coverage, notes : see `corridors.world.World`
    """

    areas: tuple[str, ...]
    income_group: tuple[str, ...]
    home: Array
    migrants: Array
    output: Array
    labour_share: Array
    labour_share_imputed: Mask
    at_work: Array
    unemployment: Array
    years_of_schooling: Array
    tertiary_share: Array
    received: Array
    fee: Array
    price_level: Array
    remitted_from: Array
    remitted_reported: Array
    capital_to_output: Array
    status_shares: Array
    status_concentration: Array
    status_assumed: Mask
    figures: pd.DataFrame
    coverage: dict[str, float]
    notes: tuple[str, ...]


class _Ledger:
    """Collects figures with their year, kind and source, and fills holes from groups."""

    def __init__(self, about: pd.DataFrame) -> None:
        self.about = about
        self.rows: list[pd.DataFrame] = []
        self.notes: list[str] = []

    def add(self, quantity: str, unit: str, rows: pd.DataFrame, *, fill: bool = True) -> pd.Series:
        """Record `found` (index area; value, year, kind, source) and fill what is missing.

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
        self.rows.append(
            rows.assign(quantity=quantity, unit=unit).rename_axis("area").reset_index()
        )
        return rows["value"]

    def figures(self) -> pd.DataFrame:
        columns = ["area", "quantity", "value", "unit", "year", "kind", "source"]
        return pd.concat(self.rows, ignore_index=True)[columns].dropna(subset=["value"])


def observe() -> Observed:
    """Gather the reference world's figures: people of mid-2020, economy of 2019.

    Gathered once a process; the tables handed out are the caller's own.
    """
    gathered = _observed()
    figures, coverage = gathered.figures.copy(), dict(gathered.coverage)
    return replace(gathered, figures=figures, coverage=coverage)


@functools.cache
def _observed() -> Observed:
    economy = _Economy(store.table("economy", categories=True))
    population = _population()
    about = _economies(economy, population)
    ledger = _Ledger(about)
    areas = tuple(about.index)
    output = ledger.add("output", "PPP dollars of 2021", about)
    price = ledger.add("price level", "US dollars per PPP dollar", economy.price_level(about))
    adults = _adults(areas)
    home, migrants, tertiary = _people(areas, adults, ledger)
    share = ledger.add("labour share", "share of output", economy.labour_share())
    work = economy.at_work(adults.sum(axis=0), areas)
    received = economy.received(areas, ledger)
    shares, concentration, assumed = status_arrays(store.table("status_shares"), areas)
    return Observed(
        areas=areas,
        income_group=tuple(about["income_group"]),
        home=home,
        migrants=migrants,
        output=output.to_numpy(),
        labour_share=share.to_numpy(),
        labour_share_imputed=~areas_in(areas, economy.latest("labour_share_pwt")),
        at_work=ledger.add("employed over adults", "share", work).to_numpy(),
        unemployment=ledger.add(
            "unemployment", "share of the labour force", economy.latest("unemployment")
        ).to_numpy(),
        years_of_schooling=schooling_years(
            ledger.add("human capital", "index", economy.latest("human_capital_pwt")).to_numpy()
        ),
        tertiary_share=tertiary,
        received=received,
        fee=_fees(ledger),
        price_level=price.to_numpy(),
        remitted_from=_remitted_from(areas, received),
        remitted_reported=economy.latest("remittances_paid_usd")["value"]
        .reindex(list(areas))
        .to_numpy(float),
        capital_to_output=ledger.add(
            "capital over output", "years", economy.capital_to_output()
        ).to_numpy(),
        status_shares=shares,
        status_concentration=concentration,
        status_assumed=np.asarray(assumed.any(axis=-1)),
        figures=ledger.figures(),
        coverage=_coverage(areas, population, about, home, migrants, economy),
        notes=tuple(ledger.notes),
    )


def areas_in(areas: tuple[str, ...], rows: pd.DataFrame) -> Mask:
    """Which areas have a figure of their own in `found`."""
    return pd.Index(areas).isin(rows.dropna(subset=["value"]).index)


class _Economy:
    """The long table of economic figures, by variable."""

    def __init__(self, long: pd.DataFrame) -> None:
        per_head = long[long["variable"] == "output_per_head_ppp"]
        #: Counted in another area's people, and so in its output too.
        held = held_in(per_head["area"])
        self.long = long[~long["area"].isin(held)]
        per_head = per_head[per_head["area"].isin(held) & (per_head["year"] == ECONOMY_YEAR)]
        self.held = per_head.set_index("area")["value"]

    def latest(self, variable: str, *, last: int = ECONOMY_YEAR) -> pd.DataFrame:
        """Newest figure up to `last` by area: value, year, kind, source."""
        rows = self.long[self.long["variable"] == variable]
        rows = rows[(rows["year"] <= last) & (rows["year"] >= OLDEST_YEAR)]
        rows = rows.astype(dict.fromkeys(("area", "kind", "source"), str))
        rows = rows.sort_values("year").groupby("area").tail(1).set_index("area")
        return rows[["value", "year", "kind", "source"]]

    def output(self, population: pd.Series, about: pd.DataFrame) -> pd.DataFrame:
        """Output in PPP dollars of 2021: World Bank, else Penn, else US$ at the class's prices.

        Never one unscaled beside the other: Penn's dollars are of 2017, and its outlier rows
        (Venezuela 2019 at 251 dollars a head) are left out.
        """
        people = population.reindex(about.index)
        bank = _times(self.latest("output_per_head_ppp"), people)
        for part, whole in held_in(bank.index).items():
            if part in self.held:
                bank.loc[whole, "value"] += self.held[part] * population[part]
        penn = self.latest("output_pwt")
        outlier = self.latest("pwt_outlier")["value"].reindex(penn.index) == 1.0
        penn = _times(penn[~outlier], PENN_TO_WORLD_BANK)
        class_price = self._class_price(about)
        dollars = _times(self.latest("output_usd"), 1.0 / class_price)
        per_worker = self.latest("output_per_employee_usd")
        workers = self.latest("employment_ilo")["value"].reindex(per_worker.index)
        worked = _times(per_worker, workers / class_price.reindex(per_worker.index))
        output = bank
        for other in (_assumed(penn), _assumed(dollars), _assumed(worked)):
            output = pd.concat([output, other[~other.index.isin(output.index)]])
        return output.dropna(subset=["value"])

    def _class_price(self, about: pd.DataFrame) -> pd.Series:
        """Median price level of an area's income class."""
        price = self.latest("price_level")["value"].reindex(about.index)
        return price.groupby(about["income_group"]).transform("median")

    def price_level(self, about: pd.DataFrame) -> pd.DataFrame:
        """US dollars that buy what a PPP dollar buys; the class's median where not reported."""
        price = self.latest("price_level").reindex(about.index)
        hole = price["value"].isna()
        price.loc[hole, "value"] = self._class_price(about)[hole]
        source = "median of income group"
        price.loc[hole, ["year", "kind", "source"]] = [ECONOMY_YEAR, "assumed", source]
        return price

    def labour_share(self) -> pd.DataFrame:
        """Labour's share of output: Penn World Table, else International Labour Organization."""
        penn, ilo = self.latest("labour_share_pwt"), self.latest("labour_share_ilo")
        for area, year in LAST_LABOUR_SHARE.items():
            ilo.loc[area] = self.latest("labour_share_ilo", last=year).loc[area]
        return pd.concat([penn, ilo[~ilo.index.isin(penn.index)]])

    def at_work(self, adults: Array, areas: tuple[str, ...]) -> pd.DataFrame:
        """Employed over adults, within `AT_WORK_ENDS`."""
        penn, ilo = self.latest("employment_pwt"), self.latest("employment_ilo")
        employed = pd.concat([penn, ilo[~ilo.index.isin(penn.index)]]).reindex(pd.Index(areas))
        employed["value"] = (employed["value"] / adults).clip(*AT_WORK_ENDS)
        return employed.dropna(subset=["value"])

    def capital_to_output(self) -> pd.DataFrame:
        """Capital stock over output, both of the Penn World Table, in years."""
        stock, made = self.latest("capital_pwt"), self.latest("output_pwt")
        outlier = self.latest("pwt_outlier")["value"].reindex(stock.index) == 1.0
        return _times(stock, 1.0 / made["value"].reindex(stock.index))[~outlier]

    def received(self, areas: tuple[str, ...], ledger: _Ledger) -> Array:
        """Remittances received, US$; the World Bank's corridor matrix fills holes."""
        received = self.latest("remittances_received_usd")
        table = store.table("remittances_by_corridor", year=2018)
        table = table.groupby("birthplace", as_index=True)["usd"].sum()
        holes = table[~table.index.isin(received.index) & (table > 0.0)]
        source = "World Bank bilateral matrix 2018"
        filled = pd.DataFrame({"value": holes, "year": 2018, "kind": "modelled", "source": source})
        received = pd.concat([received, filled])
        ledger.notes.append(_today(received, areas))
        value = ledger.add("remittances received", "US dollars", received, fill=False)
        unknown = [area for area in areas if np.isnan(value[area])]
        ledger.notes.append(
            f"Remittances received are not known, and taken as none, in {', '.join(unknown)}."
        )
        return value.fillna(0.0).to_numpy()


def _today(received: pd.DataFrame, areas: tuple[str, ...]) -> str:
    """What "remittances received, today" holds, in words."""
    mine = received.reindex(list(areas)).dropna(subset=["value"])
    same = mine[mine["year"] == ECONOMY_YEAR]
    published = received.loc[received["year"] == ECONOMY_YEAR, "value"].sum()
    old = mine[mine["year"] < ECONOMY_YEAR - 2]
    listed = ", ".join(f"{area} {year:.0f}" for area, year in old["year"].items())
    return (
        f"Remittances received today are ${mine['value'].sum() / 1e9:.0f} bn in {len(mine)} "
        f"economies (World Bank, balance of payments; {len(same)} of them of {ECONOMY_YEAR}, the "
        f"newest before that elsewhere: {listed} are older than three years). The same table adds "
        f"up to ${published / 1e9:.0f} bn for {ECONOMY_YEAR} over all its countries; the World "
        "Bank's brief of 2020-21 gave 719, with 68 instead of 18 for China."
    )


def _remitted_from(areas: tuple[str, ...], received: Array) -> Array:
    """What the matrix of 2018 has sent from each economy (i,), receipts made those of `received`.

    Two figures of receipts differ by more than what any sender is told to pay: China's are 68
    billion dollars in one and 18 in the other.
    """
    table = store.table("remittances_by_corridor", year=2018)
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


def _assumed(rows: pd.DataFrame) -> pd.DataFrame:
    source = rows["source"] + ", converted to PPP by a median ratio"
    return rows.assign(kind="assumed", source=source)


def _population() -> pd.Series:
    return store.table("population", year=PEOPLE_YEAR).set_index("area")["population"]


def _economies(economy: _Economy, population: pd.Series) -> pd.DataFrame:
    """The economies of the world: stocks, at least 100,000 people and an output.

    Returns region, income_group, and output with its year, kind and source, by area.
    """
    about = store.table("areas").set_index("area")
    about = about[about["in_stocks_2020"] & about.index.isin(population.index)]
    large = population.reindex(about.index) >= SMALLEST_POPULATION
    about = about[large & ~about.index.isin(HELD_IN)]
    # Venezuela is unclassified since 2021; the classes only pick stand-ins and price medians.
    classes = about["income_group"].fillna("Upper middle income")
    about = about.assign(income_group=classes)[["region", "income_group"]].sort_index()
    output = economy.output(population, about)
    return about.join(output, how="inner")


def _adults(areas: tuple[str, ...]) -> Array:
    """Residents of 15 and over by sex, (sex, i), sexes F and M."""
    table = store.table("population_by_age", year=PEOPLE_YEAR).replace({"area": dict(HELD_IN)})
    adults = table.assign(adults=table["age_15_64"] + table["age_65_plus"])
    by_sex = adults.pivot_table(index="sex", columns="area", values="adults", aggfunc="sum")
    return by_sex.reindex(index=["F", "M"], columns=list(areas)).to_numpy(float)


def _people(areas: tuple[str, ...], adults: Array, ledger: _Ledger) -> tuple[Array, Array, Array]:
    """Adults at home (s, b), abroad (s, b, i), and the tertiary share of residents (i,)."""
    migrants = np.zeros((2, len(areas), len(areas)))
    for sex, stock in _stocks(areas).items():
        low, high = _by_schooling(stock, sex, ledger)
        migrants += np.stack([low, high])
    tertiary = _tertiary(areas, adults, ledger)
    residents = adults.sum(axis=0)
    immigrants = migrants.sum(axis=1)
    natives = residents - immigrants.sum(axis=0)
    if (natives <= 0.0).any():
        raise DoesNotClose("immigrants exceed residents", residual=float(natives.min()))
    raw = (residents * tertiary - immigrants[1]) / natives
    least, most = (factor * tertiary for factor in NATIVE_GRADUATES)
    share = np.clip(raw, least, np.minimum(most, LARGEST_TERTIARY))
    adjusted = [area for area, moved in zip(areas, share != raw, strict=True) if moved]
    ledger.notes.append(
        "Native graduates at home held within half and double the residents' share in "
        f"{len(adjusted)} economies: {', '.join(adjusted)}."
    )
    return natives * np.stack([1.0 - share, share]), migrants, tertiary


def _stocks(areas: tuple[str, ...]) -> dict[str, Array]:
    """Migrants of all ages by sex, (b, i), between the economies of this world."""
    table = store.table("stocks_2020", year=PEOPLE_YEAR)
    return {str(sex): foreign_born(rows, areas)[0] for sex, rows in table.groupby("sex")}


def _by_schooling(stock: Array, sex: str, ledger: _Ledger) -> tuple[Array, Array]:
    """Adults of a stock (b, i) without and with tertiary schooling: children out first."""
    margins = _schooling_margins(sex)
    shares = {}
    for side in ("emigrants", "immigrants"):
        child = margins[f"{side}_0_14"]
        high, low = margins[f"{side}_tertiary"], margins[f"{side}_below_tertiary"]
        rows = {"children": child / (child + high + low), "tertiary": high / (high + low)}
        for name, value in rows.items():
            share = pd.DataFrame(
                {
                    "value": value,
                    "year": PEOPLE_YEAR,
                    "kind": "modelled",
                    "source": "World Development Report 2023",
                }
            )
            quantity = f"{name} among {side}, {sex}"
            shares[side, name] = ledger.add(quantity, "share", share).to_numpy()
    children = split_by_odds(
        stock, shares["emigrants", "children"], shares["immigrants", "children"]
    )
    adults = stock - children
    high = split_by_odds(adults, shares["emigrants", "tertiary"], shares["immigrants", "tertiary"])
    return adults - high, high


def _schooling_margins(sex: str) -> pd.DataFrame:
    table = store.table("schooling_migrants", year=PEOPLE_YEAR)
    table = table[table["sex"] == sex].set_index("area")
    shared = {area: table.loc[of] for area, of in SCHOOLING_OF.items() if of in table.index}
    return pd.concat([table, pd.DataFrame(shared).T]).drop(columns="sex").astype(float)


def _tertiary(areas: tuple[str, ...], adults: Array, ledger: _Ledger) -> Array:
    """Share of adult residents with tertiary schooling, (i,)."""
    table = store.table("schooling_residents", year=PEOPLE_YEAR)
    share = (table["tertiary"] / table["adults"]).groupby([table["area"], table["sex"]]).first()
    by_sex = share.unstack("sex").reindex(list(areas))[["F", "M"]].to_numpy()
    tertiary = pd.DataFrame(
        {
            "value": (by_sex * (adults / adults.sum(axis=0)).T).sum(axis=1),
            "year": PEOPLE_YEAR,
            "kind": "modelled",
            "source": "Wittgenstein Centre",
        },
        index=list(areas),
    )
    return ledger.add("tertiary among residents", "share", tertiary).to_numpy()


def _fees(ledger: _Ledger) -> Array:
    """Cost of sending to each area, share of the amount (b,)."""
    table = store.table("remittance_fees")
    table = table[(table["level"] == "country") & (table["year"] <= ECONOMY_YEAR)]
    latest = table.sort_values("year").groupby("area").tail(1).set_index("area")
    fees = pd.DataFrame(
        {
            "value": latest["cost_share"],
            "year": latest["year"],
            "kind": "reported",
            "source": "United Nations SDG 10.c",
        }
    )
    return ledger.add("cost of remitting", "share of the amount", fees).to_numpy()


def _coverage(
    areas: tuple[str, ...],
    population: pd.Series,
    about: pd.DataFrame,
    home: Array,
    migrants: Array,
    economy: _Economy,
) -> dict[str, float]:
    """What share of the real world the economies hold, people, output and migrants apart."""
    stocks = store.table("stocks_2020", year=PEOPLE_YEAR)
    inside = stocks["birthplace"].isin(areas) & stocks["residence"].isin(areas)
    named = stocks["birthplace"] != "OTH"
    people = population.reindex([*areas, *held_in(areas)]).sum() / population.sum()
    dollars = economy.latest("output_usd")["value"]
    total = float(stocks["persons"].sum())
    held = float(stocks.loc[inside, "persons"].sum())
    return {
        "economies": float(len(areas)),
        "people": float(people),
        "output": float(dollars.reindex(list(areas)).sum() / dollars.sum()),
        "migrants of known origin": held / float(stocks.loc[named, "persons"].sum()),
        "migrants": held / total,
        "adult migrants": float(migrants.sum()),
        "adults": float(home.sum() + migrants.sum()),
        "output reported in PPP": float(
            about.loc[about["kind"] == "reported", "value"].sum() / about["value"].sum()
        ),
    }
