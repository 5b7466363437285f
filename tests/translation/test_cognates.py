"""Cognate features of a sentence depend on that sentence alone."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from saring.translation.cognates import FEATURE_SPACE, cognate_features

WANTED = np.ones(FEATURE_SPACE, dtype=np.bool_)
SENTENCES = st.text() | st.lists(st.sampled_from(["Jakarta", "320", "1.250", "7", "ferry", "東京", "\n", " ", ". "]), max_size=6).map(
    "".join
)


def features_of(sentences: list[str | None]) -> list[tuple[int, int]]:
    """Return the row of each feature's sentence, and the feature."""
    rows, features = cognate_features(pl.Series(sentences, dtype=pl.String), WANTED)
    return list(zip(rows.tolist(), features.tolist(), strict=True))


@given(st.lists(SENTENCES | st.none(), max_size=6))
def test_features_do_not_depend_on_the_batch(sentences: list[str | None]) -> None:
    """A sentence has the same features alone and in a batch; line breaks inside one (joined sentences of long texts) count as spaces."""
    alone = [(row, feature) for row, sentence in enumerate(sentences) for _, feature in features_of([sentence])]

    assert features_of(sentences) == alone
    assert features_of([(sentence or "").replace("\n", " ") for sentence in sentences]) == alone
