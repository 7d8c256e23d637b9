"""Write the description of the API, of which the types of the page are made.

    python tools/page_types.py [--check]

Writes `web/openapi.json`; the build of the page makes `web/src/types.ts` of it, by
openapi-typescript. With `--check` nothing is written: 1 where the file is not what the API says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from corridors import __version__
from corridors.app.api import application

FILE = Path(__file__).resolve().parents[1] / "web" / "openapi.json"


def described() -> str:
    """The description as the file has it: without the version, which changes no type."""
    document = application().openapi()
    assert document["info"].pop("version") == __version__
    document["info"]["version"] = "v1"
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    text = described()
    if "--check" in sys.argv[1:]:
        if FILE.is_file() and FILE.read_text(encoding="utf-8") == text:
            return 0
        print(f"{FILE} is not what the API says: run python tools/page_types.py", file=sys.stderr)
        return 1
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
