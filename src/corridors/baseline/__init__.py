"""From figures to a calibrated world: by default people of mid-2024, economy of 2023.

Two steps. `observe` gathers what no parameter touches - people by birthplace, residence and
skill, output, labour shares, remittances - and `build` makes the same of a user's own tables.
`calibrate` adds the parameters.
"""

from corridors.baseline.build import ECONOMY_COLUMNS, build
from corridors.baseline.calibrate import CHANNELS, calibrate
from corridors.baseline.checks import ages, by_year, inversion_error
from corridors.baseline.folders import find, load, save
from corridors.baseline.observed import Observed, observe
from corridors.baseline.years import DEFAULT_WORLD, WorldYears

__all__ = [
    "CHANNELS",
    "DEFAULT_WORLD",
    "ECONOMY_COLUMNS",
    "Observed",
    "WorldYears",
    "ages",
    "build",
    "by_year",
    "calibrate",
    "find",
    "inversion_error",
    "load",
    "observe",
    "save",
]
