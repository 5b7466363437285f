"""pipeline/saring/tools/suggest_names/accept.py: accepted variants are added to corpus.toml, and nothing else in it changes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.core.errors import ConfigError, NoInputError
from saring.tools.suggest_names.accept import accept_names, names_toml, with_variant

HOME = Path(__file__).parents[3]
_HEAD = '# a corpus\n[dataset]\nname = "a"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            '[[name]]\ncanonical = "Durov"\nvariants = ["Durow"]  # two\n\n[splits]\ntrain = 1\n',
            '[[name]]\ncanonical = "Durov"\nvariants = ["Durow", "DuRove"]  # two\n\n[splits]\ntrain = 1\n',
            id="into the array of the name",
        ),
        pytest.param(
            '[[name]]\ncanonical = "Durov"\nvariants = [\n  "Durow",  # ] "x"\n  \'Dourov\',\n]\n',
            '[[name]]\ncanonical = "Durov"\nvariants = [\n  "Durow",  # ] "x"\n  \'Dourov\',\n  "DuRove",\n]\n',
            id="on a line of its own",
        ),
        pytest.param(
            '[[name]]\ncanonical = "Durov"\nvariants = []\n',
            '[[name]]\ncanonical = "Durov"\nvariants = ["DuRove"]\n',
            id="into an empty array",
        ),
        pytest.param(
            '[[name]]\r\ncanonical = "Durov"\r\nkind = "person"\r\n',
            '[[name]]\r\ncanonical = "Durov"\r\nvariants = ["DuRove"]\r\nkind = "person"\r\n',
            id="where there is no array, with the file's line ends",
        ),
        pytest.param(
            '[[name]]\ncanonical = "Paris"\nvariants = ["Pariss"]\n[[name]]\ncanonical = "Durov"\nvariants = ["Durow"]',
            '[[name]]\ncanonical = "Paris"\nvariants = ["Pariss"]\n[[name]]\ncanonical = "Durov"\nvariants = ["Durow", "DuRove"]',
            id="into the right table",
        ),
        pytest.param(
            '[[name]]\ncanonical = "Durov"\nvariants = ["DuRove"]\n', '[[name]]\ncanonical = "Durov"\nvariants = ["DuRove"]\n', id="known"
        ),
    ],
)
def test_a_variant_goes_into_the_table_of_its_name(before: str, after: str) -> None:
    """The variant is added to the array of its name, and every other byte stays."""
    assert with_variant(before, "Durov", "DuRove") == after


@pytest.mark.parametrize(
    "before",
    [
        "",
        _HEAD,
        _HEAD.removesuffix("\n"),
        _HEAD + '[[name]]\ncanonical = "Durov"\nlanguages = ["id"]\nvariants = ["Durow"]\n',
        _HEAD + '[[rule]]\nid = "x"\nfires = ["""\n[[name]]\ncanonical = "Durov"\nvariants = []\n"""]\n',
    ],
    ids=["empty", "no names", "no line break at the end", "the name has conditions", "a string that looks like a name"],
)
def test_a_new_table_is_appended_for_a_new_name(before: str) -> None:
    """So it is for a name whose table has conditions. The file's previous content stays in front of it."""
    after = with_variant(before, "Durov", "DuRove")

    assert after.startswith(before)
    assert tomllib.loads(after)["name"][-1] == {"canonical": "Durov", "kind": "person", "variants": ["DuRove"]}


def test_names_in_another_form_are_refused() -> None:
    """No [[name]] table can be appended after an inline array; the error says what to write instead."""
    with pytest.raises(ConfigError, match=r"expected \[\[name\]\] tables"):
        with_variant('name = [{ canonical = "Paris" }]\n', "Durov", "DuRove")


@given(st.text("DuRove'\"\\ é夫", min_size=1, max_size=8), st.text("ab\"\\'", min_size=1, max_size=5))
def test_any_spelling_is_quoted(canonical: str, variant: str) -> None:
    """A spelling with quotes and backslashes is read back from the TOML as it was."""
    names = tomllib.loads(names_toml([(canonical, variant)]))["name"]

    assert [(name["canonical"], name["variants"]) for name in names] == [(canonical, [variant])]


def test_an_invalid_variant_leaves_the_file_unchanged(tmp_path: Path) -> None:
    """Valid variants are written, and the file keeps its permissions; a variant that the configuration refuses changes nothing."""
    file = tmp_path / "corpus.toml"
    file.write_text(_HEAD + '[[name]]\ncanonical = "Durov"\n', encoding="utf-8")
    file.chmod(0o640)

    accept_names(file, [("Durov", "DuRove"), ("Paris", "Pariss")])
    written = file.read_bytes()
    with pytest.raises(ConfigError, match=r"corpus\.toml: name\[1\]\.variants\[1\]: .* Nothing was written\.$") as raised:
        accept_names(file, [("Paris", "DuRove")])

    assert written.decode() == _HEAD + '[[name]]\ncanonical = "Durov"\nvariants = ["DuRove"]\n\n' + names_toml([("Paris", "Pariss")])
    assert file.read_bytes() == written
    assert raised.value.file == str(file)
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_the_configuration_of_the_samples_takes_a_variant(tmp_path: Path) -> None:
    """The project's own corpus.toml, which people copy, keeps its comments."""
    before = (HOME / "corpus.toml").read_text(encoding="utf-8")

    after = with_variant(before, "Durov", "Dourov")

    assert after == before.replace('"Du Rove", "Дуров"]', '"Du Rove", "Дуров", "Dourov"]')


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """No new corpus.toml is created."""
    with pytest.raises(NoInputError, match="to write to, found none"):
        accept_names(tmp_path / "corpus.toml", [("Durov", "DuRove")])
