"""How open borders answer to what nobody knows: the legal share, capital, land, theta.

python tools/openness_table.py            prints the table
python tools/openness_table.py --write    and writes docs/openness.md
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy import optimize

from corridors import baseline, parameters
from corridors.borders.levers import OpenBorder
from corridors.capital.supply import Closure
from corridors.equilibrium import solve
from corridors.equilibrium.measures import measure
from corridors.rules import Policy
from corridors.world import World

SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
PAGE = Path(__file__).resolve().parent.parent / "docs" / "openness.md"
HEAD = """# Openness

World output, in per cent, and adults living abroad, in millions, when the share *v* of every log
wedge is removed: central parameters, long run, capital fixed and mobile. Written by
`python tools/openness_table.py --write`. Rows above 0.5 are outside the data.

| variant | v | output, fixed | output, mobile | abroad, fixed | abroad, mobile |
|---|---|---|---|---|---|
"""


def worlds() -> dict[str, World]:
    """The central world and its structural variants."""
    observed, centre = baseline.observe(), parameters.central()

    def with_(**changed: float) -> dict[str, np.ndarray]:
        return {**centre, **{name: np.array([value]) for name, value in changed.items()}}

    return {
        "central": baseline.calibrate(observed, centre),
        "gamma = 0 (land's share to capital)": baseline.calibrate(observed, centre, land=False),
        "theta 0.7": baseline.calibrate(observed, with_(theta=0.7)),
        "theta 2": baseline.calibrate(observed, with_(theta=2.0)),
        "natives and migrants perfect substitutes": baseline.calibrate(
            observed, with_(inverse_native_substitution=0.0)
        ),
        "four legal statuses": baseline.calibrate(
            observed, centre, shares=observed.status_shares[None]
        ),
        "unemployment by wage curve": baseline.calibrate(
            observed, centre, channels=("unemployment",)
        ),
        "congestion": baseline.calibrate(observed, centre, channels=("congestion",)),
        "imported institutions": baseline.calibrate(observed, centre, channels=("institutions",)),
        "migrants' quality by origin": baseline.calibrate(
            observed, centre, channels=("origin_quality",)
        ),
        "ability selection": baseline.calibrate(observed, centre, channels=("ability",)),
    }


def row(name: str, world: World, share: float) -> str:
    cells = []
    for capital in ("fixed", "mobile"):
        closed = world.with_closure(capital)
        rules, _ = Policy("open", (OpenBorder(share),)).apply(closed.rules)
        settled = solve.require(solve.settle(closed.structure, closed.state, closed.rules, rules))
        measured = measure(closed, settled.state)
        cells.append((100.0 * measured["output"][0], measured["people"][0] / 1e6))
    outside = " (outside the data)" if share > 0.5 else ""
    (fixed, fixed_people), (mobile, mobile_people) = cells
    return (
        f"| {name} | {share:g}{outside} | {fixed:+.1f} | {mobile:+.1f} "
        f"| {fixed_people:,.0f} | {mobile_people:,.0f} |"
    )


def breaking_even() -> list[str]:
    """How much of their institutions people must bring along for the world to gain nothing."""
    observed, centre = baseline.observe(), parameters.central()

    def gain(weight: float, share: float, capital: Closure) -> float:
        parameters = {**centre, "institutions": np.array([weight])}
        world = baseline.calibrate(observed, parameters, capital, channels=("institutions",))
        rules, _ = Policy("open", (OpenBorder(share),)).apply(world.rules)
        settled = solve.require(solve.settle(world.structure, world.state, world.rules, rules))
        return float(measure(world, settled.state)["output"][0])

    breaks_even = {
        (share, capital): optimize.brentq(gain, 0.0, 0.5, args=(share, capital), xtol=1e-4)
        for share in (0.15, 0.3)
        for capital in ("fixed", "mobile")
    }
    values = ", ".join(
        f"{weight:.2f} at v = {share:g} with capital {capital}"
        for (share, capital), weight in breaks_even.items()
    )
    return [
        "The weight of origins' productivity at which the world gains nothing (break-even lamB;",
        f"0.2 above, no estimate exists): {values}.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    lines = []
    for name, world in worlds().items():
        for share in SHARES if name == "central" else (0.15, 0.3):
            lines.append(row(name, world, share))
            print(lines[-1], flush=True)
    lines += ["", *breaking_even()]
    print(*lines[-3:], sep="\n")
    if chosen.write:
        PAGE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
