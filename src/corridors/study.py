"""A study: one TOML file that names a question, policies, capital closures and draws.

`read` checks a file whole - every unknown key, lever, area and value out of range in one error -
and `run` answers it: the central world at the parameters' values, every policy under every
closure, and the same over draws of all parameters. The digest of a result depends on the file,
the figures and the versions, not on the executor or the number of processes.
"""

from __future__ import annotations

import functools
import hashlib
import json
import tomllib
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corridors import areas, baseline, ensemble
from corridors.baseline import CHANNELS, Observed
from corridors.borders.status import shares_drawn
from corridors.capital.supply import Closure
from corridors.data import results
from corridors.equilibrium import explain, findings, solve
from corridors.equilibrium.findings import Case
from corridors.equilibrium.measures import MEASURES, measure
from corridors.equilibrium.prepare import prepare
from corridors.errors import InputError, Problem, nearest
from corridors.rules import Policy, build
from corridors.world import Result, World, close

__all__ = ["Study", "check", "plan", "publish", "read", "run", "shipped"]

Array = NDArray[np.float64]
STUDIES = Path(__file__).parent / "studies"
LEVELS = (0.5, 0.8, 0.95)
#: Residual of a drawn solution: far below the width of any interval.
DRAWN = 1e-8
#: Key of a draw's number among its parameters.
DRAW = "draw"
STATUS_DRAWS = 40


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PolicyFile(_Strict):
    """An ordered list of levers under a name; each lever is `{name = {field = value}}`."""

    name: str
    levers: tuple[dict[str, dict[str, Any]], ...] = ()


class DrawsFile(_Strict):
    """How many draws of the parameters, from which seed."""

    number: int = Field(default=100, ge=0, le=100_000)
    seed: int = Field(default=1, ge=0)


class CurveFile(_Strict):
    """One field of one lever, tried at many values, central parameters only."""

    lever: str
    field: str
    values: tuple[float, ...] = Field(min_length=2)
    outside: float | None = None


class ShownFile(_Strict):
    """The case whose corridors and areas are listed and drawn."""

    policy: str
    capital: Closure


class StudyFile(_Strict):
    """The file as written."""

    title: str
    question: str
    sources: tuple[str, ...] = ()
    answer: Literal["equilibrium"] = "equilibrium"
    capital: tuple[Closure, ...] = Field(default=("fixed", "mobile"), min_length=1)
    channels: tuple[Literal[CHANNELS], ...] = ()  # type: ignore[valid-type]
    statuses: bool = False
    land: bool = True
    focus: tuple[str, ...] = ()
    policy: tuple[PolicyFile, ...] = Field(min_length=1)
    shown: ShownFile | None = None
    draws: DrawsFile = DrawsFile()
    curve: CurveFile | None = None


@dataclass(frozen=True)
class Study:
    """A checked study: its name, its file, and its policies built."""

    name: str
    file: StudyFile
    policies: tuple[Policy, ...]

    @property
    def shown(self) -> tuple[str, str]:
        """Policy and capital closure of the case that is listed and drawn."""
        if self.file.shown is not None:
            return self.file.shown.policy, self.file.shown.capital
        return self.policies[0].name, self.file.capital[0]

    def with_draws(self, number: int | None, seed: int | None) -> Study:
        """The same study with another number of draws or seed."""
        given = {"number": number, "seed": seed}
        asked = {name: value for name, value in given.items() if value is not None}
        draws = _checked(DrawsFile, {**self.file.draws.model_dump(), **asked}, "draws")
        return replace(self, file=self.file.model_copy(update={"draws": draws}))


def shipped() -> dict[str, Path]:
    """Studies in the package, by name."""
    return {file.stem: file for file in sorted(STUDIES.glob("*.toml"))}


def read(name: str | Path) -> Study:
    """Read and check a study: a path if one exists there, else a shipped name.

    Raises
    ------
    InputError
        Lists everything wrong with the file.
    """
    file = Path(name)
    if not file.is_file():
        known = shipped()
        if str(name) not in known:
            close = ", ".join(nearest(str(name), known))
            fix = f"Give a path to a TOML file or one of the shipped studies: {close}, ..."
            raise InputError(Problem(f"study '{name}'", "there is no such file or study", fix))
        file = known[str(name)]
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(Problem(str(name), f"is not TOML: {error}", "Correct the file")) from None
    except OSError as error:
        fix = "Check the path and its permissions"
        raise InputError(Problem(str(name), f"cannot be read: {error.strerror}", fix)) from None
    return check(file.stem, content)


def check(name: str, content: dict[str, Any]) -> Study:
    """A study from the content of its file; every problem of keys, types and levers at once."""
    file = _checked(StudyFile, content, name)
    problems: list[Problem] = []
    policies = []
    for one in file.policy:
        levers = []
        for position, item in enumerate(one.levers, start=1):
            where = f"{name}: policy '{one.name}' lever {position}"
            if len(item) != 1:
                fix = "Write one lever per entry: { open_border = { legal_share = 0.15 } }"
                problems.append(Problem(where, f"names {len(item)} levers", fix))
            for lever, values in item.items():
                try:
                    levers.append(build(lever, values, where))
                except InputError as error:
                    problems += error.problems
        policies.append(Policy(one.name, tuple(levers)))
    names = [one.name for one in policies]
    problems += [
        Problem(f"{name}: policy '{one}'", "occurs twice", "Give each policy its own name")
        for one in sorted(set(names))
        if names.count(one) > 1
    ]
    problems += _shown_problems(name, file, names)
    if file.focus:
        try:
            areas.select(file.focus)
        except InputError as error:
            problems += [replace(one, where=f"{name}: focus {one.where}") for one in error.problems]
    if file.curve is not None:
        problems += _curve_problems(name, file.curve)
    if problems:
        raise InputError(problems)
    return Study(name, file, tuple(policies))


def _checked(model: type[Any], content: dict[str, Any], name: str) -> Any:
    """`content` as `model`; pydantic's complaints as our problems, with the nearest key."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = []
        for one in error.errors():
            where = f"{name}: {'.'.join(str(part) for part in one['loc'])}"
            what = one["msg"]
            fix = f"Got {one['input']!r}" if one["type"] != "missing" else "Add it"
            if one["type"] == "extra_forbidden":
                key, owner = str(one["loc"][-1]), _owner(model, one["loc"][:-1])
                close = ", ".join(nearest(key, owner.model_fields))
                what, fix = f"there is no key '{key}'", f"Did you mean {close}?"
            problems.append(Problem(where, what, fix))
        raise InputError(problems) from None


def _owner(model: type[Any], path: tuple[Any, ...]) -> type[Any]:
    """The model that the keys at `path` of `model` belong to."""
    parts = {
        "policy": PolicyFile, "draws": DrawsFile, "curve": CurveFile, "shown": ShownFile,
    }  # fmt: skip
    for part in path:
        model = parts.get(part, model)
    return model


def _shown_problems(name: str, file: StudyFile, names: list[str]) -> list[Problem]:
    if file.shown is None:
        return []
    problems = []
    if file.shown.policy not in names:
        close = ", ".join(nearest(file.shown.policy, names))
        what = f"there is no policy '{file.shown.policy}'"
        problems.append(Problem(f"{name}: shown.policy", what, f"Use {close}"))
    if file.shown.capital not in file.capital:
        what = f"'{file.shown.capital}' is not among the closures of this study"
        fix = f"Use {', '.join(file.capital)}"
        problems.append(Problem(f"{name}: shown.capital", what, fix))
    return problems


def _curve_problems(name: str, curve: CurveFile) -> list[Problem]:
    problems = []
    for value in curve.values:
        try:
            build(curve.lever, {curve.field: value}, f"{name}: curve")
        except InputError as error:
            problems += [one for one in error.problems if one not in problems]
    return problems


def plan(study: Study) -> pd.DataFrame:
    """What a run would do, policy by policy: levers, cells touched, empty cells. Solves nothing."""
    world = _calibrate(study.file, baseline.observe(), ensemble.central())
    rows = []
    for policy in study.policies:
        _, traces = policy.apply(world.rules)
        rows += [(policy.name, one.lever, one.cells, one.empty) for one in traces]
        rows += [(policy.name, "none", 0, 0)] if not traces else []
    return pd.DataFrame(rows, columns=["policy", "lever", "cells", "empty"])


def run(
    study: Study | str | Path,
    *,
    draws: int | None = None,
    seed: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Result:
    """Answer a study.

    Parameters
    ----------
    study : Study, path or shipped name
    draws, seed : int, optional
        Instead of the file's.
    executor : concurrent.futures.Executor, optional
        For the draws; see `corridors.ensemble.run`.
    progress : function of a line of text

    Raises
    ------
    InputError
        The study cannot be asked, see `read`.
    ModelError
        A central case does not converge or does not close.
    """
    if not isinstance(study, Study):
        study = read(study)
    study = study.with_draws(draws, seed)
    progress("gathering the figures")
    observed = baseline.observe()
    world = _calibrate(study.file, observed, ensemble.central())
    progress(f"solving {len(study.policies)} policies x {len(study.file.capital)} closures")
    cases = _cases(study, world)
    sampled = ensemble.draw(study.file.draws.number, ensemble.streams(study.file.draws.seed))
    drawn = _drawn(study, observed, sampled, executor, progress)
    spread = _status_spread(study, observed, drawn, executor, progress)
    tables = {
        "headline": findings.headline(cases, drawn, LEVELS),
        "corridors": findings.corridors(cases),
        "areas": findings.areas(cases, world.imputed_share()),
        "income_groups": findings.income_groups(cases, observed.income_group),
        "statuses": findings.statuses(cases),
        "solver": findings.solver(cases, drawn),
        "figures": world.figures,
    }
    if study.file.draws.number:
        tables["draws"] = drawn
        tables["ranking"] = _rankings(study, sampled, drawn)
        if study.file.statuses:
            tables["status_spread"] = spread
    shown = next(one for one in cases if (one.policy, one.capital) == study.shown)
    progress("splitting the change by channel")
    tables["channels"] = _channels(study, cases, shown)
    if study.file.curve is not None:
        progress("drawing the curve")
        tables["curve"] = _curve(study, world)
    return Result(tables, _manifest(study, world, tables))


def publish(result: Result, folder: Path) -> None:
    """Write tables, manifest and report.html to `folder`, whole or not at all.

    Raises
    ------
    InputError, SourceError
        As `corridors.data.results.publish`.
    """
    from corridors.show import answers, report

    with results.publish(folder) as fresh:
        report.write(fresh / "report.html", answers.report(result))
        results.write(fresh, result.tables, result.manifest)


def _cases(study: Study, world: World) -> list[Case]:
    """Every policy under every closure; raises where the central solution cannot be stood by."""
    cases = []
    for policy in study.policies:
        rules, traces = policy.apply(world.rules)
        for closure in study.file.capital:
            closed = world.with_closure(closure)
            settled = solve.require(
                solve.settle(closed.structure, closed.state, closed.rules, rules)
            )
            close(closed.structure, settled.state, rules.fee)
            cases.append(Case(policy.name, closure, closed, rules, traces, settled))
    return cases


def _drawn(
    study: Study,
    observed: Observed,
    sampled: dict[str, Array],
    executor: Executor | None,
    progress: Callable[[str], None],
) -> pd.DataFrame:
    """Every measure of every case at every draw: policy, capital, draw, converged, measures."""
    if not study.file.draws.number:
        return pd.DataFrame(columns=["policy", "capital", "draw", "converged"])
    number = study.file.draws.number

    def report(done: int, total: int) -> None:
        progress(f"drawing parameters: {min(number, done * ensemble.BATCH)} of {number}")

    task = functools.partial(_batch, _light(observed), study.policies, study.file, False)
    numbered = {**sampled, DRAW: np.arange(number, dtype=float)}
    parts = ensemble.run(task, numbered, executor=executor, progress=report)
    return pd.concat(parts, ignore_index=True)


def _light(observed: Observed) -> Observed:
    """Without the tables that workers have no use for."""
    return replace(observed, figures=observed.figures.iloc[:0], notes=())


def _status_spread(
    study: Study,
    observed: Observed,
    drawn: pd.DataFrame,
    executor: Executor | None,
    progress: Callable[[str], None],
) -> pd.DataFrame:
    """Part of every measure's variance that comes from assumed shares of legal status.

    Central parameters, only the assumed shares drawn: their variance over that of all draws.
    """
    names = [one.name for one in MEASURES]
    number = min(study.file.draws.number, STATUS_DRAWS)
    if not (study.file.statuses and number > 1):
        return pd.DataFrame(columns=["policy", "capital", "measure", "part"])
    progress(f"drawing legal statuses alone: {number}")
    central = {name: np.repeat(value, number) for name, value in ensemble.central().items()}
    task = functools.partial(_batch, _light(observed), study.policies, study.file, True)
    numbered = {**central, DRAW: np.arange(number, dtype=float)}
    alone = pd.concat(ensemble.run(task, numbered, executor=executor), ignore_index=True)
    keys = ["policy", "capital"]
    ratio = (
        alone.groupby(keys, sort=False)[names].var() / drawn.groupby(keys, sort=False)[names].var()
    )
    return ratio.rename_axis(columns="measure").stack().rename("part").reset_index()


def _calibrate(
    file: StudyFile, observed: Observed, parameters: dict[str, Array], shares: Array | None = None
) -> World:
    """The world a study asks for, at these parameters."""
    if file.statuses and shares is None:
        shares = observed.status_shares[None]
    return baseline.calibrate(
        observed, parameters, channels=file.channels, shares=shares, land=file.land
    )


def _shares(observed: Observed, file: StudyFile, draws: Array, only_assumed: bool) -> Array | None:
    """Legal statuses of every draw (d, b, i, k); a draw's numbers do not depend on its batch."""
    if not file.statuses:
        return None
    stream = ensemble.streams(file.draws.seed)
    found = [
        shares_drawn(
            observed.status_shares,
            observed.status_concentration,
            stream(f"legal statuses {draw:.0f}"),
            1,
        )
        for draw in draws
    ]
    shares = np.concatenate(found)
    if not only_assumed:
        return shares
    return np.where(observed.status_assumed[..., None], shares, observed.status_shares)


def _batch(
    observed: Observed,
    policies: tuple[Policy, ...],
    file: StudyFile,
    only_assumed: bool,
    parameters: dict[str, Array],
) -> pd.DataFrame:
    """Measures of every case over one batch of draws: policy, capital, draw, converged, measures.

    `only_assumed` draws legal statuses only where a corridor's rest on no count.
    """
    draws = parameters[DRAW]
    shares = _shares(observed, file, draws, only_assumed)
    world = _calibrate(file, observed, parameters, shares)
    parts = []
    for policy in policies:
        rules, _ = policy.apply(world.rules)
        change = prepare(world.structure, world.state, world.rules, rules)
        for closure in file.capital:
            settled = solve.finish(change.with_closure(closure), rules, tolerance=DRAWN)
            found = measure(world, settled.state)
            about = {"policy": policy.name, "capital": closure, "draw": draws.astype(int)}
            converged = settled.good(DRAWN)
            parts.append(pd.DataFrame({**about, "converged": converged, **found}))
    return pd.concat(parts, ignore_index=True)


def _rankings(study: Study, sampled: dict[str, Array], drawn: pd.DataFrame) -> pd.DataFrame:
    """What drives world output, case by case: rank correlation with each parameter."""
    parts = []
    for (policy, capital), rows in drawn.groupby(["policy", "capital"], sort=False):
        good = rows["converged"].to_numpy()
        kept = {name: values[good] for name, values in sampled.items()}
        found = explain.ranking(kept, rows.loc[good, "output"].to_numpy())
        parts.append(found.assign(policy=policy, capital=capital))
    return pd.concat(parts, ignore_index=True)


def _channels(study: Study, cases: list[Case], shown: Case) -> pd.DataFrame:
    """Split by channel: of the shown case, or of all where few policies are compared."""
    few = cases if len(cases) <= 6 else [shown]
    parts = [
        explain.by_channel(one.world, one.rules).assign(policy=one.policy, capital=one.capital)
        for one in few
    ]
    return pd.concat(parts, ignore_index=True)


def _curve(study: Study, world: World) -> pd.DataFrame:
    """The curve's lever alone at each value, under each closure."""
    curve = study.file.curve
    assert curve is not None
    rows = []
    for value in curve.values:
        lever = build(curve.lever, {curve.field: value}, "curve")
        rules, _ = Policy("curve", (lever,)).apply(world.rules)
        outside = curve.outside is not None and value > curve.outside
        for closure in study.file.capital:
            closed = world.with_closure(closure)
            settled = solve.require(
                solve.settle(closed.structure, closed.state, closed.rules, rules)
            )
            found = measure(closed, settled.state)
            rows += [
                (closure, curve.field, value, outside, one.name, float(found[one.name][0]))
                for one in MEASURES
            ]
    columns = ["capital", "field", "at", "outside", "measure", "value"]
    return pd.DataFrame(rows, columns=columns)


def _manifest(study: Study, world: World, tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """How the result was made, and its digest."""
    from importlib.metadata import version

    from corridors import __version__
    from corridors.data import store

    used = {one.name: one.sha256 for one in store.catalogue()}
    names = ("numpy", "scipy", "pandas")
    return {
        "study": study.name,
        "file": study.file.model_dump(mode="json", exclude_none=True),
        "shown": {"policy": study.shown[0], "capital": study.shown[1]},
        "focus": list(areas.select(study.file.focus, among=world.areas))
        if study.file.focus
        else [],
        "people_year": baseline.PEOPLE_YEAR,
        "economy_year": baseline.ECONOMY_YEAR,
        "coverage": world.coverage,
        "notes": list(world.notes),
        "levels": list(LEVELS),
        "versions": {"corridors": __version__, **{name: version(name) for name in names}},
        "figures": used,
        "digest": digest(tables),
    }


def digest(tables: dict[str, pd.DataFrame]) -> str:
    """SHA-256 over the names, columns and values of the tables."""
    total = hashlib.sha256()
    for name in sorted(tables):
        total.update(json.dumps([name, *map(str, tables[name].columns)]).encode())
        total.update(pd.util.hash_pandas_object(tables[name], index=False).to_numpy().tobytes())
    return total.hexdigest()
