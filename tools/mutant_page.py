"""Write docs/mutants.md from what `tools/mutants.py --record FILE` wrote.

    python tools/mutant_page.py FILE

A mutant that was run twice counts as it ran last. What changes no answer stands with its reason in
`tools/equivalent_mutants.toml`.
"""

from __future__ import annotations

import collections
import json
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "mutants.md"
REASONS = ROOT / "tools" / "equivalent_mutants.toml"
HEAD = """# Tests against wrong lines

`python tools/mutants.py --seed 1 2 3 --record FILE` draws changes of one line by a seed: an
operator, a comparison, an axis, a sign, a number a fifth larger, a choice of the smaller and the
larger. Each runs in a copy of the package against the cheapest tests that are known to reach its
line, then against the files nearest to it. `python tools/mutant_page.py FILE` writes this page. The
draw depends on the source: another state of it has other mutants under the same seed.

A mutant that survived was given a test and run again, so the tables say what is guarded now. How
many of a fresh draw slip through, only a seed says that nobody has looked at.
"""

Record = dict[str, str | int | float]


def outcome(record: Record, reasons: dict[tuple[str, str, str], str]) -> str:
    """`caught`, `equivalent` or `survives`."""
    if record["caught_by"]:
        return "caught"
    return "equivalent" if key(record) in reasons else "survives"


def key(record: Record) -> tuple[str, str, str]:
    """File and both lines: what a mutant is, wherever the line stands."""
    return str(record["where"]).partition(":")[0], str(record["old"]), str(record["new"])


def table(title: str, groups: dict[object, collections.Counter[str]]) -> str:
    """Counts by group as a table."""
    lines = [f"| {title} | drawn | caught | equivalent | survive |", "|---|---|---|---|---|"]
    for name in sorted(groups, key=str):
        of = groups[name]
        cells = (of.total(), of["caught"], of["equivalent"], of["survives"])
        lines.append(f"| {name} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def listed(records: list[Record], reasons: dict[tuple[str, str, str], str]) -> str:
    """Each mutant with its line before and after, and why it changes no answer."""
    parts = []
    for record in records:
        reason = reasons.get(key(record), "")
        parts.append(
            f"- seed {record['seed']}, `{record['where']}`: `{record['old']}` became "
            f"`{record['new']}`." + (f" {reason}" if reason else "")
        )
    return "\n".join(parts) if parts else "None."


def page(records: list[Record], reasons: dict[tuple[str, str, str], str]) -> str:
    """The page of these records."""
    seeds: dict[object, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    kinds: dict[object, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    by: dict[str, list[Record]] = {"equivalent": [], "survives": [], "caught": []}
    for record in records:
        verdict = outcome(record, reasons)
        seeds[record["seed"]][verdict] += 1
        kinds[record["kind"]][verdict] += 1
        by[verdict].append(record)
    return (
        "\n\n".join(
            [
                HEAD.rstrip(),
                table("seed", seeds),
                table("kind", kinds),
                "## Survivors",
                listed(by["survives"], reasons),
                "## Changes that change no answer",
                listed(by["equivalent"], reasons),
            ]
        )
        + "\n"
    )


def main() -> None:
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    last = {(r["seed"], *key(r)): r for r in map(json.loads, lines)}
    told = tomllib.loads(REASONS.read_text(encoding="utf-8"))["equivalent"]
    reasons = {(each["file"], each["old"], each["new"]): each["reason"] for each in told}
    PAGE.write_text(page(list(last.values()), reasons), encoding="utf-8")


if __name__ == "__main__":
    main()
