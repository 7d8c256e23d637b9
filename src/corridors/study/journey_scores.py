"""How far journeys are from what was registered; `corridors.journeys.score` has the measures.

Forecasts are scored against the counts as they were published, with nothing known after the origin
but, where arrivals are known, the day's total; beside them stand forecasts without a model, the
reference simulator, and the same errors against counts with every later correction.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from corridors.errors import InputError, Problem
from corridors.journeys import departures, learning
from corridors.journeys import score as measures
from corridors.journeys.calibration import HORIZONS
from corridors.labels import Array
from corridors.readers import journeys_folder
from corridors.readers.journeys_folder import JourneyFile
from corridors.study import caravans
from corridors.study.journey_forecast import outlook, then
from corridors.study.journey_inputs import Prepared, from_file
from corridors.study.journey_run import FIRST, Answer, answer

__all__ = ["ARRIVALS", "BANDS", "bands", "covered_by_band", "day_of_origin", "score"]

#: What is known of arrivals after the origin.
ARRIVALS = ("known", "forecast")
#: Days after the origin at which bands of a score end.
BANDS = (30, 90)
#: Intervals whose coverage is told, per cent.
LEVELS = (50, 80, 95)
#: Draws of the reference simulator beside ours: its counts hardly differ by seed.
FLEE_DRAWS = 4


def score(
    name: str | Path,
    *,
    rules: str = "default",
    draws: int = 10,
    seed: int = 1,
    origin: int | float | str | None = None,
    arrivals: str = "known",
    executor: Executor | None = None,
) -> dict[str, Any]:
    """How far journeys are from the registrations, by (52) and (55).

    With the rules `flee` all days are scored, against counts with every correction as its authors
    do. With the default rules the days from `origin` on are scored, from what was known before.

    Parameters
    ----------
    name : str or Path
        Flee folder, journey file, or one that ships.
    rules : str
        `default` or `flee`.
    draws, seed : int
    origin : optional
        First day not known: below 1 a share of the days, else a day's number, or an ISO date.
        Default: a fifth of the period.
    arrivals : {"known", "forecast"}
        Whether the day's total of all camps is known after the origin. A second score, under
        `totals_at_origin`, is always without.
    executor : concurrent.futures.Executor, optional
        Who works on batches of draws; by default this process. The scores do not depend on it.

    Returns
    -------
    dict
        Errors as shares of the people registered, persons (`crps`), coverage as shares; by band of
        days and beside forecasts without a model.

    Raises
    ------
    SourceError, InputError
        A file is missing, or something in it or asked for is wrong.
    """
    if arrivals not in ARRIVALS:
        fix = f"Use one of {', '.join(ARRIVALS)}"
        raise InputError(Problem("arrivals", f"'{arrivals}' is neither known nor forecast", fix))
    file = journeys_folder.read(name)
    if file.caravan is not None:
        return caravans.score(file, draws=draws, seed=seed)
    prepared = from_file(file, rules)
    if not prepared.counts.camps:
        where = prepared.file.situation.name
        raise InputError(Problem(where, "has no registrations", "Add source_data/ or counts"))
    first = day_of_origin(FIRST if origin is None else origin, prepared)
    if prepared.behaviour.literal:
        return _flee_alone(prepared, first, draws=draws, seed=seed, executor=executor)
    ahead = functools.partial(
        answer, prepared, draws=draws, seed=seed, origin=first, past=True, executor=executor
    )
    done = ahead(known_totals=arrivals == "known")
    report = _scores(done) | _about(done, arrivals) | _beside(done, file, seed, executor)
    blind = done
    if arrivals == "known":
        blind = ahead(fitted=done.fitted, known_totals=False)
    report["totals_at_origin"] = _scores(blind) | {"by_horizon": _bands_of(blind)}
    assert done.fitted is not None  # an answer with an origin
    report["fitted"] = {name: round(value, 4) for name, value in done.fitted.mean().items()}
    return report


def day_of_origin(origin: int | float | str, prepared: Prepared) -> int:
    """The first day not known: a share of the days, a day's number, or an ISO date.

    Parameters
    ----------
    origin : float below 1, whole number, or ISO date
    prepared : Prepared

    Returns
    -------
    int, days from the first day of the period

    Raises
    ------
    InputError
        It is none of these, or not inside the period.
    """
    days, dates = prepared.days.days, prepared.days.dates
    try:
        value = float(origin)
    except ValueError:
        value = np.nan
        try:
            value = float((date.fromisoformat(str(origin)) - dates[0]).days)
        except ValueError:
            fix = "Give a share of the days (0.2), a day's number or a date (2012-04-29)"
            raise InputError(Problem("origin", f"'{origin}' is no day", fix)) from None
    else:
        value = value * days if 0 <= value < 1 else value
        value = max(int(value), 2) if 0 <= float(origin) < 1 else value
    if not np.isfinite(value) or value != int(value) or not 2 <= value <= days - 1:
        what = f"{origin} is not inside the period"
        fix = f"Give a day from 2 to {days - 1}, a share below 1, or a date in the period"
        raise InputError(Problem("origin", what, fix))
    return int(value)


def _about(done: Answer, arrivals: str) -> dict[str, Any]:
    """What was scored, and the figures."""
    prepared, start = done.prepared, done.origin or 0
    dates, camps = prepared.days.dates, prepared.counts.camps
    figure = done.figure[:, prepared.camps]
    return {
        "scored_from": dates[start].isoformat(),
        "origin": done.origin,
        "rules": prepared.rules,
        "arrivals": arrivals,
        "truth": "corrected" if prepared.behaviour.literal else "published",
        "plans": len(prepared.file.situation.plans),
        "draws": done.draws,
        "days": [day.isoformat() for day in dates],
        "camps": {camp: figure[:, at].round(2).tolist() for at, camp in enumerate(camps)},
        "warnings": [str(warning) for warning in prepared.warnings],
    }


def _beside(
    done: Answer, file: JourneyFile, seed: int, executor: Executor | None
) -> dict[str, Any]:
    """Errors by horizon beside those without a model and the reference simulator's."""
    start = done.origin or 0
    assert done.forecast is not None  # an answer with an origin
    plain = replace(file, situation=replace(file.situation, plans=()))
    flee = _run_of_flee(plain, seed, executor)
    truth = done.prepared.counts.persons[start:]
    corrected = departures.registered(file.situation)[0].persons[start:]
    figures = _figures(done, truth, flee[start:])
    against = _figures(done, corrected, flee[start:])
    dated = _days_counted(done.prepared, start)
    upper_lower = {level: _interval(done.forecast.draws, level) for level in LEVELS}
    return {
        "by_horizon": bands(figures, truth),
        "by_horizon_corrected": bands(against, corrected),
        "by_horizon_dated": bands(figures, truth, dated),
        "coverage": _coverage(upper_lower, truth),
        "missed80": _missed(done.forecast.draws, truth),
    }


def _run_of_flee(file: JourneyFile, seed: int, executor: Executor | None) -> Array:
    """Persons by day and camp in the reference simulator, told all that its files say; median."""
    prepared = from_file(file, "flee")
    run = answer(prepared, draws=FLEE_DRAWS, seed=seed, executor=executor).journeys
    median: Array = np.median(run.people[:, :, prepared.camps], axis=1)
    return median


def _bands_of(done: Answer) -> list[dict[str, Any]]:
    truth = done.prepared.counts.persons[done.origin or 0 :]
    return bands(_figures(done, truth), truth)


def _figures(done: Answer, truth: Array, flee: Array | None = None) -> dict[str, Array]:
    """Ours, Flee's and those without a model, set to the totals of a truth where they are known."""
    assert done.forecast is not None  # an answer with an origin
    ahead, known = done.forecast.ahead, done.forecast.known
    ours = done.forecast.median
    others = {} if flee is None else {"flee": flee}
    if ahead.counted:
        total = truth.sum(axis=1)
        ahead = replace(ahead, total=total)
        if not np.array_equal(total, done.forecast.ahead.total):
            ours = total[:, None] * learning.share(ours)
        others = {name: total[:, None] * learning.share(of) for name, of in others.items()}
    return {"ours": ours, **learning.baselines(known, ahead), **others}


def bands(
    figures: Mapping[str, Array], truth: Array, days: Array | None = None
) -> list[dict[str, Any]]:
    """Mean over the days of a band of sum |figure - count| / sum count, by name: `normal` of (52).

    Parameters
    ----------
    figures : name -> (t, c) persons, t days from the origin
    truth : (t, c) persons
    days : (t,) bool, optional
        Days that are scored; all of them by default. A band without any is left out.

    Returns
    -------
    list of dict
        First and last day of each band, and the error of each figure, share of the people counted.
    """
    length = len(truth)
    edges = [0, *(edge for edge in BANDS if edge < length), length]
    rows = []
    for first, last in itertools.pairwise(edges):
        span = np.arange(first, last)
        span = span if days is None else span[days[first:last]]
        if not span.size:
            continue
        total = np.maximum(truth[span].sum(axis=1), 1.0)
        off = {
            name: float((np.abs(figure[span] - truth[span]).sum(axis=1) / total).mean())
            for name, figure in figures.items()
        }
        rows.append({"first_day": first, "last_day": last, **off})
    return rows


def _days_counted(prepared: Prepared, start: int) -> Array:
    """Days from the origin on at which any camp was counted; (t,) bool."""
    counted = {
        day
        for counts in prepared.file.situation.counts
        for series in counts.series
        for day, _ in series
    }
    return np.array([day in counted for day in prepared.days.dates[start:]], dtype=bool)


def _interval(draws: Array, level: int) -> tuple[Array, Array]:
    tail = (1.0 - level / 100.0) / 2.0
    lower, upper = np.quantile(draws, [tail, 1.0 - tail], axis=1)
    return lower, upper


def _coverage(intervals: Mapping[int, tuple[Array, Array]], truth: Array) -> dict[str, Any]:
    """Share of people-days and of camp-days inside, by per cent of the interval."""
    inside = {
        str(level): (truth >= np.floor(lower)) & (truth <= np.ceil(upper))
        for level, (lower, upper) in intervals.items()
    }
    people = max(float(truth.sum()), 1.0)
    return {
        "people": {level: float(truth[of].sum() / people) for level, of in inside.items()},
        "camp_days": {level: float(of.mean()) for level, of in inside.items()},
    }


def covered_by_band(draws: Array, truth: Array) -> list[dict[str, float]]:
    """By band, people-days and camp-days, how many the 80 % interval holds, and the side missed.

    Parameters
    ----------
    draws : (t, draw, c) persons
    truth : (t, c) persons

    Returns
    -------
    list of dict
        First and last day of each band; person-days and camp-days, inside, below and above.

    Notes
    -----
    Coverage as in Gneiting & Raftery (2007); ends are rounded outwards.
    """
    lower, upper = _interval(draws, 80)
    edges = [0, *(edge for edge in BANDS if edge < len(truth)), len(truth)]
    rows = []
    for first, last in itertools.pairwise(edges):
        counted = truth[first:last]
        below = counted < np.floor(lower[first:last])
        above = counted > np.ceil(upper[first:last])
        rows.append(
            {
                "first_day": first,
                "last_day": last,
                "people": float(counted.sum()),
                "people_inside": float(counted[~below & ~above].sum()),
                "people_below": float(counted[below].sum()),
                "people_above": float(counted[above].sum()),
                "camp_days": below.size,
                "camp_days_inside": int((~below & ~above).sum()),
            }
        )
    return rows


def _missed(draws: Array, truth: Array) -> list[dict[str, Any]]:
    """By band: people-days and camp-days in the 80 % interval, and the side of those missed."""
    return [
        {
            "first_day": row["first_day"],
            "last_day": row["last_day"],
            "people": row["people_inside"] / max(row["people"], 1.0),
            "camp_days": row["camp_days_inside"] / row["camp_days"],
            "people_below": row["people_below"] / max(row["people"], 1.0),
            "people_above": row["people_above"] / max(row["people"], 1.0),
            "number_of_camp_days": row["camp_days"],
        }
        for row in covered_by_band(draws, truth)
    ]


def _flee_alone(
    prepared: Prepared, first: int, *, draws: int, seed: int, executor: Executor | None
) -> dict[str, Any]:
    """The score of the reference simulator: over all days, and by horizon beside persistence."""
    done = answer(prepared, draws=draws, seed=seed, executor=executor)
    published = from_file(prepared.file, "default")
    before = then(published, first, arrivals_known=True, past=True, draws=1, seed=seed)
    about = {"arrivals_known": True, "past": True}
    seen = outlook(published, before, done.journeys, first, **about)
    truth = published.counts.persons[first:]
    simulated = done.journeys.people[first:, :, prepared.camps]
    figures = {"ours": np.median(simulated, axis=1), **learning.baselines(seen.known, seen.ahead)}
    intervals = {level: _interval(simulated, level) for level in LEVELS}
    return {
        **_scores(done),
        **_about(done, "known"),
        "origin": first,
        "by_horizon": bands(figures, truth),
        "coverage": _coverage(intervals, truth),
        "missed80": _missed(simulated, truth),
    }


def _scores(done: Answer) -> dict[str, Any]:
    """Errors, coverage and comparisons with naive forecasts, on the days from the origin on."""
    prepared, start = done.prepared, done.origin or 0
    counts = prepared.counts.persons
    spread = done.demand[:, :, prepared.camps]
    registered = counts[start:]
    runs = spread[start:] if done.forecast is None else done.forecast.runs
    middle = np.median(runs, axis=1, keepdims=True)
    off = measures.errors(runs, registered)
    report: dict[str, Any] = {
        f"error_{name}": {"mean": float(values.mean()), "per_draw": values.round(5).tolist()}
        for name, values in off.items()
    }
    of_median = measures.errors(middle, registered)
    report["error_of_median"] = {name: float(error[0]) for name, error in of_median.items()}
    lower, upper = np.quantile(spread, [0.1, 0.9], axis=1)
    report["coverage80"] = measures.coverage(lower[start:], upper[start:], registered)
    report["coverage80_by_horizon"] = _by_horizon(lower, upper, counts, start)
    report["crps"] = measures.crps(spread[start:].transpose(1, 0, 2), registered)
    figure = done.figure[:, None, prepared.camps]
    report["mase"] = {
        f"{kind}{horizon}": _or_none(measures.mase(figure, counts, horizon, kind))
        for kind in measures.NAIVE
        for horizon in (7, 30)
    }
    report["per_camp"] = {
        camp: {name: round(float(values[at]), 4) for name, values in by.items()}
        for by in [measures.by_camp(runs, registered)]
        for at, camp in enumerate(prepared.counts.camps)
    }
    return report


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _by_horizon(lower: Array, upper: Array, counts: Array, start: int) -> dict[str, float]:
    length = len(counts) - start
    edges = [0, *(edge for edge in HORIZONS if edge < length), length]
    covered = {}
    for first, last in itertools.pairwise(edges):
        span = slice(start + first, start + last)
        name = f"{first}-{last} days"
        covered[name] = measures.coverage(lower[span], upper[span], counts[span])
    return covered
