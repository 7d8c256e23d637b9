"""Who among the migrants of a corridor is a child, and who has tertiary schooling.

Only margins are known: how many of a country's emigrants, and of its immigrants, belong to the
part. The exact three-way fit to two margins of a binary split is a sum of log-odds,

    share_bi = a_b c_i / (1 + a_b c_i),   sum_i whole_bi share_bi = R_b,   sum_b = C_i,

which keeps 0 <= part <= whole in every cell. (Fitting the part alone to its margins does not.)

And how many women and men die in a year, from death rates m by age and people P by age:

    D_s = sum over ages of m_sa P_sa,   of the first year of life m B / (1 + (1 - a) m),

B the births of the year and a the part of it that an infant who dies has lived. Of a group of five
years of age L[x+5] / L[x] live five years later, L the years lived in it by the life table.

A fit as that of equation (48), with two margins and one split.
"""

from __future__ import annotations

import numpy as np

from corridors.errors import Infeasible, InputError, NotConverged, Problem
from corridors.labels import Array, figures

__all__ = ["deaths_by_sex", "split_by_odds", "survival_ratios"]


LEAST_LOG_ODDS = -50.0
#: Part of its first year that an infant who dies has lived (Coale & Demeny 1983: 0.05 to 0.35).
INFANT_YEARS = 0.2
#: Years that a child who dies between 1 and 5 has lived since 1 (Coale & Demeny 1983).
CHILD_YEARS = 1.5


def split_by_odds(
    whole: Array, origin_shares: Array, destination_shares: Array, *, tolerance: float = 0.5
) -> Array:
    """The part of `whole` whose margins have these shares, by log-odds, as (48) fits tables.

    share_bi = a_b c_i / (1 + a_b c_i): the exact fit of a binary split to two margins.

    Parameters
    ----------
    whole : (b, i) persons
    origin_shares, destination_shares : (b,), (i,)
        Share of the part among all emigrants of b, all immigrants of i. The two totals they imply
        differ by a few per cent in practice; both margins are scaled to the geometric mean.
    tolerance : float, persons
        Largest difference to a margin.

    Returns
    -------
    Array (b, i) persons, at most the whole in every cell

    Raises
    ------
    InputError
        A share is not between 0 and 1, or there is not one for each label.
    Infeasible
        A scaled margin exceeds the whole it is a part of.
    NotConverged
        With the largest difference in persons.
    """
    whole = figures(whole, "whole", dims=2)
    shares = []
    for side, given, size in zip(
        ("origin", "destination"), (origin_shares, destination_shares), whole.shape, strict=True
    ):
        share = figures(given, f"{side} shares", dims=1)
        if share.shape != (size,) or (share > 1.0).any():
            what = f"are not {size} shares of at most 1"
            raise InputError(Problem(f"{side} shares", what, "Give 0 to 1 for each label"))
        shares.append(share)
    origin_shares, destination_shares = shares
    rows, columns = whole.sum(axis=1), whole.sum(axis=0)
    row_part, column_part = rows * origin_shares, columns * destination_shares
    total = np.sqrt(row_part.sum() * column_part.sum())
    if not total > 0.0:
        return np.zeros_like(whole)
    row_part, column_part = (
        row_part * (total / row_part.sum()),
        column_part * (total / column_part.sum()),
    )
    if (row_part > rows).any() or (column_part > columns).any():
        raise Infeasible("a part exceeds its whole after both margins were scaled to one total")
    a, c = np.zeros(len(rows)), np.zeros(len(columns))
    for _ in range(1000):
        a = _solve_rows(whole, row_part, a, c)
        c = _solve_rows(whole.T, column_part, c, a)
        part = whole * _shares(a, c)
        residual = np.abs(part.sum(axis=1) - row_part).max()
        if residual < tolerance:
            return part
    raise NotConverged("the split of migrants by two margins, in persons", residual=residual)


def _shares(a: Array, c: Array) -> Array:
    """Logistic of a_b + c_i (b, i); the odds are an outer product, so no exponential per cell."""
    odds = np.exp(a)[:, None] * np.exp(c)
    return odds / (1.0 + odds)


def _solve_rows(whole: Array, target: Array, a: Array, c: Array) -> Array:
    """Log-odds a_b with sum_i whole_bi logistic(a_b + c_i) = target_b, by guarded Newton.

    Empty rows keep their value, since they constrain nothing; an empty target gets odds near 0.
    """
    some = whole.sum(axis=1) > 0.0
    active = some & (target > 0.0)
    for _ in range(20):
        share = _shares(a, c)
        part = whole * share
        miss = part.sum(axis=1) - target
        if np.abs(miss[active]).max(initial=0.0) < 1e-6:
            break
        slope = (part * (1.0 - share)).sum(axis=1)
        step = np.where(active, miss / np.where(slope > 0.0, slope, 1.0), 0.0)
        a = a - np.clip(step, -4.0, 4.0)
    return np.where(some & (target <= 0.0), LEAST_LOG_ODDS, a)


def deaths_by_sex(rates: Array, people: Array, births: Array) -> Array:
    """Deaths of a year that death rates by age give (head of the module; rates of WPP 2024).

    Parameters
    ----------
    rates : (..., sex, 1 + ages)
        Deaths per person and year: the first year of life, the rest of the youngest group, then
        every group of `people` after it.
    people : (..., sex, ages)
        Persons in the middle of the year, the youngest group with its first year of life.
    births : (..., sex)
        Persons born in the year.

    Returns
    -------
    Array (..., sex) persons dying in the year

    Raises
    ------
    InputError
        Shapes do not fit, a figure is negative or not known.

    Notes
    -----
    Of the first year of life m B / (1 + (1 - a) m): Preston, Heuveline & Guillot (2001), chapter 3.
    """
    rates, people = figures(rates, "rates", dims=2), figures(people, "people", dims=2)
    births = figures(births, "births", dims=1)
    shapes = {rates.shape, (*people.shape[:-1], people.shape[-1] + 1)}
    if len(shapes) > 1 or births.shape != people.shape[:-1]:
        what = f"rates {rates.shape}, people {people.shape} and births {births.shape} do not fit"
        fix = "Give one rate more than there are ages, and births of each sex"
        raise InputError(Problem("deaths", what, fix))
    infants = births / (1.0 + (1.0 - INFANT_YEARS) * rates[..., 0])
    children = np.maximum(people[..., 0] - infants, 0.0)
    later = (rates[..., 2:] * people[..., 1:]).sum(axis=-1)
    return rates[..., 0] * infants + rates[..., 1] * children + later


def survival_ratios(rates: Array) -> Array:
    """Part of each group of five years of age that lives five years later, L[x+5] / L[x].

    Parameters
    ----------
    rates : (..., 1 + ages)
        Deaths per person and year: the first year of life, 1 to 4, then groups of five years, the
        last one open.

    Returns
    -------
    Array (..., 1 + ages), shares
        First of those born in the five years, evenly over them; then of every group, the last two
        together, which become the open one.

    Raises
    ------
    InputError
        Fewer than four groups, nobody dies in the last one, a rate is negative or not known.

    Notes
    -----
    The life table of Preston, Heuveline & Guillot (2001), chapter 3, from abridged rates such as
    WPP's.
    """
    m = figures(rates, "rates", dims=1)
    if m.shape[-1] < 4 or (m[..., -1] == 0.0).any():
        what = "are fewer than four groups, or nobody dies in the last one"
        raise InputError(Problem("rates", what, "Give rates of all ages"))
    width, lived = np.array([1.0, 4.0]), np.array([INFANT_YEARS, CHILD_YEARS])
    young, closed = m[..., :2], m[..., 2:-1]
    dying = np.minimum(width * young / (1.0 + (width - lived) * young), 1.0)
    # Later the rate is the same all through a group; years lived are deaths over their rate.
    dying = np.concatenate([dying, -np.expm1(-5.0 * closed)], axis=-1)
    alive = np.cumprod(np.concatenate([np.ones((*m.shape[:-1], 1)), 1.0 - dying], axis=-1), axis=-1)
    deaths = alive[..., :-1] - alive[..., 1:]
    first = width * alive[..., 1:3] + lived * deaths[..., :2]
    rated = np.where(closed > 0.0, closed, 1.0)
    later_years = np.where(closed > 0.0, deaths[..., 2:] / rated, 5.0 * alive[..., 2:-1])
    years = np.concatenate([first, later_years], axis=-1)
    open_years = alive[..., -1:] / m[..., -1:]
    groups = np.concatenate([years[..., :1] + years[..., 1:2], years[..., 2:], open_years], axis=-1)
    later = groups[..., 1:] / groups[..., :-1]
    oldest = groups[..., -1] / (groups[..., -2] + groups[..., -1])
    later[..., -1] = oldest
    return np.concatenate([groups[..., :1] / 5.0, later, oldest[..., None]], axis=-1)
