"""The API of the page, `/api/v1`: thin doors to the library's own functions."""

from __future__ import annotations

import functools
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from corridors import __version__, study
from corridors.app import answers, columns, gains, journey_figures, meta, scenario
from corridors.app.jobs import Busy, Jobs
from corridors.app.scenario import Scenario
from corridors.app.schema import described
from corridors.app.security import HEADERS, Guard, problem
from corridors.cards.world import world_card
from corridors.errors import CorridorsError, InputError, ModelError, Problem
from corridors.readers import journeys_folder
from corridors.study import caravans

__all__ = ["application"]

PREFIX = "/api/v1"
#: Scenarios that are solved or wait at once; who comes later tries again.
MOST_SOLVES = 4
_turns = threading.BoundedSemaphore(MOST_SOLVES)
_one_solve = threading.Lock()

Name = Annotated[str, Path(min_length=1, max_length=80)]
Table = Annotated[str, Query(max_length=40)]
Year = Annotated[int, Query(ge=1900, le=2200)]
Answer = dict[str, Any]

#: What any question may be answered instead; the guard's refusals come before any route.
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": answers.Refusal, "description": "not for this server, or no JSON"},
    403: {"model": answers.Refusal, "description": "another page asks"},
    413: {"model": answers.Refusal, "description": "too large"},
    422: {"model": answers.Refusal, "description": "not as this document says"},
}
MISSING: dict[int | str, dict[str, Any]] = {
    404: {"model": answers.Refusal, "description": "there is no such thing"}
}
UNREADY: dict[int | str, dict[str, Any]] = {
    409: {"model": answers.Refusal, "description": "this world or this job has no answer"}
}
UNFIT: dict[int | str, dict[str, Any]] = {
    409: {"model": answers.Refusal, "description": "the journey has no such shelter or day"}
}
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": answers.Refusal, "description": "the file is no study that the scenario is of"}
}
CROWD: dict[int | str, dict[str, Any]] = {
    429: {"model": answers.Refusal, "description": "too many at once"}
}
api = APIRouter(prefix=PREFIX, responses=REFUSALS)


class Draws(BaseModel):
    """How many draws, from which seed."""

    model_config = ConfigDict(extra="forbid")

    scenario: Scenario
    draws: answers.Whole = Field(default=40, ge=0, le=1_000)
    seed: answers.Whole = Field(default=1, ge=0, le=2**31)


class Gained(BaseModel):
    """The scenario, and of which corridors: a place or a group at each end."""

    model_config = ConfigDict(extra="forbid")

    scenario: Scenario
    birthplace: answers.Place = "all"
    residence: answers.Place = "all"


class Draft(Draws):
    """The scenario to be written, in place of a policy of a study file that was loaded."""

    #: As it was read; what else it holds stays.
    file: dict[str, Any] | None = None
    #: Which policy of the file the scenario is.
    policy: str = Field(default="", max_length=200)


class File(BaseModel):
    """The text of a study file."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=200_000)


# --- figures ---------------------------------------------------------------------------------


@api.get("/meta", response_model=answers.Meta)
def get_meta() -> Answer:
    """Versions, years, levers with units and ranges, areas, studies, palettes."""
    return meta.meta()


@api.get("/world", response_model=answers.World, responses=MISSING)
def get_world(
    table: Table = "stocks_2024",
    year: Year = 2024,
    top: Annotated[int, Query(ge=1, le=2_000)] = 500,
    area: Annotated[str | None, Query(min_length=1, max_length=400)] = None,
    other: Annotated[str | None, Query(min_length=1, max_length=400)] = None,
) -> Answer:
    """The largest corridors of a year and every area's totals; with `area`, all of its own.

    `area` and `other` are a place, a group or a list with commas; both: what is between them.
    """
    return columns.world(table, year, top, area, other)


@api.get("/world/card", response_model=answers.Card)
def get_world_card() -> Answer:
    """The world in columns."""
    return columns.card(world_card())


@api.get("/matrix", response_model=answers.Matrix, responses=MISSING)
def get_matrix(
    table: Table = "stocks_2024",
    year: Year = 2024,
    region: Annotated[str | None, Query(max_length=400)] = None,
) -> Answer:
    """Flows between regions, for the chord; with `region`, its places or those of a group apart."""
    return columns.matrix(table, year, region)


@api.get("/areas/{name}", response_model=answers.Card, responses=MISSING)
def get_area(name: Name) -> Answer:
    """One area, or a group or list of them, in columns."""
    return columns.place(name)


@api.get("/corridors/{birthplace}/{residence}", response_model=answers.Card, responses=MISSING)
def get_corridor(birthplace: Name, residence: Name) -> Answer:
    """One corridor in figures, both ways."""
    return columns.corridor(birthplace, residence)


@api.get("/sources", response_model=answers.Sources)
def get_sources() -> Answer:
    """Every reference table: publisher, edition, licence, years, quirks, digest."""
    return columns.tables()


@api.get("/studies", response_model=answers.Studies)
def get_studies() -> Answer:
    """The shipped studies, which are the page's presets."""
    return {"studies": meta.studies()}


# --- journeys --------------------------------------------------------------------------------


@api.get("/journeys", response_model=answers.Journeys)
def get_journeys() -> Answer:
    """The shipped journeys."""
    return journey_figures.listing()


@api.get("/journeys/{name}", response_model=answers.Journey, responses=MISSING)
def get_journey(name: Name) -> Answer:
    """People by place and day, shelters, shortfalls, what-ifs of one shipped journey."""
    return journey_figures.journey(name)


class Room(BaseModel):
    """Beds of a shelter, and the day it opens; left out, that of the file."""

    model_config = ConfigDict(extra="forbid")

    place: str = Field(min_length=1, max_length=80)
    beds: answers.Whole = Field(ge=0, le=1_000_000)
    opens: date | None = None


class OwnJourney(BaseModel):
    """The asker's people and beds in place of a journey's."""

    model_config = ConfigDict(extra="forbid")

    people: answers.People | None = None
    beds: tuple[Room, ...] = Field(default=(), max_length=20)


@api.post("/journeys/{name}/own", response_model=answers.Journey, responses=MISSING | UNFIT | CROWD)
def post_journey(name: Name, asked: OwnJourney) -> Any:
    """A shipped journey with the asker's people and beds as one more what-if, named `own`."""
    rooms = tuple(caravans.Beds(room.place, room.beds, room.opens) for room in asked.beds)
    if name not in journeys_folder.shipped():
        raise HTTPException(404, f"no journey '{name}' ships")
    with _turn():
        try:
            return journey_figures.own(name, caravans.Own(asked.people, rooms))
        except InputError as error:  # what fits depends on the journey, which no schema knows
            return _listed(error, 409)


# --- what if ---------------------------------------------------------------------------------


@contextmanager
def _turn() -> Iterator[None]:
    """One solve at a time; a few may wait, the others are sent away."""
    if not _turns.acquire(blocking=False):
        raise HTTPException(429, "too many scenarios at once")
    try:
        with _one_solve:
            yield
    finally:
        _turns.release()


@api.post("/scenario", response_model=answers.Answer, responses=UNREADY | CROWD)
def post_scenario(asked: Scenario, areas: Literal["all", "drawn"] = "all") -> Response:
    """Where the world settles under these levers, at the central parameters.

    `areas` drawn: of every area only its people and its money, as a map draws them.
    """
    with _turn():
        found = answers.Answer.model_validate(scenario.answer(asked, brief=areas == "drawn"))
    # Written here: the framework would check it again, in another thread, and a drag waits.
    return Response(found.model_dump_json(), media_type="application/json")


@api.post("/scenario/gains", response_model=answers.Gains, responses=UNREADY | CROWD)
def post_gains(asked: Gained) -> Answer:
    """What a mover gains: pay abroad beside pay at home, today and under these levers."""
    with _turn():
        return gains.gains(asked.scenario, asked.birthplace, asked.residence)


@api.post("/studies/write", response_class=PlainTextResponse, responses=CONFLICT)
def write_study(asked: Draft) -> Response:
    """The scenario as the TOML file that `corridors run` reads, within the file it came from."""
    if asked.file is None:
        return PlainTextResponse(_study(asked).file.toml())
    try:
        content = asked.scenario.within(asked.file, asked.policy)
        return PlainTextResponse(study.check("scenario", content).file.toml())
    except InputError as error:
        return _listed(error, 409)


@api.post("/studies/read", response_model=answers.ReadStudy)
def read_study(file: File) -> Answer:
    """A study file checked: its content, or everything wrong with it."""
    import tomllib

    try:
        content = tomllib.loads(file.text)
        return {"study": study.check("file", content).file, "problems": []}
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        wrong = [Problem("file", f"is not TOML: {error}", "Correct the file")]
    except InputError as error:
        wrong = list(error.problems)
    return {"study": None, "problems": [vars(fault) for fault in wrong]}


def _study(asked: Draws) -> study.Study:
    """The scenario as a study, checked against this world too."""
    content = asked.scenario.content() | {"draws": {"number": asked.draws, "seed": asked.seed}}
    return study.check("scenario", content)


@api.post("/jobs", status_code=202, response_model=answers.Job, responses=CROWD)
def start_job(asked: Draws, request: Request) -> Answer:
    """The scenario as a study with draws, in the background."""
    try:
        return _jobs(request).start(_study(asked)).about()
    except Busy:
        raise HTTPException(429, "two jobs are running already") from None


Id = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]


@api.get("/jobs/{number}", response_model=answers.Job, responses=MISSING)
def get_job(number: Id, request: Request) -> Answer:
    """How far a job is, and its tables when it is done."""
    return _job(number, request).about()


@api.delete("/jobs/{number}", response_model=answers.Job, responses=MISSING)
def cancel_job(number: Id, request: Request) -> Answer:
    """Stop a job."""
    job = _job(number, request)
    _jobs(request).cancel(job)
    return job.about()


@api.get("/jobs/{number}/report", response_class=HTMLResponse, responses=MISSING | UNREADY)
def get_report(number: Id, request: Request) -> HTMLResponse:
    """The report of a finished job: the same file as `corridors run` writes."""
    from corridors.show.report import equilibrium, page

    job = _job(number, request)
    if job.result is None:
        raise HTTPException(409, "this job is not done")
    named = {"content-disposition": 'attachment; filename="report.html"'}
    return HTMLResponse(page.html(equilibrium.report(job.result)), headers=named)


def _jobs(request: Request) -> Jobs:
    return request.app.state.jobs


def _job(number: str, request: Request) -> Any:
    job = _jobs(request).get(number)
    if job is None:
        raise HTTPException(404, "there is no such job")
    return job


# --- the application -------------------------------------------------------------------------


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    app.state.jobs = Jobs()
    yield
    app.state.jobs.close()


def application(headers: Mapping[str, str] = HEADERS) -> FastAPI:
    """The API as an ASGI application, without the page."""
    app = FastAPI(
        title="corridors",
        version=__version__,
        lifespan=_life,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
    )
    app.include_router(api)
    app.openapi = functools.partial(described, app)  # type: ignore[method-assign]

    @app.get("/healthz", include_in_schema=False)
    async def health() -> Answer:
        return {"ok": True, "version": __version__}

    app.add_exception_handler(CorridorsError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StarletteHTTPException, _http)
    app.add_middleware(Tagged)
    # A drag's answer is read sooner as it is; what is larger may come through a slow tunnel.
    app.add_middleware(GZipMiddleware, minimum_size=32_768, compresslevel=4)
    app.add_middleware(Guard, headers=headers)
    return app


class Tagged:
    """Names what depends on model and figures alone, and does not send it twice.

    Of `send` and `receive` alone: a task for every answer would cost a drag its frame.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request with its tag, or with the word that nothing changed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        fixed = scope["method"] == "GET" and path.startswith(PREFIX) and "/jobs/" not in path
        asked = Headers(scope=scope).get("if-none-match", "")
        same = False

        async def tagged(message: Message) -> None:
            nonlocal same
            if same:  # the body of what was not sent
                return
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if not fixed:
                    usual = "no-store" if "/api/" in path else "no-cache"
                    headers.setdefault("cache-control", usual)
                elif message["status"] == 200:
                    tag = f'W/"{meta.data_hash()}"'
                    headers["etag"], headers["cache-control"] = tag, "no-cache"
                    same = tag in asked
                    if same:
                        kept = {k: headers[k] for k in ("etag", "cache-control")}
                        await Response(status_code=304, headers=kept)(scope, receive, send)
                        return
            await send(message)

        await self.app(scope, receive, tagged)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    """An error of the package: what the asker named is not there (404), not in this world (409)
    or wrong (422); the model's is 409, a file's 500.
    """
    if isinstance(error, scenario.NotOfThisWorld):
        return _listed(error, 409)
    if isinstance(error, InputError):
        return _listed(error, 404 if request.method == "GET" else 422)
    code = "model" if isinstance(error, ModelError) else "source"
    return JSONResponse(problem(code, str(error)), 409 if code == "model" else 500)


def _listed(error: InputError, status: int) -> JSONResponse:
    """Every problem of wrong input."""
    first, *_ = error.problems
    every = [vars(fault) for fault in error.problems]
    return JSONResponse(
        problem("input", first.what, first.fix, first.where, problems=every), status
    )


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    every = [
        {"where": ".".join(map(str, fault["loc"])), "what": fault["msg"], "fix": "Correct it"}
        for fault in error.errors()[:100]
    ]
    first = every[0]
    body = problem("input", first["what"], first["fix"], first["where"], problems=every)
    return JSONResponse(body, 422)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StarletteHTTPException)
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    status, detail, methods = error.status_code, str(error.detail), _methods(request)
    if status == 404 and methods and request.method not in methods:
        status, detail = 405, "Method Not Allowed"  # the page in front looked for a file
    if status == 405:
        headers["allow"] = ", ".join(methods or ["GET", "HEAD"])
    hints = {429: "Wait a moment and ask again", 404: f"{PREFIX}/openapi.json lists all addresses"}
    names = {404: "not_found", 405: "method", 409: "not_done", 429: "busy"}
    body = problem(names.get(status, "request"), detail, hints.get(status, ""))
    return JSONResponse(body, status, headers=headers)


def _methods(request: Request) -> list[str]:
    """What an address of the API takes, of all its routes: each alone knows its own only."""
    app: FastAPI = request.app
    paths = app.openapi()["paths"]
    at = next((path for path in paths if compile_path(path)[0].match(request.url.path)), "")
    own = {method.upper() for method in paths.get(at, {})}
    return sorted(own | ({"HEAD"} if "GET" in own else set()))
