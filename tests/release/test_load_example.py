"""Example in the dataset card: it is run as it stands, and loads the release from a folder, a bucket and the hub."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring import publish, release
from saring.config import Publish
from saring.publish.release_files import read_release
from saring.release import load_example
from saring.release.layout import DataFile
from tests.fixtures.hub_server import TOKEN, Hub
from tests.release.conftest import INPUTS, document, small

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saring.config import Config
    from tests.release.conftest import Corpus

    Build = Callable[..., release.WriteResult]

#: Row counts of the small corpus, by variable of the example and split.
ROWS = {"documents": {"train": 3, "test": 1}, "everything": {"train": 4, "test": 1}, "edits": {"train": 5}}


def block(card: bytes) -> str:
    """Return the Python example of a dataset card."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", card.decode(), re.MULTILINE | re.DOTALL)
    return str(code)


def rows(code: str, folder: Path, **variables: str) -> dict[str, dict[str, int]]:
    """Run an example in a folder, with environment variables, and return the rows of each variable that it assigns, by split."""
    names = re.findall(r"^(\w+) = ", code, re.MULTILINE)
    shown = "import json\nprint(json.dumps({name: {split: part.num_rows for split, part in globals()[name].items()} for name in NAMES}))"
    script = f"{code}\n{shown.replace('NAMES', repr(names))}"
    environment = os.environ | {"HF_HOME": str(folder / "cache")} | variables
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    row_counts: dict[str, dict[str, int]] = json.loads(done.stdout)
    return row_counts


def test_a_release_on_disk(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """The example of an unpublished release works in the project's folder, and contains no absolute path."""
    card = (build(corpus).folder / "README.md").read_bytes()

    assert str(tmp_path) not in card.decode()
    assert rows(block(card), tmp_path) == ROWS


@pytest.mark.parametrize("to", ["shared", "shared/warung", "./shared", "deep/er/še él", "with \"quotes' and $x {y}", "absolute"])
def test_a_release_published_to_a_folder(to: str, corpus: Corpus, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example names the folder as the maintainer did; the release there verifies, and publishing it again changes nothing."""
    monkeypatch.chdir(tmp_path)
    place = str(tmp_path / "elsewhere") if to == "absolute" else to
    folder = build(corpus).folder

    assert publish.publish(folder, place).changed
    example = block((tmp_path / place / "v1.0.0" / "README.md").read_bytes())

    assert json.dumps(f"{place}/v1.0.0", ensure_ascii=False) in example
    assert rows(example, tmp_path) == ROWS
    assert release.verify(tmp_path / place / "v1.0.0") == release.verify(folder)
    assert not publish.publish(folder, place).changed
    assert not publish.publish(folder, str((tmp_path / place).resolve())).changed


def test_a_release_published_to_a_bucket(s3: dict[str, str], corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """The example names the URL with the files of each split; the environment variables of the AWS tools are enough."""
    folder, place = build(corpus).folder, f"s3://bucket/{tmp_path.name}/warung"
    publish.publish(folder, f"{place}/")
    publish.publish(folder, str(tmp_path / "shared"))

    from tests.fixtures.s3_server import files  # noqa: PLC0415 - s3fs takes a second to import

    card = files().cat_file(f"{place}/v1.0.0/README.md")
    example = block(card)

    assert f'{{"train": "{place}/v1.0.0/documents/train-*.parquet", "test": "{place}/v1.0.0/documents/test-*.parquet"}}' in example
    assert rows(example, tmp_path, **s3) == ROWS
    assert block((tmp_path / "shared" / "v1.0.0" / "README.md").read_bytes()) != example
    assert not publish.publish(folder, place).changed


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
def test_a_release_published_to_the_hub(corpus: Corpus, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example names the dataset and pins this version, even if newer ones exist."""
    first = build(corpus).folder
    second = build(corpus.with_documents(document("pages/9.html", "Pasar malam dibuka lagi."))).folder
    with Hub(tmp_path / "hub") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        for folder in (first, second):
            publish.publish(folder, "hf://datasets/org/warung/")
        cards = []
        for revision in ("v1.0.0", "v1.1.0"):
            repo = server.repo("org/warung")
            assert repo
            entry = repo["commits"][repo["tags"][revision]]["files"]["README.md"]
            cards.append(server.blob(entry["sha256"]).read_bytes())
        row_counts = rows(block(cards[0]), tmp_path, HF_ENDPOINT=server.address)

        assert not publish.publish(first, "hf://datasets/org/warung").changed
    assert 'documents = load_dataset("org/warung", revision="v1.0.0")' in block(cards[0])
    assert 'edits = load_dataset("org/warung", "edits", revision="v1.1.0")' in block(cards[1])
    assert {name: row_counts[name] for name in ROWS} == ROWS
    assert row_counts["latest"] == {"train": 4, "test": 1}


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
def test_releases_published_with_an_older_card_stay(corpus: Corpus, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release published before examples named the address counts as published: it is not written again, and rollback to it works."""
    first = build(corpus).folder
    second = build(corpus.with_documents(document("pages/9.html", "Pasar malam dibuka lagi."))).folder
    shutil.copytree(first, tmp_path / "shared" / "v1.0.0")
    (tmp_path / "shared" / "latest").write_text("v1.0.0\n", encoding="utf-8")
    assert not publish.publish(first, str(tmp_path / "shared")).changed
    assert publish.publish(second, str(tmp_path / "shared")).changed

    with Hub(tmp_path / "hub") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        with monkeypatch.context() as older:
            older.setattr(load_example, "replace", lambda card, *_: card)
            publish.publish(first, "hf://datasets/org/warung")
        assert not publish.publish(first, "hf://datasets/org/warung").changed
        assert publish.publish(second, "hf://datasets/org/warung").changed
        release.rollback(tmp_path / "processed", "warung", "v1.0.0")
        assert publish.publish(first, "hf://datasets/org/warung", chosen=True).changed
        repo = server.repo("org/warung")
        assert repo
        tagged, head = (repo["commits"][commit]["files"] for commit in (repo["tags"]["v1.0.0"], repo["head"]))
    assert tagged == head


def test_a_dataset_configured_for_the_hub_names_it_on_disk_too(corpus: Corpus, config: Config, tmp_path: Path) -> None:
    """With `[publish] to` on the hub, card and manifest are the same on disk and on the hub."""
    settled = dataclasses.replace(config, publish=Publish(to="hf://datasets/org/warung"))
    folder = release.write_release(corpus.save(tmp_path / "tables"), settled, INPUTS, tmp_path / "processed").folder

    card = (folder / "README.md").read_bytes()

    assert read_release(folder, "hf://datasets/org/warung", tmp_path).replaced == {}
    assert 'load_dataset("org/warung", revision="v1.0.0")' in block(card)


@given(place=st.text(min_size=1), split=st.sampled_from(["train", "test", "dev"]))
def test_any_address_gives_valid_python(place: str, split: str) -> None:
    """For any folder name, the example is valid Python that names it, and the name cannot end the code block."""
    files = [DataFile(f"{config}/{split}-00000.parquet", "", 1, 1, 1) for config in ("documents", "all", "edits")]
    calls: list[str] = []

    code = load_example.render(files, "1.0.0", place).removeprefix("```python\n").removesuffix("```")
    recorder = {"load_dataset": lambda *args, **options: calls.append(repr((args, options)))}
    exec(code.replace("from datasets import load_dataset", ""), recorder)  # noqa: S102 - our own code

    assert "```" not in re.findall("^.{3}", code, re.MULTILINE)
    assert len(calls) >= 3
    if "://" not in place:
        assert calls[0] == repr(((f"{place}/v1.0.0",), {}))


def test_a_card_without_the_example_is_unchanged() -> None:
    """A card without the example, such as that of an older release, is not rewritten."""
    card = "# Warung\n\n## How to load\n\n```python\nload()\n```\n"

    assert load_example.replace(card, [], "1.0.0", "shared") == card


def test_a_release_without_documents_loads_nothing(config: Config, tmp_path: Path) -> None:
    """The example of a release without documents loads no config, since that would fail."""
    full = small()
    empty = full._replace(documents=full.documents.clear(), edits=full.edits.clear(), overlaps=full.overlaps.clear())
    folder = release.write_release(empty.save(tmp_path / "tables"), config, INPUTS, tmp_path / "processed").folder

    assert rows(block((folder / "README.md").read_bytes()), tmp_path) == {}
