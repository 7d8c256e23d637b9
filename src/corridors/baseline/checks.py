"""What a world is worth: its figures by kind and age, and how exactly it gives its people back."""

from __future__ import annotations

import numpy as np
import pandas as pd

from corridors.baseline.calibrate import calibrate
from corridors.baseline.observed import Observed
from corridors.labels import KINDS
from corridors.parameters import central
from corridors.people.choice import allocate, weights

__all__ = ["ages", "inversion_error"]


def ages(observed: Observed) -> pd.DataFrame:
    """Figures by quantity: economies by kind, years of the oldest and newest, how many are stale.

    Returns
    -------
    DataFrame quantity, reported, modelled, assumed, first_year, last_year, stale
    """
    figures = observed.figures
    counts = figures.groupby("quantity", sort=False)["kind"].value_counts().unstack(fill_value=0)
    counts = counts.reindex(columns=list(KINDS), fill_value=0)
    by = figures.groupby("quantity", sort=False)
    years = figures["year"].astype(float).groupby(figures["quantity"], sort=False)
    table = counts.assign(first_year=years.min(), last_year=years.max(), stale=by["stale"].sum())
    return table.loc[list(dict.fromkeys(figures["quantity"]))].reset_index()


def inversion_error(observed: Observed) -> float:
    """Largest relative error of a cell of people that the inverted wedges give back.

    What a full programme charges its cells today, the multiplier of its cap, stands beside the
    wedge and counts with it.
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
