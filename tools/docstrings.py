"""Draw public functions by a seed and say which docstrings state dimensions, units, errors, source.

    python tools/docstrings.py SEED NUMBER
    python tools/docstrings.py 1 60 --all     names every function that lacks something

Judged by pattern, so a guide for reading and no proof. What a function cannot have (an error it
does not raise, a unit of a function without figures) counts as stated. Errors are those that it
raises itself, or by a private function of its module; what the public functions that it calls
refuse is theirs to tell. A source has to stand with the function: its module's head does not count.
"""

from __future__ import annotations

import argparse
import ast
import functools
import inspect
import random
import re
import sys
from collections import Counter
from types import FunctionType, ModuleType

import reference_pages

QUALITIES = ("dimensions", "units", "errors", "source")
DIMENSIONS = re.compile(
    r"\((?:\.\.\.|\d|[a-z_]+)(?:,? ?(?:\.\.\.|\+ ?\d|[a-z_]+|\d|1 or [a-z]|=))*,?\)"
    r"|DataFrame \(|Series \(|DataArray \(|index |DataFrames? (?:of|\()|`[A-Z_]*COLUMNS`"
)
UNITS = re.compile(
    r"\bpersons?\b|people|adults|dollars|\bUSD\b|shares?\b|rates?\b|years?\b|days?\b|\bkm\b|degrees"
    r"|points|ratios?\b|probabilit|log points|without unit|elasticit|per cent|units?\b"
    r"|efficiency|currency|radii|lags|counts\b|radians",
    re.I,
)
SOURCE = re.compile(
    r"\(\d{1,2}\)|\b(?:1[89]|20)\d\d\b|[Ee]quation|[Ss]ection \d|docs/\w+\.md|of this package"
    r"|this package's|of the (?:head of the )?module|head of the module|this model"
    r"|UNHCR|UN DESA|\bWPP\b|World Bank|CEPII|IDMC|UNRWA|Wittgenstein|[Ss]ources?\b|publisher"
    r"|`[a-z_]+\.[a-z_.]+`"
)
#: Rooms where no figure is computed: they read, keep, serve or draw what others computed.
NO_EQUATION = {"app", "cli", "data", "errors", "labels", "readers", "show"}
FIGURES = re.compile(r"Array|DataFrame|DataArray|Dataset|Series|float|Counted")
ARRAYS = re.compile(r"Array|DataFrame|Series|Dataset|Counted")
#: Whose family an error is of; a docstring may name the family.
FAMILIES = {"NotConverged": "ModelError", "Infeasible": "ModelError", "DoesNotClose": "ModelError"}
#: Functions whose only act is to raise.
REFUSES = {"refuse": "InputError"}


def functions() -> list[tuple[str, FunctionType]]:
    """Every public function, by full name."""
    return [
        (f"{module.__name__}.{name}", value)
        for module in reference_pages.modules()
        for name in reference_pages.defined_here(module)
        if isinstance(value := inspect.unwrap(getattr(module, name)), FunctionType)
    ]


def errors_of(function: FunctionType) -> set[str]:
    """Classes of errors that a function raises itself or by private functions of its module."""
    module = inspect.getmodule(function)
    assert module is not None
    code, raised, wanted, seen = _code(module), set[str](), [function.__name__], set[str]()
    while wanted:
        name = wanted.pop()
        if name in seen or name not in code:
            continue
        seen.add(name)
        for node in ast.walk(code[name]):
            if isinstance(node, ast.Raise) and node.exc is not None:
                raised.add(_raised(node.exc))
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                called = node.func.id
                if called in REFUSES and called != function.__name__:
                    raised.add(REFUSES[called])
                wanted += [called] if called.startswith("_") else []
    return {error for error in raised if error[:1].isupper() or error == "typer.BadParameter"}


def _raised(node: ast.expr) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node)


@functools.cache
def _code(module: ModuleType) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(module))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def stated(function: FunctionType) -> dict[str, bool]:
    """What a docstring states of each of `QUALITIES`."""
    text = inspect.getdoc(function) or ""
    annotations = " ".join(map(str, function.__annotations__.values()))
    figures, arrays = (bool(kind.search(annotations)) for kind in (FIGURES, ARRAYS))
    said = text.partition("\nRaises\n")[2]
    named = (re.search(rf"\b{FAMILIES.get(error, error)}\b|\b{error}\b", said)
             for error in errors_of(function) if not error.startswith("_"))  # fmt: skip
    room = function.__module__.split(".")[1]
    return {
        "dimensions": not arrays or bool(DIMENSIONS.search(text)),
        "units": not figures or bool(UNITS.search(text)),
        "errors": all(named),
        "source": not figures or room in NO_EQUATION or bool(SOURCE.search(text)),
    }


def lacking(function: FunctionType) -> list[str]:
    """Qualities that a docstring does not state."""
    return [quality for quality, there in stated(function).items() if not there]


def main() -> None:
    """Print what each drawn function lacks, how many lack nothing, and the same of all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("seed", metavar="SEED", type=int, nargs="?", default=1)
    parser.add_argument("number", metavar="NUMBER", type=int, nargs="?", default=60)
    parser.add_argument("--all", action="store_true", help="name every function, not those drawn")
    asked = parser.parse_args()
    every = functions()
    if not 0 < asked.number <= len(every):
        sys.exit(f"NUMBER is {asked.number}; there are {len(every)} public functions")
    drawn = random.Random(asked.seed).sample(every, asked.number)
    for name, function in every if asked.all else drawn:
        lacks = lacking(function)
        if lacks:
            print(f"{name}: {', '.join(lacks)}")
    whole = sum(not lacking(function) for _, function in drawn)
    print(f"{whole} of {asked.number} state all that applies (seed {asked.seed})")
    of_all = [lacking(function) for _, function in every]
    counts = Counter(quality for lacks in of_all for quality in lacks)
    words = ", ".join(f"{quality} {counts[quality]}" for quality in QUALITIES)
    print(f"{of_all.count([])} of all {len(every)} do; lacking: {words}")


if __name__ == "__main__":
    main()
