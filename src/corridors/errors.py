"""Every error the package raises on purpose.

`CorridorsError` is the one class to catch. Its three children say whose move it is: the
asker's (`InputError`), the supplier's (`SourceError`) or the model's (`ModelError`). Each
carries the exit code of the command line, so a script and a person learn the same thing.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "CHANGED_WORDS",
    "CorridorsError",
    "DoesNotClose",
    "Infeasible",
    "InputError",
    "ModelError",
    "NotConverged",
    "Problem",
    "SourceError",
    "harmless",
    "nearest",
    "written",
]


#: How studies and results of version 0.1 say it, and how this version does. An old word is refused.
CHANGED_WORDS = {
    'answer = "path"': 'answer = "projection"',
    "[path]": "[projection]",
    "[path.refugees]": "[projection.refugees]",
    "columns low_*, high_*": "columns lower_*, upper_*",
}


class CorridorsError(Exception):
    """Any failure the package foresaw. `exit_code` is what the command line returns."""

    exit_code = 70


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input: where it is, what is wrong, what to do about it."""

    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.fix}"


class InputError(CorridorsError):
    """The question cannot be answered as asked. Lists every problem found, not only the first.

    Parameters
    ----------
    problems : Problem or iterable of Problem
        All problems found in one pass over the input.
    """

    exit_code = 2

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[list[Problem]]]:
        """Survive the way back from a worker with every problem."""
        return type(self), (self.problems,)


class SourceError(CorridorsError):
    """A file of figures is missing, damaged, or not what its catalogue entry says."""

    exit_code = 3


class ModelError(CorridorsError):
    """The model has no answer it can stand behind. `residual` says how far it got."""

    exit_code = 4

    def __init__(self, message: str, residual: float | None = None) -> None:
        self.residual = residual
        super().__init__(message if residual is None else f"{message} (residual {residual:.3g})")


class NotConverged(ModelError):
    """The iteration stopped before its residual fell below the tolerance."""


class Infeasible(ModelError):
    """No state of the world satisfies the rules asked for."""


class DoesNotClose(ModelError):
    """People, money or output are not conserved by a table that must conserve them."""


_LONGEST_SHOWN = 200
#: Signs that move or colour a terminal, or turn the order of its letters, and how they are shown.
_SIGNS = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    for code in (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\n\t"
}


def harmless(text: str) -> str:
    """Text with the signs that would steer a terminal spelt out; lines and tabs stay."""
    return text.translate(_SIGNS)


def written(value: object) -> str:
    """A value as a message may show it: as Python writes it, at most 200 characters."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def nearest(name: str, known: Iterable[str], number: int = 3) -> list[str]:
    """The known names closest in spelling to `name` (Ratcliff-Obershelp), best first, any case."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(name.casefold(), by_folded, n=number, cutoff=0.0)
    return [by_folded[folded] for folded in close]
