"""Scores of forecasts, persistence beside every figure, and the published tasks and splits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["crps", "interval_scores", "point_scores"]


def point_scores(truth: Array, forecast: Array, last: Array) -> dict[str, float]:
    """Scores of a point forecast, of levels and of changes.

    Parameters
    ----------
    truth, forecast, last : array
        What came, what was said, and the last value known then; persons.

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
    truth : array
    quantiles : mapping
        `q2.5 q10 q50 q90 q97.5`, arrays as `truth`.
    counts : bool
        Ends of counts are rounded outwards.

    Returns
    -------
    dict
        `cov80 cov95` over all, `_nz` where something came or was expected, `_big` where the
        median is at least 100 persons; `IS80 IS95`; `crossed`, the share of crossed ends.
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
    """Mean continuous ranked probability score of samples, (cases, draws), persons.

    `mean |s - y| - sum_i (2i - S - 1) s_(i) / S^2`, the empirical distribution's own score
    (Gneiting and Raftery 2007, eq. 21).
    """
    ordered = np.sort(samples, axis=1)
    size = ordered.shape[1]
    ranks = 2.0 * np.arange(1, size + 1) - size - 1.0
    spread = ordered @ ranks / size**2
    return float((np.abs(ordered - truth[:, None]).mean(axis=1) - spread).mean())
