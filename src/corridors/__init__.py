"""A computable model of the world migration system: ask what if, get figures and their sources.

Each public name is loaded on first use, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

#: Public name -> the module it lives in. A name is public when it stands here.
_PUBLIC = {
    "CorridorsError": "errors",
    "InputError": "errors",
    "ModelError": "errors",
    "Problem": "errors",
    "Result": "world",
    "SourceError": "errors",
    "World": "world",
    "catalogue": "data.store",
    "groups": "areas",
    "load": "world",
    "resolve": "areas",
    "run": "study",
    "select": "areas",
    "sql": "data.store",
    "table": "data.store",
}

#: Parts that are used by their own name: `corridors.forecast.table`.
_PARTS = ("forecast",)


def __getattr__(name: str) -> Any:
    if name in _PARTS:
        from importlib import import_module

        return import_module(f"corridors.{name}")
    if name not in _PUBLIC:
        raise AttributeError(f"module 'corridors' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"corridors.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*_PUBLIC, *_PARTS, "__version__"])
