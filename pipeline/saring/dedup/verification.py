"""Verify candidate pairs on the full texts: Jaccard similarity, matching passages, containment, and templates.

Two texts are measured by the words that they share in the same order: the Jaccard similarity of their shingles, the passages that match, and
the coverage of each text by these passages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core import tables
from saring.core.arrays import HashArray, IntArray, repeat_rows, size_batches
from saring.dedup import passages
from saring.dedup.templates import ComparedPairs, is_filled_template
from saring.dedup.tokens import NO_SHINGLE, SHINGLE_WIDTH, Words, hash_texts, salt_by_row, shingles, tokenize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from saring import config
    from saring.compute.disk_arrays import ArrayStore

__all__ = ["MEASURES", "NUMBERED_OVERLAP", "measure_pairs", "reclassify_templates", "verify_pairs"]

#: Measures of a pair of texts: whether all words are equal, the Jaccard similarity of the shingles, coverages and passages as in
#: `tables.OVERLAP` (`coverage_shorter` is that of the text with fewer words), and the result of `templates.is_filled_template`.
MEASURES = pl.Schema(
    {
        "a": pl.UInt32(),
        "b": pl.UInt32(),
        "same_words": pl.Boolean(),
        "jaccard": pl.Float64(),
        "coverage_a": pl.Float64(),
        "coverage_b": pl.Float64(),
        "coverage_shorter": pl.Float64(),
        "is_template": pl.Boolean(),
        "passages": passages.PASSAGES,
    }
)

#: `tables.OVERLAP`, with document numbers in place of ids.
NUMBERED_OVERLAP = pl.Schema({**tables.OVERLAP, "a": pl.UInt32(), "b": pl.UInt32()})

_BATCH = 4_000_000  # code points
_PAIRS = 1_000_000  # that are sorted at a time


def verify_pairs(texts: pl.DataFrame, pairs: pl.DataFrame, settings: config.Overlap, store: ArrayStore | None = None) -> pl.DataFrame:
    """Return the candidate pairs that are duplicates, with their kind and score.

    `exact`: all words are equal. `near`: the Jaccard similarity of the shingles is at least `near_at`, and is the score. `contained`:
    passages of the longer text cover at least `contained_at` of the shorter one, and that share is the score. `template`: one of the last
    two, but the shorter text has facts or a body of its own (`templates`).

    Args:
        texts: doc, text.
        pairs: a, b: documents; a < b; no pair twice.
        settings: the thresholds.
        store: what the texts are allocated in; its memory is released between batches.

    Returns:
        Columns of `NUMBERED_OVERLAP`.
    """
    near_duplicate, contained = pl.col("jaccard") >= settings.near_at, pl.col("coverage_shorter") >= settings.contained_at
    similar = pl.when("is_template").then(pl.lit("template")).when(near_duplicate).then(pl.lit("near")).otherwise(pl.lit("contained"))
    kind = pl.when("same_words").then(pl.lit("exact")).when(near_duplicate | contained).then(similar)
    score = pl.when("same_words").then(1.0).when(near_duplicate).then("jaccard").otherwise("coverage_shorter")
    own_at = settings.own_at if settings.templates else None
    measured = measure_pairs(texts, pairs, store, jaccard=settings.near_at, covered=settings.contained_at, own_at=own_at)
    duplicate_pairs = measured.with_columns(kind.alias("kind"), score.alias("score")).drop_nulls("kind")
    return duplicate_pairs.select(NUMBERED_OVERLAP.names()).cast(NUMBERED_OVERLAP)


def reclassify_templates(
    texts: pl.DataFrame, translation_pairs: pl.DataFrame, settings: config.Overlap, store: ArrayStore | None = None
) -> pl.DataFrame:
    """Return translation pairs in which retranslations that differ in their numbers have the kind `template`.

    Args:
        texts: doc, text.
        translation_pairs: columns of `NUMBERED_OVERLAP`.
        settings: `templates` and `own_at`.
        store: what the texts are allocated in.
    """
    pairs = translation_pairs.filter(pl.col("kind") == "retranslation").select("a", "b")
    if not settings.templates or pairs.is_empty():
        return translation_pairs
    measured = measure_pairs(texts, pairs, store, own_at=settings.own_at, numbers_only=True)
    filled = measured.filter("is_template").select("a", "b", is_template=True)
    kind = pl.when("is_template").then(pl.lit("template")).otherwise("kind").alias("kind")
    marked = translation_pairs.join(filled, on=["a", "b"], how="left", maintain_order="left")
    return marked.with_columns(kind).select(NUMBERED_OVERLAP.names())


def measure_pairs(
    texts: pl.DataFrame,
    pairs: pl.DataFrame,
    store: ArrayStore | None = None,
    *,
    jaccard: float = 0.0,
    covered: float = 0.0,
    own_at: float | None = None,
    numbers_only: bool = False,
) -> pl.DataFrame:
    """Measure pairs of texts: Jaccard similarity, matching passages, coverages.

    Args:
        texts: doc, text; and characters, the length of the text, where known.
        pairs: a, b: documents, in any order; no pair twice.
        store: what the texts are allocated in; its memory is released between batches.
        jaccard: leave out pairs with a lower similarity, unless passages may cover `covered` of the shorter text.
        covered: see there.
        own_at: as for `templates.is_filled_template`; with None, no pair is a template.
        numbers_only: likewise.

    Returns:
        Columns of `MEASURES`.
    """
    length = pl.col("characters") if "characters" in texts.columns else pl.col("text").str.len_chars().fill_null(0)
    texts = texts.sort("doc")
    sizes = texts.select("doc", length.alias("size"))
    thresholds = _Thresholds(jaccard, covered, own_at, numbers_only)
    parts = [pl.DataFrame(schema=MEASURES)]
    for low in range(0, pairs.height, _PAIRS):
        costs = _reading_costs(sizes, pairs[low : low + _PAIRS])
        for part in size_batches(costs["cost"], _BATCH):
            parts.append(_measure_batch(texts, costs[part].select("a", "b"), thresholds))
            if store:
                store.release_memory()
    return pl.concat(parts)


def _reading_costs(sizes: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return pairs in the order in which to measure them, with `cost`: the code points that have to be read for each."""
    return (
        pairs.select("a", "b")
        .join(sizes, left_on="a", right_on="doc")
        .join(sizes, left_on="b", right_on="doc", suffix="_b")
        .with_columns(
            shorter=pl.min_horizontal("size", "size_b"),
            longer=pl.max_horizontal("size", "size_b"),
            longer_doc=pl.when(pl.col("size") >= pl.col("size_b")).then("a").otherwise("b"),
        )
        .sort("longer_doc", "a", "b")
        # A text that is in many pairs is read once a batch.
        .with_columns(cost=pl.col("shorter") + pl.when(pl.col("longer_doc").is_first_distinct()).then("longer").otherwise(0))
    )


class _Batch(NamedTuple):
    """Words and shingles of a batch of texts, and the pairs to measure among them.

    Attributes:
        words: words of the texts.
        hashes: their shingles.
        shorter: for each pair, the row of the text with fewer words.
        longer: the row of the other text.
    """

    words: Words
    hashes: HashArray
    shorter: IntArray
    longer: IntArray


class _Thresholds(NamedTuple):
    """Thresholds for measuring pairs (Jaccard similarity, coverage, own facts), as for `measure_pairs`."""

    jaccard: float
    covered: float
    own_at: float | None
    numbers_only: bool


def _measure_batch(texts: pl.DataFrame, pairs: pl.DataFrame, thresholds: _Thresholds) -> pl.DataFrame:
    """Measure one batch of pairs; those with equal words without alignment. The texts are sorted by doc."""
    docs = pl.concat([pairs["a"], pairs["b"]]).unique().sort()
    batch_texts = texts["text"].gather(texts["doc"].search_sorted(docs)).fill_null("")
    words = tokenize(batch_texts)
    a, b = docs.search_sorted(pairs["a"]).to_numpy().astype(np.int64), docs.search_sorted(pairs["b"]).to_numpy().astype(np.int64)
    counts = np.diff(words.offsets)
    swapped = counts[a] > counts[b]
    batch = _Batch(words, shingles(words), np.where(swapped, b, a), np.where(swapped, a, b))

    same_words = _have_same_words(batch)
    jaccard, keep = _prefilter(batch, ~same_words, thresholds.jaccard, thresholds.covered)
    pair = np.flatnonzero(keep & ~same_words)
    sides = batch.shorter[pair], batch.longer[pair]
    runs = passages.matching_runs(batch.words, batch.hashes, *sides)
    aligned = passages.summarise_runs(batch.words, runs, *sides, swapped=swapped[pair])
    aligned = aligned.with_columns(pl.Series("pair", pair[aligned["pair"]], dtype=pl.Int64))
    is_template = np.zeros(len(a), dtype=np.bool_)
    if thresholds.own_at is not None:
        compared = ComparedPairs(batch.words, runs, *sides)
        is_template[pair] = is_filled_template(batch_texts, compared, thresholds.own_at, numbers_only=thresholds.numbers_only)
    identical = passages.identical_passages(batch.words, np.flatnonzero(same_words), a[same_words], b[same_words])
    no_passages = pl.lit([], passages.PASSAGES)
    return (
        pairs.with_columns(
            pl.Series("pair", np.arange(len(a))),
            pl.Series("same_words", same_words),
            pl.Series("jaccard", jaccard),
            pl.Series("swapped", swapped),
            pl.Series("is_template", is_template),
        )
        .filter(pl.Series(keep))
        .join(pl.concat([aligned, identical]), on="pair", how="left", maintain_order="left")
        .with_columns(pl.col("coverage_shorter", "coverage_longer").fill_null(0.0), pl.col("passages").fill_null(no_passages))
        .with_columns(
            coverage_a=pl.when("swapped").then("coverage_longer").otherwise("coverage_shorter"),
            coverage_b=pl.when("swapped").then("coverage_shorter").otherwise("coverage_longer"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in MEASURES.items())
    )


def _have_same_words(batch: _Batch) -> NDArray[np.bool_]:
    """Return for each pair whether both texts have the same words, at least one: by hash, then word by word where hashes are equal."""
    text_hashes, counts = hash_texts(batch.words), np.diff(batch.words.offsets)
    same: NDArray[np.bool_] = (
        (text_hashes[batch.shorter] == text_hashes[batch.longer])
        & (counts[batch.shorter] == counts[batch.longer])
        & (counts[batch.shorter] > 0)
    )
    pair = np.flatnonzero(same)
    row, place = repeat_rows(counts[batch.shorter[pair]])
    shorter_words = batch.words.hashes[batch.words.offsets[batch.shorter[pair]][row] + place]
    longer_words = batch.words.hashes[batch.words.offsets[batch.longer[pair]][row] + place]
    same[pair[row[shorter_words != longer_words]]] = False
    return same


def _prefilter(
    batch: _Batch, measured: NDArray[np.bool_], min_jaccard: float, min_covered: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Compute the Jaccard similarity of each pair (1 where not measured), and select the pairs whose passages have to be aligned.

    A pair is aligned if it is similar enough, or if an upper bound of its coverage is high enough: the share of the shorter text's
    characters in words of shared shingles.
    """
    # Example: shorter "a b c d" and longer "x b c d y" with shingles of three words. Of the shorter's shingles abc and bcd, bcd is shared;
    # the longer has xbc, bcd and cdy: Jaccard 1 / (2 + 3 - 1) = 0.25. bcd covers b, c and d: at most three quarters are covered.
    words = batch.words
    counts = np.diff(words.offsets)
    row = np.repeat(np.arange(len(counts)), counts)
    valid = batch.hashes != NO_SHINGLE
    key = salt_by_row(batch.hashes, row)
    distinct = valid.copy()
    distinct[valid] = pl.Series(key[valid]).is_first_distinct().to_numpy()
    sizes = np.bincount(row[distinct], minlength=len(counts))
    pair = np.flatnonzero(measured)
    pair_row, place = repeat_rows(counts[batch.shorter[pair]])
    place += words.offsets[batch.shorter[pair]][pair_row]
    with_shingle = np.flatnonzero(valid[place])
    in_longer = pl.Series(salt_by_row(batch.hashes[place[with_shingle]], batch.longer[pair][pair_row[with_shingle]]))
    shared = np.zeros(len(place), dtype=np.bool_)
    shared[with_shingle] = in_longer.is_in(pl.Series(key[distinct]).implode()).to_numpy()
    intersection = np.zeros(len(measured), dtype=np.int64)
    intersection[pair] = np.bincount(pair_row[shared & distinct[place]], minlength=len(pair))
    shorter, longer = sizes[batch.shorter], sizes[batch.longer]
    jaccard = np.where(measured, intersection / np.maximum(shorter + longer - intersection, 1), 1.0)

    # Passages consist of words in shared shingles; no shingle begins with the last words of a text, so none reaches into the next.
    in_shared = shared.copy()
    for ahead in range(1, SHINGLE_WIDTH):
        in_shared[ahead:] |= shared[:-ahead]
    width = words.ends - words.starts
    coverable = np.zeros(len(measured))
    coverable[pair] = np.bincount(pair_row[in_shared], weights=width[place[in_shared]], minlength=len(pair))
    total = np.bincount(row, weights=width, minlength=len(counts))[batch.shorter]
    return jaccard, ~measured | (jaccard >= min_jaccard) | (coverable / np.maximum(total, 1) >= min_covered)
