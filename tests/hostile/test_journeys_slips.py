"""Slips of whoever writes a journey file: an error or a warning in the manifest, never silence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from pathlib import Path

import pytest

from corridors.errors import InputError, nearest
from corridors.readers import csv_gate, journeys_folder
from corridors.readers.csv_gate import Gate
from corridors.study import journey_run as study
from corridors.study.journey_inputs import prepare

FILES = {
    "journeys.toml": """title = "A small case"
first_day = 2020-01-01
days = 20
places = "places.csv"
roads = "roads.csv"
departures = "departures.csv"
[[close]]
border = ["A", "B"]
from = 2020-01-05
""",
    "places.csv": """place,country,kind,latitude,longitude,population_persons,capacity_persons
Source,A,conflict,10,10,5000,
Camp,B,camp,11,11,,900
""",
    "roads.csv": "from,to,kilometres,one_way\nSource,Camp,80,no\n",
    "departures.csv": "place,day,persons\nSource,2020-01-02,400\n",
}


def write(folder: Path, *changes: tuple[str, str, str]) -> Path:
    files = dict(FILES)
    for name, old, new in changes:
        text = files.get(name, "")
        assert old in text
        files[name] = text.replace(old, new) if old else text + new
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


GROUPS = '[[group]]\nname = "women"\nshare = 0.7\n[[group]]\nname = "men"\nshare = 0.7\n'
PLANS = ("journeys.toml", 'roads = "roads.csv"', 'roads = "roads.csv"\nplans = "plans.csv"')
COUNTS = ("journeys.toml", 'roads = "roads.csv"', 'roads = "roads.csv"\ncounts = "counts.csv"')


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ([("journeys.toml", "days = 20", "days = 10000000000")], "from 1 to 10,958"),
        ([("journeys.toml", "2020-01-01", "9999-12-31")], "is too late"),
        ([("journeys.toml", '["A", "B"]', "-1")], "does not name two different ends"),
        ([("journeys.toml", '["A", "B"]', '["A", "A"]')], "does not name two different ends"),
        ([("journeys.toml", "", "[[buses]]\nroad = 1\n")], "does not name two different ends"),
        ([("journeys.toml", "", "[[buses]]\nroad = [inf, 2]\n")], "there is no place 'inf'"),
        ([("journeys.toml", "from = 2020-01-05", "from = 99999999")], "is not a day"),
        ([("departures.csv", "400", "3000000000")], "is above 1,000,000,000"),
        ([("departures.csv", "400", "9" * 30)], "is above 1,000,000,000"),
        ([("departures.csv", "400", "")], "is empty"),
        ([("roads.csv", ",80", ",1e308")], "is above 40,075"),
        ([("departures.csv", "2020-01-02", "02/01/2020")], "Write YYYY-MM-DD"),
        ([("departures.csv", "2020-01-02", "20200102")], "neither a date nor a day of the period"),
        ([("journeys.toml", "from = 2020-01-05", 'from = "05/01/2020"')], "is not a day"),
        ([("roads.csv", "Camp,80", "Source,80")], "leads from 'Source' to itself"),
        ([("roads.csv", ",no", ",perhaps")], "neither yes nor no"),
        ([("places.csv", "11,11", "120.5,11")], "is above 90"),
        ([("journeys.toml", "", GROUPS)], "shares add to 1.4"),
        ([("journeys.toml", "", "[settings]\nleave_town = 3.0\n")], "number from 0 to 1"),
        ([("journeys.toml", "", "[settings]\nkm_per_day = -5\n")], "-5 is outside its range"),
        ([("journeys.toml", 'departures = "departures.csv"\n', "")], "nobody sets out"),
        (
            [COUNTS, ("counts.csv", "", "place,day,persons\nCamp,3,850\nCamp,3,8500\n")],
            "two counts of 2020-01-04: 850 and 8500",
        ),
    ],
)
def test_what_cannot_be_meant_is_one_error_before_memory_is_taken(tmp_path, changes, what) -> None:
    with pytest.raises(InputError) as raised:
        prepare(write(tmp_path, *changes))
    assert what in str(raised.value)


SHUT = '[[what_if]]\nname = "shut"\n'


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (
            [("roads.csv", "way\nSource,Camp,80,no", "way,persons_per_day\nSource,Camp,80,no,0")],
            "lets nobody through",
        ),
        (
            [("roads.csv", "way\nSource,Camp,80,no", "way,km_per_day\nSource,Camp,80,no,3")],
            "80 km at 3 km a day take longer than the period",
        ),
        (
            [
                COUNTS,
                ("counts.csv", "", "place,day,persons\nCamp,3,850\n"),
                ("places.csv", "", "Far,B,camp,12,12,,90\n"),
                ("roads.csv", "", "Camp,Far,50,\n"),
            ],
            "camps without registrations: Far",
        ),
        (
            [PLANS, ("plans.csv", "", "place,day,kind,persons,to\nSource,5,capacity,50,\n")],
            "Source is no camp, so that it has no capacity",
        ),
        ([("departures.csv", "2020-01-02", "2019-12-30")], "400 persons of 1 rows set out before"),
        ([("departures.csv", "2020-01-02", "2020-03-30")], "400 persons of 1 rows set out after"),
        ([("journeys.toml", "from = 2020-01-05", "from = 2021-01-05")], "acts on no day"),
        ([("journeys.toml", "", SHUT)], "'shut' changes nothing"),
        (
            [("journeys.toml", "", SHUT + '[[what_if.lift]]\nborder = ["B", "A"]\nuntil = 0\n')],
            "acts on no day",
        ),
        (
            [("journeys.toml", "", SHUT + '[[what_if.lift]]\nroad = ["Source", "Camp"]\n')],
            "lifts no closure",
        ),
        (
            [
                ("places.csv", "", "Far,B,camp,12,12,,90\n"),
                ("journeys.toml", "", SHUT + '[[what_if.buses]]\nroad = ["Source", "Far"]\n'),
            ],
            "no road joins Source and Far",
        ),
    ],
)
def test_what_cannot_act_reaches_the_manifest(tmp_path, changes, what) -> None:
    path = write(tmp_path, *changes)
    asked = study.compare if SHUT in (path / "journeys.toml").read_text() else study.run
    result = asked(path, draws=2)
    assert any(what in warning for warning in result.manifest["warnings"])


@pytest.mark.parametrize(("word", "links"), [("yes", 1), ("TRUE", 1), ("1", 1), ("", 2), ("0", 2)])
def test_yes_is_said_in_many_ways(tmp_path, word, links) -> None:
    prepared = prepare(write(tmp_path, ("roads.csv", ",no", f",{word}")))
    assert prepared.roads.start.size == links


def test_a_place_of_the_kind_conflict_is_in_conflict_from_day_0(tmp_path) -> None:
    assert prepare(write(tmp_path)).days.intensity[:, 0].tolist() == [1.0] * 20


def test_a_table_of_conflict_says_more_than_the_kind(tmp_path) -> None:
    table = ("journeys.toml", 'roads = "roads.csv"', 'roads = "roads.csv"\nconflict = "war.csv"')
    rows = "place,from,until,intensity\nSource,3,5,0.5\n"
    prepared = prepare(write(tmp_path, table, ("war.csv", "", rows)))
    assert prepared.days.intensity[:, 0].tolist() == [0.0] * 3 + [0.5] * 2 + [0.0] * 15


def test_counts_have_days_as_whole_numbers_or_dates(tmp_path) -> None:
    rows = "place,day,persons\nCamp,3,50\nCamp,2020-01-06,90\n"
    prepared = prepare(write(tmp_path, COUNTS, ("counts.csv", "", rows)))
    assert prepared.counts.persons[[3, 5], 0].tolist() == [50, 90]


def test_a_what_if_lifts_a_closure_of_the_file(tmp_path) -> None:
    lift = SHUT + '[[what_if.lift]]\nborder = ["B", "A"]\nfrom = 8\nuntil = 2020-01-13\n'
    path = write(tmp_path, ("journeys.toml", "", lift), ("departures.csv", "01-02", "01-07"))
    file = journeys_folder.read(path)
    changed = file.situation.with_changes(file.what_ifs[0].changes)
    assert [(closure.first, closure.last) for closure in changed.closures] == [(4, 8), (12, None)]
    rows = study.compare(path, draws=2)["differences"]
    camp = rows[rows["place"] == "Camp"]
    assert camp["persons"].iloc[-1] > 300


def test_the_name_of_a_file_does_not_depend_on_how_it_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(write(tmp_path))
    assert prepare(".").file.situation.name == tmp_path.name


def test_a_table_of_a_spreadsheet_is_read(tmp_path) -> None:
    rows = "place;day;persons\nSource;2020-01-02;400,0\n"
    prepared = prepare(write(tmp_path, ("departures.csv", FILES["departures.csv"], rows)))
    assert prepared.days.placed.sum() == 400


def test_two_roads_between_the_same_places_have_names_of_their_own(tmp_path) -> None:
    prepared = prepare(write(tmp_path, ("roads.csv", "", "Source,Camp,120,yes\n")))
    names = prepared.roads.link_names()
    assert sorted(names) == ["Camp > Source", "Source > Camp", "Source > Camp (road 2)"]


def test_more_draws_than_memory_holds_are_refused_before_they_are_made(tmp_path) -> None:
    with pytest.raises(InputError, match="Use at most"):
        study.run(write(tmp_path), draws=10_000_000)


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ("Camp,3,party,5,\n", "there is no plan 'party'"),
        ("Camp,3,capacity,,\n", "is empty"),
        ("Camp,soon,opening,5,\n", "is not a date"),
        ("Nowhere,3,opening,5,\n", "there is no place 'Nowhere'"),
        ("Camp,3,relocation,5,Camp\n", "is not another place"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_an_error(tmp_path, rows, what) -> None:
    text = "place,day,kind,persons,to\n" + rows
    with pytest.raises(InputError) as raised:
        prepare(write(tmp_path, PLANS, ("plans.csv", "", text)))
    assert what in str(raised.value)


def test_plans_are_capacities_with_dates(tmp_path) -> None:
    rows = "#camp,date,type,capacity\nCamp,2020-01-04,capacity,300\nCamp,2020-01-11,closure,\n"
    prepared = prepare(write(tmp_path, PLANS, ("plans.csv", "", rows)))
    assert prepared.days.capacity[[2, 3, 9, 10], 1].tolist() == [900, 300, 300, 0]
    literal = prepare(tmp_path, "flee")
    assert literal.days.capacity[:, 1].tolist() == [900] * 20
    assert any("plans have no effect" in str(warning) for warning in literal.warnings)


def test_every_row_of_a_place_is_looked_up_and_not_searched(tmp_path, monkeypatch) -> None:
    """A folder of 20,705 places read in a time that grew with their square."""
    asked = []
    known = Gate.known

    def spy(gate: Gate, where: str, name: str, names: Collection[str], noun: str = "place") -> bool:
        if noun == "place":
            asked.append(type(names))
        return known(gate, where, name, names, noun)

    monkeypatch.setattr(Gate, "known", spy)
    counts = ("counts.csv", "", "place,day,persons\nCamp,3,850\n")
    plans = ("plans.csv", "", "what,place,day,persons\ncapacity,Camp,5,2000\n")
    both = 'roads = "roads.csv"\nplans = "plans.csv"\ncounts = "counts.csv"'
    names = ("journeys.toml", 'roads = "roads.csv"', both)
    buses = ("journeys.toml", "", '[[buses]]\nroad = ["Source", "Camp"]\nfrom = 3\n')
    journeys_folder.read(write(tmp_path, names, buses, counts, plans))
    assert len(asked) >= 7
    assert all(issubclass(kind, Set | Mapping) for kind in asked)


def test_wrong_names_are_all_named_and_the_nearest_of_the_first_few(tmp_path, monkeypatch) -> None:
    wrong = "".join(f"Sourse {number},2020-01-02,1\n" for number in range(60))
    looked = []
    monkeypatch.setattr(
        csv_gate, "nearest", lambda name, names: looked.append(name) or nearest(name, names)
    )
    with pytest.raises(InputError) as raised:
        journeys_folder.read(write(tmp_path, ("departures.csv", "", wrong)))
    problems = raised.value.problems
    assert len(problems) == 60
    assert problems[0].fix == "Did you mean Source, Camp?"
    assert problems[-1].fix == "Correct the name of the place"
    assert len(looked) == csv_gate.SUGGESTED
