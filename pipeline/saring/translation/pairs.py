"""Translation and retranslation pairs: texts with the same content in another language, or in other words of the same language.

texts ── sentence_index ── retrieval ── sentence_similarity ── alignment ──► translation pairs
         sentences and     k nearest    of every two           mutual best
         features          texts of     sentences              matches by
                           each language                       margin
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from saring.compute.disk_arrays import ArrayStore
from saring.compute.pool import SERIAL
from saring.compute.shared_arrays import sharing_arrays
from saring.dedup.verification import NUMBERED_OVERLAP
from saring.translation import alignment, retrieval, sentence_index

if TYPE_CHECKING:
    from saring import config
    from saring.compute.pool import Executor
    from saring.compute.shared_arrays import SharedArray
    from saring.core.arrays import IntArray
    from saring.translation.alignment import FloatArray
    from saring.translation.sentence_index import SentenceIndex

__all__ = ["find_translation_pairs"]

#: Aligned sentences that a translation pair needs, not counting verbatim ones; two, where a text has no more. A judgement. What two texts
#: share verbatim alone is a quotation or a template, which `dedup.verification` has judged.
MIN_SENTENCES = 3

_PAIRS = 10_000  # of texts that are aligned at a time

#: Bytes of texts from which on the executor compares them: fewer are compared by the time that its workers have started.
_PARALLEL_BYTES = 3_000_000


def find_translation_pairs(
    texts: pl.DataFrame, settings: config.Overlap, store: ArrayStore | None = None, executor: Executor = SERIAL
) -> pl.DataFrame:
    """Find translation and retranslation pairs among texts.

    Args:
        texts: doc, text, language.
        settings: `translated_at` and `encoder`.
        store: where intermediate arrays are allocated.
        executor: compares the texts, where they are many.

    Returns:
        Columns of `verification.NUMBERED_OVERLAP`; a < b. The score is the share of the shorter text's code points in aligned sentences,
        each weighted by how far its margin is above the baseline.
    """
    if texts.height < 2:  # noqa: PLR2004 (a pair)
        return pl.DataFrame(schema=NUMBERED_OVERLAP)
    store = store or ArrayStore()
    languages = texts["language"].fill_null("und").rank("dense").to_numpy().astype(np.int64) - 1
    with sharing_arrays(executor if int(texts["text"].str.len_bytes().sum()) >= _PARALLEL_BYTES else SERIAL, store) as sharer:
        shared_texts = sharer.share_texts(texts["text"])
        index = sentence_index.build_index(shared_texts, sharer, store)
        neighbours = retrieval.nearest_texts(index, languages, store)
        vectors = sharer.share(sentence_index.sentence_vectors(shared_texts, settings.encoder, sharer, store))
        sizes = _sentence_sizes(index)
        shared = alignment.SharedSentences(sharer.share_all(index), vectors)
        del index, vectors
        # Most pairs of neighbours cannot reach the threshold, and are not aligned.
        info = alignment.TextInfo(languages, settings.translated_at * sizes)
        best, (a, b) = alignment.margin_baseline(shared, neighbours, info, store, sharer)
        del neighbours
        context = _AlignmentContext(shared, sharer.share_all((a, b, best, languages, sizes)), settings.translated_at, store)
        batches = [(low, low + _PAIRS) for low in range(0, len(a), _PAIRS)] or [(0, 0)]
        del a, b, best
        pairs = pl.concat(sharer.map_tasks(_align_batch, batches, context))
    docs, same_language = texts["doc"], pl.Series(languages[pairs["a"].to_numpy()] == languages[pairs["b"].to_numpy()])
    kind = pl.when(same_language).then(pl.lit("retranslation")).otherwise(pl.lit("translation"))
    numbered = pairs.with_columns(kind=kind, a=docs.gather(pairs["a"]), b=docs.gather(pairs["b"]))
    return numbered.select(NUMBERED_OVERLAP.names()).cast(NUMBERED_OVERLAP)


def _sentence_sizes(index: SentenceIndex) -> FloatArray:
    """Return for each text the code points of its sentences, at least 1."""
    texts = len(index.offsets) - 1
    text = np.repeat(np.arange(texts), np.diff(index.offsets))
    return np.bincount(text, weights=index.ends - index.starts, minlength=texts).clip(1)


class _AlignmentContext(NamedTuple):
    """Shared arrays and the threshold that a worker needs to align a batch of pairs.

    Attributes:
        shared: sentences of all texts.
        arrays: the shorter and the longer text of each pair, `MarginBaseline.best`, and the language and the size of each text.
        min_score: the least score of a translation pair.
        store: of the process.
    """

    shared: alignment.SharedSentences
    arrays: tuple[SharedArray[Any], ...]
    min_score: float
    store: ArrayStore


def _align_batch(batch: tuple[int, int], context: _AlignmentContext) -> pl.DataFrame:
    """Align the sentences of a batch of pairs, and return the pairs that score high enough, as `_score_pairs` does."""
    index, similarity = context.shared.open(context.store)
    a, b, best, languages, sizes = (array.open(context.store) for array in context.arrays)
    pairs = a[slice(*batch)].astype(np.int64), b[slice(*batch)].astype(np.int64)
    aligned = alignment.align_sentences(index, similarity, pairs, alignment.MarginBaseline(best, languages), context.store)
    return _score_pairs(index, *pairs, aligned, sizes).filter(pl.col("score") >= context.min_score)


def _score_pairs(index: SentenceIndex, a: IntArray, b: IntArray, aligned: pl.DataFrame, sizes: FloatArray) -> pl.DataFrame:
    """Score pairs of texts by their aligned sentences; pairs with too few of them are left out.

    Args:
        index: sentences of all texts.
        a: first text of each pair.
        b: second text of each pair.
        aligned: pair, a, b (sentences, counted through all texts), margin, verbatim, as from `align_sentences`.
        sizes: code points of the sentences of each text.

    Returns:
        Columns of `verification.NUMBERED_OVERLAP` but for the kind.
    """
    # Example: sentences of 40 and 50 code points are aligned with margin 2, of texts with 100 and 200 code points in sentences. The
    # confidence is 1 - 1/2, the mass 40 * 0.5 / 100 = 0.2, the coverages are 0.4 and 0.25; a score is the sum of the masses.
    pair, sentence_a, sentence_b = (aligned[name].to_numpy() for name in ("pair", "a", "b"))
    length_a, length_b = index.ends[sentence_a] - index.starts[sentence_a], index.ends[sentence_b] - index.starts[sentence_b]
    shorter_size = np.minimum(sizes[a], sizes[b])[pair]
    sentences = np.minimum(index.offsets[a + 1] - index.offsets[a], index.offsets[b + 1] - index.offsets[b])
    # 0 at the margin of 1, towards 1 for a sentence that is similar to nothing else.
    confidence = 1 - 1 / aligned["margin"].to_numpy()
    spans = {
        "a_start": index.starts[sentence_a],
        "a_end": index.ends[sentence_a],
        "b_start": index.starts[sentence_b],
        "b_end": index.ends[sentence_b],
        "score": confidence,
    }
    return (
        pl.DataFrame({"pair": pair, "verbatim": aligned["verbatim"], **spans})
        .with_columns(
            mass=np.minimum(length_a, length_b) * confidence / shorter_size,
            coverage_a=length_a / sizes[a[pair]],
            coverage_b=length_b / sizes[b[pair]],
            min_sentences=np.clip(sentences[pair], 2, MIN_SENTENCES),
        )
        .with_columns(pl.col("mass", "coverage_a", "coverage_b", "score").round(4))
        .sort("pair", "a_start")
        .group_by("pair", maintain_order=True)
        .agg(
            pl.col("mass", "coverage_a", "coverage_b").sum(),
            pl.col("min_sentences").first(),
            pl.col("verbatim").not_().sum().alias("reworded"),
            pl.struct(*spans).alias("passages"),
        )
        .filter(pl.col("reworded") >= pl.col("min_sentences"))
        .with_columns(
            pl.col("coverage_a", "coverage_b").clip(upper_bound=1.0),
            a=pl.col("pair").replace_strict(np.arange(len(a)), a, return_dtype=pl.Int64),
            b=pl.col("pair").replace_strict(np.arange(len(b)), b, return_dtype=pl.Int64),
            score="mass",
        )
    )
