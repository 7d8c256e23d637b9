"""The API's own description: what a lever or a parameter may say, and which places it may name.

Both are described from their declarations, so that what the description allows is what a scenario
takes. What no schema can hold is taken too: names (`Viet Nam`, `not Qatar`), and priors, whose
lower end must lie below the upper.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import re
from collections.abc import Mapping
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from corridors import areas, parameters, rules
from corridors.baseline.calibrate import APART
from corridors.errors import InputError

__all__ = ["described"]

PLACE, PLACES = "#/components/schemas/Place", "#/components/schemas/Places"


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the application, made once.

    Raises
    ------
    SourceError
        The parameters or areas of the package cannot be read.
    """
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schemas = document["components"]["schemas"]
        schemas["Place"] = {
            "type": "string",
            "description": "A code or a group; names are taken too.",
            "pattern": f"^({'|'.join(map(re.escape, _places()))})$",
        }
        schemas["Places"] = {
            "description": "One place, or several.",
            "anyOf": [{"$ref": PLACE}, _several({"$ref": PLACE})],
        }
        schemas["LeverUse"] = _uses()
        schemas["ParameterUse"] = _values()
        schemas["Scenario"]["properties"]["channels"]["allOf"] = [_apart(pair) for pair in APART]
        _refuse_in_json(document)
        app.openapi_schema = document
    return app.openapi_schema


def _refuse_in_json(document: dict[str, Any]) -> None:
    """A refusal is JSON, also where the answer is text or a page."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = content


@functools.cache
def _places() -> list[str]:
    codes = areas.select("all")
    groups = [
        name for name, members in areas.groups().items() if not set(codes).isdisjoint(members)
    ]
    return [name for name in (*codes, *groups) if _is_clear(name)]


def _is_clear(name: str) -> bool:
    """Whether a name is of one thing: Micronesia is a country and a region."""
    try:
        areas.select(name)
    except InputError:
        return False
    return True


def _several(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 1, "maxItems": 300}


def _uses() -> dict[str, Any]:
    """One lever by its name, with values of its fields."""
    return {
        "type": "object",
        "description": "One lever by its name, with values of its fields.",
        "properties": {name: _lever(lever) for name, lever in rules.levers().items()},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


def _lever(lever: type[rules.Lever]) -> dict[str, Any]:
    declared = {field.name: field for field in dataclasses.fields(lever)}  # type: ignore[arg-type]
    ends = declared.pop("where", None)
    if ends is not None:
        corridors = dataclasses.fields(cast(Any, rules.Corridors))
        declared |= {field.name: field for field in corridors}
    return {
        "type": "object",
        "title": lever.title,
        "properties": {
            name: _described(field.default, field.metadata) for name, field in declared.items()
        },
        "additionalProperties": False,
        "required": [
            name for name, field in declared.items() if field.default is dataclasses.MISSING
        ],
    }


def _apart(channels: tuple[str, str]) -> dict[str, Any]:
    """Not both of two channels."""
    return {"not": {"allOf": [{"contains": {"const": channel}} for channel in channels]}}


def _values() -> dict[str, Any]:
    """Values of parameters by name, each within its range."""
    known = parameters.declared().values()
    return {
        "type": "object",
        "description": "Values of parameters by name; a prior as a table is taken too.",
        # Patterns, for which the page's types have one index: properties would have none.
        "patternProperties": {
            f"^{re.escape(parameter.name)}$": _described(parameter.value, parameter.about)
            for parameter in known
        },
        "additionalProperties": False,
    }


def _described(default: Any, about: Mapping[str, Any]) -> dict[str, Any]:
    """What a declared value may be, by its default and what is said of it."""
    words = {"description": f"{about['help']} ({about['unit']})"}
    if about["choices"]:
        return words | {"type": "string", "enum": list(about["choices"])}
    if isinstance(default, str):
        labels = about.get("labels", ())
        if not labels:
            every = {"type": "string", "const": "all"}
            return words | {"anyOf": [every, {"$ref": PLACES}]}
        label = {"type": "string", "enum": list(labels)}
        return words | {"anyOf": [label, _several(label)]}
    if isinstance(default, bool):
        return words | {"type": "boolean"}
    ends = {"minimum": about["lower"], "maximum": about["upper"]}
    number = "integer" if isinstance(default, int) else "number"
    return words | {"type": number} | {k: v for k, v in ends.items() if math.isfinite(v)}
