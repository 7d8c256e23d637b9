"""Read and run the known-answer cases of the equilibrium, each both ways.

A case file holds primitives, a policy, and two equilibria solved in levels elsewhere. `run_case`
solves the world (1) from its primitives and (2) from its baseline block alone, by changes, and
compares every recorded quantity at the case's own tolerance.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corridors.equilibrium import levels, solve
from corridors.equilibrium.levels import Technology
from corridors.people.poverty import Poverty
from corridors.rules import Rules
from corridors.wages.spillovers import Spillovers
from corridors.world import State, Structure


def run_case(case: dict[str, Any]) -> None:
    """Solve `case` both ways and compare; AssertionError says what differs."""
    primitives = case["primitives"]
    changed = {**primitives, **case["counterfactual_primitives"]}
    tolerance = case["tolerance"]["relative"]
    structure = _structure(primitives)
    for name, inputs in (("baseline", primitives), ("counterfactual", changed)):
        state = levels.settle(structure, _technology(inputs), _rules(inputs), _anchor(inputs))
        _compare(f"{name} from primitives", state, _state(case[name], inputs), tolerance)
    observed = _state(case["baseline"], primitives)
    before, after = _observed_rules(structure, observed, primitives, changed)
    settled = solve.require(
        solve.settle(structure, observed, before, after, tolerance=1e-13), 1e-13
    )
    _compare("by changes", settled.state, _state(case["counterfactual"], changed), tolerance)


def _structure(primitives: dict[str, Any]) -> Structure:
    """Case axes are [birth][skill][destination][status]; ours are skill, birth, destination."""
    beta = np.array(primitives["beta"], float)
    areas = len(primitives["countries"])
    sigma_n = primitives["sigma_N"]
    return Structure(
        natives=np.array(primitives["N"], float).T,
        theta=np.array(primitives["theta"], float)[None],
        nest=np.ones(1),
        ability=np.zeros(1),
        network=np.array([primitives["nu"]], float),
        poverty=Poverty.off(),
        inverse_skill=np.array([1.0 / primitives["sigma_S"]]),
        inverse_native=np.array([0.0 if sigma_n is None else 1.0 / sigma_n]),
        alpha=np.array(primitives["alpha"], float)[None],
        gamma=np.array(primitives["gamma"], float)[None],
        closure=primitives["capital"],
        kappa=np.array([primitives["kappa"]], float),
        spillovers=Spillovers(
            human_capital=np.array([primitives["eps_h"]], float),
            congestion=np.array([primitives["chi"]], float),
            institutions=np.array([primitives["lambda_B"]], float),
            variety=np.zeros(1),
            fiscal=np.zeros(1),
        ),
        wage_curve=primitives["unemployment"] == "wage_curve",
        eta=np.array([primitives["eta"]], float),
        psi=np.zeros(1),
        remittance_weight=np.broadcast_to(beta, (1, areas, areas, beta.shape[-1])),
        remittance_elasticity=np.full((1, areas), primitives["eps_rho"], float),
        participation=np.ones(areas),
        tax=np.array(primitives["tax"], float),
        price_level=np.ones(areas),
        other_income=np.zeros((1, areas)),
    )


def _technology(primitives: dict[str, Any]) -> Technology:
    perfect, omega = primitives["sigma_N"] is None, primitives["omega"]
    weight = np.array(primitives["phiM"], float).T[None]
    return Technology(
        log_tfp=np.log(np.array(primitives["A"], float))[None],
        skill_weight=np.array(primitives["phi"], float).T[None],
        migrant_weight=np.full_like(weight, 0.5) if perfect else weight,
        required_return=np.array(primitives["R"], float)[None],
        omega=np.ones_like(weight) if omega is None else np.array(omega, float).T[None],
    )


def _anchor(primitives: dict[str, Any]) -> np.ndarray:
    return np.array(primitives["K"], float)[None]


def _rules(primitives: dict[str, Any]) -> Rules:
    wedge = np.array(
        [[[[np.inf if k is None else k for k in i] for i in s] for s in b]
         for b in primitives["tau"]], float
    ).transpose(1, 0, 2, 3)  # fmt: skip
    diagonal = np.eye(wedge.shape[1], dtype=bool)[None, :, :, None]
    # The diagonal of tau is 1 in the files: staying is the home alternative, not a corridor.
    log_wedge = np.where(diagonal, np.inf, np.log(wedge))
    return Rules(
        areas=tuple(primitives["countries"]),
        skills=tuple(primitives["skills"]),
        statuses=tuple(primitives["statuses"]),
        adults=np.ones(wedge.shape[1]),
        stock=np.zeros((wedge.shape[1], wedge.shape[3])),
        output=np.ones((1, wedge.shape[1])),
        capital_share=np.array(primitives["alpha"], float)[None],
        theta=np.array(primitives["theta"], float)[None],
        legal_share=np.zeros(1),
        log_wedge=log_wedge[None],
        empty=np.isinf(log_wedge),
        markdown=np.array(primitives["mu"], float)[None],
        efficiency=np.array(primitives["q"], float).transpose(1, 0, 2, 3)[None],
        quota=_quota(primitives),
        rationing=primitives["rationing"],
        fee=np.array(primitives["rem_cost"], float)[None],
        capital_retained=_retained(primitives),
        aid=np.zeros((1, wedge.shape[1])),
    )


def _quota(primitives: dict[str, Any]) -> np.ndarray:
    quota = np.full((len(primitives["countries"]), len(primitives["statuses"])), np.inf)
    for cell in primitives["quota"] or ():
        quota[cell["dest"], cell["status"]] = cell["limit"]
    return quota


def _retained(primitives: dict[str, Any]) -> np.ndarray:
    """The case's xi, whose meaning depends on the closure, as a share retained."""
    xi = np.array(primitives["xi"], float)[None]
    alpha = np.array(primitives["alpha"], float)[None]
    powers = {
        "fixed": np.ones_like(alpha),
        "mobile": -1.0 / (1.0 - alpha),
        "world": -1.0 / (1.0 - alpha),
        "elastic": 1.0 / (1.0 + primitives["kappa"] * (1.0 - alpha)),
    }
    return xi ** powers[primitives["capital"]]


def _state(block: dict[str, Any], primitives: dict[str, Any]) -> State:
    areas = len(block["gdp"])
    return State(
        home=np.array(block["home"], float).T[None],
        migrants=np.array(block["stock"], float).transpose(1, 0, 2, 3)[None],
        home_quality=np.ones((1, len(primitives["skills"]), areas)),
        quality=np.array(primitives["q"], float).transpose(1, 0, 2, 3)[None],
        unemployment=np.array(block["unemployment"], float).T[None],
        wage_native=np.array(block["wage_native"], float).T[None],
        wage_migrant=np.array(block["mp_migrant"], float).T[None],
        output=np.array(block["gdp"], float)[None],
        capital=np.array(block["capital"], float)[None],
        tfp=np.array(block["tfp"], float)[None],
        aid=np.zeros((1, areas)),
        tax=np.array(primitives["tax"], float)[None],
        sent=np.array(block["remittances_sent"], float)[None],
        received=np.array(block["remittances_received"], float)[None],
        home_consumption=np.array(block["home_consumption"], float).T[None],
        log_welfare=np.array(block["log_welfare"], float).T[None],
    )


def _observed_rules(
    structure: Structure, observed: State, now: dict[str, Any], then: dict[str, Any]
) -> tuple[Rules, Rules]:
    """Rules inverted from the baseline block, and the same with the policy's changes on top."""
    before, after = _rules(now), _rules(then)
    _, log_wedge = levels.invert(structure, observed, before)
    empty = np.isinf(log_wedge[0])
    with np.errstate(invalid="ignore"):
        change = np.where(before.empty, 0.0, after.log_wedge - before.log_wedge)
    before = before.with_(log_wedge=log_wedge, empty=empty)
    return before, after.with_(log_wedge=log_wedge + change, empty=empty)


def _compare(where: str, state: State, expected: State, tolerance: float) -> None:
    for name in State.__dataclass_fields__:
        np.testing.assert_allclose(
            getattr(state, name),
            getattr(expected, name),
            rtol=tolerance,
            atol=tolerance * np.abs(getattr(expected, name)).max(),
            err_msg=f"{where}: {name}",
        )
