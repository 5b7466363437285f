"""pipeline/ngrams.py: the answers are those of py3langid."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from pipeline import ngrams

CASES = tomllib.loads((Path(__file__).parent / "cases" / "language.toml").read_text(encoding="utf-8"))["case"]
PIECES = [case["text"] for case in CASES]


@cache
def identifier() -> LanguageIdentifier:
    """Return py3langid as it comes."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def test_long_texts_are_judged_as_py3langid_judges_them() -> None:
    """Texts of many pieces in many scripts, one after the other, have its very numbers."""
    texts = [" ".join(PIECES[begin:] + PIECES[:begin]) for begin in range(0, len(PIECES), 3)] + PIECES

    assert list(ngrams.probabilities(texts)) == [dict(identifier().rank(text)) for text in texts]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text() | st.lists(st.sampled_from([*PIECES, "A", " ", "\n"]), max_size=4).map("".join), max_size=5))
def test_any_text_is_judged_as_py3langid_judges_it(texts: list[str]) -> None:
    """Whatever the text, even an empty one."""
    assert list(ngrams.probabilities(texts)) == [dict(identifier().rank(text)) for text in texts]


def test_the_languages_are_those_of_py3langid() -> None:
    """Each stands once."""
    assert ngrams.labels() == set(identifier().labels)
