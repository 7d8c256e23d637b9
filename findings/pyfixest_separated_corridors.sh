#!/usr/bin/env bash
# pyfixest 0.60.0, Poisson gravity with origin and destination effects: corridors to a country that
# nobody moves to are "separated" and leave the estimation. Then predict() gives 16 unlabelled
# values for 20 rows, and predict(newdata=the same rows) gives NaN, not 0, for the other four,
# although zero is what their fixed effect (minus infinity) means and what was observed. Sums of
# predicted flows by country lose these corridors or become NaN.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'pyfixest==0.60.0' 'pandas==2.3.3' 'numpy==2.3.5'

"$work/venv/bin/python" - <<'PY'
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
import pyfixest

warnings.simplefilter("ignore")
print("pyfixest", version("pyfixest"))

names = ["A", "B", "C", "D", "E"]
rows = [
    (origin, destination, 0 if destination == "E" else 20 + 3 * i - 2 * j, 1.0 + (i * j) % 4)
    for i, origin in enumerate(names)
    for j, destination in enumerate(names)
    if origin != destination
]
frame = pd.DataFrame(rows, columns=["origin", "destination", "flow", "distance"])
fit = pyfixest.fepois("flow ~ distance | origin + destination", frame)
fitted, again = fit.predict(), fit.predict(newdata=frame)
print("rows", len(frame), "fitted values", len(fitted), "NaN of newdata", int(np.isnan(again).sum()))
assert len(frame) == 20 and len(fitted) == 16
assert np.isnan(again[frame["destination"] == "E"]).all() and int(np.isnan(again).sum()) == 4
PY
