"""tools/init_corpus: a folder becomes a corpus that builds at once, and nothing that is there is touched."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

import saring
from saring.core.errors import ConfigError
from saring.tools.init_corpus import FILES, dataset_name, init_corpus

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_corpus_builds(tmp_path: Path) -> None:
    """The sample becomes a document, without its noise."""
    written, kept = init_corpus(tmp_path / "siaran")

    assert (written, kept) == (list(FILES), [])
    result = saring.build(tmp_path / "siaran" / "raw", tmp_path / "out", tmp_path / "siaran" / "corpus.toml", workers=0)
    assert (result.version, result.added) == ("1.0.0", 1)


def test_files_that_are_there_stay(tmp_path: Path) -> None:
    """A project may have a .gitignore of its own, and a folder of flows."""
    (tmp_path / ".gitignore").write_text("*.log\n", encoding="utf-8")

    written, kept = init_corpus(tmp_path)

    assert kept == [".gitignore"]
    assert sorted([*written, *kept]) == sorted(FILES)
    assert (tmp_path / ".gitignore").read_text(encoding="utf-8") == "*.log\n"


def test_a_corpus_is_not_started_twice(tmp_path: Path) -> None:
    """The message says what to do."""
    init_corpus(tmp_path)

    with pytest.raises(ConfigError, match=r"expected a folder without a corpus, found a corpus\.toml"):
        init_corpus(tmp_path)


def test_every_example_in_the_configuration_is_right(tmp_path: Path) -> None:
    """With all examples switched on the file is read, and every table of corpus.toml is in it."""
    init_corpus(tmp_path)
    file = tmp_path / "corpus.toml"
    text = re.sub(r"^# (?=\[|\w+ = )", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")

    saring.load_config(file)

    assert tomllib.loads(text).keys() == {
        "dataset",
        "source",
        "name",
        "rule",
        "exception",
        "extract",
        "overlap",
        "noise",
        "splits",
        "build",
        "publish",
    }


@pytest.mark.parametrize(
    ("title", "name"),
    [("Siaran Pers 2024", "siaran-pers-2024"), ("Élysée", "elysee"), ("новости", "corpus"), ("__x__", "x"), ('a"b', "a-b")],
)
def test_names_of_datasets_come_from_the_folder(title: str, name: str) -> None:
    """Whatever the folder is called, the name is one that a dataset may have."""
    assert dataset_name(title) == name


def test_any_folder_name_gives_a_valid_configuration(tmp_path: Path) -> None:
    """Quotes and backslashes in a name break no TOML."""
    folder = tmp_path / 'odd "name" \\ here'
    init_corpus(folder)

    assert saring.load_config(folder / "corpus.toml").dataset.name == "odd-name-here"
