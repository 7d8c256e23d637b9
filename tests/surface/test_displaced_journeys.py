"""People displaced in the world model set out on the roads, and add to the asylum stock there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridors.data import results
from corridors.errors import InputError, SourceError
from corridors.readers import journeys_folder
from corridors.study import journey_run
from corridors.study.journey_inputs import prepare

CASE = """title = "Two borders"
first_day = 2023-04-15
days = 60
places = "places.csv"
roads = "roads.csv"
[displaced]
result = "war"
policy = "odds double"
birthplace = "SDN"
residence = ["TCD", "EGY"]
from = 2023-04-16
days = 30
{more}
[displaced.places]
Khartoum = 0.25
Nyala = 0.75
"""
TABLES = {
    "places.csv": "place,country,kind,capacity_persons\nKhartoum,Sudan,town,\nNyala,Sudan,town,\n"
    "Adre,Chad,camp,9000\nHalfa,Egypt,camp,9000\n",
    "roads.csv": "from,to,kilometres\nKhartoum,Halfa,900\nNyala,Adre,400\n",
}


@pytest.fixture
def case(tmp_path: Path) -> Path:
    rows = [
        # policy, birthplace, residence, now, after: at home, two borders, and what is not asked for
        ("odds double", "SDN", "SDN", 90_000.0, 80_000.0),
        ("odds double", "SDN", "TCD", 1_000.0, 4_000.0),
        ("odds double", "SDN", "EGY", 2_000.0, 5_000.0),
        ("odds double", "SDN", "USA", 500.0, 900.0),
        ("odds double", "TCD", "EGY", 10.0, 70.0),
        ("peace", "SDN", "TCD", 1_000.0, 200.0),
        ("peace", "SDN", "EGY", 2_000.0, 1_900.0),
    ]
    corridors = pd.DataFrame(rows, columns=["policy", "birthplace", "residence", "now", "after"])
    with results.publish(tmp_path / "war") as fresh:
        results.write(fresh, {"corridors": corridors.assign(capital="fixed")}, {"digest": "0"})
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    return written(tmp_path)


def written(folder: Path, more: str = "persons_per_adult = 1.5") -> Path:
    (folder / "journeys.toml").write_text(CASE.format(more=more))
    return folder


def test_people_displaced_in_a_study_set_out(case) -> None:
    prepared = prepare(case)
    assert prepared.days.placed.sum() == pytest.approx(6_000 * 1.5)
    assert prepared.days.placed[1:31, 0] == pytest.approx(np.full(30, 75.0))
    assert prepared.days.placed[[0, 31], 0].tolist() == [0, 0]
    assert prepared.days.placed[:, 1].sum() == pytest.approx(3 * prepared.days.placed[:, 0].sum())
    assert not prepared.warnings


def test_adults_alone_are_said_to_be_adults(case) -> None:
    (said,) = prepare(written(case, more="")).warnings
    assert "the 6000 who set out are adults" in str(said)


def test_who_arrives_adds_to_the_asylum_stock_of_the_country(case) -> None:
    result = journey_run.run(case, draws=20)
    stock = result["asylum"].set_index("area")["persons"]
    assert stock.index.tolist() == ["TCD", "EGY"]
    last = result["places"][result["places"]["date"] == result["places"]["date"].max()]
    there = last.set_index("place")["persons"]
    assert stock["EGY"] == pytest.approx(there["Halfa"])
    assert 4_000 < stock["TCD"] <= 6_750


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"policy = \"odds double\"": ""}, "has no 'policy'"),
        ({"odds double": "odds treble"}, "there is no 'odds treble'"),
        ({"odds double": "peace"}, "fewer people born in SDN live abroad"),
        ({"Nyala = 0.75": "Nyala = 0.5"}, "shares that add to 1"),
        ({"Nyala = 0.75": "Niala = 0.75"}, "there is no place 'Niala'"),
        ({"days = 30": "days = 0"}, "is not a number from 1"),
        ({"\"SDN\"": "\"SDM\""}, "there is no area 'SDM'. Did you mean SDN"),
        ({"[displaced]": "departures = \"d.csv\"\n[displaced]"}, "beside a table of departures"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(case, changes, said) -> None:
    text = CASE.format(more="")
    for old, new in changes.items():
        text = text.replace(old, new)
    (case / "journeys.toml").write_text(text)
    with pytest.raises(InputError, match=said):
        journeys_folder.read(case)


def test_a_result_that_is_not_there_is_named(case) -> None:
    (case / "journeys.toml").write_text(CASE.format(more="").replace('"war"', '"peace"'))
    with pytest.raises(SourceError, match="peace"):
        journeys_folder.read(case)
