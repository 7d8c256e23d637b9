"""What a mover gains in a scenario: pay abroad beside pay at home, by corridor and by place."""

from __future__ import annotations

import functools
import json
from typing import Any

import numpy as np
import pandas as pd

from corridors import areas
from corridors.app import scenario
from corridors.app.columns import columns
from corridors.app.scenario import Scenario
from corridors.equilibrium import welfare
from corridors.equilibrium.tables import Case
from corridors.errors import ModelError
from corridors.labels import Array
from corridors.show.numbers import money, number
from corridors.show.style import area_name

__all__ = ["MOST", "gains"]

#: So many corridors, and so many rows of those who leave or return.
MOST = 20
KEPT = 32
SCHOOLING = {"low": "without tertiary schooling", "high": "with tertiary schooling"}


def gains(asked: Scenario, birthplace: str = "all", residence: str = "all") -> dict[str, Any]:
    """What who moves gains, a year: the corridors that change most, or that have most people.

    Parameters
    ----------
    birthplace, residence : a place or a group; with a focus, of the corridors that touch it

    Raises
    ------
    InputError, NotOfThisWorld, ModelError
        As `scenario.answer`; a name is of no place.
    """
    return _kept(json.dumps(asked.model_dump()), birthplace, residence)


@functools.lru_cache(maxsize=KEPT)
def _kept(text: str, birthplace: str, residence: str) -> dict[str, Any]:
    asked = Scenario.model_validate(json.loads(text))
    focus, case = scenario.solved(asked)
    ends = [_selected(name, case) for name in (birthplace, residence)]
    pairs = _largest(case, focus, (ends[0], ends[1]))
    by_corridor, of_movers = welfare.gains(case, pairs), _movers(case, focus)
    for table in (by_corridor, of_movers):
        if not np.isfinite(table.select_dtypes("number").to_numpy(float)).all():
            raise ModelError("at these parameters what is paid has no finite value")
    years = scenario.world(asked).observed.years
    return {
        "hash": asked.digest,
        "sentence": _sentence(by_corridor, bool(asked.levers)),
        "corridors": columns(_rounded(by_corridor)),
        "movers": columns(_rounded(of_movers)),
        "people_year": years and years.people,
        "economy_year": years and years.economy,
    }


def _selected(name: str, case: Case) -> list[str]:
    """Areas of the world that a place or a group names; none where it holds none of them."""
    return [code for code in areas.select([name]) if code in case.rules.areas]


def _largest(
    case: Case, focus: list[str], ends: tuple[list[str], list[str]]
) -> list[tuple[str, str]]:
    """The corridors between `ends` that change most, then those with most people."""
    codes = np.array(case.rules.areas, dtype=object)
    now, after = (_by_pair(state.migrants) for state in (case.world.state, case.settled.state))
    allowed = np.isin(codes, ends[0])[:, None] & np.isin(codes, ends[1])[None, :]
    if focus:
        chosen = np.isin(codes, focus)
        allowed &= chosen[:, None] | chosen[None, :]
    some = np.flatnonzero(allowed & ((now > 0.5) | (after > 0.5)))
    moved = np.round(np.abs(after - now).ravel()[some])
    order = np.lexsort((-now.ravel()[some], -moved))
    birthplace, residence = np.unravel_index(some[order[:MOST]], now.shape)
    return list(zip(codes[birthplace].tolist(), codes[residence].tolist(), strict=True))


def _by_pair(migrants: Array) -> Array:
    return np.asarray(migrants[0].sum(axis=(0, 3)))


def _movers(case: Case, focus: list[str]) -> pd.DataFrame:
    """Who leaves and who returns, of the focus or the most, and what they earn before and after."""
    table = welfare.movers([case]).drop(columns=["policy", "capital"])
    if focus:
        table = table[table["area"].isin(focus)]
    table = table.sort_values("persons", ascending=False, kind="stable").head(MOST)
    return table.assign(gain=table["income_after"] - table["income_now"]).reset_index(drop=True)


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Whole persons and dollars."""
    figures = table.select_dtypes("number").columns
    return table.assign(**{name: table[name].round() for name in figures})


def _sentence(table: pd.DataFrame, moved: bool) -> str:
    """The largest group of the first corridor in words."""
    if table.empty:
        return "In the model nobody of the one lives in the other."
    first = table[
        (table["birthplace"] == table["birthplace"].iloc[0])
        & (table["residence"] == table["residence"].iloc[0])
    ]
    row = first.loc[first["people_now"].idxmax()]
    born, lives = area_name(row["birthplace"]), area_name(row["residence"])

    def beside(when: str) -> str:
        home, abroad = float(row[f"home_{when}"]), float(row[f"abroad_{when}"])
        times = f"{number(abroad / home)} times the " if home > 0.0 else "beside "
        return f"{money(abroad)}, {times}{money(home)} at home"

    then = f"; then {beside('after')}" if moved else ""
    of_whom = SCHOOLING.get(str(row["skill"]), str(row["skill"]))
    return f"From {born} to {lives}, an adult {of_whom} earns {beside('now')}{then} (PPP, a year)."
