"""Who lives where in a world: adults by birthplace, residence and schooling, from the stocks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd

from corridors.baseline import periods
from corridors.baseline.economy import LASTING, Ledger
from corridors.baseline.years import FIRST_SCHOOLING, WorldYears
from corridors.data import store
from corridors.errors import DoesNotClose, Infeasible, NotConverged
from corridors.labels import FEWEST, Array
from corridors.people.demography import split_by_odds
from corridors.people.stocks import foreign_born

__all__ = ["People", "joined", "people_of"]

#: The schooling file still joins Serbia and Montenegro.
SCHOOLING_OF = {"SRB": "SCG", "MNE": "SCG"}
#: Native graduates at home against the residents' share, and the most they can be. Assumed: what
#: residents and immigrants leave for natives is an artefact outside (two sources of schooling).
NATIVE_GRADUATES = (0.5, 2.0)
LARGEST_TERTIARY = 0.95
#: The area under whose code the stocks hold an area of the past; the Antilles are too small.
UNDER = {"SUD": "SDN", "SCG": "SRB"}
UNKNOWN_ORIGIN = "OTH"


@dataclass(frozen=True)
class People:
    """Adults, and the persons of all ages behind them.

    Parameters
    ----------
    adults : (sex, i) residents, F and M
    home : (s, b); migrants : (s, b, i); tertiary : (i,) share of residents
    counted : dict of str to float
        Persons of the stock table: all, held here, of unknown origin, in areas that are no
        economies here, in figures repeated from another year, within one area here.
    """

    adults: Array
    home: Array
    migrants: Array
    tertiary: Array
    counted: dict[str, float]


def joined(years: WorldYears) -> dict[str, str]:
    """Areas whose people the stocks of these years hold in another, and in which.

    Raises
    ------
    SourceError
        A table of the package is missing or damaged.
    """
    into = periods.combine(years.edition, (years.people, years.people))
    under = {part: UNDER.get(whole, whole) for part, whole in into.items()}
    counted = set(store.table("population", year=years.people)["area"])
    return {part: whole for part, whole in under.items() if part != whole and whole in counted}


def _adults(areas: tuple[str, ...], years: WorldYears, merged: Mapping[str, str]) -> Array:
    """Residents of 15 and over by sex, (sex, i), sexes F and M."""
    table = store.table("population_by_age", year=years.people).replace({"area": merged})
    adults = table.assign(adults=table["age_15_64"] + table["age_65_plus"])
    by_sex = adults.pivot_table(index="sex", columns="area", values="adults", aggfunc="sum")
    return by_sex.reindex(index=["F", "M"], columns=list(areas)).to_numpy(float)


def people_of(
    areas: tuple[str, ...], years: WorldYears, merged: Mapping[str, str], ledger: Ledger
) -> People:
    """Adults at home and abroad by schooling: H and M of (2), from UN DESA, WPP and Wittgenstein.

    Parameters
    ----------
    areas : tuple of str
    years : WorldYears
    merged : mapping of area to area
        As `joined` gives it.
    ledger : Ledger
        Told of every figure its year, kind and source.

    Returns
    -------
    People
        Adults by sex (sex, i), at home (s, b) and abroad (s, b, i); tertiary, share of residents
        (i,).

    Raises
    ------
    DoesNotClose
        More immigrants than residents somewhere; with how many, persons.
    Infeasible
        Emigrants with tertiary schooling cannot be told by both ends' shares.
    """
    adults = _adults(areas, years, merged)
    migrants = np.zeros((2, len(areas), len(areas)))
    by_sex, counted = _stocks(areas, years, merged)
    for sex, stock in by_sex.items():
        low, high = _by_schooling(stock, sex, years, ledger)
        migrants += np.stack([low, high])
    tertiary = _tertiary(areas, adults, years, ledger)
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
    home = natives * np.stack([1.0 - share, share])
    return People(adults, home, migrants, tertiary, counted)


def _stocks(
    areas: tuple[str, ...], years: WorldYears, merged: Mapping[str, str]
) -> tuple[dict[str, Array], dict[str, float]]:
    """Migrants of all ages by sex, (b, i), between the economies; and where all persons went."""
    table = store.table(f"stocks_{years.edition}")
    now = table[table["year"] == years.people]
    left_out = np.zeros(len(now), dtype=bool) if years.repeated else _repeated(table, years.people)
    ends = now[["birthplace", "residence"]].replace(merged)
    at = tuple(pd.Index(areas).get_indexer(ends[end]) for end in ends)
    persons = now["persons"].to_numpy(float)
    inside = (at[0] >= 0) & (at[1] >= 0) & ~left_out
    unknown = (now["birthplace"] == UNKNOWN_ORIGIN).to_numpy()
    within = inside & (at[0] == at[1])
    counted = {
        "all": float(persons.sum()),
        "held": float(persons[inside & ~within].sum()),
        "unknown origin": float(persons[unknown].sum()),
        "repeated figures": float(persons[left_out & ~unknown].sum()),
        "within one economy": float(persons[within].sum()),
    }
    counted["in no economy"] = counted["all"] - sum(list(counted.values())[1:])
    by_sex = {}
    for sex in sorted(now["sex"].unique()):
        rows = now[inside & (now["sex"] == sex).to_numpy()]
        by_sex[str(sex)], _ = foreign_born(rows, areas, merged)
    return by_sex, counted


def _repeated(table: pd.DataFrame, year: int) -> np.ndarray:
    """Rows of `year` whose corridor has the same people of both sexes in the year before or after.

    Figures below `FEWEST` persons may well be the same by chance.
    """
    keys = ["birthplace", "residence"]
    wide = table.pivot_table(index=keys, columns=["year", "sex"], values="persons", aggfunc="sum")
    order = sorted(table["year"].unique())
    place = order.index(year)
    same = pd.Series(False, index=wide.index)
    for other in order[max(place - 1, 0) : place] + order[place + 1 : place + 2]:
        same |= (wide[year] == wide[other]).all(axis=1)
    same &= wide[year].sum(axis=1) >= FEWEST
    rows = table[table["year"] == year]
    return np.asarray(same.reindex(pd.MultiIndex.from_frame(rows[keys])).to_numpy(bool))


def _by_schooling(stock: Array, sex: str, years: WorldYears, ledger: Ledger) -> tuple[Array, Array]:
    """Adults of a stock (b, i) without and with tertiary schooling: children out first."""
    margins, of = _schooling_margins(sex, years)
    kind = "modelled" if years.people >= FIRST_SCHOOLING else "assumed"
    limit = (years.people, LASTING)
    shares = {}
    for side in ("emigrants", "immigrants"):
        child = margins[f"{side}_0_14"]
        high, low = margins[f"{side}_tertiary"], margins[f"{side}_below_tertiary"]
        rows = {"children": child / (child + high + low), "tertiary": high / (high + low)}
        for name, value in rows.items():
            share = pd.DataFrame(
                {
                    "value": value,
                    "year": of,
                    "kind": kind,
                    "source": "World Development Report 2023",
                }
            )
            quantity = f"{name} among {side}, {sex}"
            shares[side, name] = ledger.add(quantity, "share", share, limit).to_numpy()
    children = split_by_odds(
        stock, shares["emigrants", "children"], shares["immigrants", "children"]
    )
    adults = stock - children
    tertiary = shares["emigrants", "tertiary"], shares["immigrants", "tertiary"]
    if years.people >= FIRST_SCHOOLING:
        high = split_by_odds(adults, *tertiary)
    else:
        high, shrunk = _split_as_far(adults, *tertiary)
        ledger.notes.append(
            f"Tertiary shares of migrants, {sex}, are assumed and drawn {shrunk:.0%} of the way "
            "to their mean, the least at which both margins can hold."
        )
    return adults - high, high


def _split_as_far(adults: Array, emigrants: Array, immigrants: Array) -> tuple[Array, float]:
    """The part with shares as near to those given as the corridors allow, and how far they moved.

    Shares of another year need not fit: a corridor left out takes people from one margin only.
    """
    for tenth in range(10):
        shrunk = tenth / 10.0
        shares = [(1.0 - shrunk) * side + shrunk * side.mean() for side in (emigrants, immigrants)]
        with suppress(NotConverged, Infeasible):
            return split_by_odds(adults, *shares), shrunk
    raise Infeasible("no tertiary shares of migrants fit the corridors")


def _schooling_margins(sex: str, years: WorldYears) -> tuple[pd.DataFrame, int]:
    """Migrants by schooling of the newest year up to the world's, and which year that is."""
    table = store.table("schooling_migrants")
    of = int(table.loc[table["year"] <= years.people, "year"].max())
    table = table[table["year"] == of].drop(columns="year")
    table = table[table["sex"] == sex].set_index("area")
    shared = {area: table.loc[of] for area, of in SCHOOLING_OF.items() if of in table.index}
    return pd.concat([table, pd.DataFrame(shared).T]).drop(columns="sex").astype(float), of


def _tertiary(areas: tuple[str, ...], adults: Array, years: WorldYears, ledger: Ledger) -> Array:
    """Share of adult residents with tertiary schooling, (i,)."""
    table = store.table("schooling_residents")
    of = int(table.loc[table["year"] <= years.people, "year"].max())
    table = table[table["year"] == of]
    share = (table["tertiary"] / table["adults"]).groupby([table["area"], table["sex"]]).first()
    by_sex = share.unstack("sex").reindex(list(areas))[["F", "M"]].to_numpy()
    tertiary = pd.DataFrame(
        {
            "value": (by_sex * (adults / adults.sum(axis=0)).T).sum(axis=1),
            "year": of,
            "kind": "modelled",
            "source": "Wittgenstein Centre",
        },
        index=list(areas),
    )
    return ledger.add(
        "tertiary among residents", "share", tertiary, (years.people, LASTING)
    ).to_numpy()
