"""Find variants of names in the open: all variants at once, between word boundaries, the leftmost and of those the longest first.

Texts without a variant cost one pass of an Aho-Corasick automaton; only lines that hold one are looked at closely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipeline import edits
from pipeline.lines import split
from pipeline.names.protect import outside, without_code_blocks
from pipeline.names.spelling import CONTINUES, spellings
from pipeline.records import EDIT, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.config import Name

__all__ = ["correct_authors", "find"]

_SPAN = ("id", "start", "end")


def find(texts: pl.DataFrame, names: Sequence[Name]) -> pl.DataFrame:
    """Return the edits that give every variant of a name its canonical spelling.

    A variant counts in its own case, or in capitals (then so does what replaces it). An inflection glued by a hyphen or an apostrophe
    stays ("DuRove-nya", "DuRove's"). Texts are compared as they are, but for NFC and NFD. Where two names claim one place with equal
    right, nothing is changed. Applied once, it finds nothing more, unless a variant is made of a canonical name *and* words beside it,
    or the corrected word is glued to an address, whose end then moves.

    Args:
        texts: columns `id`, `text`, `title` and `language` (an ISO 639 code; where null, names scoped to languages stay out).
        names: the registry.

    Returns:
        Columns of `records.EDIT`.
    """
    table = spellings(tuple(names))
    found = [_find_in(texts, field, table) for field in ("text", "title")] if len(table) else []
    spans = [part for part in found if len(part)]
    return edits.ledger("names", pl.concat(spans)) if spans else empty(EDIT)


def correct_authors(texts: pl.DataFrame, names: Sequence[Name]) -> pl.DataFrame:
    """Return the texts with variants of names corrected in `authors`, by the same matcher as `find`.

    The ledger cannot hold these: an edit is a span of one string, and `authors` is a list of them, so it has neither offsets to give nor
    a text to undo to. Nothing is lost: the page's own text keeps its edits, and the scrape keeps the authors as they were stated.

    Args:
        texts: columns `id`, `authors` (a list of strings, may be null) and `language`.
        names: the registry.
    """
    listed = texts.select(pl.int_range(pl.len()).alias("document"), "authors", "language").filter(pl.col("authors").list.len() > 0)
    items = listed.explode("authors").select(
        pl.int_range(pl.len()).cast(pl.String).alias("id"),
        "document",
        pl.col("authors").alias("text"),
        pl.lit(None, pl.String).alias("title"),
        "language",
    )
    found = find(items, names)
    if found.is_empty():
        return texts
    lists = edits.apply(items, found).group_by("document", maintain_order=True).agg(pl.col("text").alias("_corrected"))
    return (
        texts.with_columns(pl.int_range(pl.len()).alias("_row"))
        .join(lists, left_on="_row", right_on="document", how="left", maintain_order="left")
        .with_columns(pl.coalesce("_corrected", "authors").alias("authors"))
        .drop("_row", "_corrected")
    )


def _find_in(texts: pl.DataFrame, field: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return spans for `edits.ledger`; a frame without rows (of any columns) where there are none."""
    wanted = table.filter(pl.col("spelling") != pl.col("replacement"))["spelling"].unique(maintain_order=True).to_list()
    hit = texts.filter(pl.col(field).str.contains_any(wanted)) if wanted else texts.clear()
    if hit.is_empty():
        return hit
    lines = split(hit, field)
    if hit[field].str.contains("```|~~~").any():
        lines = without_code_blocks(lines)
    parts = outside(lines.filter(pl.col("line").str.contains_any(wanted)))
    matches = _bounded(_matches(parts, table["spelling"].unique(maintain_order=True).to_list()), table)
    chosen = _leftmost_longest(_agreed(matches, texts.select("id", "language")))
    return chosen.filter(pl.col("original") != pl.col("replacement")).with_columns(
        pl.lit(field).alias("field"),
        pl.lit("name").alias("kind"),
        ("name:" + pl.col("canonical")).alias("rule"),
        pl.lit(None, pl.Float32).alias("score"),
    )


def _matches(parts: pl.DataFrame, patterns: list[str]) -> pl.DataFrame:
    """Return every place where a pattern stands, overlapping ones too, with the characters around it.

    The search gives offsets in bytes. To count code points up to each from the start of the part would be quadratic in a long line with
    many names; so each match counts only from the match before it, and a running sum does the rest.
    """
    found = (
        parts.with_row_index("part_row")
        .with_columns(
            pl.col("part").str.find_many(patterns, overlapping=True).alias("at"),
            pl.col("part").str.extract_many(patterns, overlapping=True).alias("original"),
        )
        .explode("at", "original")
        .drop_nulls("at")
        .sort("part_row", "at", maintain_order=True)
        .with_columns(pl.col("part").cast(pl.Binary).alias("bytes"), pl.col("at").cast(pl.Int64))
        .with_columns(
            pl.col("at").shift(fill_value=0).over("part_row").alias("counted"),
            (pl.col("at") + pl.col("original").str.len_bytes()).alias("to"),
        )
    )
    since = pl.col("bytes").bin.slice(pl.col("counted"), pl.col("at") - pl.col("counted")).cast(pl.String)
    return found.with_columns(since.str.len_chars().cast(pl.Int32).alias("since")).select(
        "id",
        (pl.col("start") + pl.col("since").cum_sum().over("part_row")).alias("start"),
        "original",
        _character_before(pl.col("bytes"), pl.col("at")).alias("before"),
        _character_at(pl.col("bytes"), pl.col("to")).alias("after"),
    )


def _character_at(text: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """Return the character that begins at this byte of UTF-8, "" at the end."""
    lead = text.bin.slice(offset, 1)
    width = pl.when(lead < b"\x80").then(1).when(lead < b"\xe0").then(2).when(lead < b"\xf0").then(3).otherwise(4)
    return text.bin.slice(offset, width).cast(pl.String)


def _character_before(text: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """Return the character that ends before this byte of UTF-8, "" at the start."""
    back = pl.when(_leads(text, offset - 1)).then(1).when(_leads(text, offset - 2)).then(2).when(_leads(text, offset - 3)).then(3)
    width = pl.min_horizontal(back.otherwise(4), offset)
    return text.bin.slice(offset - width, width).cast(pl.String)


def _leads(text: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """Return whether the byte here begins a character: it is not one of UTF-8's continuation bytes, 80 to BF."""
    byte = text.bin.slice(pl.max_horizontal(offset, 0), 1)
    return (byte < b"\x80") | (byte >= b"\xc0")


def _bounded(matches: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Keep the matches that begin and end with a word, and say what each may become.

    A combining mark behind a match always belongs to its last letter: "DuRove" is not in "DuRové", however that is encoded.
    """
    inside = (pl.col("bound_before") & pl.col("before").str.contains(CONTINUES)) | (
        (pl.col("bound_after") & pl.col("after").str.contains(CONTINUES)) | pl.col("after").str.contains(r"\p{M}")
    )
    return (
        matches.join(table, left_on="original", right_on="spelling", how="inner", maintain_order="left")
        .filter(~inside)
        .with_columns((pl.col("start") + pl.col("original").str.len_chars().cast(pl.Int32)).alias("end"))
    )


def _agreed(matches: pl.DataFrame, languages: pl.DataFrame) -> pl.DataFrame:
    """Return one row a place: what holds in the document's language, own case before capitals, and the text itself where names disagree."""
    return (
        matches.join(languages, on="id", how="left", maintain_order="left")
        .filter(pl.col("languages").is_null() | pl.col("languages").list.contains(pl.col("language")).fill_null(value=False))
        .sort(*_SPAN, "rank", maintain_order=True)
        .group_by(_SPAN, maintain_order=True)
        .agg(
            pl.col("original", "canonical").first(),
            pl.when(pl.col("replacement").filter(pl.col("rank") == pl.col("rank").min()).n_unique() == 1)
            .then(pl.col("replacement").first())
            .otherwise(pl.col("original").first())
            .alias("replacement"),
        )
    )


def _leftmost_longest(spans: pl.DataFrame) -> pl.DataFrame:
    """Of spans that overlap keep the leftmost, and of those that begin together the longest.

    Nearly always they nest, and one comparison decides. Only chains ("A B" and "B C" in "A B C") have to be walked.
    """
    spans = spans.sort("id", "start", "end", descending=[False, False, True]).with_columns(
        pl.col("end").cum_max().shift().over("id").alias("reach")
    )
    begins = (pl.col("reach").is_null() | (pl.col("start") >= pl.col("reach"))).cum_sum().alias("group")
    spans = spans.with_columns(begins).with_columns(
        (pl.col("end").first() < pl.col("end").max()).over("group").alias("chain"),
        (pl.int_range(pl.len()).over("group") == 0).alias("kept"),
    )
    chains = spans.filter("chain")
    kept, done, group = [], 0, 0
    for number, start, end in chains.select("group", "start", "end").iter_rows():
        free = number != group or start >= done
        group, done = number, end if free else done
        kept.append(free)
    walked = chains.filter(pl.Series(kept, dtype=pl.Boolean))
    return pl.concat([spans.filter(pl.col("kept") & ~pl.col("chain")), walked]).drop("reach", "group", "chain", "kept")
