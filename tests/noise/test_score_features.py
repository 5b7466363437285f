"""Score features: a line knows the scores around it, within its document."""

from __future__ import annotations

import numpy as np
import polars as pl

from saring.noise.page_positions import PagePositions
from saring.noise.score_features import score_features

#: Two documents: five lines of which the middle three are text, and one line.
PAGE = PagePositions(pl.DataFrame({"from_start": [0, 1, 2, 3, 4, 0], "from_end": [4, 3, 2, 1, 0, 0]}))
SCORES = np.array([0.1, 0.9, 0.4, 0.9, 0.1, 0.2], dtype=np.float32)


def test_the_run_of_text_spans_a_doubtful_line_between_sure_ones() -> None:
    """A short line between two paragraphs is inside the text, menus around them are not."""
    features = score_features(PAGE, SCORES, np.array([2, 30, 3, 30, 2, 5], dtype=np.float32))

    assert features["in_text"].tolist() == [0, 1, 1, 1, 0, 1]
    assert features["score_before"].tolist() == [-1, *SCORES[:4].tolist(), -1]
    assert features["text_place"][1] < features["text_place"][3]
    assert all(values.dtype == np.float32 for values in features.values())


def test_other_documents_do_not_matter() -> None:
    """The features of a document are the same in a batch and alone."""
    length = np.array([2, 30, 3, 30, 2, 5], dtype=np.float32)
    alone = PagePositions(pl.DataFrame({"from_start": [0], "from_end": [0]}))

    together, single = score_features(PAGE, SCORES, length), score_features(alone, SCORES[5:], length[5:])

    assert all(np.allclose(together[name][5:], single[name], atol=1e-5) for name in single)
