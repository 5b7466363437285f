"""Words that must or must not stand near a variant: "Rove" is the founder beside "Telegram", a village beside "Marseille"."""

from __future__ import annotations

import polars as pl

from saring.names.protected_spans import unprotected_parts
from saring.names.spellings import CONTINUES
from saring.names.string_search import find_strings

__all__ = ["NEAR", "in_context", "without_words"]

#: Near is this many code points away, from beginning to beginning: about a sentence on either side.
NEAR = 150


def in_context(matches: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Keep the matches whose conditions `near` and `not_near` hold.

    A word stands in a text where a word begins so, in any case: "Telegram" is in "TELEGRAM-nya" and "telegrams". Line breaks are no
    border.

    Args:
        matches: columns `id`, `start`, and `near` and `not_near` (lists of strings, null without a condition).
        lines: columns `id`, `start` and `line`, all lines of the texts that the matches are in.
    """
    conditional = matches.filter(pl.col("near").is_not_null() | pl.col("not_near").is_not_null())
    if conditional.is_empty():
        return matches
    asked = conditional.with_row_index("match")
    words = pl.concat([conditional["near"].explode(), conditional["not_near"].explode()]).drop_nulls().unique(maintain_order=True)
    found = _standing(lines.join(conditional.select("id").unique(), on="id", how="semi"), words)
    has, has_not = (_with(asked, column, found) for column in ("near", "not_near"))
    good = asked.filter((pl.col("near").is_null() | pl.col("match").is_in(has.implode())) & ~pl.col("match").is_in(has_not.implode())).drop(
        "match"
    )
    return pl.concat([matches.filter(pl.col("near").is_null() & pl.col("not_near").is_null()), good])


#: What stands before the first word of a line, a sentence or a quotation.
_OPENS = r"""^$|["'“”«»„‘‹(\[]$|(?:^|[.!?…:"”»)\]\s–—•*-])\s$"""


def _standing(lines: pl.DataFrame, words: pl.Series) -> pl.DataFrame:
    """Return `id`, `start` and `word` for each place where one of the words begins a word."""
    cases = {case: word for word in words for case in (word, word.lower(), word.upper(), word.title())}
    parts = lines.filter(pl.col("line").str.contains_any(list(cases))).select("id", "start", pl.col("line").alias("part"))
    every = pl.DataFrame({"original": list(cases), "word": [word.lower() for word in cases.values()]})
    found = find_strings(parts, list(cases)).filter(~pl.col("before").str.contains(CONTINUES))
    return found.join(every, on="original").select("id", "start", "word").sort("start")


def _with(asked: pl.DataFrame, column: str, found: pl.DataFrame) -> pl.Series:
    """Return the matches that one of their words stands near."""
    wanted = asked.select("id", "start", "match", pl.col(column).alias("word")).explode("word").drop_nulls("word")
    nearest = (
        wanted.with_columns(pl.col("word").str.to_lowercase())
        .sort("start")
        .join_asof(
            found.with_columns(pl.lit(value=True).alias("found")),
            on="start",
            by=["id", "word"],
            strategy="nearest",
            tolerance=NEAR,
            check_sortedness=False,
        )
    )
    return nearest.filter("found")["match"].unique()


def without_words(matches: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Drop matches at the beginning of a sentence that the text has in lower case too: "Anis merah dan anis kembang" are two birds.

    Args:
        matches: columns `id`, `start`, `original`, `replacement` and `lead`.
        lines: as for `in_context`.
    """
    opens = pl.col("lead").str.contains(_OPENS)
    # A capital inside the word ("DuRove") is no matter of where it stands.
    doubtful = matches.filter(
        opens, pl.col("original").str.contains(r"^\p{Lu}[\p{Ll}\p{M}]+$"), pl.col("original") != pl.col("replacement")
    )
    if doubtful.is_empty():
        return matches
    words = doubtful.select("id", "original", pl.col("original").str.to_lowercase().alias("word")).unique()
    small = words["word"].unique(maintain_order=True).to_list()
    spoken = lines.join(words.select("id").unique(), on="id", how="semi").filter(pl.col("line").str.contains_any(small))
    found = find_strings(unprotected_parts(spoken), small)
    alone = found.filter(~pl.col("before").str.contains(CONTINUES), ~pl.col("after").str.contains(CONTINUES))
    common = words.join(alone.select("id", word="original").unique(), on=["id", "word"], how="semi")
    words_only = doubtful.join(common, on=["id", "original"], how="semi")
    return matches.join(words_only, on=["id", "start", "original"], how="anti", maintain_order="left")
