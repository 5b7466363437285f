"""The sentence index has spans and features for every sentence, also of a very long text."""

from __future__ import annotations

import polars as pl

from saring.compute import pool
from saring.compute.disk_arrays import ArrayStore
from saring.compute.shared_arrays import ArraySharer
from saring.translation import sentence_index


def test_sentences_of_a_very_long_text_are_joined() -> None:
    """Sentences beyond the maximum are joined to fewer; each of these, and the sentence of the next text, has its features."""
    days = [
        f"On day {number} the keeper of the light wrote down {number * 7 % 60} ships and wind from the west." for number in range(1_200)
    ]
    sharer = ArraySharer(pool.SERIAL, None, ArrayStore())

    index = sentence_index.build_index(sharer.share_texts(pl.Series(["\n".join(days), "Nobody came to Jakarta."])), sharer, ArrayStore())

    assert len(index.starts) == index.offsets[-1] == len(index.feature_offsets) - 1 == 401
