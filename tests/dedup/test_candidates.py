"""Sketches and candidates: what is remembered is fixed, nothing that should meet is missed, nothing is quadratic."""

from __future__ import annotations

import random

import numpy as np
import polars as pl
import pytest

from saring.dedup import candidates
from saring.dedup.signatures import ANCHOR, WINDOW, bands_for, compute_signatures

VOCABULARY = [f"kata{n}" for n in range(5000)]


def numbered(texts: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return texts by number, and a rank in the same order."""
    docs = pl.DataFrame({"text": texts}).with_row_index("doc")
    return docs, docs.select("doc", rank="doc")


def test_bands_never_change() -> None:
    """MinHash with a fixed seed: candidates are the same on every machine and with every version."""
    sketches = compute_signatures(numbered(["L'été 2024 我们"])[0], 0.7)

    assert sketches.bands[0, :3].tolist() == [5087850481789700196, 11623137617198295604, 1054633470254337008]


@pytest.mark.parametrize("near_at", [0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
def test_bands_seldom_miss(near_at: float) -> None:
    """A pair as similar as the threshold meets in a band but for one in a thousand, whatever the threshold."""
    bands, rows = bands_for(near_at)

    assert (1 - near_at**rows) ** bands <= 1e-3
    assert bands * rows <= 128


def test_thirteen_words_in_a_row_make_a_candidate() -> None:
    """Two texts that share as many words as an anchor and a window share an anchor, wherever these words stand."""
    draw = random.Random(5)  # noqa: S311 (no secret)
    for _ in range(30):
        shared = draw.choices(VOCABULARY, k=ANCHOR + WINDOW - 1)
        texts = [
            " ".join(draw.choices(VOCABULARY, k=draw.randrange(20)) + shared + draw.choices(VOCABULARY, k=draw.randrange(20))) for _ in "ab"
        ]
        keys = compute_signatures(numbered(texts)[0], 0.7).anchors.key
        assert np.unique_counts(keys).counts.max() == 2


def test_a_template_makes_no_candidates_of_all() -> None:
    """Among a hundred pages of one template, each is looked at beside a few others, and not beside all."""
    draw = random.Random(6)  # noqa: S311 (no secret)
    frame = " ".join(draw.choices(VOCABULARY, k=60))
    texts = [frame + " " + " ".join(draw.choices(VOCABULARY, k=60)) for _ in range(100)]
    docs, rank = numbered(texts)

    assert candidates.contained_pairs(compute_signatures(docs, 0.7), rank).height <= 2 * 100
    assert candidates.near_pairs(compute_signatures(docs, 0.7), rank).height <= 10 * 100


def test_no_text_is_too_short() -> None:
    """Texts of no word, one word, and as many as a shingle or an anchor are sketched."""
    sketches = compute_signatures(numbered(["", "a", "a b", "a b c", "a b c d e f"])[0], 0.7)

    assert sketches.texts["words"].to_list() == [0, 1, 2, 3, 6]
    assert sketches.banded.tolist() == [3, 4]
    assert sketches.anchors.doc.tolist() == [4]


def test_without() -> None:
    """Documents that are taken out leave nothing behind."""
    sketches = compute_signatures(numbered(["a b c d e f", "a b c", "g h i j k l"])[0], 0.7).without(pl.Series([0], dtype=pl.UInt32))

    assert sketches.texts["doc"].to_list() == [1, 2]
    assert sketches.banded.tolist() == [1, 2]
    assert sketches.anchors.doc.tolist() == [2]
    assert sketches.bands.shape == (2, 32)
