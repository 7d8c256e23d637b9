"""Write docs/worlds_headlines.md: the headline of every shipped study in the worlds of two years.

    python tools/worlds_table.py [--out docs/worlds_headlines.md]

Central parameters, no draws. What differs between the worlds is said by `docs/worlds.md`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from corridors import baseline, study
from corridors.show.numbers import persons, written
from corridors.world import Result

REPOSITORY = Path(__file__).resolve().parent.parent
WORLDS = (2020, 2024)
HEAD = """# Headlines in the worlds of 2020 and 2024

Written by `tools/worlds_table.py`: every shipped study with central parameters, under its first
supply of capital (a projection: people abroad in its last year). Why they differ: [](worlds.md).
"""


def headlines(result: Result) -> Iterator[tuple[str, str, str, str]]:
    """Policy, world output, adults abroad, remittances."""
    table = result.headline
    if "capital" in table:
        table = table[table["capital"] == table["capital"].iloc[0]]
    for policy, rows in table.groupby("policy", sort=False):
        by = rows.set_index("measure")
        people = persons(by.loc["people", "value"])
        if "output" not in by.index:
            yield str(policy), "", people, ""
            continue
        output, money = by.loc["output"], by.loc["remittances"]
        yield (
            str(policy),
            written(output["value"], output["unit"]),
            people,
            written(money["value"], money["unit"]),
        )


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield HEAD
    for year in WORLDS:
        observed = baseline.observe(year)
        stale = int(observed.figures["stale"].sum())
        assumed = float((observed.figures["kind"] == "assumed").mean())
        yield (
            f"- World {year}: {observed.years}; {len(observed.areas)} economies, "
            f"{observed.coverage['migrants']:.1%} of all migrants, {stale} stale figures, "
            f"{assumed:.0%} of figures assumed."
        )
    yield ""
    ends = [
        f"{what}, {year}" for what in ("World output", "Abroad", "Remittances") for year in WORLDS
    ]
    yield "| Study | Policy | " + " | ".join(ends) + " |"
    yield "|---|---|" + "---:|" * len(ends)
    for name in study.shipped():
        asked = study.read(name)
        if asked.years is None:
            continue
        both = [
            {row[0]: row[1:] for row in headlines(study.run(asked, world=year, draws=0))}
            for year in WORLDS
        ]
        for policy in both[0]:
            cells = [each[policy][column] for column in range(3) for each in both]
            yield f"| {name} | {policy} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs/worlds_headlines.md")
    out = parser.parse_args().out
    out.write_text("\n".join(lines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
