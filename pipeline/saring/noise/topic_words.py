"""Words of a page's URL and title in its lines: they stand in its headline and all over its text, but seldom in menus and other headlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.noise.line_words import BUCKETS, line_tokens
from saring.noise.page_positions import signed_log

if TYPE_CHECKING:
    import numpy.typing as npt

    from saring.noise.line_words import LineTokens
    from saring.noise.page_positions import PagePositions

    Features = npt.NDArray[np.float32]

__all__ = ["topic_features"]

#: Bits of the filter that most words of lines do not pass, and its odd multiplier (from the fraction of the golden ratio).
_FILTER_BITS = 20
_SPREAD = np.uint64(0x9E3779B97F4A7C15)

#: Widths, in lines, of the windows above and below a line; and the least share of the topic's words that a headline has. Judgements.
_WIDTHS = (5, 12)
_HEADLINE_SHARE = 0.5


def topic_features(page: PagePositions, tokens: LineTokens, lines: pl.DataFrame, texts: pl.DataFrame) -> dict[str, Features]:
    """Compute features of each line from the words that it shares with its page's URL and title; all are -1 on pages without such words.

    Args:
        page: the positions of the lines in their documents.
        tokens: of the distinct texts of the lines, as `line_words.distinct_tokens` returns them.
        lines: as `line_features.line_features` returns them.
        texts: columns `id`, and optionally `url` and `title`.
    """
    document = np.cumsum(page.above == 0) - 1
    ids = lines["id"].gather(np.flatnonzero(page.above == 0))
    topics = line_tokens(_topics(ids, texts))
    sizes = np.diff(topics.begins)
    keys = np.unique(np.arange(len(ids)).repeat(sizes) * BUCKETS + topics.words)
    known = np.bincount(keys // BUCKETS, minlength=len(ids))

    # The words of all lines: those of the line's distinct text.
    spelling = lines["spelling"].to_numpy().astype(np.int64)
    counts = np.diff(tokens.begins)[spelling] * (known > 0)[document]
    rows = page.row.repeat(counts)
    place = np.arange(len(rows)) - (np.cumsum(counts) - counts).repeat(counts)
    words = document[rows] * BUCKETS + tokens.words[tokens.begins[spelling].repeat(counts) + place]
    is_shared = _members(words, keys)
    hits = np.bincount(rows[is_shared], minlength=len(page.row))

    has_topic = known[document] > 0
    share = np.where(has_topic, np.minimum(hits / np.maximum(known[document], 1), 1), -1).astype(np.float32)
    rate = np.where(has_topic, hits / np.maximum(counts, 1), -1).astype(np.float32)
    features = {"topic_share": share, "topic_rate": rate}
    sums = page.prefix_sums(rate)
    for width in _WIDTHS:
        features[f"topic_above_{width}"] = page.mean_above(sums, width)
        features[f"topic_below_{width}"] = page.mean_below(sums, width)
    features["topic_page"] = (page.total(sums) / page.size).astype(np.float32)
    # The headline is the first of the lines with most of the topic's words.
    best = np.maximum.reduceat(share, np.flatnonzero(page.above == 0)) if len(ids) else share
    is_best = (share == best[document]) & (share >= np.float32(_HEADLINE_SHARE))
    begins = np.flatnonzero(page.above == 0)
    headline = np.minimum.reduceat(np.where(is_best, page.row, len(page.row)), begins)[document] if len(ids) else page.row
    features["topic_best"] = best[document]
    features["after_headline"] = np.where(best[document] >= np.float32(_HEADLINE_SHARE), signed_log(page.row - headline), -9).astype(
        np.float32
    )
    return features


def _topics(ids: pl.Series, texts: pl.DataFrame) -> pl.Series:
    """Return for each document the words of its URL's path and of its title, of three characters or more, as one string in lower case."""
    columns = [pl.col(name).cast(pl.String) if name in texts.columns else pl.lit(None, pl.String).alias(name) for name in ("url", "title")]
    path = pl.col("url").str.extract(r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*/([^#]*)", 1).str.replace(r"\.(?:html?|php|aspx?|jsp)\b", "")
    topic = pl.concat_str(path.fill_null(""), pl.lit(" "), pl.col("title").fill_null("")).str.to_lowercase()
    words = topic.str.replace_all(r"[\W_]+", " ").str.replace_all(r"\b(?:\w{1,2}|\w*\d\w*)\b", " ")
    named = texts.select("id", *columns).select("id", words.alias("topic"))
    return pl.DataFrame({"id": ids}).join(named, on="id", how="left", maintain_order="left")["topic"].fill_null("")


def _members(words: npt.NDArray[np.int64], keys: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return a mask of the words that are among the keys, which are sorted; a bitmap of hashes sorts out most before the search."""
    bitmap = np.zeros(1 << _FILTER_BITS, dtype=np.bool_)
    bitmap[_hashed(keys)] = True
    members = bitmap[_hashed(words)]
    candidates = np.flatnonzero(members)
    place = np.searchsorted(keys, words[candidates]).clip(0, max(len(keys) - 1, 0))
    members[candidates] = keys[place] == words[candidates] if len(keys) else False
    return members


def _hashed(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Return an index into the filter for each key."""
    return ((keys.astype(np.uint64) * _SPREAD) >> np.uint64(64 - _FILTER_BITS)).astype(np.intp)
