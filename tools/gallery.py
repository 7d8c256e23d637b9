"""Run the blocks of docs/gallery.md, and put the pictures they draw beside it.

python tools/gallery.py
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "gallery.md"


def main() -> None:
    names: dict[str, object] = {"__name__": "gallery"}
    with contextlib.chdir(DOCS / "pictures"):
        for text in re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S):
            exec(compile(text, str(PAGE), "exec"), names)


if __name__ == "__main__":
    main()
