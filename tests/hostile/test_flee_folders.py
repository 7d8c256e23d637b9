"""Bad folders of journeys: every error names file, line and remedy, all of them at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from corridors.errors import InputError, SourceError
from corridors.readers import flee, journeys_folder
from corridors.study.journey_inputs import prepare

GOOD = {
    "input_csv/locations.csv": """#name,region,country,lat,lon,location_type,conflict_date,pop/cap
Source,R,A,10,10,conflict_zone,0,5000
Between,R,A,10.5,10.5,town,,
Camp,R,B,11,11,camp,,900
""",
    "input_csv/routes.csv": """#name1,name2,distance,forced_redirection
Source,Between,100,
Between,Camp,120,0
""",
    "input_csv/closures.csv": """#closure_type,name1,name2,closure_start,closure_end
country,A,B,0,3
""",
    "input_csv/conflicts.csv": "#Day,Source\n" + "".join(f"{day},1\n" for day in range(20)),
    "input_csv/sim_period.csv": "StartDate,2020-01-01\nLength,20\n",
    "input_csv/registration_corrections.csv": "",
    "source_data/data_layout.csv": "total,refugees.csv\nCamp,camp.csv\n",
    "source_data/refugees.csv": "Date,Persons\n2020-01-01,0\n2020-01-25,800\n",
    "source_data/camp.csv": "Date,Persons\n2020-01-01,0\n2020-01-25,800\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes the good folder with some files replaced; None leaves a file out."""

    def make(**changes: str | bytes | None) -> Path:
        target = tmp_path / "case"
        shutil.rmtree(target, ignore_errors=True)
        files = {
            **GOOD,
            **{name.replace("__", "/") + ".csv": text for name, text in changes.items()},
        }
        for name, text in files.items():
            if text is None:
                continue
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target

    return make


def swapped(file: str, old: str, new: str) -> dict[str, str]:
    text = GOOD[file]
    assert old in text
    return {file.removesuffix(".csv").replace("/", "__"): text.replace(old, new)}


def test_the_good_folder_is_good(folder) -> None:
    situation = flee.read(folder())
    assert situation.warnings == ()
    assert [place.kind for place in situation.places] == ["conflict", "town", "camp"]
    assert len(situation.inputs) == 9


@pytest.mark.parametrize(
    ("change", "where", "what", "fix"),
    [
        (
            ("input_csv/routes.csv", "Camp,120", "Kamp,120"),
            "input_csv/routes.csv:3",
            "Kamp",
            "Camp",
        ),
        (("input_csv/routes.csv", ",100,", ",far,"), "input_csv/routes.csv:2", "'far'", "number"),
        (("input_csv/routes.csv", ",100,", ",-5,"), "input_csv/routes.csv:2", "-5", "from 0"),
        (
            ("input_csv/routes.csv", "Source,Between,100,", "Source,Between"),
            ":2",
            "2 columns",
            "km",
        ),
        (("input_csv/routes.csv", "Between,Camp", "Camp,Camp"), ":3", "to itself", "Delete"),
        (("input_csv/locations.csv", ",5000", ",-1"), "input_csv/locations.csv:2", "-1", "from 0"),
        (
            ("input_csv/locations.csv", ",5000", ",nan"),
            "input_csv/locations.csv:2",
            "nan",
            "number",
        ),
        (("input_csv/locations.csv", "Between,R", "Source,R"), ":3", "stands already", "own name"),
        (
            ("input_csv/closures.csv", "country,A,B", "country,A,C"),
            "closures.csv:2",
            "'C'",
            "Did you",
        ),
        (
            ("input_csv/closures.csv", "country,A", "contry,A"),
            "closures.csv:2",
            "contry",
            "country",
        ),
        (
            ("input_csv/closures.csv", ",0,3", ",7,3"),
            "closures.csv:2",
            "before it starts",
            "in order",
        ),
        (("input_csv/closures.csv", ",0,3", ",x,3"), "closures.csv:2", "'x'", "number"),
        (("input_csv/conflicts.csv", "\n3,1", "\n3,7"), "conflicts.csv:5", "above 1", "0 to 1"),
        (
            ("input_csv/sim_period.csv", "2020-01-01", "01/01/20"),
            "sim_period.csv:1",
            "date",
            "YYYY",
        ),
        (("input_csv/sim_period.csv", "Length,20", "Lenght,20"), "sim_period.csv", "length", "Add"),
        (("source_data/camp.csv", "25,800", "25,-800"), "source_data/camp.csv:3", "-800", "from 0"),
        (("source_data/camp.csv", "25,800", "25,many"), "source_data/camp.csv:3", "many", "number"),
        (
            ("source_data/data_layout.csv", "camp.csv", "kamp.csv"),
            "layout.csv:2",
            "kamp",
            "correct",
        ),
        (
            ("source_data/camp.csv", "2020-01-25,800", "2020-01-25,800\n2020-01-04,10"),
            "source_data/camp.csv:4",
            "goes back",
            "Sort",
        ),
    ],
)
def test_what_cannot_be_meant_is_an_error(folder, change, where, what, fix) -> None:
    with pytest.raises(InputError) as caught:
        flee.read(folder(**swapped(*change)))
    problem = caught.value.problems[0]
    assert where in problem.where
    assert what in problem.what
    assert fix in problem.fix


def test_every_problem_is_listed_at_once(folder) -> None:
    bad = {
        **swapped("input_csv/routes.csv", "Camp,120", "Kamp,120"),
        **swapped("source_data/camp.csv", "25,800", "25,-800"),
        **swapped("input_csv/closures.csv", ",0,3", ",7,3"),
    }
    with pytest.raises(InputError) as caught:
        flee.read(folder(**bad))
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00junk", b"name\x00with,zero\n", b"\x93quoted\x94,x,y\n"]
)
def test_a_file_that_is_no_text_is_named(folder, content) -> None:
    with pytest.raises(InputError, match=r"input_csv/routes\.csv:1"):
        flee.read(folder(input_csv__routes=content))


@pytest.mark.parametrize("file", ["locations", "routes", "sim_period"])
def test_a_missing_file_is_named(folder, file) -> None:
    with pytest.raises(SourceError, match=rf"{file}\.csv: is missing"):
        flee.read(folder(**{f"input_csv__{file}": None}))


def test_no_folder_and_no_journeys_are_told_apart(tmp_path) -> None:
    with pytest.raises(SourceError, match="no such file or folder"):
        journeys_folder.read(tmp_path / "nowhere")
    with pytest.raises(SourceError, match="holds no journeys"):
        journeys_folder.read(tmp_path)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (swapped("input_csv/conflicts.csv", "#Day,Source", "#Day,Sorce"), "'Sorce' names no place"),
        (swapped("input_csv/locations.csv", "camp,,900", "camp,,0"), "means unlimited"),
        (swapped("input_csv/sim_period.csv", "Length,20", "Length,60"), "ends on day 19 of 60"),
        (swapped("input_csv/sim_period.csv", "Length,20", "Length,60"), "before the period does"),
        (swapped("source_data/camp.csv", "2020-01-01,0", "2020-01-01,800"), "placeholder"),
        (swapped("source_data/data_layout.csv", "Camp,camp", "Kamp,camp"), "'Kamp' is no place"),
        (swapped("input_csv/closures.csv", "country,A,B,0", "location,Source,A,0"), "seals all 1"),
        (swapped("input_csv/closures.csv", "country,A,B,0,3", "country,A,B,99,-1"), "after the 20"),
        (swapped("input_csv/routes.csv", "120,0", "120,0\nCamp,Between,120,0"), "doubles"),
        ({"input_csv__registration_corrections": "Kamp,2020-01-03\n"}, "correction is lost"),
        ({"input_csv__registration_corrections": "Camp,2020-01-03\n"}, "no count of 2020-01-03"),
        (swapped("input_csv/locations.csv", "5000", ""), "displaces nobody"),
        (swapped("input_csv/locations.csv", "5000", ""), "no place in conflict to set out from"),
        (
            swapped("input_csv/locations.csv", "camp,,900", "camp,,900\nFar,R,B,12,12,camp,,50"),
            "camps without registrations: Far",
        ),
        ({"input_csv__flood_level": "#Day,Source\n0,1\n"}, "floods are not modelled"),
        (
            swapped("input_csv/locations.csv", "pop/cap", "pop/cap,capacity_per_day"),
            "columns capacity_per_day are not used",
        ),
    ],
)
def test_what_has_no_effect_is_a_warning(folder, changes, what) -> None:
    prepared = prepare(folder(**changes))
    said = list(map(str, prepared.warnings))
    assert any(what in warning for warning in said), said


def test_the_two_readings_of_a_sealed_place_differ(folder) -> None:
    closures = {"input_csv__closures": "#t,a,b,s,e\nlocation,Between,Camp,0,9\n"}
    literal = prepare(folder(**closures), "flee")
    sane = prepare(folder(**closures))
    assert literal.days.open[0].sum() == 0
    assert sane.days.open[0].sum() == 2
    assert "not only the one to Camp" in str(literal.warnings[0])
    assert "because both are named" in str(sane.warnings[0])


def test_settings_are_read_and_unknown_ones_said(folder) -> None:
    path = folder()
    (path / "simsetting.yml").write_text(
        "log_levels:\n  agent: 0\nmove_rules:\n  max_move_speed: 200\n  awareness_level: 2\n"
        "  camp_weigth: 2\n  stay_close_to_home: true\n"
    )
    prepared = prepare(path, "flee")
    assert (prepared.behaviour.km_per_day, prepared.behaviour.awareness) == (200, 2)
    said = " ".join(map(str, prepared.warnings))
    assert "no setting 'camp_weigth'. Did you mean camp_weight" in said
    assert "stay_close_to_home = True is not modelled" in said
    (path / "simsetting.yml").write_text("move_rules:\n  max_move_speed: fast\n")
    with pytest.raises(InputError, match=r"max_move_speed.*Give a number"):
        prepare(path)
    (path / "simsetting.yml").write_text("move_rules: [unclosed\n")
    with pytest.raises(InputError, match=r"simsetting.yml:\d+: is not YAML"):
        prepare(path)


# --- our own format --------------------------------------------------------------------------

PLACES = """place,country,kind,latitude,longitude,population_persons,capacity_persons
Source,A,conflict,10,10,5000,
Camp,B,camp,11,11,,900
"""
FILE = """title = "A small case"
first_day = 2020-01-01
days = 20
places = "places.csv"
roads = "roads.csv"
departures = "departures.csv"
[[what_if]]
name = "shut"
[[what_if.close]]
border = ["A", "B"]
from = 2020-01-05
until = 8
[[what_if.shelter]]
place = "New"
near = "Source"
places = 100
from = 3
"""


def write(folder: Path, **texts: str) -> Path:
    files = {
        "journeys.toml": FILE,
        "places.csv": PLACES,
        "roads.csv": "from,to,kilometres\nSource,Camp,80\n",
        "departures.csv": "place,day,persons\nSource,2020-01-02,400\n",
    } | {name.replace("__", "."): text for name, text in texts.items()}
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_our_own_format_is_read(tmp_path) -> None:
    file = journeys_folder.read(write(tmp_path))
    assert file.title == "A small case"
    (what_if,) = file.what_ifs
    assert what_if.changes.closures[0].names == ("A", "B")
    assert (what_if.changes.closures[0].first, what_if.changes.closures[0].last) == (4, 8)
    assert what_if.changes.new_places[0][0].name == "New"


@pytest.mark.parametrize(
    ("name", "old", "new", "what"),
    [
        ("journeys__toml", "title =", "titel =", "no key 'titel'"),
        ("journeys__toml", 'border = ["A", "B"]', 'border = ["A", "C"]', "no country 'C'"),
        ("journeys__toml", "until = 8", "until = 2", "ends before it begins"),
        ("journeys__toml", "until = 8", 'until = "soon"', "not a day"),
        ("journeys__toml", "places = 100", "places = -1", "not a number from 0"),
        ("journeys__toml", "days = 20", "days = 0", "not a whole number"),
        ("journeys__toml", 'name = "shut"', "", "a name of its own"),
        ("journeys__toml", "days = 20", "days 20", "is not TOML"),
        ("places__csv", "population_persons", "population", "no column 'population'"),
        ("places__csv", "conflict,10", "conflit,10", "no kind 'conflit'"),
    ],
)
def test_mistakes_in_our_format_are_named(tmp_path, name, old, new, what) -> None:
    text = {"journeys__toml": FILE, "places__csv": PLACES}[name]
    assert old in text
    with pytest.raises(InputError, match=what):
        journeys_folder.read(write(tmp_path, **{name: text.replace(old, new)}))


def test_a_missing_table_is_named(tmp_path) -> None:
    write(tmp_path)
    (tmp_path / "roads.csv").unlink()
    with pytest.raises(SourceError, match=r"roads\.csv: is missing"):
        journeys_folder.read(tmp_path)


def test_a_figure_of_a_caravan_says_where_it_is_from(tmp_path) -> None:
    source = journeys_folder.shipped()["caravan-2018"].parent
    for file in source.iterdir():
        shutil.copy(file, tmp_path)
    text = (tmp_path / "journeys.toml").read_text()
    (tmp_path / "journeys.toml").write_text(
        text.replace('source = "no count of people', 'sorce = "')
    )
    with pytest.raises(InputError, match=r"caravan.rates.leave: has no source"):
        journeys_folder.read(tmp_path)


def test_a_caravan_in_the_words_of_old_is_told_the_new_ones(tmp_path: Path) -> None:
    shipped = journeys_folder.shipped()["caravan-2018"].parent
    for file in shipped.iterdir():
        text = file.read_text(encoding="utf-8").replace("lower", "low").replace("upper", "high")
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        journeys_folder.read(tmp_path)
    said = str(raised.value)
    assert "rates.returns: has no lower, upper" in said
    assert "joins.csv:1: there is no column 'low'. Did you mean lower" in said
