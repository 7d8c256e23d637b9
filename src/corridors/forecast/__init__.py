"""What comes next, statistically: stocks, flows, arrivals and net migration with intervals.

`table` forecasts any table; `corridors forecast` does so for the shipped ones. The yardstick of
every score is persistence, the last known value.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from corridors.forecast.data import Panel
    from corridors.forecast.models import Replay

__all__ = ["FIGURES", "forecast_panel", "table", "table_with_notes"]

#: Columns of a forecast after its labels and `time`.
FIGURES = ("mean", "median", "lower_80", "upper_80", "lower_95", "upper_95")
#: More times than this are read off between the first, a middle and the last one.
_MOST_FITS = 3


def table(
    frame: pd.DataFrame,
    *,
    kind: str,
    known_until: int,
    horizons: Iterable[int],
    pairs: pd.DataFrame | None = None,
    areas: pd.DataFrame | None = None,
    draws: int = 1000,
    seed: int = 1,
    total: bool | None = None,
) -> pd.DataFrame:
    """Forecast a table: every pair or area of it at every time asked; scored by (54) and (55).

    Parameters
    ----------
    frame : DataFrame
        `origin, destination, time, value` in persons, or `area, time, value[, population]` for
        `net`; any labels, whole-number times of any step. A pair without a row at a time is zero
        there, an area without one is not known.
    kind : {"stocks", "flows", "arrivals", "net"}
        People who are there; people who moved in a period; claims and arrivals of a period, which
        come in shocks; net migration of areas, which may be negative.
    known_until : int
        Time at which the forecast is made. A row after it is an error.
    horizons : iterable of int
        Times asked, each after `known_until`. A number that is not after it counts ahead of it.
    pairs : DataFrame, optional
        `origin, destination[, distance, contiguous, language, colony]`.
    areas : DataFrame, optional
        `area, time[, population, gdp_per_head, net_migration]`; rows after `known_until` are left
        out.
    draws, seed : int
        Of the autoregression of `net`; pairs have no chance in them but the boosting's own.
    total : bool, optional
        Whether a figure is the total of the times after `known_until` up to its own; the default
        for `net` alone.

    Returns
    -------
    DataFrame (labels, time, `FIGURES`)
        Persons, with ends of the 80 and 95 % intervals, ordered by label and time.

    Raises
    ------
    InputError
        Every problem found in the tables or the question.
    """
    return table_with_notes(frame, kind, known_until, horizons, pairs, areas, draws, seed, total)[0]


def table_with_notes(
    frame: pd.DataFrame,
    kind: str,
    known_until: int,
    horizons: Iterable[int],
    pairs: pd.DataFrame | None = None,
    areas: pd.DataFrame | None = None,
    draws: int = 1000,
    seed: int = 1,
    total: bool | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """As `table`, and what a reader should be told of the tables it read.

    Parameters
    ----------
    frame, kind, known_until, horizons, pairs, areas, draws, seed, total
        As `table`.

    Returns
    -------
    forecast : DataFrame (labels, time, `FIGURES`), persons
    notes : list of str

    Raises
    ------
    InputError
        Every problem found in the tables or the question.

    Notes
    -----
    Scored by (54) and (55); of `net` equation (56).
    """
    from corridors.forecast.data import KINDS, from_frame

    problems = []
    if kind not in KINDS:
        fix = f"Did you mean {', '.join(nearest(str(kind), KINDS))}?"
        problems.append(Problem("kind", f"there is no kind '{kind}'", fix))
    if draws < 1:
        problems.append(Problem("draws", f"{draws} draws", "Ask for at least one"))
    times = _times(horizons, known_until, problems)
    if problems:
        raise InputError(problems)
    panel, notes = from_frame(frame, kind, known_until, pairs, areas)
    summed = kind == "net" if total is None else total
    return forecast_panel(panel, times, draws=draws, seed=seed, total=summed), notes


def _times(horizons: Iterable[int], known_until: int, problems: list[Problem]) -> list[int]:
    times = set()
    for asked in horizons:
        if asked != int(asked) or (asked <= 0 and asked <= known_until):
            what = f"{asked} is not a whole number after {known_until}"
            problems.append(Problem("horizons", what, "Ask for later times"))
        else:
            times.add(int(asked) if asked > known_until else known_until + int(asked))
    if not times and not problems:
        problems.append(Problem("horizons", "no time is asked", "Name one or more"))
    return sorted(times)


def forecast_panel(
    panel: Panel, times: list[int], *, draws: int = 1000, seed: int = 1, total: bool = False
) -> pd.DataFrame:
    """Forecast a panel from its last known time, by the experts of `models` or, of `net`, by (56).

    Parameters
    ----------
    panel : Panel
        Series (series, time), persons.
    times : list of int
        After the last known one.
    draws, seed : int
        Of the autoregression of `net`.
    total : bool
        Whether a figure is the total of the times up to its own.

    Returns
    -------
    DataFrame (labels, time, `FIGURES`)
        Persons, with ends of the 80 and 95 % intervals.

    Raises
    ------
    InputError
        A total is asked of stocks, which do not add up over time.
    """
    import numpy as np
    import pandas as pd

    last = int(panel.series.times[-1])
    asked = [time - last for time in times]
    if len(asked) <= _MOST_FITS:
        fitted = asked
    else:
        fitted = sorted({asked[0], asked[len(asked) // 2], asked[-1]})
    if panel.kind == "net":
        figures = _net_figures(panel, last, fitted, draws, seed, total)
    else:
        figures = _pair_figures(panel, last, fitted, total)
    stack = np.stack([figures[horizon] for horizon in fitted])
    labels = panel.frame()
    parts = []
    for horizon, time in zip(asked, times, strict=True):
        part = labels.copy()
        part["time"] = time
        part[list(FIGURES)] = _between(np.array(fitted), stack, horizon)
        parts.append(part)
    keys = [*labels.columns, "time"]
    return pd.concat(parts).sort_values(keys, ignore_index=True)


def _between(fitted: np.ndarray, stack: np.ndarray, horizon: int) -> np.ndarray:
    """Figures at a horizon, in proportion between the two that were fitted around it."""
    import numpy as np

    after = int(np.searchsorted(fitted, horizon))
    if fitted[after] == horizon:
        return stack[after]
    share = (horizon - fitted[after - 1]) / (fitted[after] - fitted[after - 1])
    return (1 - share) * stack[after - 1] + share * stack[after]


def _pair_figures(
    panel: Panel, last: int, horizons: list[int], total: bool
) -> dict[int, np.ndarray]:
    """`FIGURES` of every pair at each horizon, (series, figures)."""
    import numpy as np

    from corridors.forecast import intervals
    from corridors.forecast.models import Replay

    found = {}
    replay = Replay(panel)
    for horizon in horizons:
        times = 1
        if total:
            replay, times = _summed(panel, last, horizon)
        forecast = replay.forecast(last, horizon)
        ends = intervals.ends(forecast)
        columns = [intervals.mean(forecast), forecast.median]
        columns += [ends[name] for name in FIGURES[2:]]
        found[horizon] = np.column_stack(columns) * times
    return found


def _summed(panel: Panel, last: int, horizon: int) -> tuple[Replay, int]:
    """A replay of sums over as many times as the horizon holds.

    Where the table is too short for two such sums it stays as it is, and what a forecast has to be
    multiplied with is the second value.
    """
    from dataclasses import replace

    import numpy as np

    from corridors.forecast.data import Yearly
    from corridors.forecast.features import step
    from corridors.forecast.models import Replay

    if panel.kind == "stocks":
        what, fix = "people who are there cannot be added up over time", "Leave it out"
        raise InputError(Problem("total", what, fix))
    series = panel.series
    count = max(1, round(horizon / step(series.times)))
    if count == 1 or len(series.times) < 2 * count:
        return Replay(panel), count
    sums = np.cumsum(series.values, axis=1)
    sums[:, count:] -= sums[:, :-count].copy()
    rolled = Yearly(series.times[count - 1 :], sums[:, count - 1 :])
    return Replay(replace(panel, series=rolled)), 1


def _net_figures(
    panel: Panel, last: int, horizons: list[int], draws: int, seed: int, total: bool
) -> dict[int, np.ndarray]:
    """`FIGURES` of every area at each horizon, (areas, figures)."""
    import numpy as np

    from corridors.forecast.intervals import LEVELS
    from corridors.forecast.net import net_forecast

    found = {}
    levels = [LEVELS[name] for name in FIGURES[2:]]
    for horizon in horizons:
        forecast = net_forecast(panel, last, horizon, total=total, draws=draws, seed=seed)
        ends = np.quantile(forecast.samples, levels, axis=1).T
        found[horizon] = np.column_stack([forecast.mean, forecast.median, ends])
    return found
