"""Find variants of names in texts and author lists: all variants at once, between word boundaries, leftmost and longest first.

A text without a variant costs one pass of an Aho-Corasick automaton; only lines with a variant are examined further (`bench/names.py
--speed`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.core import ledger
from saring.core.lines import split_lines
from saring.core.tables import EDIT, empty_table
from saring.names.context_words import in_context, without_common_words
from saring.names.homoglyphs import MIXED_SCRIPTS, single_script_readings
from saring.names.inflection import is_inflected
from saring.names.protected_spans import unprotected_parts, without_code_blocks
from saring.names.spellings import WORD_CHARACTER, spellings
from saring.names.string_search import find_strings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from saring.config import Name

__all__ = ["correct_authors", "find", "ids_with_spellings"]

_SPAN = ("id", "start", "end")


def find(texts: pl.DataFrame, names: Sequence[Name]) -> pl.DataFrame:
    """Find the edits that replace every variant of a name in texts and titles by its canonical spelling.

    A variant matches in the registry's case, or in capitals, which its replacement then gets too. An inflection stays, whether a hyphen or
    an apostrophe glues it ("DuRove-nya", "DuRove's") or the document's language does ("Telegramnya"; see `inflection`). Homoglyphs count as
    the letters that they look like ("Durоv" with a Cyrillic о); otherwise only NFC and NFD of the same string match each other. A variant
    stays where it begins a sentence and the text has it in lower case elsewhere: then it is a common word. Where two names claim one span
    with equal right, nothing is changed.

    Applied to the corrected texts, it finds nothing, unless a variant consists of a canonical name and words beside it, or a corrected
    word is glued to an address, whose end then moves.

    Args:
        texts: columns `id`, `text`, `title` and `language` (ISO 639 code; where it is null, names scoped to languages do not match).
            `language_script` (ISO 15924) is optional: a variant in the document's own script stays, unless the name has a spelling for that
            script.
        names: the registry.

    Returns:
        Columns of `tables.EDIT`.
    """
    table = spellings(tuple(names))
    by_field = [_find_in_field(texts, field, table) for field in ("text", "title")] if len(table) else []
    spans = [field_spans for field_spans in by_field if len(field_spans)]
    return ledger.number_edits("names", pl.concat(spans)) if spans else empty_table(EDIT)


def correct_authors(
    texts: pl.DataFrame, names: Sequence[Name], choose: Callable[[pl.DataFrame], pl.DataFrame] = lambda edits: edits
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Correct variants of names in the lists of authors, with the same matcher as `find`.

    The ledger cannot hold these edits: an edit is a span of one string, and `authors` is a list of strings. Nothing is lost: the page's own
    text keeps its edits, and the scrape keeps the authors as they were declared.

    Args:
        texts: columns `id`, `authors` (a list of strings, may be null), `language`, and `language_script` where it is known.
        names: the registry.
        choose: returns the edits to apply, from columns of `tables.EDIT` (`id` is a number), `document` (the id of the text) and `author`
            (the string that is edited).

    Returns:
        The texts with corrected authors, and the applied edits, columns of `tables.EDIT` with the ids of the texts.
    """
    columns = [name for name in ("authors", "language", "language_script") if name in texts.columns]
    with_authors = texts.select("id", pl.int_range(pl.len()).alias("row"), *columns).filter(pl.col("authors").list.len() > 0)
    items = with_authors.explode("authors").select(
        pl.int_range(pl.len()).cast(pl.String).alias("id"),
        "row",
        pl.col("id").alias("document"),
        pl.col("authors").alias("text"),
        pl.lit(None, pl.String).alias("title"),
        *columns[1:],
    )
    edits = find(items, names)
    if edits.height:
        edits = choose(edits.join(items.select("id", "document", pl.col("text").alias("author")), on="id", maintain_order="left"))
    if edits.is_empty():
        return texts, empty_table(EDIT)
    corrected_items = ledger.apply(items, ledger.without_exempted(edits, edits.clear()).select(EDIT.names()))
    lists = corrected_items.group_by("row", maintain_order=True).agg(pl.col("text").alias("_corrected"))
    corrected = (
        texts.with_columns(pl.int_range(pl.len()).alias("row"))
        .join(lists, on="row", how="left", maintain_order="left")
        .with_columns(pl.coalesce("_corrected", "authors").alias("authors"))
        .drop("row", "_corrected")
    )
    return corrected, edits.with_columns(pl.col("document").alias("id")).select(EDIT.names())


def ids_with_spellings(texts: pl.DataFrame, names: Sequence[Name]) -> pl.Series:
    """Return the ids of the texts that contain a spelling of any of these names, for cache invalidation when the names change.

    Any other text is cleaned alike with and without these names. Some texts are returned needlessly, since word boundaries, protected spans
    and scopes are not checked.

    Args:
        texts: columns `id`, `text`, `title` and `authors`, as `find` and `correct_authors` get them.
        names: names of the registry.
    """
    patterns = spellings(tuple(names))["spelling"].unique(maintain_order=True).to_list()
    columns = [pl.col("text"), pl.col("title"), pl.col("authors").list.join("\n")]
    parts = pl.concat([texts.select("id", pl.lit(0, pl.Int32).alias("start"), column.alias("part")) for column in columns])
    with_readings = pl.concat([parts, single_script_readings(parts).drop("raw")])
    return with_readings.filter(pl.col("part").str.contains_any(patterns))["id"].unique(maintain_order=True)


def _find_in_field(texts: pl.DataFrame, field: str, table: pl.DataFrame) -> pl.DataFrame:
    """Find the spans of name variants in one field, for `ledger.number_edits`; without any, the frame has no rows and any columns.

    Args:
        texts: as for `find`.
        field: `text` or `title`.
        table: the spellings of the registry, columns of `SPELLING`.
    """
    variants = table.filter(pl.col("spelling") != pl.col("replacement"))["spelling"].unique(maintain_order=True).to_list()
    is_mixed = pl.col(field).str.contains(MIXED_SCRIPTS)
    candidates = texts.filter(pl.col(field).str.contains_any(variants) | is_mixed if variants else is_mixed)
    if candidates.is_empty():
        return candidates
    lines = split_lines(candidates, field)
    if candidates[field].str.contains("```|~~~").any():
        lines = without_code_blocks(lines)
    is_mixed = pl.col("line").str.contains(MIXED_SCRIPTS)
    parts = unprotected_parts(lines.filter(pl.col("line").str.contains_any(variants) | is_mixed if variants else is_mixed))
    # Canonical spellings are searched too: a longer match of one keeps the variant inside it.
    patterns = table["spelling"].unique(maintain_order=True).to_list()
    matches = find_strings(parts, patterns).with_columns(pl.col("original").alias("reading"))
    if len(readings := single_script_readings(parts.with_columns(pl.col("start").alias("part_start")))):
        matches = pl.concat([matches, _mixed_script_matches(readings, patterns)])
    scripts = [pl.col("language_script") if "language_script" in texts.columns else pl.lit(None, pl.String).alias("language_script")]
    bounded = _at_word_boundaries(matches, table, texts.select("id", "language", *scripts))
    chosen = _leftmost_longest(_one_per_span(without_common_words(in_context(bounded, lines), lines)))
    return chosen.filter(pl.col("original") != pl.col("replacement")).with_columns(
        pl.lit(field).alias("field"),
        pl.lit("name").alias("kind"),
        ("name:" + pl.col("canonical")).alias("rule"),
        pl.lit(None, pl.Float32).alias("score"),
    )


def _mixed_script_matches(readings: pl.DataFrame, patterns: list[str]) -> pl.DataFrame:
    """Find spellings in words that mix scripts: `reading` is the spelling that the word looks like, `original` the word as it is.

    Args:
        readings: as `single_script_readings` returns them, and `part_start`, the offset of each part.
        patterns: all spellings.
    """
    return (
        find_strings(readings, patterns)
        .with_columns(pl.col("original").alias("reading"))
        .with_columns(pl.col("raw").str.slice(pl.col("start") - pl.col("part_start"), pl.col("reading").str.len_chars()).alias("original"))
        .filter((pl.col("original") != pl.col("reading")) & pl.col("original").str.contains(MIXED_SCRIPTS))
        .drop("raw", "part_start")
        .select("id", "start", "original", "preceding", "before", "after", "following", "reading")
        .unique(["id", "start", "original"], maintain_order=True)
    )


def _at_word_boundaries(matches: pl.DataFrame, table: pl.DataFrame, languages: pl.DataFrame) -> pl.DataFrame:
    """Keep the name matches between word boundaries or before an inflection, joined with the spellings that are used in the document.

    A combining mark after a match always belongs to its last letter: "DuRove" is not in "DuRové", in NFC or NFD.

    Args:
        matches: as `find_strings` returns them, and `reading`, the spelling that was matched.
        table: columns of `SPELLING`.
        languages: columns `id`, `language` and `language_script` of the documents.
    """
    script = pl.col("language_script")
    has_language = pl.col("languages").is_null() | pl.col("languages").list.contains(pl.col("language")).fill_null(value=False)
    has_script = (pl.col("only_script").is_null() | pl.col("only_script").eq_missing(script)) & ~(
        pl.col("but_script").is_not_null() & pl.col("but_script").eq_missing(script)
    )
    begins_word = ~(pl.col("bound_before") & pl.col("before").str.contains(WORD_CHARACTER))
    candidates = (
        matches.join(table, left_on="reading", right_on="spelling", how="inner", maintain_order="left")
        .join(languages, on="id", how="left", maintain_order="left")
        .filter(begins_word, has_language, has_script)
        .with_columns((pl.col("start") + pl.col("original").str.len_chars().cast(pl.Int32)).alias("end"))
    )
    continues = (pl.col("dropped") != "") | (pl.col("bound_after") & pl.col("after").str.contains(WORD_CHARACTER))
    continued = candidates.filter(continues)
    inflected = continued.filter(is_inflected()) if len(continued) else continued
    return pl.concat([candidates.filter(~continues & ~pl.col("after").str.contains(r"\p{M}")), inflected])


def _one_per_span(matches: pl.DataFrame) -> pl.DataFrame:
    """Return one name match for each span, preferring the registry's case to capitals.

    Where names of equal rank give different replacements, the original is its own replacement, so that nothing changes.
    """
    return (
        matches.sort(*_SPAN, "rank", maintain_order=True)
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
    """Keep non-overlapping spans: of overlapping ones the leftmost, and of those that begin together the longest.

    Overlapping spans nearly always nest, and one comparison decides. Only chains ("A B" and "B C" in "A B C") need a loop.

    >>> spans = pl.DataFrame({"id": ["a"] * 5, "start": [0, 0, 6, 8, 11], "end": [5, 3, 9, 12, 14]})
    >>> _leftmost_longest(spans).rows()  # 0:3 is inside 0:5; 6:9, 8:12 and 11:14 are a chain
    [('a', 0, 5), ('a', 6, 9), ('a', 11, 14)]

    Args:
        spans: columns `id`, `start`, `end` and others.
    """
    spans = spans.sort("id", "start", "end", descending=[False, False, True]).with_columns(
        pl.col("end").cum_max().shift().over("id").alias("previous_end")
    )
    # A group begins where no span before reaches. It is a chain if a later span of it ends after its first.
    group = (pl.col("previous_end").is_null() | (pl.col("start") >= pl.col("previous_end"))).cum_sum().alias("group")
    spans = spans.with_columns(group).with_columns(
        (pl.col("end").first() < pl.col("end").max()).over("group").alias("is_chain"),
        (pl.int_range(pl.len()).over("group") == 0).alias("is_first"),
    )
    chains = spans.filter("is_chain")
    is_kept, kept_end, current = [], 0, 0
    for number, start, end in chains.select("group", "start", "end").iter_rows():
        is_free = number != current or start >= kept_end
        current, kept_end = number, end if is_free else kept_end
        is_kept.append(is_free)
    kept_of_chains = chains.filter(pl.Series(is_kept, dtype=pl.Boolean))
    kept = pl.concat([spans.filter(pl.col("is_first") & ~pl.col("is_chain")), kept_of_chains])
    return kept.drop("previous_end", "group", "is_chain", "is_first")
