"""pipeline/saring/language/ngrams.py: the answers are those of py3langid."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from saring.language import ngrams

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "language.toml").read_text(encoding="utf-8"))["case"]
PIECES = [case["text"] for case in CASES]


@cache
def identifier() -> LanguageIdentifier:
    """Return py3langid as it comes."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def ranked(texts: list[str]) -> list[object]:
    """Return py3langid's own probabilities of each text, to be compared with; four digits are published."""
    return [pytest.approx(dict(identifier().rank(text)), abs=2e-5) for text in texts]


def told(texts: list[str]) -> list[dict[str, float]]:
    """Return ours."""
    return [dict(zip(ngrams.model_languages(), row, strict=True)) for row in ngrams.language_probabilities(texts).tolist()]


def test_long_texts_are_judged_as_py3langid_judges_them() -> None:
    """Texts of many pieces in many scripts, one after the other, have its numbers."""
    some = PIECES[:24]
    texts = [" ".join(some[begin:] + some[:begin]) for begin in range(0, len(some), 3)] + PIECES

    assert told(texts) == ranked(texts)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text() | st.lists(st.sampled_from([*PIECES, "A", " ", "\n"]), max_size=4).map("".join), max_size=5))
def test_any_text_is_judged_as_py3langid_judges_it(texts: list[str]) -> None:
    """Whatever the text, even an empty one."""
    assert told(texts) == ranked(texts)


@given(st.lists(st.sampled_from(PIECES), min_size=2, max_size=6))
def test_no_text_depends_on_the_others(texts: list[str]) -> None:
    """To the last bit: what is published of a text is the same in whatever batch it comes."""
    assert ngrams.language_probabilities(texts)[1:].tobytes() == ngrams.language_probabilities(texts[1:]).tobytes()


def test_the_languages_are_those_of_py3langid() -> None:
    """Each stands once."""
    assert list(ngrams.model_languages()) == sorted(set(identifier().labels))


def test_evidence_speaks_for_the_right_reading() -> None:
    """Of the readings of the same bytes, the right one has the most evidence, and that for its language."""
    data = "Sütçü sabahları köyün çeşmesinde atını suladı, yoğurdu kapı kapı dağıttı.".encode("cp1254")
    readings = [data.decode(codec) for codec in ("cp1254", "cp1252", "cp1250", "cp1251", "mac_roman", "cp850")]
    evidence = ngrams.language_evidence(readings)

    assert int(evidence.max(axis=1).argmax()) == 0
    assert ngrams.model_languages()[int(evidence[0].argmax())] == "tr"


@given(st.lists(st.sampled_from(PIECES), min_size=2, max_size=4))
def test_no_evidence_depends_on_other_texts(texts: list[str]) -> None:
    """To the last bit: a file is read in the same charset whatever its neighbours are."""
    assert ngrams.language_evidence(texts)[1:].tobytes() == ngrams.language_evidence(texts[1:]).tobytes()
