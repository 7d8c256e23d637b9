"""From a measure to a figure: ask the tables, a card, a study, a journey or a panel."""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridors.claims.files import Claim, Measure
from corridors.data import store
from corridors.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Figure", "take"]


@dataclass(frozen=True)
class Figure:
    """What a measure found, in `unit`; `value` is None where the tables hold nothing.

    `unit` is empty where the measure does not say it (base units, as in the tables). `lower` and
    `upper` are the ends of an interval of `level` per cent, where there is one.
    """

    value: float | None
    unit: str = ""
    lower: float | None = None
    upper: float | None = None
    level: int = 95
    year: str = ""
    kind: str = ""
    source: str = ""
    edition: str = ""
    command: str = ""
    note: str = ""


def take(
    measure: Measure, claim: Claim, *, folder: Path = store.REFERENCE, draws: int | None = None
) -> Figure:
    """The figure of a measure.

    Parameters
    ----------
    measure : Measure
        A query, or a figure of a card, study, journey or panel.
    claim : Claim
        For messages, and the unit it is told in.
    folder : Path
        Of the reference tables.
    draws : int, optional
        Of studies and journeys, instead of the measure's.

    Returns
    -------
    Figure
        Value, and ends of its interval where there is one, in `unit`, with kind, year and source.

    Raises
    ------
    InputError
        The measure cannot be asked: a wrong query, an unknown place, study or figure.
    SourceError, ModelError
        As what it asks: a table that is damaged, an equilibrium that is not found.
    """
    ways = {
        "sql": _sql,
        "card": _card,
        "study": _study,
        "journey": _journey,
        "panel": _panel,
    }
    if draws is not None and measure.draws is None:
        measure = measure.model_copy(update={"draws": draws})
    try:
        figure = ways[measure.way](measure, claim, folder)
    except InputError as error:
        raise InputError(
            replace(problem, where=f"{claim.id}: {problem.where}") for problem in error.problems
        ) from None
    return replace(
        figure,
        unit=measure.unit or figure.unit,
        kind=measure.kind or figure.kind,
        source=measure.source or figure.source,
    )


# --- the tables -------------------------------------------------------------------------------


def _sql(measure: Measure, claim: Claim, folder: Path) -> Figure:
    assert measure.sql is not None
    query = " ".join(measure.sql.split())
    answer = _asked(query, folder)
    if len(answer) > 1:
        fix = "Ask for one row, with the figure in the column value"
        raise InputError(Problem("measure.sql", f"gives {len(answer)} rows", fix))
    sources = _tables_of(query, folder)
    editions = [table.edition for table in sources if table.name != "areas" or len(sources) == 1]
    row = answer.iloc[0].to_dict() if len(answer) else {}
    return Figure(
        value=_number(row, query),
        lower=_finite(row.get("lower_95")),
        upper=_finite(row.get("upper_95")),
        year=_year(row.get("year", claim.year)),
        kind=str(row.get("kind") or _kind(sources)),
        source=str(row.get("source") or _publishers(query, sources, folder)),
        edition="; ".join(dict.fromkeys(editions)),
        command=f"corridors sql {_in_shell(query)}",
    )


def _in_shell(query: str) -> str:
    """The query as one word of a shell, in the quotes that are easier to read."""
    return shlex.quote(query) if re.search(r'["$`\\!]', query) else f'"{query}"'


def _publishers(query: str, sources: list[store.Table], folder: Path) -> str:
    """Who published what a query reads; of the table economy, whose the variables spelt are."""
    told: list[str] = []
    # The table of areas only sorts the figures of others.
    figures = [table for table in sources if table.name != "areas"] or sources
    for table in figures:
        words = set(re.findall(r"\w+", query)) if table.name == "economy" else set()
        named = [source for name, source in _variables(folder).items() if name in words]
        told += named or [table.publisher]
    return "; ".join(dict.fromkeys(told))


@functools.lru_cache(maxsize=8)
def _variables(folder: Path) -> dict[str, str]:
    """Source by variable of the table economy."""
    rows = store.sql("SELECT DISTINCT variable, source FROM economy", folder=folder)
    return dict(zip(rows["variable"], rows["source"], strict=True))


@functools.lru_cache(maxsize=512)
def _asked(query: str, folder: Path) -> pd.DataFrame:
    return store.sql(query, folder=folder)


def _number(row: dict[str, Any], query: str) -> float | None:
    """The column `value`, or the only number of the row."""
    if not row or "value" in row:
        return _finite(row.get("value"))
    known = ("lower_95", "upper_95", "year")
    numbers = [
        value
        for name, value in row.items()
        if name not in known and _finite(value) is not None and not isinstance(value, str)
    ]
    if len(numbers) > 1:
        fix = "Name the figure value: SELECT ... AS value"
        raise InputError(Problem("measure.sql", f"has {len(numbers)} numbers in its row", fix))
    return _finite(numbers[0]) if numbers else None


def _finite(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _year(year: Any) -> str:
    number = _finite(year)
    return str(int(number)) if number is not None else str(year or "")


def _tables_of(query: str, folder: Path) -> list[store.Table]:
    words = set(re.findall(r"\w+", query.casefold()))
    return [table for table in store.catalogue(folder=folder) if table.name in words]


def _kind(sources: list[store.Table]) -> str:
    """The least certain kind of the tables; a table that says it by column counts as reported."""
    kinds = [table.kind.split(";")[0].split(":")[0].split()[0] for table in sources]
    return next((kind for kind in ("assumed", "modelled") if kind in kinds), "reported")


# --- a card -----------------------------------------------------------------------------------


def _card(measure: Measure, claim: Claim, _folder: Path) -> Figure:
    from corridors.cards.card import Card
    from corridors.cards.corridor import corridor_card
    from corridors.cards.place import place_card
    from corridors.cards.world import world_card

    assert measure.card is not None
    subject, *names = shlex.split(measure.card)
    doors: dict[str, tuple[Callable[..., Card], int]] = {
        "place": (place_card, 1),
        "corridor": (corridor_card, 2),
        "world": (world_card, 0),
    }
    if subject not in doors or len(names) != doors[subject][1]:
        fix = "Write 'place PHL', 'corridor MEX USA' or 'world'"
        raise InputError(Problem("measure.card", f"'{measure.card}' is no card", fix))
    rows = doors[subject][0](*names).figures
    wanted = (measure.figure or claim.quantity).replace(" ", "_")
    chosen = rows[rows["figure"].str.replace(" ", "_") == wanted]
    if chosen.empty:
        close = ", ".join(nearest(wanted, set(rows["figure"])))
        what = f"the card has no figure '{wanted}'"
        raise InputError(Problem("measure.figure", what, f"Did you mean {close}?"))
    year = measure.year or claim.year
    for column, value in (("table", measure.table), ("year", year)):
        chosen = chosen if value is None else chosen[chosen[column] == value]
    chosen = chosen.dropna(subset="value")
    if len(chosen) > 1:
        tables = ", ".join(sorted(set(chosen["table"])))
        what = f"{len(chosen)} figures are called '{wanted}' (tables {tables})"
        raise InputError(Problem("measure.card", what, "Say which: table, year"))
    command = f"corridors {measure.card}"
    if chosen.empty:
        return Figure(None, year=_year(year), command=command, note="the card holds no data")
    row = chosen.iloc[0]
    return Figure(
        float(row["value"]),
        year=_year(row["year"]),
        kind=str(row["kind"]),
        source=str(row["source"]),
        command=command,
        note=str(row["note"]),
    )


# --- the model --------------------------------------------------------------------------------


def _study(measure: Measure, claim: Claim, _folder: Path) -> Figure:
    assert measure.study is not None
    result, levels = _result(measure.study, measure.draws)
    shown = result.manifest.get("shown", {})
    rows = result.headline
    wanted = {
        "policy": measure.policy or shown.get("policy"),
        "capital": measure.capital or shown.get("capital"),
        "measure": measure.name or claim.quantity,
    }
    for column, value in wanted.items():
        if value is None or column not in rows:
            continue
        chosen = rows[rows[column].astype(str) == str(value)]
        if chosen.empty:
            close = ", ".join(nearest(str(value), set(rows[column].astype(str))))
            what = f"the study has no {column} '{value}'"
            raise InputError(Problem(f"measure.{column}", what, f"Did you mean {close}?"))
        rows = chosen
    row = rows.iloc[0].to_dict()
    lower, upper, level = _interval(row, levels)
    figures = [row["value"], lower, upper]
    if measure.change:
        now = float(row.get("now", 0.0) or row.get("without", 0.0))
        figures = [None if number is None else float(number) / now - 1.0 for number in figures]
        if row.get("unit") != "persons":
            # People of today are the same in every draw; other levels of today are not, so the
            # ends of a level are not those of its change.
            figures[1:] = [None, None]
    return Figure(
        *_three(figures),
        level=level,
        kind="modelled",
        source=f"the model, study {measure.study}: {wanted['policy']}, capital {wanted['capital']}",
        command=f"corridors run {shlex.quote(measure.study)}",
    )


def _three(figures: list[Any]) -> tuple[float | None, str, float | None, float | None]:
    value, lower, upper = map(_finite, figures)
    return value, "", lower, upper


def _interval(row: dict[str, Any], levels: tuple[int, ...]) -> tuple[Any, Any, int]:
    """Ends of the widest interval that the number of draws carries."""
    for level in levels:
        ends = [_finite(row.get(f"{end}_{level}")) for end in ("lower", "upper")]
        if None not in ends:
            return ends[0], ends[1], level
    return None, None, levels[0]


@functools.lru_cache(maxsize=64)
def _result(name: str, draws: int | None) -> tuple[Any, tuple[int, ...]]:
    from corridors import study

    result = study.run(name, draws=draws)
    number = result.manifest.get("file", {}).get("draws", {}).get("number", 0)
    return result, (95, 80, 50) if number >= 200 else (80, 50)


def _journey(measure: Measure, claim: Claim, _folder: Path) -> Figure:
    """Persons at a place (or at all of them) on a day."""
    assert measure.journey is not None
    tables = _march(measure.journey, measure.draws or 100).tables
    day, place = measure.day or claim.date, measure.place
    if not isinstance(day, dt.date):
        raise InputError(Problem("measure.day", "is missing", "Name the day of the figure"))
    about: dict[str, Any] = {
        "year": str(day),
        "command": f"corridors journeys run {shlex.quote(measure.journey)}",
        "source": f"the journey {measure.journey}",
        "kind": "modelled",
        "level": 80,
    }
    if place is not None and "reported" in tables:
        rows = tables["reported"]
        row = rows[_on(rows, day) & (rows["places"] == place)]
        if len(row):
            cells = row.iloc[0].to_dict()
            # The ends of the interval of 80 per cent stand beside the simulated number.
            lower, upper = (cells[name] for name in cells if name.startswith("simulated_"))
            value, _, *ends = _three([cells["simulated"], lower, upper])
            return Figure(value, lower=ends[0], upper=ends[1], **about)
    rows = tables["places"]
    rows = rows[_on(rows, day)]
    if place is not None:
        close = ", ".join(nearest(place, set(rows["place"])))
        rows = rows[rows["place"] == place]
        if rows.empty:
            fix = f"Did you mean {close}?" if close else "Name a day of the journey"
            raise InputError(Problem("measure.place", f"nobody is at '{place}' that day", fix))
    if rows.empty:
        raise InputError(Problem("measure.day", f"{day} is no day of the journey", "Name another"))
    return Figure(float(rows["persons"].sum()), **about)


def _on(rows: pd.DataFrame, day: Any) -> pd.Series:
    import pandas as pd

    return pd.to_datetime(rows["date"]) == pd.Timestamp(day)


@functools.lru_cache(maxsize=8)
def _march(name: str, draws: int) -> Any:
    from corridors.study import journey_run

    return journey_run.run(name, draws=draws)


def _panel(measure: Measure, claim: Claim, folder: Path) -> Figure:
    from corridors.claims import panels

    assert measure.panel is not None
    estimate = panels.estimate(measure.panel, folder=folder)
    return Figure(
        estimate.value,
        lower=estimate.lower,
        upper=estimate.upper,
        year=estimate.years,
        kind="modelled",
        source=f"panel estimate on {estimate.tables}",
        command=f"corridors claims {shlex.quote(claim.id)}",
        note=estimate.note,
    )
