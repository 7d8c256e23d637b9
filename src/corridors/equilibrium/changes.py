"""The equilibrium in changes: from observed people to people under other rules.

With x^ = x'/x, the unknowns are the changes of people at home (s, b), of migrant labour (s, i)
and of transfers per stayer (b): (2S+1) n numbers whatever the number of corridors (equation
(37)). A response that is live adds its own: unemployment, productivity, heads, and the weight
of going abroad where quotas or a diaspora answer to demand. One evaluation of the map:

    Z_s^, Z^, K^, Y^, w_N^, w_M^    production                        (8)-(12)
    X_home^ = h w_N^ + T' / X_home  h = share of work in a stayer's consumption
    D^, H', M'                       choice                            (1), (2)
    H^, LM^, T^                      from people and remittances       (6), (7), (11)

A sweep is six products of an n x n matrix with a vector (`equilibrium.groups`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from corridors.capital import supply
from corridors.capital.supply import Closure
from corridors.equilibrium.groups import Group, Rationed
from corridors.equilibrium.sending import Sending
from corridors.labels import Array
from corridors.people.choice import by_pair, diaspora, redistribute
from corridors.wages import spillovers, unemployment
from corridors.wages.production import composite, output, wage
from corridors.world import State, Structure, taken

__all__ = ["NOBODY", "RESPONSES", "Change", "Hats", "Pay", "People"]


#: Responses of the world, each of which can be held at its baseline to see what it contributes
#: (`equilibrium.explain`). Channels are what a study switches on: `baseline.CHANNELS`.
RESPONSES = (
    "people", "wages", "capital", "unemployment", "remittances", "spillovers", "quotas",
)  # fmt: skip
#: Unknowns with one value per area; the others have one per skill and area.
PER_AREA = ("transfers", "productivity", "heads")
#: Migrant labour where a ban leaves nobody: the unknown stays finite, the people are exactly 0.
NOBODY = 1e-30
#: Diaspora and caps answer to each other until the diaspora moves by less, relatively.
KIN_CLOSE, KIN_REPEATS = 1e-14, 200


@dataclass(frozen=True)
class Hats:
    """The unknowns, as changes, (d, s, i) or (d, i); 1 for a response that is off.

    Parameters
    ----------
    home, migrants : people at home; migrants' efficiency units, heads at work or not
    transfers : 1 + (T' - T) / X, per stayer and over mean consumption today: a sum, not a ratio,
        because there may be none today
    employment : (1-u')/(1-u)
    productivity, heads : A^ and residents
    weight : what multiplies the odds of going abroad, by birthplace
    """

    home: Array
    migrants: Array
    transfers: Array
    employment: Array
    productivity: Array
    heads: Array
    weight: Array


@dataclass(frozen=True)
class Pay:
    """What work pays, in changes.

    Parameters
    ----------
    wage_native, wage_migrant : (d, s, i) per efficiency unit
    output, capital, tax_kept : (d, i); tax_kept is (1-t')/(1-t)
    employment : (d, s, i)
    home : (d, s, b) what the choice of staying counts of a stayer's consumption
    means : (d, s, b) a stayer's consumption
    income : (d, s, i) what the residence adds to a migrant's consumption
    """

    wage_native: Array
    wage_migrant: Array
    output: Array
    capital: Array
    tax_kept: Array
    employment: Array
    home: Array
    means: Array
    income: Array


@dataclass(frozen=True)
class People:
    """Who lives where: persons outside the caps are attraction x weight x pull (x kin).

    Parameters
    ----------
    home : (d, s, b) persons
    weight : (d, s, b), pull : (d, s, i)
    kin : (d, s or 1, b, i) what the diaspora and caps inside a place's nest do, or None
    let_in : (d, j) persons in the cells under a cap
    multiplier : (d, c) of every cap
    log_options : (d, s, b) theta ln W, over today's odds of everything that has no cap
    """

    home: Array
    weight: Array
    pull: Array
    kin: Array | None
    let_in: Array
    multiplier: Array
    log_options: Array


@dataclass(frozen=True)
class Change:
    """The map x -> x' of one policy, ready to be swept. Built by `equilibrium.prepare`.

    Parameters
    ----------
    now : State, with a full draw axis
    free : Group, all that lies in no cap; rationed : Rationed, what does
    log_options : (d, s, b) theta ln W now, see `People`
    stay, abroad : (d, s, b) persons who choose home, and who live abroad, now
    able : (d, s, b) share of people who can leave, now
    labour : (d, s, i) migrants' efficiency units now, heads at work or not
    native_share, skill_share : (d, s, i) shares of the wage bill: of natives in a skill, of a skill
    work_share, choosing : (d, s, b) h, and what a stayer of unit ability consumes now
    transfers, consumption : (d, b) per stayer, now
    counted : (d, 1) share of transfers that the choice of staying counts, 1 - o
    log_tfp : (d, i) ln Abar
    retained : (d, i) share of capital that stays; aid : (d, b) PPP dollars to stayers
    placed : (d, i) what the world market adds to stocks under closures that do not place it
    unknowns : names of the unknowns, in the order of `Hats`
    active : responses that are on; lottery : whether caps are rationed by lot
    """

    structure: Structure
    now: State
    free: Group
    rationed: Rationed
    log_options: Array
    stay: Array
    abroad: Array
    able: Array
    labour: Array
    native_share: Array
    skill_share: Array
    work_share: Array
    choosing: Array
    transfers: Array
    consumption: Array
    counted: Array
    log_tfp: Array
    retained: Array
    placed: Array
    aid: Array
    unknowns: tuple[str, ...]
    active: tuple[str, ...]
    lottery: bool
    sending: tuple[Sending, Sending] | None = None

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The same map (37) for some of the draws, `rows` (draws kept,)."""
        return self if len(rows) == len(self.stay) else taken(self, rows)

    def with_closure(self, closure: Closure) -> Self:
        """The same map under another supply of capital."""
        return replace(self, structure=replace(self.structure, closure=closure))

    def start(self) -> Array:
        """x = 0, nothing has changed: (d, m) log points of the unknowns of (37)."""
        draws, skills, areas = self.stay.shape
        height = sum(1 if unknown in PER_AREA else skills for unknown in self.unknowns)
        return np.zeros((draws, height * areas))

    def far_from(self, x: Array) -> Array:
        """A start for a second solution of (37): labour of neighbours pushed apart by up to a half.

        Transfers stay: pushed as far, they would leave some stayers with less than nothing.

        Parameters
        ----------
        x : (d, m) log points

        Returns
        -------
        Array (d, m) log points
        """
        _, skills, areas = self.stay.shape
        heights = [1 if unknown in PER_AREA else skills for unknown in self.unknowns]
        pushed = np.repeat(
            [unknown != "transfers" for unknown in self.unknowns], np.array(heights) * areas
        )
        return x + 0.4 * np.cos(1.0 + 2.0 * np.arange(x.shape[1])) * pushed

    def unpack(self, x: Array) -> Hats:
        """Changes, ratios (d, s, i) or (d, i), from their logs x (d, m) of (37)."""
        draws, skills, areas = self.stay.shape
        hats = np.exp(x).reshape(draws, -1, areas)
        parts, first = {}, 0
        for name in Hats.__dataclass_fields__:
            height = 1 if name in PER_AREA else skills
            part = np.ones((draws, height, areas))
            if name in self.unknowns:
                part, first = hats[:, first : first + height], first + height
            parts[name] = part[:, 0] if name in PER_AREA else part
        return Hats(**parts)

    def __call__(self, x: Array) -> Array:
        """ln of the changes implied by those in x."""
        hats = self.unpack(x)
        pay = self.pay(hats)
        there = self.at(pay)
        people = there.people(hats, pay)
        new = {
            "home": people.home / self.now.home,
            "migrants": ratio(there.migrant_labour(people), self.labour),
            "transfers": there.transfers_hat(people, pay, hats)[:, None],
            "employment": self.employment(pay, hats),
            "weight": people.weight,
            **there.spilled(people),
        }
        stacked = np.concatenate([new[name] for name in self.unknowns], axis=1)
        return np.log(stacked).reshape(x.shape)

    def at(self, pay: Pay) -> Self:
        """The same map with odds and money sent where they answer to pay at both ends; (30)."""
        if self.sending is None:
            return self
        home = pay.wage_native * pay.employment * pay.tax_kept[:, None]
        abroad = pay.wage_migrant * pay.employment * pay.tax_kept[:, None]
        free, rationed = (each.at(home, abroad) for each in self.sending)
        return replace(self, free=self.free.at(*free), rationed=self.rationed.at(*rationed))

    # --- what work pays ----------------------------------------------------------------------

    def pay(self, hats: Hats) -> Pay:
        """Wages, incomes and prices at these people."""
        units = 1.0 - self.structure.ability[:, None, None]
        native, migrant = hats.home**units * hats.employment, hats.migrants * hats.employment
        wages = self.production(native, migrant, hats.productivity)
        wage_native, wage_migrant, made, capital = wages
        if "wages" not in self.active:
            wage_native = wage_migrant = np.ones_like(wage_native)
        price, kept = self._price_and_tax(made, hats.heads)
        earned = hats.employment * (kept / price)[:, None]
        # T' = T + (transfers^ - 1) X: the same sum for every stayer, rich or poor.
        gained = ((hats.transfers - 1.0) * self.consumption)[:, None] / self.choosing
        transfers = (1.0 - self.work_share + gained * self.counted[:, None]) / price[:, None]
        home = self.work_share * wage_native * earned + transfers
        return Pay(
            wage_native=wage_native,
            wage_migrant=wage_migrant,
            output=made,
            capital=capital,
            tax_kept=kept,
            employment=hats.employment,
            home=home,
            means=self._means(home, gained, price),
            income=wage_migrant * earned,
        )

    def _means(self, home: Array, gained: Array, price: Array) -> Array:
        """Change of a stayer's consumption (d, s, b), where part of it is not counted at home."""
        if self.structure.family is None:
            return home
        uncounted = (1.0 - self.counted) * self.transfers
        before = uncounted[:, None] / self.choosing
        more = before + (1.0 - self.counted[:, None]) * gained
        return (home + more / price[:, None]) / (1.0 + before)

    def production(
        self, native: Array, migrant: Array, productivity: Array
    ) -> tuple[Array, Array, Array, Array]:
        """Wages, output and capital of (8) to (10), (12) from labour and productivity, in changes.

        Parameters
        ----------
        native, migrant : (d, s, i) labour, ratios to today
        productivity : (d, i), ratio to today

        Returns
        -------
        w_N^, w_M^ : (d, s, i), Y^, K^ : (d, i), ratios to today
        """
        structure = self.structure
        skill = structure.inverse_skill[:, None, None]
        within = structure.inverse_native[:, None, None]
        shares = np.stack([self.native_share, 1.0 - self.native_share], axis=-3)
        by_skill = composite(shares, np.stack([native, migrant], axis=-3), within, -3)
        labour = composite(self.skill_share, by_skill, skill[..., 0], -2)
        scale = productivity * labour**structure.labour_share
        closure = structure.closure if "capital" in self.active else "fixed"
        retained = self.retained if closure == "world" else self.retained * self.placed
        retained = retained if "capital" in self.active else np.ones_like(self.retained)
        kappa = structure.kappa[:, None]
        capital = supply.stock_hat(
            closure, scale, structure.alpha, kappa, retained, self.now.capital
        )
        made = output(productivity, capital, labour, structure.alpha, structure.gamma)
        per_labour = (made / labour)[..., None, :]
        of_skill = labour[..., None, :] / by_skill
        wage_native = wage(per_labour, of_skill, by_skill / native, 1.0, skill, within)
        wage_migrant = wage(per_labour, of_skill, by_skill / migrant, 1.0, skill, within)
        return wage_native, wage_migrant, made, capital

    def _price_and_tax(self, made: Array, heads: Array) -> tuple[Array, Array]:
        """P^ and (1-t')/(1-t), (d, i)."""
        if "spillovers" not in self.active:
            return np.ones_like(made), np.ones_like(made)
        tax = spillovers.tax_rate(self.now.tax, heads, self.structure.spillovers)
        kept = (1.0 - tax) / (1.0 - self.now.tax)
        return spillovers.price(made, self.structure.spillovers), kept

    def employment(self, pay: Pay, hats: Hats) -> Array:
        """(1-u')/(1-u) of the wage curve: (d, s, i) ratio, in (3) and (4).

        A trial u is held below the curve's highest.
        """
        now = self.now.unemployment
        if "employment" not in self.unknowns:
            return np.ones_like(pay.wage_native)
        average = (pay.output / hats.heads) ** self.structure.psi[:, None]
        eta = self.structure.eta[:, None, None]
        then = now * unemployment.rate_hat(pay.wage_native, average[:, None], eta)
        then = np.minimum(then, unemployment.HIGHEST)
        # The curve is steep (1/eta): its own answer, through pay that falls by about half of what
        # employment gains, is taken out of the step, which leaves the solution where it is.
        steep = 1.0 + 0.5 * then / ((1.0 - then) * eta)
        return hats.employment * ((1.0 - then) / (1.0 - now) / hats.employment) ** (1.0 / steep)

    def spilled(self, people: People) -> dict[str, Array]:
        """Heads and productivity (13), ratios to today (d, 1, i), where either is unknown."""
        if not {"heads", "productivity"} & set(self.unknowns):
            return {}
        pairs = self.pairs(people)
        residents, now = people.home + pairs.sum(axis=-2), self.now.residents()
        effects = self.structure.spillovers
        then = spillovers.log_productivity(effects, residents, self._imported(pairs, residents))
        pairs_now = by_pair(self.now.migrants)
        before = spillovers.log_productivity(effects, now, self._imported(pairs_now, now))
        heads = residents.sum(axis=1) / now.sum(axis=1)
        return {"heads": heads[:, None], "productivity": np.exp(then - before)[:, None]}

    def _imported(self, pairs: Array, residents: Array) -> Array:
        return spillovers.log_imported(pairs.sum(axis=1), residents.sum(axis=1), self.log_tfp)

    def more_consumed(self, hats: Hats, pay: Pay, people: People) -> Array:
        """What welfare (33) gains as stayers consume more than the choice of staying counts.

        ln of consumption over what is counted, weighed by the share at home, after less before: log
        points (d, s, b), the last paragraph under (30).
        """
        family = self.structure.family
        if family is None:
            return np.zeros_like(self.stay)
        earned = self.work_share * self.choosing
        before = family.log_more_consumed(earned, self.transfers)
        per_stayer = self.transfers + (hats.transfers - 1.0) * self.consumption
        paid = earned * pay.wage_native * pay.employment * pay.tax_kept[:, None]
        after = family.log_more_consumed(paid, per_stayer)
        natives = self.structure.natives
        return (people.home * after - self.now.home * before) / natives

    # --- where people live -------------------------------------------------------------------

    def people(self, hats: Hats, pay: Pay) -> People:
        """Who lives where at this pay."""
        ones = np.ones_like(self.stay)
        if "people" not in self.active:
            still, none = np.ones_like(pay.income), np.zeros_like(self.rationed.limit)
            return People(
                self.now.home, ones, still, None, self.rationed.persons, none, self.log_options
            )
        structure = self.structure
        theta, nest = structure.theta[..., None], structure.nest[:, None, None]
        pull = pay.income ** (theta / nest)
        kin = self._kin(hats.weight, pull)
        people = self._let_in(hats, pay, pull, kin)
        if kin is None or self.rationed.limit.size == 0:
            return people
        return self._kin_of_those_let_in(hats, pay, pull, kin, people)

    def _kin_of_those_let_in(
        self, hats: Hats, pay: Pay, pull: Array, kin: Array, people: People
    ) -> People:
        """The diaspora of who is let in, where it and the caps answer to each other.

        Outside caps each repetition leaves nu of the gap, under them less.
        """
        network = (self.structure.network / self.structure.nest)[:, None, None, None]
        now = by_pair(self.now.migrants).sum(axis=1, keepdims=True)
        for _ in range(KIN_REPEATS):
            before = kin
            kin = ratio(self.pairs(people).sum(axis=1, keepdims=True), now) ** network
            people = self._let_in(hats, pay, pull, kin)
            if np.abs(kin / before - 1.0).max() <= KIN_CLOSE:
                break
        return people

    def _let_in(self, hats: Hats, pay: Pay, pull: Array, kin: Array | None) -> People:
        """Who lives where when the diaspora does `kin` and the caps let in whom they may."""
        structure, rationed = self.structure, self.rationed
        theta, nest = structure.theta[..., None], structure.nest[:, None, None]
        able = structure.poverty.able(self.now.home_consumption * pay.means)
        odds = rationed.odds(pull, kin)
        if self.lottery:
            return self._by_lottery(pay, pull, kin, odds, able)
        fee, odds, inside = rationed.fees(odds, hats.weight, self.free)
        kin = inside if kin is None else kin if inside is None else kin * inside
        home, per_weight, weight = redistribute(
            structure.natives,
            self.stay * pay.home**theta,
            self.abroad,
            self.free.leaving(pull, kin) + rationed.leaving(odds),
            nest,
            (self.able, able),
        )
        let_in = odds * rationed.of_birthplace(weight)
        return People(home, weight, pull, kin, let_in, fee, -np.log(per_weight))

    def _by_lottery(
        self, pay: Pay, pull: Array, kin: Array | None, odds: Array, able: Array
    ) -> People:
        """Everybody takes the best of what has no cap and what was won; (22)."""
        structure, rationed = self.structure, self.rationed
        staying = self.stay * pay.home ** structure.theta[..., None]
        free = staying + self.free.leaving(pull, kin) / self.able
        odds = odds / rationed.of_birthplace(self.able)
        lots = rationed.lottery(structure.natives)
        drawn = lots.draw(odds, free.reshape(len(free), -1), rationed.limit)
        left = drawn.left.reshape(free.shape)
        at_home = structure.natives * left * staying / free
        return People(
            home=at_home + (1.0 - able) * (structure.natives - at_home),
            weight=structure.natives * left / free * able / self.able,
            pull=pull,
            kin=kin,
            let_in=drawn.persons * rationed.of_birthplace(able),
            multiplier=-np.log(drawn.chance),
            log_options=np.log(free / structure.natives) + drawn.gain.reshape(free.shape),
        )

    def _kin(self, weight: Array, pull: Array) -> Array | None:
        """What the diaspora's change does to attraction: M^^nu (d, b, i)."""
        if not self.structure.network.any():
            return None
        # Inside the nest odds carry theta/lam, so a wedge of M^(-nu/theta) moves them by nu/lam.
        network = self.structure.network / self.structure.nest
        demand = self.free.pairs(weight, pull, None).sum(axis=1)
        odds = self.rationed.odds(pull, None) * self.rationed.of_birthplace(weight)
        demand = demand + self.rationed.cells.pairs(odds).sum(axis=1)
        now = by_pair(self.now.migrants).sum(axis=1)
        grown = np.maximum(diaspora(now, demand, network), NOBODY)
        return (grown ** network[:, None, None])[:, None]

    def pairs(self, people: People) -> Array:
        """Persons abroad by skill and pair, (d, s, b, i): M of (2), statuses added up."""
        free = self.free.pairs(people.weight, people.pull, people.kin)
        return free + self.rationed.cells.pairs(people.let_in)

    def migrant_labour(self, people: People) -> Array:
        """Migrants' efficiency units, heads at work or not, (d, s, i): sum of q M in (9)."""
        units = 1.0 - self.structure.ability[:, None, None]
        free = self.free.labour(people.weight, people.pull, people.kin, units)
        return free + self.rationed.labour(people.let_in, units)

    def transfers_hat(self, people: People, pay: Pay, hats: Hats) -> Array:
        """1 + (T' - T) / X, ratio (d, b), from (7) and (11)."""
        if "remittances" not in self.active:
            return np.ones_like(self.transfers)
        units = 1.0 - self.structure.ability[:, None, None]
        earned = pay.wage_migrant * pay.employment * pay.tax_kept[:, None]
        need: Array | float = 1.0
        if self.structure.remittance_response is not None:
            need, means = self.structure.remittance_response.factors(pay.output / hats.heads)
            earned = earned * means[:, None]
        received = self.free.received(people.weight, people.pull, people.kin, units, earned)
        received = received + self.rationed.received(people.let_in, units, earned)
        received = received * need * (1.0 + self.structure.following)
        total = received + self.structure.other_income + self.aid
        return 1.0 + (total / people.home.sum(axis=1) - self.transfers) / self.consumption


def ratio(new: Array, now: Array) -> Array:
    """new / now, 1 where there was nothing and `NOBODY` where nothing is left."""
    return np.maximum(np.where(now > 0.0, new, 1.0) / np.where(now > 0.0, now, 1.0), NOBODY)
