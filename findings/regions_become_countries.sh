#!/bin/sh
# Regions that packages take for countries.
# Version: country_converter 1.3.2 (with pandas 3.0.0).
# Documented: converts country names; a name that is none of its countries is "not found".
# Seen: "Southern Africa" is ZAF, "Northern Africa (exc. Sudan)" is SDN, so a row of
# the United Nations that holds several countries is added to one of them (or to one left out).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet country_converter==1.3.2 pandas==3.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import country_converter

seen = {
    name: country_converter.convert(name, to="ISO3")
    for name in ("Southern Africa", "Northern Africa (exc. Sudan)", "US-Mexico Border")
}
print(seen)
assert seen == {
    "Southern Africa": "ZAF",
    "Northern Africa (exc. Sudan)": "SDN",
    "US-Mexico Border": "MEX",
}, "the behaviour changed"
PYTHON
