"""Write docs/reference: one page a package, every public name by its docstring.

    python tools/reference_pages.py          writes the pages
    python tools/reference_pages.py --check  says which are out of date, and fails

A name is public when its module lists it (`__all__`, or the stub of a package).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import sys
from pathlib import Path
from types import ModuleType

import corridors

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"


def modules() -> list[ModuleType]:
    """Every module of the package that lists public names, by name."""
    walked = pkgutil.walk_packages(corridors.__path__, "corridors.")
    every = [importlib.import_module(item.name) for item in walked if "__main__" not in item.name]
    return [module for module in every if getattr(module, "__all__", None)]


def defined_here(module: ModuleType) -> list[str]:
    """Public names that a module defines itself; a package hands others on."""
    if not hasattr(module, "__path__"):
        return sorted(module.__all__)
    given: set[str] = set()
    for node in ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            given.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            given |= {target.id for target in targets if isinstance(target, ast.Name)}
    return sorted(given & set(module.__all__))


def handed_on(module: ModuleType) -> dict[str, str]:
    """Short name -> where it is documented, of what a package hands on."""
    short = {}
    for name in sorted(set(module.__all__) - set(defined_here(module))):
        value = getattr(module, name)
        if isinstance(value, ModuleType):
            continue
        short[f"{module.__name__}.{name}"] = _home(module, name)
    return short


def _home(module: ModuleType, name: str) -> str:
    value = getattr(module, name)
    home = getattr(value, "__module__", None)
    if isinstance(home, str) and home.startswith("corridors.") and hasattr(value, "__qualname__"):
        return f"{home}.{value.__qualname__}"
    for other in modules():  # a constant does not say where it is from
        if other is not module and name in defined_here(other):
            same = getattr(other, name) is value
            if same and other.__name__.startswith(module.__name__):
                return f"{other.__name__}.{name}"
    return f"{module.__name__}.{name}"


def pages() -> dict[str, str]:
    """File name -> text of every page."""
    rooms: dict[str, list[ModuleType]] = {}
    for module in modules():
        rooms.setdefault(module.__name__.split(".")[1], []).append(module)
    written = {f"{room}.md": _page(room, listed) for room, listed in rooms.items()}
    written["index.md"] = _front(sorted(rooms))
    return written


def _page(room: str, listed: list[ModuleType]) -> str:
    parts = [f"# corridors.{room}\n"]
    for module in listed:
        if len(listed) > 1 and module.__name__ != f"corridors.{room}":
            parts.append(f"## {module.__name__.removeprefix('corridors.')}\n")
        short = handed_on(module) if hasattr(module, "__path__") else {}
        rows = [f"| `{name}` | `{home}` |" for name, home in short.items()]
        if rows:
            parts.append("\n".join(["| short name | is |", "|---|---|", *rows]) + "\n")
        own = defined_here(module)
        documented = [name for name in own if inspect.isroutine(_value(module, name))]
        documented += [name for name in own if inspect.isclass(_value(module, name))]
        members = f"   :members: {', '.join(sorted(documented))}\n" if documented else ""
        directive = f".. automodule:: {module.__name__}\n{members}"
        constants = [name for name in own if name not in documented]
        directive += "".join(f"\n.. autodata:: {module.__name__}.{name}\n" for name in constants)
        parts.append(f"```{{eval-rst}}\n{directive}```\n")
    return "\n".join(parts)


def _value(module: ModuleType, name: str) -> object:
    return inspect.unwrap(getattr(module, name))


def _front(rooms: list[str]) -> str:
    rows = [f"| `{name}` | `{home}` |" for name, home in handed_on(corridors).items()]
    head = """\
# Every public name

What each function, class and constant takes and gives: dimensions, units, errors, source. Numbers
in parentheses are equations of [the mathematics](../mathematics.md). These stand at the top:
"""
    table = "\n".join(["| short name | is |", "|---|---|", *rows])
    tree = "\n".join(["```{toctree}", ":maxdepth: 1", "", *rooms, "```"])
    return f"{head}\n{table}\n\nThe rest, by part of the world:\n\n{tree}\n"


def main() -> None:
    """Write the pages, or with `--check` say which differ."""
    wanted = pages()
    stale = [
        name
        for name, text in wanted.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != text
    ]
    stale += sorted({path.name for path in FOLDER.glob("*.md")} - set(wanted))
    if "--check" in sys.argv:
        sys.exit(f"out of date: {', '.join(stale)}" if stale else 0)
    FOLDER.mkdir(exist_ok=True)
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()
    print(f"{len(stale)} of {len(wanted)} pages written to {FOLDER}")


if __name__ == "__main__":
    main()
