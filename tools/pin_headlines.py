"""Pin the headline of every shipped study, central parameters, in tests/known/headlines.toml.

    python tools/pin_headlines.py [STUDY ...] --because "sentence that stands in CHANGELOG.md"

Prints every figure that changes. Without a study all are pinned anew. What changes must be said in
CHANGELOG.md first, in a sentence that no earlier change was pinned with.
"""

from __future__ import annotations

import argparse
import math
import sys
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from corridors import study
from corridors.study.run import central_headline

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "tests" / "known" / "headlines.toml"
HEAD = "# Headlines of the shipped studies, no draws. Written by tools/pin_headlines.py.\n"
#: Beyond what a solver leaves open (1e-10), below what anybody reads.
RELATIVE, ABSOLUTE = 1e-6, 1e-8
TEXT = ("policy", "capital", "area", "year", "measure")


def headline(name: str) -> dict[str, float]:
    """Every central figure of a study's headline, by policy, capital, year and measure."""
    table = central_headline(study.read(name))
    labels = [column for column in TEXT if column in table]
    if "value" in table:
        return _flat(table, labels, "value")
    figures = table.columns.difference(labels, sort=False)
    long = table.melt(labels, [name for name in figures if table[name].dtype.kind in "fi"])
    return _flat(long, [*labels, "variable"], "value")


def _flat(table: pd.DataFrame, labels: list[str], value: str) -> dict[str, float]:
    keys = [", ".join(map(str, row)) for row in table[labels].itertuples(index=False)]
    return {
        key: float(f"{number:.9g}")
        for key, number in zip(keys, table[value].astype(float), strict=True)
        if not math.isnan(number)
    }


def differences(pinned: dict[str, float], now: dict[str, float]) -> list[str]:
    """What is new, gone or other, in words."""
    lines = [f"gone: {key}" for key in pinned if key not in now]
    for key, number in now.items():
        if key not in pinned:
            lines.append(f"new: {key} = {number:.9g}")
        elif not math.isclose(number, pinned[key], rel_tol=RELATIVE, abs_tol=ABSOLUTE):
            lines.append(f"{key}: {pinned[key]:.9g} is now {number:.9g}")
    return lines


def read() -> dict[str, Any]:
    """The file as it stands."""
    return tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}


def said(because: str) -> bool:
    """Whether CHANGELOG.md has the sentence, wherever its lines break."""
    text = " ".join((ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split())
    return bool(because.strip()) and " ".join(because.split()) in text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("study", nargs="*", choices=[*study.shipped(), []])
    parser.add_argument("--because", default="", metavar="SENTENCE")
    given = parser.parse_args()
    content = read()
    pinned = {name: content.get("headline", {}).get(name, {}) for name in study.shipped()}
    changed = 0
    for name in given.study or study.shipped():
        now = headline(name)
        lines = differences(pinned[name], now)
        changed += len(lines)
        for line in lines:
            print(f"{name}: {line}")
        if lines:  # what did not change keeps its digits
            pinned[name] = now
    if not changed and content.get("headline", {}).keys() == pinned.keys():
        print("nothing changed")
        return 0
    if not said(given.because) or given.because == content.get("because"):
        print("say in CHANGELOG.md what changed, and name its sentence: --because", file=sys.stderr)
        return 1
    text = tomli_w.dumps({"because": given.because, "headline": pinned})
    FILE.write_text(HEAD + text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
