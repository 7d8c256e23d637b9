"""Worlds by year, a better figure in one line, stocks from moves, and the states that ship."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from corridors import baseline, study
from corridors.baseline import corrections, folders, population
from corridors.baseline.build import stand_ins
from corridors.baseline.moves import stocks_from_moves
from corridors.data import store
from corridors.errors import InputError

YEARS = (2000, 2005, 2010, 2015, 2020, 2024)
#: Economies whose output is not its source's row per head, and why.
CONVERTED = {
    "CUB": "US$ only", "GUM": "US$ only", "NCL": "US$ only", "PRI": "US$ only", "PYF": "US$ only",
    "CUW": "Penn or US$ only", "TWN": "Penn only, to 2019", "YEM": "collapse: US$ a worker",
    "VEN": "collapse: US$ a worker", "ERI": "US$ a worker", "SSD": "collapse: US$ a worker",
    "PRK": "US$ a worker", "SRB": "with Kosovo, whose people its stocks hold",
}  # fmt: skip
HOME = {
    "title": "Venezuelans home",
    "question": "World output if all Venezuelans went home?",
    "capital": ["fixed"],
    "draws": {"number": 0},
    "policy": [{"name": "home", "levers": [{"ban": {"birthplace": "VEN"}}]}],
}


class Here(Executor):
    """Works in this process, so that its CPU seconds are this process's."""

    def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(task(*given, **named))
        return done


@pytest.mark.parametrize(
    "year",
    [pytest.param(year, marks=pytest.mark.slow) if year < YEARS[-1] else year for year in YEARS],
)
def test_everybody_in_the_stocks_is_held_or_left_out_with_a_reason(year: int) -> None:
    observed = baseline.observe(year)
    assert observed.years is not None
    table = store.table(f"stocks_{observed.years.edition}", year=year)
    counted = {
        name.removeprefix("people abroad, "): persons
        for name, persons in observed.coverage.items()
        if name.startswith("people abroad, ")
    }
    assert counted.pop("all") == table["persons"].sum()
    assert sum(counted.values()) == pytest.approx(table["persons"].sum(), abs=0.5)
    assert counted["held"] > 0.88 * table["persons"].sum()
    assert (counted["repeated figures"] > 0.0) == (year < 2020)


@pytest.mark.slow
def test_the_worlds_by_year_add_up_to_their_stocks_and_say_what_is_assumed() -> None:
    table = baseline.by_year().set_index("world")
    assert tuple(table.index) == YEARS
    assert (table["difference"] == 0).all()
    for year, row in table.iterrows():
        stocks = store.table(f"stocks_{row['edition']}", year=year)
        assert row["table"] == stocks["persons"].sum()
    assert table.loc[[2000, 2005], "assumed"].str.contains("tertiary among emigrants").all()
    assert table.loc[[2000, 2005], "assumed"].str.contains("cost of remitting").all()
    assert (table.loc[[2000, 2005], "assumed_share"] > 0.5).all()
    assert (table.loc[2010:, "assumed_share"] < 0.1).all()


@pytest.mark.parametrize("year", (2000, 2005))
def test_before_2010_skills_are_assumed_and_statuses_and_fees_are_off(year: int) -> None:
    observed = baseline.observe(year)
    figures = observed.figures
    skills = figures[figures["quantity"].str.contains("tertiary among (?:em|im)migrants")]
    assert (skills["kind"] == "assumed").all()
    assert (observed.fee == 0.0).all()
    assert (observed.status_shares[..., 0] == 1.0).all()
    with pytest.raises(InputError, match=f"legal statuses of {year} are not known"):
        study.check("past", {**HOME, "world": year, "statuses": True}).observed()


def test_the_world_of_today_is_of_2024_and_inverts() -> None:
    observed = baseline.observe()
    assert str(observed.years) == "people of mid-2024 (edition 2024), economy of 2023"
    assert len(observed.areas) >= 185
    assert baseline.inversion_error(observed) < 1e-10
    assert observed is not baseline.observe()  # tables handed out are the caller's own
    pd.testing.assert_frame_equal(observed.figures, baseline.observe(2024).figures)


@pytest.mark.parametrize("year", (2020, 2024))
def test_output_per_head_is_its_source_s_or_on_the_list(year: int) -> None:
    observed = baseline.observe(year)
    assert observed.years is not None and len(CONVERTED) <= 15
    rows = store.table("economy")
    rows = rows[(rows["variable"] == "output_per_head_ppp")]
    rows = rows[rows["year"].between(observed.years.economy - 3, observed.years.economy)]
    source = rows.sort_values("year").groupby("area")["value"].last()
    mine = pd.Series(observed.output / observed.population, index=list(observed.areas))
    off = (mine / source.reindex(mine.index) - 1.0).abs()
    assert set(off.index[~(off < 0.02)]) <= set(CONVERTED)


@pytest.mark.parametrize("year", YEARS)
def test_no_figure_that_moves_with_a_crisis_is_older_than_three_years(year: int) -> None:
    observed = baseline.observe(year)
    assert observed.years is not None
    figures = observed.figures
    age = observed.years.economy - figures["year"].astype(float)
    moving = figures["quantity"].isin(("output", "price level", "employed over adults"))
    old = moving & (age > 3)
    assert figures.loc[old, "stale"].all()
    # Taiwan, where nothing else is known; areas no one asks for their work.
    assert set(figures.loc[old & (figures["quantity"] == "output"), "area"]) <= {"TWN"}
    assert (age[figures["quantity"] == "labour share"].dropna() <= 6).all()
    ages = baseline.ages(observed)
    assert ages["stale"].sum() == figures["stale"].sum()


def test_venezuela_is_as_poor_as_its_workers() -> None:
    observed = baseline.observe(2020)
    venezuela = observed.areas.index("VEN")
    assert observed.output[venezuela] / observed.population[venezuela] == pytest.approx(
        12_380.0, abs=1.0
    )


@pytest.mark.slow
def test_one_line_changes_the_figure_and_the_sign_of_what_follows() -> None:
    asked = study.check("ven", {**HOME, "world": 2020})
    richer = asked.with_settings({"VEN.output_per_head": 44_557})
    source = {"value": 12_400, "unit": "international dollars", "year": 2019, "source": "mine"}
    own = asked.with_figures({"VEN": {"output_per_head": source}})
    results = [study.run(each) for each in (asked, richer, own)]
    change = [result.headline.set_index("measure").loc["output", "value"] for result in results]
    assert change[0] < 0.0 < change[1]
    assert change[2] == pytest.approx(change[0], rel=0.02)
    assert len({result.manifest["digest"] for result in results}) == 3
    (row,) = results[2]["user_figures"].to_dict("records")
    assert (row["figure"], row["value"], row["source"]) == (
        "VEN.output_per_head",
        12_400.0,
        "user: mine",
    )
    figures = results[2]["figures"].set_index(["area", "quantity"])
    assert figures.loc[("VEN", "output"), "source"] == "user: mine"
    assert figures.loc[("VEN", "output"), "kind"] == "assumed"


def test_a_user_s_people_of_a_corridor_and_status_come_back() -> None:
    observed = baseline.observe(2020)
    mexico, states = observed.areas.index("MEX"), observed.areas.index("USA")
    given = {"MEX-USA.people": 12e6, "MEX-USA": {"irregular": 4.1e6}, "USA.adults": 270e6}
    changed = corrections.apply(observed, corrections.read(given))
    assert changed.migrants[:, mexico, states].sum() == pytest.approx(12e6)
    assert changed.status_shares[mexico, states].sum() == pytest.approx(1.0)
    assert changed.status_shares[mexico, states, 2] * 12e6 == pytest.approx(4.1e6)
    adults = changed.home[:, states].sum() + changed.migrants[..., states].sum()
    assert adults == pytest.approx(270e6)
    assert observed.migrants[:, mexico, states].sum() != pytest.approx(12e6)


def test_who_sends_to_an_area_is_told_by_what_it_receives() -> None:
    """All that the matrix has Mexico receive comes twice over, and no other receipt moves."""
    observed = baseline.observe(2020)
    mexico, states = observed.areas.index("MEX"), observed.areas.index("USA")
    twice = 2.0 * observed.received[mexico]
    given = corrections.read({"MEX.remittances_received": twice})
    changed = corrections.apply(observed, given)
    more = np.nan_to_num(changed.remitted_from) - np.nan_to_num(observed.remitted_from)
    assert (more >= -1.0).all()
    assert more.sum() == pytest.approx(observed.received[mexico], rel=1e-6)
    assert more.argmax() == states


def test_a_projection_starts_from_the_user_s_people_and_output() -> None:
    told = population.gather(2030)
    given = {"MEX-USA.people": 12e6, "MEX-USA.irregular": 6e6, "VEN.output_per_head": 20_000}
    own = population.gather(2030, given=corrections.read(given))
    mexico, states, venezuela = (told.areas.index(area) for area in ("MEX", "USA", "VEN"))
    observed = baseline.observe()
    ends = observed.areas.index("MEX"), observed.areas.index("USA")
    adults = observed.migrants[:, *ends].sum()
    before, after = (each.abroad[mexico, states].sum() for each in (told, own))
    assert after == pytest.approx(before * 12e6 / adults)
    irregular = population.STATUSES_ABROAD.index("irregular")
    assert own.abroad[mexico, states, irregular] == pytest.approx(after / 2.0)
    assert own.earlier[mexico, states] == pytest.approx(
        told.earlier[mexico, states] * 12e6 / adults
    )
    assert own.output[venezuela] == pytest.approx(20_000)
    residents = [each.natives + each.abroad.sum(axis=(0, 2)) for each in (told, own)]
    np.testing.assert_allclose(residents[1], residents[0])
    others = np.ones(told.abroad.shape[:2], dtype=bool)
    others[mexico, states] = False
    np.testing.assert_array_equal(own.abroad[others], told.abroad[others])


def test_a_figure_that_no_projection_reads_is_refused_by_its_key() -> None:
    yearly = {**HOME, "answer": "projection", "capital": ["fixed", "mobile"], "draws": {}}
    figures = {"VEN.labour_share": 0.5, "VEN.output_per_head": 9_000, "USA": {"adults": 2e8}}
    with pytest.raises(InputError) as refused:
        study.check("yearly", {**yearly, "figures": figures})
    assert [problem.where for problem in refused.value.problems] == [
        "yearly: figures.VEN.labour_share",
        "yearly: figures.USA.adults",
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"VEN.output_per_hed": 1}, "VEN.output_per_head"),
        ({"VNE.output_per_head": 1000}, "VEN"),
        ({"VEN.labour_share": 3}, "out of range"),
        ({"VEN.labour_share": {"value": 40, "unit": "percents"}}, "unit 'percents'"),
        ({"VEN.output": "much"}, "no number"),
        ({"VEN.output": True}, "no number"),
        ({"EU.unemployment": 0.1}, "27 areas"),
        ({"MEX-USA.irregular": 9e8}, "of 9|of 1"),
        ({"MEX.people": 5}, "no corridor"),
        ({"MEX-MEX.people": 5}, "one area"),
        ({"VEN": {"output_per_head": {"valeu": 1}}}, "value"),
        ({"SAU.adults": 1000.0}, "no natives"),
    ],
)
def test_a_figure_that_cannot_be_is_one_error(given: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        corrections.apply(baseline.observe(2020), corrections.read(given))


def test_percent_and_million_are_converted() -> None:
    given = {
        "VEN.labour_share": {"value": 40, "unit": "percent"},
        "VEN.remittances_received": {"value": 3, "unit": "billion US dollars"},
    }
    assert [each.value for each in corrections.read(given)] == [0.4, 3e9]


@pytest.mark.parametrize(
    "given",
    [1995, 2020.5, "2021", {"people": 2020, "edition": 2015}, {"peple": 2020},
     {"people": 2024, "edition": 2020}, {"people": 2020, "economy": 1980}, "nowhere", True],
)  # fmt: skip
def test_a_world_that_is_not_known_is_refused(given: object) -> None:
    with pytest.raises(InputError, match="world"):
        study.check("x", {**HOME, "world": given})


# --- worlds of one's own ------------------------------------------------------------------------


def test_moves_of_two_areas_make_the_stocks_of_the_closed_form() -> None:
    """Q has the eigenvalue -2m: after T years (1 + e^(-2 m T)) / 2 live where they were born."""
    people, rate, years = np.array([1000.0, 1000.0]), 0.01, 25.0
    moves = pd.DataFrame(
        {"origin": ["A", "B"], "destination": ["B", "A"], "moves": [rate * 1000.0] * 2}
    )
    stock = stocks_from_moves(moves, ("A", "B"), people, years)
    at_home = (1.0 + np.exp(-2.0 * rate * years)) / 2.0
    np.testing.assert_allclose(np.diag(stock), 1000.0 * at_home)
    np.testing.assert_allclose(stock.sum(axis=0), people)


@pytest.mark.slow
def test_the_states_that_ship_are_fifty_and_say_that_pay_is_assumed(tmp_path: Path) -> None:
    observed = baseline.find("usa-states")
    assert len(observed.areas) == 50
    assert observed.population.sum() + 705_749 == 328_239_523
    assert baseline.inversion_error(observed) < 1e-10
    per_head = observed.output / observed.population
    assert per_head == pytest.approx(per_head[0])
    result = study.run("one-state-shock", draws=0)
    folder = result.save(tmp_path / "out")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.index("Pay is equal by assumption") < page.index("World output")
    areas = result["areas"].set_index(["policy", "capital", "area"])
    lost = areas.loc[("a fifth of the capital", "fixed", "Louisiana")]
    assert lost["residents_after"] < lost["residents_now"]


def test_what_stands_in_for_a_missing_figure_is_of_the_world_of_2024() -> None:
    listed = store.listing("stand_ins")
    assert listed == pytest.approx(stand_ins(baseline.observe(2024)), rel=1e-12)
    assert listed["labour_share"] == pytest.approx(0.5, abs=0.1)


def test_a_saved_world_comes_back(tmp_path: Path) -> None:
    economy = pd.DataFrame(
        {"area": ["A", "B", "C"], "population": [1e6, 2e6, 3e6], "output": [1e10, 4e10, 9e10]}
    )
    stocks = pd.DataFrame(
        {"birthplace": ["A", "B"], "residence": ["C", "C"], "persons": [1e5, 2e5]}
    )
    statuses = pd.DataFrame(
        {"birthplace": ["A"], "residence": ["C"], "status": ["irregular"], "share": [0.4]}
    )
    distances = pd.DataFrame({"birthplace": ["A"], "residence": ["C"], "kilometres": [120.0]})
    money = pd.DataFrame({"birthplace": ["A", "B"], "residence": ["C", "C"], "usd": [2e6, 3e6]})
    built = baseline.build(
        stocks, economy, statuses=statuses, distances=distances, remittances=money
    )
    assert set(built.rules["quantity"]) >= {"adults", "labour_share", "tertiary_share"}
    back = folders.load(folders.save(built.observed, tmp_path / "mine"))
    assert built.observed.kilometres[0, 2] == 120.0
    assert np.isnan(built.observed.kilometres).sum() == 8
    assert built.observed.received.tolist() == [2e6, 3e6, 0.0]
    np.testing.assert_array_equal(built.observed.remitted_from, [np.nan, np.nan, 5e6])
    named = ("home", "migrants", "output", "status_shares", "population", "fee", "received")
    for name in (*named, "remitted_from", "kilometres"):
        np.testing.assert_allclose(getattr(back, name), getattr(built.observed, name), rtol=1e-15)
    assert back.areas == ("A", "B", "C")
    assert back.migrants.sum() == pytest.approx(3e5 * (back.home.sum() + back.migrants.sum()) / 6e6)
    file = tmp_path / "mine.toml"
    file.write_text(
        'title = "t"\nquestion = "q"\nworld = "mine"\nstatuses = true\n[draws]\nnumber = 0\n'
        '[[policy]]\nname = "ban"\n'
        'levers = [{ ban = { birthplace = "A", status = "irregular" } }]\n'
    )
    result = study.run(file)
    assert result["corridors"]["birthplace"].isin(["A", "B"]).all()


@pytest.mark.shared
@pytest.mark.parametrize(("country", "year", "areas"), [("KOR", 2020, 17), ("BRA", 2010, 27)])
def test_provinces_make_a_world_a_study_and_a_report(
    shared: Path, tmp_path: Path, country: str, year: int, areas: int
) -> None:
    import duckdb

    folder = shared / "data/population"
    table = duckdb.sql(
        "SELECT origin, destination, sum(flow)::DOUBLE / any_value(period_years) AS moves "
        f"FROM '{folder}/internal_migration_od.parquet' "
        f"WHERE country = '{country}' AND year = {year} AND sex = 'T' AND age_group = 'all' "
        "GROUP BY ALL"
    ).df()
    names = sorted(set(table["origin"]))
    if country == "KOR":
        file = folder / "internal_korea_covariates.parquet"
        people = duckdb.sql(
            f"SELECT DISTINCT orig AS area, orig_pop * 1e6 AS population FROM '{file}' "
            f"WHERE year = {year}"
        ).df()
    else:  # no population by state is given: alike, which the sums of people do not mind
        people = pd.DataFrame({"area": names, "population": 7e6})
    started = time.process_time()
    built = baseline.build(economy=people, moves=table)
    assert len(built.observed.areas) == areas
    baseline.save(built.observed, tmp_path / "world")
    asked = study.check(
        "provinces",
        {**HOME, "world": str(tmp_path / "world"), "draws": {"number": 100},
         "policy": [{"name": "papers", "levers": [{"registration": {"services": 0.1}}]}]},
    )  # fmt: skip
    result = study.run(asked, executor=Here())
    assert (result.save(tmp_path / "out") / "report.html").is_file()
    seconds = time.process_time() - started
    print(f"{country}: {areas} areas, 100 draws and the report in {seconds:.1f} s of CPU")
    assert seconds < 5.0
    now, after = result["corridors"]["now"].sum(), result["corridors"]["after"].sum()
    assert after < now
