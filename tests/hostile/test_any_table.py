"""Tables as people bring them: read right in any dress, or refused with what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

import corridors
from corridors.cards.flows import estimate_files
from corridors.cli.flows import estimate as estimate_command
from corridors.data import store
from corridors.errors import InputError, SourceError
from corridors.readers import any_table, csv_gate, stock_files
from corridors.readers.any_table import Asked

LABELS = ("A", "B", "C", "D")
START = np.array([[1000, 100, 10, 0], [55, 555, 50, 5], [80, 40, 800, 40], [20, 25, 20, 200]])
END = np.array([[950, 100, 60, 0], [80, 505, 75, 5], [90, 30, 800, 40], [40, 45, 0, 180]])
BIRTHS, DEATHS = (80, 20, 40, 60), (70, 30, 50, 10)


def pairs(start: np.ndarray = START, end: np.ndarray = END, labels=LABELS) -> pd.DataFrame:
    rows = [
        (labels[i], labels[j], start[i, j], end[i, j])
        for i in range(len(labels))
        for j in range(len(labels))
    ]
    return pd.DataFrame(rows, columns=["birth", "residence", "stock_start", "stock_end"])


def events(labels=LABELS) -> pd.DataFrame:
    return pd.DataFrame({"area": labels, "births": BIRTHS, "deaths": DEATHS})


def save(folder: Path, name: str, table: pd.DataFrame, **how) -> Path:
    file = folder / name
    encoding = how.pop("encoding", "utf-8")
    file.write_bytes(table.to_csv(index=False, **how).encode(encoding))
    return file


def book(folder: Path, name: str, sheets: dict[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(str(folder / name)) as workbook:
        for title, rows in sheets.items():
            sheet = workbook.add_worksheet(title)
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    if cell != "":
                        sheet.write(r, c, cell)
    return folder / name


def square(values: np.ndarray, corner: str = "birthplace") -> list[list[object]]:
    return [[corner, *LABELS], *([LABELS[i], *map(float, values[i])] for i in range(4))]


def flows(stocks: Path, areas: Path, **how) -> float:
    estimate, *_ = estimate_files(stocks, areas, method="da_pb_closed", **how)
    return float(estimate.table()["flow"].sum())


@pytest.fixture
def areas(tmp_path: Path) -> Path:
    return save(tmp_path, "areas.csv", events())


@pytest.fixture
def answer(tmp_path: Path, areas: Path) -> float:
    return flows(save(tmp_path, "plain.csv", pairs()), areas)


def long_by_year() -> pd.DataFrame:
    table = pairs().rename(columns={"stock_start": "2015", "stock_end": "2020"})
    return table.melt(["birth", "residence"], var_name="Year", value_name="Migrants")


DRESSES = {
    "semicolons and decimal commas": lambda f: save(
        f, "s.csv", pairs().assign(stock_end=END.ravel() + 0.0), sep=";", decimal=","
    ),
    "tabs in UTF-16": lambda f: save(f, "s.tsv", pairs(), sep="\t", encoding="utf-16"),
    "thousands with commas": lambda f: save(
        f, "s.csv", pairs().assign(stock_start=[f"{n:,}" for n in START.ravel()])
    ),
    "the field's words": lambda f: save(
        f, "s.csv", pairs().set_axis(["Country of birth", "por", "Start", "End"], axis=1)
    ),
    "origin and destination": lambda f: save(
        f, "s.csv", pairs().set_axis(["orig", "dest", "stock_start", "stock_end"], axis=1)
    ),
    "a column for each year": lambda f: save(
        f, "s.csv", pairs().rename(columns={"stock_start": "2015", "stock_end": "stock_2020"})
    ),
    "a column of years": lambda f: save(f, "s.csv", long_by_year()),
    "a matrix for each year": lambda f: book(
        f, "s.xlsx", {"notes": [["x"]], "2020": square(END), "Stocks 2015": square(START)}
    ),
    "residences down": lambda f: book(
        f, "s.xlsx", {"2015": square(START.T, "residence"), "2020": square(END.T, "residence")}
    ),
    "a workbook with a title, an empty row and notes": lambda f: book(
        f,
        "s.xlsx",
        {
            "Contents": [["Stocks"]],
            "Table 1": [
                ["Stocks of people by birthplace"],
                [],
                ["", *pairs().columns],
                *(["", *row] for row in pairs().astype(object).to_numpy().tolist()),
                ["", "Source: a census. Persons."],
            ],
        },
    ),
    "blanks and a byte order mark": lambda f: save(
        f, "s.csv", pairs().replace({"A": " A "}), encoding="utf-8-sig"
    ),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_stocks_in_any_dress_give_the_same_flows(
    tmp_path: Path, areas: Path, answer: float, dress: str
) -> None:
    assert flows(DRESSES[dress](tmp_path), areas) == pytest.approx(answer, rel=1e-12)


@pytest.mark.parametrize(
    ("encoding", "labels"),
    [
        ("cp1252", ("Côte", "Zürich", "Réunion", "D")),
        ("cp949", ("서울특별시", "부산광역시", "대구광역시", "인천")),
        ("utf-16-le", ("서울", "부산", "대구", "인천")),
    ],
)
def test_labels_keep_their_letters_in_other_encodings(tmp_path: Path, encoding, labels) -> None:
    stocks = save(tmp_path, "s.csv", pairs(labels=labels), encoding=encoding)
    vital = save(tmp_path, "a.csv", events(labels), encoding=encoding)
    read = stock_files.read(stocks, vital)
    assert tuple(read.areas["area"]) == labels
    assert any(encoding[:5].casefold() in note.casefold() for note in read.notes)


def test_two_files_are_start_and_end(tmp_path: Path, areas: Path, answer: float) -> None:
    start = book(tmp_path, "start.xlsx", {"S": square(START, "born in")})
    end = save(tmp_path, "end.csv", pairs()[["birth", "residence", "stock_end"]].set_axis(
        ["birth", "residence", "stock"], axis=1))  # fmt: skip
    assert flows(start, areas, end=end) == pytest.approx(answer)
    with pytest.raises(InputError, match="--end FILE"):
        flows(start, areas)


def test_users_words_for_columns_are_taken(tmp_path: Path, areas: Path, answer: float) -> None:
    stocks = save(tmp_path, "s.csv", pairs().set_axis(["a", "b", "c", "d"], axis=1))
    with pytest.raises(InputError, match=r'--columns "\w=birth"'):
        flows(stocks, areas)
    asked = Asked.written("a=birthplace, b=residence,c=start,d=stock_end")
    assert flows(stocks, areas, asked=asked) == pytest.approx(answer)
    matrices = book(tmp_path, "m.xlsx", {"2015": square(START, ""), "2020": square(END, "")})
    with pytest.raises(InputError, match="nothing says whether rows are birthplaces"):
        flows(matrices, areas)
    down = Asked.written("down=birthplace")
    assert flows(matrices, areas, asked=down) == pytest.approx(answer)


def test_codes_of_one_file_meet_the_names_of_the_other(tmp_path: Path, answer: float) -> None:
    stocks = save(tmp_path, "s.csv", pairs(labels=("4.0", "008", "12", "716")))
    vital = save(tmp_path, "a.csv", events(("Afghanistan", "ALB", "Algérie", "ZWE")))
    with pytest.raises(InputError):  # Algérie is no name of the tables
        flows(stocks, vital)
    vital = save(tmp_path, "a.csv", events(("Afghanistan", "ALB", "Algeria", "ZWE")))
    assert flows(stocks, vital) == pytest.approx(answer)


def total(table: np.ndarray) -> np.ndarray:
    whole = np.zeros((5, 5))
    whole[:4, :4] = table
    whole[4, :4], whole[:4, 4], whole[4, 4] = table.sum(axis=0), table.sum(axis=1), table.sum()
    return whole


@pytest.mark.parametrize("label", ["World", "TOTAL", "Insgesamt", "합계"])
def test_a_total_is_refused_and_left_out_when_asked(
    tmp_path: Path, areas: Path, answer: float, label: str
) -> None:
    labels = (*LABELS, label)
    stocks = save(tmp_path, "s.csv", pairs(total(START), total(END), labels))
    for vital in (areas, save(tmp_path, "t.csv", pd.concat([events(), pd.DataFrame(
        {"area": [label], "births": [sum(BIRTHS)], "deaths": [sum(DEATHS)]})]))):  # fmt: skip
        with pytest.raises(InputError, match=f'--without "{label}".*--insist totals') as refused:
            flows(stocks, vital)
        assert len(refused.value.problems) == 1
        left = Asked(without=(label,))
        assert flows(stocks, vital, asked=left) == pytest.approx(answer)
    counted = flows(stocks, vital, asked=Asked(insist=("totals",)))
    assert counted > 2 * answer


def test_a_column_of_totals_alone_is_refused(tmp_path: Path, areas: Path) -> None:
    rows = [[*line, "" if r == 0 else sum(line[1:])] for r, line in enumerate(square(START))]
    rows[0][-1] = "All"
    stocks = book(tmp_path, "s.xlsx", {"2015": rows, "2020": square(END)})
    with pytest.raises(InputError, match='--without "All"'):
        flows(stocks, areas)
    rows[0][-1] = "Zusammen"
    stocks = book(tmp_path, "s.xlsx", {"2015": rows, "2020": rows})
    with pytest.raises(InputError, match=r"'Zusammen'.*the sum of the other columns"):
        flows(stocks, areas)


def test_regions_and_unknown_origins_stand_only_among_countries(tmp_path: Path) -> None:
    labels = ("Mexico", "Brazil", "Southern Africa", "Others")
    vital = save(tmp_path, "a.csv", events(labels))
    with pytest.raises(InputError) as refused:
        flows(save(tmp_path, "s.csv", pairs(labels=labels)), vital)
    said = str(refused.value)
    assert "'Southern Africa': is a total or region" in said
    assert "'Others': is an origin that is not known, and 235 people live there" in said
    provinces = ("North", "Southern Province", "Central", "Other")
    vital = save(tmp_path, "a.csv", events(provinces))
    assert flows(save(tmp_path, "s.csv", pairs(labels=provinces)), vital) > 0


def test_women_and_men_beside_both_are_chosen_from(
    tmp_path: Path, areas: Path, answer: float
) -> None:
    both = pairs()
    half = both.assign(stock_start=both["stock_start"] / 2, stock_end=both["stock_end"] / 2)
    parts = {"both": both, "women": half, "men": half}
    table = pd.concat([part.assign(sex=sex) for sex, part in parts.items()])
    stocks = save(tmp_path, "s.csv", table)
    with pytest.raises(InputError, match=r"occurs 3 times.*--only COLUMN=VALUE.*--insist sexes"):
        flows(stocks, areas)
    assert flows(stocks, areas, asked=Asked(only={"sex": "Both"})) == pytest.approx(answer)
    stocks = save(tmp_path, "s.csv", table[table["sex"] != "both"])
    assert flows(stocks, areas, asked=Asked(insist=("sexes",))) == pytest.approx(answer)
    with pytest.raises(InputError, match=r"no row has sex 'bth'.*both"):
        flows(save(tmp_path, "s.csv", table), areas, asked=Asked(only={"sex": "bth"}))


def test_two_editions_are_no_start_and_end(tmp_path: Path, areas: Path, answer: float) -> None:
    table = long_by_year()
    table["edition"] = np.where(table["Year"] == "2015", "Rev. 2019", "Rev. 2020")
    stocks = save(tmp_path, "s.csv", table)
    with pytest.raises(InputError, match=r"Rev\. 2019.*Rev\. 2020.*revision.*--insist editions"):
        flows(stocks, areas)
    assert flows(stocks, areas, asked=Asked(insist=("editions",))) == pytest.approx(answer)
    assert flows(save(tmp_path, "s.csv", table.assign(edition="x")), areas) == pytest.approx(answer)


def test_of_several_years_two_are_asked_for(tmp_path: Path, areas: Path, answer: float) -> None:
    table = pairs().rename(columns={"stock_start": "2015", "stock_end": "2020"})
    stocks = save(tmp_path, "s.csv", table.assign(**{"2024": 5}))
    with pytest.raises(InputError, match=r"3 years.*--years"):
        flows(stocks, areas)
    years = stock_files.years_of("2015-2020")
    assert flows(stocks, areas, years=years) == pytest.approx(answer)
    with pytest.raises(InputError, match="has no 2016"):
        flows(stocks, areas, years=(2016, 2020))
    with pytest.raises(InputError, match="no two years"):
        stock_files.years_of("2020-2015")


@pytest.mark.parametrize("factor", [1e3, 1e-3])
def test_births_in_another_unit_than_people_are_refused(
    tmp_path: Path, areas: Path, factor: float
) -> None:
    stocks = save(tmp_path, "s.csv", pairs(START * factor, END * factor))
    with pytest.raises(InputError, match=r"in thousands.*--insist units"):
        flows(stocks, areas)


def test_insisting_on_units_lets_them_pass(tmp_path: Path, areas: Path) -> None:
    stocks = save(tmp_path, "s.csv", pairs(START * 1e3, END * 1e3))
    assert flows(stocks, areas, asked=Asked(insist=("units",))) > 0


# --- cells and lines -----------------------------------------------------------------------------


def test_a_line_is_right_after_quoted_line_ends_and_blank_lines(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text('area,births\n"two\nlines",1\n\n"three\n\nlines",2\nC,many\n')
    with pytest.raises(InputError, match=r"t\.csv:8, column 2: births is 'many'"):
        any_table.read(file, {"area": "label", "births": "number"})


def test_one_label_in_two_spellings_of_its_accents_is_one(tmp_path: Path, answer: float) -> None:
    composed, apart = "Z\u00fcrich", "Zu\u0308rich"
    stocks = save(tmp_path, "s.csv", pairs(labels=(composed, "B", "C", "D")))
    vital = save(tmp_path, "a.csv", events((apart, "B", "C", "D")))
    assert flows(stocks, vital) == pytest.approx(answer)


def test_a_bad_value_is_cut(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(f"area,births\nA,{'x' * 100_000}\n")
    with pytest.raises(InputError) as refused:
        any_table.read(file, {"area": "label", "births": "number"})
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("area,births\nA,1,000\n", "t.csv:2: the row has 3 cells, the header 2"),
        ("area,births\nA\n", "t.csv:2: the row has 1 cells"),
        ("area,births\n,5\n", "t.csv:2: no area"),
        ("area,births,births\nA,1,2\n", "'births' stands twice"),
        ("area;births\nA;1,234\n", "thousands or a fraction"),
        ("a,b\nA,1\n", '--columns "a=area"'),
        ("area,births\nA,true\n", "births is 'true'"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "t.csv"
    file.write_text(content)
    with pytest.raises(InputError) as refused:
        any_table.read(file, {"area": "label", "births": "number"})
    assert words in str(refused.value)


def test_an_open_quotation_mark_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text('area,births\n"A,1\nB,2\n')
    with pytest.raises(SourceError, match="quotation mark is not closed"):
        any_table.read(file, {"area": "label", "births": "number"})


def test_two_sheets_that_fit_are_asked_about(tmp_path: Path) -> None:
    rows = [["area", "births"], ["A", 1.0]]
    file = book(tmp_path, "t.xlsx", {"2015": rows, "2020": [*rows, ["B", 2.0]]})
    columns = {"area": "label", "births": "number"}
    with pytest.raises(InputError, match=r"sheets '2015', '2020' could be meant.*--sheet"):
        any_table.read(file, columns)
    read = any_table.read(file, columns, Asked(sheet="2020"))
    assert read.frame["births"].tolist() == [1.0, 2.0]
    with pytest.raises(InputError, match=r"no sheet '2021'.*2020"):
        any_table.read(file, columns, Asked(sheet="2021"))


def test_marks_for_missing_figures_are_not_zero(tmp_path: Path, areas: Path) -> None:
    table = pairs().astype({"stock_start": object})
    table.loc[2, "stock_start"] = ".."
    with pytest.raises(InputError, match=r"stock at the start \(A, C\).*not known"):
        flows(save(tmp_path, "s.csv", table), areas)


@pytest.mark.parametrize("option", ["--only", "--columns", "--insist", "--without"])
def test_options_that_say_nothing_are_refused(tmp_path: Path, areas: Path, option: str) -> None:
    stocks = save(tmp_path, "s.csv", pairs())
    with pytest.raises(InputError, match=option if option != "--without" else "leave out"):
        how = {
            "--only": lambda: Asked.written(only=("sex",)),
            "--columns": lambda: Asked.written("birthplace"),
            "--insist": lambda: Asked.written(insist=("total",)),
            "--without": lambda: Asked(without=("Wrld",)),
        }[option]
        flows(stocks, areas, asked=how())
    assert option.removeprefix("--") in estimate_command.__annotations__


@pytest.mark.shared
def test_a_publishers_two_editions_are_no_start_and_end(shared: Path, areas: Path) -> None:
    raw = shared / "data/economy/raw"
    start, end = raw / "knomad_migrant_stock_2013.xlsx", raw / "knomad_migrant_stock_2017.xlsx"
    with pytest.raises(InputError, match=r"edition 2013.*edition 2017.*--insist editions"):
        stock_files.read(start, areas, end=end)


CASES = Path("reference/review/cases")


@pytest.mark.shared
def test_the_clean_file_of_a_bank_is_what_is_left_of_its_totals(shared: Path) -> None:
    folder = shared / CASES / "figures"
    other = folder / "s_other.csv", folder / "a_other.csv"
    with pytest.raises(InputError) as refused:
        flows(*other)
    said = str(refused.value)
    named = ("World", "Other North", "Other South")
    assert all(f'--without "{label}"' in said for label in named)
    clean = flows(folder / "s_clean.csv", folder / "a_clean.csv")
    assert flows(*other, asked=Asked(without=named)) == clean
    assert flows(folder / "s_thousands.csv", folder / "a_clean.csv") == clean


@pytest.mark.shared
@pytest.mark.parametrize(
    ("stocks", "vital", "answer"),
    [
        ("ok", "ok", 287),
        ("c_german", "c_german", 287),
        ("c_m49", "c_m49", 287),
        ("c_namibia", "c_namibia", 287),
        ("c_sumo14072_blank", "c_sumo14072_blank", 287),
        ("c_bom", "ok", 287),
        ("c_undesa_thousands", "ok", 285),
        ("c_owid6287_others", "c_owid6287_others", 295),
        ("c_owid6287_others_asis", "c_owid6287_others_asis", "5 of 25 pairs have no row"),
        ("c_undesa_dots", "ok", "is not known"),
        ("c_undesa_nodiag", "ok", "4 of 16 pairs have no row"),
        ("c_units", "c_units", "--insist units"),
        ("c_wide", "ok", "--end FILE"),
    ],
)
def test_the_cases_of_a_demographer(shared: Path, stocks: str, vital: str, answer) -> None:
    folder = shared / CASES / "flows"
    files = folder / f"{stocks}_stocks.csv", folder / f"{vital}_areas.csv"
    if isinstance(answer, str):
        with pytest.raises(InputError, match=answer):
            flows(*files)
    else:
        assert round(flows(*files)) == answer


# --- empty and absurd ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["sd_drop_neg", "da_pb_closed", "mig_rate"])
def test_one_area_or_none_is_no_question(tmp_path: Path, method: str) -> None:
    vital = save(tmp_path, "a.csv", events().head(1))
    for rows in (0, 1):
        stocks = save(tmp_path, "s.csv", pairs().head(rows))
        with pytest.raises(InputError, match=r"nobody can move|it is empty"):
            estimate_files(
                stocks, vital, method=method, movers=1.0 if method == "mig_rate" else None
            )


def test_more_movers_than_people_are_refused(tmp_path: Path, areas: Path) -> None:
    stocks = save(tmp_path, "s.csv", pairs())
    for movers in (1e6, 1e308):
        with pytest.raises(InputError, match="of 3,000 people"):
            estimate_files(stocks, areas, method="mig_rate", movers=movers)
    assert estimate_files(stocks, areas, method="mig_rate", movers=100.0)[0]


@pytest.mark.parametrize("value", ["inf", "1e308"])
def test_a_figure_above_all_people_is_refused_on_the_diagonal_too(
    tmp_path: Path, areas: Path, value: str
) -> None:
    table = pairs().astype({"stock_start": object})
    table.loc[0, "stock_start"] = value
    insist = Asked(insist=("units",))
    with pytest.raises(InputError, match=r"\(A, A\)|stock_start is 'inf'"):
        estimate_files(save(tmp_path, "s.csv", table), areas, method="sd_drop_neg", asked=insist)


# --- the other doors -----------------------------------------------------------------------------


def test_sql_reads_a_users_table_beside_the_reference(tmp_path: Path) -> None:
    file = save(tmp_path, "mine.csv", pd.DataFrame(
        {"code": ["MEX", "USA"], "fips": ["004", "010"], "people": [1.5, 2.5]}
    ), sep=";", decimal=",")  # fmt: skip
    table, _ = any_table.everything(file)
    assert table["fips"].tolist() == ["004", "010"]
    rows = store.sql(
        "select name, people from mine join areas on areas.area = mine.code order by people",
        further={"mine": table},
    )
    assert rows["people"].tolist() == [1.5, 2.5]
    with pytest.raises(InputError, match="reference table"):
        store.sql("select 1", further={"areas": table})


def test_any_table_is_read_by_corridors_read(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"orig": ["Mexico", "Congo", "World"], "dest": ["USA", "Dem. Rep. Congo", "USA"]}
    )
    read = corridors.read(save(tmp_path, "t.tsv", table.assign(moves=[1, 2, 3]), sep="\t"))
    assert read.reader == "own-table" and read.dims == ("origin", "destination")
    assert read.frame[["origin", "destination", "value"]].to_numpy().tolist() == [
        ["MEX", "USA", 1.0],
        ["COG", "COD", 2.0],
    ]
    assert any("World" in note for note in read.notes)


@pytest.mark.parametrize("dress", ["semicolons", "workbook", "utf-16"])
def test_tables_of_journeys_come_in_any_dress(tmp_path: Path, dress: str) -> None:
    rows = [["place", "day", "persons"], ["A, b", 3, 1.5], ["C", 4, 2000]]
    if dress == "workbook":
        name = book(tmp_path, "t.xlsx", {"S": rows}).name
    else:
        frame = pd.DataFrame(rows[1:], columns=rows[0])
        how = {"sep": ";", "decimal": ","} if dress == "semicolons" else {"encoding": "utf-16"}
        name = save(tmp_path, "t.csv", frame, **how).name
    gate = csv_gate.Gate(tmp_path)
    head, read = gate.rows(name, header=("place",))
    assert head is not None and head.cells == ("place", "day", "persons")
    assert [row[0] for row in read] == ["A, b", "C"]
    assert [gate.number(row, 2, "persons") for row in read] == [1.5, 2000.0]
    assert [gate.whole(row, 1, "day") for row in read] == [3, 4]
    gate.close()
