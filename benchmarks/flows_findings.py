"""What a demographer found in the first version of flows, asked again: F1 to F13, before and now.

    python benchmarks/flows_findings.py

`before` is what commit 01eb083 answered, from the review; `now` is asked here.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.text import Text

from corridors.baseline.periods import observe
from corridors.errors import CorridorsError
from corridors.flows.indices import indices
from corridors.flows.methods import world_flows
from corridors.flows.net import by_survival, by_vital_statistics, zero_sum
from corridors.flows.sexes import flows_by_sex
from corridors.flows.summaries import by_area, flow_matrix, lump
from corridors.show.chords import chord

SIX = pd.DataFrame(
    {
        "origin": [36061, 36061, 36047, 36047, 6037, 6037],
        "destination": [36047, 6037, 36061, 6037, 36061, 36047],
        "flow": [120.0, 30, 95, 22, 41, 17],
    }
)
THREE = pd.DataFrame([[5, 10, 2], [3, 7, 4], [1, 8, 9]], list("ABC"), list("ABC"), dtype=float)


def main() -> None:
    for code, what, before, ask in findings():
        print(f"{code:4} {what}\n     before: {before}\n     now:    {said(ask)}")


def said(ask: Callable[[], object]) -> str:
    try:
        return " ".join(str(ask()).split())
    except CorridorsError as refusal:
        return f"refused: {str(refusal).splitlines()[0]}"


def findings() -> Iterator[tuple[str, str, str, Callable[[], object]]]:
    yield "F1", "six pairs with whole-number codes, sum", "0", lambda: flow_matrix(SIX).sum().item()
    gap = SIX.assign(flow=[np.nan, *SIX["flow"][1:]])
    yield "F2", "a row that is not known, absent=0", "0", lambda: flow_matrix(gap, absent=0.0)
    net = [-3.5, 12.25, 0, np.nan, -40, 7, 1e5, -9e4]
    yield (
        "F3",
        "net with one figure not known",
        "8 NaN",
        lambda: [f"{x:,.2f}" for x in zero_sum(net)],
    )
    yield "F4", "two charts, all and --area PHL --top 5", "the same file", _charts
    ones = pd.DataFrame(1.0, list("ABC"), list("ABC"))
    table = THREE - np.diag(np.diag(THREE))
    yield (
        "F5",
        "decay by distance where all distances are equal",
        "-10.0",
        lambda: indices(table, kilometres=ones).set_index("name")["value"].get("distance_decay"),
    )
    people = pd.Series([100, 200, 300], list("ABC"), dtype="uint32")
    change = pd.Series([10, 10, 10], list("ABC")), pd.Series([5, 5, 5], list("ABC"))
    yield (
        "F6",
        "net of unsigned populations",
        "4294967281, 5, 4294967281",
        lambda: list(
            by_vital_statistics(
                people, pd.Series([90, 210, 290], list("ABC"), dtype="uint32"), *change
            )
        ),
    )
    ages = [f"{a}-{a + 9}" for a in range(0, 50, 10)]
    cohort = pd.Series(np.linspace(100.0, 60.0, 5), ages)
    yield (
        "F7",
        "children from ten-year ages",
        "a figure",
        lambda: by_survival(cohort, cohort, cohort / 120.0, children=True),
    )
    pairs = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "z")])
    yield "F8", "rows by country and region", "TypeError", lambda: by_area(
        pd.DataFrame(THREE.to_numpy(), pairs, pairs)
    )  # fmt: skip
    yield "F9", "a row and column World among areas", "accepted, 1,271 persons for 287", _world
    yield (
        "F10",
        "lump below 5, total with moves inside 49, without 28",
        "28, whatever the docs said",
        lambda: [lump(THREE, threshold=5.0, inside=told).sum().item() for told in (True, False)],
    )
    yield "F11", "China's net 1990-1995, flows and figures", "-40,818 apart, unsaid", _closure
    yield "F12", "India 2015-2020, net of women and men", "-2,027,285 and -27,660", _sexes
    yield "F13", "chord of own labels", "one sector, Other", _own_chord


def _run(command: str) -> tuple[int, str]:
    run = subprocess.run(
        [sys.executable, "-m", "corridors", *shlex.split(command)], capture_output=True, text=True
    )
    return run.returncode, run.stdout + run.stderr


def _charts() -> str:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("all.svg", "phl.svg")]
        for file, more in zip(files, ("", "--area PHL --top 5"), strict=True):
            _run(f"flows --plot {file} --picture chord {more}")
        same = files[0].read_bytes() == files[1].read_bytes()
    return "the same file" if same else "two pictures"


def _world() -> str:
    names = [*"ABCD", "World"]
    stock = pd.DataFrame(np.full((4, 4), 40.0) + np.eye(4) * 900.0, names[:4], names[:4])
    stock.loc["World"] = stock.sum()
    stock["World"] = stock.sum(axis=1)
    rows = stock.stack().rename_axis(["birth", "residence"]).rename("stock_start").reset_index()
    with tempfile.TemporaryDirectory() as folder:
        rows.assign(stock_end=rows["stock_start"] * 1.1).to_csv(f"{folder}/s.csv", index=False)
        vital = pd.DataFrame({"area": names, "births": 9.0, "deaths": 9.0})
        vital.to_csv(f"{folder}/a.csv", index=False)
        code, printed = _run(
            f"flows estimate {folder}/s.csv {folder}/a.csv --method da_min_open "
            f"--out {folder}/o.csv"
        )
    return f"exit {code}: {printed.splitlines()[0] if printed else ''}"


def _closure() -> str:
    _, printed = _run("flows --net --period 1990-1995 --area CHN --csv")
    head, row = (line.split(",") for line in printed.strip().splitlines()[-2:])
    told = dict(zip(head, row, strict=True))
    names = ("net", "net_given", "difference")
    return ", ".join(f"{name} {float(told[name]):,.0f}" for name in names)


def _sexes() -> str:
    split = flows_by_sex(observe("2015-2020", sex="each"), both=observe("2015-2020"))
    net = split["da_pb_closed"].net().sel(area="IND").to_series()
    whole = world_flows(observe("2015-2020"))["da_pb_closed"].flows
    left = float(abs(split["da_pb_closed"].flows.sum("sex") - whole).max())
    return f"{net['female']:,.0f} and {net['male']:,.0f}; women + men - both {left:g} in every cell"


def _own_chord() -> str:
    rows = pd.DataFrame(
        [("north", "south", 5.0), ("south", "north", 3.0), ("east", "south", 2.0)],
        columns=["birthplace", "residence", "persons"],
    )
    figure = chord(rows, title="t", source="s", kind="assumed")
    words = {text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)}
    return f"sectors {', '.join(sorted(words & {'north', 'south', 'east', 'Other'}))}"


if __name__ == "__main__":
    main()
