"""`corridors run` from the question to the folder: files, words, exit codes, digests."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import pandas as pd
import pytest
from markupsafe import escape

import corridors
from corridors import cli, study
from corridors.baseline import observed as figures
from corridors.data import results, store
from corridors.errors import NotConverged, SourceError
from corridors.readers import journeys_folder
from corridors.show.numbers import THIN
from corridors.show.report import equilibrium, index
from corridors.show.report import page as report
from corridors.study import ask
from corridors.study.manifest import digest

SMALL = """
title = "Open <the> Gulf & \\"more\\""
question = "What if the Gulf were <open>?"
sources = ["this test"]
capital = ["fixed"]
focus = ["ARE"]

[draws]
number = 10
seed = 3

[[policy]]
name = "open"
levers = [{ open_border = { residence = "GCC" } }]
"""
HEAD = 'title = "T"\nquestion = "Q?"\ncapital = ["fixed"]\n[draws]\nnumber = 2\n'
FILES = {
    "accounts.parquet", "area_intervals.parquet", "areas.csv", "areas.parquet",
    "corridor_intervals.parquet", "status_intervals.parquet",
    "contributions.parquet", "corridors.csv", "corridors.parquet", "draws.parquet",
    "figures.parquet", "headline.parquet", "income_groups.parquet", "inequality.parquet",
    "manifest.json", "movers.parquet", "public_money.parquet", "ranking.parquet", "report.html",
    "senders.parquet", "solver.parquet", "statuses.parquet", "welfare.parquet",
}  # fmt: skip


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("error: ")]


class Serial(Executor):
    """Does the work when it is handed in, here."""

    def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(task(*given, **named))
        return done


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """Run the command line in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def ended(*arguments: str) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "argv", ["corridors", *arguments])
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as leaving:
            cli.main()
        return Ended(int(leaving.value.code or 0), out.getvalue(), err.getvalue())

    return ended


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def asked(text: str = SMALL, name: str = "small") -> study.Study:
    return study.check(name, tomllib.loads(text))


# --- the folder ------------------------------------------------------------------------------


class Run(NamedTuple):
    folder: Path
    ended: Ended


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One real run of the small study, in a process of its own."""
    place = tmp_path_factory.mktemp("run")
    (place / "small.toml").write_text(SMALL, encoding="utf-8")
    command = [sys.executable, "-m", "corridors", "run", "small.toml", "--draws", "4"]
    done = subprocess.run(command, capture_output=True, cwd=place, encoding="utf-8")
    return Run(place / "small", Ended(done.returncode, done.stdout, done.stderr))


def test_a_run_writes_a_whole_folder_and_nothing_beside_it(small: Run) -> None:
    assert small.ended.code == 0, small.ended.err
    assert names(small.folder) == FILES
    assert names(small.folder.parent) == {"small", "small.toml"}
    assert os.access(small.folder, os.R_OK | os.X_OK)


def test_the_answer_is_on_stdout_and_the_talk_on_stderr(small: Run) -> None:
    _, out, err = small.ended
    assert re.search(r"World output +[+−]\d\S+\s%", out)
    for title in ("Capital fixed", "In focus", "Corridors that change most", "smaller"):
        assert title in out
    assert "80 % of 4 draws" in " ".join(out.split())
    talk = err.splitlines()
    assert talk[0] == "gathering the figures"
    assert "drawing parameters: 4 of 4" in talk
    assert talk[-1].startswith("written to small/: report.html")
    assert not set(talk) & set(out.splitlines())


def test_load_gives_the_tables_back(small: Run) -> None:
    loaded = corridors.load(small.folder)
    fresh = study.run(asked().with_draws(4, 3), executor=Serial())
    assert set(loaded.tables) == set(fresh.tables)
    for name, table in fresh.tables.items():
        pd.testing.assert_frame_equal(
            loaded[name],
            table.reset_index(drop=True),
            check_dtype=False,
            check_categorical=False,
            check_exact=True,
        )
    # Another process, the same digest; and the digest is that of the tables on disk.
    assert loaded.manifest["digest"] == fresh.manifest["digest"] == digest(loaded.tables)


def test_the_report_is_one_small_file_without_script(small: Run) -> None:
    text = (small.folder / "report.html").read_text(encoding="utf-8")
    assert len(text.encode()) <= 400_000
    assert_self_contained(text)
    assert "Open &lt;the&gt; Gulf &amp; &#34;more&#34;" in text
    assert "What is expected anyway" in text and "world: people living there" in text


def assert_self_contained(text: str) -> None:
    style = re.search(r"<style>(.*?)</style>", text, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.S)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy and "http" not in script
    assert "<the>" not in text and "<open>" not in text
    assert not re.search(r'(?:src|href)="(?!#|data:,|https?://|[\w.%-]+/report\.html")', text)
    assert not re.search(r'src="http|@import|url\((?!#)', text)


@pytest.mark.slow
def test_report_writes_the_same_report_anew(small: Run, run, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(small.folder, folder)
    before = (folder / "report.html").read_bytes()
    (folder / "report.html").write_text("spoiled")
    ended = run("report", "copy")
    assert (ended.code, ended.out) == (0, "")
    assert (folder / "report.html").read_bytes() == before
    assert names(folder) == FILES


# --- the digest ------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_digest_does_not_depend_on_who_does_the_work() -> None:
    first = corridors.run(asked())
    with ThreadPoolExecutor(2) as threads:
        again = corridors.run(asked(), executor=threads)
    for other in (again, corridors.run(asked(), executor=Serial())):
        assert other.manifest["digest"] == first.manifest["digest"]
    first.headline.loc[0, "value"] *= 1.0 + 1e-15
    assert digest(first.tables) != first.manifest["digest"]


# --- a wrong question ------------------------------------------------------------------------

WRONG = {
    "share out of range": (
        "{ open_border = { legal_share = 1.7 } }",
        ["legal_share: 1.7 is outside its range. Give a number from 0 to 1"],
    ),
    "unknown area": (
        '{ ban = { birthplace = "Mexiko" } }',
        ["'Mexiko': not known. Did you mean Mexico (MEX)"],
    ),
    "two unknown areas": (
        '{ ban = { birthplace = "Atlantis", residence = "Mordor" } }',
        ["'Atlantis': not known", "'Mordor': not known"],
    ),
    "unknown field": (
        "{ open_border = { legal_shar = 0.1 } }",
        ["there is no field 'legal_shar'. Did you mean legal_share"],
    ),
    "unknown lever": (
        "{ open_boarder = {} }",
        ["there is no lever 'open_boarder'. Did you mean open_border"],
    ),
    "a selection of nobody": (
        '{ ban = { birthplace = "MEX", residence = "MEX" } }',
        ["selects no corridor of this world. Widen the selection"],
    ),
    "a status that is not told apart": (
        "{ regularisation = {} }",
        ["status: 'irregular' is not in this world"],
    ),
    "an opening of empty corridors": (
        '{ open_border = { birthplace = "BTN", residence = "BLZ" } }',
        ["nobody lives there today, so there is no wedge to open. Choose corridors with people"],
    ),
    "two fees for one cell": (
        "{ remittance_cost = { cost_share = 0.03 } }, "
        '{ remittance_cost = { cost_share = 0.05, birthplace = "MEX" } }',
        ["sets fee to 0.03 and remittance_cost sets it to 0.05 in 191 common cells"],
    ),
    "a share out of range and a misspelt lever": (
        "{ open_border = { legal_share = 1.7 } }, { bann = {} }",
        ["1.7 is outside its range", "there is no lever 'bann'. Did you mean ban"],
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_study_ends_with_2_and_a_line_for_each_problem(run, tmp_path, wrong) -> None:
    levers, words = WRONG[wrong]
    text = HEAD + f'[[policy]]\nname = "p"\nlevers = [{levers}]\n'
    (tmp_path / "wrong.toml").write_text(text)
    ended = run("run", "wrong.toml")
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.errors) == len(words), ended.err
    for line, word in zip(ended.errors, words, strict=True):
        assert line.startswith("error: wrong: policy 'p'")
        assert word in line
    assert "Traceback" not in ended.err
    assert names(tmp_path) == {"wrong.toml"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD.replace("number", "nubmer"), ["there is no key 'nubmer'. Did you mean number"]),
        ("chanels = []\n" + HEAD, ["there is no key 'chanels'. Did you mean channels"]),
        (HEAD.replace('"fixed"', '"fixd"'), ["capital.0: Input should be 'fixed'", "Got 'fixd'"]),
        (HEAD.replace("number = 2", "number = -2"), ["draws.number", "Got -2"]),
        (HEAD.replace("title", "titel"), ["title: Field required", "Did you mean title"]),
        (HEAD.replace('"Q?"', "?"), ["is not TOML"]),
        (
            'focus = ["Atlantis"]\n' + HEAD,
            ["wrong: focus", "area 'Atlantis': not known. Did you mean"],
        ),
    ],
)
def test_a_wrong_key_or_value_is_named(run, tmp_path: Path, text: str, words: list[str]) -> None:
    (tmp_path / "wrong.toml").write_text(text + '[[policy]]\nname = "p"\n')
    ended = run("run", "wrong.toml")
    assert (ended.code, ended.out) == (2, "")
    assert 1 <= len(ended.errors) <= len(words), ended.err
    assert len(ended.errors) == len(ended.err.splitlines())
    assert all(word in ended.err for word in words), ended.err
    assert names(tmp_path) == {"wrong.toml"}


def test_every_study_asked_for_is_checked_before_any_runs(run, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(HEAD.replace("title", "titel"))
    ended = run("run", "open-boders", "closed-borders", "wrong.toml")
    assert (ended.code, ended.out) == (2, "")
    assert "error: study 'open-boders': there is no such file or study" in ended.errors[0]
    assert "open-borders" in ended.errors[0]
    assert [line.split(":")[1] for line in ended.errors[1:]] == [" wrong"] * 3
    assert len(ended.errors) == len(ended.err.splitlines()) == 4
    assert names(tmp_path) == {"wrong.toml"}


def test_two_files_of_one_name_cannot_share_a_folder(run, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.toml").write_text(SMALL)
    ended = run("run", "a/mine.toml", "b/mine.toml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.errors == [
        "error: study 'mine': two files of this name would go to one folder. Rename one of them"
    ]
    assert names(tmp_path) == {"a", "b"}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "name a study or a file"),
        (["closed-borders", "--draws", "-1"], "greater than or equal to 0. Got -1"),
        (["closed-borders", "--draws", "many"], "Invalid value for '--draws'"),
        (["closed-borders", "--seed", "-1"], "seed"),
        (["closed-borders", "--sede", "1"], "--seed"),
    ],
)
def test_a_wrong_option_ends_with_2(run, tmp_path: Path, arguments: list[str], word: str) -> None:
    ended = run("run", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert word in ended.err
    assert names(tmp_path) == set()


# --- a wrong place ---------------------------------------------------------------------------


def refused(ended: Ended, what: str) -> None:
    """Refused in one line, before anything was computed."""
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == ended.errors
    assert what in ended.errors[0], ended.err
    assert "with --out" in ended.errors[0]


def test_a_folder_with_someones_files_is_not_touched(run, tmp_path: Path) -> None:
    theirs = tmp_path / "closed-borders" / "notes.txt"
    theirs.parent.mkdir()
    theirs.write_text("mine")
    refused(run("run", "closed-borders"), "is not empty and was not written by corridors")
    assert theirs.read_text() == "mine"
    assert names(theirs.parent) == {"notes.txt"}
    assert names(tmp_path) == {"closed-borders"}


def test_a_result_with_a_file_of_somebody_else_is_not_replaced(small: Run, run, tmp_path) -> None:
    shutil.copytree(small.folder, tmp_path / "small")
    (tmp_path / "small" / "notes.txt").write_text("mine")
    (tmp_path / "small.toml").write_text(SMALL)
    refused(run("run", "small.toml"), "is not empty")
    ended = run("report", "small")
    assert ended.code == 2 and "is not empty" in ended.errors[0]
    assert names(tmp_path / "small") == FILES | {"notes.txt"}


def test_places_that_cannot_be_a_folder(run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    refused(run("run", "closed-borders", "--out", "file"), "output folder file: is a file")
    inside = run("run", "closed-borders", "--out", "file/inside")
    refused(inside, f"cannot be made: {tmp_path / 'file'} is a file")
    refused(run("run", "closed-borders", "--out", "x" * 300), "cannot be looked at")
    assert (tmp_path / "file").read_text() == "mine"
    assert names(tmp_path) == {"file"}


def test_no_permission_to_write(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    if os.access(locked, os.W_OK):  # root may write anywhere: see it as anybody else does
        access = os.access
        monkeypatch.setattr(os, "access", lambda at, mode: at != locked and access(at, mode))
    ended = run("run", "closed-borders", "--out", str(locked / "deep" / "er"))
    refused(ended, f"cannot be made: no permission to write in {locked}")
    assert names(locked) == set()


# --- a damaged table, a world that does not settle -----------------------------------------------


def test_a_truncated_table_ends_with_3(run, tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(store.REFERENCE, folder)
    file = folder / "stocks_2024.parquet"
    file.write_bytes(file.read_bytes()[:-1000])
    for function in (store.table, store.catalogue):
        monkeypatch.setitem(function.__kwdefaults__, "folder", folder)
    # A process gathers its figures once; here it must look again.
    monkeypatch.setattr(figures, "_known", figures.gather)
    ended = run("run", "closed-borders")
    assert (ended.code, ended.out) == (3, "")
    (line,) = ended.errors
    assert f"table stocks_2024: {file} is damaged" in line and "Install the package again" in line
    assert names(tmp_path) == {"reference"}


def test_report_of_no_result_ends_with_3(run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "nowhere"):
        ended = run("report", folder)
        assert (ended.code, ended.out) == (3, "")
        assert f"{folder} holds no result of corridors" in ended.errors[0]
        assert len(ended.errors) == 1
    assert names(tmp_path) == {"empty"}


# --- asking without answering ----------------------------------------------------------------


def test_a_dry_run_plans_and_writes_nothing(run, tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SMALL)
    ended = run("run", "small.toml", "people-and-capital", "--dry-run", "--world", "2020")
    assert ended.code == 0
    rows = [line.replace(THIN, "").split() for line in ended.out.splitlines()]
    (opened,) = (row for row in rows if row[:1] == ["small"])
    assert opened[1:3] == ["open", "open_border"]
    skills, birthplaces, residences = 2, 190, 6
    assert int(opened[3]) == skills * birthplaces * residences > int(opened[4]) > 0
    nothing = next(row for row in rows if row[:1] == ["people-and-capital"])
    assert nothing[-3:] == ["none", "0", "0"]
    assert ended.err == "7 cases; nothing was solved and nothing written\n"
    assert names(tmp_path) == {"small.toml"}


# --- several studies -------------------------------------------------------------------------


@pytest.fixture
def two(tmp_path: Path) -> list[str]:
    """Two studies in files, one of them with an awkward name."""
    (tmp_path / "small.toml").write_text(SMALL)
    (tmp_path / "a #1 & two.toml").write_text(SMALL.replace("Open <the> Gulf", "Second"))
    return ["small.toml", "a #1 & two.toml", "--draws", "0"]


@pytest.mark.slow
def test_several_studies_get_an_index_that_leads_to_their_reports(
    small: Run, run, tmp_path: Path, two: list[str]
) -> None:
    folder = tmp_path / "all"
    shutil.copytree(small.folder, folder / "small")  # a result of ours: replaced
    ended = run("run", *two, "--out", "all")
    assert ended.code == 0, ended.err
    assert names(folder / "small") == FILES - {
        "area_intervals.parquet",
        "corridor_intervals.parquet",
        "status_intervals.parquet",
        "draws.parquet",
        "ranking.parquet",
    }
    assert "(no data)" not in (folder / "small" / "report.html").read_text(encoding="utf-8")
    assert names(folder) == {"small", "a #1 & two", "index.html"}
    assert ended.err.splitlines()[-1].startswith("written: all/index.html")
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert_self_contained(text)
    assert f"<style>{report._parts()['style']}</style>" in text
    addresses = re.findall(r'<a href="([^"]+)"', text)
    assert [unquote(address) for address in addresses] == [
        "small/report.html",
        "a #1 & two/report.html",
    ]
    for address in addresses:
        loaded = corridors.load((folder / unquote(address)).parent)
        for words in (loaded.manifest["file"]["title"], loaded.manifest["file"]["question"]):
            assert str(escape(words)) in text
        assert loaded.manifest["digest"][:16] in text
        made = (folder / unquote(address)).read_text(encoding="utf-8")
        headline = re.search(r'class="answer"><li>(.*?)</li>', made)[1]
        assert headline.startswith("Open: world output +")
        assert f"<p>{headline}</p>" in text
    results.check_page(folder / "index.html", index.MARK)  # its own place: no objection


@pytest.mark.parametrize("name", ["open-borders", "caravan-2018"])
def test_a_name_is_the_shipped_one_beside_a_result_of_that_name(
    name: str, small: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(small.folder, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert ask._is_journey(Path(name)) == (name == "caravan-2018")
    assert journeys_folder.read("caravan-2018").caravan is not None
    with pytest.raises(SourceError, match="holds no journeys"):
        journeys_folder.read(tmp_path / name)


def test_one_study_gets_no_index(small: Run) -> None:
    assert not (small.folder.parent / "index.html").exists()


@pytest.mark.parametrize("theirs", ["<p>mine</p>", b"\xff\xfe", None])
def test_an_index_of_somebody_else_is_refused_before_anything_runs(
    run, tmp_path: Path, two: list[str], theirs: str | bytes | None
) -> None:
    page = tmp_path / "index.html"
    if theirs is None:
        page.mkdir()
    else:
        page.write_bytes(theirs if isinstance(theirs, bytes) else theirs.encode())
    refused(run("run", *two), "index page index.html: is there and was not written by corridors")
    assert names(tmp_path) == {"small.toml", "a #1 & two.toml", "index.html"}
    if theirs is not None:
        assert page.read_bytes() in (theirs, str(theirs).encode())


def test_the_index_is_written_only_after_all(run, tmp_path, two, monkeypatch) -> None:
    answer = study.run
    done: list[str] = []

    def second_fails(study_asked: study.Study, **options: Any) -> corridors.Result:
        done.append(study_asked.name)
        if len(done) == 2:
            raise NotConverged("no fixed point", 0.1)
        return answer(study_asked, **options)

    monkeypatch.setattr(study, "run", second_fails)
    monkeypatch.setattr(corridors.Result, "save", lambda result, folder, pages: folder.mkdir())
    ended = run("run", *two)
    assert ended.code == 4
    assert ended.errors == ["error: no fixed point (residual 0.1)"]
    assert names(tmp_path) == {"small.toml", "a #1 & two.toml", "small"}


# --- the studies that ship -------------------------------------------------------------------


@pytest.mark.parametrize("name", study.shipped())
def test_every_shipped_study_can_be_asked(name: str) -> None:
    study_read = study.read(name)
    assert study_read.name == name
    assert study_read.file.title.strip() and study_read.file.question.strip().endswith("?")
    assert study_read.file.sources and all(text.strip() for text in study_read.file.sources)
    assert study_read.file.draws.number >= 40
    plan = study.plan(study_read)
    assert set(plan["policy"]) == {policy.name for policy in study_read.policies}
    touched = plan[plan["lever"] != "none"]
    assert len(touched) and (touched["cells"] > 0).all()
    assert (touched["empty"] < touched["cells"]).all()


@pytest.mark.slow
def test_people_and_capital_runs_without_draws(run, tmp_path: Path) -> None:
    ended = run("run", "people-and-capital", "--draws", "0")
    assert ended.code == 0, ended.err
    assert "No draws, no intervals." in " ".join(ended.out.split())
    loaded = corridors.load(tmp_path / "people-and-capital")
    output = loaded.headline[loaded.headline["measure"] == "output"]
    value = output.set_index(["policy", "capital"])["value"]
    for capital in ("fixed", "mobile"):
        assert value["people as today", capital] == pytest.approx(0.0, abs=1e-10)
        assert value["people closed", capital] < -0.01 < 0.01 < value["people open", capital]
    # Capital that follows people adds to what either opening or closing does.
    assert value["people open", "mobile"] > value["people open", "fixed"]
    assert value["people closed", "mobile"] < value["people closed", "fixed"]


@pytest.mark.slow
def test_variants_switch_one_channel_on_at_a_time() -> None:
    asked = {
        "title": "Open",
        "question": "?",
        "capital": ["fixed"],
        "draws": {"number": 0},
        "variants": ["congestion", "origin_quality"],
        "policy": [{"name": "open", "levers": [{"open_border": {"legal_share": 0.15}}]}],
    }
    result = study.run(study.check("open", asked))
    rows = result["variants"].query("measure == 'output'").set_index("variant")["value"]
    alone = {"variants": [], "channels": ["congestion"]}
    again = study.run(study.check("open", {**asked, **alone})).headline.set_index("measure")
    assert rows["congestion"] == pytest.approx(again["value"]["output"], abs=1e-7)
    assert rows["origin_quality"] < 0.5 * again["value"]["output"]
    page = equilibrium.report(result)
    (section,) = (
        section for section in page.sections if section.title == "What would change it most"
    )
    assert section.tables[0].table["variant"].tolist()[1:] == ["congestion", "origin quality"]


def test_draws_that_a_projection_does_not_make_are_said(run) -> None:
    said = run("run", "deportation-by-year", "--draws", "10", "--dry-run").err
    assert "deportation-by-year: a projection draws nothing" in " ".join(said.split())
    assert "draws nothing" not in run("run", "deportation-by-year", "--dry-run").err
    assert "draws nothing" not in run("run", "open-borders", "--draws", "10", "--dry-run").err
