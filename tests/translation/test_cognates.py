"""What of a sentence survives translation depends on that sentence alone."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from saring.compute import pool
from saring.compute.disk_arrays import ArrayStore
from saring.compute.shared_arrays import ArraySharer
from saring.translation import sentence_index
from saring.translation.cognates import SPACE, cognate_features

WANTED = np.ones(SPACE, dtype=np.bool_)
SENTENCES = st.text() | st.lists(st.sampled_from(["Jakarta", "320", "1.250", "7", "ferry", "東京", "\n", " ", ". "]), max_size=6).map(
    "".join
)


def found(sentences: list[str | None]) -> list[tuple[int, int]]:
    """Return the place of each anchor's sentence, and the anchor."""
    rows, anchor = cognate_features(pl.Series(sentences, dtype=pl.String), WANTED)
    return list(zip(rows.tolist(), anchor.tolist(), strict=True))


@given(st.lists(SENTENCES | st.none(), max_size=6))
def test_no_sentence_depends_on_the_others(sentences: list[str | None]) -> None:
    """The first as little as any; line breaks inside one, which those of long texts hold that were joined, are spaces."""
    alone = [(row, anchor) for row, sentence in enumerate(sentences) for _, anchor in found([sentence])]

    assert found(sentences) == alone
    assert found([(sentence or "").replace("\n", " ") for sentence in sentences]) == alone


def test_a_text_of_very_many_sentences_takes_no_place_of_others() -> None:
    """Its sentences are joined, so that there are fewer; each of them, and each behind them, has a place among the anchors."""
    days = [
        f"On day {number} the keeper of the light wrote down {number * 7 % 60} ships and wind from the west." for number in range(1_200)
    ]
    lender = ArraySharer(pool.SERIAL, None, ArrayStore())

    told = sentence_index.build_index(lender.texts(pl.Series(["\n".join(days), "Nobody came to Jakarta."])), lender, ArrayStore())

    assert len(told.starts) == told.offsets[-1] == len(told.anchor_offsets) - 1 == 401
