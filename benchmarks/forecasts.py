"""What a forecast costs: processor time and memory of every shipped table, each in its own process.

    python benchmarks/forecasts.py

Processor seconds of one thread, imports included, and the most memory held at once.
"""

from __future__ import annotations

import subprocess
import sys

ONE = """
import resource, time
from corridors.forecast import shipped
panel = shipped.PANELS[{what!r}]()
read = time.process_time()
rows = shipped.every(panel, shipped.UNTIL[{what!r}])
done = time.process_time()
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
series = panel.series.values.shape[0]
print(f"{what}|{{series:,}}|{{len(rows):,}}|{{read:.1f}}|{{done - read:.1f}}|{{most:,.0f}}")
"""


def main() -> None:
    print(
        "| table | series | rows | seconds to read | to forecast | MB |\n|---|---|---|---|---|---|"
    )
    for what in ("stocks", "flows", "asylum", "net"):
        code = ONE.format(what=what)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        print("| " + " | ".join(done.stdout.strip().split("|")) + " |")


if __name__ == "__main__":
    main()
