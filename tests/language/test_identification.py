"""Tests of pipeline/saring/language/identification.py: expected languages are preferred but not imposed; cases in cases/language.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring import language
from saring.config import language_tags
from saring.language import ngrams

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "language.toml").read_text(encoding="utf-8"))["case"]
SCHEMA = {"id": pl.String, "text": pl.String, "title": pl.String, "language": pl.String}
RESULT = {"id": pl.String, "language": pl.String, "language_script": pl.String, "language_score": pl.Float32}


def pages(*texts: tuple[str | None, str | None, str | None]) -> pl.DataFrame:
    """Build an input table from tuples of text, title and declared language."""
    return pl.DataFrame([(str(number), *text) for number, text in enumerate(texts)], schema=SCHEMA, orient="row")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_language_and_script(case: dict[str, Any]) -> None:
    """Each case is identified as its language and its script."""
    identified = language.identify(pages((case["text"], None, case.get("declared"))), case["languages"])

    assert (case["language"], case["script"]) == identified.select("language", "language_script").row(0)


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.tuples(st.text() | st.none(), st.text(max_size=9) | st.none(), st.none()), max_size=5))
def test_any_text_is_identified(texts: list[tuple[str | None, str | None, str | None]]) -> None:
    """Any texts give one row each, in order, with a language and a score between 0 and 1."""
    identified = language.identify(pages(*texts), ["id", "fr"])

    assert identified.schema == RESULT
    assert [str(number) for number in range(len(texts))] == identified["id"].to_list()
    assert identified["language"].null_count() == 0
    assert identified.filter(~pl.col("language_score").is_between(0, 1)).is_empty()


def test_a_text_does_not_depend_on_its_batch() -> None:
    """A batch gives the same results as each of its texts alone."""
    texts = [(case["text"], None, None) for case in CASES]
    alone = [language.identify(pages(text), ["id", "fr"]).drop("id") for text in texts]

    assert pl.concat(alone).equals(language.identify(pages(*texts), ["id", "fr"]).drop("id"))


def test_the_title_of_a_short_text_is_used() -> None:
    """The title is part of the sample, so it decides if the text is too short."""
    title = "Le gouvernement ouvre un nouveau service pour les habitants"
    identified = language.identify(pages(("OK", title, None)), [])

    assert identified["language"].to_list() == ["fr"]


def test_a_declared_language_has_the_identifiers_score() -> None:
    """A declared language is kept; the score is low if it is wrong, and null if the identifier does not know the language."""
    text = "Le gouvernement ouvrira un nouveau service afin que les plaintes des habitants soient traitées."
    identified = language.identify(pages((text, None, "fr"), (text, None, "id"), (text, None, "tet")), ["id"])

    right, wrong, unknown = identified["language_score"].to_list()
    assert right > 0.9
    assert wrong < 0.1
    assert unknown is None


def test_relatives_are_known_to_the_identifier() -> None:
    """Each code among the related languages is known to the identifier or has distinctive words, and is in one group only."""
    table = tomllib.loads((Path(language_tags.__file__).with_name("languages.toml")).read_text(encoding="utf-8"))
    codes = [code for group in table["relatives"] for code in group]

    assert len(codes) == len(set(codes))
    assert set(codes) <= {*ngrams.model_languages(), *(code for group in table["words"] for code in group)}


def test_distinctive_words_are_well_formed() -> None:
    """Each group has at least two languages; words are lower-case, sorted, unique, and each language has some of its own."""
    table = tomllib.loads((Path(language_tags.__file__).with_name("languages.toml")).read_text(encoding="utf-8"))
    for group in table["words"]:
        listed = {code: words.split() for code, words in group.items()}
        assert len(listed) > 1
        for code, words in listed.items():
            assert words == sorted({word.lower() for word in words})
            shared = {word for relative in listed for word in listed[relative] if relative != code}
            assert set(words) - shared
