"""pipeline/saring/read/column_names.py: fields and columns are found by standard names, by aliases, or as corpus.toml names them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.core import tables
from saring.read.column_names import ALIASES, NO_COLUMNS, Columns, choose_columns, list_names, no_content_error
from saring.read.scrape import RefusedError


def test_every_field_has_its_own_name_first() -> None:
    """The fields are those of the tables, each found by its standard name before its aliases, and no alias means two fields."""
    aliases = [name for names in ALIASES.values() for name in names]

    assert set(ALIASES) == set(tables.FIELDS)
    assert [names[0] for names in ALIASES.values()] == list(ALIASES)
    assert len(set(aliases)) == len(aliases)


@pytest.mark.parametrize(
    ("names", "record", "expected"),
    [
        ({}, {"body": "x", "n": 1}, {"body": "x", "n": 1}),
        ({"text": "body"}, {"body": "x", "text": "y", "html": "z", "title": "T"}, {"text": "x", "title": "T"}),
        ({"html": "body"}, {"body": "x", "text": "y"}, {"html": "x"}),
        ({"title": None}, {"text": "x", "title": "T", "date": "2024"}, {"text": "x", "date": "2024"}),
        ({"url": "meta.url"}, {"text": "x", "meta": {"url": "u", "title": "T"}}, {"text": "x", "url": "u"}),
        ({"url": "meta.url"}, {"text": "x", "meta.url": "u", "meta": {"url": "v"}}, {"text": "x", "url": "u"}),
        ({"url": "meta.url"}, {"text": "x", "meta": ["u"]}, {"text": "x"}),
        ({"url": "meta.url"}, {"text": "x", "meta": None}, {"text": "x"}),
        ({"text": "isi"}, {}, {}),
        ({"text": "正文"}, {"正文": ""}, {"text": ""}),
    ],
)
def test_a_record_gets_standard_names(names: dict[str, str | None], record: dict[str, Any], expected: dict[str, Any]) -> None:
    """Named fields replace the standard ones, False leaves one out, dots lead into nested objects; null values are left out."""
    assert Columns(names).standardize(record) == expected


def test_a_named_field_for_the_text_is_the_only_one_for_content() -> None:
    """Where corpus.toml names the text, HTML is not looked for; a field that is not to be read stays away."""
    assert set(Columns({"text": "body"}).aliases()) == set(ALIASES) - {"html"}
    assert Columns({"text": "body"}).aliases()["text"] == ("body",)
    assert set(Columns({"html": None}).aliases()) == set(ALIASES) - {"html"}
    assert NO_COLUMNS.aliases() == ALIASES


@pytest.mark.parametrize(
    ("names", "record", "has_content"),
    [
        ({}, {"text": None}, True),
        ({}, {"html": ""}, True),
        ({}, {"body": "x"}, False),
        ({}, {}, False),
        ({"text": "body"}, {"body": "x"}, True),
        ({"text": "body"}, {"text": "x"}, False),
        ({"text": "page.text"}, {"page": {}}, True),
        ({"text": "page.text"}, {"pages": {}}, False),
        ({"text": None, "html": None}, {"text": "x"}, False),
    ],
)
def test_content_may_be_null(names: dict[str, str | None], record: dict[str, Any], has_content: bool) -> None:  # noqa: FBT001 - a case
    """A record with a field for its text is a record, even where the field holds nothing."""
    assert Columns(names).has_content(record) is has_content


@pytest.mark.parametrize(
    ("names", "columns", "selection"),
    [
        ({}, ["text"], {"text": "text"}),
        ({}, ["Title", "TEXT", "n"], {"text": "TEXT", "title": "Title"}),
        ({}, ["Text", "text"], {"text": "text"}),
        ({}, ["html", "text"], {"html": "html", "text": "text"}),
        ({}, ["text", "published", "date"], {"text": "text", "date": "date", "published": "published"}),
        ({}, ["text", "n", "n"], {"text": "text"}),
        ({"text": "Isi", "title": None}, ["Isi", "title", "text"], {"text": "Isi"}),
        ({"url": "meta.url"}, ["text", "meta", "meta.url"], {"text": "text", "url": "meta.url"}),
    ],
)
def test_columns_are_chosen_by_name(names: dict[str, str | None], columns: list[str], selection: dict[str, str]) -> None:
    """The exact name wins over one in other case; names of corpus.toml are exact; other columns are ignored."""
    assert choose_columns(Columns(names), columns) == selection


@pytest.mark.parametrize(
    ("names", "columns", "reason", "says"),
    [
        ({}, ["text", "text"], "bad-columns", "Expected one column text, found 2. Rename or remove the others."),
        ({}, ["Text", "TEXT"], "bad-columns", "Expected one column text, found 2. Rename or remove the others."),
        ({}, ["b", "a"], "no-text", "Expected a column text or html, found the columns a, b. Rename or add one."),
        ({}, [], "no-text", "Expected a column text or html, found the columns none. Rename or add one."),
        (
            {"text": "isi"},
            ["text", "Isi"],
            "bad-columns",
            "Expected the column 'isi' that `columns` in corpus.toml names for text, found the columns Isi, text. Correct the name there.",
        ),
        (
            {"url": "link"},
            ["text"],
            "bad-columns",
            (
                "Expected the column 'link' that `columns` in corpus.toml names for url, found the columns text. "
                "Correct the name there, or write url = false."
            ),
        ),
    ],
)
def test_an_unsuitable_table_is_refused(names: dict[str, str | None], columns: list[str], reason: str, says: str) -> None:
    """The message names what was expected, the columns of the table, and what to do."""
    with pytest.raises(RefusedError) as refused:
        choose_columns(Columns(names), columns)

    assert (refused.value.reason, refused.value.message) == (reason, says)


def test_a_record_without_text_is_told_what_to_write() -> None:
    """The hint for a file in raw/ is a [[source]] table; for a name in corpus.toml, to correct it there."""
    in_file, named = Columns({}, "news/a.jsonl"), Columns({"text": "isi", "html": "markah"}, "news/a.jsonl")

    assert no_content_error(["b", "a"]).message == "Expected a field text or html, found the fields a, b. Rename or add one."
    assert no_content_error(["b"], in_file).message == (
        "Expected a field text or html, found the fields b. "
        'Rename one, or write in corpus.toml under [[source]]: path = "news/a.jsonl" and columns = { text = "NAME" }.'
    )
    assert no_content_error([], named).message == (
        "Expected the field 'markah' or 'isi' that `columns` in corpus.toml names, found the fields none. Correct the name there."
    )


@given(st.lists(st.text(max_size=40), max_size=20))
def test_a_list_of_names_is_bounded(names: list[str]) -> None:
    """However many and long the names are, the list is short and can be encoded."""
    listed = list_names(names)

    assert 0 < len(listed) <= 200 + len(" and more") or listed == ", ".join(names)
    assert listed.encode()
    assert listed.endswith(" and more") or len(names) <= 12


def test_names_are_sorted() -> None:
    """Twelve names are shown; of thirteen the last in the alphabet is not."""
    names = [f"n{letter}" for letter in "mlkjihgfedcba"]

    assert list_names(names[1:]) == "na, nb, nc, nd, ne, nf, ng, nh, ni, nj, nk, nl"
    assert list_names(names) == "na, nb, nc, nd, ne, nf, ng, nh, ni, nj, nk, nl and more"
    assert list_names([]) == "none"
    assert list_names(["a\ud800\0b"]) == "a\ufffd\ufffdb"
