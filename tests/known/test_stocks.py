"""Whose people the stocks hold in another area: one table, for every reader of the stocks."""

from __future__ import annotations

import pandas as pd
import pytest

from corridors.baseline import observed, periods
from corridors.baseline.population import gather
from corridors.baseline.years import WorldYears
from corridors.data import store
from corridors.people import stocks


def test_an_area_held_in_another_has_people_but_no_stock_of_its_own() -> None:
    people = set(store.table("population")["area"])
    for edition in periods.EDITIONS:
        table = store.table(f"stocks_{edition}")
        assert not set(stocks.HELD_IN) & (set(table["residence"]) | set(table["birthplace"]))
        assert set(stocks.HELD_IN.values()) <= set(table["residence"])
    assert set(stocks.HELD_IN) <= people


def test_the_projection_counts_people_where_the_stocks_hold_them() -> None:
    """Guadeloupe's foreign-born include those of Saint-Martin and Saint-Barthelemy."""
    given = gather(2021, world=WorldYears.of(2020))
    assert not set(stocks.HELD_IN) & set(given.areas)
    population = store.table("population", year=2020).set_index("area")["population"]
    held = population[["GLP", "MAF", "BLM"]].sum()
    place = given.areas.index("GLP")
    foreign = given.abroad[:, place].sum()
    # 85,028 of known birthplace and 5,178 of unknown.
    assert foreign == pytest.approx(90_206, abs=1.0)
    assert given.natives[place] + foreign == pytest.approx(held)


def test_every_reader_has_the_same_foreign_born() -> None:
    """Kosovo's, Guadeloupe's and the Channel Islands' holders, in world, flows and projection."""
    flows = periods.observe("2015-2020")["stock_end"]
    given = gather(2021, world=WorldYears.of(2020))
    both = [code for code in flows.indexes["birthplace"] if code in given.areas]
    places = [given.areas.index(code) for code in both]
    off = flows.sel(birthplace=both, residence=both).to_numpy()
    abroad = given.abroad.sum(axis=-1)[:, places][places]
    for place in range(len(both)):
        off[place, place] = 0.0
    assert abroad == pytest.approx(off, rel=1e-12)
    assert not set(stocks.HELD_IN) & set(observed.observe(2020).areas)


def test_rows_of_a_pair_are_added_up_and_unknown_origin_stays_where_it_lives() -> None:
    rows = pd.DataFrame(
        [
            ("AAA", "SRB", 5.0),
            ("AAA", "SRB", 2.0),
            ("AAA", "XKX", 1.0),
            ("XKX", "SRB", 9.0),
            ("OTH", "AAA", 4.0),
            ("AAA", "OTH", 8.0),
        ],
        columns=["birthplace", "residence", "persons"],
    )
    stock, elsewhere = stocks.foreign_born(rows, ["AAA", "SRB"])
    assert stock.tolist() == [[0.0, 8.0], [0.0, 0.0]]
    assert elsewhere == 4.0
