"""Texts that say the same in another language, or in other words of the same.

texts ── statements ── neighbours ── similarity ── alignment ──► links
         sentences     the nearest   of every      sentences that are the
         and anchors   of each       two           best of each other and
                       language      sentences     better than usual
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.overlap import alignment, meaning, neighbours, statements
from pipeline.overlap.scratch import Scratch
from pipeline.overlap.similarity import Similarity
from pipeline.overlap.verify import LINKS

if TYPE_CHECKING:
    from pipeline import config
    from pipeline.overlap.alignment import Shares
    from pipeline.overlap.shingles import Places
    from pipeline.overlap.statements import Statements

__all__ = ["links"]

#: Sentences that have to say the same in other words; two, where a text has no more. What two texts share verbatim alone is a quotation
#: or a template, and `verify` has looked at it.
SENTENCES = 3

_PAIRS = 10_000  # of texts that are aligned at a time


def links(texts: pl.DataFrame, settings: config.Overlap, scratch: Scratch | None = None) -> pl.DataFrame:
    """Return the translations and retranslations among these texts.

    Args:
        texts: doc, text, language.
        settings: `translated_at` and `encoder`.
        scratch: where what is made on the way may stand.

    Returns:
        Columns of `verify.LINKS`; a < b.
    """
    if texts.height < 2:  # noqa: PLR2004 (a pair)
        return pl.DataFrame(schema=LINKS)
    scratch = scratch or Scratch()
    told = statements.gather(texts["text"], scratch)
    languages = texts["language"].fill_null("und").rank("dense").to_numpy().astype(np.int64) - 1
    near = neighbours.nearest(told, languages, scratch)
    similarity = Similarity(told, statements.meanings(texts["text"], meaning.sentences_of(settings.encoder), scratch))
    sentences = np.diff(told.offsets)
    of = np.repeat(np.arange(len(texts)), sentences)
    sizes = np.bincount(of, weights=told.ends - told.starts, minlength=len(texts)).clip(1)
    del of
    # Most pairs cannot come near, and are not looked at again.
    usual, (a, b) = alignment.usual(told, similarity, near, alignment.About(languages, settings.translated_at * sizes), scratch)
    del near
    parts = []
    for low in range(0, max(len(a), 1), _PAIRS):
        some = a[low : low + _PAIRS].astype(np.int64), b[low : low + _PAIRS].astype(np.int64)
        aligned = alignment.align(told, similarity, some, usual, scratch)
        parts.append(_told(told, *some, aligned, sizes).filter(pl.col("score") >= settings.translated_at))
    found = pl.concat(parts)
    docs, same = texts["doc"], pl.Series(languages[found["a"].to_numpy()] == languages[found["b"].to_numpy()])
    kind = pl.when(same).then(pl.lit("retranslation")).otherwise(pl.lit("translation"))
    return found.with_columns(kind=kind, a=docs.gather(found["a"]), b=docs.gather(found["b"])).select(LINKS.names()).cast(LINKS)


def _told(told: Statements, a: Places, b: Places, aligned: pl.DataFrame, sizes: Shares) -> pl.DataFrame:
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
