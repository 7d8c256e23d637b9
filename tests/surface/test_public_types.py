"""The public names have types: a name that is not there and an option misspelt are found.

Needs mypy, of the extra `dev`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
USE = """\
import corridors
reveal_type(corridors.run("open-borders", draws=3))
corridors.nonsense
corridors.run("open-borders", drawz=3)
corridors.flows.nonsense
"""


@pytest.mark.long
def test_a_misspelt_name_and_a_misspelt_option_are_found(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(USE, encoding="utf-8")
    words = ["--strict", "--follow-imports=silent", "--cache-dir", str(tmp_path / "cache")]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *words, "use.py"],
        cwd=tmp_path,
        env={"MYPYPATH": str(ROOT / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    said = checked.stdout
    assert 'Revealed type is "corridors.world.Result"' in said, said + checked.stderr
    assert 'use.py:3: error: Module has no attribute "nonsense"' in said
    assert 'use.py:4: error: Unexpected keyword argument "drawz"' in said
    assert 'use.py:5: error: Module has no attribute "nonsense"' in said
