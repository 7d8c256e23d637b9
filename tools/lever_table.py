"""Every lever as it declares itself: prints the page `docs/levers.md`.

    python tools/lever_table.py [--write]

Nothing is written by hand but the words above the tables.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from typing import Any, cast

from published.pages import finish, options, table

from corridors import rules
from corridors.rules import Corridors

HEAD = """# Levers

A lever is one change of the rules. A policy is a list of them, applied in order; two that set the
same field of the same cell to different values are refused. In a study file a lever is written
`{ wall = { deterred = 0.1, residence = "USA" } }`; what is left out has the default below.

Levers of corridors also take `birthplace`, `residence`, `skill` and `status`: a name, a code, a
group or several. A magnitude whose source is *assumed* is no finding: it is a
[curve](assumed.md). What was published on each lever stands in
[Against what was seen](calibration.md).
"""
SUBJECTS = {
    "people": "People",
    "borders": "Borders",
    "wages": "Wages",
    "money": "Money",
    "capital": "Capital",
}


def main() -> None:
    asked = options(__doc__ or "").parse_args()
    finish("levers.md", page(), asked.write)


def page() -> str:
    """The page, from the declarations."""
    parts = [HEAD]
    for subject in rules.SUBJECTS:
        declared = importlib.import_module(f"corridors.{subject}.levers").LEVERS
        parts.append(f"\n## {SUBJECTS[subject]}\n")
        parts += [entry(lever) for lever in declared]
    return "".join(parts)


def entry(lever: type[rules.Lever]) -> str:
    """Title, what it does, and its fields."""
    fields = {field.name: field for field in dataclasses.fields(lever)}  # type: ignore[arg-type]
    about = inspect.cleandoc(lever.__doc__ or "")
    text = f"\n### `{lever.name}`: {lever.title}\n\n{about}\n"
    where = fields.pop("where", None)
    if where is not None:
        whose = _people(cast(Corridors, where.default).status)
        text += f"\nActs on every corridor, {whose}, unless told otherwise.\n"
    if fields:
        head = ("Field", "Default", "Unit", "Range", "What it is", "Source of the default")
        text += "\n" + table(head, [_row(field) for field in fields.values()]) + "\n"
    return text


def _people(status: str | tuple[str, ...]) -> str:
    """Whose wedge, pay or stay it is, by legal status."""
    if status == "all":
        return "whatever the status"
    names = (status,) if isinstance(status, str) else status
    return f"{' and '.join(names)} people only"


def _row(field: dataclasses.Field[Any]) -> tuple[str, ...]:
    about = field.metadata
    return (
        f"`{field.name}`",
        _default(field.default),
        about["unit"],
        _range(field),
        about["help"],
        about["source"],
    )


def _default(value: Any) -> str:
    if value is None:
        return "the parameter"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _range(field: dataclasses.Field[Any]) -> str:
    if field.metadata["choices"]:
        return " or ".join(field.metadata["choices"])
    if isinstance(field.default, str):
        return "names"
    return f"{field.metadata['lower']:g} to {field.metadata['upper']:g}"


if __name__ == "__main__":
    main()
