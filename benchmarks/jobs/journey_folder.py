"""Reading a journey folder of 20,705 places and 41,309 roads."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import large_journey

ABOUT = "reading a journey folder of 20,705 places"
TARGET = "CPU >= 5"
WARM = False


def prepare(build: str) -> Callable[[], int]:
    """Function that reads the folder, which is removed when the process ends."""
    source = "corridors.data.sources" if build == "old" else "corridors.readers"
    reader = import_module(f"{source}.journeys_folder")
    folder = tempfile.TemporaryDirectory()
    path = large_journey.write(Path(folder.name), 20_705)

    def work() -> int:
        reader.read(path)
        folder.cleanup()
        return 1

    return work
