"""Gather the figures of a world: people and economy of its years, each with year, kind and source.

Where a figure is missing the mean of its region and income group stands in, `assumed`. Unknown
origin is stated, never spread: people whose birthplace no source tells count where they live.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridors import areas as register
from corridors.baseline.economy import LASTING, Economy, Ledger, remitted_from
from corridors.baseline.residents import People, joined, people_of
from corridors.baseline.years import LATEST, WorldYears
from corridors.borders.status import STATUSES, status_arrays
from corridors.data import gathered as kept_figures
from corridors.data import store
from corridors.labels import Array, Mask
from corridors.wages.employers import schooling_years

__all__ = ["Observed", "observe"]

SMALLEST_POPULATION = 100_000
#: Of most counts behind the older shares of legal status.
STATUS_YEAR = 2020


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
        bilateral matrix nearest in time with each receiver's row scaled to `received`
    remitted_reported : (i,) the same in the balance of payments, NaN where not reported
    capital_to_output : (i,) years
    free_movement : (b, i) 1 where a treaty or citizenship gives the right to live there
    status_shares, status_concentration, status_assumed : (b, i, k), (b, i), (b, i) bool
        Legal status of a corridor's people, see `corridors.borders.status`; assumed where a share
        of the corridor rests on no count.
    figures, coverage, notes : see `corridors.world.World`
    population : (i,) residents of all ages
    years : WorldYears, of the reference tables; None is a world of the asker's own
    kilometres : (b, i) of a world of the asker's own, NaN where not told; empty where none is
        told. No equation reads it: what distance costs is part of the wedge.
    lead : what the first line of every answer must say; "" is nothing
    corrected : figures that a user put in place of these, see `corridors.baseline.corrections`
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
    free_movement: Array
    status_shares: Array
    status_concentration: Array
    status_assumed: Mask
    figures: pd.DataFrame
    coverage: dict[str, float]
    notes: tuple[str, ...]
    population: Array
    years: WorldYears | None = None
    kilometres: Array = field(default_factory=lambda: np.empty((0, 0)))
    lead: str = ""
    corrected: pd.DataFrame = field(default_factory=pd.DataFrame)


def observe(
    people: int = LATEST,
    edition: int | None = None,
    economy: int | None = None,
    *,
    repeated: bool | None = None,
) -> Observed:
    """Gather the figures of a world: by default people of mid-2024, economy of 2023.

    A pure function of the tables in the package and these years; gathered once and kept
    (`corridors.data.gathered`), and the tables handed out are the caller's own.

    Parameters
    ----------
    people, edition, economy, repeated
        As in `corridors.baseline.years.WorldYears`; what is left out goes with the year of the
        people: 2020 is the edition of 2020 and the economy of 2019.

    Returns
    -------
    Observed
        Adults (s, b) and (s, b, i); PPP and US dollars a year (i,); `figures` says of each its
        year, kind and source (docs/figures.md lists the publishers).

    Raises
    ------
    InputError
        No stocks or no economy of that year.
    SourceError
        A table of the package is missing or damaged.
    DoesNotClose
        More immigrants than residents somewhere.
    """
    gathered = _known(WorldYears.of(people, edition, economy, repeated))
    figures, coverage = gathered.figures.copy(), dict(gathered.coverage)
    return replace(gathered, figures=figures, coverage=coverage)


def _free_movement(codes: Sequence[str]) -> Array:
    """1 between the members of each area of free movement, (b, i)."""
    free = np.zeros((len(codes), len(codes)))
    for about in store.listing("free_movement").values():
        members = about.get("also", "").split()
        members += [code for name in about["groups"] for code in register.groups()[name]]
        inside = np.isin(codes, members)
        free[np.ix_(inside, inside)] = 1.0
    np.fill_diagonal(free, 0.0)
    return free


@functools.lru_cache(maxsize=8)
def _known(years: WorldYears) -> Observed:
    """The figures of a world: as they were kept, else gathered and kept."""
    name = f"observed-{years.people}-{years.edition}-{years.economy}-{int(years.repeated)}"
    known = kept_figures.read(name)
    if known is not None:
        return from_arrays(known, years)
    gathered = gather(years)
    kept_figures.write(name, as_arrays(gathered))
    return gathered


#: Fields that are no arrays; `corrected` is empty in what is gathered.
TEXTS = ("areas", "income_group", "notes")


def as_arrays(observed: Observed) -> dict[str, NDArray[np.generic]]:
    """Every field as plain arrays, the columns of its table among them."""
    arrays = {
        each.name: getattr(observed, each.name)
        for each in fields(observed)
        if isinstance(getattr(observed, each.name), np.ndarray)
    }
    for name in TEXTS:
        arrays[name] = np.array(getattr(observed, name), dtype=str)
    for name, column in observed.figures.items():
        text = isinstance(column.dtype, pd.StringDtype)
        codes, labels = pd.factorize(column) if text else (column.to_numpy(), None)
        arrays[f"figures {name}"] = codes
        if labels is not None:
            arrays[f"labels {name}"] = labels.to_numpy(dtype=str)
    arrays["rows"] = observed.figures.index.to_numpy()
    arrays["coverage names"] = np.array(list(observed.coverage), dtype=str)
    arrays["coverage"] = np.array(list(observed.coverage.values()))
    return arrays


def from_arrays(arrays: Mapping[str, NDArray[Any]], years: WorldYears) -> Observed:
    """What `as_arrays` took apart."""
    columns = {}
    for name in (key for key in arrays if key.startswith("figures ")):
        column, labels = arrays[name], arrays.get(name.replace("figures", "labels", 1))
        of_column = column if labels is None else pd.array(labels, dtype="str").take(column)
        columns[name.removeprefix("figures ")] = of_column
    names, values = arrays["coverage names"].tolist(), arrays["coverage"].tolist()
    plain: dict[str, Any] = {
        each.name: arrays[each.name]
        for each in fields(Observed)
        if each.name in arrays and each.name not in (*TEXTS, "coverage")
    }
    plain |= {name: tuple(arrays[name].tolist()) for name in TEXTS}
    return Observed(
        **plain,
        figures=pd.DataFrame(columns, index=arrays["rows"]),
        coverage=dict(zip(names, values, strict=True)),
        years=years,
    )


def gather(years: WorldYears) -> Observed:
    """The figures of a world, from the tables."""
    merged = joined(years)
    economy = Economy(store.table("economy", categories=True), years.economy, merged)
    population = store.table("population", year=years.people).set_index("area")["population"]
    about = _economies(economy, population, years, merged)
    ledger = Ledger(about)
    areas = tuple(about.index)
    made = ledger.add("output", "PPP dollars of 2021", about, economy.fresh)
    price = ledger.add(
        "price level", "US dollars per PPP dollar", economy.price_level(about), economy.fresh
    )
    people = people_of(areas, years, merged, ledger)
    share = ledger.add("labour share", "share of output", economy.labour_share(), economy.lasting)
    work = economy.at_work(people.adults.sum(axis=0), areas)
    received = economy.received(areas, ledger)
    shares, concentration, assumed = _statuses(areas, years)
    return Observed(
        areas=areas,
        income_group=tuple(about["income_group"]),
        home=people.home,
        migrants=people.migrants,
        output=made.to_numpy(),
        labour_share=share.to_numpy(),
        labour_share_imputed=~areas_in(areas, economy.latest("labour_share_pwt")),
        at_work=ledger.add("employed over adults", "share", work, economy.fresh).to_numpy(),
        unemployment=ledger.add(
            "unemployment",
            "share of the labour force",
            economy.latest("unemployment"),
            economy.fresh,
        ).to_numpy(),
        years_of_schooling=schooling_years(
            ledger.add(
                "human capital", "index", economy.latest("human_capital_pwt"), economy.lasting
            ).to_numpy()
        ),
        tertiary_share=people.tertiary,
        received=received,
        fee=_fees(ledger, years),
        price_level=price.to_numpy(),
        remitted_from=remitted_from(areas, received, years.economy),
        remitted_reported=economy.latest("remittances_paid_usd")["value"]
        .reindex(list(areas))
        .to_numpy(float),
        capital_to_output=ledger.add(
            "capital over output", "years", economy.capital_to_output(), economy.lasting
        ).to_numpy(),
        free_movement=_free_movement(areas),
        status_shares=shares,
        status_concentration=concentration,
        status_assumed=np.asarray(assumed.any(axis=-1)),
        figures=ledger.figures(),
        coverage=_coverage(areas, population, about, people, economy, merged),
        notes=(*ledger.notes, *_of_years(years)),
        population=population.reindex(list(areas)).to_numpy(float)
        + _held(population, areas, merged),
        years=years,
    )


def _held(population: pd.Series, areas: tuple[str, ...], merged: Mapping[str, str]) -> Array:
    """People of the parts that an area's stocks hold, (i,)."""
    parts = {part: whole for part, whole in merged.items() if part in population.index}
    held = population[list(parts)].groupby(parts).sum().reindex(list(areas))
    return held.fillna(0.0).to_numpy(float)


def areas_in(areas: tuple[str, ...], rows: pd.DataFrame) -> Mask:
    """Which areas have a figure of their own in `rows`."""
    return pd.Index(areas).isin(rows.dropna(subset=["value"]).index)


def _of_years(years: WorldYears) -> tuple[str, ...]:
    """What a reader of a world of these years should know, beside 2020."""
    if years.people == STATUS_YEAR:
        return ()
    if not years.has_statuses:
        return ("Legal statuses and the cost of remitting are not known: off, and no cost.",)
    if years.people < STATUS_YEAR:
        return (f"Legal statuses are shares of corridors in {STATUS_YEAR}.",)
    return (
        f"Protected people are UNHCR's of the end of {years.people}; tied and irregular people are "
        "counts of 2021 or later, and older ones over the stock of today, assumed to hold.",
    )


def _economies(
    economy: Economy, population: pd.Series, years: WorldYears, merged: Mapping[str, str]
) -> pd.DataFrame:
    """The economies of the world: stocks, at least 100,000 people and an output.

    Returns region, income_group, and output with its year, kind and source, by area.
    """
    about = store.table("areas").set_index("area")
    about = about[about[f"in_stocks_{years.edition}"] & about.index.isin(population.index)]
    large = population.reindex(about.index) >= SMALLEST_POPULATION
    about = about[large & ~about.index.isin(merged)]
    # Venezuela is unclassified since 2021; the classes only pick stand-ins and price medians.
    classes = about["income_group"].fillna("Upper middle income")
    about = about.assign(income_group=classes)[["region", "income_group"]].sort_index()
    return about.join(economy.output(population, about), how="inner")


def _statuses(areas: tuple[str, ...], years: WorldYears) -> tuple[Array, Array, Mask]:
    """Shares of legal status; everybody is permanent where nothing is known."""
    if years.has_statuses:
        return status_arrays(store.table(years.status_table), areas)
    pairs = (len(areas), len(areas))
    shares = np.zeros((*pairs, len(STATUSES)))
    shares[..., 0] = 1.0
    return shares, np.ones(pairs), np.ones(shares.shape, dtype=bool)


def _fees(ledger: Ledger, years: WorldYears) -> Array:
    """Cost of sending to each area, share of the amount (b,); the first known before them all."""
    table = store.table("remittance_fees")
    table = table[table["level"] == "country"]
    until = table[table["year"] <= years.economy]
    table = until if len(until) else table[table["year"] == table["year"].min()]
    latest = table.sort_values("year").groupby("area").tail(1).set_index("area")
    fees = pd.DataFrame(
        {
            "value": latest["cost_share"],
            "year": latest["year"],
            "kind": "reported",
            "source": "United Nations SDG 10.c",
        }
    )
    if not years.has_statuses:
        fees = pd.DataFrame(
            {"value": 0.0, "year": np.nan, "kind": "assumed", "source": "off"},
            index=ledger.about.index,
        )
    limit = (years.economy, LASTING)
    return ledger.add("cost of remitting", "share of the amount", fees, limit).to_numpy()


def _coverage(
    areas: tuple[str, ...],
    population: pd.Series,
    about: pd.DataFrame,
    people: People,
    economy: Economy,
    merged: Mapping[str, str],
) -> dict[str, float]:
    """What share of the real world the economies hold, people, output and migrants apart."""
    parts = [part for part, whole in merged.items() if whole in areas]
    covered = population.reindex([*areas, *parts]).sum() / population.sum()
    dollars = economy.latest("output_usd")["value"]
    counted = people.counted
    return {
        "economies": float(len(areas)),
        "people": float(covered),
        "output": float(dollars.reindex(list(areas)).sum() / dollars.sum()),
        "migrants of known origin": counted["held"] / (counted["all"] - counted["unknown origin"]),
        "migrants": counted["held"] / counted["all"],
        "adult migrants": float(people.migrants.sum()),
        "adults": float(people.home.sum() + people.migrants.sum()),
        "output reported in PPP": float(
            about.loc[about["kind"] == "reported", "value"].sum() / about["value"].sum()
        ),
        **{f"people abroad, {name}": persons for name, persons in counted.items()},
    }
