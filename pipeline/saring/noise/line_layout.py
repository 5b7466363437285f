"""Reflow texts for judging: join hard-wrapped lines, and break a text without line breaks at its sentence ends.

Characters are replaced one for one (a line break by a vertical tab, a space by a line break), so that the reflowed text has the offsets of
the original. Deletions found in it are then applied to the original, which keeps its own line breaks.
"""

from __future__ import annotations

import polars as pl

from saring.core import lines

__all__ = ["reflow", "restore_layout"]

#: Stands for a line break that wrapping added: white space that `lines.split_lines` does not split at, and that no extracted text contains.
_JOINT = "\v"

#: A text without line breaks is split into sentences from this length on; a shorter one is a paragraph.
_UNBROKEN_LENGTH = 400
#: The gap between two sentences. A full stop behind fewer than three letters is as often part of an abbreviation: "Jl. Merdeka", "M.
#: Dupont".
_SENTENCE_GAP = r"((?:[\p{L}\p{M}\p{N}%]{3}\.|[!?…。！？｡؟।])['\"”’»)\]]*) (['\"“‘«(\[]?[\p{Lu}\p{Lo}\p{N}])"

#: The longest deletion that may span several sentences of a text without line breaks. "Read also: ..." seldom ends with a full stop, so
#: that it runs on into the page's next sentence; a longer deletion would take that sentence along.
_LONGEST_HEADLINE = 90

#: Widths between which the longest line of a wrapped text lies: mail clients and converters wrap at 64 to 80 columns, seldom wider.
_NARROWEST, _WIDEST = 40, 100
#: A text counts as wrapped if at least `_LEAST_FULL_LINES` lines are full (the first word of the next line had no room), and if at least
#: the share `_CONTINUED_SHARE` of the lines of `_NEARLY_FULL` the full width or more goes on with a lower-case letter or a script without
#: case. In a list of headlines, the next line begins with a capital.
_LEAST_FULL_LINES, _NEARLY_FULL, _CONTINUED_SHARE = 4, 0.88, 0.4
_CONTINUATION = r"^[\p{Ll}\p{Lo}]"
_SENTENCE_END = r"[.!?…。！？｡؟।:]['\"”’»)\]]*$"


def reflow(texts: pl.DataFrame) -> pl.DataFrame:
    """Reflow texts for judging, at unchanged length: join wrapped lines, split texts without line breaks into sentences.

    Args:
        texts: columns `id` and `text`, and any others.

    Returns:
        The same rows and columns, with reflowed `text`.
    """
    text = pl.col("text")
    has_breaks = text.str.contains("\n", literal=True)
    # A paragraph on one line rules most texts out before their lines are measured; twice the width, since a URL may be that long.
    may_be_wrapped = has_breaks & ~text.str.contains(rf"[^\n]{{{2 * _WIDEST}}}") & ~text.str.contains(_JOINT, literal=True)
    unbroken = texts.filter(~has_breaks & (text.str.len_chars() >= _UNBROKEN_LENGTH))
    broken = unbroken.select("id", text.str.replace_all(_SENTENCE_GAP, "$1\n$2"))
    return texts.update(pl.concat([broken, _join_wrapped_lines(texts.filter(may_be_wrapped))]), on="id", maintain_order="left")


def restore_layout(deletions: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """Translate deletions found in reflowed texts back: `original` becomes the string of the text itself; offsets are the same.

    In texts without line breaks, deletions of several sentences together that are longer than 90 characters (`_LONGEST_HEADLINE`) are
    dropped: they often run on into the page's own text.
    """
    unbroken = texts.filter(~pl.col("text").str.contains("\n", literal=True))["id"].implode()
    with_joints = texts.filter(pl.col("text").str.contains(_JOINT, literal=True))["id"].implode()
    original, is_unbroken = pl.col("original"), pl.col("id").is_in(unbroken)
    restored = (
        pl.when(is_unbroken)
        .then(original.str.replace_all("\n", " ", literal=True))
        .when(~pl.col("id").is_in(with_joints))
        .then(original.str.replace_all(_JOINT, "\n", literal=True))
        .otherwise(original)
    )
    is_sure = ~(is_unbroken & original.str.contains("\n", literal=True) & (original.str.len_chars() > _LONGEST_HEADLINE))
    return deletions.filter(is_sure).with_columns(restored.alias("original"))


def _join_wrapped_lines(texts: pl.DataFrame) -> pl.DataFrame:
    r"""Return the texts that turn out to be hard-wrapped, with "\v" for each line break that wrapping added: columns `id` and `text`."""
    line = pl.col("line")
    width = line.str.len_chars()
    # A word wider than the column stands on a line of its own, and says nothing about the width.
    width_of_several_words = pl.when(line.str.strip_chars().str.contains(" ", literal=True)).then(width)
    line_table = lines.split_lines(texts).with_columns(width.alias("width"), width_of_several_words.max().over("id").alias("widest"))
    line_table = line_table.filter(pl.col("widest").is_between(_NARROWEST, _WIDEST)).with_columns(line.shift(-1).over("id").alias("below"))
    # An indented line begins a paragraph, and a blank one ends it: neither is joined to the line above. Nor is anything joined to a line
    # that ends a sentence: the next line may be a paragraph of its own, and half a paragraph is judged as well as a full one.
    room = pl.col("widest") - pl.col("width") - 1
    next_word = pl.col("below").str.extract(r"^(\S+)").str.len_chars()
    is_full = (next_word > room) & (room >= -1) & ~line.str.contains(_SENTENCE_END)
    line_table = line_table.with_columns(is_full.fill_null(value=False).alias("full"))
    is_nearly_full = pl.col("width").is_between(_NEARLY_FULL * pl.col("widest"), pl.col("widest"))
    is_continued = is_nearly_full & pl.col("below").str.contains(_CONTINUATION).fill_null(value=False)
    is_wrapped = (pl.col("full").sum() >= _LEAST_FULL_LINES) & (is_continued.sum() >= _CONTINUED_SHARE * is_nearly_full.sum())
    line_end = pl.when("full").then(pl.lit(_JOINT)).when(pl.col("below").is_not_null()).then(pl.lit("\n"))
    return (
        line_table.filter(is_wrapped.over("id"))
        .select("id", pl.concat_str("line", line_end.otherwise(pl.lit(""))).alias("text"))
        .group_by("id", maintain_order=True)
        .agg(pl.col("text").str.join(""))
    )
