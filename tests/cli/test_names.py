"""pipeline/saring/cli/names.py: suggestions from a release, shown, printed and accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from saring.cli import app
from saring.config import load_config
from saring.runs import build
from saring.runs.workspace import Job

if TYPE_CHECKING:
    from pathlib import Path

_CONFIG = '# mine\n[dataset]\nname = "a"\nlanguages = ["id"]\n'
_PAGES = {
    "a.txt": "Presiden Sutrisno membuka pasar ikan di kota Surakarta bersama para pedagang.",
    "b.txt": "Di kota Surakarta, Sutrisno bicara tentang harga beras yang naik terus.",
    "c.txt": "Pasar ikan di kota Surakarta itu dibuka oleh Soetrisno, kata para pedagang.",
}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a release of three pages, one of which has another spelling."""
    folder = tmp_path_factory.mktemp("names")
    (folder / "raw").mkdir()
    for name, text in _PAGES.items():
        (folder / "raw" / name).write_text(text, encoding="utf-8")
    (folder / "corpus.toml").write_text(_CONFIG, encoding="utf-8")
    build(Job(raw=folder / "raw", out=folder / "processed", config=load_config(folder / "corpus.toml"), workers=0))
    return folder


def _suggest(folder: Path, config: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["names", "suggest", "--out", str(folder / "processed"), "--config", str(config), *more])


def test_a_person_reads_stderr_and_a_program_stdout(released: Path) -> None:
    """The table goes to the one, TOML to the other."""
    config = released / "corpus.toml"

    shown, printed = _suggest(released, config), _suggest(released, config, "--toml")

    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "Soetrisno  Sutrisno (new)" in shown.stderr
    assert "1 suggestion." in shown.stderr
    assert (printed.exit_code, printed.stderr) == (0, "")
    assert 'canonical = "Sutrisno"' in printed.stdout
    assert 'variants = ["Soetrisno"]' in printed.stdout


def test_an_accepted_suggestion_stands_in_the_configuration(released: Path, tmp_path: Path) -> None:
    """Then it is none any more; a number that there is not is wrong usage, and writes nothing."""
    config = tmp_path / "mine.toml"
    config.write_text(_CONFIG, encoding="utf-8")

    accepted = _suggest(released, config, "--accept", "1")
    again = _suggest(released, config, "--accept", "1")

    assert accepted.exit_code == 0
    assert "Soetrisno is now a variant of Sutrisno" in accepted.stderr
    assert config.read_text(encoding="utf-8").startswith(_CONFIG)
    assert load_config(config).names[0].variants == ("Soetrisno",)
    assert again.exit_code == 2
    assert "there are 0 suggestions" in again.stderr
