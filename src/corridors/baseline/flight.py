"""Who fled and when: UNHCR's arrivals of spells under way where a projection starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from corridors.data import store
from corridors.labels import Array, Mask, Whole
from corridors.people.displaced import LONGEST, under_way
from corridors.people.stocks import HELD_IN

__all__ = ["NO_SPELL", "Flight", "flight"]

#: Arrivals are counted since then.
FIRST_COUNT = 1970
#: Year of peak where no spell is under way.
NO_SPELL = -9999


@dataclass(frozen=True)
class Flight:
    """Arrivals of the spells under way, in calendar years, where they were counted.

    Parameters
    ----------
    years : (y,) calendar years, the last is the last that is known
    arrivals : (y, b, i) persons; 0 before a spell begins and where none is under way
    began, peak : (b,) first year, and year of the most arrivals; `NO_SPELL`
    """

    years: Whole
    arrivals: Array
    began: Whole
    peak: Whole

    @property
    def fled(self) -> Mask:
        """Whose country is in a spell (b,)."""
        return np.asarray(self.began != NO_SPELL)


def flight(areas: tuple[str, ...], known: int) -> Flight:
    """Arrivals to the end of `known` of the spells, (57), that are under way then; UNHCR's counts.

    Applications for asylum count beside refugees, people in refugee-like situations and others in
    need of protection; one person may be counted in two places, and who never registers in none.

    Parameters
    ----------
    areas : tuple of str
    known : int
        Year.

    Returns
    -------
    Flight
        Persons (year, b, i); years (b,) in which the spell began and was at its peak.

    Raises
    ------
    SourceError
        The package's table is missing or damaged.
    """
    table = store.table("refugee_arrivals", categories=True)
    table = table[table["year"].between(FIRST_COUNT, known)]
    index = pd.Index(areas)
    born, lives = (
        index.get_indexer(table[end].astype(str).replace(dict(HELD_IN)))
        for end in ("birthplace", "residence")
    )
    told = (born >= 0) & (lives >= 0) & (born != lives)
    born, lives = born[told], lives[told]
    persons, year = table["persons"].to_numpy(float)[told], table["year"].to_numpy()[told]
    by_origin = np.zeros((known - FIRST_COUNT + 1, len(areas)))
    np.add.at(by_origin, (year - FIRST_COUNT, born), persons)
    began, peak = np.full(len(areas), NO_SPELL), np.full(len(areas), NO_SPELL)
    for area, counts in enumerate(by_origin.T):
        rows = under_way(counts)
        if rows is not None:
            began[area], peak[area] = (FIRST_COUNT + row for row in rows)
    years = np.arange(known - LONGEST, known + 1)
    arrivals = np.zeros((len(years), len(areas), len(areas)))
    recent = (year >= years[0]) & (began[born] != NO_SPELL) & (year >= began[born])
    np.add.at(arrivals, (year[recent] - years[0], born[recent], lives[recent]), persons[recent])
    return Flight(years, arrivals, began, peak)
