"""The real world, gathered and calibrated once for all laws."""

from __future__ import annotations

import pytest

from corridors import baseline, parameters
from corridors.baseline import Observed
from corridors.world import World


@pytest.fixture(scope="session")
def observed() -> Observed:
    """What the figures say, before any parameter."""
    return baseline.observe(2020)


@pytest.fixture(scope="session")
def real(observed: Observed) -> World:
    """The world at the parameters' values."""
    return baseline.calibrate(observed, parameters.central())
