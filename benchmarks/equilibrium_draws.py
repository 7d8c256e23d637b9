"""Draws of one policy under mobile capital, for the jobs of `benchmarks/against.py`.

World 2020, the old build's channels, errors of the figures off. The new build also tells welfare,
fees, inequality and today of every draw, and calibrates who sends what from where: by default, and
not at all where `senders` is False, as the old build did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

DRAWS, COMPARED = 200, 10
LEGAL_SHARE, TOLERANCE = 0.3, 1e-8


def prepare(build: str, *, statuses: bool, senders: bool = True) -> Callable[[], int]:
    """What solves `DRAWS` draws and measures them."""
    return _old(statuses) if build == "old" else _new(statuses, senders)


def _old(statuses: bool) -> Callable[[], int]:
    from corridors import baseline, ensemble
    from corridors.borders.levers import OpenBorder
    from corridors.equilibrium import solve
    from corridors.equilibrium.measures import measure
    from corridors.rules import Policy

    observed = baseline.observe()
    draw: Any = vars(ensemble)["draw"]  # where an older build has it
    drawn = draw(DRAWS, ensemble.streams(1))
    policy = Policy("open", (OpenBorder(LEGAL_SHARE),))
    shares = observed.status_shares[None] if statuses else None

    def work() -> int:
        good = 0
        for part in ensemble.batches(drawn):
            world = baseline.calibrate(observed, part, "mobile", shares=shares)
            rules = policy.apply(world.rules)[0]
            about = (world.structure, world.state, world.rules, rules)
            settled = solve.settle(*about, tolerance=TOLERANCE)
            measure(world, settled.state)
            good += int(np.sum(settled.point.converged(TOLERANCE)))
        return good

    return work


def _asked(
    statuses: bool, draws: int, senders: bool = True
) -> tuple[Any, Any, dict[str, np.ndarray]]:
    """The study, its figures and its draws."""
    from corridors import ensemble, parameters
    from corridors.study import files

    content = {
        "title": "open",
        "question": "?",
        "world": 2020,
        "capital": ["mobile"],
        "statuses": statuses,
        "policy": [{"name": "open", "levers": [{"open_border": {"legal_share": LEGAL_SHARE}}]}],
    }
    study = files.check("open", content)
    drawn = parameters.draw(draws, ensemble.streams(1), study.parameters())
    observed = study.observed()
    if not senders:
        observed = replace(observed, remitted_from=np.full(len(observed.areas), np.nan))
    return study, observed, drawn


def _each(drawn: dict[str, np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    for row in range(len(drawn["theta"])):
        yield {name: values[row : row + 1] for name, values in drawn.items()}


def _new(statuses: bool, senders: bool) -> Callable[[], int]:
    from corridors.study import swift_draws

    study, observed, drawn = _asked(statuses, DRAWS, senders)
    shares = observed.status_shares[None] if statuses else None
    swift = swift_draws.prepared(observed, study.policies, study.file)
    assert swift is not None

    def work() -> int:
        told = [swift.cases(observed, mine, shares) for mine in _each(drawn)]
        return sum(cases is not None for cases in told)

    return work


def with_errors(*, statuses: bool) -> Iterator[tuple[str, Callable[[], int]]]:
    """The same draws, each with figures of its own, as studies have them."""
    from corridors.study import draws, swift_draws

    study, observed, drawn = _asked(statuses, DRAWS)
    swift = swift_draws.prepared(observed, study.policies, study.file)
    assert swift is not None
    luck = draws.Luck(1)

    def work() -> int:
        solved = 0
        for number, mine in enumerate(_each(drawn)):
            shares = luck.shares(observed, number) if statuses else None
            told = swift.cases(luck.figures(observed, number), mine, shares)
            solved += told is not None
        return solved

    yield "with errors of the figures", work


def difference(*, statuses: bool, senders: bool = True) -> Iterator[tuple[str, float]]:
    """Largest relative difference from the general path, of shares and of amounts."""
    from corridors.study import draws, swift_draws

    study, observed, drawn = _asked(statuses, COMPARED, senders)
    shares = observed.status_shares[None] if statuses else None
    swift = swift_draws.prepared(observed, study.policies, study.file)
    assert swift is not None
    worst = {"a share": 0.0, "an amount": 0.0}
    for mine in _each(drawn):
        world = draws.calibrate(study.file, observed, mine, shares)
        general = draws.in_world(world, study.policies, study.file)[0]
        fast = swift.cases(observed, mine, shares)
        assert fast is not None
        for name, value in general.after.items():
            amount = abs(value) > 1.0
            gap = abs(fast[0].after[name] - value) / (abs(value) if amount else 1.0)
            what = "an amount" if amount else "a share"
            worst[what] = max(worst[what], gap)
    yield from worst.items()
