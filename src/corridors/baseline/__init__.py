"""From figures to a calibrated world: people of mid-2020, economy of 2019.

Two steps. `observe` gathers what no parameter touches - people by birthplace, residence and
skill, output, labour shares, remittances. `calibrate` adds the parameters.
"""

from corridors.baseline.calibrate import CHANNELS, calibrate
from corridors.baseline.observed import ECONOMY_YEAR, PEOPLE_YEAR, Observed, observe

__all__ = ["CHANNELS", "ECONOMY_YEAR", "PEOPLE_YEAR", "Observed", "calibrate", "observe"]
