"""Context features: independent of the other texts of a batch, and the same for scripts with and without spaces."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from saring.core import lines
from saring.noise import line_features
from saring.noise.context_features import context_features

LINE = st.sampled_from(
    [
        "Home",
        "News",
        "",
        "  indented",
        "12:30",
        "The quick brown fox jumps over the lazy dog today.",
        "市长周一宣布新的港口将于明年春天开放，当地居民表示欢迎。",
        "Baca juga",
    ]
)
NOTHING = pl.DataFrame({"row": []}, schema={"row": pl.UInt32})


def features_of(texts: list[str]) -> dict[str, np.ndarray]:
    """Return the context features of the lines of these texts, computed as one batch."""
    frame = pl.DataFrame({"id": [str(n) for n in range(len(texts))], "text": texts}, schema={"id": pl.String, "text": pl.String})
    _, found = context_features(line_features.line_features(lines.split_lines(frame)), NOTHING)
    return found


@given(st.lists(st.lists(LINE, min_size=1, max_size=8).map("\n".join), min_size=2, max_size=4))
def test_features_do_not_depend_on_the_batch(texts: list[str]) -> None:
    """The other texts of a batch do not change a text's features."""
    together = features_of(texts)
    alone = [features_of([text]) for text in texts]

    for name, values in together.items():
        expected = np.concatenate([found[name] for found in alone])
        assert np.allclose(values, expected, atol=1e-4), name


def test_features_are_float32() -> None:
    """Features are float32, as in training: a float64 could fall on the other side of a split."""
    assert {values.dtype for values in features_of(["a\nb", "c"]).values()} == {np.dtype(np.float32)}


def test_a_recurring_shape_knows_its_like() -> None:
    """Entries of a list alternate: each line finds its like two lines away, and the odd line finds none."""
    features = features_of(
        ["Red chair\n12 in stock\nBlue chair\n15 in stock\nThe chairs are made of oak from the hills behind the old town."]
    )

    assert np.round(np.expm1(features["shape_above"])).tolist() == [0, 0, 2, 2, 0]
    assert np.round(np.expm1(features["shape_below"])).tolist() == [2, 2, 0, 0, 0]


def test_lengths_are_comparable_across_scripts() -> None:
    """A sentence without spaces is about as long, and as much prose, as the same sentence with spaces."""
    spaced, unspaced = (
        features_of(["On Monday the mayor opened the new harbour, and all of the people were glad."]),
        features_of(["周一，市长为新港口揭幕，所有居民都对此感到非常高兴，并表示欢迎。"]),
    )

    assert abs(np.expm1(spaced["words"][0]) - np.expm1(unspaced["words"][0])) < 4
    assert spaced["page_prose"][0] > 0 < unspaced["page_prose"][0]
    assert (spaced["page_spaceless"][0], unspaced["page_spaceless"][0]) == (0, 1)
