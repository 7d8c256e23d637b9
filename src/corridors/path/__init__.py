"""Year by year: what people do from year to year, and where that leads.

Two modes (MODEL section 9). `project` is mode A on the real world: births, deaths, departures,
returns, removals and changes of status at yearly rates, from mid-2020 on. `foresee` and
`foresee_changes` are mode B: people who look ahead, with pay that answers to where they go, in
levels and in ratios to a known path.
"""

from corridors.path.ahead import Foresight, foresee, foresee_changes
from corridors.path.assumed import Assumed
from corridors.path.yearly import Path, project

__all__ = ["Assumed", "Foresight", "Path", "foresee", "foresee_changes", "project"]
