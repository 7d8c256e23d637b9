"""Print the oldest versions that pyproject.toml allows, as constraints for pip.

    python tools/oldest.py [EXTRA ...] > oldest.txt && pip install -c oldest.txt '.[test]'

Each `name>=version` of the dependencies, and of the extras named, becomes `name==version`. Those
that this Python does not need are left out.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
BOUND = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?>=([0-9][0-9.]*)")


def constraints(extras: list[str]) -> list[str]:
    """`name==version` of every lower bound.

    Raises
    ------
    SystemExit
        A dependency has no lower bound, or an extra is not there.
    """
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    further = project["optional-dependencies"]
    missing = [extra for extra in extras if extra not in further]
    if missing:
        raise SystemExit(f"pyproject.toml has no extra {', '.join(missing)}")
    lines = []
    for requirement in [*project["dependencies"], *(r for e in extras for r in further[e])]:
        bound = BOUND.match(requirement)
        if bound is None:
            raise SystemExit(f"pyproject.toml: {requirement} has no lower bound")
        lines.append(f"{bound[1]}=={bound[2]}")
    return lines


if __name__ == "__main__":
    print("\n".join(constraints(sys.argv[1:])))
