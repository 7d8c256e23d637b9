"""The list of reference tables, with their terms."""

from __future__ import annotations

import pandas as pd

from corridors.data import store

__all__ = ["TABLE_COLUMNS", "reference_tables"]

#: The columns of the list of tables.
TABLE_COLUMNS = {
    "table": "name to use in SQL",
    "title": "what it holds",
    "publisher": "who published it",
    "edition": "which edition",
    "coverage": "years and areas",
    "kind": "reported, modelled or assumed, or by which rule",
    "licence": "terms of use",
    "address": "where the publisher has it",
    "citation": "how to cite it",
    "rows": "number of rows",
    "columns": "names, and units or meanings",
    "quirks": "what a reader must know",
}


def reference_tables() -> pd.DataFrame:
    """The reference tables: name, rows, columns with their units, source, licence, quirks.

    Returns
    -------
    DataFrame (`TABLE_COLUMNS`)

    Raises
    ------
    SourceError
        The catalogue of the package cannot be read.
    """
    entries = [vars(entry) | {"table": entry.name} for entry in store.catalogue()]
    rows = pd.DataFrame(entries)[list(TABLE_COLUMNS)]
    rows["columns"] = ["; ".join(f"{k}: {v}" for k, v in held.items()) for held in rows["columns"]]
    rows["quirks"] = [" ".join(sentences) for sentences in rows["quirks"]]
    return rows
