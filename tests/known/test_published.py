"""A published model of 174 countries, reproduced with this package's own kernels.

Cha'ngom, Deuster, Docquier and Machado (2025) is MODEL section 11's first configuration: theta
0.7, sigma_S 2, natives and migrants perfect substitutes, no capital, land or remittances in the
equilibrium. Wedges, technology and every equilibrium here come from `corridors`; schooling and
the arithmetic of channels (MODEL appendix A), quirks included, exist in this file only. The
figures are read from ../shared and stay there.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from corridors.equilibrium import levels, solve
from corridors.equilibrium.levels import Technology
from corridors.people.choice import allocate, invert_wedge, weights
from corridors.people.poverty import Poverty
from corridors.rules import Caps, Rules
from corridors.wages.production import composite
from corridors.wages.spillovers import Spillovers
from corridors.world import State, Structure

Array = NDArray[np.float64]

THETA = 0.7
TIGHT = 1e-12
#: Income classes of the package, by output per head in US$: low, lower middle, upper middle, high.
CLASSES = (1000.0, 4000.0, 12000.0)


@dataclass(frozen=True)
class Package:
    """The 174 countries as published (`about`, `residents`) and as the model holds them."""

    areas: tuple[str, ...]
    about: dict[str, Array]
    counted: Array  # (s, b, i) adults born in b living in i
    structure: Structure
    state: State
    rules: Rules
    technology: Technology
    cost: Array  # (1, s, b, i, k) c = 1 - 1/tau as the package stores it

    @property
    def residents(self) -> Array:
        """Adults (s, i) as published."""
        return self.counted.sum(axis=1)

    @property
    def natives(self) -> Array:
        """Adults (b,) by country of birth, skills together."""
        return self.structure.natives.sum(axis=0)

    @property
    def attraction_of_schooling(self) -> Array:
        """Lambda (b,): the tertiary over the other sum of alternatives, each to the theta."""
        high, low = self.state.log_welfare[0, 1], self.state.log_welfare[0, 0]
        return np.exp(THETA * (high - low))

    def settle(self, natives: Array, log_wedge: Array, *responses: str) -> State:
        """The package's world with these natives (s, b) and wedges, by corridors' own changes.

        The state need not hold as many natives: it gives the odds, `structure.natives` the people.
        """
        structure = replace(self.structure, natives=natives)
        after = self.rules.with_(log_wedge=log_wedge)
        settled = solve.settle(
            structure, self.state, self.rules, after, responses=responses, tolerance=TIGHT
        )
        return solve.require(settled, TIGHT).state


@pytest.fixture(scope="module")
def published(shared: Path) -> Path:
    return shared / "reference" / "equilibrium" / "published"


@pytest.fixture(scope="module")
def package(published: Path) -> Package:
    about, labels = _columns(published / "Location_charac_IER.csv", "isoo")
    movers, pairs = _columns(published / "Movers_IER.csv", "isoo", "isod")
    areas = tuple(label for (label,) in labels)
    assert pairs == [(here, there) for here in areas for there in areas]
    economies = len(areas)
    counted = np.stack([movers[name].reshape(economies, economies) for name in ("Nijl", "Nijh")])
    wage = np.stack([about["wL_data"], about["wH_data"]])[None]
    return _package(areas, about, counted, wage)


def _package(
    areas: tuple[str, ...], about: dict[str, Array], counted: Array, wage: Array
) -> Package:
    structure = _structure(counted.sum(axis=2))
    home = np.einsum("sii->si", counted)[None]
    abroad = np.where(np.eye(len(areas), dtype=bool), 0.0, counted)[None, ..., None]
    income = np.broadcast_to(wage[:, :, None, :, None], abroad.shape)
    theta, nest = structure.theta, structure.nest
    everybody = structure.poverty.able(home)
    wedge = invert_wedge(home, abroad, wage, (np.log(income),), theta, nest, everybody)
    cost = _cost(np.exp(-wedge))
    log_wedge = _log_wedge(cost)
    stay, leave, largest = weights(wage, income, log_wedge, theta, nest)
    home, migrants, total = allocate(structure.natives, stay, leave, everybody)
    state = _state(home, migrants, wage, (np.log(total) + largest) / THETA)
    rules = _rules(areas, structure, state, log_wedge)
    technology, _ = levels.invert(structure, state, rules)
    state = replace(state, tfp=np.exp(technology.log_tfp))
    return Package(areas, about, counted, structure, state, rules, technology, cost)


def _structure(natives: Array) -> Structure:
    skills, economies = natives.shape
    off, none = np.zeros(1), np.zeros((1, economies))
    return Structure(
        natives=natives,
        theta=np.full((1, skills), THETA),
        nest=np.ones(1),
        ability=off,
        network=off,
        poverty=Poverty.off(),
        inverse_skill=np.array([0.5]),
        inverse_native=off,
        alpha=none,
        gamma=none,
        closure="fixed",
        kappa=off,
        spillovers=Spillovers.off(),
        wage_curve=False,
        eta=off,
        psi=off,
        participation=np.ones(economies),
        remittance_weight=none[:, :, None, None],
        remittance_elasticity=np.ones((1, economies)),
        tax=none[0],
        price_level=np.ones(economies),
        other_income=none,
    )


def _state(home: Array, migrants: Array, wage: Array, log_welfare: Array) -> State:
    labour = home + migrants.sum(axis=(2, 4))
    economies = home.shape[-1]
    none = np.zeros((1, economies))
    return State(
        home=home,
        migrants=migrants,
        home_quality=np.ones_like(home),
        quality=np.ones((1, 1, 1, 1, 1)),
        unemployment=np.zeros_like(home),
        wage_native=wage,
        wage_migrant=wage,
        output=(wage * labour).sum(axis=1),
        capital=none,
        tfp=np.ones_like(none),
        sent=np.zeros((1, economies, economies)),
        received=none,
        aid=none,
        tax=none,
        home_consumption=wage,
        log_welfare=log_welfare,
    )


def _rules(areas: tuple[str, ...], structure: Structure, state: State, log_wedge: Array) -> Rules:
    economies = len(areas)
    return Rules(
        areas=areas,
        skills=("low", "high"),
        statuses=("permanent",),
        adults=_labour(state).sum(axis=0),
        people=state.migrants,
        output=state.output,
        capital_share=structure.alpha,
        theta=structure.theta,
        legal_share=np.zeros(1),
        log_wedge=log_wedge,
        empty=np.isinf(log_wedge[0]),
        markdown=np.zeros((1, economies, 1)),
        efficiency=np.ones((1, 1, 1, 1, 1)),
        caps=Caps.none(),
        rationing="fee",
        fee=np.zeros((1, economies, economies)),
        capital_retained=np.ones((1, economies)),
        aid=np.zeros((1, economies)),
        free=np.zeros((economies, economies)),
        unmet=np.ones(1),
        claims=np.zeros(log_wedge.shape[1:], dtype=int),
    )


def _cost(kept: Array) -> Array:
    """C from 1 - c = 1/tau. Quirk: the package stores c, which bends wedges twice.

    The floor at 0 loses people in the corridors with tau < 1; and next to c = 1 a double holds
    1 - c to 1e-7 only, which shows in the ninth digit of small published figures.
    """
    return np.maximum(0.0, 1.0 - kept)


def _log_wedge(cost: Array) -> Array:
    """Ln tau, +inf where the corridor is closed (c = 1)."""
    return -np.log1p(-cost, out=np.full_like(cost, -np.inf), where=cost < 1.0)


def _columns(path: Path, *labels: str) -> tuple[dict[str, Array], list[tuple[str, ...]]]:
    """The numeric columns of a CSV file by name, and its label columns row by row."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name not in labels]
    columns = {name: np.array([float(row[name]) for row in rows]) for name in names}
    return columns, [tuple(row[label] for label in labels) for row in rows]


def _table(path: Path, package: Package) -> dict[str, Array]:
    columns, labels = _columns(path, "iso")
    assert tuple(label for (label,) in labels) == package.areas
    return columns


def _agree(computed: Any, expected: Any, tolerance: float, what: str) -> None:
    np.testing.assert_allclose(computed, expected, rtol=tolerance, atol=0.0, err_msg=what)


# --- schooling and channels of the package: nowhere else --------------------------------------


@dataclass(frozen=True)
class Schooling:
    """H = (G (1 - 1/Lambda))^(1+z): share of natives who take tertiary schooling, (b,)."""

    access: Array  # G
    response: Array  # z, larger in poor countries

    def share(self, attraction: Array) -> Array:
        return (self.access * (1.0 - 1.0 / attraction)) ** (1.0 + self.response)


def _schooling(package: Package) -> Schooling:
    income = package.about["GDPc_data"]
    response = np.where(income < CLASSES[0], 5.3, np.where(income < CLASSES[1], 3.8, 0.0))
    observed = package.structure.natives[1] / package.natives
    gain = 1.0 - 1.0 / package.attraction_of_schooling
    return Schooling(observed ** (1.0 / (1.0 + response)) / gain, response)


@dataclass(frozen=True)
class NoMigration:
    """The package's world with every corridor shut: who is schooled, where, at what pay."""

    share: Array  # (b,)
    attraction: Array  # (b,) Lambda
    state: State


def _no_migration(package: Package, *responses: str) -> NoMigration:
    """Schooling and, unless `responses` leave them out, wages that fit each other."""
    schooling = _schooling(package)
    # Where tertiary pay is near the other, a few more graduates undo the wish to be one.
    step = 0.2 if "wages" in responses else 1.0
    shut = np.full_like(package.rules.log_wedge, np.inf)
    share = package.structure.natives[1] / package.natives
    for _ in range(500):
        natives = package.natives * np.stack([1.0 - share, share])
        state = package.settle(natives, shut, *responses)
        low, high = state.wage_native[0]
        attraction = (high / low) ** THETA
        following = schooling.share(attraction)
        if np.abs(following / share - 1.0).max() < 1e-13:
            return NoMigration(share, attraction, state)
        share = share + step * (following - share)
    raise AssertionError("schooling and wages do not settle")


@pytest.fixture(scope="module")
def at_fixed_wages(package: Package) -> NoMigration:
    return _no_migration(package, "people")


@pytest.fixture(scope="module")
def at_settled_wages(package: Package) -> NoMigration:
    return _no_migration(package, "people", "wages")


def _emigration_rate(package: Package) -> Array:
    return 1.0 - package.state.home[0].sum(axis=0) / package.natives


def _tax(package: Package, residents: Array, emigration_rate: Array | float) -> Array:
    """Public consumption is shared by residents; schooling is lost with those who leave."""
    about = package.about
    return about["GovCons_data"] * residents**-0.056 + about["EduExp_data"] / (
        1.0 - emigration_rate
    )


def _taxes(package: Package, stay: NoMigration) -> tuple[Array, Array]:
    """Tax now and without migration."""
    now = _tax(package, package.residents.sum(axis=0), _emigration_rate(package))
    return now, _tax(package, stay.state.home[0].sum(axis=0), 0.0)


def _income_response(package: Package, stay: NoMigration) -> tuple[Array, Array]:
    """NIR5 and NIR6: income now over income without migration, minus 1, channel upon channel."""
    # With perfect substitutes labour counts half in `corridors` (weights 1/2), so A doubles.
    tfp, weight = package.state.tfp[0] / 2.0, package.technology.skill_weight[0, 1]
    labour = _labour(package.state)
    emigration = _emigration_rate(package)
    without = stay.state.home[0]
    ratio = (without[1] / without[0]) / (labour[1] / labour[0])
    odds = weight / (1.0 - weight) * ratio**0.1
    per_head = _per_head(odds / (1.0 + odds), without[1] / without.sum(axis=0))
    diaspora = (0.1 / (0.1 + emigration)) ** 0.032
    now = tfp * _per_head(weight, labour[1] / labour.sum(axis=0))
    third = now / (tfp * ratio**0.1 * diaspora * per_head) - 1.0
    tax_now, tax_then = _taxes(package, stay)
    fourth = third + (tax_then - tax_now) / (1.0 - tax_then)
    # Quirk: from here on income without migration is rebuilt without the technology factor.
    income = tfp * diaspora * per_head * (1.0 - tax_then)
    fifth = fourth - 0.7 / (8.0 - 1.0) * emigration
    received = package.about["RemiT_data"] / package.residents.sum(axis=0)
    return fifth, fifth + received / income


def _per_head(weight: Array, share: Array) -> Array:
    """Q: CES of the tertiary share of residents and the rest, elasticity 2."""
    weights, shares = np.stack([1.0 - weight, weight]), np.stack([1.0 - share, share])
    return composite(weights, shares, np.array(0.5), axis=0)


def _labour(state: State) -> Array:
    """Residents (s, i)."""
    return state.home[0] + state.migrants[0].sum(axis=(1, 3))


def _theil(income: Array, share: Array, persons: Array) -> float:
    """Theil index of income (s, i) over persons (s, i).

    Quirk: the mean takes tertiary shares from the model but persons from the table.
    """
    mean_here = share * income[1] + (1.0 - share) * income[0]
    mean = np.average(mean_here, weights=persons.sum(axis=0))
    return float((persons * income * np.log(income / mean)).sum() / (mean * persons.sum()))


# --- what is published ------------------------------------------------------------------------


def test_data_are_the_published_totals(package: Package) -> None:
    adults = package.counted.sum(axis=(1, 2)) - np.einsum("sii->s", package.counted)
    assert len(package.areas) == 174
    assert (adults.sum() / 1e6).round(1) == 81.4
    assert (adults[1] / 1e6).round(1) == 25.7
    assert (package.about["RemiT_data"].sum() / 1e9).round(2) == 472.24


def test_floor_on_costs_bites_in_seven_corridors(package: Package) -> None:
    floored = package.cost[0] == 0.0
    assert floored.sum(axis=(1, 2, 3)).tolist() == [0, 7]
    stayers = np.einsum("sii->si", package.counted)
    missed = np.abs(package.state.home[0] - stayers).max()
    assert missed == pytest.approx(12_100, abs=1)


def test_wedges_of_the_package_give_every_corridor_back(package: Package) -> None:
    _, log_wedge = levels.invert(package.structure, package.state, package.rules)
    open_now = ~package.rules.empty
    gap = log_wedge[0][open_now] - package.rules.log_wedge[0][open_now]
    assert np.isinf(log_wedge[0][~open_now]).all()
    assert np.abs(gap).max() < 1e-13


def test_inverted_baseline_is_the_published_one(published: Path, package: Package) -> None:
    targets = _table(published / "ier_targets_no_migration.csv", package)
    low, high = package.residents
    _agree(package.state.tfp[0] / 2.0, targets["TFP"], 1e-9, "TFP")
    _agree(package.technology.skill_weight[0, 1], targets["theta_high"], 1e-9, "theta_high")
    _agree(package.attraction_of_schooling, targets["Lambda"], 1e-9, "Lambda")
    _agree(high, targets["labour_high"], 1e-9, "labour_high")
    _agree(low, targets["labour_low"], 1e-9, "labour_low")


def test_no_migration_with_wages_that_settle(
    published: Path, package: Package, at_settled_wages: NoMigration
) -> None:
    targets = _table(published / "ier_targets_no_migration.csv", package)
    state = at_settled_wages.state
    ours = {
        "labour_high": state.home[0, 1],
        "labour_low": state.home[0, 0],
        "wage_high": state.wage_native[0, 1],
        "wage_low": state.wage_native[0, 0],
        "Lambda": at_settled_wages.attraction,
        "skill_share_natives": at_settled_wages.share,
    }
    for name, values in ours.items():
        _agree(values, targets[f"nomig_ge_{name}"], 1e-9, name)


def test_no_migration_at_fixed_wages(
    published: Path, package: Package, at_fixed_wages: NoMigration
) -> None:
    targets = _table(published / "ier_targets_no_migration.csv", package)
    low, high = at_fixed_wages.state.home[0]
    fifth, sixth = _income_response(package, at_fixed_wages)
    ours = {"labour_high": high, "labour_low": low, "NIR5": fifth, "NIR6": sixth}
    for name, values in ours.items():
        _agree(values, targets[f"nomig_pe_{name}"], 1e-9, name)


def test_published_income_response_of_the_world_and_of_income_classes(
    published: Path, package: Package, at_fixed_wages: NoMigration
) -> None:
    expected = _published(published)["published_aggregates"]["NIR6_no_migration_PE"]
    _, sixth = _income_response(package, at_fixed_wages)
    weight = at_fixed_wages.state.home[0].sum(axis=0)
    income_class = np.digitize(package.about["GDPc_data"], CLASSES)
    _agree(np.average(sixth, weights=weight), expected["world"], 1e-9, "world")
    for position, name in enumerate(("LIC", "LMIC", "UMIC", "HIC")):
        members = income_class == position
        response = np.average(sixth[members], weights=weight[members])
        _agree(response, expected[name], 1e-9, name)


def test_published_inequality(
    published: Path, package: Package, at_settled_wages: NoMigration
) -> None:
    expected = _published(published)["published_aggregates"]
    tax_now, tax_then = _taxes(package, at_settled_wages)
    labour = _labour(package.state)
    now = _theil(
        package.state.wage_native[0] * (1.0 - tax_now),
        labour[1] / labour.sum(axis=0),
        package.residents,
    )
    without = _theil(
        at_settled_wages.state.wage_native[0] * (1.0 - tax_then),
        at_settled_wages.share,
        package.residents,
    )
    _agree(now, expected["theil_observed"], 1e-9, "now")
    _agree(without, expected["theil_no_migration_obs_pop"], 1e-9, "without migration")


def _published(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "ier_case.json").read_text(encoding="utf-8"))


# --- openings computed once on the same data ----------------------------------------------------


def test_ten_per_cent_opening(published: Path, package: Package) -> None:
    """(1-c) x 1.10 on every corridor, c floored at 0, schooling fixed, wages settle.

    The reference stopped when labour moved by 6e-6 persons in all of the world, so it holds far
    beyond 1e-8.
    """
    targets = _table(published / "own_opening10_world_ge.csv", package)
    summary = _published(published)["own_opening10"]
    natives = package.structure.natives
    opened = _log_wedge(_cost(1.1 * (1.0 - package.cost)))
    state = package.settle(natives, opened, "people", "wages")
    low, high = _labour(state)
    ours = {
        "labour_high": high,
        "labour_low": low,
        "wage_high": state.wage_native[0, 1],
        "wage_low": state.wage_native[0, 0],
        "skill_share_natives": natives[1] / natives.sum(axis=0),
    }
    for name, values in ours.items():
        _agree(values, targets[name], 1e-8, name)
    migrants = state.migrants[0].sum(axis=(1, 2, 3))
    _agree(_world_output(package, state), summary["world_output_hat"], 1e-8, "world output")
    _agree(migrants, [summary["migrants_low"], summary["migrants_high"]], 1e-8, "migrants")


def test_legal_share_table(published: Path, package: Package) -> None:
    """1-c -> (1-c)^(1-v): the share v of every log wedge is law and goes, schooling fixed."""
    table = json.loads((published / "own_legal_share.json").read_text(encoding="utf-8"))
    natives = package.structure.natives
    empty = package.rules.empty
    assert [row["legal_share"] for row in table["rows"]] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0]
    for row in table["rows"]:
        share = row["legal_share"]
        kept = np.where(empty, 0.0, (1.0 - package.cost) ** (1.0 - share))
        state = package.settle(natives, _log_wedge(_cost(kept)), "people", "wages")
        migrants = state.migrants[0].sum(axis=(1, 2, 3))
        rate = migrants / natives.sum(axis=1)
        ours = {
            "world_output_gain": _world_output(package, state) - 1.0,
            "migrants_million": migrants.sum() / 1e6,
            "emigration_rate_high": rate[1],
            "emigration_rate_low": rate[0],
        }
        for name, value in ours.items():
            _agree(value, row[name], 1e-6, f"{name} at legal share {share}")


def _world_output(package: Package, state: State) -> float:
    return float(state.output.sum() / package.state.output.sum())
