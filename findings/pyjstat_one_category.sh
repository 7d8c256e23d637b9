#!/usr/bin/env bash
# pyjstat 2.4.0, the usual reader of JSON-stat (what Eurostat and many statistical offices answer
# with), beside pandas 3: a dimension of one category may leave out its "index" in JSON-stat 2.0,
# as an answer for one country or one sex often does. The reader then takes the first label by
# the key 0, which pandas 2 read as a position (with a warning) and pandas 3 does not: KeyError 0.
# Seen: pandas 2.2.3 one row a year; pandas 3.0.0 KeyError; with "index" both read it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/read.py" <<'PYTHON'
import json
import sys
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")
from pyjstat import pyjstat

years = {"category": {"index": ["2023", "2024"], "label": {"2023": "2023", "2024": "2024"}}}
answer = {
    "version": "2.0", "class": "dataset", "label": "residents born abroad",
    "id": ["citizen", "time"], "size": [1, 2], "value": [5, 7],
    "dimension": {"citizen": {"category": {"label": {"UA": "Ukraine"}}}, "time": years},
}


def read() -> str:
    try:
        return str(len(pyjstat.Dataset.read(json.dumps(answer)).write("dataframe"))) + " rows"
    except KeyError as error:
        return f"KeyError {error}"


without = read()
answer["dimension"]["citizen"]["category"]["index"] = ["UA"]
told = f"without index {without}, with it {read()}"
print("pyjstat", version("pyjstat"), "pandas", version("pandas"), told)
if told != sys.argv[1]:
    raise SystemExit("the behaviour has changed")
PYTHON
python3 -m venv "$folder/venv"
for pair in "2.2.3|without index 2 rows, with it 2 rows" \
  "3.0.0|without index KeyError 0, with it 2 rows"; do
  "$folder/venv/bin/pip" install --quiet pyjstat==2.4.0 numpy==2.2.6 "pandas==${pair%%|*}"
  "$folder/venv/bin/python" "$folder/read.py" "${pair#*|}"
done
