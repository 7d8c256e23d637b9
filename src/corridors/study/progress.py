"""How far a study is: a stage and a count for programs, and the same in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Progress", "Stage", "Watch", "unwatched"]

Stage = Literal["waiting", "remark", "figures", "solving", "draws", "sweep", "years", "done"]


@dataclass(frozen=True)
class Progress:
    """A step of a run.

    Parameters
    ----------
    stage : what is being done
    done, total : int
        Draws, cases or settings done and asked; 0 where there is nothing to count.
    about : str
        A remark, or what a count is of.
    """

    stage: Stage
    done: int = 0
    total: int = 0
    about: str = ""

    def __str__(self) -> str:
        words = {
            "waiting": "waiting",
            "remark": self.about,
            "figures": "gathering the figures",
            "solving": f"solving {self.about}",
            "draws": f"drawing parameters: {self.done} of {self.total}",
            "sweep": f"sweeping {self.about}",
            "years": f"projecting {self.about}",
            "done": "done",
        }
        return words[self.stage]


Watch = Callable[[Progress], None]


def unwatched(progress: Progress) -> None:
    """Tell nobody."""
