"""Options that several commands share: which configuration is loaded, and how messages are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saring.cli.options import load_or_default, print_message
from saring.config import default_config
from saring.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder in which the command runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_file_the_defaults_count(here: Path) -> None:
    """In a folder without corpus.toml the defaults are used."""
    assert list(here.iterdir()) == []
    assert load_or_default(None) == default_config()


def test_the_file_of_the_folder_is_loaded(here: Path) -> None:
    """The corpus.toml of the folder is loaded, unless another file is named."""
    (here / "corpus.toml").write_text('[dataset]\nname = "here"\n', encoding="utf-8")
    (here / "else.toml").write_text('[dataset]\nname = "elsewhere"\n', encoding="utf-8")

    assert load_or_default(None).dataset.name == "here"
    assert load_or_default(here / "else.toml").dataset.name == "elsewhere"


def test_a_named_file_has_to_exist(here: Path) -> None:
    """A file that is named and missing is an error, not a reason for the defaults."""
    with pytest.raises(ConfigError, match=r"other\.toml"):
        load_or_default(here / "other.toml")


def test_tables_that_a_command_does_not_need_may_be_wrong(here: Path) -> None:
    """An error in another table stops only the commands that need it."""
    (here / "corpus.toml").write_text('[dataset]\nname = "here"\n[[rule]]\nid = "x"\n', encoding="utf-8")

    assert load_or_default(None, "dataset").dataset.name == "here"
    with pytest.raises(ConfigError, match=r"rule\[0\]"):
        load_or_default(None)


@pytest.mark.parametrize(("line", "visible"), [("Дуров, 東京", "Дуров, 東京"), ("a\x1b[2Jb", "[2Jb"), ("one\ntwo", "one\ntwo"), ("", "")])
def test_messages_go_to_stderr(line: str, visible: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A message is a line on stderr, with line breaks as they are and control characters spelled out."""
    print_message(line)

    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith(f"{visible}\n")
    assert "\x1b" not in err
