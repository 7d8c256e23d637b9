"""The command line starts fast: what is slow to import waits until a command needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"pandas", "xarray", "scipy", "matplotlib", "duckdb", "fastapi", "numba", "numpy"}
HEAVY |= {"pydantic", "uvicorn", "pooch"}

HELP = "from corridors.cli import app; app(['--help'], standalone_mode=False)"


@pytest.mark.parametrize("code", ["import corridors", HELP], ids=["import", "help"])
def test_start_loads_nothing_heavy(code: str) -> None:
    listing = "; import sys; print('\\nloaded:', *{name.split('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", code + listing], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    loaded = set(run.stdout.rpartition("loaded:")[2].split())
    assert "corridors" in loaded
    assert loaded & HEAVY == set()


def test_every_public_name_loads() -> None:
    import corridors

    names = [name for name in dir(corridors) if name != "__version__"]
    assert all(getattr(corridors, name) is not None for name in names)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = corridors.nonsense
