"""pipeline/saring/names/match.py: cases of variants that are corrected and near misses that are not, and laws."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.provisional import domains, urls

from saring import names
from saring.config import Name
from saring.config import names as registry
from saring.config.toml_table import Table
from saring.core import ledger
from saring.core.tables import EDIT

_FILE = tomllib.loads((Path(__file__).parent.parent / "cases" / "names.toml").read_text("utf-8"))
_CASES: list[dict[str, Any]] = _FILE["case"]


def _registry(tables: list[dict[str, Any]]) -> list[Name]:
    """Return names from tables as corpus.toml has them."""
    return list(registry.parse_names(Table({"name": tables}, file="cases")))


_NAMES = _registry(_FILE["names"])


def _texts(*texts: str | None, language: str | None = "id", title: str | None = None) -> pl.DataFrame:
    """Return documents with ids d0, d1, ... in one language and with one title."""
    columns = {"id": [f"d{n}" for n in range(len(texts))], "text": list(texts), "title": [title] * len(texts)}
    return pl.DataFrame(
        {**columns, "language": [language] * len(texts)},
        schema={"id": pl.String, "text": pl.String, "title": pl.String, "language": pl.String},
    )


@pytest.mark.parametrize("case", _CASES, ids=[case["label"] for case in _CASES])
def test_a_case_gives_the_expected_text(case: dict[str, Any]) -> None:
    """Variants get the canonical spelling and all else stays; undo gives the text back; a second run finds nothing."""
    texts = _texts(case["text"], language=case.get("language", "id") or None)
    texts = texts.with_columns(pl.lit(case.get("script", "Latn")).alias("language_script"))
    registered = _registry(case["names"]) if "names" in case else _NAMES

    edits = names.find(texts, registered)
    corrected = ledger.apply(texts, edits)

    assert corrected["text"].item() == case.get("expected", case["text"])
    assert ledger.undo(corrected, edits).equals(texts)
    assert names.find(corrected, registered).is_empty()
    assert edits.schema == EDIT


def test_every_case_that_expects_no_change_says_why() -> None:
    """A near miss has to state the reason why it is one."""
    assert [case["label"] for case in _CASES if ("why" in case) == ("expected" in case)] == []


def test_an_edit_names_its_rule_and_quotes_what_it_replaces() -> None:
    """The ledger has the name as the rule, the field, and offsets in code points."""
    texts = _texts("Café Дюров\nà DuRove", title="DuRove")

    edits = names.find(texts, _NAMES).select(
        "id", "step", "seq", "field", "start", "end", "original", "replacement", "kind", "rule", "score"
    )

    assert edits.rows() == [
        ("d0", "names", 0, "text", 5, 10, "Дюров", "Durov", "name", "name:Durov", None),
        ("d0", "names", 1, "text", 13, 19, "DuRove", "Durov", "name", "name:Durov", None),
        ("d0", "names", 0, "title", 0, 6, "DuRove", "Durov", "name", "name:Durov", None),
    ]


@pytest.mark.parametrize("texts", [_texts(), _texts(None, ""), _texts("Tidak ada nama.", "")], ids=["none", "null", "without"])
def test_texts_without_a_variant_give_an_empty_ledger(texts: pl.DataFrame) -> None:
    """It has no rows and all columns of the ledger; so it has for an empty registry."""
    assert names.find(texts, _NAMES).equals(pl.DataFrame(schema=EDIT))
    assert names.find(texts, []).equals(pl.DataFrame(schema=EDIT))
    assert names.find(texts, [Name(canonical="Durov", kind="person", variants=())]).equals(pl.DataFrame(schema=EDIT))


def test_every_variant_in_a_long_line_is_corrected() -> None:
    """One line with 60,000 variants between characters of four bytes: offsets are right, and the time is linear."""
    texts = _texts("😀 DuRove, Дюров и " * 30_000)

    assert ledger.apply(texts, names.find(texts, _NAMES))["text"].item() == "😀 Durov, Durov и " * 30_000


def test_authors_are_corrected_by_the_same_matcher() -> None:
    """Variants change as entire words, in the languages that they are scoped to; null and empty lists stay."""
    texts = pl.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "authors": [["Pavel DuRove", None, "Sari", "DUROVE"], None, [], ["Marie Zurigo", "@DuRove"]],
            "language": ["id", "id", None, "fr"],
            "characters": [1, 2, 3, 4],
        },
        schema_overrides={"authors": pl.List(pl.String)},
    )

    corrected, edits = names.correct_authors(texts, _NAMES)

    assert corrected["authors"].to_list() == [["Pavel Durov", None, "Sari", "DUROV"], None, [], ["Marie Zürich", "@DuRove"]]
    assert corrected.drop("authors").equals(texts.drop("authors"))
    assert corrected.columns == texts.columns
    assert edits.select("id", "original").rows() == [("a", "DuRove"), ("a", "DUROVE"), ("d", "Zurigo")]
    assert names.correct_authors(texts, [])[0].equals(texts)


_WORD = st.sampled_from(["DuRove", "Du Rove", "DUROVE", "Дюров", "杜洛夫"])
_ATOM = st.sampled_from(["DuRove", "DUROVE", "DuRovenya", "Durоv", "kanal", "a", "9", "x_y", "Дюров"])
_ATOMS = st.lists(_ATOM, min_size=1, max_size=4)
_ENDS = st.sampled_from(["com", "id", "co.id", "ORG", "museum", "online", "xn--p1ai", "рф"])
_HOSTS = st.one_of(domains().filter(lambda host: host.isascii()), st.builds(lambda parts, end: ".".join([*parts, end]), _ATOMS, _ENDS))
_PATHS = st.builds(lambda parts: "/" + "/".join(parts), _ATOMS)
_QUERY = st.builds(lambda parts: "?" + "&".join(f"{part}={part}" for part in parts), _ATOMS)
_ADDRESSES = st.one_of(
    urls(),
    st.builds(
        lambda scheme, host, path, query: f"{scheme}://{host}{path}{query}",
        st.sampled_from(["https", "http", "ftp"]),
        _HOSTS,
        _PATHS,
        _QUERY,
    ),
    st.builds(lambda host, path: f"www.{host}{path}", _HOSTS, _PATHS),
    st.builds(lambda parts, end, path: ".".join([*parts, end]) + path, _ATOMS, _ENDS, _PATHS),
    st.builds(lambda parts, end: ".".join([*parts, end]), _ATOMS, _ENDS),
)
_HANDLES = st.builds(lambda sign, parts, glue: sign + glue.join(parts), st.sampled_from("@#"), _ATOMS, st.sampled_from(["", "_"]))
_LOCAL = st.text("abcXYZ019.!#$%&'*+-/=^_`{|}~", max_size=8)
_MAILS = st.builds(lambda before, name, after, host: f"{before}{name}{after}@{host}", _LOCAL, _ATOM, _LOCAL, _HOSTS)
_FILES = st.builds(
    lambda parts, glue, end: f"{glue.join(parts)}.{end}",
    _ATOMS,
    st.sampled_from(["_", "-", "", ".", "%20", "+", "("]),
    st.sampled_from(["jpg", "JPG", "jpeg", "png", "pdf", "docx", "tar.gz", "mp4", "7z", "py", "c", "toml", "html"]),
)
_PROSE = st.sampled_from(["", "Lihat ", "Menurut kanal itu, ", "« Voir » ", "(", "说 ", "\n", "Foto: "])


@settings(deadline=None)
@given(
    before=_PROSE, address=st.one_of(_ADDRESSES, _HANDLES, _MAILS, _FILES), after=st.sampled_from(["", " kata dia.", "\nbaris", ", dan"])
)
def test_variants_in_protected_spans_stay(before: str, address: str, after: str) -> None:
    """Any URL, host, e-mail address, handle, hashtag or file name that contains a variant keeps it."""
    assert names.find(_texts(before + address + after), _NAMES).rows() == []


_PIECES = st.one_of(
    _WORD,
    _ADDRESSES,
    _HANDLES,
    st.sampled_from(
        [
            "Durov",
            "DUROV",
            "Pavel",
            "Paul",
            "du",
            "Rove",
            "-nya",
            "'s",
            "`",
            "```",
            "\n",
            " ",
            "é",
            "e\u0301",
            "\u0301",
            "😀",
            "ก",
            "の",
            "_",
            "2",
        ]
    ),
    st.text(max_size=4),
)
_MIXED = st.lists(_PIECES, max_size=12).map("".join)
_SPACED = st.lists(_PIECES, max_size=12).map(" ".join)


@settings(deadline=None)
@given(st.lists(st.one_of(_MIXED, _SPACED, st.none()), max_size=4), st.sampled_from(["id", "fr", None]))
def test_edits_apply_and_undo(contents: list[str | None], language: str | None) -> None:
    """For any texts, the edits apply, and undo gives the texts back."""
    texts = _texts(*contents, language=language, title=contents[0] if contents else None)

    edits = names.find(texts, _NAMES)

    assert ledger.undo(ledger.apply(texts, edits), edits).equals(texts)


@settings(deadline=None)
@given(st.lists(st.one_of(_SPACED, st.none()), max_size=4), st.sampled_from(["id", "fr", None]))
def test_corrected_texts_need_no_correction(contents: list[str | None], language: str | None) -> None:
    """In words with spaces between them, a second run finds nothing; glued to an address, a corrected name may move the address's end.

    "Paul Durov" is a variant that a correction can produce, so the name that has it is excluded.
    """
    without_full_name = [name for name in _NAMES if name.canonical != "Pavel Durov"]
    texts = _texts(*contents, language=language)

    corrected = ledger.apply(texts, names.find(texts, without_full_name))

    assert names.find(corrected, without_full_name).is_empty()


@settings(deadline=None)
@given(st.lists(st.sampled_from(["kata", "DuRove", "Du", "Rove", "Paul Durov", "BSI", "Zurigo"]), max_size=12))
def test_the_search_equals_a_loop_over_words(words: list[str]) -> None:
    """In prose with spaces between words, a reference implementation in plain Python gives the same text."""
    line = " ".join(words)
    replacements = {"DuRove": "Durov", "Du Rove": "Durov", "Paul Durov": "Pavel Durov", "BSI": "Bank Sentral"}
    expected, position = "", 0
    while position < len(line):
        after_space = not line[position - 1 : position].strip()
        candidates = (v for v in replacements if line.startswith(v, position) and not line[position + len(v) :][:1].strip())
        variant = next(candidates, "") if after_space else ""
        expected += replacements[variant] if variant else line[position]
        position += len(variant) or 1

    texts = _texts(line)

    assert ledger.apply(texts, names.find(texts, _NAMES))["text"].item() == expected
