"""Draw the pictures that README and the docs show, from a fresh run.

python tools/make_pictures.py
"""

from __future__ import annotations

from pathlib import Path

from corridors import study
from corridors.show.report import equilibrium

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"


def main() -> None:
    result = study.run("open-borders", draws=0)
    PICTURES.mkdir(parents=True, exist_ok=True)
    picture = equilibrium.picture(result)
    (PICTURES / "open-borders.svg").write_text(picture.svg, encoding="utf-8")


if __name__ == "__main__":
    main()
