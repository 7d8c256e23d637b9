"""Laws of any table: stocks in another dress read the same, harmed ones are refused by name."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter

from corridors.errors import InputError
from corridors.readers import stock_files

MUTATIONS = 200
FEWEST_READ = 140
NAMES = (
    ("A", "B", "C", "D"),
    ("Mexico", "Côte d'Ivoire", "NA", "Zürich, Stadt"),
    ("4", "8", "12", "716"),
    ("DEU", "FRA", "POL", "GBR"),
)
HARMS = ("total", "twice", "thousands", "letters", "hole")
Rows = list[list[object]]


def _stocks(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    start = rng.integers(1, 900, (4, 4)) + np.diag(rng.integers(10_000, 90_000, 4))
    return start.astype(float), start + rng.integers(0, 90, (4, 4)) + 0.5


def _layout(kind: str, names: list[str], ends: tuple[np.ndarray, np.ndarray]) -> dict[str, Rows]:
    """Sheets of one layout: long, a column for each year, a column of years, matrices."""
    pairs = [(i, j) for i in range(len(names)) for j in range(len(names))]
    if kind == "matrices":
        return {
            f"Stocks {year}": [
                ["Country of birth", *names],
                *([name, *map(float, line)] for name, line in zip(names, end, strict=True)),
            ]
            for year, end in zip((2015, 2020), ends, strict=True)
        }
    if kind == "years down":
        rows: Rows = [["orig", "dest", "Year", "Persons"]]
        for year, end in zip((2015, 2020), ends, strict=True):
            rows += [[names[i], names[j], year, float(end[i, j])] for i, j in pairs]
        return {"Data": rows}
    head = {
        "long": ["birth", "residence", "stock_start", "stock_end"],
        "years across": ["Place of birth", "por", "2015", "y2020"],
    }[kind]
    return {
        "Data": [
            head,
            *([names[i], names[j], *(float(end[i, j]) for end in ends)] for i, j in pairs),
        ]
    }


def _dressed(rng: np.random.Generator, sheets: dict[str, Rows]) -> dict[str, Rows]:
    """Titles above, notes below, further columns, columns and rows in another order."""
    dressed = {}
    for name, rows in sheets.items():
        rows = [list(row) for row in rows]
        if "Country of birth" not in rows[0]:
            order = rng.permutation(len(rows[0]))
            body = [rows[1:][k] for k in rng.permutation(len(rows) - 1)]
            rows = [[row[k] for k in order] for row in (rows[0], *body)]
            if rng.random() < 0.5:
                rows = [[*row, "remark" if r == 0 else ""] for r, row in enumerate(rows)]
        if rng.random() < 0.5:
            rows = [["Stocks of people"], [], *rows]
        if rng.random() < 0.5:
            rows = [*rows, [], ["Source: a census of our own."]]
        dressed[name] = rows
    return dressed


def _harmed(rng: np.random.Generator, harm: str, sheets: dict[str, Rows]) -> dict[str, Rows]:
    rows = next(iter(sheets.values()))
    if harm == "twice":
        rows.append(list(rows[int(rng.integers(1, len(rows)))]))
    else:
        row = rows[int(rng.integers(1, len(rows)))]
        row[-1] = "many" if harm == "letters" else ".."
    return sheets


def _text_of(rng: np.random.Generator, rows: Rows) -> bytes:
    separator = str(rng.choice([",", ";", "\t"]))
    decimal = "." if separator == "," or rng.random() < 0.5 else ","
    written = [
        [str(cell).replace(".", decimal) if isinstance(cell, float) else cell for cell in row]
        for row in rows
    ]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(written)
    return out.getvalue().encode(str(rng.choice(["utf-8", "utf-8-sig", "cp1252", "utf-16"])))


def _write(rng: np.random.Generator, sheets: dict[str, Rows], folder: Path) -> Path:
    if len(sheets) == 1 and rng.random() < 0.6:
        file = folder / "stocks.csv"
        file.write_bytes(_text_of(rng, next(iter(sheets.values()))))
        return file
    with xlsxwriter.Workbook(str(folder / "stocks.xlsx")) as book:
        book.add_worksheet("Contents").write(0, 0, "What is where")
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                sheet.write_row(r, 0, ["" if cell == "" else cell for cell in row])
    return folder / "stocks.xlsx"


def _vital(names: list[str], people: float, folder: Path) -> Path:
    file = folder / "areas.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        events = ([name, people * (1 + k) / 200, 1] for k, name in enumerate(names))
        csv.writer(lines).writerows([["area", "births", "deaths"], *events])
    return file


@pytest.mark.slow
def test_two_hundred_mutations_are_read_right_or_refused_by_name(tmp_path: Path) -> None:
    tally: Counter[str] = Counter()
    wrong = []
    for seed in range(MUTATIONS):
        rng = np.random.default_rng(seed)
        names = list(NAMES[int(rng.integers(len(NAMES)))])
        start, end = _stocks(rng)
        kind = str(rng.choice(["long", "years across", "years down", "matrices"]))
        harm = str(rng.choice(HARMS)) if rng.random() < 0.3 else ""
        labels, ends = names, (start, end)
        if harm == "total":
            labels = [*names, str(rng.choice(["World", "Total", "Zusammen"]))]
            ends = tuple(_with_total(table) for table in ends)
        sheets = _layout(kind, labels, ends)
        if harm in ("twice", "letters", "hole"):
            sheets = _harmed(rng, harm, sheets)
        folder = tmp_path / str(seed)
        folder.mkdir()
        file = _write(rng, _dressed(rng, sheets), folder)
        people = start.sum() / 1000 if harm == "thousands" else start.sum()
        vital = _vital(names, people, folder)
        try:
            read = stock_files.read(file, vital)
        except InputError as error:
            assert str(error)
            tally["refused, harmed" if harm else "refused"] += 1
            if not harm:
                wrong.append((seed, kind, str(error)[:200]))
            continue
        table = read.stocks.set_index(["birth", "residence"])
        same = harm == "hole" or harm == ""
        for (i, a), (j, b) in ((x, y) for x in enumerate(names) for y in enumerate(names)):
            got, told = table.loc[(a, b)].to_numpy(dtype=float), np.array([start[i, j], end[i, j]])
            same &= bool(((got == told) | ((harm == "hole") & np.isnan(got))).all())
        tally["right" if same and len(table) == 16 else "wrong"] += 1
        if not (same and len(table) == 16):
            wrong.append((seed, kind, harm))
    assert wrong == [], tally
    assert tally["right"] >= FEWEST_READ


def _with_total(table: np.ndarray) -> np.ndarray:
    whole = np.zeros((5, 5))
    whole[:4, :4] = table
    whole[4, :4], whole[:4, 4], whole[4, 4] = table.sum(axis=0), table.sum(axis=1), table.sum()
    return whole
