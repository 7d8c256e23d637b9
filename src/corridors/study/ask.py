"""Ask anything that can be run: a study, a policy, a situation on the road."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridors.errors import InputError, Problem, nearest
from corridors.rules import Corridors, Lever, Policy
from corridors.study import files
from corridors.study.files import Study
from corridors.study.progress import Watch, unwatched
from corridors.study.run import answer

if TYPE_CHECKING:
    from corridors.world import Result

__all__ = ["as_study", "run"]

#: Keys of a study file that no journey file has.
OF_A_STUDY = ("policy", "question")
#: Draws of luck and parameters of a journey that says nothing of them.
JOURNEY_DRAWS = 100


def run(
    question: Study | Policy | Mapping[str, Any] | str | os.PathLike[str],
    *,
    world: Any = None,
    figures: Mapping[str, Any] | None = None,
    draws: int | None = None,
    seed: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    executor: Executor | None = None,
    progress: Watch = unwatched,
) -> Result:
    """Answer a question: where the world settles (37), year by year (39), or day by day.

    Parameters
    ----------
    question : Study, Policy, mapping, name or path
        A study that was read; a policy, asked with the settings a study file has by default; the
        content of a study file; the name of a shipped study or journey; the path of a study
        file, a journey file or a Flee folder. A file, or a folder of journeys, wins over a name.
    world : int, mapping of years, name or folder, optional
        Instead of the study's own; see `corridors.baseline.find`.
    figures : mapping, optional
        In place of the world's: `{"VEN.output_per_head": 12400}`; see
        `corridors.baseline.corrections`.
    draws, seed : int, optional
        Instead of the study's own; of a journey 100 and 1.
    parameters : mapping of str to number or table, optional
        Values, or priors as tables, in place of the package's and the study's; see
        `corridors.parameters`.
    executor : concurrent.futures.Executor, optional
        For the draws of an equilibrium; see `corridors.ensemble`.
    progress : function of a `Progress`, optional
        What is being done and how far it is; `str` has it in words.

    Returns
    -------
    Result
        DataFrames by name, in persons, PPP and US dollars; docs/results.md lists their columns.

    Raises
    ------
    InputError, SourceError
        The question cannot be asked: every problem at once.
    ModelError
        A central case does not converge or does not close.
    """
    if isinstance(question, str | os.PathLike):
        from corridors.study import journey_run

        question_path = Path(question)
        if _is_journey(question_path):
            number = JOURNEY_DRAWS if draws is None else draws
            return journey_run.run(
                question_path,
                draws=number,
                seed=1 if seed is None else seed,
                parameters=parameters,
            )
    return answer(
        as_study(question, world).with_figures(figures or {}),
        draws=draws,
        seed=seed,
        parameters=parameters,
        executor=executor,
        progress=progress,
    )


def as_study(
    question: Study | Policy | Mapping[str, Any] | str | os.PathLike[str], world: Any = None
) -> Study:
    """The checked study behind a question that is no journey.

    Raises
    ------
    InputError
        Lists everything wrong with it.
    SourceError
        The file, or the folder of a world, cannot be read.
    """
    instead = {} if world is None else {"world": world}
    if isinstance(question, Study):
        return question.with_world(world)
    if isinstance(question, Policy):
        return files.check(question.name, _content(question) | instead)
    if isinstance(question, Mapping):
        return files.check(str(question.get("title", "study")), _plain(question) | instead)
    if isinstance(question, str | os.PathLike):
        return files.read(Path(question), world)
    what = f"a {type(question).__name__} is no question"
    fix = "Give the name or path of a study, a dict of its content, a Study or a Policy"
    raise InputError(Problem("run", what, fix))


def _is_journey(name: Path) -> bool:
    """Whether a name or path is a situation on the road and not a study.

    Raises
    ------
    InputError
        It is neither; the nearest names of both are offered.
    """
    from corridors.readers import journeys_folder

    studies, journeys = files.shipped(), journeys_folder.shipped()
    # (The command line writes what a shipped study answers to a folder of its name.)
    if name.is_dir() and (str(name) not in studies or journeys_folder.holds_journeys(name)):
        return True
    if name.is_file():
        content = files.content(name)
        return "first_day" in content and not any(key in content for key in OF_A_STUDY)
    if str(name) not in studies and str(name) not in journeys:
        close = ", ".join(nearest(str(name), [*studies, *journeys]))
        fix = f"Give a path, or the name of a shipped study or journey: {close}, ..."
        raise InputError(Problem(f"'{name}'", "there is no such file, study or journey", fix))
    return str(name) in journeys


def _plain(value: Any) -> Any:
    """Tuples as the lists that TOML has, mappings as dicts; all else as it is."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _content(policy: Policy) -> dict[str, Any]:
    """The study file that asks what a policy does."""
    levers = [{lever.name: _settings(lever)} for lever in policy.levers]
    return {
        "title": policy.name,
        "question": f"What if: {policy.name}?",
        "policy": [{"name": policy.name, "levers": levers}],
    }


def _settings(lever: Lever) -> dict[str, Any]:
    """The fields of a lever as its table in a study file gives them."""
    given: dict[str, Any] = {}
    for field in fields(lever):  # type: ignore[arg-type]
        value = getattr(lever, field.name)
        if isinstance(value, Corridors):
            given |= {end.name: _plain(getattr(value, end.name)) for end in fields(value)}
        elif value is not None:  # what is left out is the package's
            given[field.name] = _plain(value)
    return given
