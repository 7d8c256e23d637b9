#!/usr/bin/env bash
# ipfn 1.4.4 says "converged" (flag 1) for margins that no table can meet: a column whose seed is
# empty but should hold 10 of 60 persons, margins of 100 and 101 persons, a seed of zeros. The
# 10 persons are missing from the table it returns, and the caller's own seed array is overwritten.
# Whoever checks the flag, as one would, loses people. The rate in its third answer (1.0, 0.01) is
# the only sign: it is the error of the margins, not of the step.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'ipfn==1.4.4' 'numpy==2.4.2' 'pandas==2.3.3'

"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
from ipfn import ipfn

print("ipfn", version("ipfn"))


def fit(seed, rows, columns):
    margins = [np.array(rows, float), np.array(columns, float)]
    return ipfn.ipfn(seed, margins, [[0], [1]], verbose=2).iteration()


empty = np.array([[1.0, 1.0, 0.0]] * 3)
table, flag, rates = fit(empty.copy(), [10, 20, 30], [25, 25, 10])
print("empty column:", table.sum(), "of 60 persons, flag", flag, "rate", rates["conv"].iloc[-1])
assert flag == 1 and abs(table.sum() - 50.0) < 1e-9 and table[:, 2].sum() == 0.0

table, flag, _ = fit(np.ones((2, 2)), [60, 40], [50, 51])
print("margins of 100 and 101: flag", flag, "rows", table.sum(axis=1))
assert flag == 1 and abs(table.sum() - 101.0) < 1e-9

table, flag, _ = fit(np.zeros((2, 2)), [60, 40], [50, 50])
print("seed of zeros: flag", flag, "persons", table.sum())
assert flag == 1 and table.sum() == 0.0

seed = np.ones((2, 2))
fit(seed, [60, 40], [50, 50])
print("the caller's seed afterwards:", seed.tolist())
assert seed.tolist() == [[30.0, 30.0], [20.0, 20.0]]
PY
