"""Sentence splitting with character offsets.

A sentence ends at a line break, at a full stop of a script without spaces, or at a full stop, question or exclamation mark before a
space. Where that is wrong (an abbreviation, a name's initial), a piece shorter than `MIN_LENGTH` is joined with the next one on its line, so
little is lost: alignment only needs that both texts are split alike most of the time.
"""

from __future__ import annotations

import polars as pl

__all__ = ["MAX_SENTENCES", "MIN_LENGTH", "split_sentences"]

#: Code points that a sentence has at least, unless its line has no more; a sentence in a script without spaces may have fewer. A judgement.
MIN_LENGTH = 24

#: Sentences that a text is split into at most. In longer texts, consecutive sentences are joined: comparing two texts costs as much as the
#: product of their sentence counts. A judgement.
MAX_SENTENCES = 400

_BREAK = "\x1f"  # unit separator, which no clean text holds; the few that do lose nothing, since the space that replaces it is as long
_CLOSING = r"""["'”’»)\]]*"""


def split_sentences(texts: pl.DataFrame) -> pl.DataFrame:
    """Split texts into sentences, one row each.

    Args:
        texts: doc, text.

    Returns:
        Columns doc, sentence (from 0 in each text), start, end (code points), text (without space around it, except where sentences were
        joined); in the order of the texts. Sentences without a letter or digit are left out.

    >>> texts = pl.DataFrame({"doc": [7], "text": ["The ferry left before dawn. Mr. Ho said that it rained."]})
    >>> split_sentences(texts).select("doc", "sentence", "start", "end").rows()
    [(7, 0, 0, 27), (7, 1, 28, 55)]
    """
    column = pl.col("text").fill_null("").str.replace_all(_BREAK, " ", literal=True)
    with_breaks = column.str.replace_all(rf"([\p{{L}}\p{{N}}%)\]\"”’»][.!?…؟।]+{_CLOSING}\s+)", f"${{1}}{_BREAK}")
    with_breaks = with_breaks.str.replace_all(r"([。！？]+[」』”]*)", f"${{1}}{_BREAK}").str.replace_all("\n", f"\n{_BREAK}", literal=True)
    pieces = (
        texts.lazy()
        .select("doc", with_breaks.str.split(_BREAK).alias("text"))
        .explode("text")
        .with_columns(pl.col("text").str.len_chars().cast(pl.Int64).alias("width"))
        .with_columns((pl.col("width").cum_sum().over("doc") - pl.col("width")).alias("start"))
    )
    ended = pl.col("text").str.contains(r"\n$|[。！？]") | (pl.col("width") > MIN_LENGTH)
    # The pieces "Mr. " and "Ho said that it rained." are joined: the first is too short to end a sentence.
    joined = (
        pieces.with_columns(ended.shift(1, fill_value=True).over("doc").cum_sum().over("doc").alias("sentence"))
        .group_by("doc", "sentence", maintain_order=True)
        .agg(pl.col("text").str.join(""), pl.col("start").first())
        .filter(pl.col("text").str.contains(r"[\p{L}\p{N}]"))
        .with_columns(pl.int_range(pl.len()).over("doc").alias("sentence"), pl.len().over("doc").alias("sentences"))
        .with_columns(pl.col("sentence") // ((pl.col("sentences") + MAX_SENTENCES - 1) // MAX_SENTENCES))
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
