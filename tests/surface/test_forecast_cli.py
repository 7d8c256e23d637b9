"""`corridors forecast`: a table in and a table out, the shipped tables, what is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridors import cli
from corridors.cards.forecasts import migrants_ahead
from corridors.data import store, tables
from corridors.errors import InputError
from corridors.forecast import scores, shipped
from corridors.forecast import table as forecast_table
from corridors.readers import any_table
from corridors.show.numbers import written

COLUMNS = {"origin": "label", "destination": "label", "time": "number", "mean": "number"}
COLUMNS |= {f"{side}_{level}": "number" for level in (80, 95) for side in ("lower", "upper")}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["corridors", "forecast", *map(str, arguments)])
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    return leaving.value.code or 0


@pytest.fixture
def train(tmp_path: Path) -> Path:
    rows = [
        (origin, destination, 2000 + 5 * k, 100.0 * (1 + k) * (1 + len(origin)))
        for origin, destination in (("NA", "é b"), ("é b", "NA"), ("C", "NA"))
        for k in range(4)
    ]
    file = tmp_path / "train.csv"
    tables.write(pd.DataFrame(rows, columns=["origin", "destination", "time", "value"]), file)
    return file


def test_a_table_gives_a_table(train, tmp_path, monkeypatch) -> None:
    out = tmp_path / "out.csv"
    asked = ("--kind", "stocks", "--known-until", 2015, "--for", "2020,2025", "--out", out)
    assert run(monkeypatch, "table", train, *asked) == 0
    rows = any_table.read(out, COLUMNS).frame.reset_index(drop=True)
    assert len(rows) == 6
    assert set(rows["origin"]) == {"NA", "é b", "C"}
    known = any_table.read(
        train, {"origin": "label", "destination": "label", "time": "number", "value": "number"}
    ).frame.reset_index(drop=True)
    direct = forecast_table(known, kind="stocks", known_until=2015, horizons=[2020, 2025])
    np.testing.assert_allclose(rows["mean"], direct["mean"])


def test_pairs_without_a_row_are_forecast_too(train, tmp_path, monkeypatch) -> None:
    pairs, areas, out = (tmp_path / name for name in ("pairs.csv", "areas.csv", "out.csv"))
    pairs.write_text("destination,origin,distance\nC,NA,100\né b,NA,\n", encoding="utf-8")
    areas.write_text("area,time,population\nC,2015,5000\nC,2030,9\n", encoding="utf-8")
    asked = ("--kind", "flows", "--known-until", 2015, "--for", 2020, "--out", out)
    assert run(monkeypatch, "table", train, *asked, "--pairs", pairs, "--areas", areas) == 0
    rows = any_table.read(out, COLUMNS).frame.reset_index(drop=True)
    assert len(rows) == 4
    assert rows.set_index(["origin", "destination"]).loc[("NA", "C"), "mean"] == 0


def test_net_migration_is_a_total_unless_told_otherwise(tmp_path, monkeypatch) -> None:
    file, out = tmp_path / "net.csv", tmp_path / "out.csv"
    rows = [(area, year, 1000.0, 1e6) for area in "AB" for year in range(2000, 2020)]
    tables.write(pd.DataFrame(rows, columns=["area", "time", "value", "population"]), file)
    asked = ("--kind", "net", "--known-until", 2019, "--for", 2024, "--out", out)
    medians = []
    for more in ((), ("--no-total",)):
        assert run(monkeypatch, "table", file, *asked, *more) == 0
        medians.append(
            any_table.read(out, {"area": "label", "median": "number"}).frame["median"].iloc[0]
        )
    assert medians[0] > 2 * medians[1] > 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"--for": "2015"}, "not after 2015"),
        ({"--for": "soon"}, "not a whole number"),
        ({"--kind": "stock"}, "there is no kind 'stock'"),
        ({"--known-until": 2010}, "dated after 2010"),
        ({"--out": "out.doc"}, "its ending says no format"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    change, said, train, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = {"--kind": "stocks", "--known-until": 2015, "--for": "2020", "--out": "out.csv"}
    flat = [part for pair in (asked | change).items() for part in pair]
    assert run(monkeypatch, "table", train, *flat) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_bad_cells_are_all_named(tmp_path, monkeypatch, capsys) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("origin,destination,time,value\nA,B,2000,-1\nA,B,2000.5,3\nA,C,2000,x\n")
    asked = ("--kind", "stocks", "--known-until", 2015, "--for", 2020, "--out", tmp_path / "o.csv")
    assert run(monkeypatch, "table", file, *asked) == 2
    assert "value is 'x', not a number" in capsys.readouterr().err
    file.write_text("origin,destination,time,value\nA,B,2000,-1\nA,B,2000.5,3\nA,B,2000,2\n")
    assert run(monkeypatch, "table", file, *asked) == 2
    assert "time is '2000.5'" in capsys.readouterr().err


@pytest.mark.slow
def test_shipped_net_migration_is_what_the_table_of_forecasts_holds(monkeypatch, capsys) -> None:
    assert run(monkeypatch, "net", "--area", "Philippines", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["destination"], row["last_year"], row["year"]) == ("PHL", 2023, 2028)
    rows = store.table("forecasts")
    kept = rows[(rows["what"] == "net") & (rows["destination"] == "PHL")].iloc[0]
    for name in ("last", "mean", "lower_80", "upper_95"):
        assert row[name] == pytest.approx(kept[name], abs=1.0)


def test_the_table_of_forecasts_adds_up() -> None:
    rows = store.table("forecasts")
    stocks = rows[rows["what"] == "stocks"]
    (world,) = stocks.loc[stocks["figure"] == "world", "mean"]
    for figure in ("arriving", "leaving"):
        assert stocks.loc[stocks["figure"] == figure, "mean"].sum() == pytest.approx(
            world, rel=1e-6
        )
    ends = rows[["lower_95", "lower_80", "upper_80", "upper_95"]].to_numpy()
    assert (np.diff(ends, axis=1) >= 0).all()
    net = rows[rows["what"] == "net"]
    assert abs(net["median"].sum()) < len(net)


def test_a_place_says_what_comes_next(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["corridors", "corridor", "MEX", "USA", "--json"])
    with pytest.raises(SystemExit):
        cli.main()
    rows = json.loads(capsys.readouterr().out)["rows"]
    ahead = [row for row in rows if row["section"] == "forecast" and row["birthplace"] == "MEX"]
    assert {row["figure"] for row in ahead} == {"migrants", "asylum_applications"}
    assert all(row["kind"] == "modelled" and "80 %" in row["note"] for row in ahead)


def test_an_unknown_area_or_year_or_task_is_refused(monkeypatch, capsys) -> None:
    assert run(monkeypatch, "net", "--area", "Atlantis") == 2
    assert run(monkeypatch, "net", "--area", "PHL", "--until", 2020) == 2
    assert "not after 2023" in capsys.readouterr().err
    assert run(monkeypatch, "score", "--task", "stok") == 2
    assert "Did you mean stocks" in capsys.readouterr().err


@pytest.mark.slow
def test_the_fan_opens_at_the_last_known_year(tmp_path, monkeypatch) -> None:
    file = tmp_path / "fan.svg"
    assert run(monkeypatch, "net", "--area", "DEU", "--plot", file) == 0
    text = file.read_text(encoding="utf-8")
    assert "Germany" in text and "Modelled figures" in text


@pytest.mark.parametrize(
    ("words", "ends", "title"),
    [
        (("place", "PHL"), ("all", "PHL"), "Philippines, all arriving"),
        (("corridor", "MEX", "USA"), ("MEX", "USA"), "Mexico → United States"),
    ],
)
def test_a_place_and_a_corridor_draw_their_fan(tmp_path, monkeypatch, words, ends, title) -> None:
    file = tmp_path / "fan.svg"
    monkeypatch.setattr(sys, "argv", ["corridors", *words, "--plot", str(file)])
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    assert not leaving.value.code
    known, ahead = migrants_ahead(*ends)
    text = file.read_text(encoding="utf-8")
    assert title in text
    assert f"{ahead['year'].iloc[0]}: {written(ahead['mean'].iloc[0], 'persons')}" in text
    assert known.iloc[-1].tolist() == ahead[["last_year", "last"]].iloc[0].tolist()


def test_a_corridor_of_nobody_has_no_fan() -> None:
    with pytest.raises(InputError, match="no migrants from PHL to PHL"):
        migrants_ahead("PHL", "PHL")


@pytest.mark.slow
def test_net_migration_is_scored_beside_persistence() -> None:
    rows = scores.score(tasks=("net",))
    assert list(rows.columns) == list(scores.COLUMNS)
    both = rows[(rows["part"] == "all") & (rows["figure"] == "MAE")]
    mean = both.groupby("forecast")["value"].mean()
    assert mean["average"] < 0.92 * mean["persistence"]
    covered = rows[(rows["split"] == "pooled")].set_index("figure")["value"]
    assert 0.75 <= covered["cov80"] <= 0.88
    assert 0.90 <= covered["cov95"] <= 0.98
    assert shipped.LAST_REPORTED == 2023
