"""Tests of pipeline/saring/language/ngrams.py: probabilities equal those of py3langid and do not depend on the batch."""

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
TEXTS = [case["text"] for case in CASES]


@cache
def identifier() -> LanguageIdentifier:
    """Load the original py3langid identifier."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def expected_probabilities(texts: list[str]) -> list[object]:
    """Return py3langid's own probabilities of each text, approximately: four digits are published."""
    return [pytest.approx(dict(identifier().rank(text)), abs=2e-5) for text in texts]


def probabilities(texts: list[str]) -> list[dict[str, float]]:
    """Return the probabilities of each text, by language, that `language_probabilities` computes."""
    return [dict(zip(ngrams.model_languages(), row, strict=True)) for row in ngrams.language_probabilities(texts).tolist()]


def test_long_texts_have_the_probabilities_of_py3langid() -> None:
    """Long texts in many scripts, which are cut into many pieces, have the probabilities that py3langid gives."""
    samples = TEXTS[:24]
    texts = [" ".join(samples[begin:] + samples[:begin]) for begin in range(0, len(samples), 3)] + TEXTS

    assert probabilities(texts) == expected_probabilities(texts)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text() | st.lists(st.sampled_from([*TEXTS, "A", " ", "\n"]), max_size=4).map("".join), max_size=5))
def test_any_text_has_the_probabilities_of_py3langid(texts: list[str]) -> None:
    """Any text, even an empty one, has the probabilities that py3langid gives."""
    assert probabilities(texts) == expected_probabilities(texts)


@given(st.lists(st.sampled_from(TEXTS), min_size=2, max_size=6))
def test_probabilities_do_not_depend_on_the_batch(texts: list[str]) -> None:
    """The probabilities of a text are bit-identical in any batch, so that releases are reproducible."""
    assert ngrams.language_probabilities(texts)[1:].tobytes() == ngrams.language_probabilities(texts[1:]).tobytes()


def test_the_languages_are_those_of_py3langid() -> None:
    """`model_languages` lists the languages of py3langid's model, each once."""
    assert list(ngrams.model_languages()) == sorted(set(identifier().labels))


def test_the_right_decoding_has_the_most_evidence() -> None:
    """Of several decodings of the same bytes, the right one has the highest evidence, and for its own language."""
    data = "Sütçü sabahları köyün çeşmesinde atını suladı, yoğurdu kapı kapı dağıttı.".encode("cp1254")
    decodings = [data.decode(codec) for codec in ("cp1254", "cp1252", "cp1250", "cp1251", "mac_roman", "cp850")]
    evidence = ngrams.language_evidence(decodings)

    assert int(evidence.max(axis=1).argmax()) == 0
    assert ngrams.model_languages()[int(evidence[0].argmax())] == "tr"


@given(st.lists(st.sampled_from(TEXTS), min_size=2, max_size=4))
def test_evidence_does_not_depend_on_the_batch(texts: list[str]) -> None:
    """The evidence of a text is bit-identical in any batch, so that a file is always decoded in the same charset."""
    assert ngrams.language_evidence(texts)[1:].tobytes() == ngrams.language_evidence(texts[1:]).tobytes()
