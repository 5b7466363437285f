"""Context features: independent of the other texts of a batch; the best run has the greatest gain."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from saring.core import lines
from saring.noise import line_features
from saring.noise.context_features import best_runs, context_features

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


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=9), st.lists(st.integers(-5, 5), min_size=1, max_size=9))
def test_the_best_run_gains_most(first: list[int], second: list[int]) -> None:
    """No other run of a document's lines gains more than the one returned, checked by brute force on two documents."""
    begins = np.array([0] * len(first) + [len(first)] * len(second))
    ends = np.array([len(first) - 1] * len(first) + [len(first) + len(second) - 1] * len(second))

    runs = best_runs(np.array(first + second, dtype=float), begins, ends)

    for gains, begin in ((first, 0), (second, len(first))):
        low, high = int(runs.first[begin]) - begin, int(runs.last[begin]) - begin
        best = max(sum(gains[a : b + 1]) for a in range(len(gains)) for b in range(a, len(gains)))
        assert sum(gains[low : high + 1]) == best


def test_features_are_float32() -> None:
    """Features are float32, as in training: a float64 could fall on the other side of a split."""
    assert {values.dtype for values in features_of(["a\nb", "c"]).values()} == {np.dtype(np.float32)}
