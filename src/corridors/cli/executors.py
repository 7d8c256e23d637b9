"""Who does the work of a command: processes of this machine, or a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from corridors.errors import InputError, Problem

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["Scheduler", "Workers", "drawing", "executor_asked", "executor_if_asked"]

Scheduler = Annotated[str | None, typer.Option(help="Address of a Dask scheduler.")]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Processes of this machine; one per core by default.")
]


@contextmanager
def executor_asked(scheduler: str | None, workers: int | None) -> Iterator[Executor]:
    """The executor of a Dask cluster, or processes of this machine.

    Raises
    ------
    InputError
        Both are asked for, Dask is not installed, or no scheduler answers.
    """
    from corridors import ensemble

    if scheduler is None:
        with ensemble.workers(None, workers) as here:
            yield here
        return
    if workers is not None:
        what, fix = "both name who does the work", "Leave one of them out"
        raise InputError(Problem("--workers and --scheduler", what, fix))
    try:
        from distributed import Client
    except ImportError:
        fix = "pip install 'corridors[cluster]'"
        raise InputError(Problem("--scheduler", "Dask is not installed", fix)) from None
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError) as error:
        what = f"no scheduler answers at {scheduler}"
        raise InputError(Problem("--scheduler", what, "Check the address")) from error
    with client:
        yield ensemble.Sent(client.get_executor())


@contextmanager
def executor_if_asked(scheduler: str | None, workers: int | None) -> Iterator[Executor | None]:
    """As `executor_asked` where one of both is given; else nobody: this process does the work."""
    if scheduler is None and workers is None:
        yield None
        return
    with executor_asked(scheduler, workers) as executor:
        yield executor


@contextmanager
def drawing() -> Iterator[Executor]:
    """One process beside this one, which draws; what is slow to load it loads at once."""
    from corridors import ensemble
    from corridors.show import report

    with ensemble.workers(None, 1) as beside:
        beside.submit(report.ready)
        yield beside
