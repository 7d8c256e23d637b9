"""Damaged tables, unknown names and queries that reach for what is not theirs."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corridors import areas
from corridors.data import store
from corridors.errors import InputError, SourceError

TABLE = "remittance_fees"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the reference folder to damage."""
    return Path(shutil.copytree(store.REFERENCE, tmp_path / "reference"))


def damaged(folder: Path) -> str:
    """The one error that `table` and `sql` raise alike."""
    messages = set()
    for read in (
        lambda: store.table(TABLE, folder=folder),
        lambda: store.records(TABLE, folder=folder),
        lambda: store.sql(f"SELECT * FROM {TABLE}", folder=folder),
    ):
        with pytest.raises(SourceError) as raised:
            read()
        messages.add(str(raised.value))
    (message,) = messages
    assert "\n" not in message
    assert "Install the package again" in message
    return message


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_truncated_parquet_is_one_clear_error(folder: Path, share: float) -> None:
    file = folder / f"{TABLE}.parquet"
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    message = damaged(folder)
    assert TABLE in message
    assert str(file) in message
    assert "damaged" in message


def test_one_flipped_bit_is_noticed(folder: Path) -> None:
    file = folder / f"{TABLE}.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    assert "damaged" in damaged(folder)


def test_missing_parquet(folder: Path) -> None:
    (folder / f"{TABLE}.parquet").unlink()
    assert "No such file" in damaged(folder)


def test_folder_in_place_of_a_table(folder: Path) -> None:
    (folder / f"{TABLE}.parquet").unlink()
    (folder / f"{TABLE}.parquet").mkdir()
    assert "cannot be read" in damaged(folder)


def with_entry(folder: Path, **changed: object) -> None:
    file = folder / "catalogue.json"
    catalogue = json.loads(file.read_text(encoding="utf-8"))
    catalogue[TABLE] |= changed
    file.write_text(json.dumps(catalogue), encoding="utf-8")


def test_columns_other_than_declared(folder: Path) -> None:
    with_entry(folder, columns={"area": "area", "year": "year", "cost": "share"})
    with pytest.raises(SourceError, match="other columns than the catalogue says"):
        store.table(TABLE, folder=folder)


def test_no_parquet_behind_the_right_digest(folder: Path) -> None:
    (folder / f"{TABLE}.parquet").write_bytes(b"PAR1 not a table PAR1")
    with_entry(folder, sha256=hashlib.sha256(b"PAR1 not a table PAR1").hexdigest())
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        store.table(TABLE, folder=folder)
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        store.sql(f"SELECT * FROM {TABLE}", folder=folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"areas": {}}', b"null"])
def test_damaged_catalogue(folder: Path, content: bytes) -> None:
    (folder / "catalogue.json").write_bytes(content)
    with pytest.raises(SourceError, match="catalogue of figures cannot be read"):
        store.catalogue(folder=folder)


def test_missing_catalogue(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="catalogue of figures cannot be read"):
        store.table(TABLE, folder=tmp_path)


@pytest.mark.parametrize("content", [b"[EU", b"\xff\xfe"])
def test_damaged_list(folder: Path, content: bytes) -> None:
    (folder / "groups.toml").write_bytes(content)
    with pytest.raises(SourceError, match="the list groups cannot be read"):
        store.listing("groups", folder=folder)


@pytest.mark.parametrize("name", ["stock_2020", "", "../areas", "areas.parquet", "AREAS"])
def test_unknown_table_offers_the_nearest(name: str) -> None:
    with pytest.raises(InputError, match="no reference table") as raised:
        store.table(name)
    assert raised.value.problems[0].fix.startswith("Did you mean ")


def test_a_reader_cannot_spoil_the_next_readers_table() -> None:
    first = store.table(TABLE)
    first["cost_share"] = 0.0
    assert (store.table(TABLE)["cost_share"] > 0).any()


# --- queries ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["areas", "stocks_1960_2000", "remittances_by_corridor"])
def test_text_as_categories_is_the_same_text(name: str) -> None:
    plain, compact = store.table(name), store.table(name, categories=True)
    text = [column for column in plain if pd.api.types.is_string_dtype(plain[column])]
    assert text and list(compact.select_dtypes("category")) == text
    for column in text:
        assert compact[column].cat.categories.is_monotonic_increasing
        assert not compact[column].cat.ordered
    back = compact.astype({column: plain[column].dtype for column in text})
    pd.testing.assert_frame_equal(back, plain, check_exact=True)


def test_a_year_is_the_rows_of_that_year() -> None:
    plain = store.table("stocks_2020")
    mine = plain[plain["year"] == 1995].reset_index(drop=True)
    assert 0 < len(mine) < len(plain)
    pd.testing.assert_frame_equal(store.table("stocks_2020", year=1995), mine)
    assert store.table("stocks_2020", year=1994).empty
    assert store.table("stocks_2020", year=1994, categories=True).empty
    with pytest.raises(InputError, match="has no years"):
        store.table("areas", year=2020)


def test_sql_answers_over_every_table() -> None:
    for table in store.catalogue():
        counted = store.sql(f'SELECT count(*) AS rows FROM "{table.name}"')
        assert counted["rows"].iloc[0] == table.rows
    assert len(store.sql("SHOW TABLES")) == len(store.catalogue())


@pytest.mark.parametrize(
    "query",
    [
        "", ";", "-- nothing", "selec 1", "SELECT", "SELECT 1; SELECT 2", "SELECT * FROM nowhere",
        "SELECT nothing FROM areas", "SELECT 'a' + 1 FROM areas", "SELECT * FROM areas WHERE",
        "DROP VIEW areas", "INSERT INTO areas SELECT * FROM areas", "DELETE FROM areas",
        "CREATE TABLE mine AS SELECT 1", "SET threads = 1", "CHECKPOINT",
        "INSTALL httpfs", "LOAD httpfs", "ATTACH 'elsewhere.db'", "CALL duckdb_settings()",
        "COPY areas TO 'stolen.csv'", "EXPORT DATABASE 'stolen'",
        "WITH one AS (SELECT 1) INSERT INTO areas SELECT * FROM one",
    ],
)  # fmt: skip
def test_bad_query_is_an_input_error(
    query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as raised:
        store.sql(query)
    assert raised.value.problems[0].where == "query"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "source",
    [
        "'{file}'", "read_csv('{file}')", "read_text('{file}')", "read_blob('{file}')",
        "glob('{folder}/*')", "read_parquet('{folder}/*.parquet')", "read_json('{file}')",
        "'https://example.org/x.parquet'", "read_csv('https://example.org/x.csv')",
        "query('SELECT * FROM read_text(''{file}'')')", "query_table('{file}')",
    ],
)  # fmt: skip
def test_query_sees_no_file_and_no_network(source: str, tmp_path: Path) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("secret\n1\n", encoding="utf-8")
    with pytest.raises(InputError):
        store.sql(f"SELECT * FROM {source.format(file=file, folder=tmp_path)}")


def test_query_sees_no_variable_of_the_caller() -> None:
    secret = pd.DataFrame({"password": ["hunter2"]})
    with pytest.raises(InputError, match="secret"):
        store.sql("SELECT * FROM secret")
    assert len(secret) == 1


def test_query_cannot_open_the_door_again() -> None:
    settings = store.sql(
        "SELECT name, value FROM duckdb_settings() WHERE name IN "
        "('enable_external_access', 'lock_configuration', 'python_enable_replacements')"
    )
    assert dict(settings.itertuples(index=False)) == {
        "enable_external_access": "false",
        "lock_configuration": "true",
        "python_enable_replacements": "false",
    }


# --- any text at all -------------------------------------------------------------------------


@given(st.text())
@example("not ")
@example("not not GCC")
@example("a," * 50)
@example("İ")
@example("99999999999999999999")
def test_any_text_is_an_area_or_an_input_error(text: str) -> None:
    for ask in (areas.resolve, areas.select):
        try:
            assert ask(text)
        except InputError as error:
            assert error.problems


@given(st.text())
def test_any_text_is_an_answer_or_an_input_error(text: str) -> None:
    try:
        store.sql(text)
    except InputError as error:
        assert error.problems
