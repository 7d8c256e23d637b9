"""Estimates on the tables for claims of cause: declared once, run with pyfixest, kept as recorded.

pyfixest comes with the extra `gravity`. Without it an estimate is shown as it was recorded with the
shipped tables, and says so: an estimate is never made up.
"""

from __future__ import annotations

import functools
import warnings
from dataclasses import dataclass
from pathlib import Path

from corridors.claims.recorded import recorded_estimates
from corridors.data import store
from corridors.errors import InputError, Problem, nearest

__all__ = ["PANELS", "Estimate", "Panel", "estimate"]

#: Of a 95 per cent interval, by the normal law.
Z = 1.959964


@dataclass(frozen=True)
class Panel:
    """A regression: rows by SQL, a formula of pyfixest, the coefficient asked for.

    Clusters of the standard error are `cluster`, a column; "hetero" is robust without clusters.
    """

    query: str
    formula: str
    coefficient: str
    cluster: str
    tables: str
    says: str


@dataclass(frozen=True)
class Estimate:
    """A coefficient with its 95 per cent interval."""

    value: float
    lower: float
    upper: float
    observations: int
    years: str
    tables: str
    note: str


#: Growth of remittances on growth of output by area; year effects take out prices and dollars.
_CYCLE = """
WITH output AS (
    SELECT e.area, e.year, ln(e.value * p.population) AS y
    FROM economy e JOIN population p USING (area, year)
    WHERE e.variable = 'output_per_head_ppp'),
money AS (
    SELECT area, year, ln(value) AS r FROM economy
    WHERE variable = 'remittances_received_usd' AND value > 0),
step AS (
    SELECT m.area, m.year, m.r - b.r AS growth_of_remittances, o.y - c.y AS growth_of_output
    FROM money m JOIN money b ON b.area = m.area AND b.year = m.year - 1
    JOIN output o ON o.area = m.area AND o.year = m.year
    JOIN output c ON c.area = m.area AND c.year = m.year - 1)
SELECT step.* FROM step JOIN areas USING (area)
WHERE income_group IN ('Low income', 'Lower middle income', 'Upper middle income')
  AND abs(growth_of_remittances) < 1 AND abs(growth_of_output) < 0.5
  AND year <= 2019
ORDER BY area, year"""

#: Dollars sent per immigrant adult of all ages, by residence, on the share tied to an employer.
_TIED = """
WITH stock AS (
    SELECT residence, birthplace, sum(persons) AS persons FROM stocks_2020
    WHERE year = 2020 GROUP BY ALL),
tied AS (
    SELECT stock.residence AS area, sum(persons) AS immigrants,
           sum(persons * coalesce(share, 0)) / sum(persons) AS tied_share
    FROM stock LEFT JOIN status_shares s
      ON s.birthplace = stock.birthplace AND s.residence = stock.residence AND s.status = 'tied'
    GROUP BY ALL),
sent AS (
    SELECT area, avg(value) AS sent FROM economy
    WHERE variable = 'remittances_paid_usd' AND year BETWEEN 2017 AND 2019 AND value > 0
    GROUP BY area),
head AS (
    SELECT area, avg(value) AS per_head FROM economy
    WHERE variable = 'output_per_head_ppp' AND year BETWEEN 2017 AND 2019 GROUP BY area)
SELECT area, ln(sent / immigrants) AS log_sent, tied_share, ln(per_head) AS log_output
FROM tied JOIN sent USING (area) JOIN head USING (area)
WHERE immigrants > 100000 ORDER BY area"""

PANELS = {
    "remittances_and_growth": Panel(
        query=_CYCLE,
        formula="growth_of_remittances ~ growth_of_output | area + year",
        coefficient="growth_of_output",
        cluster="area",
        tables="economy, population, areas",
        says="remittances grow by so many points more where output at home grows by one point more",
    ),
    "remittances_and_tied_permits": Panel(
        query=_TIED,
        formula="log_sent ~ tied_share + log_output",
        coefficient="tied_share",
        cluster="hetero",
        tables="economy, stocks_2020, status_shares",
        says="log points of dollars sent per immigrant where all are tied rather than none",
    ),
}


def estimate(name: str, *, folder: Path = store.REFERENCE) -> Estimate:
    """The estimate of a panel, by the formula it declares, with pyfixest.

    The recorded one where pyfixest is not installed.

    Returns
    -------
    Estimate
        Coefficient and ends of its 95 per cent interval in the panel's unit, observations and
        years.

    Raises
    ------
    InputError
        There is no such panel.
    SourceError
        A table it is estimated on is missing or damaged.
    """
    if name not in PANELS:
        close = ", ".join(nearest(name, PANELS))
        what = f"there is no panel '{name}'"
        raise InputError(Problem("measure.panel", what, f"Did you mean {close}?"))
    try:
        import pyfixest  # noqa: F401
    except ImportError:
        return _as_recorded(name)
    return _fitted(name, folder)


def _as_recorded(name: str) -> Estimate:
    note = "as recorded: pip install 'corridors[gravity]' estimates it anew"
    return Estimate(**{**recorded_estimates()[name], "tables": PANELS[name].tables, "note": note})


@functools.lru_cache(maxsize=32)
def _fitted(name: str, folder: Path) -> Estimate:
    import pyfixest

    panel = PANELS[name]
    rows = store.sql(panel.query, folder=folder)
    cluster = panel.cluster if panel.cluster == "hetero" else {"CRV1": panel.cluster}
    with warnings.catch_warnings():
        # What pandas will drop and pyfixest still uses is for its authors to read.
        warnings.simplefilter("ignore", DeprecationWarning)
        fit = pyfixest.feols(panel.formula, data=rows, vcov=cluster)
    value = float(fit.coef()[panel.coefficient])
    error = float(fit.se()[panel.coefficient])
    years = f"{rows['year'].min()}-{rows['year'].max()}" if "year" in rows else "2017-2019"
    note = f"{panel.says}; {len(rows)} rows, {panel.formula}"
    ends = value - Z * error, value + Z * error
    return Estimate(value, *ends, len(rows), years, panel.tables, note)
