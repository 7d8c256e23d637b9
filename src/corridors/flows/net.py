"""Net migration: from two censuses, and made to sum to zero. `margins` spreads it over pairs.

vital statistics       N = P1 - P0 - (births - deaths)
survival, forward      N = P1 - s P0           people missed at the end (UN Manual VI 1970)
survival, reverse      N = P1 / s - P0         the same people counted at the start
children               N_i = w_i (P1_i / P1 women) N women,  w = 1/4, 3/4 of a ten-year interval
two sexes              f = F / (1 + exp(-(q + a_d - a_o))): the part of the flows F nearest to
                       its odds exp(q) whose net migration is N (split_by_net)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corridors.errors import InputError, Problem
from corridors.labels import Array, figures, refuse, same_labels, vector, wrong_cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "by_survival",
    "by_vital_statistics",
    "split_by_net",
    "whole_numbers",
    "zero_sum",
]


#: Share of a ten-year interval that its youngest five-year groups were exposed to (UN 1970).
CHILD_EXPOSURE = (0.25, 0.75)
#: Rows of women of 15-44 among five-year ages from 0, who bore the youngest group.
WOMEN = slice(3, 9)
#: Survival ratios from censuses exceed 1 where ages are misstated (UN Manual VI), never by half.
LARGEST_SURVIVAL = 1.5
#: Largest |a| of a split, most steps, longest step; error at which it ends, of the largest flow.
LARGEST_LOG_ODDS, MOST_STEPS, LONGEST_STEP, SPLIT_TOLERANCE = 20.0, 60, 2.0, 1e-12
#: Steps after which a split that missed no less than before has reached what the flows allow.
PATIENCE = 8


# --- net migration of areas ---------------------------------------------------------------------


def by_vital_statistics(
    population_start: pd.Series, population_end: pd.Series, births: pd.Series, deaths: pd.Series
) -> pd.Series:
    """Net migration: the population's change less births and deaths (UN Manual VI 1970).

    Parameters
    ----------
    population_start, population_end : Series (area) persons
    births, deaths : Series (area) persons over the period

    Returns
    -------
    Series (area) persons over the period
        Labels are matched by name; a figure not known (NaN) leaves its area not known.

    Raises
    ------
    InputError
        Labels differ or occur twice; a figure is negative, infinite or no number.
    """
    index, columns = _columns(
        "area",
        population_start=population_start,
        population_end=population_end,
        births=births,
        deaths=deaths,
    )
    change = columns["population_end"] - columns["population_start"]
    return (change - (columns["births"] - columns["deaths"])).set_axis(index).rename("net")


def by_survival(
    population_start: pd.Series,
    population_end: pd.Series,
    survival: pd.Series,
    *,
    children: bool = False,
) -> pd.DataFrame:
    """Net migration of cohorts by survival ratios (UN Manual VI 1970; Bogue, Hinze & White 1982).

    Parameters
    ----------
    population_start, population_end : Series (cohort)
        Persons, the same at both censuses: ages ten years apart for a ten-year interval. A cohort
        born in between has no figure at the start; it is not known, never zero.
    survival : Series (cohort)
        Share of those at the start alive at the end, between 0 and about 1.
    children : bool
        Whether to estimate the two youngest groups from the net migration of women: rows are then
        five-year ages 0-4, 5-9, ... to 45-49 or older at the end of a ten-year interval, of women.

    Returns
    -------
    DataFrame (cohort)
        `net_forward`, `net_reverse`, `net_average` in persons; `expected_end` = s P0 and
        `expected_start` = P1 / s. Totals have to say what a missing cohort means.

    Raises
    ------
    InputError
        Labels differ, a population is negative, a share is not one; with `children` the rows are
        not five-year ages.
    """
    import pandas as pd

    index, columns = _columns(
        "age",
        population_start=population_start,
        population_end=population_end,
        survival=survival,
    )
    _refuse_shares(columns["survival"])
    if children:
        order = _by_age(list(columns["survival"].index))
        index = index[order]
        columns = {name: column.iloc[order] for name, column in columns.items()}
    start, end, share = columns.values()
    cohorts = pd.DataFrame({"expected_end": share * start, "expected_start": end / share})
    cohorts.insert(0, "net_forward", end - cohorts["expected_end"])
    cohorts.insert(1, "net_reverse", cohorts["expected_start"] - start)
    if children:
        for name in ("net_forward", "net_reverse"):
            cohorts[name] = _with_children(cohorts[name], end)
    cohorts.insert(2, "net_average", (cohorts["net_forward"] + cohorts["net_reverse"]) / 2.0)
    return cohorts.set_axis(index, axis=0)


def _with_children(net: pd.Series, population_end: pd.Series) -> pd.Series:
    net = net.copy()
    for group, weight in enumerate(CHILD_EXPOSURE):
        women = slice(WOMEN.start + group, WOMEN.stop + group)
        per_woman = population_end.iloc[group] / population_end.iloc[women].sum(skipna=False)
        net.iloc[group] = weight * per_woman * net.iloc[women].sum(skipna=False)
    return net


def _columns(dim: str, **given: Any) -> tuple[pd.Index, dict[str, pd.Series]]:
    """Figures by the labels of the first, in its order, and those labels as they were given."""
    import pandas as pd

    columns = {
        name: vector(column, dim, name.replace("_", " "), any_names=True)
        for name, column in given.items()
    }
    first = next(iter(columns.values()))
    names = list(first.indexes[dim])
    for name, column in columns.items():
        where = name.replace("_", " ")
        if column.ndim != 1:
            what = f"has more axes than one: {', '.join(map(str, column.dims))}"
            raise InputError(Problem(where, what, "Select or sum the others first"))
        same_labels(names, [(where, list(column.indexes[dim]))])
        refuse(*wrong_cells(column, where, unknown=True))
    label = next(iter(given.values()))
    index = label.index if isinstance(label, (pd.Series, pd.DataFrame)) else pd.Index(names)
    return index, {name: column.sel({dim: names}).to_series() for name, column in columns.items()}


def _refuse_shares(survival: pd.Series) -> None:
    refuse(
        *(
            Problem(f"survival of {cohort}", f"is {share:g}", "Give a share of 0 to 1")
            for cohort, share in survival.items()
            if not np.isnan(share) and not 0.0 < share <= LARGEST_SURVIVAL
        )
    )


def _by_age(names: list[str]) -> list[int]:
    """Places of the rows by age; refuses rows that are not five-year ages from 0 on.

    They must reach the last age that bore the second group.
    """
    said = {name: [int(number) for number in re.findall(r"\d+", name)] for name in names}
    order = sorted(range(len(names)), key=lambda place: said[names[place]][:1])
    names = [names[place] for place in order]
    needed = WOMEN.stop + len(CHILD_EXPOSURE) - 1
    if len(names) < needed:
        what = f"there are {len(names)} rows; children need five-year ages 0-4, 5-9, ... to 45-49"
        raise InputError(Problem("children", what, f"Give {needed} rows or more"))
    for place, name in enumerate(names[:needed]):
        youngest, oldest = 5 * place, 5 * place + 4
        if said[name] not in ([youngest], [youngest, oldest]):
            what = f"row {place + 1} is '{name}', not ages {youngest}-{oldest}"
            fix = "Give women by five-year ages at the end, labelled by age"
            raise InputError(Problem("children", what, fix))
    return order


# --- totals that sum to zero --------------------------------------------------------------------


def zero_sum(net: Any, *, weights: Any = None, switches: bool = False, whole: bool = False) -> Any:
    """Net figures (area) changed so that they, times their weights, sum to zero (Abel 2018).

    Parameters
    ----------
    net : Series, DataArray (area), mapping, or array
        Persons over the period, or rates a person. A figure that is not known (NaN) stays so; the
        others sum to zero.
    weights : as `net`, optional
        Populations where `net` are rates, matched by label; default 1.
    switches : bool
        Subtract the mean, which turns small gains into losses; by default gains and losses are
        scaled towards each other, each taking half of the gap, and no sign changes.
    whole : bool
        Round to whole persons; the remainder goes to the largest figure, the first of equals.

    Returns
    -------
    Series, DataArray or array (area)
        In the unit and with the labels of `net`; a mapping comes back as a Series.

    Raises
    ------
    InputError
        Only gains or only losses: nothing can be scaled towards anything; a weight is negative or
        not known; whole persons of rates.
    """
    if whole and weights is not None:
        fix = "Leave whole out, or give persons instead of rates"
        raise InputError(Problem("whole", "rates are not whole persons", fix))
    given, put_back = _labelled_figures(net, "net migration")
    w = _weights(weights, net, given)
    known = ~np.isnan(given)
    values, w = given[known], w[known]
    balanced = _balanced(values, w, switches)
    if whole and len(balanced):
        balanced = whole_numbers(balanced, 0.0)
    result = given.copy()
    result[known] = balanced
    return put_back(result)


def _balanced(net: Array, w: Array, switches: bool) -> Array:
    if switches:
        return net - (w * net).sum() / w.sum() if len(net) else net
    gains, losses = (w * np.maximum(net, 0.0)).sum(), (w * np.minimum(net, 0.0)).sum()
    if (gains == 0.0) != (losses == 0.0):
        what = f"all net figures have one sign, their sum is {gains + losses:,.10g}"
        fix = "Correct them, or allow signs to change"
        raise InputError(Problem("net migration", what, fix))
    gap = (gains + losses) / 2.0
    if gains == 0.0:
        return net
    up, down = (gains - gap) / gains, (losses - gap) / losses
    return np.where(net > 0.0, net * up, net * down)


def _labelled_figures(given: Any, where: str) -> tuple[Array, Callable[[Array], Any]]:
    """Figures of one axis, and what puts their labels back on."""
    import pandas as pd
    import xarray as xr

    if isinstance(given, xr.DataArray):
        if given.ndim != 1:
            what = f"has {given.ndim} axes instead of one"
            raise InputError(Problem(where, what, "Select or sum the others first"))
        table = vector(given, str(given.dims[0]), where)
        return table.to_numpy(), lambda values: given.copy(data=values)
    if isinstance(given, (pd.Series, pd.DataFrame, Mapping)):
        values = vector(given, "area", where).to_numpy()
        index = (
            given.index if isinstance(given, (pd.Series, pd.DataFrame)) else pd.Index(list(given))
        )
        name = getattr(given, "name", None)
        return values, lambda figures: pd.Series(figures, index, name=name)
    values = figures(given, where, unknown=True, negative=True, dims=1)
    if values.ndim != 1:
        what = f"has {values.ndim} axes instead of one"
        raise InputError(Problem(where, what, "Give one figure for each area"))
    return values, lambda result: result


def _has_labels(given: Any) -> bool:
    import pandas as pd
    import xarray as xr

    return isinstance(given, (Mapping, pd.Series, pd.DataFrame, xr.DataArray))


def _weights(weights: Any, net: Any, values: Array) -> Array:
    """Weights in the order of `net`: by label where both have labels."""
    if weights is None:
        return np.ones_like(values)
    if _has_labels(weights):
        if not _has_labels(net):
            fix = "Give both with labels, or both without"
            raise InputError(Problem("weights", "have labels, net migration has none", fix))
        areas = list(vector(net, "area", "net migration", any_names=True).indexes["area"])
        table = vector(weights, "area", "weights")
        same_labels(areas, [("weights", list(table.indexes["area"]))])
        w = table.sel(area=areas).to_numpy()
    else:
        areas = [str(place + 1) for place in range(len(values))]
        w = figures(weights, "weights", unknown=True, dims=1)
    if w.shape != values.shape:
        what = f"{len(w)} figures for {len(values)} areas"
        raise InputError(Problem("weights", what, "Give one weight for each area"))
    wrong = np.flatnonzero(~(w >= 0.0) & ~np.isnan(values))[:5]
    refuse(
        *(
            Problem(f"weight of {areas[place]}", f"is {w[place]:g}", "Give a population >= 0")
            for place in wrong
        )
    )
    if not w[~np.isnan(values)].sum() > 0.0:
        raise InputError(Problem("weights", "sum to zero", "Give populations above 0"))
    return w


def whole_numbers(values: Any, total: float | None = None) -> Any:
    """Values scaled to `total` and rounded; the largest takes what rounding leaves over.

    Parameters
    ----------
    values : Series, DataArray, mapping, or array (area)
        Persons, or any unit; come back with their labels; all must be known.
    total : whole number, optional
        In the unit of the values. A total of 0 scales nothing; None keeps their sum, rounded.

    Returns
    -------
    Series, DataArray or array (area) of whole numbers, as float

    Raises
    ------
    InputError
        There are no values, one is not known, they sum to 0 and cannot be scaled, or the total is
        not whole.

    Notes
    -----
    A rule of this package: no published method says where the remainder goes.
    """
    given, put_back = _labelled_figures(values, "values")
    if not len(given):
        raise InputError(Problem("values", "are none", "Give every figure"))
    if np.isnan(given).any():
        place = int(np.argmax(np.isnan(given)))
        names = (
            list(vector(values, "area", "values").indexes["area"]) if _has_labels(values) else []
        )
        where = f"value of {names[place]}" if names else f"value {place + 1}"
        raise InputError(Problem(where, "is not known", "Give every figure"))
    goal = float(np.rint(given.sum())) if total is None else float(total)
    if not goal.is_integer():
        raise InputError(Problem("total", f"{goal:g} is not a whole number", "Give a whole number"))
    if goal != 0.0 and (given.sum() == 0.0 or not np.isfinite(goal / given.sum())):
        what = f"sum to 0 and cannot be scaled to {goal:g}"
        raise InputError(Problem("values", what, "Give figures that sum to something, or total 0"))
    rounded = np.rint(given * (goal / given.sum()) if goal != 0.0 else given)
    rounded[np.argmax(np.abs(rounded))] += goal - rounded.sum()
    return put_back(rounded)


def split_by_net(flows: Array, share: Array, net: Array) -> tuple[Array, Array]:
    """The part of `flows` nearest to `share` of them whose net migration is `net`.

    Nearest in relative entropy, of the part and of the rest: f = F / (1 + exp(-(q + a_d - a_o))), q
    log odds of the share, by Newton's steps on a, as (49) has them; 0 <= f <= F in every cell.

    Parameters
    ----------
    flows : (o, d) persons over the period
    share : (o, d), between 0 and 1
        Of the part in each flow, before net migration is looked at.
    net : (area) persons over the period, of the part
        Sums to 0.

    Returns
    -------
    part : (o, d) persons
    missed : (area)
        Persons of `net` that no part of the flows can have; 0 wherever one can.

    Raises
    ------
    InputError
        Shapes differ, a share is above 1, a figure is not known.
    """
    flows, share = figures(flows, "flows", dims=2), figures(share, "share", dims=2)
    net = figures(net, "net", dims=1, negative=True)
    if not flows.shape == share.shape == (*net.shape, *net.shape) or (share > 1.0).any():
        fix = "Give a share of 0 to 1 for each flow, and a figure for each area"
        raise InputError(Problem("split", "flows, shares and net do not fit", fix))
    inside = (share > 0.0) & (share < 1.0) & (flows > 0.0)
    odds = np.where(inside, share / np.where(inside, 1.0 - share, 1.0), 1.0)
    pull, errors = np.zeros(len(net)), [np.inf]
    for _ in range(MOST_STEPS):
        odds_there = odds * np.exp(pull)[None, :] * np.exp(-pull)[:, None]
        part = flows * np.where(inside, odds_there / (1.0 + odds_there), share)
        missed = net - (part.sum(axis=0) - part.sum(axis=1))
        errors.append(float(np.abs(missed).sum()))
        stalled = len(errors) > PATIENCE and errors[-1] > 0.999 * errors[-PATIENCE]
        if stalled or errors[-1] <= SPLIT_TOLERANCE * flows.sum():
            break
        give = np.where(inside, part / (1.0 + odds_there), 0.0)
        both_ways = give + give.T
        slope = np.diag(both_ways.sum(axis=1)) - both_ways
        # The sum of all a is free, and so is a of an area without flows.
        ridge = 1e-12 * np.trace(slope) + np.finfo(float).tiny
        step = np.linalg.solve(slope + ridge * np.eye(len(net)), missed)
        step = np.clip(step - step.mean(), -LONGEST_STEP, LONGEST_STEP)
        pull = np.clip(pull + step, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS)
    return part, missed
