"""Every suspicion is looked at on the texts themselves.

Two texts are measured by the words they share in the same order: the Jaccard similarity of their shingles, the passages that
correspond, and how much of each text these passages are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core import tables
from saring.core.arrays import HashArray, IntArray, repeat_rows, size_batches
from saring.dedup import passages
from saring.dedup.templates import Compared, is_filled_template
from saring.dedup.tokens import NEVER, WIDTH, Words, hash_texts, salt_by_row, shingles, tokenize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from saring import config
    from saring.compute.disk_arrays import ArrayStore

__all__ = ["LINKS", "MEASURES", "measure_pairs", "reclassify_templates", "verify_pairs"]

#: What is known of a pair of texts: whether all their words are the same, the Jaccard similarity of their shingles, and as in
#: `tables.OVERLAP`; `is_filled_template` as from `templates.is_filled_template`.
MEASURES = pl.Schema(
    {
        "a": pl.UInt32(),
        "b": pl.UInt32(),
        "same": pl.Boolean(),
        "jaccard": pl.Float64(),
        "coverage_a": pl.Float64(),
        "coverage_b": pl.Float64(),
        "coverage_lesser": pl.Float64(),
        "filled_in": pl.Boolean(),
        "passages": passages.LIST,
    }
)

#: `tables.OVERLAP`, with numbers for documents.
LINKS = pl.Schema({**tables.OVERLAP, "a": pl.UInt32(), "b": pl.UInt32()})

_BATCH = 4_000_000  # code points
_PAIRS = 1_000_000  # that are put in order at a time


def verify_pairs(texts: pl.DataFrame, pairs: pl.DataFrame, settings: config.Overlap, store: ArrayStore | None = None) -> pl.DataFrame:
    """Return those of the pairs that say the same, with their kind.

    `exact`: all words are the same. `near`: the Jaccard similarity of the shingles is `near_at` at least, and is the score. `contained`:
    passages of the longer text cover `contained_at` of the shorter one at least, and that share is the score. `template`: one of the last
    two, but the shorter text says something of its own (`templates`).

    Args:
        texts: doc, text.
        pairs: a, b: documents; a < b; no pair twice.
        settings: the thresholds.
        store: of the texts.

    Returns:
        Columns of `LINKS`.
    """
    near, inside = pl.col("jaccard") >= settings.near_at, pl.col("coverage_lesser") >= settings.contained_at
    alike = pl.when("filled_in").then(pl.lit("template")).when(near).then(pl.lit("near")).otherwise(pl.lit("contained"))
    kind = pl.when("same").then(pl.lit("exact")).when(near | inside).then(alike)
    score = pl.when("same").then(1.0).when(near).then("jaccard").otherwise("coverage_lesser")
    own_at = settings.own_at if settings.templates else None
    measured = measure_pairs(texts, pairs, store, jaccard=settings.near_at, covered=settings.contained_at, own_at=own_at)
    return measured.with_columns(kind.alias("kind"), score.alias("score")).drop_nulls("kind").select(LINKS.names()).cast(LINKS)


def reclassify_templates(
    texts: pl.DataFrame, retold: pl.DataFrame, settings: config.Overlap, store: ArrayStore | None = None
) -> pl.DataFrame:
    """Return links of texts told in other words, those of pages that differ in their numbers as links of kind `template`.

    Args:
        texts: doc, text.
        retold: columns of `LINKS`, as from `translations.links`.
        settings: `templates` and `own_at`.
        store: of the texts.
    """
    pairs = retold.filter(pl.col("kind") == "retranslation").select("a", "b")
    if not settings.templates or pairs.is_empty():
        return retold
    other = measure_pairs(texts, pairs, store, own_at=settings.own_at, retold=True).filter("filled_in").select("a", "b", filled_in=True)
    kind = pl.when("filled_in").then(pl.lit("template")).otherwise("kind").alias("kind")
    return retold.join(other, on=["a", "b"], how="left", maintain_order="left").with_columns(kind).select(LINKS.names())


def measure_pairs(
    texts: pl.DataFrame,
    pairs: pl.DataFrame,
    store: ArrayStore | None = None,
    *,
    jaccard: float = 0.0,
    covered: float = 0.0,
    own_at: float | None = None,
    retold: bool = False,
) -> pl.DataFrame:
    """Return what is known of each pair, in columns `MEASURES`.

    Args:
        texts: doc, text; and characters, how many it has, where that is known.
        pairs: a, b: documents, in any order; no pair twice.
        store: of the texts.
        jaccard: leave out pairs that are less similar than this, unless
        covered: this share of the lesser text may be covered by passages.
        own_at: as for `templates.is_filled_template`; None does not ask whether a pair is.
        retold: likewise.
    """
    length = pl.col("characters") if "characters" in texts.columns else pl.col("text").str.len_chars().fill_null(0)
    texts = texts.sort("doc")
    sized = texts.select("doc", length.alias("size"))
    thresholds = _Thresholds(jaccard, covered, own_at, retold)
    parts = [pl.DataFrame(schema=MEASURES)]
    for low in range(0, pairs.height, _PAIRS):
        costs = _costs(sized, pairs[low : low + _PAIRS])
        for part in size_batches(costs["cost"], _BATCH):
            parts.append(_measure(texts, costs[part].select("a", "b"), thresholds))
            if store:
                store.release_memory()
    return pl.concat(parts)


def _costs(sized: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs in the order in which to measure them, with the code points that each has to be read for."""
    return (
        pairs.select("a", "b")
        .join(sized, left_on="a", right_on="doc")
        .join(sized, left_on="b", right_on="doc", suffix="_b")
        .with_columns(
            lesser=pl.min_horizontal("size", "size_b"),
            greater=pl.max_horizontal("size", "size_b"),
            greater_doc=pl.when(pl.col("size") >= pl.col("size_b")).then("a").otherwise("b"),
        )
        .sort("greater_doc", "a", "b")
        # In a star, the text in the middle is read once a batch.
        .with_columns(cost=pl.col("lesser") + pl.when(pl.col("greater_doc").is_first_distinct()).then("greater").otherwise(0))
    )


class _Batch(NamedTuple):
    """Texts, and pairs of them.

    Attributes:
        words: of the texts.
        hashes: their shingles.
        lesser, greater: for each pair the place among the texts of the one with fewer words, and of the other.
    """

    words: Words
    hashes: HashArray
    lesser: IntArray
    greater: IntArray


class _Thresholds(NamedTuple):
    """Thresholds, as for `measure_pairs`."""

    jaccard: float
    covered: float
    own_at: float | None
    retold: bool


def _measure(texts: pl.DataFrame, pairs: pl.DataFrame, thresholds: _Thresholds) -> pl.DataFrame:
    """Measure some pairs: those that are the same, and then those that are not. The texts are sorted by doc."""
    docs = pl.concat([pairs["a"], pairs["b"]]).unique().sort()
    several = texts["text"].gather(texts["doc"].search_sorted(docs)).fill_null("")
    found = tokenize(several)
    a, b = docs.search_sorted(pairs["a"]).to_numpy().astype(np.int64), docs.search_sorted(pairs["b"]).to_numpy().astype(np.int64)
    counts = np.diff(found.offsets)
    swapped = counts[a] > counts[b]
    batch = _Batch(found, shingles(found), np.where(swapped, b, a), np.where(swapped, a, b))

    same = _same(batch)
    similar, keep = _jaccard(batch, ~same, thresholds.jaccard, thresholds.covered)
    pair = np.flatnonzero(keep & ~same)
    sides = batch.lesser[pair], batch.greater[pair]
    runs = passages.matching_runs(batch.words, batch.hashes, *sides)
    told = passages.summarise_runs(batch.words, runs, *sides, swapped=swapped[pair])
    told = told.with_columns(pl.Series("pair", pair[told["pair"]], dtype=pl.Int64))
    filled = np.zeros(len(a), dtype=np.bool_)
    if thresholds.own_at is not None:
        filled[pair] = is_filled_template(several, Compared(batch.words, runs, *sides), thresholds.own_at, retold=thresholds.retold)
    whole = passages.identical_passages(batch.words, np.flatnonzero(same), a[same], b[same])
    return (
        pairs.with_columns(
            pl.Series("pair", np.arange(len(a))),
            pl.Series("same", same),
            pl.Series("jaccard", similar),
            pl.Series("swapped", swapped),
            pl.Series("filled_in", filled),
        )
        .filter(pl.Series(keep))
        .join(pl.concat([told, whole]), on="pair", how="left", maintain_order="left")
        .with_columns(pl.col("coverage_lesser", "coverage_greater").fill_null(0.0), pl.col("passages").fill_null(pl.lit([], passages.LIST)))
        .with_columns(
            coverage_a=pl.when("swapped").then("coverage_greater").otherwise("coverage_lesser"),
            coverage_b=pl.when("swapped").then("coverage_lesser").otherwise("coverage_greater"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in MEASURES.items())
    )


def _same(batch: _Batch) -> NDArray[np.bool_]:
    """Return for each pair whether all words are the same, and there is one: word by word, where the sums agree."""
    sums, counts = hash_texts(batch.words), np.diff(batch.words.offsets)
    same: NDArray[np.bool_] = (
        (sums[batch.lesser] == sums[batch.greater]) & (counts[batch.lesser] == counts[batch.greater]) & (counts[batch.lesser] > 0)
    )
    pair = np.flatnonzero(same)
    of, place = repeat_rows(counts[batch.lesser[pair]])
    one = batch.words.hashes[batch.words.offsets[batch.lesser[pair]][of] + place]
    other = batch.words.hashes[batch.words.offsets[batch.greater[pair]][of] + place]
    same[pair[of[one != other]]] = False
    return same


def _jaccard(batch: _Batch, wanted: NDArray[np.bool_], jaccard: float, covered: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return for each pair its similarity (1 where not wanted), and whether it is worth a closer look."""
    words = batch.words
    counts = np.diff(words.offsets)
    row = np.repeat(np.arange(len(counts)), counts)
    real = batch.hashes != NEVER
    key = salt_by_row(batch.hashes, row)
    once = real.copy()
    once[real] = pl.Series(key[real]).is_first_distinct().to_numpy()
    sizes = np.bincount(row[once], minlength=len(counts))
    pair = np.flatnonzero(wanted)
    of, place = repeat_rows(counts[batch.lesser[pair]])
    place += words.offsets[batch.lesser[pair]][of]
    asked = np.flatnonzero(real[place])
    there = np.zeros(len(place), dtype=np.bool_)
    there[asked] = (
        pl.Series(salt_by_row(batch.hashes[place[asked]], batch.greater[pair][of[asked]])).is_in(pl.Series(key[once]).implode()).to_numpy()
    )
    met = np.zeros(len(wanted), dtype=np.int64)
    met[pair] = np.bincount(of[there & once[place]], minlength=len(pair))
    lesser, greater = sizes[batch.lesser], sizes[batch.greater]
    similar = np.where(wanted, met / np.maximum(lesser + greater - met, 1), 1.0)

    # Passages are made of words that stand in a shingle of both; the last words of a text begin none, so none reaches into the next.
    told = there.copy()
    for ahead in range(1, WIDTH):
        told[ahead:] |= there[:-ahead]
    width = words.ends - words.starts
    reach = np.zeros(len(wanted))
    reach[pair] = np.bincount(of[told], weights=width[place[told]], minlength=len(pair))
    total = np.bincount(row, weights=width, minlength=len(counts))[batch.lesser]
    return similar, ~wanted | (similar >= jaccard) | (reach / np.maximum(total, 1) >= covered)
