#!/bin/sh
# A dash is France, and Niger is Nigeria, for a fuzzy search.
# Version: pycountry 26.2.16.
# Documented: search_fuzzy finds countries whose names or subdivisions match, best first; raises
# LookupError where none does.
# Seen: search_fuzzy("-")[0] is France: UNHCR writes "-" where a figure is not split by country.
# search_fuzzy("Niger")[0] is Nigeria.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pycountry==26.2.16
"$folder/venv/bin/python" - <<'PYTHON'
import pycountry

seen = {name: pycountry.countries.search_fuzzy(name)[0].alpha_3 for name in ("-", "Niger")}
print(seen)
assert seen == {"-": "FRA", "Niger": "NGA"}, "the behaviour changed"
PYTHON
