"""Every magnitude of a lever that no data tell, as a curve: prints the page `docs/assumed.md`.

    python tools/assumed_curves.py [--write]

Each assumed field takes five values around its default, the lever's other fields stay at theirs,
and the lever acts on every corridor or area that it acts on by default.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from published.pages import change, finish, options, persons, table

from corridors import baseline, parameters
from corridors.equilibrium import solve
from corridors.equilibrium.measures import measure
from corridors.parameters import Parameter
from corridors.rules import Lever, Policy, build, levers
from corridors.world import World

HEAD = """# Assumed magnitudes, as curves

Data size some levers; the magnitudes on this page are `assumed`, so a single answer would say more
than is known. The line at the default is in bold. World totals, four legal statuses, central
parameters, capital fixed, the lever acting wherever it acts by default; written by
`python tools/assumed_curves.py --write`. Any of them can be the `[curve]` of a study. Below them
stands every parameter of the package: a study sets and sweeps those (see [the model](model.md)).
"""
PARAMETERS = """# Every parameter

As `data/reference/parameters.toml` declares them: the value, what it may be set to, and what its
draws are of. One without a prior is never drawn. A channel in brackets must be on for the parameter
to be read.
"""
WHERE = {
    "equilibrium": "Where the world settles",
    "projection": "Year by year",
    "journeys": "Day by day on the road",
    "flows": "Flows from stocks",
}
#: Values, as multiples of the default's distance from where the lever does nothing.
AROUND = (0.25, 0.5, 1.0, 2.0, 4.0)
#: Fields that a lever cannot do without.
NEEDED = {"quota": {"share_of_today": 0.5, "status": "tied"}}


def main() -> None:
    asked = options(__doc__ or "").parse_args()
    observed = baseline.observe()
    world = baseline.calibrate(
        observed, parameters.central(), "fixed", shares=observed.status_shares[None]
    )
    parts = [HEAD]
    for name, lever in levers().items():
        for field in dataclasses.fields(lever):  # type: ignore[arg-type]
            if str(field.metadata.get("source", "")).startswith("assumed"):
                parts.append(section(name, lever, field, world))
    parts.append(PARAMETERS)
    parts += [registry(part) for part in parameters.PARTS]
    finish("assumed.md", "\n".join(parts), asked.write)


def registry(part: str) -> str:
    """Every parameter of a part."""
    head = ("Parameter", "What it is", "Value", "May be", "Prior", "Unit", "Kind", "Source")
    body = [
        (
            f"`{name}`"
            + (f" ({about.channel or about.closure})" * bool(about.channel + about.closure)),
            f"{about.title[:1].upper()}{about.title[1:]}",
            _value(about.value),
            _allowed(about),
            _prior(about.prior or {}),
            about.unit,
            about.kind,
            about.source,
        )
        for name, about in parameters.declared(part).items()
    ]
    return f"## {WHERE[part]}\n\n{table(head, body)}\n"


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value) if value != () else "none"


def _allowed(about: Parameter) -> str:
    if isinstance(about.value, bool):
        return "true or false"
    return " or ".join(about.choices) or f"{about.lower:g} to {about.upper:g}"


def _prior(prior: Mapping[str, Any]) -> str:
    numbers = ", ".join(f"{key} {value:g}" for key, value in prior.items() if key != "distribution")
    return f"{prior['distribution']}, {numbers}" if prior else ""


def section(name: str, lever: type[Lever], field: dataclasses.Field[Any], world: World) -> str:
    """The curve of one field."""
    about = field.metadata
    body = [row(name, field, value, world) for value in values(field)]
    head = (f"`{field.name}`", "World output", "Adults abroad", "Remittances received")
    return (
        f"## {lever.title}: `{name}.{field.name}`\n\n"
        f"{about['help'][:1].upper()}{about['help'][1:]}; {about['unit']}. "
        f"Source: {about['source']}.\n\n{table(head, body)}\n"
    )


def values(field: dataclasses.Field[Any]) -> list[float]:
    """Five values around the default inside the field's range."""
    lower, upper, default = (
        field.metadata["lower"],
        field.metadata["upper"],
        cast(float, field.default),
    )
    nothing = 1.0 if field.metadata["unit"].startswith("ratio") else max(lower, 0.0)
    if default == nothing:
        return [float(value) for value in np.linspace(lower, min(upper, 1.0), 5)]
    tried = [nothing + (default - nothing) * step for step in AROUND]
    return sorted({min(max(value, lower), upper) for value in tried})


def row(name: str, field: dataclasses.Field[Any], value: float, world: World) -> tuple[str, ...]:
    """The answer at one value; in bold at the default."""
    asked = {**NEEDED.get(name, {}), field.name: value}
    rules, _ = Policy(name, (build(name, asked),)).apply(world.rules)
    settled = solve.require(solve.settle(world.structure, world.state, world.rules, rules))
    measured = measure(world, settled.state)
    people = measured["people"][0] - world.state.migrants.sum()
    money = measured["remittances"][0] / world.state.received.sum() - 1.0
    cells = (
        f"{value:g}",
        change(float(measured["output"][0])),
        persons(float(people), signed=True),
        change(float(money)),
    )
    return tuple(f"**{cell}**" for cell in cells) if value == field.default else cells


if __name__ == "__main__":
    main()
