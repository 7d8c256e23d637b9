"""Read and run the known-answer cases of the equilibrium, each both ways.

A case file holds primitives, a policy, and two equilibria solved in levels elsewhere. `run_case`
solves the world (1) from its primitives and (2) from its baseline block alone, by changes, and
compares every recorded quantity at the case's own tolerance.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from corridors.equilibrium import levels, solve
from corridors.equilibrium.levels import Technology
from corridors.people.poverty import Poverty
from corridors.rules import Caps, Rules, build
from corridors.wages.spillovers import Spillovers
from corridors.world import State, Structure
from known.money_and_capital import (
    KNOWN as KNOWN_BESIDE,
)
from known.money_and_capital import (
    compare_accounts,
    compare_factors,
    compare_retained,
    xi_of_retained,
)

#: Keys of every block that are compared or used; any other fails the case.
KNOWN = {
    "case": {
        "id", "title", "units", "axes", "primitives", "policy", "counterfactual_primitives",
        "baseline", "counterfactual", "derived", "tolerance", "closed_form", "checks", "removed",
        "draws", "paired", "retained", "accounts", "remittance_fit",
    },
    "primitives": {
        "countries", "skills", "statuses", "N", "A", "theta", "tau", "alpha", "gamma", "R",
        "sigma_S", "sigma_N", "phi", "phiM", "capital", "kappa", "xi", "K", "q", "mu", "tax",
        "beta", "eps_rho", "rem_cost", "unemployment", "eta", "omega", "eps_h", "chi", "lambda_B",
        "nu", "quota", "rationing", "choice", "rem_to",
    },
    "quota": {"birth", "dest", "status", "skill", "limit"},
    "equilibrium": {
        "stock", "home", "wage_native", "mp_migrant", "gdp", "capital", "rental", "tfp",
        "unemployment", "income_migrant", "home_consumption", "remittances_sent",
        "remittances_received", "remit_share", "log_welfare", "quota_multiplier", "rents",
        "identities", "solver_residual",
    },
    "derived": {
        "gdp_hat", "world_gdp_hat", "welfare_hat", "migrants_baseline",
        "migrants_counterfactual", "second_start_gdp_gap", "migrants_by_status_hat",
    },
    "draw": {
        "primitives", "v", "counterfactual_primitives", "baseline", "counterfactual",
        "solver_residual", "checks",
    },
    "drawn equilibrium": {"gdp", "stock", "home", "log_welfare_change"},
    "paired": {
        "rule", "world_gdp_change", "migrants_change", "world_gdp_summary", "migrants_summary",
        "unpaired_wrong", "free_pair_wedge_change",
    },
    **KNOWN_BESIDE,
}  # fmt: skip
#: What some cases hold beside their equilibria.
BESIDE = {
    "retained": compare_retained,
    "accounts": compare_accounts,
    "remittance_fit": compare_factors,
}
#: Options of the model that the cases name and that have one value in them.
ONLY = {"choice": "logit", "rem_to": "stayers"}


def run_case(case: dict[str, Any]) -> None:
    """Solve `case` both ways and compare; AssertionError says what differs."""
    _refuse_unknown(case)
    primitives = case["primitives"]
    changed = {**primitives, **case["counterfactual_primitives"]}
    tolerance = case["tolerance"]["relative"]
    structure = _structure(primitives)
    for name, inputs in (("baseline", primitives), ("counterfactual", changed)):
        state = levels.settle(structure, _technology(inputs), _rules(inputs), _anchor(inputs))
        _compare(f"{name} from primitives", structure, state, case[name], inputs, tolerance)
    observed = _state(case["baseline"], primitives)
    before, after = _observed_rules(structure, observed, primitives, changed)
    settled = solve.require(
        solve.settle(structure, observed, before, after, tolerance=1e-13), 1e-13
    )
    expected = case["counterfactual"]
    _compare("by changes", structure, settled.state, expected, changed, tolerance)
    _compare_derived(case["derived"], observed, settled.state, tolerance)
    if "removed" in case:
        _compare_removed(case, observed, settled.state, tolerance)
    if "free_movement" in case["policy"]:
        _compare_opened(case["policy"], before, after)
    if "draws" in case:
        _compare_draws(case, tolerance)
    for key, compare in BESIDE.items():
        if key in case:
            compare(case)


def _refuse_unknown(case: dict[str, Any]) -> None:
    """Fail where a case says what nothing here would compare."""
    blocks = [
        ("case", case), ("primitives", case["primitives"]),
        ("primitives", case["counterfactual_primitives"]),
        ("equilibrium", case["baseline"]), ("equilibrium", case["counterfactual"]),
        ("derived", case["derived"]), ("paired", case.get("paired", {})),
    ]  # fmt: skip
    for inputs in (case["primitives"], case["counterfactual_primitives"]):
        blocks += [("quota", cap) for cap in inputs.get("quota") or ()]
    for drawn in case.get("draws", ()):
        blocks += [("draw", drawn)]
        blocks += [("primitives", drawn[key]) for key in drawn if key.endswith("primitives")]
        blocks += [("drawn equilibrium", drawn[key]) for key in ("baseline", "counterfactual")]
    accounts = case.get("accounts", {})
    blocks += [("accounts", accounts), ("remittance_fit", case.get("remittance_fit", {}))]
    blocks += [
        ("account side", accounts[side]) for side in ("baseline", "counterfactual") if accounts
    ]
    unknown = [(name, key) for name, block in blocks for key in block if key not in KNOWN[name]]
    assert not unknown, f"nothing compares {unknown}"
    wrong = {key: case["primitives"][key] for key in ONLY if case["primitives"][key] != ONLY[key]}
    assert not wrong, f"nothing solves {wrong}"


def _compare_derived(derived: dict[str, Any], now: State, then: State, tolerance: float) -> None:
    by_status = (0, 1, 2, 3)
    values = {
        "gdp_hat": (then.output / now.output)[0],
        "world_gdp_hat": then.output.sum() / now.output.sum(),
        "welfare_hat": np.exp(then.log_welfare - now.log_welfare)[0].T,
        "migrants_baseline": now.migrants.sum(),
        "migrants_counterfactual": then.migrants.sum(),
        "migrants_by_status_hat": then.migrants.sum(by_status) / now.migrants.sum(by_status),
        "second_start_gdp_gap": derived["second_start_gdp_gap"],
    }
    for name, expected in derived.items():
        np.testing.assert_allclose(values[name], expected, rtol=tolerance, err_msg=name)


def _compare_removed(case: dict[str, Any], now: State, then: State, tolerance: float) -> None:
    """Where those who no longer live in the destination without papers are instead."""
    inputs, gone = case["primitives"], now.migrants - then.migrants
    dest = inputs["countries"].index(case["policy"]["dest"])
    statuses = inputs["statuses"]
    status = statuses.index(case["policy"]["status"])
    lost = gone[..., dest, status].sum()
    here = {
        f"to_{name}_in_{case['policy']['dest']}": -gone[..., dest, k].sum()
        for k, name in enumerate(statuses)
        if k != status
    }
    home = np.delete(then.home - now.home, dest, axis=-1).sum()
    values = {
        f"{statuses[status]}_in_{case['policy']['dest']}": lost,
        **here,
        "home": home,
        "elsewhere": lost - home - sum(here.values()),
    }
    assert values.keys() == case["removed"].keys()
    for name, expected in case["removed"].items():
        np.testing.assert_allclose(
            values[name], expected, rtol=tolerance, atol=tolerance * lost, err_msg=name
        )


def _compare_opened(policy: dict[str, Any], before: Rules, after: Rules) -> None:
    """The lever itself against the wedges that the case says it leaves."""
    assert policy["type"] == "open_border"
    free = np.zeros((len(before.areas),) * 2)
    for first, second in policy["free_movement"]:
        ends = before.areas.index(first), before.areas.index(second)
        free[ends] = free[ends[::-1]] = 1.0
    opened, _ = build("open_border", {"legal_share": policy["v"]}).apply(
        before.with_(free=free, adults=before.adults)
    )
    there = ~before.empty
    np.testing.assert_allclose(
        opened.log_wedge[0][there], after.log_wedge[0][there], rtol=0.0, atol=1e-10
    )


def _compare_draws(case: dict[str, Any], tolerance: float) -> None:
    """Every draw by levels and by changes, then the paired changes (32)."""
    changes: dict[str, list[float]] = {"world_gdp": [], "migrants": []}
    for number, drawn in enumerate(case["draws"]):
        now = {**case["primitives"], **drawn["primitives"]}
        then = {**now, **drawn["counterfactual_primitives"]}
        structure = _structure(now)
        before, after = (
            levels.settle(structure, _technology(inputs), _rules(inputs), _anchor(inputs))
            for inputs in (now, then)
        )
        observed = replace(before, multiplier=_multiplier(before.multiplier))
        rules = _observed_rules(structure, observed, now, then)
        settled = solve.require(solve.settle(structure, observed, *rules, tolerance=1e-13), 1e-13)
        policy = {**case["policy"], "v": drawn["v"]}
        _compare_opened(policy, *rules)
        for where, state, block in (
            ("baseline", before, drawn["baseline"]),
            ("counterfactual", after, drawn["counterfactual"]),
            ("counterfactual by changes", settled.state, drawn["counterfactual"]),
        ):
            values = {
                "gdp": state.output[0],
                "home": state.home[0].T,
                "stock": state.migrants[0].transpose(1, 0, 2, 3),
                "log_welfare_change": (state.log_welfare - before.log_welfare)[0].T,
            }
            for name, expected in block.items():
                scale = np.abs(expected).max()
                np.testing.assert_allclose(
                    values[name], expected, rtol=tolerance, atol=tolerance * scale,
                    err_msg=f"draw {number}, {where}: {name}",
                )  # fmt: skip
        state = settled.state
        changes["world_gdp"].append(state.output.sum() / before.output.sum() - 1.0)
        changes["migrants"].append(state.migrants.sum() / before.migrants.sum() - 1.0)
    for name, change in changes.items():
        paired = case["paired"]
        np.testing.assert_allclose(change, paired[f"{name}_change"], rtol=0.0, atol=tolerance)
        for quantile, expected in paired[f"{name}_summary"].items():
            level = 0.5 if quantile == "median" else float(quantile[1:]) / 100.0
            value = np.quantile(change, level)
            np.testing.assert_allclose(value, expected, rtol=0.0, atol=tolerance)


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
        adults=np.array(primitives["N"], float).sum(axis=1),
        people=np.zeros((1, *wedge.shape)),
        output=np.ones((1, wedge.shape[1])),
        capital_share=np.array(primitives["alpha"], float)[None],
        theta=np.array(primitives["theta"], float)[None],
        legal_share=np.zeros(1),
        log_wedge=log_wedge[None],
        empty=np.isinf(log_wedge),
        markdown=np.array(primitives["mu"], float)[None],
        efficiency=np.array(primitives["q"], float).transpose(1, 0, 2, 3)[None],
        caps=_caps(primitives, wedge.shape),
        rationing=primitives["rationing"],
        fee=np.array(primitives["rem_cost"], float)[None],
        capital_retained=_retained(primitives),
        aid=np.zeros((1, wedge.shape[1])),
        free=np.zeros((wedge.shape[1],) * 2),
        unmet=np.ones(1),
        claims=np.zeros(wedge.shape[1:], dtype=int),
    )


def _caps(primitives: dict[str, Any], shape: tuple[int, ...]) -> Caps:
    """Caps in the order of the case, two on the same cells beside each other."""
    cells, numbers, limits = [], [], []
    for number, cap in enumerate(primitives["quota"] or ()):
        ends = (cap.get("skill"), cap.get("birth"), cap["dest"], cap["status"])
        chosen = np.zeros(shape, dtype=bool)
        chosen[tuple(slice(None) if end is None else end for end in ends)] = True
        chosen &= ~np.eye(shape[1], dtype=bool)[None, :, :, None]
        cell = np.flatnonzero(chosen)
        cells += cell.tolist()
        numbers += [number] * len(cell)
        limits.append(cap["limit"])
    return Caps(np.array(cells, int), np.array(numbers, int), np.array([limits], float))


def _retained(primitives: dict[str, Any]) -> np.ndarray:
    """The case's xi, whose meaning depends on the closure, as a share retained."""
    xi = np.array(primitives["xi"], float)[None]
    alpha = np.array(primitives["alpha"], float)[None]
    unit = np.full_like(alpha, np.e)
    power = np.log(xi_of_retained(primitives["capital"], unit, alpha, primitives["kappa"]))
    return xi ** (1.0 / power)


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
        multiplier=_multiplier(block["quota_multiplier"]),
    )


def _multiplier(values: Any) -> np.ndarray:
    """One row; null is a cap of nobody, whose multiplier has no end."""
    row = [np.inf if value is None else value for value in np.ravel(np.array(values, object))]
    return np.array([row], float)


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


def _compare(
    where: str,
    structure: Structure,
    state: State,
    block: dict[str, Any],
    inputs: dict[str, Any],
    tolerance: float,
) -> None:
    """Every figure of an equilibrium, and what follows from it."""
    expected = _state(block, inputs)
    rules = _rules(inputs)
    pairs = {
        name: (getattr(state, name), getattr(expected, name)) for name in State.__dataclass_fields__
    }
    there = np.array(block["stock"], float) > 0.0
    income = state.migrant_income(structure, rules.markdown)[0].transpose(1, 0, 2, 3)
    told = np.array(block["income_migrant"], float)
    zero = np.zeros(there.shape)
    pairs |= {
        "income_migrant": (income[there], told[there]),
        "rents": (state.rents(structure, rules.markdown).sum(axis=2)[0], block["rents"]),
        "rental": (_rental(structure, state), np.array(block["rental"], float)),
        "remit_share": (structure.share_sent(rules.fee)[0][:, None] + zero, block["remit_share"]),
    }
    for name, (value, right) in pairs.items():
        scale = np.abs(np.where(np.isfinite(right), right, 0.0)).max(initial=0.0)
        np.testing.assert_allclose(
            value, right, rtol=tolerance, atol=tolerance * scale, err_msg=f"{where}: {name}"
        )


def _rental(structure: Structure, state: State) -> np.ndarray:
    """What a unit of capital earns (i,); 0 where there is none."""
    owned = state.capital[0] > 0.0
    earned = structure.alpha[0] * state.output[0]
    return np.where(owned, earned / np.where(owned, state.capital[0], 1.0), 0.0)
