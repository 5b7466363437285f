"""The sentences of all texts, and what of each survives translation, in columns: what `neighbours` and `alignment` look at."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core.arrays import size_batches
from saring.translation import concepts, embeddings, idf_weights, sentences
from saring.translation.cognates import SPACE, WORDS, cognate_features

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from saring.compute.disk_arrays import ArrayStore
    from saring.compute.shared_arrays import ArraySharer, SharedTexts
    from saring.core.arrays import IntArray

__all__ = ["SentenceIndex", "build_index", "sentence_vectors"]

#: Bits that an anchor says at least. Less is what every thirtieth sentence holds: leaving it out changes no result and saves a third of
#: the time and memory.
LEAST = 5.0

_NEVER = np.uint32(2**32 - 1)

_BATCH = 1_000_000  # bytes


class SentenceIndex(NamedTuple):
    """Sentences and their anchors, one text after the other.

    Attributes:
        starts: where each sentence begins in its text, in code points.
        ends: where it ends, exclusive.
        offsets: the sentences of text `i` are those from `offsets[i]` to `offsets[i + 1]`.
        anchors: of each sentence, numbered by what occurs in these texts.
        anchor_offsets: those of sentence `i` are from `anchor_offsets[i]` to `anchor_offsets[i + 1]`.
        bits: what each anchor says of a text.
        weights: what it says of a sentence: nothing where it is a whole word, whose windows have said it.
        norms: of each sentence, the root of the sum of its anchors' weights, squared; 1 where there is none.
    """

    starts: IntArray
    ends: IntArray
    offsets: IntArray
    anchors: NDArray[np.uint32]
    anchor_offsets: IntArray
    bits: NDArray[np.float64]
    weights: NDArray[np.float64]
    norms: NDArray[np.float64]


class _Asked(NamedTuple):
    """What a worker needs to cut texts into sentences, and, for their vectors, the name of an encoder."""

    texts: SharedTexts
    encoder: str | None
    store: ArrayStore


def build_index(texts: SharedTexts, lender: ArraySharer, store: ArrayStore) -> SentenceIndex:
    """Return the sentences of these texts, which are some.

    Args:
        texts: none of them null.
        lender: its crew does the work, some texts at a time.
        store: where what is large stands.
    """
    tables, counts, found = [], [], store.growing(np.uint32)
    prior, _ = _prior()
    held = np.zeros(len(prior), dtype=np.int64)
    sizes = np.diff(texts.ends.on(store))
    for table, in_order, count in lender.each(_gather, _parts(sizes), _Asked(texts, None, store)):
        tables.append(table)
        found.add(in_order)
        counts.append(count)
        np.add.at(held, in_order, 1)
        store.release_memory()
    table = pl.concat(tables)
    present = np.flatnonzero(held)
    bits = idf_weights.idf_bits(held[present], table.height, prior[present])
    present, bits = present[bits >= LEAST], bits[bits >= LEAST]
    number = np.full(len(held), _NEVER, dtype=np.uint32)
    number[present] = np.arange(len(present))
    weights = np.where((present >= SPACE - WORDS) & (present < SPACE), 0.0, bits)
    norms = []
    every, begin, end = found.whole(), 0, 0
    for place, count in enumerate(counts):  # batch by batch, and in its place: of all at once, each column is a gigabyte
        some = number[every[begin : begin + int(count.sum())]]
        kept = some != _NEVER
        begin += len(some)
        row, some = np.repeat(np.arange(len(count)), count)[kept], some[kept]
        every[end : end + len(some)] = some
        end += len(some)
        norms.append(np.sqrt(np.bincount(row, weights=weights[some] ** 2, minlength=len(count))))
        counts[place] = np.bincount(row, minlength=len(count))
        store.release_memory()
    norm = np.concatenate(norms)
    return SentenceIndex(
        starts=table["start"].to_numpy().astype(np.int64),
        ends=table["end"].to_numpy().astype(np.int64),
        offsets=np.concatenate(([0], np.cumsum(np.bincount(table["doc"], minlength=len(sizes))))),
        anchors=found.whole(end),
        anchor_offsets=np.concatenate(([0], np.cumsum(np.concatenate(counts)))),
        bits=bits,
        weights=weights,
        norms=np.where(norm > 0, norm, 1.0),
    )


def _gather(part: tuple[int, int], context: _Asked) -> tuple[pl.DataFrame, NDArray[np.uint32], IntArray]:
    """Return the sentences of some texts (doc, start, end), their anchors, and how many each has."""
    _, wanted = _prior()
    table = _split(part, context)
    spelled, meant = cognate_features(table["text"], wanted), concepts.concept_ids(table["text"])
    rows, anchor = np.concatenate((spelled[0], meant[0])), np.concatenate((spelled[1], SPACE + meant[1]))
    in_order = anchor[np.argsort(rows, kind="stable")].astype(np.uint32)
    return table.select(pl.col("doc", "start", "end").cast(pl.UInt32)), in_order, np.bincount(rows, minlength=table.height)


def sentence_vectors(texts: SharedTexts, encoder: str | None, lender: ArraySharer, store: ArrayStore) -> NDArray[np.int8]:
    """Return for each sentence, as in `gather_statistics`, 127 times this encoder's unit vector, rounded: sums of products are exact.

    Apart from `gather_statistics`, since the nearest texts are found without: cutting them into sentences twice takes a hundredth of the time, and
    at a hundred thousand texts these vectors are a gigabyte.
    """
    found = store.growing(np.int8)
    for vectors in lender.each(_meanings, _parts(np.diff(texts.ends.on(store))), _Asked(texts, encoder, store)):
        found.add(vectors)
        store.release_memory()
    return found.whole()


def _meanings(part: tuple[int, int], context: _Asked) -> NDArray[np.int8]:
    vectors = embeddings.encoder_named(context.encoder).embed(_split(part, context).select("text"))
    rounded: NDArray[np.int8] = np.round(vectors * 127).astype(np.int8)
    return rounded


def _parts(sizes: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield where parts of the texts begin and end."""
    for part in size_batches(sizes, _BATCH):
        yield part.start, part.stop


def _split(part: tuple[int, int], context: _Asked) -> pl.DataFrame:
    """Return the sentences of some texts, as `sentences.split_sentences` returns them."""
    begin, end = part
    found = sentences.split_sentences(
        context.texts.on(context.store, begin, end).alias("text").to_frame().with_row_index("doc", offset=begin)
    )
    context.store.release_memory()
    return found


@functools.cache
def _prior() -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return how usual each anchor is, and of those that are spelled which are rare enough to ask the corpus about."""
    spelled = idf_weights.feature_shares()
    return np.concatenate((spelled, concepts.concept_shares())), -np.log2(spelled) >= LEAST - 1
