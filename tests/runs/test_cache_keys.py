"""pipeline/saring/runs/cache_keys.py: what shapes results is part of what they are known by."""

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

#: Libraries of the project whose behaviour shapes no text and no relation between texts, and why that is so.
EXCUSED = {
    "datasets": "reads a release back",
    "distributed": "hands batches to the workers of a cluster",
    "fastapi": "serves Prefect's pages",
    "fsspec": "copies a release that stands",
    "httpx2": "names errors of the network",
    "huggingface-hub": "publishes, and renders the card from facts",
    "jsonschema-rs": "refuses rows, never changes one",
    "prefect": "runs the steps in flows/",
    "pyarrow": "writes what the tables say; a release is compared by its files",
    "pypdf": "reads documents, where it is installed: `fingerprint.READERS`",
    "python-docx": "reads documents, where it is installed: `fingerprint.READERS`",
    "rich": "colours what a person reads",
    "sqlalchemy": "keeps what Prefect's server knows",
    "typer": "reads the command line",
    "universal-pathlib": "names files, wherever they stand",
    "zstandard": "unpacks without loss, or not at all",
}


def plain(name: str) -> str:
    """Return the name of a package as PEP 503 has it, of a requirement without its version."""
    found = re.match(r"[\w.-]+", name)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def imported() -> set[str]:
    """Return the packages that modules of pipeline/ import, wherever in them."""
    owners = importlib.metadata.packages_distributions()
    found: set[str] = set()
    for file in (HOME / "pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found |= {name.split(".")[0] for name in names}
    own = {"", "_typeshed", "saring"}
    return {plain(owners[name][0]) for name in found - own - set(sys.stdlib_module_names)}


def test_every_library_shapes_results_or_is_excused() -> None:
    """A new one is listed in one place or the other, with a reason; so a newer version of it makes results anew, or need not."""
    used = imported() | {plain(name) for name in PROJECT["dependencies"]}
    listed = {plain(name) for name in cache_keys.LIBRARIES}

    assert used - listed == EXCUSED.keys()
    assert len(listed) == len(cache_keys.LIBRARIES)


def test_what_is_listed_beyond_that_works_below_it() -> None:
    """A library that we do not import counts because one that we do requires it, directly or not."""
    below, ahead = set[str](), {plain(name) for name in PROJECT["dependencies"]} - EXCUSED.keys()
    while ahead:
        name = ahead.pop()
        below.add(name)
        needs = [plain(need) for need in importlib.metadata.requires(name) or () if "extra ==" not in need]
        ahead |= {need for need in needs if need not in below and need in map(plain, cache_keys.LIBRARIES)}

    assert {plain(name) for name in cache_keys.LIBRARIES} <= below


def test_encoders_are_those_of_the_extra() -> None:
    """What `pip install saring[encoder]` brings is listed."""
    assert {plain(name) for name in PROJECT["optional-dependencies"]["encoder"]} <= set(cache_keys.ENCODERS)


def encoded(encoder: str | None) -> Config:
    """Return a configuration with an encoder."""
    config = default_config()
    return dataclasses.replace(config, overlap=dataclasses.replace(config.overlap, encoder=encoder))


@pytest.mark.parametrize("change", ["content", "name", "more"])
def test_an_encoder_is_known_by_its_files(change: str, tmp_path: Path) -> None:
    """Another model in the same folder relates anew; what is hidden there is not the model."""
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


def test_a_model_of_the_hub_is_known_by_its_name() -> None:
    """Nobody is asked for it."""
    names = [None, "org/one", "org/two"]

    assert len({cache_keys.relate_key(encoded(name)) for name in names}) == len(names)


def test_reading_depends_on_columns_and_on_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names columns, or installs what reads documents, has the scrapes read again; a name to correct reads nothing again."""
    plain = Config(dataset=Dataset(name="a"))
    named = Config(dataset=Dataset(name="a"), sources=(Source(path="*", columns=(("text", "body"),)),))
    before = cache_keys.read_key(plain)

    assert before != cache_keys.read_key(named)
    assert before == cache_keys.read_key(Config(dataset=Dataset(name="a"), names=(Name(canonical="A", kind="person"),)))
    monkeypatch.setattr(importlib.metadata, "distributions", list)
    assert before != cache_keys.read_key(plain)
