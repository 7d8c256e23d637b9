"""The folders whose files the architecture names hold these files and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "corridors"
#: Folder -> its files, the door `__init__` aside.
ROOMS = {"projection": "rates returning foresight policies project"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_holds_the_files_that_it_names(room: str) -> None:
    files = {file.stem for file in (SOURCE / room).iterdir() if file.name != "__pycache__"}
    assert files == {"__init__", *ROOMS[room].split()}
