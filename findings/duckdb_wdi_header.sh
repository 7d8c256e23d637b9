#!/usr/bin/env bash
# DuckDB 2.0.1 sniffs a World Bank file (four lines before the header) into a table without a
# header: the names of the columns become a row of data, and the years 1960, 1961 become figures.
# Nothing is said. Seen: 3 rows for 2 countries, the sum of the first year's column 1980 for 20.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.1
cat > "$folder/API.csv" <<'CSV'
"Data Source","World Development Indicators",

"Last Updated Date","2026-05-01",

"Country Name","Country Code","Indicator Name","Indicator Code","1960","1961",
"Aruba","ABW","Remittances","BX.TRF.PWKR.CD.DT","8","9",
"Chile","CHL","Remittances","BX.TRF.PWKR.CD.DT","12","13",
CSV
"$folder/venv/bin/python" - "$folder/API.csv" <<'PYTHON'
import sys

import duckdb

file = sys.argv[1]
sniffed = duckdb.sql(f"SELECT HasHeader, SkipRows FROM sniff_csv('{file}')").fetchall()
header, skipped = sniffed[0]
table = duckdb.sql(f"FROM read_csv('{file}')")
rows = table.fetchall()
total = sum(int(row[4]) for row in rows)
print("duckdb", duckdb.__version__, "header", header, "skipped", skipped, table.columns)
print(len(rows), "rows, sum of the first year", total)
if (header, len(rows), total) != (False, 3, 1980):
    raise SystemExit("the behaviour has changed")
PYTHON
