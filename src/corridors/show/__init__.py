"""Pictures, tables and the report: one set of colours and number formats for all of them.

Each name is loaded on first use, because matplotlib is slow to import.
"""

from __future__ import annotations

import importlib

_PUBLIC = {
    "Column": "tables",
    "Grid": "tables",
    "Picture": "report.page",
    "Report": "report.page",
    "Section": "report.page",
    "Source": "report.page",
    "Stamp": "report.page",
    "balance": "plots",
    "bars": "plots",
    "chord": "chords",
    "curve": "plots",
    "flow_map": "maps",
    "png": "figure",
    "svg": "figure",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> object:
    """Load a public name from its module."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
