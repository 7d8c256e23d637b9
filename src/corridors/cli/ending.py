"""How a command ends when somebody ends it: 130 after Ctrl-C, 143 after SIGTERM, no traceback.

Both raise `KeyboardInterrupt` where the work is, so that every block that tidies up does.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

__all__ = ["Ending", "listening", "stop_children"]


@dataclass
class Ending:
    """The signal that asked this process to end; 0 while none has."""

    signal: int = 0

    @property
    def exit_code(self) -> int:
        """128 and the signal, as a shell reports it."""
        return 128 + self.signal


@contextmanager
def listening() -> Iterator[Ending]:
    """Turn SIGINT and SIGTERM into `KeyboardInterrupt`, and remember which came.

    Raises
    ------
    KeyboardInterrupt
        Inside the block, when either comes.
    """
    ending, process = Ending(), os.getpid()

    def end(number: int, _frame: FrameType | None) -> None:
        if os.getpid() != process:  # a child that has not yet said what it does with signals
            os._exit(128 + number)
        ending.signal = number
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield ending  # only the main thread may listen
        return
    former = {
        number: signal.signal(number, end)
        for number in (signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) is not signal.SIG_IGN  # as nohup and `&` in a script want it
    }
    try:
        yield ending
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def stop_children() -> None:
    """End processes that an interrupted pool had begun to start and knows nothing of."""
    if "multiprocessing" in sys.modules:
        import multiprocessing

        for child in multiprocessing.active_children():
            child.kill()
