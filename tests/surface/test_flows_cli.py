"""`corridors flows` as a script meets it: rows, files, refusals, pictures."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from corridors.cards import flows as cards
from corridors.cli.flows import flows
from corridors.data import tables as intake
from corridors.errors import InputError, SourceError
from corridors.readers import any_table
from corridors.show import flows as show

app = typer.Typer()
app.add_typer(flows, name="flows")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["flows", *arguments])


def test_the_largest_flows_as_csv() -> None:
    answer = run("--period", "2010-2015", "--method", "da_pb_closed", "--top", "5", "--csv")
    assert answer.exit_code == 0, answer.output
    rows = list(csv.DictReader(io.StringIO(answer.stdout)))
    assert list(rows[0]) == list(cards.COLUMNS)
    assert [(row["origin"], row["destination"]) for row in rows[:2]] == [
        ("SYR", "TUR"),
        ("MEX", "USA"),
    ]
    sizes = [float(row["flow"]) for row in rows]
    assert sizes == sorted(sizes, reverse=True) and len(rows) == 5
    assert {row["kind"] for row in rows} == {"modelled"}
    assert all(row["lower_80"] == row["upper_80"] == "" for row in rows)
    assert all(float(row["least"]) <= float(row["flow"]) <= float(row["most"]) for row in rows)


def test_one_area_by_sex_as_json() -> None:
    answer = run("--area", "Philippines", "--sex", "female", "--top", "3", "--json")
    printed = json.loads(answer.stdout)
    assert printed["columns"] == cards.COLUMNS
    assert all("PHL" in (row["origin"], row["destination"]) for row in printed["rows"])
    assert all(row["protection_least"] is None for row in printed["rows"])


def test_draws_give_an_interval_around_the_flow() -> None:
    answer = run("--method", "da_min_open", "--draws", "20", "--top", "2", "--csv")
    for row in csv.DictReader(io.StringIO(answer.stdout)):
        assert 0.0 <= float(row["lower_80"]) <= float(row["flow"]) <= float(row["upper_80"])


def test_methods_are_listed() -> None:
    rows = list(csv.DictReader(io.StringIO(run("methods", "--csv").stdout)))
    assert [row["method"] for row in rows][-1] == "da_pb_closed"
    assert {row["method"]: row["keeps_net"] for row in rows}["da_min_open"].lower() == "false"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--period", "1991-1995"], "1990-1995"),
        (["--method", "magic"], "da_pb_closed"),
        (["--sex", "none"], "female"),
        (["--area", "Kosovo", "--top", "1"], "part of SRB"),
        (["--picture", "cake", "--plot", "x.svg"], "chord"),
    ],
)
def test_a_wrong_question_is_refused_with_what_to_do(arguments: list[str], words: str) -> None:
    answer = run(*arguments)
    assert isinstance(answer.exception, InputError)
    assert words in str(answer.exception)


@pytest.mark.parametrize("picture", show.PICTURES)
def test_pictures_are_drawn(tmp_path: Path, picture: str) -> None:
    file = tmp_path / f"{picture}.svg"
    answer = run("--plot", str(file), "--picture", picture)
    assert answer.exit_code == 0, answer.output
    text = file.read_text(encoding="utf-8")
    assert text.startswith("<svg") and "Modelled figures" in text


# --- the user's own tables ----------------------------------------------------------------------

STOCKS = pd.DataFrame(
    [
        ("NA", "NA", 1000.0, 1010.0),
        ("NA", "Zürich", 50.0, 70.0),
        ("NA", "c, d", 10.0, 5.0),
        ("Zürich", "NA", 20.0, 10.0),
        ("Zürich", "Zürich", 500.0, 505.0),
        ("Zürich", "c, d", 30.0, 40.0),
        ("c, d", "NA", 5.0, 5.0),
        ("c, d", "Zürich", 60.0, 45.0),
        ("c, d", "c, d", -8.0, 12.0),
    ],
    columns=["birth", "residence", "stock_start", "stock_end"],
)
AREAS = pd.DataFrame({"area": ["Zürich", "NA", "c, d"], "births": [5, 9, 1], "deaths": [5, 9, 1]})


def files(tmp_path: Path, ending: str = ".csv", **tables: pd.DataFrame) -> list[str]:
    names = []
    for name, table in ({"stocks": STOCKS, "areas": AREAS} | tables).items():
        file = tmp_path / f"{name}{ending}"
        intake.write(table, file)
        names.append(str(file))
    return names


@pytest.mark.parametrize("ending", intake.ENDINGS)
def test_own_tables_of_any_labels_and_format(tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"flows{ending}"
    extra = AREAS.assign(colour="blue")
    answer = run(
        "estimate", *files(tmp_path, ending, areas=extra), "--method", "da_pb_closed",
        "--out", str(out),
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    assert answer.stdout == ""
    assert "ignored colour" in answer.stderr
    assert "negative native-born set to 0 (start): 8 persons, most in c, d" in answer.stderr
    rows = any_table.read(out, {"origin": "label", "destination": "label", "flow": "number"}).frame
    assert set(rows["origin"]) <= {"NA", "Zürich", "c, d"}
    assert (rows["flow"] > 0.0).all()
    assert [file.name for file in tmp_path.iterdir() if "unfinished" in file.name] == []


def test_movers_are_needed_for_rates_and_only_there(tmp_path: Path) -> None:
    names, out = files(tmp_path), str(tmp_path / "flows.csv")
    assert "no default" in str(
        run("estimate", *names, "--method", "mig_rate", "--out", out).exception
    )
    answer = run("estimate", *names, "--method", "mig_rate", "--out", out, "--movers", "70")
    rows = any_table.read(Path(out), {"flow": "number"}).frame
    assert answer.exit_code == 0 and rows["flow"].sum() == pytest.approx(70.0)
    refused = run("estimate", *names, "--method", "da_pb_closed", "--out", out, "--movers", "70")
    assert "does not use it" in str(refused.exception)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"stocks": STOCKS.drop(3)}, "(Zürich, NA)"),
        ({"stocks": pd.concat([STOCKS, STOCKS.head(1)])}, "(NA, NA)"),
        ({"stocks": STOCKS.rename(columns={"birth": "who"})}, "there is no column 'birth'"),
        (
            {"stocks": STOCKS.assign(stock_end="many")},
            "stocks.csv:2, column 4: stock_end is 'many'",
        ),
        ({"areas": AREAS.drop(1)}, "missing: 'NA'"),
        ({"areas": pd.concat([AREAS, AREAS.head(1)])}, "Zürich"),
        ({"areas": AREAS.assign(births=[None, 1, 1])}, "births (Zürich)"),
        ({"areas": AREAS.assign(deaths=[1e6, 1, 1])}, "deaths of Zürich"),
        ({"areas": AREAS.assign(deaths=[-1, 1, 1])}, "deaths (Zürich)"),
    ],
)
def test_what_is_wrong_with_own_tables_is_named(
    tmp_path: Path, wrong: dict[str, pd.DataFrame], words: str
) -> None:
    out = tmp_path / "flows.csv"
    answer = run(
        "estimate", *files(tmp_path, **wrong), "--method", "da_pb_closed", "--out", str(out)
    )
    assert isinstance(answer.exception, InputError)
    assert words in str(answer.exception)
    assert not out.exists()


def test_a_missing_or_damaged_file_is_a_source_error(tmp_path: Path) -> None:
    stocks, areas = files(tmp_path)
    out = str(tmp_path / "flows.csv")
    for name, text in {
        "gone.csv": None,
        "torn.parquet": "PAR1",
        "torn.csv": 'area,births\n"A',
    }.items():
        if text is not None:
            (tmp_path / name).write_text(text, encoding="utf-8")
        answer = run(
            "estimate", stocks, str(tmp_path / name), "--method", "da_pb_closed", "--out", out
        )
        assert isinstance(answer.exception, SourceError | InputError), name
        assert name in str(answer.exception)
    unwritable = run("estimate", stocks, areas, "--method", "da_pb_closed", "--out", "/proc/x.csv")
    assert isinstance(unwritable.exception, SourceError)
    nameless = run(
        "estimate", stocks, areas, "--method", "da_pb_closed", "--out", str(tmp_path / "x")
    )
    assert isinstance(nameless.exception, InputError)


# --- what a paper takes -------------------------------------------------------------------------


def rows_of(*arguments: str) -> list[dict[str, str]]:
    answer = run(*arguments, "--csv")
    assert answer.exit_code == 0, answer.output
    return list(csv.DictReader(io.StringIO(answer.stdout)))


@pytest.mark.slow
def test_women_and_men_are_both_in_the_file(tmp_path: Path) -> None:
    flows_of = {}
    for sex in ("female", "male", "both"):
        file = tmp_path / f"{sex}.parquet"
        assert run("--sex", sex, "--zeros", "--out", str(file)).exit_code == 0
        table = duckdb.read_parquet(str(file)).df()
        flows_of[sex] = table.set_index(["origin", "destination"])["flow"].sort_index()
    assert len(flows_of["both"]) == 230 * 229
    assert (flows_of["female"] + flows_of["male"] - flows_of["both"]).abs().max() == 0.0


def test_net_migration_stands_beside_what_it_was_estimated_from() -> None:
    rows = rows_of("--net", "--area", "IND", "--period", "all")
    assert rows[0]["period"] == "1990-1995" and len(rows) == 7
    for row in rows:
        net, given = float(row["net"]), float(row["net_given"])
        assert net - given == pytest.approx(float(row["difference"]))
        gained, lost = float(row["net_immigration"]), float(row["net_emigration"])
        assert gained - lost == pytest.approx(net)
    assert float(rows[0]["difference"]) == pytest.approx(-31_121, abs=1)


def test_types_sum_to_the_flow_and_years_come_with_a_caveat() -> None:
    answer = run("--by-type", "--per-year", "--names", "--top", "3", "--csv")
    for row in csv.DictReader(io.StringIO(answer.stdout)):
        parts = sum(float(row[name]) for name in ("outward", "returning", "transit"))
        assert parts == pytest.approx(float(row["flow"]))
        assert float(row["per_year"]) == pytest.approx(float(row["flow"]) / 5)
        assert row["origin_name"] and -90 <= float(row["origin_latitude"]) <= 90
    assert "not how many move in a year" in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--plot", "x.svg", "--draws", "20"],
        ["--plot", "x.svg", "--net"],
        ["--plot", "x.svg", "--period", "all"],
        ["--plot", "x.svg", "--picture", "lines", "--area", "PHL"],
        ["--net", "--by-type"],
        ["--net", "--out", "x.geojson"],
        ["--by-type", "--sex", "female"],
        ["--shape", "matrix"],
        ["--out", "x.csv", "--shape", "flowmap"],
        ["--out", "x.txt"],
    ],
)
def test_what_would_be_thrown_away_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert isinstance(run(*arguments).exception, InputError)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_of_one_area_is_not_that_of_the_world(tmp_path: Path) -> None:
    files_of = {}
    for name, extra in {"world": [], "area": ["--area", "PHL", "--top", "5"]}.items():
        file = tmp_path / f"{name}.svg"
        assert run("--plot", str(file), "--picture", "chord", *extra).exit_code == 0
        files_of[name] = file.read_text(encoding="utf-8")
    assert "Philippines" in files_of["area"] and "Philippines" not in files_of["world"]


@pytest.mark.parametrize("name", ["flows.csv", "flows.parquet", "flows.xlsx", "flows.geojson"])
def test_flows_leave_in_the_format_of_the_name(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    answer = run("--area", "PHL", "--top", "4", "--out", str(file))
    assert answer.exit_code == 0, answer.output
    assert "4 flows written" in answer.stderr and answer.stdout == ""
    if name.endswith("geojson"):
        lines = json.loads(file.read_text(encoding="utf-8"))["features"]
        assert len(lines) == 4
        assert all(-180 <= x <= 180 and -90 <= y <= 90 for line in lines
                   for x, y in line["geometry"]["coordinates"])  # fmt: skip
        assert lines[0]["properties"]["lower_80"] is None
    if name.endswith("xlsx"):
        sheet = pd.read_excel(file, engine="calamine", keep_default_na=False)
        assert len(sheet) == 4 and "PHL" in {*sheet["origin"], *sheet["destination"]}


@pytest.mark.slow
def test_a_matrix_and_the_sheets_of_a_flow_map(tmp_path: Path) -> None:
    matrix, sheets = tmp_path / "m.csv", tmp_path / "f.xlsx"
    assert run("--zeros", "--out", str(matrix), "--shape", "matrix").exit_code == 0
    wide = pd.read_csv(matrix, index_col="origin", keep_default_na=False)
    assert wide.shape == (230, 230)
    assert run("--top", "50", "--out", str(sheets), "--shape", "flowmap").exit_code == 0
    book = pd.read_excel(sheets, sheet_name=None, engine="calamine", keep_default_na=False)
    assert list(book["locations"]) == ["id", "name", "lat", "lon"]
    assert list(book["flows"]) == ["origin", "dest", "count"] and len(book["flows"]) == 50
    assert {*book["flows"]["origin"], *book["flows"]["dest"]} == set(book["locations"]["id"])


def test_own_tables_have_intervals_types_an_account_and_a_picture(tmp_path: Path) -> None:
    out, account, plot = tmp_path / "f.csv", tmp_path / "a.csv", tmp_path / "p.svg"
    answer = run(
        "estimate", *files(tmp_path), "--method", "da_pb_closed", "--out", str(out),
        "--account", str(account), "--plot", str(plot), "--by-type", "--zeros",
        "--draws", "20", "--error", "pair=0.1", "--error", "deaths=0",
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    assert "pair=0.1" in answer.stderr and "deaths=0.0" in answer.stderr
    rows = pd.read_csv(out, keep_default_na=False)
    assert len(rows) == 6
    assert (rows["lower_80"] <= rows["flow"]).all() and (rows["flow"] <= rows["upper_80"]).all()
    np.testing.assert_allclose(rows[["outward", "returning", "transit"]].sum(axis=1), rows["flow"])
    everybody = pd.read_csv(account, keep_default_na=False)
    assert {"birth", "death"} <= {*everybody["origin"], *everybody["destination"]}
    picture = plot.read_text(encoding="utf-8")
    assert "Zürich" in picture and "Other" not in picture


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--draws", "20", "--error", "pairs=0.1"], "pair"),
        (["--draws", "20", "--error", "pair=much"], "not a share"),
        (["--error", "pair=0.1"], "nothing is drawn"),
        (["--shape", "flowmap"], "two sheets"),
    ],
)
def test_wrong_options_of_own_tables_are_refused(
    tmp_path: Path, options: list[str], words: str
) -> None:
    out = tmp_path / "f.csv"
    answer = run(
        "estimate", *files(tmp_path), "--method", "da_pb_closed", "--out", str(out), *options
    )
    assert isinstance(answer.exception, InputError) and words in str(answer.exception)
    assert not out.exists()
