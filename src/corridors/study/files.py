"""Study files: TOML read and checked whole, every problem of key, type and lever in one error."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corridors import areas
from corridors.baseline import CHANNELS, Observed, WorldYears, corrections, folders
from corridors.baseline.population import FIRST_YEARS, LAST_YEAR, not_read
from corridors.baseline.years import LATEST
from corridors.capital.supply import Closure
from corridors.equilibrium.measures import BY_NAME
from corridors.errors import CHANGED_WORDS, InputError, Problem, nearest, written
from corridors.parameters import BY_USER, Parameter, declared, override
from corridors.rules import Lever, Policy, build

__all__ = ["STUDIES", "Study", "StudyFile", "check", "read", "shipped"]

STUDIES = Path(__file__).parents[1] / "studies"


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


class RefugeesFile(_Strict):
    """People whom journeys brought abroad: the folder of a result of `corridors journeys run`.

    They were born in `birthplace`, are those of its table `asylum`, and come in the year in which
    the journeys begin.
    """

    result: str
    birthplace: str


class ProjectionFile(_Strict):
    """Years of a projection: until when, when the policy begins and ends, and who looks ahead.

    Without `through` the policy stays; people who look ahead learn of it in the year `announced`,
    by default the year in which it begins. `refugees` come under every policy. `draws` of rates and
    drifts give intervals; `net` is the model's migration or that of the World Population Prospects;
    `flight_known` the last year whose counted refugees are known, by default that of the start.
    """

    until: int = Field(default=2050, le=LAST_YEAR)
    since: int = Field(default=2025, lt=LAST_YEAR)
    through: int | None = Field(default=None, le=LAST_YEAR)
    foresight: bool = False
    announced: int | None = Field(default=None, le=LAST_YEAR)
    refugees: RefugeesFile | None = None
    draws: int = Field(default=0, ge=0, le=10_000)
    net: Literal["model", "prospects"] = "model"
    flight_known: int | None = None


class StudyFile(_Strict):
    """The file as written.

    `answer` is where the world settles, or the years on the way; `variants` are channels switched
    on one at a time beside the study's own `channels`, for the shown policy; `capital`, `channels`,
    `variants`, `statuses`, `land`, `shown`, `curve`, `sweep` and the draws are of an equilibrium,
    `projection` of a projection. `parameters` are values or priors in place of the package's;
    `sweep` tries values of a parameter, everything else staying as it is. `world` is a year, a
    table of years, or a world's folder or name; `figures` are the user's in place of the world's.
    """

    title: str
    question: str
    sources: tuple[str, ...] = ()
    answer: Literal["equilibrium", "projection"] = "equilibrium"
    capital: tuple[Closure, ...] = Field(default=("fixed", "mobile"), min_length=1)
    channels: tuple[Literal[CHANNELS], ...] = ()  # type: ignore[valid-type]
    variants: tuple[Literal[CHANNELS], ...] = ()  # type: ignore[valid-type]
    statuses: bool = False
    land: bool = True
    world: int | str | dict[str, Any] = LATEST
    figures: dict[str, Any] = Field(default_factory=dict)
    focus: tuple[str, ...] = ()
    measure: Literal[tuple(BY_NAME)] | None = None  # type: ignore[valid-type]
    policy: tuple[PolicyFile, ...] = Field(min_length=1)
    shown: ShownFile | None = None
    draws: DrawsFile = DrawsFile()
    curve: CurveFile | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    sweep: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    projection: ProjectionFile | None = None

    def toml(self) -> str:
        """The file as TOML that `read` takes: a lever a line, policies last."""
        import tomli_w

        content = self.model_dump(mode="json", exclude_none=True)
        content = {key: value for key, value in content.items() if value != {}}
        content["policy"] = content.pop("policy")
        return tomli_w.dumps(content, indent=2)


#: Keys of an equilibrium that a projection has no use for.
OF_EQUILIBRIUM = (
    "capital", "channels", "variants", "statuses", "land", "measure", "shown", "curve", "sweep",
)  # fmt: skip
#: What a study is about, by the levers of its policies; world output where none is named.
ABOUT = {
    "remittance_cost": "remittances",
    "remittance_tax": "remittances",
    "displacement": "welfare_naturals",
    "aid": "welfare_naturals",
    "deportation": "people",
    "regularisation": "income_naturals",
    "visa": "people",
    "wall": "people",
}
#: Parameters that a lever reads whatever channels are on.
READ_BY_LEVERS = {"unmet": ("places", "guest_workers", "regularisation")}
#: Parts whose parameters an answer reads, the first first where two have the same name.
READ: dict[str, tuple[str, ...]] = {
    "equilibrium": ("equilibrium",),
    "projection": ("projection", "equilibrium"),
}


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

    @property
    def first(self) -> str:
        """Name of the measure that leads the answer."""
        if self.file.measure is not None:
            return self.file.measure
        levers = [lever.name for policy in self.policies for lever in policy.levers]
        about = [ABOUT[name] for name in levers if name in ABOUT]
        return about[0] if about else "output"

    @property
    def cases(self) -> int:
        """How many worlds are solved: policies times closures; a projection has one without."""
        if self.file.answer == "projection":
            return len(self.policies) + 1
        return len(self.policies) * len(self.file.capital)

    @property
    def draws(self) -> int:
        """How many draws it takes, of an equilibrium or of a projection."""
        years = self.file.projection
        if self.file.answer == "projection":
            return years.draws if years is not None else 0
        return self.file.draws.number

    def observed(self) -> Observed:
        """The figures of the study's world, the user's in place of the world's.

        Raises
        ------
        InputError
            A figure is of no place of this world, or the world has no legal statuses.
        """
        figures = folders.find(self.file.world)
        if self.file.statuses and figures.years is not None and not figures.years.has_statuses:
            what = f"legal statuses of {figures.years.people} are not known"
            problem = Problem(f"{self.name}: statuses", what, "Write statuses = false")
            raise InputError(problem)
        return corrections.apply(figures, corrections.read(self.file.figures))

    @property
    def years(self) -> WorldYears | None:
        """The years of the study's world; None for a world in a folder."""
        given = self.file.world
        if isinstance(given, str) and not given.isdecimal():
            return None
        return WorldYears.read(int(given) if isinstance(given, str) else given)

    def with_world(self, world: Any) -> Study:
        """The same study of another world; None keeps its own. Checked anew."""
        return self if world is None else self._with(world=world)

    def with_figures(self, figures: Mapping[str, Any]) -> Study:
        """The same study with further figures of the user's; a later one of a key wins."""
        return self._with(figures=_flat(self.file.figures) | _flat(figures)) if figures else self

    def with_settings(self, given: Mapping[str, Any]) -> Study:
        """The same study with settings of a command: keys with a dot are figures.

        Raises
        ------
        InputError
            A key that is not known, with the nearest, or a value out of range.
        """
        figures = {key: value for key, value in given.items() if "." in key}
        others = {key: value for key, value in given.items() if key not in figures}
        return self.with_figures(figures).with_parameters(others)

    def _with(self, **changes: Any) -> Study:
        content = self.file.model_dump(mode="json", exclude_none=True) | changes
        return check(self.name, content)

    def parameters(self, part: str = "equilibrium") -> dict[str, Parameter]:
        """The parameters of a part, with the study's in place of the package's."""
        return override(self.file.parameters, READ[self.file.answer])[part]

    @property
    def overridden(self) -> tuple[Parameter, ...]:
        """The parameters that the asker set."""
        registry = override(self.file.parameters, READ[self.file.answer])
        return tuple(
            parameter
            for part in registry.values()
            for parameter in part.values()
            if parameter.source == BY_USER
        )

    def remarks(self) -> tuple[str, ...]:
        """What the asker put in place of the package's parameters, and what of it is not read."""
        known = {part: declared(part) for part in READ[self.file.answer]}
        lines = []
        for parameter in self.overridden:
            before = known[parameter.part][parameter.name]
            words = f"{parameter.name} is {_worded(parameter)} ({parameter.unit}), {BY_USER}; "
            lines.append(f"{words}the package has {_worded(before)}")
        swept = [known["equilibrium"][name] for name in self.file.sweep]
        lines += [_unread(self.file, parameter) for parameter in (*self.overridden, *swept)]
        return tuple(line for line in lines if line)

    def with_parameters(self, given: Mapping[str, Any]) -> Study:
        """The same study with values or priors in place of the package's, and of its own.

        Raises
        ------
        InputError
            An unknown name, with the nearest, or a value out of range, with the range.
        """
        if not given:
            return self
        registry = override(given, READ[self.file.answer], f"{self.name}: parameters")
        chosen = {name: _first(registry, name).value for name in given}
        plain = {n: dict(v) if isinstance(v, Mapping) else chosen[n] for n, v in given.items()}
        merged = {**self.file.parameters, **plain}
        return replace(self, file=self.file.model_copy(update={"parameters": merged}))

    def with_draws(self, number: int | None, seed: int | None) -> Study:
        """The same study with another number of draws or seed."""
        given = {"number": number, "seed": seed}
        asked = {name: value for name, value in given.items() if value is not None}
        draws = _checked(DrawsFile, {**self.file.draws.model_dump(), **asked}, "draws")
        return replace(self, file=self.file.model_copy(update={"draws": draws}))


def _first(registry: Mapping[str, Mapping[str, Parameter]], name: str) -> Parameter:
    return next(part[name] for part in registry.values() if name in part)


def _worded(parameter: Parameter) -> str:
    """The value, and the prior if it is drawn."""
    value = f"{parameter.value:g}"
    if parameter.prior is None:
        return value
    ends = (f"{key} {number}" for key, number in parameter.prior.items() if key != "distribution")
    return f"{value}, drawn: {parameter.prior['distribution']}, {', '.join(ends)}"


def _unread(file: StudyFile, parameter: Parameter) -> str:
    """Why nothing reads a parameter in this study; "" where something does."""
    statuses = file.statuses or file.answer == "projection"
    switched_on = {*file.channels, *file.variants, *(("statuses",) if statuses else ())}
    levers = {name for policy in file.policy for lever in policy.levers for name in lever}
    if levers & set(READ_BY_LEVERS.get(parameter.name, ())):
        return ""
    if parameter.channel and parameter.channel not in switched_on:
        channel = parameter.channel
        fix = "statuses = true" if channel == "statuses" else f'channels = ["{channel}"]'
        what = f"the channel {channel} is off (switch it on with {fix})"
    elif parameter.closure and not any(parameter.closure in each for each in file.capital):
        fix = f'capital = ["{parameter.closure}"]'
        what = f"capital is never {parameter.closure} (ask for it with {fix})"
    else:
        return ""
    return f"{parameter.name} changes nothing here: {what}"


def shipped() -> dict[str, Path]:
    """Studies in the package, by name."""
    return {file.stem: file for file in sorted(STUDIES.glob("*.toml"))}


def read(name: str | Path, world: Any = None) -> Study:
    """Read and check a study: a path if one exists there, else a shipped name.

    Parameters
    ----------
    world : int, table, name or folder, optional
        Instead of the file's; the areas of the file are looked for in it.

    Raises
    ------
    InputError
        Lists everything wrong with the file, or offers the nearest names.
    SourceError
        The folder of its world cannot be read.
    """
    file = Path(name)
    if not file.is_file():
        known = shipped()
        if str(name) not in known:
            close = ", ".join(nearest(str(name), known))
            fix = f"Give a path to a TOML file or one of the shipped studies: {close}, ..."
            raise InputError(Problem(f"study '{name}'", "there is no such file or study", fix))
        file = known[str(name)]
    given = content(file)
    named = given.get("world")
    if isinstance(named, str) and not named.isdecimal() and (file.parent / named).is_dir():
        given["world"] = str(file.parent / named)
    return check(file.stem, given if world is None else given | {"world": world})


def content(file: Path) -> dict[str, Any]:
    """What a TOML file holds, unchecked.

    Raises
    ------
    InputError
        It cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(Problem(str(file), f"is not TOML: {error}", "Correct the file")) from None
    except OSError as error:
        fix = "Check the path and its permissions"
        raise InputError(Problem(str(file), f"cannot be read: {error.strerror}", fix)) from None


def check(name: str, content: dict[str, Any]) -> Study:
    """A study from the content of its file.

    Raises
    ------
    InputError
        Every problem of key, type, lever, parameter and area at once.
    SourceError
        The folder of its world cannot be read.
    """
    problems: list[Problem] = []
    content = _in_new_words(name, content, problems)
    known = _known_areas(name, content.get("world", LATEST), problems)
    with areas.within(known):
        policies = _policies(name, content.get("policy"), problems)
    names = [policy.name for policy in policies]
    problems += _curve_problems(name, content.get("curve"))
    problems += [
        Problem(f"{name}: policy '{policy}'", "occurs twice", "Give each policy its own name")
        for policy in sorted(set(names))
        if names.count(policy) > 1
    ]
    try:
        file: StudyFile = _checked(StudyFile, content, name)
    except InputError as error:
        raise InputError([*error.problems, *problems]) from None
    if file.answer == "projection" and file.projection is None:
        file = file.model_copy(update={"projection": ProjectionFile()})
    problems += _answer_problems(name, file, known)
    try:
        corrections.read(file.figures, f"{name}: figures")
    except InputError as error:
        problems += error.problems
    problems += _shown_problems(name, file, names)
    problems += _area_problems(f"{name}: focus", file.focus, known) if file.focus else []
    problems += _parameter_problems(name, file)
    if problems:
        raise InputError(problems)
    return Study(name, file, policies).with_parameters(file.parameters)


def _in_new_words(name: str, content: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """`content` in the words of this version; each word of an earlier one goes to `problems`."""
    renewed: dict[str, Any] = {}
    for key, value in content.items():
        is_table = isinstance(value, dict)
        whole = f"[{key}]" if is_table else f'{key} = "{value}"'
        for old in (whole, *(f"[{key}.{inner}]" for inner in (value if is_table else ()))):
            if old in CHANGED_WORDS:
                what, fix = f"{old} is a word of version 0.1", f"Write {CHANGED_WORDS[old]}"
                problems.append(Problem(f"{name}: {key}", what, fix))
        # The new words are TOML too; a table keeps what stands in it.
        changed = tomllib.loads(CHANGED_WORDS.get(whole, "")) or {key: value}
        renewed |= {now: word or value for now, word in changed.items()}
    return renewed


def _known_areas(name: str, world: Any, problems: list[Problem]) -> tuple[str, ...] | None:
    """Areas that a study's world has, if it is in a folder; a wrong world goes to `problems`."""
    try:
        if isinstance(world, str) and not world.isdecimal():
            return folders.labels_of(world)
        WorldYears.read(int(world) if isinstance(world, str) else world)
    except InputError as error:
        problems += [
            replace(problem, where=f"{name}: {problem.where}") for problem in error.problems
        ]
    return None


def _flat(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Figures with one key each, `AREA.quantity`."""
    flat: dict[str, Any] = {}
    for key, value in figures.items():
        nested = isinstance(value, Mapping) and key.rpartition(".")[2] not in corrections.FIGURES
        flat |= (
            {f"{key}.{name}": inner for name, inner in value.items()} if nested else {key: value}
        )
    return flat


def _policies(name: str, raw: Any, problems: list[Problem]) -> tuple[Policy, ...]:
    """The policies as far as they can be read; what is wrong with their levers goes to `problems`.

    Shapes that are wrong are the file model's to name.
    """
    policies = []
    for entry in raw if isinstance(raw, list | tuple) else ():
        items = entry.get("levers", ()) if isinstance(entry, dict) else ()
        levers = []
        listed = items if isinstance(items, list | tuple) else ()
        for position, item in enumerate(listed, start=1):
            where = f"{name}: policy '{entry.get('name')}' lever {position}"
            if not isinstance(item, dict):
                continue
            if len(item) != 1:
                fix = "Write one lever per entry: { open_border = { legal_share = 0.15 } }"
                problems.append(Problem(where, f"names {len(item)} levers", fix))
            for lever, values in item.items():
                if isinstance(values, dict):
                    levers += _lever(lever, values, where, problems)
        policies.append(
            Policy(str(entry.get("name")) if isinstance(entry, dict) else "", tuple(levers))
        )
    return tuple(policies)


def _lever(name: str, values: dict[str, Any], where: str, problems: list[Problem]) -> list[Lever]:
    """The lever, or nothing and its problems."""
    try:
        return [build(name, values, where)]
    except InputError as error:
        problems += error.problems
        return []


def _area_problems(where: str, names: Any, known: Sequence[str] | None) -> list[Problem]:
    if not all(isinstance(area, str) for area in ([names] if isinstance(names, str) else names)):
        return []
    try:
        areas.select(names, among=known)
    except InputError as error:
        return [replace(problem, where=f"{where}, {problem.where}") for problem in error.problems]
    return []


def _checked(model: type[Any], content: dict[str, Any], name: str) -> Any:
    """`content` as `model`; pydantic's complaints as our problems, with the nearest key."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = []
        for problem in error.errors():
            where = f"{name}: {'.'.join(str(part) for part in problem['loc'])}"
            what = problem["msg"]
            fix = f"Got {written(problem['input'])}" if problem["type"] != "missing" else "Add it"
            if problem["type"] == "extra_forbidden":
                key, owner = str(problem["loc"][-1]), _owner(model, problem["loc"][:-1])
                close = ", ".join(nearest(key, owner.model_fields))
                what, fix = f"there is no key '{key}'", f"Did you mean {close}?"
            problems.append(Problem(where, what, fix))
        raise InputError(problems) from None


def _owner(model: type[Any], path: tuple[Any, ...]) -> type[Any]:
    """The model that the keys at `path` of `model` belong to."""
    parts = {
        "policy": PolicyFile, "draws": DrawsFile, "curve": CurveFile, "shown": ShownFile,
        "projection": ProjectionFile, "refugees": RefugeesFile,
    }  # fmt: skip
    for part in path:
        model = parts.get(part, model)
    return model


def _answer_problems(name: str, file: StudyFile, known: Sequence[str] | None) -> list[Problem]:
    """Keys that belong to the other answer, and years that do not follow each other."""
    years = file.projection
    if file.answer == "equilibrium" or years is None:
        fix = 'Write answer = "projection", or leave the table out'
        there = Problem(f"{name}: projection", "is of a study that answers year by year", fix)
        return [] if years is None else [there]
    problems = [
        Problem(f"{name}: {key}", "has no meaning year by year", "Leave it out")
        for key in OF_EQUILIBRIUM
        if getattr(file, key) != StudyFile.model_fields[key].get_default(call_default_factory=True)
    ]
    problems += [
        replace(problem, where=f"{name}: {problem.where}")
        for problem in not_read(_flat(file.figures))
    ]
    first = FIRST_YEARS[-1] if known is not None else _first_year(file)
    if first > years.since:
        fix = f"Give a year from {first} on"
        problems.append(Problem(f"{name}: projection.since", f"{years.since} is past", fix))
    through = years.since if years.through is None else years.through
    announced = years.since if years.announced is None else years.announced
    order = [
        ("since", years.since, "is no year before the last", years.since < years.until),
        ("through", through, "is before the policy begins", through >= years.since),
        ("announced", announced, "is after the policy begins", announced <= years.since),
    ]
    problems += [
        Problem(f"{name}: projection.{key}", f"{value} {what}", "Correct the years")
        for key, value, what, right in order
        if not right
    ]
    if years.refugees is not None and years.foresight:
        fix = "Write foresight = false, or leave the table out"
        what = "nobody looks ahead to what makes people flee"
        problems.append(Problem(f"{name}: projection.refugees", what, fix))
    if years.refugees is not None:
        problems += _area_problems(
            f"{name}: projection.refugees.birthplace", years.refugees.birthplace, known
        )
    if years.foresight and (years.draws or years.net != "model"):
        fix = "Write foresight = false, or leave draws and net out"
        what = "draws and a published net migration are of people who do not look ahead"
        problems.append(Problem(f"{name}: projection.foresight", what, fix))
    if years.announced is not None and not years.foresight:
        fix = "Write foresight = true, or leave it out"
        what = "only people who look ahead act on what is announced"
        problems.append(Problem(f"{name}: projection.announced", what, fix))
    return problems


def _first_year(file: StudyFile) -> int:
    try:
        return WorldYears.read(
            int(file.world) if isinstance(file.world, str) else file.world
        ).people
    except InputError:
        return FIRST_YEARS[-1]  # told where the world is read


def _parameter_problems(name: str, file: StudyFile) -> list[Problem]:
    """Unknown parameters, values out of range, and settings of a sweep that are fewer than two."""
    problems: list[Problem] = []
    try:
        override(file.parameters, READ[file.answer], f"{name}: parameters")
    except InputError as error:
        problems += error.problems
    for parameter, values in file.sweep.items():
        where = f"{name}: sweep"
        for value in values:
            try:
                override({parameter: value}, ("equilibrium",), where)
            except InputError as error:
                problems += [problem for problem in error.problems if problem not in problems]
        if len(set(values)) < max(len(values), 2):
            what = f"{list(values)} are not two different settings or more"
            problems.append(Problem(f"{where}.{parameter}", what, "Give each setting once"))
    return problems


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


def _curve_problems(name: str, raw: Any) -> list[Problem]:
    """What is wrong with the curve's lever at any of its values; shapes are the model's to name."""
    if not (isinstance(raw, dict) and isinstance(raw.get("values"), list)):
        return []
    lever, field = str(raw.get("lever")), str(raw.get("field"))
    problems: list[Problem] = []
    for value in raw["values"]:
        try:
            build(lever, {field: value}, f"{name}: curve")
        except InputError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    return problems
