"""Parameters fitted to the first counts, and draws of them for a forecast.

Candidates are drawn from the priors of `corridors.parameters`, all run at once (a candidate is a
draw), and weighted by how far each is from the counts:

    weight = exp(-(e - e_best) / tolerance),   e = (normal + rescaled) / 2 of `journeys.score`

so that a forecast carries the spread of the parameters that the counts allow, not of chance alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from corridors.journeys.choices import Behaviour
from corridors.journeys.score import errors
from corridors.labels import Array, Streams
from corridors.parameters import Parameter

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
    declared: Mapping[str, Parameter],
    number: int,
    streams: Streams,
) -> dict[str, Array]:
    """`number` values of every parameter with a prior; the first are the behaviour's own."""
    tried = {}
    for name, parameter in declared.items():
        if parameter.prior is not None:
            tried[name] = parameter.draw(number, streams)
            tried[name][0] = getattr(behaviour, name)
    return tried


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
