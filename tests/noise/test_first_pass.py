"""First pass: features and page types do not depend on the batch, and rules are part of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.core import lines
from saring.noise import line_features
from saring.noise.line_classifier import score_lines

if TYPE_CHECKING:
    from saring.noise.first_pass import FirstPass

LINE = st.sampled_from(
    [
        "Home",
        "",
        "12:30",
        "The quick brown fox jumps over the lazy dog today.",
        "市长周一宣布新的港口将于明年春天开放，当地居民表示欢迎。",
        "Baca juga",
    ]
)


def passed(texts: list[str], deleted: list[int] | None = None) -> FirstPass:
    """Return the first pass over these texts as one batch, rules having deleted the lines at these rows as comments."""
    rows = deleted or []
    frame = pl.DataFrame({"id": [str(n) for n in range(len(texts))], "text": texts, "url": ["https://a.example/quick-fox"] * len(texts)})
    deletions = pl.DataFrame({"row": rows, "kind": ["comment"] * len(rows)}, schema={"row": pl.UInt32, "kind": pl.String})
    return score_lines(line_features.line_features(lines.split_lines(frame)), deletions, frame)


@settings(max_examples=20)
@given(st.lists(st.lists(LINE, min_size=1, max_size=8).map("\n".join).filter(str.strip), min_size=2, max_size=4))
def test_nothing_depends_on_the_batch(texts: list[str]) -> None:
    """The other texts of a batch change neither features nor types of a text."""
    together, alone = passed(texts), [passed([text]) for text in texts]

    assert np.allclose(together.types, np.concatenate([single.types for single in alone]), atol=0.002)
    for name, values in together.features.items():
        assert np.allclose(values, np.concatenate([single.features[name] for single in alone]), atol=1e-3), name
        assert values.dtype == np.float32, name


def test_lines_that_rules_delete_are_not_judged() -> None:
    """They are no text, and are missing among the judged rows."""
    first = passed(["Home\nThe quick brown fox jumps over the lazy dog today.\nReply"], deleted=[0, 2])

    assert first.judged.tolist() == [1]
    assert first.features["score"][[0, 2]].tolist() == [0, 0]


def test_a_batch_without_lines_has_no_types() -> None:
    """Blank texts have no lines."""
    first = passed(["", " "])

    assert first.types.shape[0] == len(first.judged) == 0
