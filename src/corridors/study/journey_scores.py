"""How far journeys are from what was registered; `corridors.journeys.score` has the measures."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from corridors.errors import InputError, Problem
from corridors.journeys import learning
from corridors.journeys import score as measures
from corridors.labels import Array
from corridors.readers import journeys_folder
from corridors.study import caravans
from corridors.study.journey_inputs import from_file
from corridors.study.journey_run import FIRST, Answer, answer

__all__ = ["score"]


def score(
    name: str | Path,
    *,
    rules: str = "default",
    draws: int = 10,
    seed: int = 1,
    origin: int | None = None,
) -> dict[str, Any]:
    """How far journeys are from the registrations.

    With the rules `flee` all days are scored. With the default rules parameters are fitted before
    `origin` (default: a fifth of the period) and the days from it on are scored; a second score
    lets the forecast know no arrivals after the origin.
    """
    file = journeys_folder.read(name)
    if file.caravan is not None:
        return caravans.score(file, draws=draws, seed=seed)
    prepared = from_file(file, rules)
    if not prepared.counts.camps:
        where = prepared.file.situation.name
        raise InputError(Problem(where, "has no registrations", "Add source_data/ or counts"))
    first = int(FIRST * prepared.days.days) if origin is None else origin
    start = None if prepared.behaviour.literal else max(first, 2)
    done = answer(prepared, draws=draws, seed=seed, origin=start)
    dates = prepared.days.dates
    simulated = done.journeys.people[:, :, prepared.camps].astype(float)
    mean = simulated.mean(axis=1)
    report = {
        **_scores(done, simulated),
        "scored_from": dates[start or 0].isoformat(),
        "rules": rules,
        "draws": draws,
        "days": [day.isoformat() for day in dates],
        "camps": {
            camp: mean[:, at].round(2).tolist() for at, camp in enumerate(prepared.counts.camps)
        },
        "warnings": [str(warning) for warning in prepared.warnings],
    }
    if done.fitted is not None:
        blind = answer(
            prepared, draws=draws, seed=seed, origin=start, fitted=done.fitted, known_totals=False
        )
        later = blind.journeys.people[:, :, prepared.camps].astype(float)
        report["totals_at_origin"] = _scores(blind, later)
        report["fitted"] = {name: round(value, 4) for name, value in done.fitted.mean().items()}
    return report


def _scores(done: Answer, simulated: Array) -> dict[str, Any]:
    """Errors, coverage and comparisons with naive forecasts, on the days from the origin on."""
    prepared, start = done.prepared, done.origin or 0
    counts = prepared.counts.persons
    later, registered = simulated[start:], counts[start:]
    off = measures.errors(later, registered)
    report: dict[str, Any] = {
        f"error_{name}": {"mean": float(values.mean()), "per_draw": values.round(5).tolist()}
        for name, values in off.items()
    }
    middle = np.median(later, axis=1, keepdims=True)
    of_median = measures.errors(middle, registered)
    report["error_of_median"] = {name: float(error[0]) for name, error in of_median.items()}
    spread = done.people[:, :, prepared.camps]
    lower, upper = np.quantile(spread, [0.1, 0.9], axis=1)
    report["coverage80"] = measures.coverage(lower[start:], upper[start:], registered)
    report["coverage80_by_horizon"] = _by_horizon(lower, upper, counts, start)
    report["crps"] = measures.crps(spread[start:].transpose(1, 0, 2), registered)
    report["mase"] = {
        f"{kind}{horizon}": _or_none(measures.mase(simulated, counts, horizon, kind))
        for kind in measures.NAIVE
        for horizon in (7, 30)
    }
    report["per_camp"] = {
        camp: {name: round(float(values[at]), 4) for name, values in by.items()}
        for by in [measures.by_camp(later, registered)]
        for at, camp in enumerate(prepared.counts.camps)
    }
    return report


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _by_horizon(lower: Array, upper: Array, counts: Array, start: int) -> dict[str, float]:
    length = len(counts) - start
    edges = [0, *(edge for edge in learning.HORIZONS if edge < length), length]
    shares = {}
    for first, last in itertools.pairwise(edges):
        span = slice(start + first, start + last)
        name = f"{first}-{last} days"
        shares[name] = measures.coverage(lower[span], upper[span], counts[span])
    return shares
