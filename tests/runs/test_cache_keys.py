"""pipeline/saring/runs/cache_keys.py: every library and setting that affects a cached result is part of its key."""

from __future__ import annotations

import ast
import dataclasses
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest

from saring.config import Config, Dataset, Name, Source, default_config
from saring.runs import cache_keys

HOME = Path(__file__).parents[2]
PROJECT = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]

#: Libraries of the project that affect neither texts nor relations between texts, each with the reason.
EXCUSED = {
    "datasets": "reads a release back",
    "distributed": "sends batches to the workers of a cluster",
    "fastapi": "serves Prefect's pages",
    "fsspec": "copies a release that stands",
    "httpx2": "names errors of the network",
    "huggingface-hub": "publishes, and renders the card from statistics",
    "jsonschema-rs": "refuses rows, never changes one",
    "prefect": "runs the steps in flows/",
    "pyarrow": "writes what the tables say; a release is compared by its files",
    "pypdf": "reads documents, where it is installed: `cache_keys.READERS`",
    "python-docx": "reads documents, where it is installed: `cache_keys.READERS`",
    "rich": "colours what a person reads",
    "sqlalchemy": "keeps what Prefect's server knows",
    "typer": "reads the command line",
    "universal-pathlib": "names files, wherever they stand",
    "zstandard": "unpacks without loss, or not at all",
}


def plain(name: str) -> str:
    """Return the normalised name (PEP 503) of a package or of the package that a requirement names."""
    package = re.match(r"[\w.-]+", name)
    assert package
    return re.sub(r"[-_.]+", "-", package[0]).lower()


def imported() -> set[str]:
    """Return the third-party packages that modules of pipeline/ import, at the top or within functions."""
    owners = importlib.metadata.packages_distributions()
    modules: set[str] = set()
    for file in (HOME / "pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules |= {name.split(".")[0] for name in names}
    own = {"", "_typeshed", "saring"}
    return {plain(owners[name][0]) for name in modules - own - set(sys.stdlib_module_names)}


def test_every_library_is_part_of_the_keys_or_excused() -> None:
    """A new dependency is listed in one place or the other; so a newer version of it invalidates the caches, or has a reason not to."""
    used = imported() | {plain(name) for name in PROJECT["dependencies"]}
    listed = {plain(name) for name in cache_keys.LIBRARIES}

    assert used - listed == EXCUSED.keys()
    assert len(listed) == len(cache_keys.LIBRARIES)


def test_listed_libraries_are_dependencies() -> None:
    """A library that is listed and not imported is required by an imported one, directly or indirectly."""
    required, pending = set[str](), {plain(name) for name in PROJECT["dependencies"]} - EXCUSED.keys()
    while pending:
        name = pending.pop()
        required.add(name)
        needs = [plain(need) for need in importlib.metadata.requires(name) or () if "extra ==" not in need]
        pending |= {need for need in needs if need not in required and need in map(plain, cache_keys.LIBRARIES)}

    assert {plain(name) for name in cache_keys.LIBRARIES} <= required


def test_encoders_are_those_of_the_extra() -> None:
    """The packages of `pip install saring[encoder]` are listed in ENCODERS."""
    assert {plain(name) for name in PROJECT["optional-dependencies"]["encoder"]} <= set(cache_keys.ENCODERS)


def encoded(encoder: str | None) -> Config:
    """Return a configuration with this sentence encoder."""
    config = default_config()
    return dataclasses.replace(config, overlap=dataclasses.replace(config.overlap, encoder=encoder))


@pytest.mark.parametrize("change", ["content", "name", "more"])
def test_an_encoder_is_identified_by_its_files(change: str, tmp_path: Path) -> None:
    """Another model in the same folder changes the key; hidden files do not."""
    model = tmp_path / "model"
    (model / "deep").mkdir(parents=True)
    (model / "config.json").write_text("{}", encoding="utf-8")
    (model / "deep" / "weights").write_bytes(b"1234")
    before = cache_keys.relate_key(encoded(str(model)))
    (model / ".cache").mkdir()
    (model / ".cache" / "when").write_text("today", encoding="utf-8")
    assert cache_keys.relate_key(encoded(str(model))) == before

    if change == "content":
        (model / "deep" / "weights").write_bytes(b"1235")
    elif change == "name":
        (model / "config.json").rename(model / "settings.json")
    else:
        (model / "more").touch()

    assert cache_keys.relate_key(encoded(str(model))) != before


def test_a_hub_model_is_identified_by_its_name() -> None:
    """No network is used."""
    names = [None, "org/one", "org/two"]

    assert len({cache_keys.relate_key(encoded(name)) for name in names}) == len(names)


def test_reading_depends_on_columns_and_installed_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Naming columns, or installing a PDF reader, changes the key of reading; a name to correct does not."""
    plain = Config(dataset=Dataset(name="a"))
    named = Config(dataset=Dataset(name="a"), sources=(Source(path="*", columns=(("text", "body"),)),))
    before = cache_keys.read_key(plain)

    assert before != cache_keys.read_key(named)
    assert before == cache_keys.read_key(Config(dataset=Dataset(name="a"), names=(Name(canonical="A", kind="person"),)))
    monkeypatch.setattr(importlib.metadata, "distributions", list)
    assert before != cache_keys.read_key(plain)
