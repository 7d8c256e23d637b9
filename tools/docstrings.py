"""Draw public functions by a seed and say which docstrings state dimensions, units, errors, source.

    python tools/docstrings.py [SEED [NUMBER]]

Judged by pattern, so a guide for reading and no proof. What a function cannot have (an error it
does not raise, a unit of a function without figures) counts as stated.
"""

from __future__ import annotations

import inspect
import random
import re
import sys
from types import FunctionType

import reference_pages

DIMENSIONS = re.compile(
    r"\((?:\.\.\., ?)?[a-z]+(?:, ?[a-z]+)*\)|\(\.\.\.\)|DataFrame|DataArray|Dataset"
)
UNITS = re.compile(
    r"persons|people|adults|dollars|share|rate|years?\b|days?\b|kilomet|\bkm\b|ratio|probabilit|log"
    r"|efficiency|elasticity|per cent|\bunit",
    re.I,
)
SOURCE = re.compile(r"\(\d{1,2}\)|\b(?:19|20)\d\d\b|[Ee]quation")
#: Rooms that show, serve or read figures and compute none; each figure carries its own source.
NO_EQUATION = {"app", "cards", "claims", "cli", "data", "labels", "readers", "show"}
FIGURES = re.compile(r"Array|DataFrame|DataArray|Dataset|Series|float")


def functions() -> list[tuple[str, FunctionType]]:
    """Every public function, by full name."""
    return [
        (f"{module.__name__}.{name}", value)
        for module in reference_pages.modules()
        for name in reference_pages.defined_here(module)
        if isinstance(value := inspect.unwrap(getattr(module, name)), FunctionType)
    ]


def stated(function: FunctionType) -> dict[str, bool]:
    """What a docstring states; its module's head counts for the source."""
    text = inspect.getdoc(function) or ""
    code = inspect.getsource(function)
    figures = bool(FIGURES.search(str(function.__annotations__)))
    arrays = bool(re.search(r"Array|DataFrame|Series", str(function.__annotations__)))
    head = inspect.getdoc(inspect.getmodule(function)) or ""
    room = function.__module__.split(".")[1]
    return {
        "dimensions": not arrays or bool(DIMENSIONS.search(text)),
        "units": not figures or bool(UNITS.search(text)),
        "errors": "raise " not in code or bool(re.search(r"Raises|[Rr]efuse|Error|error", text)),
        "source": not figures
        or room in NO_EQUATION
        or bool(SOURCE.search(text) or SOURCE.search(head)),
    }


def main() -> None:
    """Print what each drawn function lacks, and how many lack nothing."""
    seed, number = [*(int(word) for word in sys.argv[1:]), *(1, 60)[len(sys.argv) - 1 :]]
    drawn = random.Random(seed).sample(functions(), number)
    whole = 0
    for name, function in drawn:
        lacks = [quality for quality, there in stated(function).items() if not there]
        whole += not lacks
        if lacks:
            print(f"{name}: {', '.join(lacks)}")
    print(f"{whole} of {number} state all that applies (seed {seed})")


if __name__ == "__main__":
    main()
