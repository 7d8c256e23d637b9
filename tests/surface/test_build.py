"""The page is built when it must be and only then; its bytes keep to their budget."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
import uvicorn

from corridors.app import meta, server
from corridors.app.api import application

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    "src/main.tsx",
    "public/licences.txt",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    "openapi.json",
)


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path, hook: ModuleType) -> Path:
    """A checkout whose page is built and fresh."""
    for name in (*PARTS, "index.html"):
        file = tmp_path / hook.WEB / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    shutil.copy(ROOT / "hatch_build.py", tmp_path)
    built = tmp_path / hook.ASSETS
    built.mkdir(parents=True)
    (built / "index.html").write_text("page")
    stamp = {"inputs": hook.digest(tmp_path), "files": ["index.html"]}
    (built / hook.STAMP).write_text(json.dumps(stamp))
    return tmp_path


def made(hook: ModuleType, root: Path) -> object:
    return hook.PageBuildHook(str(root), {}, None, None, str(root), "wheel")


def test_a_fresh_page_asks_for_no_node(hook: ModuleType, checkout: Path) -> None:
    assert hook.fresh(checkout)
    assert made(hook, checkout).dependencies() == []


@pytest.mark.parametrize("name", PARTS)
def test_a_changed_input_asks_for_node(
    hook: ModuleType, checkout: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CORRIDORS_NODE", raising=False)
    monkeypatch.delenv("CORRIDORS_NO_WEB", raising=False)
    (checkout / hook.WEB / name).write_text("changed")
    assert made(hook, checkout).dependencies() == [hook.NODE]
    monkeypatch.setenv("CORRIDORS_NO_WEB", "1")
    assert made(hook, checkout).dependencies() == []


def test_a_lost_file_is_not_fresh(hook: ModuleType, checkout: Path) -> None:
    (checkout / hook.ASSETS / "index.html").unlink()
    assert not hook.fresh(checkout)


def test_without_the_page_no_stale_one_stays(
    hook: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRIDORS_NO_WEB", "1")
    made(hook, checkout).initialize("standard", {})
    assert (checkout / hook.ASSETS).is_dir()
    (checkout / hook.WEB / "src/main.tsx").write_text("changed")
    made(hook, checkout).initialize("standard", {})
    assert not (checkout / hook.ASSETS).exists()


@pytest.mark.slow
def test_a_dead_registry_is_one_sentence(
    hook: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs a Node, to ask a registry that is not there")
    monkeypatch.setenv("CORRIDORS_NODE", node)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(checkout / "cache"))
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / hook.WEB / name, checkout / hook.WEB / name)
    with pytest.raises(SystemExit) as stopped:
        made(hook, checkout).initialize("standard", {})
    first = str(stopped.value).splitlines()[0]
    assert first.startswith("corridors: the npm registry could not give")
    assert "CORRIDORS_NO_WEB=1" in first


def test_the_lock_names_no_host(hook: ModuleType) -> None:
    lock = json.loads((ROOT / hook.WEB / "package-lock.json").read_text())
    assert not any("resolved" in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


@pytest.fixture(scope="module")
def built() -> Path:
    if not (server.ASSETS / "index.html").is_file():
        pytest.skip("the page is not built: pip install . (without CORRIDORS_NO_WEB)")
    return server.ASSETS


def zipped(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 9))


def test_the_page_keeps_to_its_budget(built: Path) -> None:
    scripts, (style,) = list(built.rglob("*.js")), built.rglob("*.css")
    page = (built / "index.html").read_text()
    assert sum(zipped(file) for file in scripts if file.name in page) <= 60_000
    assert sum(map(zipped, scripts)) <= 90_000  # with the screens that are fetched when opened
    assert zipped(style) <= 12_000
    (land,) = built.rglob("110m*.json")
    first = zipped(land) + len(gzip.compress(json.dumps(meta.meta()).encode(), 6))
    assert first <= 120_000
    assert sum(file.stat().st_size for file in built.rglob("*") if file.is_file()) <= 1_500_000
    assert not list(built.rglob("*.map"))


def test_the_page_has_no_inline_script_and_no_foreign_address(built: Path) -> None:
    page = (built / "index.html").read_text()
    assert "<script>" not in page and "style=" not in page and "http" not in page
    for script in built.rglob("*.js"):
        text = script.read_text()
        assert "eval(" not in text and "new Function" not in text


def test_the_types_of_the_page_hold(hook: ModuleType) -> None:
    """By the compiler beside the sources, or, where the whole check runs, by the build's own."""
    compiler = ROOT / "web" / "node_modules" / "typescript" / "bin" / "tsc"
    node = shutil.which("node")
    if os.environ.get("CORRIDORS_REQUIRE_TYPES") == "1":
        hook.check(ROOT)
        return
    if node is None or not compiler.is_file():
        pytest.skip("needs a Node and `npm ci` in web/; .ci/run checks with the build's own")
    command = [node, str(compiler), "--noEmit"]
    run = subprocess.run(command, cwd=ROOT / "web", capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def test_the_types_of_the_page_are_made_of_what_the_api_says() -> None:
    """The build makes them of this file; `python tools/page_types.py` writes it anew."""
    file = ROOT / "web" / "openapi.json"
    said = application().openapi()
    assert json.loads(file.read_text(encoding="utf-8")) == said | {
        "info": said["info"] | {"version": "v1"}
    }


def test_a_type_that_the_api_does_not_say_is_found(hook: ModuleType, tmp_path: Path) -> None:
    if os.environ.get("CORRIDORS_REQUIRE_TYPES") != "1":
        pytest.skip("asks the npm registry; .ci/run requires it")
    shutil.copytree(ROOT / "web", tmp_path / "web", ignore=shutil.ignore_patterns("node_modules"))
    file = tmp_path / "web" / "openapi.json"
    text = file.read_text(encoding="utf-8")
    assert '"solve_ms"' in text
    file.write_text(text.replace('"residual"', '"remainder"'), encoding="utf-8")
    with pytest.raises(SystemExit, match="types of the page do not hold"):
        hook.check(tmp_path)


def test_a_wrong_type_is_found(hook: ModuleType, tmp_path: Path) -> None:
    if os.environ.get("CORRIDORS_REQUIRE_TYPES") != "1":
        pytest.skip("asks the npm registry; .ci/run requires it")
    shutil.copytree(ROOT / "web", tmp_path / "web", ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "web" / "src" / "wrong.ts").write_text('export const count: number = "one";\n')
    with pytest.raises(SystemExit, match="types of the page do not hold"):
        hook.check(tmp_path)


def test_serve_without_a_page_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served: list[int] = []

    def run(_server: uvicorn.Server, sockets: list[socket.socket]) -> None:
        served.append(sockets[0].getsockname()[1])
        sockets[0].close()

    monkeypatch.setattr(server, "ASSETS", tmp_path)
    monkeypatch.setattr(server, "_warm", lambda: None)
    monkeypatch.setattr(uvicorn.Server, "run", run)
    server.serve(0, False)
    out, err = capsys.readouterr()
    assert out == "" and "CORRIDORS_NO_WEB" in err and f"http://127.0.0.1:{served[0]}/" in err
