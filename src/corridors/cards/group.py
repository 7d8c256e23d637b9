"""The card of a group of places: what comes in from outside of it, and what goes out."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from corridors import areas
from corridors.cards.card import LARGEST, NO_DATA, Card, assemble, figures, rows_of
from corridors.cards.people import CITIZENS, UN_EDITIONS, UNKNOWN_ORIGIN, migrants, stocks
from corridors.cards.place import place_card
from corridors.errors import InputError

__all__ = ["card_of", "group_card"]


def card_of(name: str) -> Card:
    """The card of a place, or of a group or a list with commas.

    Returns
    -------
    Card
        Rows (`COLUMNS`): persons, US dollars, shares, each with unit, kind and source.

    Raises
    ------
    InputError
        The name is neither, with the nearest places.
    SourceError
        A table of the package is missing or damaged.
    """
    try:
        return place_card(name)
    except InputError as error:
        try:
            members = areas.select([part.strip() for part in name.split(",") if part.strip()])
        except InputError:
            raise error from None
    same = (group for group, own in areas.groups().items() if set(own) == set(members))
    return group_card(next(same, ", ".join(members)), members)


def group_card(name: str, members: Sequence[str]) -> Card:
    """People and money over the border of a group; what stays inside of it stands apart.

    Parameters
    ----------
    name : what the group is called; stands where a card of a place has its code
    members : codes of areas

    Returns
    -------
    Card
        Rows (`COLUMNS`): persons and US dollars, each with kind and source.

    Raises
    ------
    SourceError
        A table of the package is missing or damaged.
    """
    inside = list(members)
    born = pd.concat([stocks(birthplace=code) for code in inside], ignore_index=True)
    living = pd.concat([stocks(residence=code) for code in inside], ignore_index=True)
    out = born[~born["residence"].isin(inside)]
    into = living[~living["birthplace"].isin(inside)]
    within = born[born["residence"].isin(inside)]
    parts = [
        migrants(_called(out, "birthplace", name), birthplace=name),
        migrants(_called(into, "residence", name), residence=name),
        migrants(within, birthplace=name, residence=name),
        _population(inside, name),
        _partners(out, "residence", name),
        _partners(into, "birthplace", name),
        _money(inside, name),
    ]
    return assemble(f"{name}: {len(inside)} places", parts)


def _called(cells: pd.DataFrame, end: str, name: str) -> pd.DataFrame:
    """The cells with the group in place of its members."""
    return cells.assign(**{end: name})


def _population(inside: list[str], name: str) -> pd.DataFrame:
    rows = rows_of("population")
    rows = rows[rows["area"].isin(inside) & (rows["year"] % 5 == 0)]
    rows = rows[rows["year"].between(1960, 2020)].groupby("year", as_index=False)["population"]
    rows = rows.sum().rename(columns={"population": "value"}).assign(kind="reported")
    ends = {"birthplace": "all", "residence": name}
    return figures("people", "population", "persons", "population", rows, **ends)


def _partners(cells: pd.DataFrame, partner: str, name: str) -> pd.DataFrame:
    """Places outside with most people from the group, or most people in it, last year."""
    own = {"residence": "birthplace", "birthplace": "residence"}[partner]
    cells = cells[(cells["table"] == UN_EDITIONS[-1]) & (cells["birthplace"] != UNKNOWN_ORIGIN)]
    cells = cells[cells["year"] == cells["year"].max()]
    citizens = cells["note"].eq(CITIZENS).groupby(cells[partner].astype(object)).any()
    kinds = cells.groupby([partner, "kind"], observed=True)["persons"].sum().reset_index()
    main = kinds.sort_values("persons").drop_duplicates(partner, keep="last")
    kind = main.set_index(partner)["kind"].astype(object)
    sums = cells.groupby(partner, observed=True)["persons"].sum().nlargest(LARGEST)
    rows = sums.rename("value").rename_axis(partner).reset_index().astype({partner: object})
    rows["kind"] = rows[partner].map(kind)
    rows["note"] = rows[partner].map(citizens).map({True: CITIZENS, False: ""})
    rows[own] = name
    if rows.empty:
        return rows
    rows["year"] = int(cells["year"].max())
    return figures("largest corridors", "migrants", "persons", UN_EDITIONS[-1], rows)


def _money(inside: list[str], name: str) -> pd.DataFrame:
    """Remittances over the border of the group in the last year, by corridor and modelled."""
    table = "remittances_by_corridor"
    cells = rows_of(table)
    cells = cells[cells["year"] == cells["year"].max()]
    received, sent = cells["birthplace"].isin(inside), cells["residence"].isin(inside)
    parts = []
    over = {"remittances_received": received & ~sent, "remittances_paid": sent & ~received}
    for figure, own in over.items():
        value = cells.loc[own, "usd"]
        row = {"year": int(cells["year"].iloc[0]), "value": value.sum(), "kind": "modelled",
               "note": "sum of corridors over the border of the group"}  # fmt: skip
        rows = pd.DataFrame([row if len(value) else NO_DATA])
        parts.append(figures("money", figure, "USD", table, rows, area=name))
    return pd.concat(parts)
