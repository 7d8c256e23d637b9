"""Draw the pictures that README and the docs show, from a fresh run.

python tools/make_pictures.py
"""

from __future__ import annotations

from pathlib import Path

from corridors import study
from corridors.show.report import equilibrium

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"


def draw(folder: Path) -> None:
    """Every picture, into a folder that is there."""
    result = study.run("open-borders", draws=0)
    picture = equilibrium.picture(result)
    (folder / "open-borders.svg").write_text(picture.svg, encoding="utf-8")


if __name__ == "__main__":
    draw(PICTURES)
