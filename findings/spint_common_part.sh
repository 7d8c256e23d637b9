#!/usr/bin/env bash
# spint 1.0.7 (PySAL's spatial interaction models: the gravity models of migration in Python).
# `spint.utils.CPC`, the common part of commuters by which such models are compared, raises
# AttributeError for every fitted model, and the `SSI` that a model does tell, called Sorensen's
# similarity index, is the mean over corridors of each corridor's own overlap, not the overlap of
# all flows: small corridors weigh as much as large ones, and figures of papers do not compare.
# Whole numbers held as floats, which is how pandas gives a column of counts with a gap, are refused.
# Seen: fits reproduce both margins; CPC AttributeError; SSI 0.864 where 2 sum min / (sum + sum)
# is 0.959; TypeError for 5.0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet spint==1.0.7 spreg==1.8.3 libpysal==4.13.0 \
  numpy==2.2.6 scipy==1.15.3 pandas==2.2.3
"$folder/venv/bin/python" - <<'PYTHON'
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")
import numpy as np
from spint import utils
from spint.gravity import Doubly

random = np.random.default_rng(1)
places = 6
start, end = (part[~np.eye(places, dtype=bool)] for part in np.indices((places, places)))
distance = random.uniform(1.0, 10.0, len(start))
size = np.exp(random.normal(0.0, 1.0, (2, places)))
flows = random.poisson(50.0 * np.exp(-0.2 * distance) * size[0][start] * size[1][end])
names = (start.astype(str), end.astype(str))
model = Doubly(flows, *names, distance, "exp")
fitted = model.yhat.ravel()
margins = max(abs((fitted - flows)[start == place].sum()) for place in range(places))
try:
    told = f"{utils.CPC(model):.3f}"
except AttributeError:
    told = "AttributeError"
common = 2.0 * np.minimum(flows, fitted).sum() / (flows.sum() + fitted.sum())
each = np.mean(2.0 * np.minimum(flows, fitted) / (flows + fitted))
try:
    Doubly(flows.astype(float), *names, distance, "exp")
    floats = "taken"
except TypeError:
    floats = "TypeError"
print("spint", version("spint"), "margins within", f"{margins:.0e}", "CPC", told)
print(f"SSI {model.SSI:.3f}, mean of corridors {each:.3f}, common part {common:.3f}; floats {floats}")
as_seen = told == "AttributeError" and floats == "TypeError" and margins < 1e-6
if not (as_seen and abs(model.SSI - each) < 1e-9 and common - each > 0.05):
    raise SystemExit("the behaviour has changed")
PYTHON
