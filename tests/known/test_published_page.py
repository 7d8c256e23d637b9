"""The page of published flows beside ours is what its command writes today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.long
@pytest.mark.shared
def test_the_page_of_published_flows_is_what_its_command_writes(
    shared: Path, tmp_path: Path
) -> None:
    page = tmp_path / "flows_published.md"
    script = ROOT / "benchmarks" / "flows_published.py"
    command = [sys.executable, str(script), "--shared", str(shared), "--page", str(page)]
    subprocess.run(command, check=True)
    assert page.read_text(encoding="utf-8") == (ROOT / "docs" / page.name).read_text("utf-8")
