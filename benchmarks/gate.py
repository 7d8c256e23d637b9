"""Tables as users hand them over, against every public function of flows and people.

    python benchmarks/gate.py [FUNCTION]

Counts, a function a line: right answers, refusals that name the cell or label, and what must be 0:
raw tracebacks, silent NaN, other wrong answers, refusals without a name. Exits 1 if any is not 0.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections import Counter, defaultdict
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
GOOD = ("right", "refused")
BAD = ("traceback", "silent NaN", "wrong", "unnamed", "refused though clean")


def main() -> int:
    sys.path.insert(0, str(TESTS))
    given = importlib.import_module("laws.gate_inputs")
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    # Fits of spoilt figures leave the numbers on their way to a refusal.
    warnings.simplefilter("ignore", RuntimeWarning)
    for case in given.sweep(*sys.argv[1:2]):
        verdict, why = given.outcome(case)
        counts[case.function][verdict] += 1
        if verdict in BAD:
            print(f"{case.function}, {case.argument}, {case.name}: {verdict}: {why}")
    print(f"{'function':40}{'inputs':>8}" + "".join(f"{word:>12}" for word in (*GOOD, *BAD[:-1])))
    every: Counter[str] = Counter()
    for function, count in sorted(counts.items()):
        every += count
        print(
            f"{function:40}{count.total():8}"
            + "".join(f"{count[w]:12}" for w in (*GOOD, *BAD[:-1]))
        )
    print(f"{f'{len(counts)} functions':40}{every.total():8}"
          + "".join(f"{every[word]:12}" for word in (*GOOD, *BAD[:-1])))  # fmt: skip
    return int(any(every[word] for word in BAD))


if __name__ == "__main__":
    sys.exit(main())
