"""Parameters fitted to the first counts, and draws of them for a forecast.

Candidates are drawn from the priors of `corridors.parameters`, all run at once (a candidate is a
draw), and weighted by how far each is from the counts:

    weight = exp(-(e - e_best) / tolerance),   e = (normal + rescaled) / 2 of `journeys.score`

so that a forecast carries the spread of the parameters that the counts allow, not of chance alone.

How sure a forecast of camps is, from the errors of past forecasts of other conflicts.

For a count d and a forecast F of a camp the error is

    e = (d - F) / max(F, 0.02 sum F)

Its quantiles are kept by conflict and horizon, each day weighing half by people and half by camp; a
conflict is one observation, however many camp-days it has, so that those of several are pooled with
equal weight. Draws are F (1 + e), their median F itself; errors are taken not to shrink as time
passes. Days are counted from the camp's last count, however old it is at the origin. A young
conflict is less sure than an old one: h days after a count, at an origin o days into it, are read
as h (200 / o)^1.25 days, at most 3 h. `WIDER` widens the pool of few conflicts for a new one. Both
are chosen so that 80 % hold on conflicts left out (docs/journeys.md), the three in view and three
public folders that teach nothing.

Past forecasts also say how much the network is worth at each horizon: `Past.weights`.

The weight is equation (53), `e` of (52).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridors.journeys.choices import Behaviour
from corridors.journeys.score import errors
from corridors.labels import Array, Streams
from corridors.parameters import Parameter

__all__ = [
    "HORIZONS",
    "LEVELS",
    "WEIGHTS",
    "Fitted",
    "Past",
    "candidates",
    "fit",
    "relative_errors",
    "summarised",
    "with_draws",
]

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
        """Mean of each parameter, weighed by (53), in its unit."""
        return {name: float(values @ self.weight) for name, values in self.values.items()}


def candidates(
    behaviour: Behaviour,
    declared: Mapping[str, Parameter],
    number: int,
    streams: Streams,
) -> dict[str, Array]:
    """Values of every parameter with a prior to try; the first are the behaviour's own.

    Parameters
    ----------
    behaviour : Behaviour
    declared : mapping of str to Parameter
        Their priors, with unit and source; docs/assumed.md lists them.
    number : int
        How many candidates.
    streams : function from a key to a random generator

    Returns
    -------
    dict of str to (candidate,) array, each in the parameter's unit
    """
    tried = {}
    for name, parameter in declared.items():
        if parameter.prior is not None:
            tried[name] = parameter.draw(number, streams)
            tried[name][0] = getattr(behaviour, name)
    return tried


def fit(values: dict[str, Array], simulated: Array, registered: Array) -> Fitted:
    """Weights of candidates from what they say of the first days; equation (53).

    Parameters
    ----------
    values : dict of str to (candidate,) array, each in the parameter's unit
    simulated : (t, candidate, x) persons in camps
    registered : (t, x) persons

    Returns
    -------
    Fitted
        Error (candidate,) as a share of those registered, (52); weight (candidate,), sum 1.
    """
    off = errors(simulated, registered)
    error = (off["normal"] + off["rescaled"]) / 2.0
    weight = np.exp(-(error - error.min()) / TOLERANCE)
    return Fitted(values, error, weight / weight.sum())


def with_draws(behaviour: Behaviour, fitted: Fitted, draws: int, streams: Streams) -> Behaviour:
    """The behaviour with one draw of the fitted parameters for each draw of luck, weighed by (53).

    Systematic resampling: each candidate as often as its weight says, to within one.

    Parameters
    ----------
    behaviour : Behaviour
    fitted : Fitted
        Values and weights (candidate,).
    draws : int
    streams : function from a key to a random generator

    Returns
    -------
    Behaviour
        Its fitted parameters are (draw,) arrays, each in its unit.
    """
    generator = streams("journeys posterior")
    # Systematic: every candidate as often as its weight says, to within one.
    points = (np.arange(draws) + generator.random()) / draws
    chosen = np.searchsorted(np.cumsum(fitted.weight), points).clip(0, fitted.weight.size - 1)
    chosen = generator.permutation(chosen)
    return behaviour.with_(**{name: values[chosen] for name, values in fitted.values.items()})


# --- errors of past forecasts --------------------------------------------------------------------

#: Days after the origin, in a conflict 200 days old, that errors are kept apart for.
HORIZONS = (15, 30, 60, 90, 180)
#: Probabilities of the quantiles that are kept.
LEVELS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
LEVELS = (*LEVELS, *(round(1.0 - level, 3) for level in reversed(LEVELS[:-1])))
#: Smallest share of a camp in the scale of errors: an empty camp may fill.
SMALLEST = 0.02
#: Weights of the network that are tried.
WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
#: Weight towards which what few conflicts teach is drawn, and how strongly: a weight 0.5 away must
#: err by PULL / 4 less.
PRIOR, PULL = 0.4, 0.6
#: Factor on pooled errors.
WIDER = 1.3
#: Age of a conflict, days, at which horizons are what they are called; and how age shortens them.
AGE, AGEING, SCALED = 200.0, 1.25, (0.05, 3.0)
#: Least gain, a share of the error, for which the network is heard: none where arrivals are known;
#: where they are not, when people come is the network's guess too.
GAIN = {"known": 0.0, "known_told": 0.0, "forecast": 0.05, "forecast_told": 0.05}
#: Share of draws in which nobody arrives after the origin, where arrivals are not known.
ENDED = 0.1


@dataclass(frozen=True)
class Past:
    """Past forecasts of one kind (arrivals known or not, plans told or not).

    Parameters
    ----------
    conflicts : conflict -> `weights`, (band, weight) mean errors; `errors`, (horizon, level)
    gain : least gain for which a larger weight of the network is taken
    """

    conflicts: Mapping[str, Mapping[str, Any]]
    gain: float = 0.0

    @classmethod
    def of(cls, recorded: Mapping[str, Any], kind: str, without: str) -> Past:
        """Those of every conflict but one."""
        others = {name: told for name, told in recorded[kind].items() if name != without}
        return cls(others, GAIN[kind])

    def weight(self, days: int) -> Array:
        """What the network is worth by days after the origin, w(h), share (t,); docs/journeys.md.

        At 15, 60 and 180 days the smallest weight with the least mean error over the conflicts,
        drawn towards `PRIOR`, or within the share `gain` of it.
        """
        curves = [np.array(told["weights"]) for told in self.conflicts.values()]
        if not curves:
            return np.zeros(days)
        error = np.mean(curves, axis=0)
        error = error * (1.0 + PULL * (np.array(WEIGHTS) - PRIOR) ** 2)
        best = (error <= error.min(axis=1, keepdims=True) * (1.0 + self.gain)).argmax(axis=1)
        return np.interp(np.arange(days), (15, 60, 180), np.array(WEIGHTS)[best])

    def draws(
        self,
        forecast: Array,
        number: int,
        streams: Streams,
        *,
        origin: int,
        age: Array,
        together: bool,
    ) -> Array:
        """Draws around a forecast as far apart as past ones were: head of the module.

        Parameters
        ----------
        forecast : (t, c) persons
        number : int
            Of draws.
        streams : function from a key to a random generator
        origin : days into the conflict
        age : (c,) days before the origin at which each camp was counted last
        together : bool
            Whether a draw that is high is high in all camps: where the total is what is not known.

        Returns
        -------
        Array (t, draw, c) persons
        """
        days, camps = forecast.shape
        if not self.conflicts:
            return np.repeat(forecast[:, None, :], number, axis=1)
        generator = streams("journeys past errors")
        slices = np.tile(np.arange(number)[:, None], (1, 1 if together else camps))
        slices = np.broadcast_to(generator.permuted(slices, axis=0), (number, camps))
        probability = (slices + 0.5) / number
        table = self._quantiles(_aged(days, origin, age))
        at = np.searchsorted(LEVELS, probability).clip(1, len(LEVELS) - 1)
        low, high = np.array(LEVELS)[at - 1], np.array(LEVELS)[at]
        part = ((probability - low) / (high - low)).clip(0.0, 1.0)
        camp = np.arange(camps)
        error = table[:, camp, at - 1] * (1.0 - part) + table[:, camp, at] * part
        scale = np.maximum(forecast, SMALLEST * forecast.sum(axis=1, keepdims=True))
        return np.maximum(forecast[:, None, :] + error * scale[:, None, :], 0.0)

    def _quantiles(self, ahead: Array) -> Array:
        """Quantiles of errors by days after the last count (t, c), 0 at the median; (t, c, level).

        Straight lines between the middles of the horizons, from none at the count. A conflict that
        was shorter lends its longest horizon.
        """
        edges = np.array([0, *HORIZONS, 2 * HORIZONS[-1]])
        middles = (edges[1:] + edges[:-1]) / 2.0
        longest = len(middles)
        pooled = np.zeros((longest, len(LEVELS)))
        weights = _slices()
        for horizon in range(longest):
            rows = [
                np.array(told["errors"][min(horizon, len(told["errors"]) - 1)])
                for told in self.conflicts.values()
            ]
            values = np.concatenate(rows)
            pooled[horizon] = _weighted(values, np.tile(weights, len(rows)), LEVELS)
        middle = len(LEVELS) // 2
        below, above = pooled[:, :middle].clip(max=0.0), pooled[:, middle + 1 :].clip(min=0.0)
        centred = np.concatenate([below, np.zeros((longest, 1)), above], axis=1) * WIDER
        centred[:, :middle] = np.minimum.accumulate(centred[:, :middle], axis=0)
        centred[:, middle:] = np.maximum.accumulate(centred[:, middle:], axis=0)
        middles = np.append(0.0, middles)
        centred = np.vstack([np.zeros(len(LEVELS)), centred])  # a fresh count is not wrong yet
        return np.stack([np.interp(ahead, middles, column) for column in centred.T], axis=-1)


def _aged(days: int, origin: int, age: Array) -> Array:
    """Days after each camp's last count as they are in a conflict 200 days old; (t, c)."""
    factor = (AGE / max(origin, 1)) ** AGEING
    since = np.arange(float(days))[:, None] + age
    return since * min(max(factor, SCALED[0]), SCALED[1])


def _slices() -> Array:
    """Probability that each kept quantile stands for."""
    edges = np.array([0.0, *((a + b) / 2.0 for a, b in itertools.pairwise(LEVELS)), 1.0])
    return np.diff(edges)


def _weighted(values: Array, weights: Array, levels: Sequence[float]) -> Array:
    """Quantiles of weighted values."""
    order = values.argsort()
    values, weights = values[order], weights[order]
    middle = (np.cumsum(weights) - weights / 2.0) / weights.sum()
    return np.interp(levels, middle, values)


def relative_errors(forecast: Array, counted: Array) -> Array:
    """Errors e of a forecast, (d - F) / max(F, 0.02 sum F): the scale at the head of the module.

    Parameters
    ----------
    forecast, counted : (t, c) persons in camps

    Returns
    -------
    Array (t, c), share of the forecast

    Notes
    -----
    Of this package; the scale under (53) is its ancestor.
    """
    scale = np.maximum(forecast, SMALLEST * forecast.sum(axis=1, keepdims=True))
    return (counted - forecast) / np.maximum(scale, 1.0)


def summarised(
    forecasts: Sequence[Array],
    counts: Sequence[Array],
    origins: Sequence[int],
    ages: Sequence[Array],
) -> list[list[float]]:
    """Quantiles of the errors of several forecasts of one conflict, by horizon.

    Parameters
    ----------
    forecasts, counts : (t, c) persons each, from the origin of the forecast on
    origins : sequence of int
        Days into the conflict.
    ages : sequence of (c,)
        Days before the origin at which each camp was counted last.

    Returns
    -------
    list of list of float
        For each horizon in days, errors of `relative_errors` (shares) at `LEVELS`. A horizon that
        none reached lends from the one before it.

    Notes
    -----
    The rule of the head of the module, of this package; scored in docs/journeys.md.
    """
    rows: list[list[float]] = []
    for first, last in itertools.pairwise([0.0, *HORIZONS, np.inf]):
        errors, weights = [], []
        for forecast, counted, origin, age in zip(forecasts, counts, origins, ages, strict=True):
            ahead = _aged(len(forecast), origin, age)
            span = (ahead >= first) & (ahead < last)
            error = relative_errors(forecast, counted)[span]
            if not error.size:
                continue
            people = counted[span]
            by_people = people / max(float(people.sum()), 1.0)
            errors.append(error.ravel())
            weights.append((by_people + 1.0 / error.size).ravel() / 2.0)
        if errors:
            quantiles = _weighted(np.concatenate(errors), np.concatenate(weights), LEVELS)
            rows.append([round(float(value), 3) for value in quantiles])
    return rows
