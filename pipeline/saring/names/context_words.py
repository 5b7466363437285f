"""Filter name matches by context words: "Rove" is a person if "Telegram" is near, a village if "Marseille" is near."""

from __future__ import annotations

import polars as pl

from saring.names.protected_spans import unprotected_parts
from saring.names.spellings import WORD_CHARACTER
from saring.names.string_search import find_strings

__all__ = ["CONTEXT_DISTANCE", "in_context", "without_common_words"]

#: A context word is near at most this many code points away, from beginning to beginning: about a sentence on either side. A judgement.
CONTEXT_DISTANCE = 150


def in_context(matches: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Keep the name matches whose context conditions `near` and `not_near` are met.

    A context word occurs where a word of the text begins with it, in any case: "Telegram" in "TELEGRAM-nya" and "telegrams". The distance
    is counted across line breaks; at most 150 code points (`CONTEXT_DISTANCE`) are near.

    Args:
        matches: columns `id`, `start`, and `near` and `not_near` (lists of context words, null without a condition).
        lines: columns `id`, `start` and `line`, all lines of the texts that the matches are in.
    """
    conditional = matches.filter(pl.col("near").is_not_null() | pl.col("not_near").is_not_null())
    if conditional.is_empty():
        return matches
    numbered = conditional.with_row_index("match")
    words = pl.concat([conditional["near"].explode(), conditional["not_near"].explode()]).drop_nulls().unique(maintain_order=True)
    occurrences = _word_occurrences(lines.join(conditional.select("id").unique(), on="id", how="semi"), words)
    has_required, has_excluded = (_matches_near(numbered, column, occurrences) for column in ("near", "not_near"))
    is_met = (pl.col("near").is_null() | pl.col("match").is_in(has_required.implode())) & ~pl.col("match").is_in(has_excluded.implode())
    unconditional = matches.filter(pl.col("near").is_null() & pl.col("not_near").is_null())
    return pl.concat([unconditional, numbered.filter(is_met).drop("match")])


#: The two characters before the first word of a line, a sentence or a quotation.
_SENTENCE_START = r"""^$|["'“”«»„‘‹(\[]$|(?:^|[.!?…:"”»)\]\s–—•*-])\s$"""


def _word_occurrences(lines: pl.DataFrame, words: pl.Series) -> pl.DataFrame:
    """Return `id`, `start` and `word` (in lower case) for each place in the lines where a word begins with one of these words."""
    cases = {case: word for word in words for case in (word, word.lower(), word.upper(), word.title())}
    parts = lines.filter(pl.col("line").str.contains_any(list(cases))).select("id", "start", pl.col("line").alias("part"))
    word_of_case = pl.DataFrame({"original": list(cases), "word": [word.lower() for word in cases.values()]})
    occurrences = find_strings(parts, list(cases)).filter(~pl.col("before").str.contains(WORD_CHARACTER))
    return occurrences.join(word_of_case, on="original").select("id", "start", "word").sort("start")


def _matches_near(matches: pl.DataFrame, column: str, occurrences: pl.DataFrame) -> pl.Series:
    """Return the numbers (`match`) of the matches with one of their context words near, at most 150 code points away.

    >>> matches = pl.DataFrame({"id": ["a", "a"], "start": [10, 500], "match": [0, 1], "near": [["Telegram"], ["Telegram"]]})
    >>> occurrences = pl.DataFrame({"id": ["a"], "start": [100], "word": ["telegram"]})
    >>> _matches_near(matches, "near", occurrences).to_list()
    [0]

    Args:
        matches: columns `id`, `start`, `match` and the given column, a list of words.
        column: `near` or `not_near`.
        occurrences: as `_word_occurrences` returns them, sorted by `start`.
    """
    words_of_matches = matches.select("id", "start", "match", pl.col(column).alias("word")).explode("word").drop_nulls("word")
    nearest = (
        words_of_matches.with_columns(pl.col("word").str.to_lowercase())
        .sort("start")
        .join_asof(
            occurrences.with_columns(pl.lit(value=True).alias("is_near")),
            on="start",
            by=["id", "word"],
            strategy="nearest",
            tolerance=CONTEXT_DISTANCE,
            check_sortedness=False,
        )
    )
    return nearest.filter("is_near")["match"].unique()


def without_common_words(matches: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Drop matches that are common words: capitalised at the beginning of a sentence, and in lower case elsewhere in the same text.

    "Anis merah dan anis kembang" are two birds, not the name Anis.

    Args:
        matches: columns `id`, `start`, `original`, `replacement` and `preceding`.
        lines: as for `in_context`.
    """
    is_at_start = pl.col("preceding").str.contains(_SENTENCE_START)
    # A capital inside the word ("DuRove") does not come from its place in the sentence.
    doubtful = matches.filter(
        is_at_start, pl.col("original").str.contains(r"^\p{Lu}[\p{Ll}\p{M}]+$"), pl.col("original") != pl.col("replacement")
    )
    if doubtful.is_empty():
        return matches
    words = doubtful.select("id", "original", pl.col("original").str.to_lowercase().alias("word")).unique()
    lower_words = words["word"].unique(maintain_order=True).to_list()
    lines_with_words = lines.join(words.select("id").unique(), on="id", how="semi").filter(pl.col("line").str.contains_any(lower_words))
    occurrences = find_strings(unprotected_parts(lines_with_words), lower_words)
    entire = occurrences.filter(~pl.col("before").str.contains(WORD_CHARACTER), ~pl.col("after").str.contains(WORD_CHARACTER))
    common = words.join(entire.select("id", word="original").unique(), on=["id", "word"], how="semi")
    common_matches = doubtful.join(common, on=["id", "original"], how="semi")
    return matches.join(common_matches, on=["id", "start", "original"], how="anti", maintain_order="left")
