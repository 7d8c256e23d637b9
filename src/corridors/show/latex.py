"""Tables for a paper: LaTeX with booktabs, and the sources of a result as BibTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from corridors.errors import InputError, Problem
from corridors.show.report import compose

if TYPE_CHECKING:
    from corridors.show.report.page import Source
    from corridors.world import Result

__all__ = ["bibliography", "table"]

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
_SPECIAL = re.compile("|".join(map(re.escape, SPECIAL)))
#: Digits of a number in a table of a paper; the Parquet table has all.
DIGITS = 6


def table(result: Result, name: str) -> str:
    """One table of a result as LaTeX; needs the package booktabs.

    Raises
    ------
    InputError
        The result has no such table.
    """
    rows = result[name]
    numeric = [rows[column].dtype.kind in "iuf" for column in rows]
    columns = "".join("r" if is_number else "l" for is_number in numeric)
    head = " & ".join(_text(str(column)) for column in rows)
    body = "".join(f"{' & '.join(map(_cell, row))} \\\\\n" for row in rows.itertuples(index=False))
    return (
        f"% {_text(result.name)}, {_text(name)}; digest {result.manifest.get('digest', 'none')}\n"
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{head} \\\\\n\\midrule\n{body}"
        "\\bottomrule\n\\end{tabular}\n"
    )


def bibliography(result: Result) -> str:
    """The sources of a result, an entry each, and this package.

    Raises
    ------
    InputError
        The result was made by hand and names no source.
    SourceError
        The catalogue of the package cannot be read.
    """
    report = compose(result)
    if report is None:
        what = "no study asked for it, so it names no source"
        raise InputError(Problem(f"result of {result.name}", what, "Cite its makers by hand"))
    entries = [*_entries(report.sources)]
    entries.append(
        _entry(
            "corridors",
            title="corridors: a computable model of the world migration system",
            note=f"Version {report.stamp.version}, result {report.stamp.digest}",
        )
    )
    return "\n".join(entries)


def _entries(sources: tuple[Source, ...]) -> Iterator[str]:
    for number, source in enumerate(sources, start=1):
        address = {"howpublished": rf"\url{{{source.address}}}"} if source.is_link else {}
        yield _entry(f"source{number}", title=source.text, **address)


def _entry(key: str, **fields: str) -> str:
    written = "".join(
        f"  {name} = {{{value if name == 'howpublished' else _text(value)}}},\n"
        for name, value in fields.items()
    )
    return f"@misc{{{key},\n{written}}}\n"


def _cell(value: object) -> str:
    import pandas as pd

    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "--"
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    return _text(str(value))


def _text(text: str) -> str:
    return _SPECIAL.sub(lambda match: SPECIAL[match.group()], text)
