"""Tests of pipeline/saring/config/language_tags.py: normalising language tags, locales and names to one code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring import config
from saring.config import language_tags
from saring.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

CODES = {
    "en": [
        "en",
        "eng",
        "EN",
        " en ",
        "en-GB",
        "en_US.UTF-8",
        "en_GB@euro",
        "English",
        "english language",
        "en-US,en;q=0.9",
        "en-US, en-GB",
    ],
    "fr": ["fra", "fre", "fr_CA", "fr-Latn-FR", "French", "français", "fr;q=0.8"],
    "id": ["id", "ind", "in", "in_ID", "Indonesian", "Bahasa Indonesia"],
    "ms": ["msa", "may", "zsm", "ms-Arab", "Malay", "Bahasa Melayu"],
    "zh": ["zho", "chi", "cmn", "zh-Hant-TW", "zh_CN.GB18030", "zh-cmn-Hans", "中文", "Chinese (Simplified)"],
    "yue": ["yue", "zh-yue"],
    "arz": ["arz", "ar-arz"],
    "ar": ["arb", "ara", "ar-EG"],
    "he": ["iw", "heb", "he-IL", "עברית"],
    "yi": ["ji", "yid"],
    "jv": ["jw", "jav", "Javanese"],
    "no": ["no", "nb", "nob", "nor", "nb_NO", "no-bok", "Norwegian Bokmål"],
    "nn": ["nn", "nno", "no-nyn"],
    "tl": ["tl", "fil", "tgl", "Filipino"],
    "ro": ["mo", "rum", "ron", "ro-MD"],
    "sr": ["sh", "scc", "srp", "sr-Latn", "sr_Cyrl_RS"],
    "de": ["ger", "deu", "de-1996", "Deutsch", "GERMAN"],
    "el": ["gre", "ell"],
    "fa": ["per", "fas", "prs"],
    "pt": ["por", "pt-BR", "Portuguese"],
    "ru": ["rus", "ru-RU", "русский"],
    "su": ["sun", "su"],
    "tet": ["tet"],
}
NONE = [
    "",
    " ",
    "xx",
    "und",
    "mul",
    "zxx",
    "mis",
    "root",
    "qaa",
    "C",
    "POSIX",
    "x-default",
    "english please",
    "en, fr",
    "n/a",
    "e",
    "-",
    "none",
    "null",
    "12",
]
NONE += ["en-", "language", "utf-8", "a" * 200]


@pytest.mark.parametrize(("stated", "expected"), [(stated, code) for code, forms in CODES.items() for stated in forms])
def test_tags_locales_and_names(stated: str, expected: str) -> None:
    """ISO 639 codes, BCP 47 tags, locales and language names give the same code."""
    assert language_tags.language_code(stated) == expected


@pytest.mark.parametrize("stated", NONE)
def test_unknown_or_several_languages_have_no_code(stated: str) -> None:
    """A string that names no known language, or several, gives None."""
    assert language_tags.language_code(stated) is None


@given(st.text() | st.sampled_from([stated for forms in CODES.values() for stated in forms]))
def test_normalisation_is_idempotent(stated: str) -> None:
    """The code of a code is that code, for any input."""
    code = language_tags.language_code(stated)

    assert code is None or language_tags.language_code(code) == code


def test_codes_of_a_column_and_counts_of_unknown_values() -> None:
    """A column is normalised value by value; values that name no language are counted."""
    stated = pl.Series("language", ["eng", None, "xx", "fr-CA", "xx", "klingonish", "und"])

    assert language_tags.language_codes(stated).to_list() == ["en", None, None, "fr", None, None, None]
    assert language_tags.count_unknown(stated) == {"xx": 2, "klingonish": 1}
    assert language_tags.count_unknown(stated.clear()) == {}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('languages = ["en", "english please"]', "languages[1]"),
        ('[[source]]\npath = "*"\nlanguage = "xx"', "language"),
        ('[[source]]\npath = "*"\ncharset = "latin-99"', "charset"),
    ],
)
def test_unknown_languages_and_charsets_in_corpus_toml_are_errors(text: str, path: str, tmp_path: Path) -> None:
    """An unknown language or charset in corpus.toml raises an error that names its path, since a person can correct it."""
    file = tmp_path / "corpus.toml"
    file.write_text(f'[dataset]\nname = "a"\n{text}\n', encoding="utf-8")

    with pytest.raises(ConfigError) as error:
        config.load_config(file)
    assert path in str(error.value)


def test_corpus_toml_accepts_any_form_of_a_language(tmp_path: Path) -> None:
    """Languages in corpus.toml may be codes, tags or names, and are normalised to the codes of the column `language`."""
    file = tmp_path / "corpus.toml"
    text = '[dataset]\nname = "a"\nlanguages = ["ind", "fra", "id"]\n[[source]]\npath = "*"\nlanguage = "eng"\ncharset = "latin1"\n'
    file.write_text(text + '[[name]]\ncanonical = "Durov"\nvariants = ["DuRove"]\nlanguages = ["in"]\n', encoding="utf-8")
    loaded = config.load_config(file)

    assert loaded.dataset.languages == ("id", "fr")
    assert (loaded.sources[0].language, loaded.sources[0].charset) == ("en", "windows-1252")
    assert loaded.names[0].languages == ("id",)
