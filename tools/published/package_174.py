"""The published package of 174 countries, run again from ../shared by the tests' own code."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any

import numpy as np

from published.models import READ, Row, apart
from published.pages import REPOSITORY, SHARED, change, persons

__all__ = ["PACKAGE"]

PUBLISHED = SHARED / "reference" / "equilibrium" / "published"


def _reproduction() -> ModuleType:
    """tests/known/test_published.py, which holds the package to nine digits."""
    path = REPOSITORY / "tests" / "known" / "test_published.py"
    spec = importlib.util.spec_from_file_location("reproduction", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look their module up there.
    sys.modules["reproduction"] = module
    spec.loader.exec_module(module)
    return module


def _package(tests: ModuleType) -> Any:
    about, labels = tests._columns(PUBLISHED / "Location_charac_IER.csv", "isoo")
    movers, _ = tests._columns(PUBLISHED / "Movers_IER.csv", "isoo", "isod")
    number = len(labels)
    counted = np.stack([movers[name].reshape(number, number) for name in ("Nijl", "Nijh")])
    wage = np.stack([about["wL_data"], about["wH_data"]])[None]
    return tests._package(tuple(label for (label,) in labels), about, counted, wage)


def reproduced() -> Row:
    tests = _reproduction()
    package = _package(tests)
    stay = tests._no_migration(package, "people")
    _, response = tests._income_response(package, stay)
    weight = stay.state.home[0].sum(axis=0)
    group = np.digitize(package.about["GDPc_data"], tests.CLASSES)
    total = float(np.average(response, weights=weight))
    means = [
        float(np.average(response[group == income], weights=weight[group == income]))
        for income in range(4)
    ]
    names = ("low", "lower middle", "upper middle", "high")
    listed = ", ".join(f"{name} {change(mean)}" for name, mean in zip(names, means, strict=True))
    return Row(
        "Cha'ngom, Deuster, Docquier, Machado 2025, on their data",
        "income with migration over without, pay fixed: world +3.54 %, low +6.72, lower middle "
        "+6.49, upper middle +1.50, high +2.43 %",
        READ,
        f"world {change(total)}, {listed}",
        f"{abs(total / 0.0353849841484348 - 1.0):.0e} of the figure",
        "their 174 countries, theta 0.7, sigma_S 2, no land, capital or remittances in the "
        "equilibrium; schooling and the arithmetic of channels, quirks included, in "
        "`tests/known/test_published.py`",
        "the same model: `corridors` supplies wedges, technology and equilibrium. The test holds "
        "every country, and the Theil indices 0.3603 and 0.3659, to nine digits.",
    )


def opened() -> Row:
    tests = _reproduction()
    package = _package(tests)
    natives, shares = package.structure.natives, {}
    for share in (0.15, 0.3):
        kept = np.where(package.rules.empty, 0.0, (1.0 - package.cost) ** (1.0 - share))
        state = package.settle(natives, tests._log_wedge(tests._cost(kept)), "people", "wages")
        gain = tests._world_output(package, state) - 1.0
        shares[share] = gain, persons(float(state.migrants.sum()))
    return Row(
        "Docquier, Machado, Sekkat 2015, on that package's data",
        "world output +11.5 to +12.5 %; about 400 m want to move",
        READ,
        "; ".join(
            f"v = {share:.2f}: {change(gain)}, {abroad} abroad"
            for share, (gain, abroad) in shares.items()
        ),
        "; ".join(
            f"v = {share:.2f}: {apart(gain, 0.115, 0.125)}" for share, (gain, _) in shares.items()
        ),
        "the same 174 countries, the share v of every log wedge removed, schooling fixed, pay "
        "settles",
        "output and people fit together at v = 0.30, one number for two; our prior's mean is half "
        "of that, so our headline is smaller than theirs.",
    )


PACKAGE = (reproduced, opened)
