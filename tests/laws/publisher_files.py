"""Small files in the layouts of real publishers, their answers, and seeded mutations of them.

A layout is a dict of sheets (lists of rows) with the positions that a mutation may touch; `write`
saves it as the workbook or the text that the publisher gives.
"""

from __future__ import annotations

import copy
import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

Cell = Any
Answer = dict[tuple, float]

#: Name in UN tables, M49, ISO.
PLACES = (
    ("Mexico", 484, "MEX"),
    ("Brazil", 76, "BRA"),
    ("Australia", 36, "AUS"),
    ("Afghanistan", 4, "AFG"),
    ("Germany", 276, "DEU"),
    ("Türkiye", 792, "TUR"),
)


@dataclass
class Layout:
    """A small file: sheets, the reader it is for, the answer, what mutations may touch."""

    format: str
    name: str
    sheets: dict[str, list[list[Cell]]]
    main: str
    header: int
    keys: tuple[str, ...]
    answer: Answer
    codes: int | None = None
    names: int | None = None
    totals: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    has_totals: bool = False
    can_shift: bool = True
    encoding: str = "utf-8"
    separator: str = ","

    @property
    def rows(self) -> list[list[Cell]]:
        return self.sheets[self.main]

    @property
    def is_text(self) -> bool:
        return self.name.endswith((".csv", ".tsv"))


def write(layout: Layout, folder: Path) -> Path:
    """Save a layout as its publisher does."""
    file = folder / layout.name
    if layout.is_text:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=layout.separator, lineterminator="\r\n").writerows(layout.rows)
        file.write_bytes(out.getvalue().encode(layout.encoding))
        return file
    with xlsxwriter.Workbook(str(file)) as book:
        for name, rows in layout.sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    if cell != "":
                        sheet.write(r, c, cell)
            if name == layout.main:
                for r, first, last in layout.merged:
                    sheet.merge_range(r, first, r, last, rows[r][first])
    return file


# --- layouts -------------------------------------------------------------------------------------


def _people(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.integers(1, 90_000, shape).astype(float)


def desa_matrix(rng: np.random.Generator) -> Layout:
    """UN DESA 2015, Table 16: two header rows, origins across, empty cells, two unknown origins."""
    people = _people(rng, (6, 6))
    np.fill_diagonal(people, np.nan)
    people[0, 1] = np.nan
    people[2, 3] = 0
    north, south = _people(rng, (6,)), _people(rng, (6,))
    rows: list[list[Cell]] = [[""] * 12 for _ in range(9)]
    rows[4][4] = "United Nations"
    rows.append(["", "", "", "", "Table 16. Total migrant stock at mid-year by origin, 2015"])
    rows.append(["", "", "", "", "POP/DB/MIG/Stock/Rev.2015"])
    rows += [[""] * 12 for _ in range(3)]
    head = ["Sort\norder", "Major area, region, country or area of destination", "Notes"]
    rows.append([*head, "Country code", "Type of data (a)", "Country of origin", *[""] * 8])
    origins = ["Total", "Other North", "Other South", *[name for name, _, _ in PLACES]]
    rows.append(["", "", "", "", "", *origins])
    cells = [["" if np.isnan(v) else v for v in line] for line in people]
    sums = np.nansum(people, axis=1) + north + south
    world = [sums.sum(), north.sum(), south.sum(), *np.nansum(people, axis=0)]
    rows.append([1.0, "WORLD", "", 900.0, "", *world])
    rows.append([2.0, "Developing regions", "(c)", 902.0, "", *world])
    for i, (name, code, _) in enumerate(PLACES):
        rows.append([3.0 + i, name, "", float(code), "B R", sums[i], north[i], south[i], *cells[i]])
    answer: Answer = {}
    for i, (_, _, residence) in enumerate(PLACES):
        answer["OTH", residence, 2015] = north[i] + south[i]
        for j, (_, _, birthplace) in enumerate(PLACES):
            if i != j:
                answer[birthplace, residence, 2015] = people[i, j]
    return Layout(
        "un-desa-matrix", "UN_MigrantStock_2015.xlsx",
        {"CONTENTS": [["United Nations"]], "Table 16": rows, "NOTES": [["(a)", "The column"]]},
        "Table 16", 14, ("birthplace", "residence", "year"), answer, codes=3, names=1,
        totals=[(16, 1)], has_totals=True,
    )  # fmt: skip


def desa_totals(rng: np.random.Generator) -> Layout:
    """UN DESA 2020, Table 1: one header row, blocks of years by sex, names with blanks."""
    years = (2010, 2015, 2020)
    women, men = _people(rng, (6, 3)), _people(rng, (6, 3))
    blocks = (women + men, men, women)
    rows: list[list[Cell]] = [[""] * 14 for _ in range(7)]
    rows[1][4] = "International Migrant Stock 2020: Destination"
    rows[3][4] = "POP/DB/MIG/Stock/Rev.2020"
    headings = ["both sexes combined", "males", "females"]
    rows.append([""] * 14)
    for block, words in enumerate(headings):
        rows[7][5 + 3 * block] = f"International migrant stock at mid-year, {words}"
    rows += [[""] * 14, [""] * 14]
    head = ["Index", "Region, development group, country or area", "Notes", "Location code"]
    rows.append([*head, "Type of data", *[float(year) for year in years] * 3])
    world = [v for block in blocks for v in block.sum(axis=0)]
    rows.append([1.0, "WORLD", "", 900.0, "", *world])
    rows.append([2.0, "  Australia and New Zealand", "", 927.0, "", *[1.0] * 9])
    rows.append([3.0, "  Micronesia", "", 954.0, "", *[1.0] * 9])
    for i, (name, code, _) in enumerate(PLACES):
        line = [v for block in blocks for v in block[i]]
        rows.append([4.0 + i, f"   {name}*", "", float(code), "B", *line])
    answer: Answer = {}
    for i, (_, _, place) in enumerate(PLACES):
        for j, year in enumerate(years):
            answer[place, year, "F"] = women[i, j]
            answer[place, year, "M"] = men[i, j]
    return Layout(
        "un-desa-totals", "stock_totals_2020.xlsx",
        {"Table of contents": [["Table 1"]], "Table 1": rows, "Notes": [["note"]]},
        "Table 1", 10, ("residence", "year", "sex"), answer, codes=3, names=1, totals=[(11, 1)],
        merged=[(7, 5, 7), (7, 8, 10), (7, 11, 13)], has_totals=True,
    )  # fmt: skip


def desa_origin(rng: np.random.Generator) -> Layout:
    """UN DESA 2024, one row a pair, Others (2003) among the origins, blocks by sex."""
    years = (2020, 2024)
    rows: list[list[Cell]] = [[""] * 13 for _ in range(8)]
    rows[2][4] = "International Migrant Stock 2024"
    rows[3][4] = "POP/DB/MIG/Stock/Rev.2024"
    for block, words in enumerate(("both sexes combined", "males", "females")):
        rows[7][7 + 2 * block] = f"International migrant stock at mid-year ({words})"
    rows += [[""] * 13, [""] * 13]
    rows.append([
        "Index", "Region, development group, country or area of destination", "Coverage",
        "Data type", "Location code of destination",
        "Region, development group, country or area of origin", "Location code of origin",
        *[float(year) for year in years] * 3,
    ])  # fmt: skip
    answer: Answer = {}
    lines: list[list[Cell]] = []
    world = np.zeros(6)
    for name, code, residence in PLACES[:4]:
        parts = []
        for other, number, birthplace in (*PLACES[:4], ("Others", 2003, "OTH")):
            if birthplace == residence:
                continue
            women, men = _people(rng, (2,)), _people(rng, (2,))
            parts.append(np.concatenate([women + men, men, women]))
            lines.append([name, code, other, number, parts[-1]])
            for j, year in enumerate(years):
                answer[birthplace, residence, year, "F"] = women[j]
                answer[birthplace, residence, year, "M"] = men[j]
        lines.append([name, code, "World", 900, np.sum(parts, axis=0)])
        world += np.sum(parts, axis=0)
    lines.insert(0, ["World", 900, "World", 900, world])
    for index, (name, code, other, number, figures) in enumerate(lines):
        rows.append([index + 1.0, name, "", "B", code * 1.0, other, number * 1.0, *figures])
    return Layout(
        "un-desa-origin", "undesa_2024_od.xlsx", {"Contents": [["x"]], "Table 1": rows}, "Table 1",
        10, ("birthplace", "residence", "year", "sex"), answer, codes=6, names=5,
        merged=[(7, 7, 8), (7, 9, 10), (7, 11, 12)], has_totals=True,
    )  # fmt: skip


def knomad_people(rng: np.random.Generator) -> Layout:
    """KNOMAD 2013: origins down, World row and column, two unknown places, notes below."""
    names = [name for name, _, _ in PLACES[:5]] + ["Turkey", "Other North", "Other South"]
    codes = [code for _, _, code in PLACES] + ["OTH", "OTH"]
    people = _people(rng, (8, 8))
    np.fill_diagonal(people[:6, :6], 0)
    rows: list[list[Cell]] = [["Bilateral Estimates of Migrant Stocks in 2013", *[""] * 9]]
    rows.append(["Destination country (across) - Source country (down)", *names, "World"])
    rows += [[name, *line, line.sum()] for name, line in zip(names, people, strict=True)]
    rows.append(["World", *people.sum(axis=0), people.sum()])
    rows += [[""] * 10, ["Notes:", *[""] * 9], ["These estimates are based on ...", *[""] * 9]]
    answer: Answer = {}
    for i, birthplace in enumerate(codes):
        for j, residence in enumerate(codes):
            if birthplace != residence or birthplace == "OTH":
                key = birthplace, residence, 2013
                answer[key] = answer.get(key, 0) + people[i, j]
    return Layout(
        "knomad-migrants", "matrix_2013.xlsx", {"Bilateral Migration 2013": rows},
        "Bilateral Migration 2013", 1, ("birthplace", "residence", "year"), answer, names=0,
        totals=[(10, 0), (1, 9)], has_totals=True,
    )  # fmt: skip


def knomad_money(rng: np.random.Generator) -> Layout:
    """KNOMAD 2010 as text: semicolons, cp1252, empty cells, Unidentified*, a total row."""
    names = [name for name, _, _ in PLACES[:5]] + ["Côte d'Ivoire"]
    codes = [code for _, _, code in PLACES[:5]] + ["CIV"]
    money = np.round(rng.uniform(0.1, 900, (7, 6)), 6)
    np.fill_diagonal(money, np.nan)
    cells = [["" if np.isnan(v) else repr(float(v)) for v in line] for line in money]
    rows: list[list[Cell]] = [["Sending", *names]]
    rows += [[name, *line] for name, line in zip([*names, "Unidentified*"], cells, strict=True)]
    rows.append(
        ["Total Remittances", *[repr(round(float(v), 6)) for v in np.nansum(money, axis=0)]]
    )
    answer: Answer = {}
    for i, residence in enumerate([*codes, "UNK"]):
        for j, birthplace in enumerate(codes):
            if residence != birthplace:
                answer[birthplace, residence, 2010] = money[i, j] * 1e6
    return Layout(
        "knomad-remittances", "bilateral_remittances_2010.csv", {"text": rows}, "text", 0,
        ("birthplace", "residence", "year"), answer, names=0, totals=[(8, 0)], has_totals=True,
        encoding="cp1252", separator=";",
    )  # fmt: skip


def world_bank(rng: np.random.Generator) -> Layout:
    """The API's CSV: four lines before the header, aggregates, empty cells, a last empty column."""
    years = (2018, 2019, 2020)
    money = np.round(rng.uniform(1e6, 9e9, (6, 3)), 2)
    money[1, 0] = np.nan
    blank = [""] * 8
    rows: list[list[Cell]] = [
        ["Data Source", "World Development Indicators", *blank[:6]], blank,
        ["Last Updated Date", "2026-05-01", *blank[:6]], blank,
    ]  # fmt: skip
    indicator = ["Personal remittances, received (current US$)", "BX.TRF.PWKR.CD.DT"]
    head = ["Country Name", "Country Code", "Indicator Name", "Indicator Code"]
    rows.append([*head, *[str(year) for year in years], ""])
    for (name, _, code), line in zip(PLACES, money, strict=True):
        rows.append(
            [name, code, *indicator, *["" if np.isnan(v) else f"{v:.2f}" for v in line], ""]
        )
    rows.append(["", "AFE", *indicator, "1.0", "2.0", "3.0", ""])
    rows.append(["World", "WLD", *indicator, *[f"{v:.2f}" for v in np.nansum(money, axis=0)], ""])
    answer = {
        (code, year): money[i, j]
        for i, (_, _, code) in enumerate(PLACES)
        for j, year in enumerate(years)
    }
    return Layout(
        "world-bank-indicators", "API_BX.TRF.PWKR.CD.DT_DS2.csv", {"text": rows}, "text", 4,
        ("area", "year"), answer, names=0, totals=[(12, 0)], has_totals=True,
    )  # fmt: skip


def finder(rng: np.random.Generator) -> Layout:
    """Refugee Data Finder: ISO columns, unknown without a code, stars, dashes, 1e+05."""
    head = [
        "Year", "Country of origin", "Country of origin (ISO)", "Country of asylum",
        "Country of asylum (ISO)", "Refugees under UNHCR's mandate", "Asylum-seekers",
        "Stateless persons",
    ]  # fmt: skip
    rows: list[list[Cell]] = [head]
    answer: Answer = {}
    for i, (name, _, code) in enumerate([*PLACES[:4], ("Unknown ", 0, "")]):
        for j, (other, _, asylum) in enumerate(PLACES[4:]):
            people = _people(rng, (2,))
            first = "1e+05" if (i, j) == (0, 0) else f"{people[0]:.0f}"
            second = "*" if (i, j) == (1, 1) else f"{people[1]:.0f}"
            rows.append(["2022", name, code, other, asylum, first, second, "-"])
            origin = code or "UNK"
            answer[origin, asylum, 2022, "refugees"] = float(first)
            answer[origin, asylum, 2022, "asylum_seekers"] = (
                float("nan") if second == "*" else people[1]
            )
            answer[origin, asylum, 2022, "stateless"] = float("nan")
    return Layout(
        "unhcr-finder", "population.csv", {"text": rows}, "text", 0,
        ("birthplace", "residence", "year", "quantity"), answer, names=1,
    )  # fmt: skip


def incidents(rng: np.random.Generator) -> Layout:
    """Missing Migrants: the header set of 2014 to 2020, quoted commas, empty counts."""
    head = [
        "Web ID", "Region of Incident", "Reported Date", "Number Dead",
        "Minimum Estimated Number of Missing", "Total Dead and Missing", "Cause of Death",
        "Location Coordinates", "Migration Route",
    ]  # fmt: skip
    rows: list[list[Cell]] = [head]
    answer: Answer = {}
    for number in range(12):
        dead, missing = (int(v) for v in rng.integers(1, 400, 2))
        hidden = number % 3 == 0
        rows.append([
            str(50_000 + number), "Mediterranean", f"{number + 1}-Jan-20", str(dead),
            "" if hidden else str(missing), str(dead + (0 if hidden else missing)),
            "Drowning, off C&ocirc;te", "36.5, 14.25", "Central Mediterranean",
        ])  # fmt: skip
        name = str(50_000 + number)
        answer[name, "dead"] = dead
        answer[name, "missing"] = float("nan") if hidden else missing
        answer[name, "dead_and_missing"] = dead + (0 if hidden else missing)
    return Layout(
        "iom-missing-migrants", "MissingMigrants.csv", {"text": rows}, "text", 0,
        ("incident", "quantity"), answer,
    )  # fmt: skip


def displaced(rng: np.random.Generator) -> Layout:
    """IDMC: a row of HXL tags, Abyei by its code, empty cells."""
    head = ["ISO3", "Name", "Year", "Conflict Stock Displacement"]
    rows: list[list[Cell]] = [[*head, "Disaster Internal Displacements"]]
    rows.append(["#country+code", "#country+name", "#date+year", "#affected+1", "#affected+2"])
    answer: Answer = {}
    for name, _, code in (*PLACES, ("Abyei Area", 0, "AB9")):
        stock, moves = (float(v) for v in rng.integers(1, 9_000_000, 2))
        rows.append([code, name, 2021.0, stock, "" if code == "AUS" else moves])
        answer[code, 2021, "displaced_conflict"] = stock
        answer[code, 2021, "displacements_disaster"] = float("nan") if code == "AUS" else moves
    return Layout(
        "idmc", "idmc_disaster.xlsx", {"Sheet1": rows}, "Sheet1", 0,
        ("area", "year", "quantity"), answer, names=1,
    )  # fmt: skip


def eurostat(rng: np.random.Generator) -> Layout:
    """Eurostat's TSV: codes in one cell, flags after figures, ': c', EL and UK."""
    rows: list[list[Cell]] = [["freq,citizen,sex,unit,geo\\TIME_PERIOD", "2021 ", "2022 "]]
    answer: Answer = {}
    codes = {"AF": "AFG", "BR": "BRA", "UNK": "UNK", "STLS": "XXA"}
    for geo, iso in (("DE", "DEU"), ("EL", "GRC"), ("UK", "GBR")):
        for citizen, code in codes.items():
            for sex in ("T", "F", "M"):
                value = float(rng.integers(1, 9000) * 5)
                hidden = citizen == "BR" and geo == "EL"
                rows.append([
                    f"A,{citizen},{sex},PER,{geo}", f"{value:.0f} bu", ": c" if hidden else ":",
                ])  # fmt: skip
                if sex != "T":
                    answer[code, iso, 2021, sex] = value
                    answer[code, iso, 2022, sex] = float("nan")
        rows.append([f"A,TOTAL,T,PER,{geo}", "123456 p", ":"])
    rows.append(["A,AF,T,PER,EU27_2020", "99999 ", ":"])
    return Layout(
        "eurostat-tsv", "estat_migr_asyappctza.tsv", {"text": rows}, "text", 0,
        ("origin", "destination", "year", "sex"), answer, can_shift=False, separator="\t",
    )  # fmt: skip


LAYOUTS: tuple[Callable[[np.random.Generator], Layout], ...] = (
    desa_matrix, desa_totals, desa_origin, knomad_people, knomad_money, world_bank, finder,
    incidents, displaced, eurostat,
)  # fmt: skip


# --- mutations -----------------------------------------------------------------------------------


def _shift(layout: Layout, rng: np.random.Generator) -> None:
    """The header stands lower: more lines before it."""
    more = int(rng.integers(1, 6))
    lines: list[list[Cell]] = [[""] * 4 for _ in range(more)]
    if layout.is_text:
        lines[0][0] = "Extracted by somebody"
    layout.rows[:0] = lines
    layout.header += more
    layout.totals = [(row + more, column) for row, column in layout.totals]
    layout.merged = [(row + more, first, last) for row, first, last in layout.merged]


def _footnotes(layout: Layout, rng: np.random.Generator) -> None:
    """Notes below the figures."""
    notes = ["", "Notes:", "(a) figures are provisional, see 2015 and 2016", "Source: the office"]
    layout.rows.extend([note] for note in notes[: int(rng.integers(2, 5))])


def _unmerged(layout: Layout, rng: np.random.Generator) -> None:
    """Merged headings are taken apart, their text repeated in every cell."""
    for row, first, last in layout.merged:
        for column in range(first, last + 1):
            layout.rows[row][column] = layout.rows[row][first]
    layout.merged = []


def _sheets(layout: Layout, rng: np.random.Generator) -> None:
    """Sheets stand in another order, and there is one more."""
    more: dict[str, list[list[Cell]]] = {"My notes": [["read me"], ["", 3.0]]}
    names = list(layout.sheets)
    rng.shuffle(names)
    layout.sheets = more | {name: layout.sheets[name] for name in names}


def _codes(layout: Layout, rng: np.random.Generator) -> None:
    """Codes are numbers, text, with zeros before or a point after, mixed."""
    if layout.codes is None:
        return
    for row in layout.rows[layout.header + 1 :]:
        if len(row) > layout.codes and isinstance(row[layout.codes], float):
            code = int(row[layout.codes])
            forms: list[Cell] = [code, float(code), f"{code:03d}", f"{code}.0", f" {code}"]
            row[layout.codes] = forms[int(rng.integers(len(forms)))]


def _totals(layout: Layout, rng: np.random.Generator) -> None:
    """Totals are called otherwise, once even by a word that nobody knows."""
    known = ["Total", "World total", "TOTAL", "Grand total", "All countries", "Gesamtheit"]
    for row, column in layout.totals:
        layout.rows[row][column] = known[int(rng.integers(len(known)))]


def _blanks(layout: Layout, rng: np.random.Generator) -> None:
    """Names with blanks around, asterisks and note numbers behind."""
    if layout.names is None:
        return
    forms = ["  {}", "{} ", "{}*", "{} (2)", "\u00a0{}"]
    for row in layout.rows[layout.header + 1 :]:
        name, beside = "".join(row[layout.names : layout.names + 1]), row[layout.names + 1 :]
        if name and any(isinstance(cell, float) or str(cell).isdigit() for cell in beside):
            row[layout.names] = forms[int(rng.integers(len(forms)))].format(name)


def _order(layout: Layout, rng: np.random.Generator) -> None:
    """The lines of figures stand in another order."""
    first = layout.header + 3
    last = min((row for row, _ in layout.totals if row > first), default=len(layout.rows))
    block = layout.rows[first:last]
    block = [row for row in block if len(row) > 2] if not layout.is_text else block
    if len(block) == last - first:
        rng.shuffle(block)  # type: ignore[arg-type]
        layout.rows[first:last] = block


def _encoding(layout: Layout, rng: np.random.Generator) -> None:
    """The text was saved by another program: other encoding, other separator."""
    if layout.is_text:
        layout.encoding = ["utf-8", "utf-8-sig", "utf-16", "cp1252"][int(rng.integers(4))]
        if layout.separator != "\t":
            layout.separator = [",", ";", "\t"][int(rng.integers(3))]


def _lost_line(layout: Layout, rng: np.random.Generator) -> None:
    """A line of figures is lost: only a total can tell."""
    if layout.has_totals:
        lines = [
            row for row in range(layout.header + 3, len(layout.rows)) if len(layout.rows[row]) > 4
        ]
        filled = [row for row in lines if any(layout.rows[row])][:-1]
        totals = {row for row, _ in layout.totals}
        lost = [row for row in filled if row not in totals and _counts(layout.rows[row])]
        del layout.rows[lost[int(rng.integers(len(lost)))]]


def _counts(row: list[Cell]) -> bool:
    """Whether a line counts in a total: not a region."""
    words = " ".join(str(cell) for cell in row[:3])
    return not any(word in words for word in ("WORLD", "regions", "Zealand", "Micronesia", "AFE"))


def _twice(layout: Layout, rng: np.random.Generator) -> None:
    """A line of figures stands twice."""
    if layout.has_totals:
        row = layout.header + 4
        layout.rows.insert(row, list(layout.rows[row]))


def _bad_cell(layout: Layout, rng: np.random.Generator) -> None:
    """Somebody wrote a word into a cell of figures."""
    if layout.has_totals:
        layout.rows[layout.header + 4][-2] = "see note"


#: Mutations that leave the figures as they are, and those that do not.
HARMLESS = (
    _shift, _footnotes, _unmerged, _sheets, _codes, _totals, _blanks, _order, _encoding,
)  # fmt: skip
HARMFUL = (_lost_line, _twice, _bad_cell)


def mutated(seed: int) -> tuple[Layout, bool]:
    """Layout number `seed` modulo ten with one to three mutations; whether figures were harmed."""
    rng = np.random.default_rng(seed)
    layout = copy.deepcopy(LAYOUTS[seed % len(LAYOUTS)](rng))
    chosen = rng.choice(len(HARMLESS), size=int(rng.integers(1, 4)), replace=False)
    for number in chosen:
        if HARMLESS[number] is _shift and not layout.can_shift:
            continue
        HARMLESS[number](layout, rng)
    harm = bool(rng.random() < 0.15) and layout.has_totals
    if harm:
        HARMFUL[int(rng.integers(len(HARMFUL)))](layout, rng)
    return layout, harm
