"""Page types: the most probable one, or `other` where none is probable or there is no text; the shipped weights say where they come from."""

from __future__ import annotations

import json

import numpy as np
import polars as pl

from saring.compute.boosted_trees import load_classes
from saring.core import lines
from saring.core.tables import PAGE_TYPES
from saring.noise import line_features
from saring.noise.context_features import line_lengths
from saring.noise.line_classifier import score_lines
from saring.noise.page_type import WEIGHTS, page_types

NOTHING = pl.DataFrame(schema={"row": pl.UInt32, "kind": pl.String})
PROSE = "The council voted on Monday to reopen the old quarry road, which had been closed since the floods of last spring."


def texts_of(*texts: str, url: str | None = None) -> pl.DataFrame:
    """Return texts as a table with ids and one URL."""
    return pl.DataFrame(
        {"id": [str(n) for n in range(len(texts))], "text": list(texts), "url": [url] * len(texts)}, schema_overrides={"url": pl.String}
    )


def test_the_weights_say_where_they_come_from() -> None:
    """The shipped weights name their data and licences, and stay small; each type but `other` has trees."""
    weights = json.loads(WEIGHTS.read_text("utf-8"))

    assert {"data", "license"} == set().union(*weights["provenance"]["trained_on"])
    assert WEIGHTS.stat().st_size < 300_000
    assert {*load_classes(WEIGHTS), "other"} == set(PAGE_TYPES)


def test_a_page_without_likely_type_or_text_is_other() -> None:
    """The score of `other` is the probability that no other type is right."""
    texts = texts_of(PROSE, PROSE, "One word", "")
    table = line_features.line_features(lines.split_lines(texts))
    probabilities = np.array([[0.75, 0.25], [0.3, 0.2], [1, 0]], dtype=np.float32)

    types = page_types(texts, table, line_lengths(table), probabilities, ["article", "forum"])

    assert types["id"].to_list() == texts["id"].to_list()
    assert types["page_type"].to_list() == ["article", "other", "other", "other"]
    assert np.allclose(types["page_type_score"], [0.75, 0.7, 1, 1])


def test_an_article_is_one() -> None:
    """Paragraphs under a headline, whatever else is in the batch."""
    article = "Quarry road reopens in spring\n" + "\n".join(f"{PROSE} Work begins in week {week}, the mayor said." for week in range(8))
    texts = texts_of("Home\nLog in", article, url="https://city.example/news/2024/05/quarry-road-reopens-in-spring")
    table = line_features.line_features(lines.split_lines(texts))

    types = score_lines(table, NOTHING, texts).page_types(texts, table)

    assert types["page_type"][1] == "article"
