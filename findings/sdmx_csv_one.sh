#!/usr/bin/env bash
# sdmx1 2.28.0 reads SDMX-CSV 2.0 (first column STRUCTURE) and refuses SDMX-CSV 1.0 (first column
# DATAFLOW), the form that Eurostat's service gives for format=SDMX-CSV. Columns have to be read by
# name instead. Seen: ValueError "Invalid SDMX-CSV 2.0.0: 'DATAFLOW' in line 1, field 1; expected
# 'STRUCTURE'".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet sdmx1==2.28.0
cat > "$folder/one.csv" <<'CSV'
DATAFLOW,LAST UPDATE,freq,citizen,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG
ESTAT:MIGR_POP1CTZ(1.0),01/06/26 23:00:00,A,AF,DE,2022,1250,b
CSV
"$folder/venv/bin/python" - "$folder/one.csv" <<'PYTHON'
import sys
from importlib.metadata import version
from pathlib import Path

import sdmx
from sdmx.model.v21 import DataStructureDefinition

try:
    sdmx.read_sdmx(Path(sys.argv[1]), structure=DataStructureDefinition(id="X"))
except Exception as error:
    print("sdmx1", version("sdmx1"), "refuses SDMX-CSV 1.0:", type(error).__name__, error)
else:
    raise SystemExit("the behaviour has changed: SDMX-CSV 1.0 is read")
PYTHON
