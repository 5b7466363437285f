"""Texts that say the same in another language, or in other words of the same.

texts ── statements ── neighbours ── similarity ── alignment ──► links
         sentences     the nearest   of every      sentences that are the
         and anchors   of each       two           best of each other and
                       language      sentences     better than usual
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from saring.compute.disk_arrays import ArrayStore
from saring.compute.pool import SERIAL
from saring.compute.shared_arrays import sharing_arrays
from saring.dedup.verification import LINKS
from saring.translation import alignment, retrieval, sentence_index

if TYPE_CHECKING:
    from saring import config
    from saring.compute.pool import Executor
    from saring.compute.shared_arrays import SharedArray
    from saring.core.arrays import IntArray
    from saring.translation.alignment import Shares
    from saring.translation.sentence_index import SentenceIndex

__all__ = ["translation_links"]

#: Sentences that have to say the same in other words; two, where a text has no more. What two texts share verbatim alone is a quotation
#: or a template, and `verify` has looked at it.
SENTENCES = 3

_PAIRS = 10_000  # of texts that are aligned at a time

#: From so many bytes of texts on, a crew compares them: fewer are compared by the time that its workers have started.
_MANY = 3_000_000


def translation_links(
    texts: pl.DataFrame, settings: config.Overlap, store: ArrayStore | None = None, executor: Executor = SERIAL
) -> pl.DataFrame:
    """Return the translations and retranslations among these texts.

    Args:
        texts: doc, text, language.
        settings: `translated_at` and `encoder`.
        store: where what is made on the way may stand.
        executor: compares the texts, where they are many.

    Returns:
        Columns of `verify.LINKS`; a < b.
    """
    if texts.height < 2:  # noqa: PLR2004 (a pair)
        return pl.DataFrame(schema=LINKS)
    store = store or ArrayStore()
    languages = texts["language"].fill_null("und").rank("dense").to_numpy().astype(np.int64) - 1
    with sharing_arrays(executor if int(texts["text"].str.len_bytes().sum()) >= _MANY else SERIAL, store) as lender:
        lent = lender.texts(texts["text"])
        told = sentence_index.build_index(lent, lender, store)
        near = retrieval.nearest_texts(told, languages, store)
        meanings = lender.lend(sentence_index.sentence_vectors(lent, settings.encoder, lender, store))
        sizes = _sizes(told)
        material = alignment.Material(lender.all(told), meanings)
        del told, meanings
        # Most pairs cannot come near, and are not looked at again.
        about = alignment.TextInfo(languages, settings.translated_at * sizes)
        best, (a, b) = alignment.margin_baseline(material, near, about, store, lender)
        del near
        context = _Asked(material, lender.all((a, b, best, languages, sizes)), settings.translated_at, store)
        parts = [(low, low + _PAIRS) for low in range(0, len(a), _PAIRS)] or [(0, 0)]
        del a, b, best
        found = pl.concat(lender.each(_links, parts, context))
    docs, same = texts["doc"], pl.Series(languages[found["a"].to_numpy()] == languages[found["b"].to_numpy()])
    kind = pl.when(same).then(pl.lit("retranslation")).otherwise(pl.lit("translation"))
    return found.with_columns(kind=kind, a=docs.gather(found["a"]), b=docs.gather(found["b"])).select(LINKS.names()).cast(LINKS)


def _sizes(told: SentenceIndex) -> Shares:
    """Return the code points of the sentences of each text, 1 at least."""
    texts = len(told.offsets) - 1
    of = np.repeat(np.arange(texts), np.diff(told.offsets))
    return np.bincount(of, weights=told.ends - told.starts, minlength=texts).clip(1)


class _Asked(NamedTuple):
    """What a worker needs to align pairs.

    Attributes:
        material: what texts are compared by.
        arrays: the lesser and the greater text of each pair, what is usual, and the language and the size of each text.
        at: the least score of a link.
        store: of the process.
    """

    material: alignment.Material
    arrays: tuple[SharedArray[Any], ...]
    at: float
    store: ArrayStore


def _links(part: tuple[int, int], context: _Asked) -> pl.DataFrame:
    """Return what `_told` says of some of the pairs, where it suffices for a link."""
    told, similarity = context.material.on(context.store)
    a, b, best, languages, sizes = (lent.on(context.store) for lent in context.arrays)
    pairs = a[slice(*part)].astype(np.int64), b[slice(*part)].astype(np.int64)
    aligned = alignment.align_sentences(told, similarity, pairs, alignment.MarginBaseline(best, languages), context.store)
    return _told(told, *pairs, aligned, sizes).filter(pl.col("score") >= context.at)


def _told(told: SentenceIndex, a: IntArray, b: IntArray, aligned: pl.DataFrame, sizes: Shares) -> pl.DataFrame:
    """Return what the aligned sentences of each pair come to, in columns of `LINKS` but for the kind.

    Args:
        told: of all texts.
        a: the text of each pair.
        b: the other.
        aligned: pair, a, b, margin, verbatim: sentences, counted through all texts.
        sizes: code points of the sentences of each text.
    """
    pair, one, other = (aligned[name].to_numpy() for name in ("pair", "a", "b"))
    length_a, length_b = told.ends[one] - told.starts[one], told.ends[other] - told.starts[other]
    lesser = np.minimum(sizes[a], sizes[b])[pair]
    fewer = np.minimum(told.offsets[a + 1] - told.offsets[a], told.offsets[b + 1] - told.offsets[b])
    # How far above usual: 0 at the margin of 1, towards 1 for what has nothing like it anywhere.
    sure = 1 - 1 / aligned["margin"].to_numpy()
    spans = {"a_start": told.starts[one], "a_end": told.ends[one], "b_start": told.starts[other], "b_end": told.ends[other], "score": sure}
    return (
        pl.DataFrame({"pair": pair, "verbatim": aligned["verbatim"], **spans})
        .with_columns(
            mass=np.minimum(length_a, length_b) * sure / lesser,
            coverage_a=length_a / sizes[a[pair]],
            coverage_b=length_b / sizes[b[pair]],
            least=np.clip(fewer[pair], 2, SENTENCES),
        )
        .with_columns(pl.col("mass", "coverage_a", "coverage_b", "score").round(4))
        .sort("pair", "a_start")
        .group_by("pair", maintain_order=True)
        .agg(
            pl.col("mass", "coverage_a", "coverage_b").sum(),
            pl.col("least").first(),
            pl.col("verbatim").not_().sum().alias("number"),
            pl.struct(*spans).alias("passages"),
        )
        .filter(pl.col("number") >= pl.col("least"))
        .with_columns(
            pl.col("coverage_a", "coverage_b").clip(upper_bound=1.0),
            a=pl.col("pair").replace_strict(np.arange(len(a)), a, return_dtype=pl.Int64),
            b=pl.col("pair").replace_strict(np.arange(len(b)), b, return_dtype=pl.Int64),
            score="mass",
        )
    )
