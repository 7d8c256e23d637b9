"""What a world is worth: its figures by kind and age, and how exactly it gives its people back."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from corridors.baseline.calibrate import calibrate
from corridors.baseline.observed import Observed, observe
from corridors.baseline.years import LATEST, PEOPLE_YEARS
from corridors.data import store
from corridors.labels import KINDS
from corridors.parameters import central
from corridors.people.choice import allocate, weights

__all__ = ["ABROAD", "ages", "by_year", "inversion_error"]

#: What became of every person abroad of the stock table, by the end of its name in `coverage`.
ABROAD = ("held", "unknown origin", "repeated figures", "within one economy", "in no economy")


def by_year(years: Iterable[int] = PEOPLE_YEARS[LATEST]) -> pd.DataFrame:
    """The world of each year against its stock table (UN DESA), and what is assumed there.

    Parameters
    ----------
    years : iterable of int

    Returns
    -------
    DataFrame (world, edition, economy, economies, table, held, unknown_origin, repeated_figures,
    within_one_economy, in_no_economy, difference, stale, assumed_share, assumed)
        Persons; `table` is persons abroad of the stock table, the next five add up to it but for
        `difference`; `assumed_share` is of all figures, `assumed` names those of no source.

    Raises
    ------
    InputError
        No stocks or no economy of a year.
    SourceError
        A table of the package is missing or damaged.
    DoesNotClose
        More immigrants than residents somewhere.
    """
    rows = []
    for year in years:
        observed = observe(year)
        about = observed.years
        assert about is not None
        stocks = store.table(f"stocks_{about.edition}", year=year)["persons"].sum()
        parts = {
            part.replace(" ", "_"): observed.coverage[f"people abroad, {part}"] for part in ABROAD
        }
        rows.append(
            {
                "world": year, "edition": about.edition, "economy": about.economy,
                "economies": len(observed.areas), "table": int(stocks),
                **{part: int(persons) for part, persons in parts.items()},
                "difference": round(float(stocks - sum(parts.values()))),
                "stale": int(observed.figures["stale"].sum()),
                "assumed_share": round(float((observed.figures["kind"] == "assumed").mean()), 4),
                "assumed": "; ".join(_assumed(observed)),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _assumed(observed: Observed) -> list[str]:
    """Quantities of which no figure has a source, and legal statuses."""
    figures = observed.figures.assign(assumed=observed.figures["kind"] == "assumed")
    # One quantity for both sexes, and for those who left and those who came.
    name = figures["quantity"].str.replace(", [FM]$", "", regex=True)
    alone = figures["assumed"].groupby(name, sort=False).all()
    words = [str(quantity) for quantity in alone[alone].index]
    about = observed.years
    if about is None or not about.has_statuses:
        return [*words, "legal statuses are off"]
    abroad = observed.migrants.sum(axis=0)
    guessed = float(abroad[observed.status_assumed].sum() / abroad.sum())
    table = "2024" if about.people >= LATEST else "2020"
    return [*words, f"legal statuses of {table}, of {guessed:.0%} of migrants in part assumed"]


def ages(observed: Observed) -> pd.DataFrame:
    """Figures by quantity: economies by kind, years of the oldest and newest, how many are stale.

    Parameters
    ----------
    observed : Observed
        Its `figures` say of each its year, kind and source.

    Returns
    -------
    DataFrame (quantity, reported, modelled, assumed, first_year, last_year, stale)
        Counts of economies, and years.
    """
    figures = observed.figures
    counts = figures.groupby("quantity", sort=False)["kind"].value_counts().unstack(fill_value=0)
    counts = counts.reindex(columns=list(KINDS), fill_value=0)
    by = figures.groupby("quantity", sort=False)
    years = figures["year"].astype(float).groupby(figures["quantity"], sort=False)
    table = counts.assign(first_year=years.min(), last_year=years.max(), stale=by["stale"].sum())
    return table.loc[list(dict.fromkeys(figures["quantity"]))].reset_index()


def inversion_error(observed: Observed) -> float:
    """Largest relative error of a cell of people that the inverted wedges, (36), give back by (2).

    What a full programme charges its cells today, the multiplier of its cap, stands beside the
    wedge and counts with it.

    Parameters
    ----------
    observed : Observed
        Adults (s, b) and (s, b, i).

    Returns
    -------
    float, share

    Raises
    ------
    InputError
        The figures make no world.
    """
    world = calibrate(observed, central(), shares=observed.status_shares[None])
    structure, state, rules = world.structure, world.state, world.rules
    income = state.migrant_income(structure, rules.markdown)
    value = np.exp(state.log_value_of_sending(structure, income, rules.fee))
    log_wedge = rules.log_wedge.copy()
    by_cell = log_wedge.reshape(len(log_wedge), -1)
    charged = state.multiplier[:, rules.caps.cap]
    for draw, row in enumerate(by_cell):
        np.add.at(row, rules.caps.cell, charged[draw])
    stay, leave, _ = weights(
        state.home_consumption, income * value, log_wedge, structure.theta, structure.nest
    )
    able = structure.poverty.able(state.home_consumption)
    home, migrants, _ = allocate(structure.natives, stay, leave, able)
    some = state.migrants > 0.0
    errors = [np.abs(home / state.home - 1.0), np.abs(migrants[some] / state.migrants[some] - 1.0)]
    return float(max(error.max() for error in errors))
