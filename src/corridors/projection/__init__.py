"""Year by year: what people do from year to year, and where that leads.

Two modes (docs/mathematics.md, section 10). `project` is the real world from a mid-year on: births,
deaths, departures, returns, removals and changes of status at yearly rates (mode A), or, with
foresight, departures and returns of people who look ahead, in ratios to that projection (mode B).
`foresee` and `foresee_changes` are mode B on any world, from where every place can be reached from
every other.
"""

from corridors.projection.foresight import Foresight, foresee, foresee_changes
from corridors.projection.intervals import DrawnPolicy, project_draws
from corridors.projection.policies import Assumed
from corridors.projection.project import Projection, project

__all__ = [
    "Assumed",
    "DrawnPolicy",
    "Foresight",
    "Projection",
    "foresee",
    "foresee_changes",
    "project",
    "project_draws",
]
