"""Scores of forecasts, and the published tasks and splits, persistence beside every figure.

A stocks, B flows, C arrivals of displaced people, D net migration, and the world's stocks as they
would have been forecast. Everything is forecast from figures dated by the origin; every row of a
score says its task, split, part and forecast, with persistence and every variant as rows beside
the average that `table` gives.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.errors import InputError, Problem, nearest
from corridors.forecast import intervals, reconcile, shipped
from corridors.forecast.data import Panel, from_frame
from corridors.forecast.models import Forecast, Replay
from corridors.forecast.net import NetForecast, net_forecast, persistence

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Chosen = NDArray[np.bool_]
    Row = dict[str, Any]

__all__ = [
    "COLUMNS",
    "FLOW_SPLITS",
    "TASKS",
    "crps",
    "flow_panel",
    "interval_scores",
    "point_scores",
    "score",
]

COLUMNS = {
    "task": "what is forecast, and with what beside it",
    "split": "last year known -> year forecast, or pooled",
    "part": "all pairs, pairs of a size, destinations of a region, or a margin",
    "forecast": "average (what the package gives), persistence, or a variant of the average",
    "figure": "name of the score",
    "value": "the score; MAE and CRPS in persons",
}
_STOCKS = ((2005, 5), (2010, 5), (2015, 5), (2010, 10))
#: Last known time and years ahead of the splits of flows.
FLOW_SPLITS = ((2005, 5), (2010, 5), (2015, 5))
_ARRIVALS = tuple((year, 1) for year in range(2011, 2024))
_POOLED_FROM = 2014
#: Persistence from the years that a forecast with a delay knows.
_LATE = "persistence known as late"
_NET = (1993, 1998, 2003, 2008, 2013, 2018)
_SIZES = {"below 1 000": (0.0, 1e3), "1 000 to 100 000": (1e3, 1e5), "above": (1e5, np.inf)}
_FIGURES = ("MAE", "skillMAE", "R2chg", "R2logchg", "CPC", "RMSLE", "total_err_pct")


def point_scores(truth: Array, forecast: Array, last: Array) -> dict[str, float]:
    """Scores of a point forecast, of levels and of changes, equation (54).

    Parameters
    ----------
    truth, forecast, last : (series,) persons
        What came, what was said, and the last value known then.

    Returns
    -------
    dict
        `n`; `MAE` and `RMSE` in persons; `R2` of levels; `R2chg` and `skillMAE` against
        persistence; `CPC`, the common part of commuters (Lenormand et al. 2016); `RMSLE` and
        `R2logchg` of log(1 + persons); `total_err_pct`. NaN where a denominator is zero.
    """
    error, change = forecast - truth, last - truth
    logs = np.log1p(np.maximum(forecast, 0.0)) - np.log1p(np.maximum(truth, 0.0))
    log_change = np.log1p(np.maximum(last, 0.0)) - np.log1p(np.maximum(truth, 0.0))
    both = truth.sum() + forecast.sum()
    return {
        "n": float(len(truth)),
        "MAE": float(np.abs(error).mean()),
        "RMSE": float(np.sqrt((error**2).mean())),
        "R2": 1.0 - _ratio((error**2).sum(), ((truth - truth.mean()) ** 2).sum()),
        "R2chg": 1.0 - _ratio((error**2).sum(), (change**2).sum()),
        "skillMAE": 1.0 - _ratio(np.abs(error).sum(), np.abs(change).sum()),
        "CPC": _ratio(2.0 * np.minimum(truth, forecast).sum(), both),
        "RMSLE": float(np.sqrt((logs**2).mean())),
        "R2logchg": 1.0 - _ratio((logs**2).sum(), (log_change**2).sum()),
        "total_err_pct": 100.0 * _ratio(forecast.sum() - truth.sum(), truth.sum()),
    }


def _ratio(above: float, below: float) -> float:
    return float(above / below) if below else float("nan")


def interval_scores(
    truth: Array, quantiles: Mapping[str, Array], *, counts: bool = True
) -> dict[str, float]:
    """Coverage and interval scores (Gneiting and Raftery 2007, eq. 43) of 80 and 95 % intervals.

    Parameters
    ----------
    truth : (series,) persons
    quantiles : mapping of str to (series,) array
        `q2.5 q10 q50 q90 q97.5`, persons.
    counts : bool
        Ends of counts are rounded outwards.

    Returns
    -------
    dict
        `cov80 cov95` over all, `_nz` where something came or was expected, `_big` where the
        median is at least 100 persons, shares; `IS80 IS95`, persons; `crossed`, the share of
        crossed ends.
    """
    low95, low80, middle, high80, high95 = (
        np.asarray(quantiles[name], float) for name in ("q2.5", "q10", "q50", "q90", "q97.5")
    )
    if counts:
        low95, low80 = np.floor(low95), np.floor(low80)
        high80, high95 = np.ceil(high80), np.ceil(high95)
    found: dict[str, float] = {}
    sets = {"": np.full(len(truth), True), "_nz": (truth > 0) | (middle > 0), "_big": middle >= 100}
    for name, rows in sets.items():
        for level, low, high in (("80", low80, high80), ("95", low95, high95)):
            inside = (truth >= low) & (truth <= high)
            found[f"cov{level}{name}"] = float(inside[rows].mean()) if rows.any() else float("nan")
    for level, share, low, high in (("80", 0.2, low80, high80), ("95", 0.05, low95, high95)):
        missed = np.maximum(low - truth, 0.0) + np.maximum(truth - high, 0.0)
        found[f"IS{level}"] = float((high - low + 2.0 / share * missed).mean())
    ends = np.stack([low95, low80, middle, high80, high95])
    found["crossed"] = float((np.diff(ends, axis=0) < 0).any(axis=0).mean())
    return found


def crps(truth: Array, samples: Array) -> float:
    """Mean continuous ranked probability score of samples, equation (55).

    `mean |s - y| - sum_i (2i - S - 1) s_(i) / S^2`, the empirical distribution's own score
    (Gneiting and Raftery 2007, eq. 21).

    Parameters
    ----------
    truth : (cases,) persons
    samples : (cases, draws) persons, in any order

    Returns
    -------
    float, persons; 0 is perfect
    """
    ordered = np.sort(samples, axis=1)
    size = ordered.shape[1]
    ranks = 2.0 * np.arange(1, size + 1) - size - 1.0
    spread = ordered @ ranks / size**2
    return float((np.abs(ordered - truth[:, None]).mean(axis=1) - spread).mean())


# --- rows ------------------------------------------------------------------------------------


def _row(task: str, split: str, part: str, forecast: str, **figures: float) -> Iterator[Row]:
    about = {"task": task, "split": split, "part": part, "forecast": forecast}
    for figure, value in figures.items():
        yield about | {"figure": figure, "value": float(value)}


# --- pairs -----------------------------------------------------------------------------------


def _scored(
    task: str, panel: Panel, splits: tuple[tuple[int, int], ...], pooled_from: int, seen: bool
) -> Iterator[Row]:
    """Scores of every split, then pooled; `seen`: only pairs with people in these years."""
    replay = Replay(panel)
    kept = []
    for time, horizon in splits:
        forecast = replay.forecast(time, horizon)
        truth = panel.series.at(time + horizon)
        rows = _seen(panel, time, truth) if seen else np.full(len(truth), True)
        split = f"{time} -> {time + horizon}"
        for name, values in replay.made(time, horizon, 2)[0].items():
            yield from _points(task, split, name, truth, values, forecast.origin.last, rows)
        yield from _split(task, split, forecast, truth, rows)
        if time >= pooled_from:
            kept.append((forecast, truth, rows))
    yield from _pooled(task, kept)


def _seen(panel: Panel, time: int, truth: Array) -> Chosen:
    """Pairs with people in one of the last three years or in the one forecast."""
    last = np.column_stack([panel.series.at(time - back) for back in range(3)])
    return (np.nan_to_num(last).max(axis=1) > 0) | (truth > 0)


def _points(
    task: str, split: str, name: str, truth: Array, said: Array, last: Array, rows: Chosen
) -> Iterator[Row]:
    scores = point_scores(truth[rows], said[rows], last[rows])
    yield from _row(task, split, "all", name, **{figure: scores[figure] for figure in _FIGURES})


def _split(task: str, split: str, forecast: Forecast, truth: Array, rows: Chosen) -> Iterator[Row]:
    panel, last = forecast.origin.panel, forecast.origin.last
    still = replace(
        forecast,
        median=last,
        before=[(origin, origin.last, came) for origin, _, came in forecast.before],
    )
    means = intervals.mean(forecast)
    said = {"average": forecast, "persistence": still}
    for name, each in said.items():
        yield from _points(task, split, name, truth, each.median, last, rows)
        sampled = intervals.samples(each)[rows]
        yield from _row(task, split, "all", name, CRPS=crps(truth[rows], sampled))
        yield from _row(task, split, "all", name, **_covered(each, truth, rows))
        yield from _margins(task, split, name, panel, truth, each.median)
    yield from _points(task, split, "mean of the average", truth, means, last, rows)
    yield from _row(task, split, "all", "weights", **forecast.shares)
    yield from _parts(task, split, forecast, truth, rows)


def _covered(forecast: Forecast, truth: Array, rows: Chosen) -> dict[str, float]:
    quantiles = _quantiles(forecast)
    return interval_scores(truth[rows], {name: each[rows] for name, each in quantiles.items()})


def _quantiles(forecast: Forecast) -> dict[str, Array]:
    names = {"lower_95": "q2.5", "lower_80": "q10", "upper_80": "q90", "upper_95": "q97.5"}
    ends = intervals.ends(forecast)
    return {"q50": forecast.median} | {names[name]: values for name, values in ends.items()}


def _margins(
    task: str, split: str, name: str, panel: Panel, truth: Array, said: Array
) -> Iterator[Row]:
    """Mean absolute error of what areas receive, send, and of the difference."""
    off = {
        end: panel.totals(getattr(panel, end), said - truth) for end in ("destination", "origin")
    }
    errors = {
        "inflow": off["destination"],
        "outflow": off["origin"],
        "net": off["destination"] - off["origin"],
    }
    for part, error in errors.items():
        yield from _row(task, split, f"margin {part}", name, MAE=np.abs(error).mean())


def _parts(task: str, split: str, forecast: Forecast, truth: Array, rows: Chosen) -> Iterator[Row]:
    """Skill by size of the last value and by region of the destination."""
    last, panel = forecast.origin.last, forecast.origin.panel
    parts = {f"size {name}": (last >= low) & (last < high) for name, (low, high) in _SIZES.items()}
    regions = _regions(panel.labels)[panel.destination]
    parts |= {f"region {name}": regions == name for name in sorted(set(regions) - {""})}
    for part, chosen in parts.items():
        used = chosen & rows
        if used.any():
            scores = point_scores(truth[used], forecast.median[used], last[used])
            yield from _row(task, split, part, "average", skillMAE=scores["skillMAE"],
                            MAE=scores["MAE"])  # fmt: skip


def _regions(labels: tuple[str, ...]) -> NDArray[np.object_]:
    from corridors.data import store

    known = store.table("areas").set_index("area")["region"]
    return known.reindex(list(labels)).fillna("").to_numpy(object)


def _pooled(task: str, kept: list[tuple[Forecast, Array, Chosen]]) -> Iterator[Row]:
    truth = np.concatenate([came[rows] for _, came, rows in kept])
    said = np.concatenate([forecast.median[rows] for forecast, _, rows in kept])
    last = np.concatenate([forecast.origin.last[rows] for forecast, _, rows in kept])
    every = np.full(len(truth), True)
    yield from _points(task, "pooled", "average", truth, said, last, every)
    yield from _points(task, "pooled", "persistence", truth, last, last, every)
    parts = [_quantiles(forecast) for forecast, _, _ in kept]
    quantiles = {
        name: np.concatenate(
            [part[name][rows] for part, (_, _, rows) in zip(parts, kept, strict=True)]
        )
        for name in parts[0]
    }
    yield from _row(task, "pooled", "all", "average", **interval_scores(truth, quantiles))


# --- the tasks -------------------------------------------------------------------------------


def _stocks(delay: int | None) -> Callable[[Path | None], Iterator[Row]]:
    names = {None: "A stocks alone", 0: "A stocks"}
    name = names.get(delay, f"A stocks, net migration known {delay} years later")

    def scored(_: Path | None) -> Iterator[Row]:
        return _scored(name, shipped.stocks(2020, delay=delay), _STOCKS, 0, False)

    return scored


def _tidy(folder: Path, name: str, columns: dict[str, str]) -> pd.DataFrame:
    from corridors.readers import any_table

    file = folder / "population" / f"{name}.parquet"
    if not file.exists():
        file = folder / f"{name}.parquet"
    return any_table.read(file, columns).frame.reset_index(drop=True)


def flow_panel(folder: Path) -> Panel:
    """Abel and Cohen's (2019) flows: areas of `shipped.net` that send and receive in every period.

    Parameters
    ----------
    folder : Path
        Holds the tidy table `flows_abel_cohen`.

    Returns
    -------
    Panel
        Persons (pair, period of five years), method `da_pb_closed`.

    Raises
    ------
    SourceError
        The table is missing or damaged.
    InputError
        A row of it is no flow.
    """
    columns = dict.fromkeys(("sex", "origin", "destination"), "label")
    columns |= {"year0": "number", "da_pb_closed": "number"}
    rows = _tidy(folder, "flows_abel_cohen", columns)
    rows = rows[(rows["sex"] == "T") & (rows["origin"] != rows["destination"])]
    kept = set(shipped.net().labels)
    for end in ("origin", "destination"):
        periods = rows.groupby(end)["year0"].nunique()
        kept &= set(periods.index[periods == 6])
    rows = rows[rows["origin"].isin(kept) & rows["destination"].isin(kept)]
    rows = rows.assign(time=rows["year0"] + 5).rename(columns={"da_pb_closed": "value"})
    panel = from_frame(rows, "flows", 10_000, shipped.pairs_of(rows), shipped.known_areas())[0]
    return shipped.with_stocks(panel)


def _flows(folder: Path | None) -> Iterator[Row]:
    if folder is None:
        return iter(())
    return _scored("B flows", flow_panel(folder), FLOW_SPLITS, 0, False)


def _applications(folder: Path | None) -> Iterator[Row]:
    """New applications in the first instance, persons and cases as published."""
    if folder is None:
        return _scored("C asylum applications", shipped.asylum(), _ARRIVALS, _POOLED_FROM, True)
    columns = dict.fromkeys(("origin", "asylum", "app_type", "dec_level"), "label")
    columns |= {"year": "number", "applied": "number"}
    rows = _tidy(folder, "unhcr_asylum_applications", columns)
    rows = rows[(rows["app_type"] == "N") & (rows["dec_level"] == "FI") & (rows["year"] < 2025)]
    rows = rows.groupby(["origin", "asylum", "year"], as_index=False)["applied"].sum()
    frame = rows.set_axis(["origin", "destination", "time", "value"], axis=1)
    panel = from_frame(frame, "arrivals", 10_000)[0]
    return _scored("C asylum applications", panel, _ARRIVALS, _POOLED_FROM, True)


def _displaced(_: Path | None) -> Iterator[Row]:
    return _scored("C UNHCR flows", shipped.arrivals(), _ARRIVALS, _POOLED_FROM, True)


def _net(delay: int) -> Callable[[Path | None], Iterator[Row]]:
    name = "D net migration" + (f", known {delay} years later" if delay else "")

    def scored(_: Path | None) -> Iterator[Row]:
        panel = shipped.net()
        memory: dict[int, Array] = {}
        kept = []
        for year in _NET:
            forecast = net_forecast(panel, year - delay, 5, memory=memory)
            truth, last = persistence(panel, year + 5, 5), persistence(panel, year, 5)
            split = f"{year} -> {year + 5}"
            yield from _net_split(name, split, forecast, truth, last, panel, year)
            if delay:  # what nothing but leaving the latest years out does
                late = point_scores(truth, persistence(panel, year - delay, 5), last)
                figures = {figure: late[figure] for figure in ("MAE", "skillMAE", "R2chg")}
                yield from _row(name, split, "all", _LATE, **figures)
            kept.append((forecast, truth, last))
        truth = np.concatenate([came for _, came, _ in kept])
        forecast = NetForecast(np.concatenate([each.samples for each, _, _ in kept]), truth)
        yield from _row(name, "pooled", "all", "average",
                        **_net_covered(forecast, truth))  # fmt: skip

    return scored


def _net_split(
    task: str, split: str, forecast: NetForecast, truth: Array, last: Array, panel: Panel, year: int
) -> Iterator[Row]:
    every = np.full(len(truth), True)
    for name, said in (("average", forecast.median), ("persistence", last)):
        scores = point_scores(truth, said, last)
        figures = {figure: scores[figure] for figure in ("MAE", "skillMAE", "R2chg")}
        yield from _row(task, split, "all", name, **figures)
    yield from _row(task, split, "all", "average", CRPS=crps(truth, forecast.samples))
    still = last[:, None] + persistence_errors(panel, year)[None, :] * _usual(panel, year)[:, None]
    yield from _row(task, split, "all", "persistence", CRPS=crps(truth, still))
    yield from _row(task, split, "all", "average", **_net_covered(forecast, truth))
    regions = _regions(panel.labels)[panel.origin]
    for region in sorted(set(regions) - {""}):
        used = (regions == region) & every
        scores = point_scores(truth[used], forecast.median[used], last[used])
        yield from _row(task, split, f"region {region}", "average", skillMAE=scores["skillMAE"],
                        MAE=scores["MAE"])  # fmt: skip


def _net_covered(forecast: NetForecast, truth: Array) -> dict[str, float]:
    names = ("q2.5", "q10", "q50", "q90", "q97.5")
    ends = np.quantile(forecast.samples, (0.025, 0.1, 0.5, 0.9, 0.975), axis=1)
    found = interval_scores(truth, dict(zip(names, ends, strict=True)), counts=False)
    return {name: found[name] for name in ("cov80", "cov95", "IS80", "IS95", "crossed")}


def _usual(panel: Panel, year: int) -> Array:
    """How far five-year totals of an area usually move, persons."""
    totals = np.column_stack([persistence(panel, year - 5 * back, 5) for back in range(4)])
    own = 0.5 * np.abs(totals).mean(axis=1) + 0.5 * np.abs(np.diff(totals, axis=1)).mean(axis=1)
    return own + 0.25 * np.median(own)


def persistence_errors(panel: Panel, year: int) -> Array:
    """Errors of persistence at earlier origins, in what is usual for the area: 199 quantiles."""
    errors = []
    for start in range(int(panel.series.times[0]) + 24, year - 4):
        came, last = persistence(panel, start + 5, 5), persistence(panel, start, 5)
        errors.append((came - last) / _usual(panel, start))
    pooled = np.concatenate(errors[-25:])
    return np.quantile(pooled, (np.arange(199) + 0.5) / 199) - np.median(pooled)


def _world(_: Path | None) -> Iterator[Row]:
    """The world's stocks by the edition of 2024: in 2015 for 2020, in 2020 for 2024, for 2030."""
    panel = shipped.stocks(2024)
    replay = Replay(panel)
    for time, later in ((2015, 2020), (2020, 2024), (2024, 2030)):
        forecast = replay.forecast(time, later - time)
        split = f"{time} -> {later}"
        known = later <= int(panel.series.times[-1])
        truth = panel.series.at(later) if known else np.full(len(forecast.median), np.nan)
        totals = reconcile.world(forecast)
        figures = {"last": totals.last[0], "mean": totals.forecast[0], "came": truth.sum()}
        figures |= {name: values[0] for name, values in totals.ends.items()}
        yield from _row("world", split, "world", "average", **figures)
        means, ends = intervals.mean(forecast), intervals.ends(forecast)
        growth = forecast.median - forecast.origin.last
        for row in np.argsort(-growth, kind="stable")[:10]:
            names = (panel.labels[panel.origin[row]], panel.labels[panel.destination[row]])
            figures = {
                "last": forecast.origin.last[row], "median": forecast.median[row],
                "mean": means[row], "came": truth[row],
            } | {name: values[row] for name, values in ends.items()}  # fmt: skip
            yield from _row("world", split, " -> ".join(names), "average", **figures)


TASKS: dict[str, Callable[[Path | None], Iterator[Row]]] = {
    "stocks": _stocks(0),
    "stocks-alone": _stocks(None),
    "stocks-1": _stocks(1),
    "stocks-2": _stocks(2),
    "flows": _flows,
    "applications": _applications,
    "displaced": _displaced,
    "net": _net(0),
    "net-1": _net(1),
    "net-2": _net(2),
    "world": _world,
}


def score(
    folder: Path | None = None,
    tasks: tuple[str, ...] = (),
    progress: Callable[[str], None] = lambda _: None,
    executor: Executor | None = None,
) -> pd.DataFrame:
    """Scores of the published tasks as long rows, by (54) and (55).

    Parameters
    ----------
    folder : Path, optional
        Holds the tidy tables `flows_abel_cohen` and `unhcr_asylum_applications`, itself or under
        `population`; without it flows are left out and applications are the shipped ones.
    tasks : tuple of str
        Names of `TASKS`; none: all.
    progress : callable
        Told each task as it begins.
    executor : concurrent.futures.Executor, optional
        Who scores the tasks, each by itself; by default this process. The rows do not depend on
        it. Its workers read `folder` themselves.

    Returns
    -------
    DataFrame (`COLUMNS`)
        One score a row: persons, shares or without unit, as `point_scores` and `interval_scores`
        say.

    Raises
    ------
    InputError
        A task is not known.
    SourceError
        A table of the folder is missing or damaged.
    """
    import pandas as pd

    problems = [
        Problem(
            "task", f"there is no task '{name}'", f"Did you mean {', '.join(nearest(name, TASKS))}?"
        )
        for name in tasks
        if name not in TASKS
    ]
    if problems:
        raise InputError(problems)
    asked = tasks or tuple(TASKS)
    tell: dict[str, Callable[[], list[Row]]] = {
        name: functools.partial(_rows_of, folder, name) for name in asked
    }
    if executor is not None:
        tell = {name: executor.submit(act).result for name, act in tell.items()}
    rows: list[Row] = []
    for name in asked:
        progress(f"scoring {name} ...")
        rows += tell[name]()
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows_of(folder: Path | None, task: str) -> list[Row]:
    return list(TASKS[task](folder))
