"""The languages of the corpus are preferred, and no text is forced into them."""

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
    """Return a table of texts, titles and declared languages."""
    return pl.DataFrame([(str(number), *text) for number, text in enumerate(texts)], schema=SCHEMA, orient="row")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_language_and_script(case: dict[str, Any]) -> None:
    """Each case has its language and its script."""
    found = language.identify(pages((case["text"], None, case.get("declared"))), case["languages"])

    assert (case["language"], case["script"]) == found.select("language", "language_script").row(0)


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.tuples(st.text() | st.none(), st.text(max_size=9) | st.none(), st.none()), max_size=5))
def test_any_text_has_an_answer(texts: list[tuple[str | None, str | None, str | None]]) -> None:
    """Whatever the texts, there is a row for each, in their order, with a score between 0 and 1."""
    found = language.identify(pages(*texts), ["id", "fr"])

    assert found.schema == RESULT
    assert [str(number) for number in range(len(texts))] == found["id"].to_list()
    assert found["language"].null_count() == 0
    assert found.filter(~pl.col("language_score").is_between(0, 1)).is_empty()


def test_a_text_does_not_depend_on_its_neighbours() -> None:
    """A batch gives what each of its texts gives alone."""
    texts = [(case["text"], None, None) for case in CASES]
    alone = [language.identify(pages(text), ["id", "fr"]).drop("id") for text in texts]

    assert pl.concat(alone).equals(language.identify(pages(*texts), ["id", "fr"]).drop("id"))


def test_a_short_text_is_read_with_its_title() -> None:
    """Where the text says too little, the title says it."""
    title = "Le gouvernement ouvre un nouveau service pour les habitants"
    found = language.identify(pages(("OK", title, None)), [])

    assert found["language"].to_list() == ["fr"]


def test_the_score_of_a_declared_language_is_the_identifiers() -> None:
    """A wrong declaration is kept, and shows in its low score; one that the identifier does not know has none."""
    text = "Le gouvernement ouvrira un nouveau service afin que les plaintes des habitants soient traitées."
    found = language.identify(pages((text, None, "fr"), (text, None, "id"), (text, None, "tet")), ["id"])

    right, wrong, unknown = found["language_score"].to_list()
    assert right > 0.9
    assert wrong < 0.1
    assert unknown is None


def test_relatives_are_known_to_the_identifier() -> None:
    """Each code in the table of relatives is one that the identifier or the table of words gives, and stands in one group."""
    table = tomllib.loads((Path(language_tags.__file__).with_name("languages.toml")).read_text(encoding="utf-8"))
    codes = [code for group in table["relatives"] for code in group]

    assert len(codes) == len(set(codes))
    assert set(codes) <= {*ngrams.model_languages(), *(code for group in table["words"] for code in group)}


def test_words_distinguish_relatives() -> None:
    """Each group has two languages or more; words are in lower case, sorted, each once, and not all of a language's are another's too."""
    table = tomllib.loads((Path(language_tags.__file__).with_name("languages.toml")).read_text(encoding="utf-8"))
    for group in table["words"]:
        listed = {code: words.split() for code, words in group.items()}
        assert len(listed) > 1
        for code, words in listed.items():
            assert words == sorted({word.lower() for word in words})
            others = {word for other in listed for word in listed[other] if other != code}
            assert set(words) - others
