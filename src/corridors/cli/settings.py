"""`--set NAME=VALUE`: parameters in place of the package's, as a study file writes them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from corridors.errors import InputError, Problem

__all__ = ["Settings", "read_settings"]

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A parameter in place of the package's: theta=2.0; again for another.",
    ),
]


def read_settings(given: list[str] | None) -> dict[str, Any]:
    """Values by name, read as TOML; a later one of the same name wins.

    Raises
    ------
    InputError
        Lists every entry that is not NAME=VALUE.
    """
    import tomllib

    read: dict[str, Any] = {}
    problems = []
    for entry in given or ():
        name, sign, value = entry.partition("=")
        try:
            read[name.strip()] = tomllib.loads(f"value = {value.strip()}")["value"]
        except (tomllib.TOMLDecodeError, RecursionError):
            sign = ""
        if not sign or not name.strip():
            fix = "Write --set theta=2.0, or a prior as in a study file"
            problems.append(Problem(f"--set {entry}", "is not NAME=VALUE", fix))
    if problems:
        raise InputError(problems)
    return read
