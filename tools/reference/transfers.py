"""What developing economies pay and receive across borders on debt, investment and remittances."""

from __future__ import annotations

from pathlib import Path

#: Interest is paid on the debt at the end of the year before. No table has it, so the rate is
#: assumed, as in `corridors.money.accounts` (r_w + spread), with the ends of its bracket.
RATE, LOW, HIGH = 0.05, 0.03, 0.07


def transfers(_tidy: Path, built: Path) -> str:
    """Interest, net lending, direct investment and remittances by year, and their running sums.

    net_transfer_usd = change of debt - interest + direct investment + remittances received - paid,
    where the first three are known; a running sum starts with the first such year.
    """
    variables = {
        "debt": "external_debt_usd",
        "fdi": "fdi_inflow_usd",
        "received": "remittances_received_usd",
        "paid": "remittances_paid_usd",
    }
    columns = ", ".join(
        f"max(value) FILTER (variable = '{variable}') AS {name}"
        for name, variable in variables.items()
    )
    return f"""
    WITH wide AS (
        SELECT area, year, {columns} FROM '{built}/economy.parquet' GROUP BY area, year),
    before AS (
        SELECT area, year + 1 AS year, debt AS debt_before FROM wide WHERE debt IS NOT NULL),
    flow AS (
        SELECT area, year, debt_before, {RATE} * debt_before AS interest,
               {LOW} * debt_before AS low, {HIGH} * debt_before AS high,
               debt - debt_before AS lending, fdi,
               received - coalesce(paid, 0) AS remittances
        FROM wide JOIN before USING (area, year)),
    counted AS (
        SELECT *, lending - interest + fdi + remittances AS net
        FROM flow)
    SELECT area, year::SMALLINT AS year, interest AS interest_usd, low AS interest_low_usd,
           high AS interest_high_usd, lending AS net_lending_usd, fdi AS direct_investment_usd,
           remittances AS net_remittances_usd, net AS net_transfer_usd,
           sum(interest) OVER past AS interest_cumulated_usd,
           CASE WHEN net IS NOT NULL THEN sum(net) OVER past END AS net_transfer_cumulated_usd,
           (count(net) OVER past)::SMALLINT AS years, 'assumed' AS kind
    FROM counted
    WINDOW past AS (PARTITION BY area ORDER BY year)
    ORDER BY area, year"""
