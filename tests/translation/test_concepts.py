"""Words and their translations share a concept id."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.translation.concepts import concept_ids, concept_shares

WORDS = ["bread", "rain", "hospital", "Regen", "pont", "книга", "大雨", "zzqx", "", "2024", "the"]


def concepts_of(*sentences: str | None) -> list[set[int]]:
    """Return the concept ids of each sentence."""
    rows, ids = concept_ids(pl.Series(sentences, dtype=pl.String))
    return [set(ids[rows == row].tolist()) for row in range(len(sentences))]


def test_translations_share_a_concept() -> None:
    """A word and its translation have the same concept, in any case; words of other meanings have others."""
    hospital, krankenhaus, upper, water = concepts_of("hospital", "Krankenhaus", "HOSPITAL", "Wasser")

    assert len(hospital) == 1
    assert hospital == krankenhaus == upper
    assert hospital.isdisjoint(water)
    assert concepts_of("вода") == [water]


def test_unknown_words_have_no_concept() -> None:
    """Nulls, empty sentences and words that are not listed have no concept; a batch without sentences has none."""
    assert concepts_of(None, "", "zzqxzzqx", "...") == [set()] * 4
    assert [column.tolist() for column in concept_ids(pl.Series([], dtype=pl.String))] == [[], []]


def test_frequent_words_have_frequent_concepts() -> None:
    """Each concept has a share of sentences above 0 and up to 1, and a frequent word's concept a greater one than a rare word's."""
    shares = concept_shares()
    (the,), (hospital,) = concepts_of("the", "hospital")

    assert shares.min() > 0
    assert shares.max() <= 1
    assert shares[the] > shares[hospital]


@settings(max_examples=20)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join), max_size=5))
def test_concepts_do_not_depend_on_the_batch(sentences: list[str]) -> None:
    """Rows and ids come sorted, each pair once, and a sentence has the concepts that it has alone."""
    rows, ids = concept_ids(pl.Series(sentences, dtype=pl.String))

    pairs = list(zip(rows.tolist(), ids.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert concepts_of(*sentences) == [concepts for sentence in sentences for concepts in concepts_of(sentence)]
    assert np.all(ids < len(concept_shares()))
