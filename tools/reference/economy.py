"""The long table of the economy: one row per area, year and variable."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

WORLD_BANK = "World Bank WDI"
RATIOS = "World Bank WDI, product of two ratios"
ILO_MODELLED = "World Bank WDI from ILO modelled estimates"
PENN = "Penn World Table 10.01"
ILO = "ILOSTAT 2022"

FIRST_YEAR = 1990
#: Money and output reach back to the first remittance series.
LONG_SERIES = ("output_usd", "remittances_received_usd")


class Variable(NamedTuple):
    """Where a variable comes from: file, its expression in SQL, source and kind."""

    file: str
    expression: str
    source: str
    kind: str


_PANEL = "economy/tidy/country_year.parquet"
_PWT = "economy/tidy/pwt1001.parquet"
_LABOUR = "economy/tidy/labour_ilo.parquet"
_PAID = "economy/tidy/remittances_paid.parquet"

VARIABLES = {
    "output_usd": Variable(_PANEL, "gdp_usd", WORLD_BANK, "reported"),
    "output_per_head_ppp": Variable(_PANEL, "gdp_pc_ppp", WORLD_BANK, "reported"),
    "output_per_employee_usd": Variable(_PANEL, "gdp_per_employee_usd", WORLD_BANK, "modelled"),
    "unemployment": Variable(_PANEL, "unemployment_pct / 100", ILO_MODELLED, "modelled"),
    "participation_15plus": Variable(_PANEL, "lfpr_15plus_pct / 100", ILO_MODELLED, "modelled"),
    "remittances_received_usd": Variable(_PANEL, "remit_received_usd", WORLD_BANK, "reported"),
    "exports_usd": Variable(_PANEL, "exports_usd", RATIOS, "modelled"),
    "external_debt_usd": Variable(_PANEL, "external_debt_usd", WORLD_BANK, "reported"),
    "debt_service_share": Variable(
        _PANEL, "debt_service_pct_exports / 100", WORLD_BANK, "reported"
    ),
    "reserves_usd": Variable(_PANEL, "reserves_usd", RATIOS, "modelled"),
    "fdi_inflow_usd": Variable(_PANEL, "fdi_inflow_usd", RATIOS, "modelled"),
    "remittances_paid_usd": Variable(_PAID, "remit_paid_usd", WORLD_BANK, "reported"),
    "output_pwt": Variable(_PWT, "cgdpo * 1e6", PENN, "reported"),
    "employment_pwt": Variable(_PWT, "emp * 1e6", PENN, "reported"),
    "capital_pwt": Variable(_PWT, "cn * 1e6", PENN, "modelled"),
    "human_capital_pwt": Variable(_PWT, "hc", PENN, "modelled"),
    "labour_share_pwt": Variable(_PWT, "labsh", PENN, "reported"),
    "depreciation_pwt": Variable(_PWT, "delta", PENN, "modelled"),
    "return_pwt": Variable(_PWT, "irr", PENN, "modelled"),
    "pwt_outlier": Variable(
        _PWT, "CASE i_outlier WHEN 'yes' THEN 1 WHEN 'no' THEN 0 END", PENN, "reported"
    ),
    "labour_share_ilo": Variable(_LABOUR, "labour_income_share_pct / 100", ILO, "modelled"),
    # Hyperinflation: the share falls to a tenth. Flagged, not removed.
    "labour_share_ilo_outlier": Variable(
        _LABOUR,
        "CASE WHEN labour_income_share_pct > 0 THEN (iso3 = 'VEN' AND year > 2014)::INT END",
        "manifest of the tidy table",
        "assumed",
    ),
    "employment_ilo": Variable(_LABOUR, "employment_thousand * 1e3", ILO, "modelled"),
    "union_density": Variable(_LABOUR, "union_density_pct / 100", ILO, "reported"),
    "bargaining_coverage": Variable(_LABOUR, "bargaining_coverage_pct / 100", ILO, "reported"),
}


def economy(shared: Path) -> str:
    """Every variable in one long table, plus the price level (output US$ over output PPP)."""
    parts = [_one(shared, name, variable) for name, variable in VARIABLES.items()]
    parts.append(_price_level(shared))
    return f"""
    SELECT area, year::SMALLINT AS year, variable, value::DOUBLE AS value, source, kind
    FROM ({" UNION ALL ".join(parts)})
    WHERE value IS NOT NULL AND NOT isnan(value) ORDER BY variable, area, year"""


def _one(shared: Path, name: str, variable: Variable) -> str:
    keep = "true" if name in LONG_SERIES else f"year >= {FIRST_YEAR}"
    if variable.file == _PANEL:
        keep += " AND NOT is_aggregate"
    return f"""
    SELECT iso3 AS area, year, '{name}' AS variable, ({variable.expression})::DOUBLE AS value,
           '{variable.source}' AS source, '{variable.kind}' AS kind
    FROM '{shared}/{variable.file}' WHERE {keep}"""


def _price_level(shared: Path) -> str:
    return f"""
    SELECT p.iso3, p.year, 'price_level',
           p.gdp_usd / (p.gdp_pc_ppp * w.population_mid), '{WORLD_BANK} and UN WPP 2024', 'modelled'
    FROM '{shared}/{_PANEL}' p
    JOIN '{shared}/population/wpp2024_accounts.parquet' w
      ON w.iso3 = p.iso3 AND w.year = p.year AND w.kind = 'country'
    WHERE NOT p.is_aggregate AND p.year >= {FIRST_YEAR}"""
