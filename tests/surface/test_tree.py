"""Every folder has its place in the tree, and folders whose files it names hold these and no other.

The tree is the architecture: a folder is a part of the migration system or a question about it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "corridors"
#: What stands at the top, files and folders alike; a part comes with the work that needs it.
TOP = set(
    "app areas baseline borders capital cards claims cli data ensemble equilibrium errors flows "
    "forecast journeys labels money parameters people projection readers rules show studies study "
    "wages world __init__ __main__ py".split()
)
#: Folder -> its files, the door `__init__` aside.
ROOMS = {
    # `sexes` and `multiway` stand beside methods and margins, which would pass 500 lines; `cells`
    # and `listed` are what tables of many areas are worked on.
    "flows": "accounting differencing fitting methods matrices uncertainty margins net ages "
    "indices summaries tables refugees sexes multiway series cells listed",
    "people": "stocks demography displaced choice occupied poverty levers",
    "borders": "admission quotas status levers",
    "wages": "production employers unemployment spillovers contracts levers",
    "money": "remittances family accounts levers",
    "capital": "supply flight levers",
    # `intervals`, `welfare` and `accounts` stand beside tables, which would pass 500 lines;
    # `drawn` beside kernel, likewise. `sending` is what groups are made anew from in a sweep.
    "equilibrium": "changes levels prepare groups sending fixed_point kernel solve measures "
    "explain tables closed_forms intervals welfare accounts drawn",
    "projection": "rates fleeing ties returning foresight policies project intervals",
    "journeys": "network routes departures choices step counts travel random compiled caravan "
    "reception mortality_risk score learning calibration",
    # `net` and `shipped` stand beside models and data, which would pass 500 lines.
    "forecast": "data features models net intervals scores reconcile shipped",
}
#: Files that come with later work, never as stubs.
LATER: dict[str, set[str]] = {}


def names(folder: Path) -> set[str]:
    return {file.name.split(".")[0] for file in folder.iterdir() if file.name != "__pycache__"}


def test_everything_at_the_top_has_its_place() -> None:
    assert names(SOURCE) - TOP == set()


@pytest.mark.parametrize("room", [room for room in ROOMS if (SOURCE / room).is_dir()])
def test_a_room_holds_the_files_that_it_names(room: str) -> None:
    files, named = names(SOURCE / room) - {"__init__"}, set(ROOMS[room].split())
    assert files - named == set()
    assert named - files <= LATER.get(room, set())
