"""Write `tests/known/cases/17_world_capital.json`: the known answer for world capital.

    python tools/make_world_capital_case.py

Four countries, two skills, natives and migrants imperfect substitutes, land, remittances, and a
world stock of capital K_W that moves until alpha Y / K stands as R xi in every country. R differs
between countries, so returns differ before any policy. The policy opens one corridor and raises
the required return of one country. Equations (1)-(12) of the model are written here in levels, on
their own: nothing of `corridors` is imported, because the case is what `corridors` is held to.
Solved by scipy's root, then by Newton steps on an exact (complex-step) Jacobian.

Axes as in the other cases: [birth][skill][destination][status], [country][skill]; persons in
thousands, incomes in currency a person and year.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root

OUTPUT = Path(__file__).resolve().parents[1] / "tests" / "known" / "cases" / "17_world_capital.json"
COUNTRIES = ["O1", "O2", "D1", "D2"]
LARGEST_RESIDUAL = 1e-13
TAU = [
    [[1.0, 60.0, 20.0, 35.0], [1.0, 40.0, 9.0, 16.0]],
    [[70.0, 1.0, 22.0, 20.0], [45.0, 1.0, 11.0, 10.0]],
    [[80.0, 75.0, 1.0, 28.0], [50.0, 45.0, 1.0, 14.0]],
    [[90.0, 60.0, 26.0, 1.0], [55.0, 40.0, 12.0, 1.0]],
]
#: Channels this case leaves alone.
OFF = {
    "unemployment": "none",
    "eta": 0.1,
    "omega": None,
    "eps_h": 0.0,
    "chi": 0.0,
    "lambda_B": 0.0,
    "nu": 0.0,
    "quota": None,
    "rationing": "fee",
    "choice": "logit",
    "rem_to": "stayers",
}
Array = NDArray[Any]  # real, or complex while the Jacobian is taken


def primitives() -> dict[str, Any]:
    """The world before the policy, in the keys of the case files."""
    return {
        "alpha": [0.33, 0.3, 0.35, 0.4],
        "gamma": [0.1, 0.08, 0.03, 0.05],
        "R": [1.6, 1.3, 1.0, 1.1],
        "sigma_S": 2.0,
        "sigma_N": 20.0,
        "phi": [[0.62, 0.38], [0.6, 0.4], [0.5, 0.5], [0.55, 0.45]],
        "phiM": [[0.4, 0.35], [0.4, 0.4], [0.45, 0.4], [0.5, 0.45]],
        "capital": "world",
        "kappa": 0.0,
        "xi": [1.0, 1.0, 1.0, 1.0],
        "K": [300.0, 400.0, 2500.0, 900.0],
        "q": [[[[q]] * 4 for q in (1.0, 0.9)]] * 4,
        "mu": [[0.0]] * 4,
        "tax": [0.0] * 4,
        "beta": [0.05],
        "eps_rho": 3.0,
        "rem_cost": [
            [0.0, 0.08, 0.09, 0.06],
            [0.09, 0.0, 0.07, 0.05],
            [0.04, 0.05, 0.0, 0.03],
            [0.06, 0.04, 0.03, 0.0],
        ],
        **OFF,
        "countries": COUNTRIES,
        "skills": ["low", "high"],
        "statuses": ["permanent"],
        "N": [[700.0, 60.0], [500.0, 90.0], [150.0, 120.0], [60.0, 50.0]],
        "A": [1.4, 2.2, 7.0, 6.0],
        "theta": [0.9, 1.2],
        "tau": _with_status(TAU),
    }


def policy(now: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The policy in words, and the primitives it changes."""
    tau = np.array(now["tau"])
    tau[COUNTRIES.index("O1"), :, COUNTRIES.index("D1")] *= 0.6
    words = {
        "type": "bundle",
        "parts": [
            {"type": "tau_hat", "corridor": ["O1", "D1"], "value": 0.6},
            {"type": "required_return_hat", "country": "O2", "value": 1.3},
        ],
    }
    return words, {"tau": tau.tolist(), "xi": [1.0, 1.3, 1.0, 1.0]}


def _with_status(nested: Any) -> Any:
    return np.array(nested)[..., None].tolist()


class World:
    """The equations in levels: b birthplace, s skill, i residence; one status."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.natives = np.array(given["N"])  # (b, s)
        self.efficiency = np.array(given["q"])[..., 0]  # (b, s, i)
        self.abroad = 1.0 - np.eye(len(COUNTRIES))[:, None, :]
        self.share_sent, self.value_of_sending = self._sending()
        self.required = np.array(given["R"]) * np.array(given["xi"])
        self.world_capital = float(np.sum(given["K"]))

    def _sending(self) -> tuple[Array, Array]:
        """Rho and B (b, i) of equation (6)."""
        beta, power = self.given["beta"][0], self.given["eps_rho"] - 1.0
        kept = beta * (1.0 - np.array(self.given["rem_cost"])) ** power
        total = 1.0 - beta + kept
        return kept / total, total ** (1.0 / power)

    def production(self, native: Array, migrant: Array, capital: Array) -> tuple[Array, ...]:
        """Y (i,) and wages of natives and migrants (i, s), equations (8)-(10)."""
        alpha, gamma = np.array(self.given["alpha"]), np.array(self.given["gamma"])
        phi, f = np.array(self.given["phi"]), np.array(self.given["phiM"])
        r, r_skill = 1.0 - 1.0 / self.given["sigma_N"], 1.0 - 1.0 / self.given["sigma_S"]
        skilled = ((1.0 - f) * native**r + f * migrant**r) ** (1.0 / r)
        labour = (phi * skilled**r_skill).sum(axis=1) ** (1.0 / r_skill)
        output = np.array(self.given["A"]) * capital**alpha * labour ** (1.0 - alpha - gamma)
        payroll = ((1.0 - alpha - gamma) * output / labour)[:, None]
        of_skill = payroll * phi * (labour[:, None] / skilled) ** (1.0 - r_skill)
        return (
            output,
            of_skill * (1.0 - f) * (skilled / native) ** (1.0 - r),
            of_skill * f * (skilled / migrant) ** (1.0 - r),
        )

    def choice(self, at_home: Array, income: Array) -> tuple[Array, Array, Array]:
        """People at home (b, s) and abroad (b, s, i), and D (b, s); equations (1), (2)."""
        theta = np.array(self.given["theta"])
        tau = np.array(self.given["tau"])[..., 0]
        value = income * self.value_of_sending[:, None, :] / tau
        leave = self.abroad * value ** theta[:, None]
        stay = at_home**theta
        total = stay + leave.sum(axis=2)
        return (
            self.natives * stay / total,
            self.natives[..., None] * leave / total[..., None],
            total,
        )

    def unknowns(self, x: Array) -> tuple[Array, Array, Array, Array, Array]:
        """LN, LM (i, s), T, K (i,) and the world's return from the vector of their logs."""
        n = len(COUNTRIES)
        level = np.exp(x)
        native, migrant = level[: 2 * n].reshape(n, 2), level[2 * n : 4 * n].reshape(n, 2)
        return native, migrant, level[4 * n : 5 * n], level[5 * n : 6 * n], level[6 * n]

    def solution(self, x: Array) -> dict[str, Array]:
        """Everything that follows from the unknowns."""
        native, migrant, transfers, capital, _ = self.unknowns(x)
        output, wage_native, wage_migrant = self.production(native, migrant, capital)
        income = wage_migrant.T[None] * self.efficiency
        at_home = wage_native + transfers[:, None]
        home, stock, total = self.choice(at_home, income)
        sent = (income * stock).sum(axis=1) * self.share_sent
        received = (sent * (1.0 - np.array(self.given["rem_cost"]))).sum(axis=1)
        return {
            "home": home,
            "stock": stock,
            "wage_native": wage_native,
            "wage_migrant": wage_migrant,
            "output": output,
            "capital": capital,
            "rental": np.array(self.given["alpha"]) * output / capital,
            "income": income,
            "at_home": at_home,
            "sent": sent,
            "received": received,
            "log_welfare": np.log(total) / np.array(self.given["theta"]),
        }

    def residual(self, x: Array) -> Array:
        """Logs of both sides of every condition, one minus the other; 0 at an equilibrium."""
        native, migrant, transfers, capital, world_return = self.unknowns(x)
        solved = self.solution(x)
        arrived = (solved["stock"] * self.efficiency).sum(axis=0).T
        sides = [
            (solved["home"] / native).ravel(),
            (arrived / migrant).ravel(),
            solved["received"] / solved["home"].sum(axis=1) / transfers,
            solved["rental"] / (world_return * self.required),
            np.array([capital.sum() / self.world_capital]),
        ]
        return np.log(np.concatenate(sides))

    def solve(self, spread: float = 0.0) -> tuple[Array, float]:
        """The unknowns at the equilibrium and the residual left; `spread` moves the start."""
        labour = [np.log(0.8 * self.natives).ravel(), np.log(0.1 * self.natives).ravel()]
        capital = np.log(self.given["K"])
        start = np.concatenate([*labour, np.log(np.full(4, 0.1)), capital, [np.log(0.3)]])
        start = start + spread * np.cos(np.arange(len(start)))
        x: Array = root(self.residual, start, tol=1e-12).x
        for _ in range(5):
            x = x - np.linalg.solve(self._jacobian(x), self.residual(x))
        return x, float(np.abs(self.residual(x)).max())

    def _jacobian(self, x: Array) -> Array:
        step = 1e-30
        columns = [self.residual(x + 1j * step * column).imag / step for column in np.eye(len(x))]
        return np.stack(columns, axis=1)


def block(world: World) -> dict[str, Any]:
    """One equilibrium in the keys of the case files."""
    x, residual = world.solve()
    if not residual <= LARGEST_RESIDUAL:
        raise SystemExit(f"the equilibrium leaves a residual of {residual:.1e}")
    solved = world.solution(x)
    nobody = np.zeros_like(solved["home"])
    return {
        "stock": _with_status(solved["stock"]),
        "home": solved["home"].tolist(),
        "wage_native": solved["wage_native"].tolist(),
        "mp_migrant": solved["wage_migrant"].tolist(),
        "gdp": solved["output"].tolist(),
        "capital": solved["capital"].tolist(),
        "rental": solved["rental"].tolist(),
        "tfp": world.given["A"],
        "unemployment": nobody.tolist(),
        "income_migrant": _with_status(solved["income"]),
        "home_consumption": solved["at_home"].tolist(),
        "remittances_sent": solved["sent"].tolist(),
        "remittances_received": solved["received"].tolist(),
        "remit_share": _with_status(np.repeat(world.share_sent[:, None, :], 2, axis=1)),
        "log_welfare": solved["log_welfare"].tolist(),
        "quota_multiplier": [],
        "rents": nobody[:, 0].tolist(),
        "identities": _identities(world, solved),
        "solver_residual": residual,
    }


def _identities(world: World, solved: dict[str, Array]) -> dict[str, float]:
    """Largest gap of each identity, in the case's units."""
    persons = solved["home"] + solved["stock"].sum(axis=2)
    labour = (solved["stock"] * world.efficiency).sum(axis=0).T
    wages = (solved["wage_native"] * solved["home"] + solved["wage_migrant"] * labour).sum(axis=1)
    other = solved["output"] * (np.array(world.given["alpha"]) + np.array(world.given["gamma"]))
    cost = (solved["sent"] * np.array(world.given["rem_cost"])).sum(axis=1)
    gaps = {
        "people": persons - world.natives,
        "gdp_factor": wages + other - solved["output"],
        "remittance": solved["sent"].sum(axis=1) - solved["received"] - cost,
    }
    return {name: float(np.abs(gap).max()) for name, gap in gaps.items()}


def derived(after: World, baseline: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    """What changed, and how far apart two starts of the solver end."""
    gdp_now, gdp_then = np.array(baseline["gdp"]), np.array(then["gdp"])
    welfare = np.array(then["log_welfare"]) - np.array(baseline["log_welfare"])
    second, _ = after.solve(spread=0.4)
    return {
        "gdp_hat": (gdp_then / gdp_now).tolist(),
        "world_gdp_hat": float(gdp_then.sum() / gdp_now.sum()),
        "welfare_hat": np.exp(welfare).tolist(),
        "migrants_baseline": float(np.sum(baseline["stock"])),
        "migrants_counterfactual": float(np.sum(then["stock"])),
        "second_start_gdp_gap": float(np.abs(after.solution(second)["output"] - gdp_then).max()),
    }


def main() -> None:
    now = primitives()
    words, changed = policy(now)
    after = World({**now, **changed})
    baseline, counterfactual = block(World(now)), block(after)
    case = {
        "id": "17_world_capital",
        "title": "world capital with returns in the ratios R xi, imperfect substitutes, land and"
        " remittances; O1->D1 opened, required return of O2 up 30%",
        "units": "persons in thousands, incomes in arbitrary currency units per person-year,"
        " GDP in currency x thousand persons",
        "axes": {
            "stock": "[birth][skill][destination][status]",
            "income_migrant": "[birth][skill][destination][status]",
            "home": "[birth][skill]",
            "wage_native": "[country][skill]",
            "remittances_sent": "[birth][destination]",
        },
        "primitives": now,
        "policy": words,
        "counterfactual_primitives": changed,
        "baseline": baseline,
        "counterfactual": counterfactual,
        "derived": derived(after, baseline, counterfactual),
        "tolerance": {
            "relative": 1e-08,
            "note": "levels solved to |residual| as recorded; in closure world K only gives its"
            " sum K_W, and xi multiplies the required return R",
        },
    }
    OUTPUT.write_text(json.dumps(case, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
