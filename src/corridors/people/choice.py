"""Where people choose to live.

A worker born in b with skill s compares staying with every corridor (i, k) by consumption,
wedge and an iid extreme-value taste:

    U = ln X_bsj - ln tau_bsj + eps_j / theta_s
    pi_bsj = (X_bsj/tau_bsj)^theta_s / D_bs,  D_bs = X_home^theta_s + sum_ik (X_bsik/tau_bsik)^theta_s  (1)
    M_bsik = N_bs pi_bsik,                    W_bs = D_bs^(1/theta_s)                                    (2)

Options: all places abroad in one nest, the inner sum replaced by [sum (X/tau)^(theta/lam)]^lam; the
statuses of a place in a nest of their own, P(i) prop. (sum_k v_ik^(1/n))^n, which makes them closer
(equation (23)) and rations nothing;
only a share kap of people able to leave (`corridors.people.poverty`); wedges that fall with the
diaspora, tau = tbar (sum_sk M_bi)^(-nu/theta). `allocate` is (1)-(2) in levels; `redistribute`
the same in changes. Axes end in s skill, b birthplace, i residence, k status; draws may lead.

Who moves when rules change, at unchanged tastes, and what it does to them; equation (33), (34).

Everybody keeps the tastes that made today's choice. With pi today's shares of the alternatives of
a group (home among them), x_j the change of an alternative's odds and G(t) = sum_k pi_k max(t, x_k):

    stays in j both times    P_jj = pi_j x_j / G(x_j)
    from i to j, x_j > x_i   P_ij = pi_i pi_j x_j Int_{x_i}^{x_j} dt / G(t)^2                    (34)

Rows of P sum to pi, columns to the new shares. A common factor of x cancels, so x is the ratio of
new to old shares. It is the turnover of the policy alone: more than the net change of stocks, less
than real turnover, and it has no tie to time. Of a plain logit; caps by lot, a nest and means to
leave are not in it.
"""  # noqa: E501

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridors.labels import Array
from corridors.people.occupied import Occupied

__all__ = [
    "Turnover",
    "allocate",
    "by_pair",
    "by_residence",
    "diaspora",
    "invert_wedge",
    "redistribute",
    "turnover",
    "weights",
]


def by_pair(cells: Array) -> Array:
    """Statuses added up, in persons or whatever the cells hold: the sum over k of (2).

    NumPy adds along a short last axis row by row, several times slower than a product does.

    Parameters
    ----------
    cells : (..., b, i, k)

    Returns
    -------
    Array (..., b, i), in the unit of the cells
    """
    return cells @ np.ones(cells.shape[-1])


def by_residence(people: Array, each: Array | None = None) -> Array:
    """Birthplaces and statuses added up, the long axis first, such as people to labour of (9).

    Parameters
    ----------
    people : (..., b, i, k) persons
    each : (..., b, i, k), optional
        Weight of a person, such as efficiency units; its axes may have length 1.

    Returns
    -------
    Array (..., i), persons, or persons times the unit of `each`
    """
    if each is not None and each.shape[-3] > 1:
        people, each = people * each, None
    added: Array = people.sum(axis=-3)
    if each is not None:
        added = added * each[..., 0, :, :]
    return np.asarray(added.sum(axis=-1))


def weights(
    home_consumption: Array,
    consumption: Array,
    log_wedge: Array,
    theta: Array,
    nest: Array,
    status_nest: Array | None = None,
) -> tuple[Array, Array, Array]:
    """Odds of staying and of every corridor, and ln of what they are relative to; (1), (23).

    Parameters
    ----------
    home_consumption : (..., s, b), consumption : (..., s, b, i, k)
        PPP dollars a person-year.
    log_wedge : (..., s, b, i, k) ln tau, log points; +inf closes a corridor
    theta : (..., s) elasticity of location choice
    nest : (...,) lam of all places abroad, between 0 and 1
    status_nest : (...,), optional
        n of the statuses of a place.

    Returns
    -------
    stay : (..., s, b), leave : (..., s, b, i, k)
        Shares pi up to a common factor; their sum is D up to the factor exp(`largest`).
    largest : (..., s, b)
        ln of the common factor, log points.
    """
    inner = theta[..., None, None, None] / nest[..., None, None, None, None]
    log_leave = inner * (np.log(consumption) - log_wedge)
    if status_nest is not None:
        log_leave = _within_place(log_leave, status_nest[..., None, None, None, None])
    top = log_leave.max(axis=(-2, -1))
    top = np.where(np.isfinite(top), top, 0.0)
    leave = np.exp(log_leave - top[..., None, None])
    # [sum of odds]^lam, spread over the corridors as the odds within the nest.
    total = leave.sum(axis=(-2, -1))
    within = np.where(total > 0.0, total, 1.0) ** (nest[..., None, None] - 1.0)
    log_stay = theta[..., None] * np.log(home_consumption)
    log_nest = nest[..., None, None] * top
    largest = np.maximum(log_stay, log_nest)
    scale = within * np.exp(log_nest - largest)
    return np.exp(log_stay - largest), leave * scale[..., None, None], largest


def _within_place(log_odds: Array, n: Array) -> Array:
    """ln of (sum_k v^(1/n))^n spread over statuses as v^(1/n), of ln v (..., s, b, i, k); (23)."""
    each = log_odds / n
    top = each.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        total = top + np.log(np.exp(each - top).sum(axis=-1, keepdims=True))
    return each + (n - 1.0) * np.where(np.isfinite(total), total, 0.0)


def allocate(natives: Array, stay: Array, leave: Array, able: Array) -> tuple[Array, Array, Array]:
    """People at home, people abroad and the sum of odds; (1), (2).

    Parameters
    ----------
    natives : (..., s, b) adults
    stay : (..., s, b), leave : (..., s, b, i, k)
        Odds of home and of every corridor, up to a common factor, as `weights` gives them.
    able : (..., s, b) share of people who can leave; the rest stay whatever the odds

    Returns
    -------
    home : (..., s, b) adults
    abroad : (..., s, b, i, k) adults
    total : (..., s, b) sum of the odds, in their unit
    """
    total = stay + leave.sum(axis=(-2, -1))
    abroad = (natives * able / total)[..., None, None] * leave
    # (Natives less those abroad would cancel where nearly everybody leaves.)
    return natives * (1.0 - able + able * stay / total), abroad, total


def redistribute(
    natives: Array,
    stay: Array,
    abroad_now: Array,
    leaving: Array,
    nest: Array,
    able: tuple[Array, Array],
) -> tuple[Array, Array, Array]:
    """Equation (1) in changes, that is (18) without multipliers.

    Parameters
    ----------
    natives : (s, b) persons
    stay : (..., s, b) persons who choose home now, times X_home^^theta
    abroad_now : (..., s, b) persons abroad now
    leaving : (..., s, b) sum over corridors of persons now times (change of X / tau)^(theta/lam)
    nest : (..., 1, 1) lam
    able : kap now and then, (..., s, b) each, shares

    Returns
    -------
    home : (..., s, b) persons
    per_weight : (..., s, b)
        1 / D^, the change of everybody's odds; ln W^ = -ln(per_weight) / theta.
    weight : (..., s, b)
        Ratio: what multiplies a corridor's persons now times its own change of odds.
    """
    now, then = able
    some = abroad_now > 0.0
    inner = np.where(some, leaving / np.where(some, abroad_now, 1.0), 0.0)
    per_weight = natives / (stay + abroad_now / now * inner**nest)
    # In an empty nest any finite weight will do: there is nobody to weigh.
    weight = per_weight * np.where(inner > 0.0, inner, 1.0) ** (nest - 1.0) * (then / now)
    choosing_home = per_weight * stay
    home = choosing_home + (1.0 - then) * (natives - choosing_home)
    return home, per_weight, weight


def diaspora(now: Array, demand: Array, network: Array) -> Array:
    """Change of people in each pair when the diaspora lowers its own wedge (head of the module).

    With M = M_now share(demand) M^^nu for the whole pair, M^ = (demand / M_now)^(1/(1-nu)), of
    tau = tbar (sum_sk M_bi)^(-nu/theta) in (1).

    Parameters
    ----------
    now, demand : (..., b, i) persons now, and demanded were the wedges as now
    network : (...,) nu < 1

    Returns
    -------
    Array (..., b, i), ratio to now; 1 where nobody is
    """
    some = now > 0.0
    ratio = np.where(some, demand / np.where(some, now, 1.0), 1.0)
    return ratio ** (1.0 / (1.0 - network[..., None, None]))


def invert_wedge(
    home: Array,
    migrants: Array,
    home_consumption: Array,
    log_consumption: tuple[Array, ...],
    theta: Array,
    nest: Array,
    able: Array,
    status_nest: Array | None = None,
) -> Array:
    """ln tau that makes the observed people the choice of equation (1); +inf in empty cells.

    (tau_bsik)^theta = (M_home / M_bsik) (X_bsik / X_home)^theta, equation (36), M_home those who
    choose home. Wedges below 1 are kept: to truncate them would lose people.

    Parameters
    ----------
    home : (..., s, b), migrants : (..., s, b, i, k) adults
    home_consumption : (..., s, b) PPP dollars a person-year
    log_consumption : terms (..., s, b, i, k) that add up to ln X abroad
        In the same dollars; their axes may have length 1.
    theta : (..., s) elasticity of location choice
    nest : (...,) lam of all places abroad, between 0 and 1
    able : (..., s, b) share of people who can leave
    status_nest : (...,), optional
        n of the statuses of a place.

    Returns
    -------
    Array (..., s, b, i, k), log points
    """
    cells = Occupied.inhabited(migrants)
    there = cells.of(migrants)
    gone = cells.pairs(there).sum(axis=-1)
    abroad = gone / able
    inner = nest[..., None, None] / theta[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        # Within the nest odds are (X/tau)^(theta/lam); the nest as a whole has abroad / home.
        log_odds = np.log(abroad / (home + gone - abroad)) / theta[..., None]
        of_birthplace = inner * np.log(able * abroad) - log_odds - np.log(home_consumption)
    log_wedge = cells.of(of_birthplace[..., None, None])
    people = np.log(there)
    if status_nest is not None:
        # v = (people of the place) (share of the status)^n
        place = np.log(cells.of(cells.pairs(there)[..., None]))
        people = place + status_nest[..., None] * (people - place)
    log_wedge = log_wedge - cells.of(inner[..., None, None]) * people
    for term in log_consumption:
        log_wedge = log_wedge + cells.of(term)
    return cells.spread(log_wedge, np.inf)


@dataclass(frozen=True)
class Turnover:
    """Moves of a group between alternatives, the last axis j.

    Parameters
    ----------
    now, ratio : (..., j) shares today, and new over old shares (0 where nobody is today)
    stay : (..., j) share of the group that is in j both times, P_jj
    reach : (..., j) Int_0^{x_j} dt / G^2, up to a constant
    """

    now: Array
    ratio: Array
    stay: Array
    reach: Array

    def leaving(self, place: int) -> Array:
        """P_ij of (34): (..., j) shares of the group who leave `place` for each other."""
        gained = np.maximum(self.reach - self.reach[..., place, None], 0.0)
        return self.now[..., place, None] * self.now * self.ratio * gained

    def arriving(self, place: int) -> Array:
        """P_ji of (34): (..., j) shares of the group who come to `place` from each other."""
        gained = np.maximum(self.reach[..., place, None] - self.reach, 0.0)
        return self.now * (self.now * self.ratio)[..., place, None] * gained


def turnover(now: Array, then: Array) -> Turnover:
    """Moves behind two sets of shares of one group, at unchanged tastes; equation (34).

    Parameters
    ----------
    now, then : (..., j) shares of the group in each alternative j, each with the sum 1

    Returns
    -------
    Turnover
        Shares of the group (..., j): who stays where, who moves from i to j.
    """
    some = now > 0.0
    ratio = np.where(some, then / np.where(some, now, 1.0), 0.0)
    order = np.argsort(ratio, axis=-1, kind="stable")
    x = np.take_along_axis(ratio, order, axis=-1)
    share = np.take_along_axis(now, order, axis=-1)
    below, weighted = np.cumsum(share, axis=-1), np.cumsum(share * x, axis=-1)
    best = x * below + (weighted[..., -1:] - weighted)  # G at every x
    # Where the least ratio is 0 nothing comes from there: G is positive all the same.
    between = np.diff(x, axis=-1) / (best[..., 1:] * best[..., :-1])
    reach = np.concatenate([np.zeros_like(x[..., :1]), np.cumsum(between, axis=-1)], axis=-1)
    back = np.argsort(order, axis=-1, kind="stable")
    best = np.take_along_axis(best, back, axis=-1)
    reach = np.take_along_axis(reach, back, axis=-1)
    return Turnover(now, ratio, now * ratio / best, reach)
