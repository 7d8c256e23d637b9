"""Every number that is taken from the literature or assumed: one registry for all parts, and draws.

`data/reference/parameters.toml` declares each with its value, range, unit, prior and source. A
**part** is what reads it: where the world settles, a projection, journeys, flows. Each parameter
with a prior has its own stream of random numbers, keyed by its name: adding one does not move the
draws of the others, and a study and its baseline see the same draws.

Whatever is made from declared fields - a lever, a set of assumptions - is checked as it is made, by
`check`, whether it comes from TOML, JSON or Python.

What a draw of them changes is equation (32).
"""

from __future__ import annotations

import dataclasses
import functools
import math
import numbers
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from corridors import areas
from corridors.data import store
from corridors.errors import InputError, Problem, nearest, written
from corridors.labels import Array, Streams

__all__ = [
    "BY_USER",
    "PARTS",
    "Parameter",
    "central",
    "check",
    "checked",
    "declare",
    "declared",
    "draw",
    "field_problems",
    "override",
    "quantile",
    "setting",
    "unknown",
    "unknown_words",
]

PARTS = ("equilibrium", "projection", "journeys", "flows")
#: Source of a value that the asker put in place of the package's.
BY_USER = "assumed by the user"
#: Numbers that a prior of each distribution takes; `most`, which caps it, goes with any.
DISTRIBUTIONS = {
    "uniform": ("lower", "upper"),
    "loguniform": ("lower", "upper"),
    "lognormal": ("lower", "upper"),
    "beta": ("a", "b"),
}

Prior = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """A declared number: what it is, what it may be, and where it comes from.

    Parameters
    ----------
    part : the part of the model that reads it, of `PARTS`
    value : number, or a truth value, a word of `choices`, or a list of numbers
    lower, upper : ends of what it may be set to, in `unit`
    kind : `reported` or `assumed`
    prior : distribution and its numbers, see `quantile`; None is never drawn
    status : whether its source was read
    channel, closure : must be on for the parameter to be read; "" is always
    key, flee : name in a Flee simsetting.yml, and that simulator's value where it differs
    """

    name: str
    part: str
    title: str
    value: Any
    unit: str
    source: str
    kind: str
    lower: float = -math.inf
    upper: float = math.inf
    symbol: str = ""
    prior: Prior | None = None
    status: str = ""
    channel: str = ""
    closure: str = ""
    choices: tuple[str, ...] = ()
    key: str = ""
    flee: Any = None

    @property
    def about(self) -> dict[str, Any]:
        """What `setting` would say of a field with this name."""
        return {
            "unit": self.unit, "help": self.title, "source": self.source, "lower": self.lower,
            "upper": self.upper, "choices": self.choices,
        }  # fmt: skip

    def problems(self, where: str, value: Any) -> list[Problem]:
        """What is wrong with `value` for this parameter."""
        return field_problems(where, value, self.value, self.about)

    def set_to(self, given: Any, where: str) -> Parameter:
        """The parameter as the asker has it: a value, or a prior as a table.

        A value is not drawn. The centre of a prior is its `value`, or else its median.

        Raises
        ------
        InputError
            Out of range, or no prior.
        """
        by_user = replace(self, prior=None, kind="assumed", source=BY_USER, status="", flee=None)
        problems = []
        if isinstance(given, Mapping) and self.prior is None:
            what = f"the {self.part} draws no {self.name}"
            problems.append(Problem(where, what, "Give a value instead of a prior"))
        elif isinstance(given, Mapping):
            prior = {key: number for key, number in given.items() if key != "value"}
            problems = _prior_problems(where, prior)
            if not problems:
                ends = quantile(prior, np.array([0.0, 0.5, 1.0]))
                kept = [min(max(float(end), self.lower), self.upper) for end in ends]
                by_user = replace(by_user, prior=prior, value=given.get("value", kept[1]))
                inside = (prior["lower"], prior["upper"]) if "lower" in prior else ends[::2]
                for end in (by_user.value, *map(float, inside)):
                    problems += self.problems(where, end)
        else:
            problems = self.problems(where, given)
            by_user = replace(by_user, value=given if problems else _plain(given, self.value))
        if problems:
            raise InputError(dict.fromkeys(problems))
        return by_user

    def quantile(self, probability: Array) -> Array:
        """Value (...) below which the prior puts `probability` (...), in the parameter's unit.

        Without a prior the value.
        """
        if self.prior is None:
            return np.full(np.shape(probability), float(self.value))
        return quantile(self.prior, probability)

    def draw(self, number: int, streams: Streams) -> Array:
        """Stratified draws (number,) in the parameter's unit, one in each of as many equal slices.

        Without a prior, values. Its numbers do not depend on which other parameters are drawn
        (McKay, Beckman & Conover 1979).
        """
        if self.prior is None or number == 0:
            return np.full(number, float(self.value))
        key = (
            f"parameter {self.name}" if self.part == PARTS[0] else f"{self.part} prior {self.name}"
        )
        generator = streams(key)
        slices = generator.permutation(number) + generator.random(number)
        return self.quantile(slices / number)


def quantile(prior: Prior, probability: Array) -> Array:
    """Value below which a prior, such as those of docs/assumed.md, puts `probability`.

    Parameters
    ----------
    prior : mapping
        `distribution` (uniform, loguniform, lognormal or beta) and its numbers, in the parameter's
        unit.
    probability : (...) between 0 and 1

    Returns
    -------
    Array (...), in the parameter's unit

    Raises
    ------
    InputError
        An unknown distribution, or numbers that make none.

    Notes
    -----
    90 per cent of a lognormal lies between its lower and upper; `most` caps any distribution, and
    `least` holds it up.
    """
    problems = _prior_problems("prior", prior)
    if problems:
        raise InputError(problems)
    lower, upper = (float(prior.get(end, np.nan)) for end in ("lower", "upper"))
    kind = prior["distribution"]
    if kind == "uniform":
        values = lower + (upper - lower) * probability
    elif kind == "loguniform":
        values = lower * (upper / lower) ** probability
    elif kind == "beta":
        from scipy import special

        values = special.betaincinv(prior["a"], prior["b"], probability)
    else:
        from scipy import special

        spread = np.log(upper / lower) / (2.0 * special.ndtri(0.95))
        values = np.sqrt(lower * upper) * np.exp(spread * special.ndtri(probability))
    return np.clip(values, prior.get("least", -np.inf), prior.get("most", np.inf))


def _prior_problems(where: str, prior: Prior) -> list[Problem]:
    kind = prior.get("distribution")
    if not isinstance(kind, str) or kind not in DISTRIBUTIONS:
        return [unknown(where, "distribution", str(kind), DISTRIBUTIONS)]
    needed = DISTRIBUTIONS[kind]
    problems = [
        unknown(where, "number", str(key), [*needed, "least", "most", "value"])
        for key in prior
        if key not in (*needed, "least", "most", "distribution")
    ]
    problems += [
        Problem(where, f"a {kind} prior needs {key}", f"Give the numbers {' and '.join(needed)}")
        for key in needed
        if not (_is_number(prior.get(key)) and math.isfinite(prior[key]))
    ]
    if problems:
        return problems
    first, second = (float(prior[key]) for key in needed)
    if kind == "beta":
        fine, fix = min(first, second) > 0.0, "Give two numbers above 0"
    else:
        fine = first < second and (kind == "uniform" or first > 0.0)
        fix = "Give a lower end below the upper" + ("" if kind == "uniform" else ", both above 0")
    return [] if fine else [Problem(where, f"{first:g} and {second:g} make no {kind} prior", fix)]


# --- the registry ------------------------------------------------------------------------------


@functools.cache
def _registry() -> dict[str, dict[str, Parameter]]:
    return {
        part: {name: _read(name, part, about) for name, about in entries.items()}
        for part, entries in store.listing("parameters").items()
    }


def _read(name: str, part: str, about: dict[str, Any]) -> Parameter:
    lists = {"choices": tuple(about["choices"])} if "choices" in about else {}
    if isinstance(about["value"], list):
        lists["value"] = tuple(about["value"])
    return Parameter(name, part, **about | lists)


def declared(part: str = PARTS[0]) -> dict[str, Parameter]:
    """Every parameter of a part by name, as `data/reference/parameters.toml` declares it.

    Returns
    -------
    dict of str to Parameter
        With value, unit, range, prior, kind and source.

    Raises
    ------
    SourceError
        The file cannot be read.
    """
    return dict(_registry()[part])


def override(
    given: Mapping[str, Any], parts: tuple[str, ...] = PARTS[:1], where: str = "parameters"
) -> dict[str, dict[str, Parameter]]:
    """The parameters of `parts`, with the asker's values or priors in place of the package's.

    Parameters
    ----------
    given : mapping of str to number or table
        By name, in the parameter's unit; a name that two parts use is of the first of them.
    parts : tuple of str
        Of `PARTS`.
    where : str
        What messages call it.

    Returns
    -------
    dict of str to dict of str to Parameter
        By part, then by name.

    Raises
    ------
    InputError
        Lists every unknown name, with the nearest, and every value out of range.
    """
    registry = {part: declared(part) for part in parts}
    names = [name for part in parts for name in registry[part]]
    problems: list[Problem] = []
    for name, value in given.items():
        part = next((part for part in parts if name in registry[part]), None)
        if part is None:
            problems.append(_no_parameter(where, name, names))
            continue
        try:
            registry[part][name] = registry[part][name].set_to(value, f"{where}.{name}")
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return registry


def _no_parameter(where: str, name: str, known: Collection[str]) -> Problem:
    problem = unknown(where, "parameter", str(name), known)
    elsewhere = [part for part in PARTS if name in _registry()[part]]
    if not elsewhere:
        return problem
    what = f"'{name}' is a parameter of {' and '.join(elsewhere)}, which this does not read"
    return replace(problem, what=what)


def central(parameters: Mapping[str, Parameter] | None = None) -> dict[str, Array]:
    """Every parameter at its value, as one draw; by default the package's, of an equilibrium.

    Parameters
    ----------
    parameters : mapping of str to Parameter, optional

    Returns
    -------
    dict of str to (1,) array, each in the parameter's unit
        docs/assumed.md lists units and sources.

    Raises
    ------
    SourceError
        `data/reference/parameters.toml` cannot be read.
    """
    chosen = declared() if parameters is None else parameters
    return {name: np.array([float(parameter.value)]) for name, parameter in chosen.items()}


def draw(
    number: int, streams: Streams, parameters: Mapping[str, Parameter] | None = None
) -> dict[str, Array]:
    """Draws of every parameter, stratified; by default the package's, of an equilibrium.

    Parameters
    ----------
    number : int
    streams : function from a key to a random generator
        A parameter's numbers depend on its own name alone.
    parameters : mapping of str to Parameter, optional

    Returns
    -------
    dict of str to (number,) array, each in the parameter's unit

    Raises
    ------
    SourceError
        `data/reference/parameters.toml` cannot be read.

    Notes
    -----
    One number from each of `number` equal parts of the prior (McKay, Beckman & Conover 1979).
    """
    chosen = declared() if parameters is None else parameters
    return {name: parameter.draw(number, streams) for name, parameter in chosen.items()}


def checked(given: Mapping[str, Any], part: str = PARTS[0]) -> dict[str, Array]:
    """A whole set of values of the parameters of a part; one number counts for all draws.

    Parameters
    ----------
    given : mapping of str to number or (d,) array, each in the parameter's unit (docs/assumed.md)
    part : str
        Of `PARTS`.

    Returns
    -------
    dict of str to (d,) array, each in the parameter's unit

    Raises
    ------
    InputError
        Lists every unknown name, with the nearest, every missing one, every value out of range or
        not known, and numbers of draws that differ.
    """
    known = _registry()[part]
    problems = [
        _no_parameter("parameters", str(name), known) for name in given if name not in known
    ]
    problems += [
        Problem("parameters", f"{name} is missing", "Start from corridors.parameters.central()")
        for name in known
        if name not in given
    ]
    for name in known:
        if name in given:
            about = {**known[name].about, "many": True}
            problems += field_problems(f"parameters.{name}", given[name], known[name].value, about)
    if problems:
        raise InputError(problems)
    values = {name: np.atleast_1d(np.asarray(value, float)) for name, value in given.items()}
    sizes = {value.size for value in values.values()} - {1}
    if len(sizes) > 1 or any(value.ndim > 1 for value in values.values()):
        words = ", ".join(
            f"{name} {value.shape}" for name, value in values.items() if value.size > 1
        )
        fix = "Give each parameter one number, or one a draw"
        raise InputError(Problem("parameters", f"numbers of draws differ: {words}", fix))
    size = max(sizes, default=1)
    return {
        name: value if value.size == size else np.repeat(value, size)
        for name, value in values.items()
    }


# --- declared fields -----------------------------------------------------------------------------


def setting(
    default: Any,
    *,
    unit: str,
    help: str,
    source: str,
    lower: float = 0.0,
    upper: float = 1.0,
    choices: tuple[str, ...] = (),
    labels: tuple[str, ...] = (),
    many: bool = False,
) -> Any:
    """Declare a field of a dataclass: default, unit, range, what it is, and where from.

    A default that is a word without `choices` is a name of areas, or of `labels`. With `many` an
    array (d,) may stand for the number, one a draw.

    Parameters
    ----------
    default : number, bool or str
    unit, help, source : str
        As they are shown: unit of the number, what it is, and where it is from.
    lower, upper : float
        Ends of the range, in the unit.
    choices, labels : tuple of str
        Words that may stand there.
    many : bool
    """
    metadata = {
        "unit": unit, "help": help, "source": source, "lower": lower, "upper": upper,
        "choices": choices, "labels": labels, "many": many,
    }  # fmt: skip
    return field(default=default, metadata=metadata)


def declare(part: str, name: str, *, many: bool = False) -> Any:
    """Declare a field as the registry does a parameter of a part: its unit, range and source.

    With `many` an array may stand for the number, one a draw.

    Raises
    ------
    SourceError
        `data/reference/parameters.toml` cannot be read.
    """
    parameter = _registry()[part][name]
    return setting(parameter.value, **parameter.about, many=many)


def check(made: Any, where: str) -> None:
    """Refuse a frozen dataclass with a declared field that is wrong; put the others in plain types.

    Raises
    ------
    InputError
        Names every field that is misspelt, out of range or of the wrong kind.
    """
    problems = []
    for declared_field in dataclasses.fields(made):
        value = getattr(made, declared_field.name)
        wrong = _of_field(f"{where}.{declared_field.name}", value, declared_field)
        problems += wrong
        if declared_field.metadata and not wrong:
            plain = _plain(value, declared_field.default)
            object.__setattr__(made, declared_field.name, plain)
    if problems:
        raise InputError(problems)


def _of_field(where: str, value: Any, declared_field: dataclasses.Field[Any]) -> list[Problem]:
    """What is wrong with the value of a field that is declared, or holds a value made of fields."""
    default = declared_field.default
    if declared_field.metadata:
        return field_problems(where, value, default, declared_field.metadata)
    if not dataclasses.is_dataclass(default) or isinstance(value, type(default)):
        return []
    name = type(default).__name__
    ends = ", ".join(f"{end.name}=..." for end in dataclasses.fields(default))
    return [Problem(where, f"{written(value)} is no {name}", f"Write {name}({ends})")]


def field_problems(where: str, value: Any, default: Any, about: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with `value` for a field declared with `default` and `about`; see `setting`."""
    if about["choices"]:
        what, fix = (
            f"{written(value)} is not a choice",
            f"Use one of: {', '.join(about['choices'])}",
        )
        is_choice = isinstance(value, str) and value in about["choices"]
        return [] if is_choice else [Problem(where, what, fix)]
    if isinstance(default, str) and isinstance(value, str) and value == default:
        return []
    if isinstance(default, str):
        return _name_problems(where, value, about.get("labels", ()))
    if isinstance(default, bool):
        fits = isinstance(value, bool | np.bool_)
        return (
            [] if fits else [Problem(where, f"{written(value)} does not fit", "Give true or false")]
        )
    if default is None and value is None:
        return []
    return _number_problems(where, value, default, about)


def _number_problems(
    where: str, value: Any, default: Any, about: Mapping[str, Any]
) -> list[Problem]:
    lower, upper, whole = about["lower"], about["upper"], isinstance(default, int)
    for part in _parts(value, default, about.get("many", False)):
        fits = _is_number(part) and lower <= part <= upper
        if not fits or (whole and part != int(part)):
            shown = part.item() if isinstance(part, np.generic) else part
            fix = f"Give a {'whole ' * whole}number from {lower:g} to {upper:g} ({about['unit']})"
            return [Problem(where, f"{written(shown)} is outside its range", fix)]
    return []


def _parts(value: Any, default: Any, many: bool) -> list[Any]:
    """The numbers that a value holds, where its field may hold several."""
    if isinstance(value, np.ndarray) and (many or value.ndim == 0):
        return list(np.ravel(value).tolist())
    if isinstance(default, tuple) and isinstance(value, list | tuple | None):
        return list(value or ())
    return [value]


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)


def _name_problems(where: str, value: Any, labels: tuple[str, ...]) -> list[Problem]:
    """What is wrong with a name, or several, of areas or of `labels`."""
    names = [value] if isinstance(value, str) else value
    if not (isinstance(names, list | tuple) and names and all(isinstance(n, str) for n in names)):
        fix = 'Write a name or a group, or several: ["MEX", "Northern Triangle"]'
        return [Problem(where, f"{written(value)} is not a name", fix)]
    if labels:
        return unknown_words(where, "label", names, labels)
    if names == ["all"]:
        return []
    try:
        areas.select(names)
    except InputError as error:
        return [replace(each, where=f"{where}, {each.where}") for each in error.problems]
    return []


def _plain(value: Any, default: Any) -> Any:
    """A checked value in the type of its field: lists are tuples, numbers Python's own."""
    if isinstance(value, list | tuple) or isinstance(default, tuple):
        return tuple(_plain(part, 0.0) for part in (() if value is None else value))
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, np.bool_):
        return bool(value)
    if not _is_number(value):
        return value
    return int(value) if isinstance(default, int) else float(value)


def unknown(where: str, noun: str, name: str, known: Iterable[str]) -> Problem:
    """The problem of a name that is not there, with the nearest that are."""
    close = ", ".join(nearest(name, known))
    return Problem(where, f"there is no {noun} '{name}'", f"Did you mean {close}?")


def unknown_words(where: str, noun: str, words: Any, known: Collection[str]) -> list[Problem]:
    """What is wrong with a list of words that must all be known."""
    if isinstance(words, str) or not isinstance(words, Collection):
        fix = f"Write a list of names: ({str(words)!r},)"
        return [Problem(where, f"{written(words)} is no list of {noun}s", fix)]
    return [unknown(where, noun, str(word), known) for word in words if word not in known]
