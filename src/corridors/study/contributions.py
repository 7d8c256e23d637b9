"""What each response does in draws: the shown case, split by response in every one of them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from concurrent.futures import Executor

import numpy as np
import pandas as pd

from corridors import ensemble
from corridors.baseline import Observed
from corridors.equilibrium import explain, intervals
from corridors.equilibrium.prepare import live_responses
from corridors.equilibrium.tables import Case
from corridors.errors import ModelError
from corridors.labels import Array
from corridors.rules import Policy
from corridors.study import draws
from corridors.study.files import Study, StudyFile

__all__ = ["draws_of_contributions", "start", "with_intervals"]

#: One in so many of the study's draws is split, and draws below which an interval would say
#: nothing.
ONE_IN, LEAST = 10, 40
#: Responses above which the 2^n solutions of a split take too long to be drawn.
MOST_RESPONSES = 4
KEYS = ["measure", "response"]


def draws_of_contributions(number: int) -> int:
    """How many of a study's draws are split: a tenth, or none where that is too few."""
    return number // ONE_IN if number // ONE_IN >= LEAST else 0


def start(
    study: Study, shown: Case, observed: Observed, sampled: dict[str, Array], pool: Executor
) -> Iterator[pd.DataFrame] | None:
    """Set the pool to split the shown case in the first draws of the study (Shapley 1953).

    Parameters
    ----------
    sampled : dict of str to (d,) array
        Parameters of every draw, in their units.

    Returns
    -------
    iterator of DataFrame (draw), optional
        Batches in order, a column a measure and response in the measure's unit (shares, persons,
        US dollars); nothing where draws are too few or responses too many.
    """
    number = draws_of_contributions(study.file.draws.number)
    responses = live_responses(shown.world.structure, shown.world.rules, shown.rules)
    if not number or len(responses) > MOST_RESPONSES:
        return None
    policy = next(policy for policy in study.policies if policy.name == shown.policy)
    file = study.file.model_copy(update={"capital": (shown.capital,)})
    luck = draws.Luck(study.file.draws.seed)
    task = functools.partial(_batch, draws.light(observed), policy, file, luck)
    return ensemble.start(task, draws.numbered(sampled, number), pool)


def _batch(
    observed: Observed,
    policy: Policy,
    file: StudyFile,
    luck: draws.Luck,
    parameters: dict[str, Array],
) -> pd.DataFrame:
    """A row a draw, a column a measure and response; a draw without a solution is a row of NaN."""
    rows = {}
    for draw, figures, mine, shares in draws.each(observed, file, luck, parameters):
        world = draws.calibrate(file, figures, mine, shares)
        world = world.with_closure(file.capital[0])
        rules, _ = policy.apply(world.rules)
        try:
            split = explain.by_response(world, rules, tolerance=draws.DRAWN)
        except ModelError:
            rows[draw] = pd.Series(dtype=float)
            continue
        # What a draw does not list, it does not change.
        rows[draw] = split.set_index(KEYS)["contribution"]
    return pd.DataFrame(rows).T


def with_intervals(
    table: pd.DataFrame, pending: Iterator[pd.DataFrame] | None, shown: Case
) -> pd.DataFrame:
    """The contributions (Shapley 1953) with intervals over the draws, of the case that is shown.

    Returns
    -------
    DataFrame (measure, response, contribution, policy, capital, median, lower_50, upper_50, ...)
        Shares, persons or US dollars as the contribution; NaN in the other cases.
    """
    nothing = intervals.bounds(np.empty((0, 1)), 0)
    table = table.assign(**dict.fromkeys(nothing, np.nan))
    if pending is None:
        return table
    drawn = pd.concat(list(pending))
    number, good = len(drawn), drawn[drawn.notna().any(axis=1)].fillna(0.0)
    case = (table["policy"] == shown.policy) & (table["capital"] == shown.capital)
    asked = pd.MultiIndex.from_frame(table.loc[case, KEYS])
    values = good.reindex(columns=asked, fill_value=0.0).to_numpy(float)
    for name, ends in intervals.bounds(values, number).items():
        table.loc[case, name] = ends
    return table
