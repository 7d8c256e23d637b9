"""Write the medians of the world of 2024: they stand in where a world of one's own lacks a figure.

    python tools/build_stand_ins.py [--out src/corridors/data/reference/stand_ins.toml]

Run it after `tools/build_reference.py`; a test compares the file with the world.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from corridors import baseline
from corridors.baseline.build import STAND_INS, stand_ins
from corridors.data import store

HEAD = """# Medians over the economies of the world of 2024, its share of adults, output per head;
# written by tools/build_stand_ins.py. Units are those of `corridors data list --figures`.

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=store.REFERENCE / f"{STAND_INS}.toml")
    lines = [f"{name} = {value!r}" for name, value in stand_ins(baseline.observe(2024)).items()]
    parser.parse_args().out.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
