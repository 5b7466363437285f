"""Texts as sentences, each with its place in the text.

A sentence ends at a line break, at a full stop of a script without spaces, or at a full stop, question or exclamation mark before a
space. Where that guess is wrong (an abbreviation, a name's initial), a piece shorter than `LEAST` goes with the one after it on its
line, so little is lost: what is compared later only has to be cut alike on both sides most of the time.
"""

from __future__ import annotations

import polars as pl

__all__ = ["LEAST", "MOST", "split_sentences"]

#: Code points that a sentence has at least, unless its line has no more; a sentence in a script without spaces has fewer.
LEAST = 24

#: Sentences that a text is cut into at most. Beyond, so many in a row as it takes count as one: comparing two texts costs as much as the
#: product of theirs.
MOST = 400

_CUT = "\x1f"  # a separator that no clean text holds; the few that do lose nothing, since it is as long as the space that stands for it
_CLOSING = r"""["'”’»)\]]*"""


def split_sentences(texts: pl.DataFrame) -> pl.DataFrame:
    """Return one row a sentence.

    Args:
        texts: doc, text.

    Returns:
        Columns doc, sentence (from 0 in each text), start, end (code points), text (without space around it, except where sentences were
        joined); in the order of the texts. Sentences of nothing but space are left out.
    """
    column = pl.col("text").fill_null("").str.replace_all(_CUT, " ", literal=True)
    spaced = column.str.replace_all(rf"([\p{{L}}\p{{N}}%)\]\"”’»][.!?…؟।]+{_CLOSING}\s+)", f"${{1}}{_CUT}")
    cut = spaced.str.replace_all(r"([。！？]+[」』”]*)", f"${{1}}{_CUT}").str.replace_all("\n", f"\n{_CUT}", literal=True)
    pieces = (
        texts.lazy()
        .select("doc", cut.str.split(_CUT).alias("text"))
        .explode("text")
        .with_columns(pl.col("text").str.len_chars().cast(pl.Int64).alias("width"))
        .with_columns((pl.col("width").cum_sum().over("doc") - pl.col("width")).alias("start"))
    )
    ended = pl.col("text").str.contains(r"\n$|[。！？]") | (pl.col("width") > LEAST)
    joined = (
        pieces.with_columns(ended.shift(1, fill_value=True).over("doc").cum_sum().over("doc").alias("sentence"))
        .group_by("doc", "sentence", maintain_order=True)
        .agg(pl.col("text").str.join(""), pl.col("start").first())
        .filter(pl.col("text").str.contains(r"[\p{L}\p{N}]"))
        .with_columns(pl.int_range(pl.len()).over("doc").alias("sentence"), pl.len().over("doc").alias("sentences"))
        .with_columns(pl.col("sentence") // ((pl.col("sentences") + MOST - 1) // MOST))
        .with_columns(
            (pl.col("start") + pl.col("text").str.len_chars() - pl.col("text").str.strip_chars_start().str.len_chars()).alias("start"),
            (pl.col("start") + pl.col("text").str.strip_chars_end().str.len_chars()).alias("end"),
        )
    )
    return (
        joined.group_by("doc", "sentence", maintain_order=True)
        .agg(pl.col("start").first(), pl.col("end").last(), pl.col("text").str.join("").str.strip_chars())
        .with_columns(pl.col("sentence").cast(pl.Int32))
        .collect()
    )
