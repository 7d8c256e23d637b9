"""Verdicts follow the figures: known answers, every way to measure, and tables that change."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

import duckdb
import pytest

from corridors.claims import Claim, Measure, Reading, files, judge, read, shipped, units, verdicts
from corridors.claims import tables as rows_of
from corridors.claims.panels import PANELS, estimate
from corridors.claims.recorded import recorded_estimates, recorded_verdicts
from corridors.data import store
from corridors.errors import InputError

BY_ID = {claim.id: claim for claim in shipped()}
#: Claims that ask neither a study nor a journey nor a panel: fast ones.
OF_TABLES = [
    claim
    for claim in shipped()
    if all(reading.measure.way in ("sql", "card") for reading in claim.readings)
]


def one_row(figure: float, **more: object) -> Claim:
    """A claim of ten whose measure gives `figure`."""
    measure = Measure(sql=f"SELECT {figure} AS value")
    return Claim.model_validate({"id": "X", "claim": "x", "value": 10, "measure": measure, **more})


def changed(folder: Path, table: str, expression: str) -> Path:
    """A copy of the reference tables in which one table is what a SELECT of it gives."""
    copy = folder / "reference"
    shutil.copytree(store.REFERENCE, copy)
    file = copy / f"{table}.parquet"
    shipped_file = store.REFERENCE / f"{table}.parquet"
    file.unlink()
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT {expression} FROM '{shipped_file}') TO '{file}' (FORMAT parquet)"
        )
    catalogue = json.loads((copy / "catalogue.json").read_text(encoding="utf-8"))
    catalogue[table]["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    (copy / "catalogue.json").write_text(json.dumps(catalogue), encoding="utf-8")
    return copy


# --- the claims that ship ---------------------------------------------------------------------


def test_the_claims_that_ship_are_the_collected_ones(shared: Path) -> None:
    collected = duckdb.sql(
        f"SELECT id FROM '{shared}/data/economy/claims.csv' ORDER BY id"
    ).fetchall()
    assert [claim.id for claim in shipped()] == [name for (name,) in collected]
    assert len(collected) == 59


def test_titles_and_dates_are_those_of_the_documents(shared: Path) -> None:
    listed = duckdb.sql(f"""
        SELECT piece, title, published
        FROM read_csv('{shared}/data/economy/claims_documents.csv', all_varchar = true)""")
    told = {piece: (title, published) for piece, title, published in listed.fetchall()}
    listed = {
        name: (document["title"], document["date"]) for name, document in files.documents().items()
    }
    assert listed == told


@pytest.mark.parametrize("claim", OF_TABLES, ids=lambda claim: claim.id)
def test_a_verdict_is_the_recorded_one(claim: Claim) -> None:
    assert judge(claim).verdict == recorded_verdicts()[claim.id]


def test_every_claim_has_a_recorded_verdict() -> None:
    assert recorded_verdicts().keys() == BY_ID.keys()
    assert set(recorded_verdicts().values()) <= set(files.VERDICTS)


def test_forty_claims_are_computed_without_those_that_repeat_their_release() -> None:
    undecided = ("not_checkable", "not_statistic")
    measured = [
        claim.id
        for claim in shipped()
        if any(not reading.repeats for reading in claim.readings)
        and recorded_verdicts()[claim.id] not in undecided
    ]
    assert len(measured) >= 40
    assert {"C06", "C07", "C47", "C59", "C60"}.isdisjoint(measured)


def test_an_assumed_figure_decides_only_outside_its_bracket() -> None:
    bracket = "SELECT 10 AS value, 5 AS lower_95, 15 AS upper_95, 'assumed' AS kind"
    inside = judge(one_row(0, measure=Measure(sql=bracket)))
    outside = judge(one_row(0, value=30, measure=Measure(sql=bracket)))
    assert (inside.verdict, inside.computed) == ("not_checkable", False)
    assert "assumption" in inside.why
    assert outside.verdict == "off_by_factor"


def test_what_cannot_be_checked_says_why_and_what_would_settle_it() -> None:
    for claim in shipped():
        if not claim.readings and not claim.not_statistic:
            assert claim.why and claim.series, claim.id


def test_every_causal_question_stands_beside_the_literature_and_says_what_none_can_tell() -> None:
    asked = [causal for claim in shipped() for causal in claim.causal]
    assert len(asked) == 5
    assert all(causal.literature and causal.cannot_tell for causal in asked)


@pytest.mark.parametrize(
    ("name", "verdict", "measured"),
    [
        ("C05", "supported", 247.958644),  # UN DESA 2020 edition
        ("C11", "supported", 156.5333),  # between 150.3 and 169.0 of the ILO
        ("C34", "off_by_factor", 1200.0),
        ("C40", "supported", 1.164),
        ("C01", "other_reading", 1134.0),
    ],
)
def test_known_answers(name: str, verdict: str, measured: float) -> None:
    finding = judge(BY_ID[name])
    assert finding.verdict == verdict
    assert finding.decided is not None
    assert finding.decided.value == pytest.approx(measured, rel=1e-3)


def test_what_was_known_then_stands_beside_what_is_known_now() -> None:
    row = rows_of.rows([judge(BY_ID["C15"])]).iloc[0]
    assert row["known_then"] == 441.0
    assert row["known_now"] == pytest.approx(394.2, abs=0.1)


# --- nothing is written by hand ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "table", "expression", "verdict"),
    [
        ("C05", "stocks_2020", "* REPLACE (persons * 10 AS persons)", "other_reading"),
        ("C40", "population", "* REPLACE (if(area = 'FRA', 9, 1) * population AS population)",
         "contradicted"),
        ("C34", "facts", "* REPLACE (value * 3.2 AS value)", "supported"),
        ("C15", "economy", "* REPLACE (if(area = 'IND', 4, 1) * value AS value)", "supported"),
        ("C41", "facts", "* REPLACE (NULL::DOUBLE AS value)", "not_checkable"),
        ("C19", "facts", "* REPLACE (value * 40 AS value)", "off_by_factor"),
    ],
)  # fmt: skip
def test_a_table_changes_and_the_verdict_follows(
    tmp_path: Path, name: str, table: str, expression: str, verdict: str
) -> None:
    claim = BY_ID[name]
    before = judge(claim)
    after = judge(claim, folder=changed(tmp_path, table, expression))
    assert after.verdict == verdict != before.verdict
    assert after.differs


# --- the rule ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "verdict", "factor"),
    [
        (10.0, "supported", None),
        (9.2, "supported", None),
        (9.0, "contradicted", None),
        (5.0, "off_by_factor", 2.0),
        (100.0, "off_by_factor", 0.1),
        (-10.0, "contradicted", None),
        (0.0, "contradicted", None),
    ],
)
def test_about_a_number(value: float, verdict: str, factor: float | None) -> None:
    finding = judge(one_row(value))
    assert (finding.verdict, finding.factor) == (verdict, factor)


def test_more_than_and_less_than_a_number() -> None:
    assert judge(one_row(9.5, relation="more than")).verdict == "supported"
    assert judge(one_row(8.0, relation="more than")).verdict == "contradicted"
    assert judge(one_row(4.0, relation="more than")).verdict == "off_by_factor"
    assert judge(one_row(400.0, relation="less than", ours=True)).verdict == "contradicted"
    assert judge(one_row(10.0, relation="more than", ours=True)).verdict == "contradicted"


def test_an_interval_on_both_sides_of_a_bound_tells_nothing() -> None:
    measure = Measure(sql="SELECT 11 AS value, 8 AS lower_95, 14 AS upper_95")
    finding = judge(one_row(0, measure=measure, relation="more than"))
    assert finding.verdict == "not_checkable"
    assert "both sides" in finding.why


def test_another_reading_is_told_apart_from_the_first() -> None:
    other = Reading(words="another", measure=Measure(sql="SELECT 10 AS value"))
    finding = judge(one_row(50.0, reading=(other,)))
    assert finding.verdict == "other_reading"
    assert finding.decided is not None and finding.decided.reading is other


def test_a_figure_that_is_not_there_is_no_zero() -> None:
    measure = Measure(sql="SELECT NULL::DOUBLE AS value")
    finding = judge(one_row(0, measure=measure))
    assert finding.verdict == "not_checkable"
    assert not finding.computed


@pytest.mark.parametrize(
    ("unit", "scale"),
    [
        ("persons", 1.0),
        ("million", 1e6),
        ("million persons", 1e6),
        ("USD billion", 1e9),
        ("USD trillion, cumulative", 1e12),
        ("%", 0.01),
        ("per cent a year", 0.01),
    ],
)
def test_units_have_a_scale(unit: str, scale: float) -> None:
    assert units.scale(unit) == scale


def test_a_figure_without_a_unit_is_read_where_it_is_nearer_and_that_is_told() -> None:
    base = judge(one_row(10.3e6, unit="million"))
    divided = judge(one_row(10.3, unit="million"))
    assert base.verdict == divided.verdict == "supported"
    assert divided.decided is not None and "read in million" in divided.decided.note
    assert base.decided is not None and base.decided.note == ""
    told = Measure(sql="SELECT 10.3 AS value", unit="persons")
    assert judge(one_row(0, unit="million", measure=told)).verdict == "off_by_factor"


# --- the claims of a reader -------------------------------------------------------------------

RIGHT = """\
document = "A school book"
date = 2021-03-01
claim = "There are 281 million migrants."
value = 281
unit = "million"
year = 2020
verdict = "supported"
measure = { sql = "SELECT sum(persons) FROM stocks_2020 WHERE year = 2020" }
"""
OFF_BY_TEN = RIGHT.replace("281", "2810").replace('"supported"', '"off_by_factor"')
NOT_MEASURABLE = """\
document = "A school book"
date = 2021-03-01
claim = "Migrants write 40 letters a year."
quantity = "letters"
value = 40
unit = "letters"
year = 2020
place = "world"
"""


@pytest.mark.parametrize(
    ("text", "verdict", "factor"),
    [
        (RIGHT, "supported", None),
        (OFF_BY_TEN, "off_by_factor", 10.0),
        (NOT_MEASURABLE, "not_checkable", None),
    ],
)
def test_a_file_of_eight_lines_gets_its_verdict(
    tmp_path: Path, text: str, verdict: str, factor: float | None
) -> None:
    assert len(text.splitlines()) == 8
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    (claim,) = read(file)
    finding = judge(claim)
    assert (claim.id, finding.verdict, finding.differs) == ("mine", verdict, False)
    assert finding.factor == (None if factor is None else pytest.approx(factor, rel=0.01))


def test_a_card_measures() -> None:
    """The share of remittances in output of the Philippines in 2015: WDI has 9.7 per cent."""
    measure = {"card": "place PHL", "figure": "remittances share of output"}
    finding = judge(one_row(0, value=9.7, unit="%", year=2015, measure=measure))
    assert finding.verdict == "supported"
    assert finding.reads[0].figure.command == "corridors place PHL"


def test_a_card_with_several_figures_of_a_name_is_refused() -> None:
    measure = {"card": "corridor MEX USA", "figure": "migrants", "table": "stocks_2020"}
    with pytest.raises(InputError, match="2 figures are called 'migrants'"):
        judge(one_row(0, year=2020, measure=measure))


def test_a_journey_measures_with_an_interval() -> None:
    finding = judge(BY_ID["C31"])
    first = finding.reads[0]
    assert first.lower is not None and first.upper is not None
    assert first.lower < 6007 < first.upper
    assert finding.verdict == recorded_verdicts()["C31"]


@pytest.mark.slow
def test_a_study_measures_the_change_of_its_shown_case() -> None:
    claim = BY_ID["C02"]
    figure = verdicts.cause(claim, claim.causal[0], draws=0)
    assert figure.value is not None
    assert -0.02 < figure.value < 0.0  # fewer abroad, by less than the banned are of all
    assert figure.command == "corridors run entry-ban-2017"


# --- panels -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PANELS)
def test_without_pyfixest_the_recorded_estimate_is_shown_as_recorded(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyfixest", None)
    estimated = estimate(name)
    assert estimated.value == recorded_estimates()[name]["value"]
    assert estimated.note.startswith("as recorded")


@pytest.mark.parametrize("name", PANELS)
def test_an_estimate_is_the_recorded_one(name: str) -> None:
    pytest.importorskip("pyfixest")
    estimated, told = estimate(name), recorded_estimates()[name]
    assert estimated.value == pytest.approx(told["value"], rel=1e-3)
    assert estimated.lower == pytest.approx(told["lower"], rel=1e-2)
    assert estimated.observations == told["observations"]


def test_a_panel_estimate_is_least_squares_with_dummies() -> None:
    """The same coefficient from plain NumPy, areas and years as dummies."""
    import numpy as np
    import pandas as pd

    rows = store.sql(PANELS["remittances_and_growth"].query)
    dummies = pd.get_dummies(rows[["area", "year"]].astype(str), drop_first=True, dtype=float)
    x = np.column_stack([rows["growth_of_output"], np.ones(len(rows)), dummies])
    slope = np.linalg.lstsq(x, rows["growth_of_remittances"], rcond=None)[0][0]
    assert slope == pytest.approx(recorded_estimates()["remittances_and_growth"]["value"], rel=1e-3)


def test_the_interval_of_a_study_is_the_widest_that_its_draws_carry() -> None:
    from corridors.claims.measures import _interval

    row = {"lower_95": 1.0, "upper_95": 9.0, "lower_80": 2.0, "upper_80": 8.0}
    assert _interval(row, (95, 80, 50)) == (1.0, 9.0, 95)
    assert _interval(row, (80, 50)) == (2.0, 8.0, 80)
    assert _interval({"lower_80": float("nan"), "upper_80": 1.0}, (80, 50)) == (None, None, 80)
