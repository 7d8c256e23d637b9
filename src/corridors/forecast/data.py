"""The series a forecast starts from: pairs or areas by time, and what is known beside them.

A `Panel` holds nothing that says when a forecast is made; `Panel.until` cuts everything dated
later, and every forecast, every fit and every choice is made from a panel so cut.

What is forecast from it is scored by equation (54).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from corridors.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Codes = NDArray[np.intp]

__all__ = ["AREA_COLUMNS", "KINDS", "PAIR_COLUMNS", "Panel", "Yearly", "from_frame", "panel"]

KINDS = ("stocks", "flows", "arrivals", "net")
PAIR_COLUMNS = ("distance", "contiguous", "language", "colony")
AREA_COLUMNS = ("population", "gdp_per_head", "net_migration")
_MOST = 5


@dataclass(frozen=True)
class Yearly:
    """Figures by time: `values` (rows, times), NaN where not known."""

    times: NDArray[np.int64]
    values: Array

    def until(self, time: int) -> Yearly:
        """Nothing dated after `time`."""
        kept = self.times <= time
        return Yearly(self.times[kept], self.values[:, kept])

    def at(self, time: float) -> Array:
        """Values (series,) at a time, in their unit, in proportion between known times.

        NaN outside the known times.
        """
        if not len(self.times) or not self.times[0] <= time <= self.times[-1]:
            return np.full(len(self.values), np.nan)
        after = int(np.searchsorted(self.times, time))
        if self.times[after] == time:
            return self.values[:, after]
        share = (time - self.times[after - 1]) / (self.times[after] - self.times[after - 1])
        return (1 - share) * self.values[:, after - 1] + share * self.values[:, after]


@dataclass(frozen=True)
class Panel:
    """Series of pairs or areas, in an order that their labels do not decide.

    Attributes
    ----------
    kind : str
        `stocks`, `flows`, `arrivals` (pairs) or `net` (areas).
    labels : tuple of str
        Names of the areas.
    origin, destination : (series,) int arrays
        Areas of each series; both the same for `net`.
    series : Yearly
        Persons, (series, times); no pair is NaN.
    pair : mapping of str to (series,) array
        What is known of a pair for good: `PAIR_COLUMNS`.
    area : mapping of str to Yearly
        What is known of an area by time, (areas, times): `AREA_COLUMNS`, and for the shipped
        tables `refugees_abroad` and `refugees_hosted`.
    beside : mapping of str to Yearly
        What is known of a pair by time, (series, times): `displaced`.
    """

    kind: str
    labels: tuple[str, ...]
    origin: Codes
    destination: Codes
    series: Yearly
    pair: Mapping[str, Array] = field(default_factory=dict)
    area: Mapping[str, Yearly] = field(default_factory=dict)
    beside: Mapping[str, Yearly] = field(default_factory=dict)

    def until(self, time: int) -> Panel:
        """The panel as it stood at `time`: nothing dated later is in it."""
        return replace(
            self,
            series=self.series.until(time),
            area={name: yearly.until(time) for name, yearly in self.area.items()},
            beside={name: yearly.until(time) for name, yearly in self.beside.items()},
        )

    def totals(self, ends: Codes, column: Array) -> Array:
        """Sums (area,) of persons (series,) over the pairs of each area, itself left out."""
        weights = np.where(self.origin != self.destination, column, 0.0)
        return np.bincount(ends, weights=weights, minlength=len(self.labels)).astype(np.float64)

    def reverse(self) -> Codes:
        """Where the opposite pair of each pair stands; -1 where there is none."""
        size = len(self.labels)
        key, other = self.origin * size + self.destination, self.destination * size + self.origin
        order = np.argsort(key)
        place = np.minimum(np.searchsorted(key[order], other), len(key) - 1)
        return np.where(key[order][place] == other, order[place], -1)

    def frame(self) -> pd.DataFrame:
        """The labels of the series: DataFrame (area), or (origin, destination)."""
        import pandas as pd

        names = np.array(self.labels, object)
        if self.kind == "net":
            return pd.DataFrame({"area": names[self.origin]})
        return pd.DataFrame({"origin": names[self.origin], "destination": names[self.destination]})


def panel(
    kind: str,
    labels: tuple[str, ...],
    origin: Codes,
    destination: Codes,
    series: Yearly,
    *,
    pair: Mapping[str, Array] | None = None,
    area: Mapping[str, Yearly] | None = None,
    beside: Mapping[str, Yearly] | None = None,
) -> Panel:
    """A panel of series, q and y of (54), in the order of their figures.

    Labels and the order of rows then change nothing: sums, ties and draws meet the same figures
    in the same order. Only pairs that agree in every figure keep the order they came in.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    labels : tuple of str
        Of areas.
    origin, destination : (series,) places in `labels`; the same twice for `net`
    series : Yearly
        Persons (series, time).
    pair : mapping of str to (series,) array
        Distance in km, the others 0 or 1.
    area, beside : mapping of str to Yearly
        By area (area, time) and by pair (series, time): persons, dollars a head.

    Returns
    -------
    Panel
    """
    made = Panel(kind, labels, origin, destination, series, pair or {}, area or {}, beside or {})
    keys = [_sums(origin, series.values), _sums(destination, series.values), series.values]
    keys += [values[:, None] for _, values in sorted(made.pair.items())]
    keys += [
        yearly.values[ends]
        for _, yearly in sorted(made.area.items())
        for ends in ((origin,) if kind == "net" else (origin, destination))
    ]
    order = np.lexsort(np.nan_to_num(np.concatenate(keys, axis=1), nan=-1.0).T)
    return replace(
        made,
        origin=origin[order],
        destination=destination[order],
        series=Yearly(series.times, series.values[order]),
        pair={name: values[order] for name, values in made.pair.items()},
        beside={name: Yearly(y.times, y.values[order]) for name, y in made.beside.items()},
    )


def _sums(ends: Codes, values: Array) -> Array:
    """Sum over the series of each area, given back to each series; added in order of size."""
    summed = np.empty_like(values)
    for column in range(values.shape[1]):
        order = np.argsort(values[:, column], kind="stable")
        weights = np.nan_to_num(values[order, column])
        summed[:, column] = np.bincount(ends[order], weights=weights)[ends]
    return summed


# --- from tables -----------------------------------------------------------------------------


def from_frame(
    frame: pd.DataFrame,
    kind: str,
    known_until: int,
    pairs: pd.DataFrame | None = None,
    areas: pd.DataFrame | None = None,
) -> tuple[Panel, list[str]]:
    """The panel of a user's tables, q and y of (54), and what a reader should be told of them.

    Parameters
    ----------
    frame : DataFrame
        `origin, destination, time, value` (`area, time, value[, population]` for `net`), persons.
    kind : str
        One of `KINDS`.
    known_until : int
        Time the forecast is made; rows after it are an error in `frame`.
    pairs, areas : DataFrame, optional
        `PAIR_COLUMNS` by `origin, destination`, distances in km; `AREA_COLUMNS` by `area, time`,
        persons and dollars a head.

    Returns
    -------
    panel : Panel
        Series (series, time), persons.
    notes : list of str

    Raises
    ------
    InputError
        A column is missing, a value is negative or not a number, a row comes twice, a row is
        dated after `known_until`: every problem found.
    """
    ends = ["area"] if kind == "net" else ["origin", "destination"]
    problems = [*_columns("TRAIN", frame, [*ends, "time", "value"])]
    if pairs is not None:
        problems += _columns("PAIRS", pairs, ["origin", "destination"])
    if areas is not None:
        problems += _columns("AREAS", areas, ["area", "time"])
    if problems:
        raise InputError(problems)
    train = _train(frame, kind, ends, known_until)
    notes: list[str] = []
    known = _known_areas(areas, known_until, notes)
    if pairs is not None and kind != "net":
        pairs = _checked(pairs, "PAIRS", ["origin", "destination"], PAIR_COLUMNS)
    else:
        pairs = None
    return _assembled(train, kind, ends, pairs, known), notes


def _columns(where: str, frame: pd.DataFrame, needed: list[str]) -> list[Problem]:
    return [
        Problem(
            where,
            f"there is no column '{name}'",
            f"Did you mean {', '.join(nearest(name, map(str, frame.columns))) or 'another table'}?",
        )
        for name in needed
        if name not in frame
    ]


def _checked(
    frame: pd.DataFrame, where: str, keys: list[str], numbers: tuple[str, ...]
) -> pd.DataFrame:
    """The table with text labels, whole times and numbers; each key once.

    Raises
    ------
    InputError
        What cannot be read, or a row that comes twice.
    """
    import pandas as pd

    columns = [*keys, *(name for name in numbers if name in frame)]
    table = frame[columns].reset_index(drop=True)
    problems = []
    for name in columns:
        if name in ("origin", "destination", "area"):
            wrong = table[name].isna()
            table[name] = table[name].astype(str)
            problems += [
                Problem(f"{where} row {row + 1}", f"no {name}", "Give it a label")
                for row in table.index[wrong][:_MOST]
            ]
            continue
        read = pd.to_numeric(table[name], errors="coerce").astype(float)
        wrong = (read.isna() & table[name].notna()) | np.isinf(read)
        fix = "Write a number"
        if name == "time":
            wrong |= read.isna() | (read != np.floor(read))
            fix = "Write a whole number"
        problems += [
            Problem(f"{where} row {row + 1}", f"{name} is '{table[name][row]}'", fix)
            for row in table.index[wrong][:_MOST]
        ]
        table[name] = read
    if problems:
        raise InputError(problems)
    if "time" in table:
        table["time"] = table["time"].astype(np.int64)
    twice = table.duplicated(keys)
    if twice.any():
        raise InputError(
            [
                Problem(
                    f"{where} row {row + 1}",
                    f"{', '.join(map(str, key))} comes twice",
                    "Keep one row",
                )
                for row, key in zip(
                    table.index[twice][:_MOST],
                    table.loc[twice, keys].itertuples(index=False),
                    strict=False,
                )
            ]
        )
    return table


def _train(frame: pd.DataFrame, kind: str, ends: list[str], known_until: int) -> pd.DataFrame:
    table = _checked(frame, "TRAIN", [*ends, "time"], ("value", "population"))
    problems = []
    late = table.index[table["time"] > known_until]
    if len(late):
        what = f"{len(late)} rows are dated after {known_until}, first at row {late[0] + 1}"
        problems.append(Problem("TRAIN", what, "A forecast may not see them: leave them out"))
    if not len(table):
        problems.append(Problem("TRAIN", "there is no row", "Give at least one"))
    elif kind != "net":
        unknown = table["value"].isna()
        below = table.index[(table["value"] < 0)]
        problems += [
            Problem(
                f"TRAIN row {row + 1}",
                f"value is {table['value'][row]:g}",
                "Persons cannot be negative; --kind net takes such values",
            )
            for row in below[:_MOST]
        ]
        table = table[~unknown]
        if not problems and not len(table):
            problems.append(Problem("TRAIN", "no value is known", "Give at least one"))
    if problems:
        raise InputError(problems)
    return table


def _known_areas(
    areas: pd.DataFrame | None, known_until: int, notes: list[str]
) -> pd.DataFrame | None:
    if areas is None:
        return None
    table = _checked(areas, "AREAS", ["area", "time"], AREA_COLUMNS)
    late = int((table["time"] > known_until).sum())
    if late:
        notes.append(f"warning: {late} rows of AREAS are dated after {known_until}: ignored")
    return table[table["time"] <= known_until]


def _assembled(
    train: pd.DataFrame,
    kind: str,
    ends: list[str],
    pairs: pd.DataFrame | None,
    areas: pd.DataFrame | None,
) -> Panel:
    import pandas as pd

    extra = [] if pairs is None else [pairs[["origin", "destination"]]]
    keys = pd.concat([train[ends], *extra]).drop_duplicates().sort_values(ends)
    keys = keys.reset_index(drop=True)
    labels = tuple(sorted(set(keys.to_numpy().ravel())))
    code = {label: number for number, label in enumerate(labels)}
    origin = keys[ends[0]].map(code).to_numpy(np.intp)
    destination = keys[ends[-1]].map(code).to_numpy(np.intp)
    times = np.unique(train["time"].to_numpy(np.int64))
    values = np.full((len(keys), len(times)), np.nan if kind == "net" else 0.0)
    row = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(train[ends]))
    column = np.searchsorted(times, train["time"])
    values[row, column] = train["value"]
    area = {}
    if areas is not None:
        area = {name: _by_area(areas, name, code) for name in AREA_COLUMNS if name in areas}
    if kind == "net" and "population" in train and "population" not in area:
        area["population"] = _by_area(train, "population", code)
    area = {name: yearly for name, yearly in area.items() if np.isfinite(yearly.values).any()}
    pair = {}
    if pairs is not None:
        placed = pairs.set_index(["origin", "destination"]).reindex(pd.MultiIndex.from_frame(keys))
        pair = {
            name: placed[name].to_numpy(float)
            for name in PAIR_COLUMNS
            if name in placed and placed[name].notna().any()
        }
    return panel(kind, labels, origin, destination, Yearly(times, values), pair=pair, area=area)


def _by_area(table: pd.DataFrame, name: str, code: Mapping[str, int]) -> Yearly:
    table = table[table["area"].isin(code) & table[name].notna()]
    times = np.unique(table["time"].to_numpy(np.int64))
    values = np.full((len(code), len(times)), np.nan)
    row = table["area"].map(code).to_numpy(np.intp)
    values[row, np.searchsorted(times, table["time"])] = table[name]
    return Yearly(times, values)
