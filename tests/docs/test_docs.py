"""The documentation cannot lie: its commands run, its output is real, its reference is what the code says, and its figures are measured ones."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from filelock import FileLock

from saring.config import load_config, settings
from saring.config.rules import FEATURES, Rule

HOME = Path(__file__).parents[2]
DOCS = HOME / "docs"
PAGES = [HOME / "README.md", HOME / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
GENERATED = {"cli.md", "configuration.md", "tables.md", "rules.md"}

#: What the commands of a page find in their folder: copies of what they may change, and links to the rest.
COPIED = ("raw", "corpus.toml")
LINKED = ("bench", "constraints.txt", "docs", "flows", "Makefile", "pipeline", "pyproject.toml", "schemas")


class Block(NamedTuple):
    """A code block of a page: its language, what stands behind it on the same line, and its lines."""

    language: str
    title: str
    code: str


def blocks(page: Path) -> list[Block]:
    """Return the code blocks of a page, in their order."""
    found = re.findall(r"^```(\w+)( [^\n]*)?\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [Block(language, title.strip(), code) for language, title, code in found]


def is_run(block: Block) -> bool:
    """Return whether a block is run: `console` blocks need a cluster, a hub or a store, and `make test` is what runs this."""
    return block.language in ("sh", "python") and not block.code.startswith("make test")


def name_of(page: Path) -> str:
    """Return the path of a page in the project."""
    return page.relative_to(HOME).as_posix()


RUN = [page for page in PAGES if any(map(is_run, blocks(page)))]


def project(folder: Path) -> dict[str, str]:
    """Lay out the project's files in a folder, and return the environment of its commands; the Python environment is this one."""
    for name in COPIED:
        source = HOME / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy2(source, folder / name)
    for name in LINKED:
        (folder / name).symlink_to(HOME / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(HOME / "pipeline"),
        "HF_HOME": str(folder / "hf"),
        "PREFECT_HOME": str(folder / "prefect"),
    }


def run(block: Block, folder: Path, environment: dict[str, str]) -> tuple[str, Path]:
    """Run a block, and return what it printed and the folder in which its commands ended."""
    script = block.code
    if block.language == "python":
        command = [sys.executable, "-c", script]
    else:
        # The copy must not install itself into this environment; starting worker processes for a few pages takes longer than cleaning them.
        script = script.replace("make dataset", "make -o .venv/installed dataset").replace("saring build", "saring build --workers 0")
        command = ["bash", "-euo", "pipefail", "-c", f"{script}\npwd > '{folder.parent}/ended'"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, f"{block.code}\n{done.stdout}\n{done.stderr}"
    ended = folder.parent / "ended"
    return done.stdout + done.stderr, Path(ended.read_text(encoding="utf-8").strip()) if block.language == "sh" else folder


def is_printed(line: str, printed: str) -> bool:
    """Return whether a line was printed; an ellipsis in it stands for any text."""
    pattern = ".*".join(re.escape(part.strip()) for part in line.split("…"))
    return re.search(pattern, printed) is not None


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a `processed/` with the release v1.0.0 of the samples, built once for all test processes."""
    shared = tmp_path_factory.getbasetemp().parent / "documented"
    with FileLock(f"{shared}.lock"):
        if not (shared / "project" / "processed" / "sample" / "latest").exists():
            folder = shared / "project"
            folder.mkdir(parents=True)
            run(Block("sh", "", "saring build\n"), folder, project(folder))
    return shared / "project" / "processed"


@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_commands_of_a_page_run_and_print_what_it_says(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Blocks `sh` and `python` run in the order of the page, in a copy of the project; what a block of output shows, the block before it printed."""
    folder = tmp_path / "project"
    folder.mkdir()
    environment = project(folder)
    if page.name != "README.md":  # which builds the release itself, as a flow
        shutil.copytree(request.getfixturevalue("built"), folder / "processed", symlinks=True)
    place, printed = folder, ""
    for block in blocks(page):
        if block.title == 'title="output, shortened"':
            for line in block.code.splitlines():
                assert is_printed(line, printed), f"{line!r} is not in:\n{printed}"
        elif is_run(block):
            printed, place = run(block, place, environment)


@pytest.mark.parametrize("page", [page for page in PAGES if any(block.language == "toml" for block in blocks(page))], ids=name_of)
def test_settings_in_a_page_are_read(page: Path, tmp_path: Path) -> None:
    """A piece of corpus.toml that a reader copies is one that the loader accepts."""
    for block in blocks(page):
        if block.language == "toml":
            file = tmp_path / "corpus.toml"
            head = "" if "dataset" in tomllib.loads(block.code) else '[dataset]\nname = "sample"\n'
            file.write_text(head + block.code, encoding="utf-8")
            load_config(file)


def test_the_example_shows_what_saring_does() -> None:
    """Cleaning the first text of docs/index.md gives the second."""
    before, after = (block.code.strip() for block in blocks(DOCS / "index.md") if block.language == "text")
    command = [sys.executable, "-m", "saring.cli", "clean", "--workers", "0", "-"]
    record = json.dumps({"id": 1, "text": before})
    done = subprocess.run(command, input=record, cwd=HOME, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["text"] == after


def test_generated_pages_are_current() -> None:
    """The reference and the picture are what the code says now."""
    done = subprocess.run([sys.executable, "-m", "docs.generator", "--check"], cwd=HOME, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_site_builds_and_asks_nothing_of_the_network(tmp_path: Path) -> None:
    """Strictly: every link and anchor leads somewhere; and no font, script or style comes from elsewhere."""
    pytest.importorskip("mkdocs", reason="the extra `docs` is not installed")
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(HOME / "pipeline")}
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=HOME, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    for page in (tmp_path / "site").rglob("*.html"):
        loaded = re.findall(
            r"<(?:script|img|link|iframe)\b[^>]*?\b(?:src|href)=[\"']?((?:https?:)?//[^\"' >]+)", page.read_text(encoding="utf-8")
        )
        assert not loaded, page


def test_every_command_has_a_section_and_a_guide() -> None:
    """Each command of the command line is in the reference, and used in a page that a person wrote."""
    from saring.cli import app  # noqa: PLC0415 - typer is needed here alone

    reference = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    written = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page.name not in GENERATED)
    named = [(str(group.name), group.typer_instance) for group in app.registered_groups]
    for group, commands in [("", app), *named]:
        for command in commands.registered_commands if commands else ():
            assert command.callback is not None
            name = f"{group} {command.name or command.callback.__name__}".strip()
            assert f"\n## saring {name}\n" in reference, name
            assert re.search(rf"saring {name}\b", written), name


def test_every_setting_is_in_the_reference() -> None:
    """Each field of each table of corpus.toml has a row with a meaning."""
    page = (DOCS / "reference" / "configuration.md").read_text(encoding="utf-8")
    sections = {part.split("`")[1].strip("[]"): part for part in page.split("\n## ") if part.startswith("`")}
    tables = {
        "dataset": settings.Dataset,
        "source": settings.Source,
        "name": settings.Name,
        "name.scoped": settings.ScopedVariants,
        "exception": settings.ExemptedText,
        "rule": Rule,
        "noise": settings.Noise,
        "overlap": settings.Overlap,
        "build": settings.Build,
        "publish": settings.Publish,
        "extract": settings.Extract,
        "takedown": settings.Takedown,
    }
    not_keys = {("name", "pack"), ("rule", "file")}  # where an entry comes from
    for table, class_ in tables.items():
        for field in dataclasses.fields(class_):
            if (table, field.name) not in not_keys:
                assert re.search(rf"^\| `{field.name}` \| [^|]+ \| [^|]* \| \S", sections[table], flags=re.MULTILINE), (table, field.name)
    for feature in FEATURES:
        assert f"| `{feature}` |" in page


def test_benchmarks_are_measured_ones() -> None:
    """Every figure of docs/benchmarks.md stands in bench/README.md."""
    measured = set(re.findall(r"\d[\d.,]*\d|\d", (HOME / "bench" / "README.md").read_text(encoding="utf-8")))
    claimed = re.findall(r"\d[\d.,]*\d|\d", (DOCS / "benchmarks.md").read_text(encoding="utf-8"))

    assert not sorted(set(claimed) - measured)


def test_the_front_page_is_short_and_its_links_lead_somewhere() -> None:
    """A front page is read in a minute; links of the pages beside it lead to files."""
    assert len((HOME / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
    for page in (HOME / "README.md", HOME / "CONTRIBUTING.md"):
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (HOME / link).exists(), link


def test_paths_in_pages_exist() -> None:
    """Each path of the code that a page names is there."""
    for page in PAGES:
        for path in re.findall(r"`((?:pipeline|flows|schemas|tests|bench|docs)/[\w./-]*)`", page.read_text(encoding="utf-8")):
            assert (HOME / path).exists(), f"{name_of(page)}: {path}"


def test_the_checks_are_those_that_the_front_page_names() -> None:
    """What has to pass before anything lands is `make check` and `make test`."""
    script = (HOME / ".ci" / "run").read_text(encoding="utf-8")
    readme = (HOME / "README.md").read_text(encoding="utf-8")

    for command in ("make check", "make test"):
        assert command in script
        assert command in readme
