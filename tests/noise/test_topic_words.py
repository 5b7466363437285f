"""Topic words: lines share words with their page's URL and title."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from saring.core import lines
from saring.noise import line_features
from saring.noise.line_words import distinct_tokens
from saring.noise.page_positions import PagePositions
from saring.noise.topic_words import topic_features

TEXT = "Home\nNews\nQuarry road reopens in spring\nThe road had been closed since the floods.\nTen soups for winter"


def features_of(url: str | None, title: str | None = None) -> dict[str, np.ndarray]:
    """Return the topic features of `TEXT` on a page with this URL and title, behind a page with neither."""
    texts = pl.DataFrame(
        {"id": ["a", "b"], "text": ["Quarry road", TEXT], "url": [None, url], "title": [None, title]},
        schema_overrides={"url": pl.String, "title": pl.String},
    )
    table = line_features.line_features(lines.split_lines(texts))
    features = topic_features(PagePositions(table), distinct_tokens(table), table, texts)
    return {name: values[1:] for name, values in features.items()}


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://city.example/2024/quarry-road-reopens.html", None),
        ("https://city.example/?p=12", "Quarry Road Reopens"),
        (None, "Quarry road reopens"),
    ],
)
def test_the_headline_has_the_words_of_the_topic(url: str | None, title: str | None) -> None:
    """The first line with most of the words is the headline; other lines are below or above it."""
    features = features_of(url, title)

    assert features["topic_share"].tolist() == pytest.approx([0, 0, 1, 1 / 3, 0])
    assert np.sign(features["after_headline"]).tolist() == [-1, -1, 0, 1, 1]


@pytest.mark.parametrize("url", [None, "https://city.example/", "https://city.example/a/12"])
def test_a_page_without_words_has_no_topic(url: str | None) -> None:
    """All features say so."""
    features = features_of(url)

    assert set(features["topic_share"]) == set(features["topic_best"]) == {-1}
    assert set(features["after_headline"]) == {-9}
