"""Parameters fitted to the first counts, and draws of them for a forecast.

Candidates are drawn from the priors of `data/reference/journeys.toml`, all run at once (a candidate
is a draw), and weighted by how far each is from the counts:

    weight = exp(-(e - e_best) / tolerance),   e = (normal + rescaled) / 2 of `journeys.score`

so that a forecast carries the spread of the parameters that the counts allow, not of chance alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from corridors.journeys.choices import Behaviour
from corridors.journeys.score import errors
from corridors.labels import Array, Streams

__all__ = ["Fitted", "candidates", "fit", "with_draws"]

#: Difference in error at which a candidate counts e times less: the size of a run's own noise and
#: of what a few weeks of counts can tell; judgement.
TOLERANCE = 0.02


@dataclass(frozen=True)
class Fitted:
    """Candidates and how much each counts.

    Parameters
    ----------
    values : parameter -> (candidate,)
    error : (candidate,) (normal + rescaled) / 2
    weight : (candidate,) adds to 1
    """

    values: dict[str, Array]
    error: Array
    weight: Array

    def mean(self) -> dict[str, float]:
        """Weighted mean of each parameter."""
        return {name: float(values @ self.weight) for name, values in self.values.items()}


def candidates(
    behaviour: Behaviour,
    declared: Mapping[str, Mapping[str, Any]],
    number: int,
    streams: Streams,
) -> dict[str, Array]:
    """`number` values of every parameter with a prior; the first are the behaviour's own.

    Parameters
    ----------
    declared : mapping of str to mapping
        What is known of each parameter; its `prior`, if it has one.
    """
    values_tried = {}
    for name, about in declared.items():
        if "prior" not in about:
            continue
        generator = streams(f"journeys prior {name}")
        slices = generator.permutation(number) + generator.random(number)
        values = _quantile(about["prior"], slices / number)
        values[0] = getattr(behaviour, name)
        values_tried[name] = values
    return values_tried


def _quantile(prior: Mapping[str, Any], probability: Array) -> Array:
    lower, upper = prior["low"], prior["high"]
    if prior["distribution"] == "uniform":
        return lower + (upper - lower) * probability
    spread = np.log(upper / lower) / (2.0 * special.ndtri(0.95))
    values = np.sqrt(lower * upper) * np.exp(spread * special.ndtri(probability))
    return np.minimum(values, prior.get("most", np.inf))


def fit(values: dict[str, Array], simulated: Array, registered: Array) -> Fitted:
    """Weights of candidates from what they say of the first days.

    Parameters
    ----------
    simulated : (t, candidate, x) persons in camps
    registered : (t, x) persons
    """
    off = errors(simulated, registered)
    error = (off["normal"] + off["rescaled"]) / 2.0
    weight = np.exp(-(error - error.min()) / TOLERANCE)
    return Fitted(values, error, weight / weight.sum())


def with_draws(behaviour: Behaviour, fitted: Fitted, draws: int, streams: Streams) -> Behaviour:
    """The behaviour with one draw of the fitted parameters for each draw of luck."""
    generator = streams("journeys posterior")
    # Systematic: every candidate as often as its weight says, to within one.
    points = (np.arange(draws) + generator.random()) / draws
    chosen = np.searchsorted(np.cumsum(fitted.weight), points).clip(0, fitted.weight.size - 1)
    chosen = generator.permutation(chosen)
    return behaviour.with_(**{name: values[chosen] for name, values in fitted.values.items()})
