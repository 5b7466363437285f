"""Candidate pairs: similar texts share a band or a fingerprint, and the number of pairs is not quadratic."""

from __future__ import annotations

import random

import numpy as np
import polars as pl

from saring.dedup import candidates
from saring.dedup.signatures import FINGERPRINT_WORDS, WINDOW, compute_signatures

VOCABULARY = [f"kata{n}" for n in range(5000)]


def numbered(texts: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return numbered texts, and completeness ranks in the same order."""
    docs = pl.DataFrame({"text": texts}).with_row_index("doc")
    return docs, docs.select("doc", rank="doc")


def test_thirteen_shared_words_make_a_candidate_pair() -> None:
    """Two texts that share thirteen consecutive words share a fingerprint, wherever these words are."""
    draw = random.Random(5)  # noqa: S311 (no secret)
    for _ in range(30):
        shared = draw.choices(VOCABULARY, k=FINGERPRINT_WORDS + WINDOW - 1)
        texts = [
            " ".join(draw.choices(VOCABULARY, k=draw.randrange(20)) + shared + draw.choices(VOCABULARY, k=draw.randrange(20))) for _ in "ab"
        ]
        keys = compute_signatures(numbered(texts)[0], 0.7).fingerprints.key
        assert np.unique_counts(keys).counts.max() == 2


def test_pages_of_a_template_make_few_candidate_pairs() -> None:
    """A hundred pages of one template make a few candidate pairs each, not all pairs."""
    draw = random.Random(6)  # noqa: S311 (no secret)
    frame = " ".join(draw.choices(VOCABULARY, k=60))
    texts = [frame + " " + " ".join(draw.choices(VOCABULARY, k=60)) for _ in range(100)]
    docs, rank = numbered(texts)

    assert candidates.contained_pairs(compute_signatures(docs, 0.7), rank).height <= 2 * 100
    assert candidates.near_pairs(compute_signatures(docs, 0.7), rank).height <= 10 * 100
