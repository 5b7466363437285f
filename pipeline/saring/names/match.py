"""Find variants of names in the open: all variants at once, between word boundaries, the leftmost and of those the longest first.

Texts without a variant cost one pass of an Aho-Corasick automaton; only lines that hold one are looked at closely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring.core import ledger
from saring.core.lines import split_lines
from saring.core.tables import EDIT, empty_table
from saring.names.context_words import in_context, without_words
from saring.names.homoglyphs import MIXED_SCRIPTS, single_script_readings
from saring.names.inflection import is_inflected
from saring.names.protected_spans import unprotected_parts, without_code_blocks
from saring.names.spellings import CONTINUES, spellings
from saring.names.string_search import find_strings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from saring.config import Name

__all__ = ["correct_authors", "find", "may_hold"]

_SPAN = ("id", "start", "end")


def find(texts: pl.DataFrame, names: Sequence[Name]) -> pl.DataFrame:
    """Return the edits that give every variant of a name its canonical spelling.

    A variant counts in its own case, or in capitals (then so does what replaces it). An inflection stays, whether a hyphen or an
    apostrophe glues it ("DuRove-nya", "DuRove's") or the document's language does ("Telegramnya"; `inflection` has the endings). Letters
    of another script that look right count as right ("Durоv" with a Cyrillic о). Texts are otherwise compared as they are, but for NFC
    and NFD. A capital that only begins a sentence makes no name: such a variant stays where the text has it in lower case too. Where two names claim one place with equal right, nothing is changed. Applied once, it finds nothing more, unless a variant is made of a canonical name *and* words beside it,
    or the corrected word is glued to an address, whose end then moves.

    Args:
        texts: columns `id`, `text`, `title` and `language` (an ISO 639 code; where null, names scoped to languages stay out). Also
            `language_script` (ISO 15924), if it is there: a variant in the document's own script stays, unless the name has a spelling
            for that script.
        names: the registry.

    Returns:
        Columns of `tables.EDIT`.
    """
    table = spellings(tuple(names))
    found = [_find_in(texts, field, table) for field in ("text", "title")] if len(table) else []
    spans = [part for part in found if len(part)]
    return ledger.number_edits("names", pl.concat(spans)) if spans else empty_table(EDIT)


def correct_authors(
    texts: pl.DataFrame, names: Sequence[Name], choose: Callable[[pl.DataFrame], pl.DataFrame] = lambda found: found
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Correct variants of names in `authors`, by the same matcher as `find`.

    The ledger cannot hold these: an edit is a span of one string, and `authors` is a list of them, so it has neither offsets to give nor
    a text to undo to. Nothing is lost: the page's own text keeps its edits, and the scrape keeps the authors as they were stated.

    Args:
        texts: columns `id`, `authors` (a list of strings, may be null), `language`, and `language_script` where it is known.
        names: the registry.
        choose: returns which edits are made, from columns of `tables.EDIT` (`id` is a number), `document` (the id of the text) and `author`
            (the string that is edited).

    Returns:
        The texts, and the edits that were made, columns of `tables.EDIT` with the ids of the texts.
    """
    kept = [name for name in ("authors", "language", "language_script") if name in texts.columns]
    listed = texts.select("id", pl.int_range(pl.len()).alias("row"), *kept).filter(pl.col("authors").list.len() > 0)
    items = listed.explode("authors").select(
        pl.int_range(pl.len()).cast(pl.String).alias("id"),
        "row",
        pl.col("id").alias("document"),
        pl.col("authors").alias("text"),
        pl.lit(None, pl.String).alias("title"),
        *kept[1:],
    )
    found = find(items, names)
    if found.height:
        found = choose(found.join(items.select("id", "document", pl.col("text").alias("author")), on="id", maintain_order="left"))
    if found.is_empty():
        return texts, empty_table(EDIT)
    corrected = ledger.apply(items, ledger.without_exempted(found, found.clear()).select(EDIT.names()))
    lists = corrected.group_by("row", maintain_order=True).agg(pl.col("text").alias("_corrected"))
    whole = (
        texts.with_columns(pl.int_range(pl.len()).alias("row"))
        .join(lists, on="row", how="left", maintain_order="left")
        .with_columns(pl.coalesce("_corrected", "authors").alias("authors"))
        .drop("row", "_corrected")
    )
    return whole, found.with_columns(pl.col("document").alias("id")).select(EDIT.names())


def may_hold(texts: pl.DataFrame, names: Sequence[Name]) -> pl.Series:
    """Return the ids of the texts in which any of these names may matter to `find` or `correct_authors`.

    Where no spelling of a name stands, however it is bounded, protected or scoped, the name changes nothing, nor what other names change.

    Args:
        texts: columns `id`, `text`, `title` and `authors`, as the two functions get them.
        names: some of the registry.
    """
    patterns = spellings(tuple(names))["spelling"].unique(maintain_order=True).to_list()
    columns = [pl.col("text"), pl.col("title"), pl.col("authors").list.join("\n")]
    parts = pl.concat([texts.select("id", pl.lit(0, pl.Int32).alias("start"), column.alias("part")) for column in columns])
    every = pl.concat([parts, single_script_readings(parts).drop("raw")])
    return every.filter(pl.col("part").str.contains_any(patterns))["id"].unique(maintain_order=True)


def _find_in(texts: pl.DataFrame, field: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return spans for `edits.ledger`; a frame without rows (of any columns) where there are none."""
    wanted = table.filter(pl.col("spelling") != pl.col("replacement"))["spelling"].unique(maintain_order=True).to_list()
    holds = pl.col(field).str.contains(MIXED_SCRIPTS)
    hit = texts.filter(pl.col(field).str.contains_any(wanted) | holds if wanted else holds)
    if hit.is_empty():
        return hit
    lines = split_lines(hit, field)
    if hit[field].str.contains("```|~~~").any():
        lines = without_code_blocks(lines)
    mixed = pl.col("line").str.contains(MIXED_SCRIPTS)
    parts = unprotected_parts(lines.filter(pl.col("line").str.contains_any(wanted) | mixed if wanted else mixed))
    patterns = table["spelling"].unique(maintain_order=True).to_list()
    matches = find_strings(parts, patterns).with_columns(pl.col("original").alias("read"))
    if len(misread := single_script_readings(parts.with_columns(pl.col("start").alias("part_start")))):
        matches = pl.concat([matches, _misread(misread, patterns)])
    scripts = [pl.col("language_script") if "language_script" in texts.columns else pl.lit(None, pl.String).alias("language_script")]
    standing = _bounded(matches, table, texts.select("id", "language", *scripts))
    chosen = _leftmost_longest(_agreed(without_words(in_context(standing, lines), lines)))
    return chosen.filter(pl.col("original") != pl.col("replacement")).with_columns(
        pl.lit(field).alias("field"),
        pl.lit("name").alias("kind"),
        ("name:" + pl.col("canonical")).alias("rule"),
        pl.lit(None, pl.Float32).alias("score"),
    )


def _misread(readings: pl.DataFrame, patterns: list[str]) -> pl.DataFrame:
    """Return the places that become a pattern when a word in two scripts is read in one; `original` is what stands there."""
    return (
        find_strings(readings, patterns)
        .with_columns(pl.col("original").alias("read"))
        .with_columns(pl.col("raw").str.slice(pl.col("start") - pl.col("part_start"), pl.col("read").str.len_chars()).alias("original"))
        .filter((pl.col("original") != pl.col("read")) & pl.col("original").str.contains(MIXED_SCRIPTS))
        .drop("raw", "part_start")
        .select("id", "start", "original", "lead", "before", "after", "behind", "read")
        .unique(["id", "start", "original"], maintain_order=True)
    )


def _bounded(matches: pl.DataFrame, table: pl.DataFrame, languages: pl.DataFrame) -> pl.DataFrame:
    """Keep the matches that begin with a word and end with it or with an inflection, and say what each may become where it stands.

    A combining mark behind a match always belongs to its last letter: "DuRove" is not in "DuRové", however that is encoded.
    """
    script = pl.col("language_script")
    at_home = pl.col("languages").is_null() | pl.col("languages").list.contains(pl.col("language")).fill_null(value=False)
    written = (pl.col("only_script").is_null() | pl.col("only_script").eq_missing(script)) & ~(
        pl.col("but_script").is_not_null() & pl.col("but_script").eq_missing(script)
    )
    begun = (
        matches.join(table, left_on="read", right_on="spelling", how="inner", maintain_order="left")
        .join(languages, on="id", how="left", maintain_order="left")
        .filter(~(pl.col("bound_before") & pl.col("before").str.contains(CONTINUES)), at_home, written)
        .with_columns((pl.col("start") + pl.col("original").str.len_chars().cast(pl.Int32)).alias("end"))
    )
    goes_on = (pl.col("dropped") != "") | (pl.col("bound_after") & pl.col("after").str.contains(CONTINUES))
    open_ended = begun.filter(goes_on)
    inflections = open_ended.filter(is_inflected()) if len(open_ended) else open_ended
    return pl.concat([begun.filter(~goes_on & ~pl.col("after").str.contains(r"\p{M}")), inflections])


def _agreed(matches: pl.DataFrame) -> pl.DataFrame:
    """Return one row a place: own case before capitals, and the text itself where names disagree."""
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
