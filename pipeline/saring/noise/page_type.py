"""Guess a page's type (article, forum, product, ...) from the features of its lines, what rules delete in it, and its URL.

Boosted trees, one set for each type, over features of the page. The weights are `page_type_weights.json` beside this module, with their
provenance; `bench/train_page_type.py` trains them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.config.rules import KINDS, word_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from saring.noise.page_positions import PagePositions

    Features = npt.NDArray[np.float32]

__all__ = ["WEIGHTS", "page_features", "page_types"]

#: The file of weights that ships with saring.
WEIGHTS = Path(__file__).with_name("page_type_weights.json")

#: The type of a page that is none of the others, and the probability that a type must have for its name to be given: below, it is `other`.
#: A judgement, as is the least number of words from which a page can be of a type at all.
_OTHER, _LEAST_PROBABILITY, _LEAST_WORDS = "other", 0.4, 5

#: Lists of words that are typical of the URLs of a type of page.
_URL_WORDS = ("article", "collection", "documentation", "forum", "listing", "product", "service")

#: Features of lines whose mean over the page, and over its text, is a feature of the page.
_OF_LINES = (
    "words",
    "ends",
    "title_case",
    "uppers",
    "digits",
    "symbols",
    "pauses",
    "shorts",
    "starts_small",
    "starts_digit",
    "starts_bullet",
    "opens_quote",
    "ends_colon",
    "indent",
    "repeats",
    "shape_page",
    "shape_above",
    "odds",
    "topic_rate",
)
#: Features of lines that are the same for all lines of a page.
_OF_PAGES = (
    "page_lines",
    "page_words",
    "page_prose",
    "page_from_0",
    "page_from_4",
    "page_from_10",
    "page_from_25",
    "page_from_60",
    "page_spaceless",
    "run_share",
    "run_prose",
    "run_words",
    "text_words",
    "text_share",
    "certainty",
    "text_run_share",
    "text_run_score",
    "odds_page",
    "topic_best",
)


def page_features(
    page: PagePositions, features: Mapping[str, Features], rule_kinds: pl.DataFrame, lines: pl.DataFrame, texts: pl.DataFrame
) -> dict[str, Features]:
    """Compute the features by which a page's type is guessed, one entry for each document that has lines.

    Args:
        page: the positions of the lines in their documents.
        features: features of the lines, those of their first scores included.
        rule_kinds: columns `row` and `kind` of the lines that rules delete.
        lines: as `line_features.line_features` returns them.
        texts: columns `id` and optionally `url`.
    """
    begins = np.flatnonzero(page.above == 0)
    columns = {name: features[name].take(begins) for name in _OF_PAGES}
    sizes = page.size.take(begins)
    # The text of a page is its lines, each as far as the first pass takes it for text.
    text = features["score"] * np.expm1(features["words"])
    text_total = np.maximum(np.add.reduceat(text, begins), 1) if len(begins) else sizes
    for name in _OF_LINES:
        values = features[name]
        if len(begins):
            columns[f"{name}_mean"] = (np.add.reduceat(values.astype(np.float64), begins) / sizes).astype(np.float32)
            columns[f"{name}_text"] = (np.add.reduceat(values * text.astype(np.float64), begins) / text_total).astype(np.float32)
        else:
            columns[f"{name}_mean"] = columns[f"{name}_text"] = np.zeros(0, dtype=np.float32)
    document = lines["document"].to_numpy()
    deleted = document[rule_kinds["row"].to_numpy()]
    kinds = rule_kinds["kind"].to_numpy()
    for kind in KINDS:
        columns[f"rule_{kind}"] = np.log1p(np.bincount(deleted[kinds == kind], minlength=len(begins))).astype(np.float32)
    return columns | dict(_url_features(lines, texts, begins))


def page_types(texts: pl.DataFrame, lines: pl.DataFrame, length: Features, probabilities: Features, names: Sequence[str]) -> pl.DataFrame:
    """Name the type of each page: the most probable one, or `other` where none is probable enough or the page has no text to speak of.

    Args:
        texts: column `id`.
        lines: as `line_features.line_features` returns them.
        length: the length of each line in words.
        probabilities: of the types, shape (documents with lines, types).
        names: of the types.

    Returns:
        Columns `id`, `page_type` and `page_type_score`: the probability of the type; of `other`, that none of the types is right.
    """
    begins = np.flatnonzero(lines["from_start"].to_numpy() == 0)
    words = np.add.reduceat(length, begins) if len(begins) else length
    best = probabilities.max(axis=1, initial=0)
    is_known = (best >= np.float32(_LEAST_PROBABILITY)) & (words >= _LEAST_WORDS)
    index = np.where(is_known, probabilities.argmax(axis=1), len(names)) if len(best) else np.zeros(0, dtype=np.intp)
    score = np.where(is_known, best, np.where(words >= _LEAST_WORDS, 1 - best, 1))
    types = pl.Series([*names, _OTHER]).gather(pl.Series(index, dtype=pl.UInt32))
    named = pl.DataFrame({"id": lines["id"].gather(begins), "page_type": types, "page_type_score": score.astype(np.float32)})
    columns = pl.col("page_type").fill_null(_OTHER), pl.col("page_type_score").fill_null(1)
    return texts.select("id").join(named, on="id", how="left", maintain_order="left").with_columns(columns)


def _url_features(lines: pl.DataFrame, texts: pl.DataFrame, begins: npt.NDArray[np.intp]) -> Iterator[tuple[str, Features]]:
    """Yield features of the URL of each document, each with its name; -1 where it is not known."""
    ids = lines["id"].gather(begins)
    urls = texts.select("id", pl.col("url").cast(pl.String)) if "url" in texts.columns else texts.select("id", url=pl.lit(None, pl.String))
    url = pl.DataFrame({"id": ids}).join(urls, on="id", how="left", maintain_order="left")["url"].str.to_lowercase()
    path = url.str.extract(r"^[a-z][a-z0-9+.-]*://[^/?#]*/?([^#]*)", 1)
    last = path.str.extract(r"([^/?]*)/?(?:\?.*)?$", 1)
    measures = {
        "depth": path.str.count_matches(r"/[^/?]"),
        "path": path.str.len_chars(),
        "hyphens": last.str.count_matches("[-_]"),
        "path_digits": path.str.count_matches(r"\d"),
        "query": path.str.count_matches(r"[?&]"),
    }
    for name, values in measures.items():
        yield f"url_{name}", values.cast(pl.Float32).fill_null(-1).to_numpy()
    place = pl.concat_str(pl.Series("url", url.str.extract(r"://([^/?#]*)", 1)), pl.lit("/"), pl.Series("path", path), pl.lit("/"))
    places = pl.select(place.alias("place"))["place"]
    for name in _URL_WORDS:
        words = word_list(f"url/{name}")
        matches = places.str.contains(rf"(?:^|[/.?&=_-])(?:{'|'.join(words)})(?:[/.?&=_-]|$)")
        yield f"url_{name}", matches.cast(pl.Float32).fill_null(-1).to_numpy()
