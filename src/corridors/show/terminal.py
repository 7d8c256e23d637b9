"""How a card looks in a terminal: years down, figures across, kind and source under each table."""

from __future__ import annotations

from collections.abc import Iterator
from shutil import get_terminal_size

import numpy as np
import pandas as pd

from corridors.cards.card import Card
from corridors.cards.people import EDITIONS, UN_EDITIONS
from corridors.show.numbers import DASH, written
from corridors.show.records import plain
from corridors.show.style import area_name
from corridors.show.tables import Column, Grid

__all__ = ["grids", "listing"]

#: Of a long answer this many rows are printed, and a long text is wrapped at about this width.
MOST_ROWS = 40
WRAPPED = 22

#: Sections with figures of many years; in the others each figure has its own few years.
OVER_YEARS = ("people", "refugees", "displaced within", "economy", "money")
#: Units of a card -> units of a column.
UNITS = {"persons": "persons", "USD": "USD", "PPP $ of 2021": "USD", "share": "share"}
ENDS = ["birthplace", "residence"]


def grids(card: Card) -> Iterator[Grid]:
    """The tables of a card in reading order, each figure in its unit; sources come last."""
    for section, figures in card.figures.groupby("section", sort=False):
        pairs = figures["figure"] == "remittances"
        if section == "largest corridors":
            yield _largest(figures)
        elif section in OVER_YEARS:
            for about, rows in figures[~pairs].groupby(["area", *ENDS], sort=False):
                yield _over_years(str(section), about, rows)
            if pairs.any():
                yield _payments(figures[pairs])
        else:
            yield _lines(str(section), figures)
    yield _sources(card)


def listing(answer: pd.DataFrame) -> Grid:
    """Any rows as they are, numbers with every digit; of many rows or columns, the first ones.

    Parameters
    ----------
    answer : DataFrame (any columns), each in its own unit
    """
    rows = plain(answer.head(MOST_ROWS)).map(_yes_or_no)
    names = _fitting(rows)
    numbers = set(answer.select_dtypes("number").columns)
    # The unit `year` writes a number as it is.
    columns = [Column(str(name), unit="year" if name in numbers else "text") for name in names]
    cut = len(names) < len(rows.columns)
    notes = [f"{len(names)} of {len(rows.columns)} columns."] if cut else []
    notes += ["--csv and --json give everything."] if cut or len(answer) > MOST_ROWS else []
    return Grid(rows, tuple(columns), note=" ".join(notes), of=len(answer))


def _yes_or_no(value: object) -> object:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _fitting(rows: pd.DataFrame) -> list[str]:
    """The first columns that fit the terminal side by side, long texts wrapped; at least one."""
    widths = [
        min(WRAPPED, max([len(str(name)), *(len(str(cell)) for cell in rows[name])])) + 3
        for name in rows
    ]
    room = max(1, int((np.cumsum(widths) <= get_terminal_size().columns).sum()))
    return list(rows.columns[:room])


def _over_years(section: str, about: tuple[str, str, str], figures: pd.DataFrame) -> Grid:
    """One row a year, one column a figure (of people: an edition)."""
    area, birthplace, residence = about
    edition = figures["table"].map(EDITIONS)
    label = edition.where(figures["figure"] == "migrants", figures["figure"])
    order = list(dict.fromkeys(label))
    figures = figures.assign(label=label)
    known = figures.dropna(subset="year")
    wide = known.pivot(index="year", columns="label", values="value").reindex(columns=order)
    units = figures.groupby("label")["unit"].first()
    columns = [Column("year", unit="year")]
    columns += [Column(name, _heading(name, units[name]), UNITS[units[name]]) for name in order]
    notes = [_told(name, figures[figures["label"] == name]) for name in order]
    title = f"{section}: {_about(area, birthplace, residence)}"
    return Grid(wide.reset_index(), tuple(columns), title=title, note="\n".join(notes))


def _heading(name: str, unit: str) -> str:
    words = name.replace("_", " ")
    return f"{words}, {unit}" if unit == "PPP $ of 2021" else words


def _about(area: str, birthplace: str, residence: str) -> str:
    if area or birthplace == residence:
        return _name(area or birthplace) + (", within" if birthplace not in ("", "all") else "")
    born = "elsewhere" if birthplace == "all" else _name(birthplace)
    lives = "elsewhere" if residence == "all" else f"in {_name(residence)}"
    return f"from {born}, living {lives}"


def _name(code: str) -> str:
    return "the world" if code in ("all", "") else area_name(code)


def _told(name: str, figures: pd.DataFrame) -> str:
    """Kinds by years, the last year's note and the table of one series."""
    figures = figures[figures["value"].notna()]
    if figures.empty:
        return f"{_heading(name, '')}: no data."
    runs = (figures["kind"] != figures["kind"].shift()).cumsum()
    spans = []
    for _, run in figures.groupby(runs):
        first, last = run["year"].iloc[0], run["year"].iloc[-1]
        years = f"{first}" if first == last else f"{first}{DASH}{last}"
        spans.append(f"{run['kind'].iloc[0]} {years}")
    last = figures.iloc[-1]
    note = f" ({last['year']}: {last['note']})" if last["note"] else ""
    return f"{_heading(name, '')}: {', '.join(spans)}{note}; {last['table']}."


def _largest(figures: pd.DataFrame) -> Grid:
    """The largest corridors, editions side by side."""
    wide = figures.pivot(index=ENDS, columns="table", values="value").reindex(columns=UN_EDITIONS)
    years = figures.groupby("table")["year"].first()
    wide = wide.sort_values(UN_EDITIONS[-1], ascending=False).reset_index()
    wide[ENDS] = wide[ENDS].map(_name)
    columns = [Column(end) for end in ENDS] + [
        Column(table, f"{years[table]}, {EDITIONS[table]}", "persons")
        for table in UN_EDITIONS
        if table in years
    ]
    notes = [", ".join(dict.fromkeys(figures["kind"])), *dict.fromkeys(figures["note"])]
    note = "Of known origin; " + "; ".join(note for note in notes if note) + "."
    return Grid(wide, tuple(columns), title="largest corridors", note=note)


def _payments(figures: pd.DataFrame) -> Grid:
    """Remittances by corridor: sent from the residence to the birthplace."""
    rows = figures.copy()
    rows[ENDS] = rows[ENDS].map(_name)
    columns = (
        Column("residence", "sent from"),
        Column("birthplace", "received in"),
        Column("year", unit="year"),
        Column("value", "remittances", "USD"),
        Column("note", "edition"),
    )
    note = f"{', '.join(dict.fromkeys(kind for kind in rows['kind'] if kind))}; current US$."
    return Grid(rows, columns, title="money by corridor", note=note)


def _lines(section: str, figures: pd.DataFrame) -> Grid:
    """One row a figure."""
    rows = figures.copy()
    pair = figures["birthplace"] + " to " + figures["residence"]
    rows["about"] = figures["area"].where(figures["area"] != "", pair)
    rows["figure"] = figures["figure"].str.replace("_", " ")
    rows["year"] = ["" if pd.isna(year) else str(year) for year in figures["year"]]
    pairs = zip(figures["value"], figures["unit"], strict=True)
    rows["value"] = [_written(value, unit) for value, unit in pairs]
    names = ("figure", "about", "year", "value", "kind", "note")
    tables = ", ".join(dict.fromkeys(table for table in figures["table"] if table))
    note = f"Tables: {tables}."
    return Grid(rows, tuple(Column(name) for name in names), title=section, note=note)


def _written(value: float, unit: str) -> str:
    if value != value:
        return "no data"
    if unit == "yes = 1":
        return "yes" if value else "no"
    return written(value, UNITS[unit]) if unit in UNITS else f"{written(value, 'number')} {unit}"


def _sources(card: Card) -> Grid:
    rows = pd.DataFrame(card.sources)
    rows["source"] = rows["publisher"] + ". " + rows["edition"]
    return Grid(rows, (Column("table"), Column("source")), title="sources")
