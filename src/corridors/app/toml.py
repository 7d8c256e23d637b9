"""A study file from plain values: what `corridors run` reads, written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["written"]

#: Characters TOML wants escaped in a basic string.
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b"}


def written(content: Mapping[str, Any]) -> str:
    """A study's content as TOML: keys first, then its tables, then its policies.

    Parameters
    ----------
    content : mapping
        As `corridors.study.StudyFile` dumps it; what is None is left out.
    """
    plain = {k: v for k, v in content.items() if v is not None}
    policies = plain.pop("policy", ())
    tables = {k: v for k, v in plain.items() if isinstance(v, Mapping)}
    lines = [f"{k} = {_value(v)}" for k, v in plain.items() if k not in tables]
    for name, table in tables.items():
        lines += ["", f"[{name}]"]
        lines += [f"{k} = {_value(v)}" for k, v in table.items() if v is not None]
    for one in policies:
        lines += ["", "[[policy]]", f"name = {_value(one['name'])}", "levers = ["]
        lines += [f"  {_value(lever)}," for lever in one["levers"]]
        lines += ["]"]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(_character(one) for one in value) + '"'
    if isinstance(value, Mapping):
        pairs = [f"{k} = {_value(v)}" for k, v in value.items() if v is not None]
        return "{ " + ", ".join(pairs) + " }" if pairs else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value)


def _character(one: str) -> str:
    if one in _ESCAPES:
        return _ESCAPES[one]
    return f"\\u{ord(one):04x}" if ord(one) < 32 or ord(one) == 127 else one
