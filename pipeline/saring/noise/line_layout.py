"""Texts whose line breaks are not those of the page, as they are to be judged: hard-wrapped lines joined, a text without breaks broken.

A mark takes the place of each line break that goes, and a line break that of each space where one comes: what is judged is as long as
the text, place for place, so that cuts found in it hold in the text, which keeps its own breaks.
"""

from __future__ import annotations

import polars as pl

from saring.core import lines

__all__ = ["reflow", "restore_layout"]

#: White space that is no line break for `lines.split_lines`, and that extraction leaves in no text.
_JOINT = "\v"

#: A text without line breaks is broken at sentence ends from this many characters: a shorter one is a paragraph.
_LONG = 400
#: A stop behind fewer than three letters is an abbreviation's as often as not: "Jl. Merdeka", "M. Dupont", "No. 5".
_SENTENCE_GAP = r"((?:[\p{L}\p{M}\p{N}%]{3}\.|[!?…。！？｡؟।])['\"”’»)\]]*) (['\"“‘«(\[]?[\p{Lu}\p{Lo}\p{N}])"

#: A headline seldom ends with a stop, so that "Read also: ..." runs on into the page's own sentence: such a cut must be shorter than the two.
_HEADLINE = 90

#: Texts were wrapped at 64 to 80 columns by mail clients and converters, seldom wider. No line of a wrapped text is wider.
_NARROWEST, _WIDEST = 40, 100
#: A text was wrapped where this many lines are full (the next word had no room), and this share of those near the full width goes on with
#: a small letter or one of a script without capitals: in lists of headlines, the next line is the next headline.
_FULL, _NEAR, _SHARE = 4, 0.88, 0.4
_GOES_ON = r"^[\p{Ll}\p{Lo}]"
_SENTENCE_END = r"[.!?…。！？｡؟।:]['\"”’»)\]]*$"


def reflow(texts: pl.DataFrame) -> pl.DataFrame:
    """Return the texts as they are to be judged. Columns are those of `noise.find`."""
    text = pl.col("text")
    has_breaks = text.str.contains("\n", literal=True)
    # A paragraph in one line rules most texts out before their lines are looked at; an address may be that long.
    may_be_wrapped = has_breaks & ~text.str.contains(rf"[^\n]{{{2 * _WIDEST}}}") & ~text.str.contains(_JOINT, literal=True)
    unbroken = texts.filter(~has_breaks & (text.str.len_chars() >= _LONG))
    broken = unbroken.select("id", text.str.replace_all(_SENTENCE_GAP, "$1\n$2"))
    return texts.update(pl.concat([broken, _joined(texts.filter(may_be_wrapped))]), on="id", maintain_order="left")


def restore_layout(cuts: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """Return cuts that were found in judged texts, with what the texts themselves hold in their places.

    Cuts in texts without line breaks that are longer than a headline are dropped.
    """
    unbroken = texts.filter(~pl.col("text").str.contains("\n", literal=True))["id"].implode()
    marked = texts.filter(pl.col("text").str.contains(_JOINT, literal=True))["id"].implode()
    original, is_unbroken = pl.col("original"), pl.col("id").is_in(unbroken)
    unmade = (
        pl.when(is_unbroken)
        .then(original.str.replace_all("\n", " ", literal=True))
        .when(~pl.col("id").is_in(marked))
        .then(original.str.replace_all(_JOINT, "\n", literal=True))
        .otherwise(original)
    )
    is_sure = ~(is_unbroken & original.str.contains("\n", literal=True) & (original.str.len_chars() > _HEADLINE))
    return cuts.filter(is_sure).with_columns(unmade.alias("original"))


def _joined(texts: pl.DataFrame) -> pl.DataFrame:
    """Return those texts that were wrapped, with a mark for each line break that wrapping put there."""
    line = pl.col("line")
    width = line.str.len_chars()
    # A word wider than the column stands alone in its line, and says nothing of the width.
    several = pl.when(line.str.strip_chars().str.contains(" ", literal=True)).then(width)
    known = lines.split_lines(texts).with_columns(width.alias("width"), several.max().over("id").alias("widest"))
    known = known.filter(pl.col("widest").is_between(_NARROWEST, _WIDEST)).with_columns(line.shift(-1).over("id").alias("below"))
    # An indented line begins a paragraph, and one without a word ends it: nothing is joined to either. Nor to a line that ends a sentence:
    # the next one may be a paragraph of its own, and half a paragraph is judged as well as a whole one.
    room = pl.col("widest") - pl.col("width") - 1
    first = pl.col("below").str.extract(r"^(\S+)").str.len_chars()
    is_full = (first > room) & (room >= -1) & ~line.str.contains(_SENTENCE_END)
    known = known.with_columns(is_full.fill_null(value=False).alias("full"))
    near = pl.col("width").is_between(_NEAR * pl.col("widest"), pl.col("widest"))
    goes_on = near & pl.col("below").str.contains(_GOES_ON).fill_null(value=False)
    is_wrapped = (pl.col("full").sum() >= _FULL) & (goes_on.sum() >= _SHARE * near.sum())
    end = pl.when("full").then(pl.lit(_JOINT)).when(pl.col("below").is_not_null()).then(pl.lit("\n"))
    return (
        known.filter(is_wrapped.over("id"))
        .select("id", pl.concat_str("line", end.otherwise(pl.lit(""))).alias("text"))
        .group_by("id", maintain_order=True)
        .agg(pl.col("text").str.join(""))
    )
