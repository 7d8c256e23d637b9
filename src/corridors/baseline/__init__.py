"""From figures to a calibrated world: by default people of mid-2024, economy of 2023.

Two steps. `observe` gathers what no parameter touches - people by birthplace, residence and
skill, output, labour shares, remittances. `calibrate` adds the parameters.
"""

from corridors.baseline.calibrate import CHANNELS, calibrate
from corridors.baseline.observed import Observed, observe
from corridors.baseline.years import DEFAULT_WORLD, WorldYears

__all__ = ["CHANNELS", "DEFAULT_WORLD", "Observed", "WorldYears", "calibrate", "observe"]
