"""Features of lines as columns: length, case, punctuation, whether a line is prose, and its position; rules put bounds on them.

`saring.config.rules.FEATURES` names those that a rule may bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.config.rules import FEATURES, word_list
from saring.core.character_counts import count_characters

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    import numpy.typing as npt

    from saring.config.rules import Rule

    Indices = npt.NDArray[np.uint32]

__all__ = ["EDGE_CHARACTERS", "TEXT_FEATURES", "could_match", "find_needed_strings", "line_features", "line_key", "within_bounds"]

#: Characters stripped from both ends of a line before it is compared with a literal: "Share:", "» Menu", "[Ads]".
EDGE_CHARACTERS = (
    " \t\N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}"  # white space, seen or not
    ":|\N{FULLWIDTH COLON}"  # what introduces
    "•·*#-–—_=~…"  # bullets and horizontal rules
    "><»«→\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"  # arrows
    "[](){}"
    "+×►▶▸▼▾▲●▪■◦"  # bullets and signs of lists, as flattened pages spell them
)

#: List bullets stripped from the start of a line before patterns are matched. Dashes are not among them, since they open direct speech.
_BULLETS = " \t*+•·●▪■◦‣"

_SENTENCE_STOPS = ".!?…।۔።。｡．॥។။\N{FULLWIDTH EXCLAMATION MARK}\N{FULLWIDTH QUESTION MARK}\N{ARABIC QUESTION MARK}"
_CLOSERS = "'\"\N{RIGHT SINGLE QUOTATION MARK}”»\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}」』)\N{FULLWIDTH RIGHT PARENTHESIS}"

#: Features that depend on the line's text alone, not on its position.
TEXT_FEATURES = ("characters", "words", "title_case", "sentence_end")

#: A full stop, question or exclamation mark at the end of a line, closing quotes and brackets allowed behind it.
_SENTENCE_END = rf"[{_SENTENCE_STOPS}][{_CLOSERS}\]]*$"

#: A line that ends as a sentence does is prose from this many words on (characters in scripts without spaces); a line of
#: `_PROSE_CHARACTERS` (of scripts without spaces, `_LONG_SPACELESS`; Thai has no full stop) is prose without a full stop, too. Judgements.
_PROSE_WORDS, _PROSE_SPACELESS, _PROSE_CHARACTERS, _LONG_SPACELESS = 8, 20, 240, 100

#: Lines above a line that are searched for figures: a source note stands right below its table.
_FIGURE_WINDOW = 3


def line_features(lines: pl.DataFrame) -> pl.DataFrame:
    """Compute the features of all non-blank lines of a batch of texts: length, case, punctuation, prose, position.

    Args:
        lines: as `saring.core.lines.split_lines` returns them, all lines of each text.

    Returns:
        The lines that are not blank, in order, with the columns of `lines` and: `row` (from 0), `document` (from 0, counting texts that
        have lines), `at` (start of the line in bytes of all texts joined, each followed by a line break), `text` (stripped), `spelling` (an
        id of the distinct `text`), `bare` (`text` without a list bullet), `folded` (in lower case), `key` (see `line_key`), `key_hash`,
        `prose`, the columns of `CharacterCounts` and one for each name in `saring.config.rules.FEATURES`.
    """
    size = pl.col("line").str.len_bytes().cast(pl.Int64) + 1
    document = (pl.col("number") == 0).cum_sum().cast(pl.UInt32) - 1
    nonblank = (
        lines.lazy()
        .with_columns(document.alias("document"), (size.cum_sum() - size).alias("at"), pl.col("line").str.strip_chars().alias("text"))
        .filter(pl.col("text") != "")
        .with_row_index("row")
        .collect()
    )
    # Distinct texts only, since a site's menu is on all its pages: over 621 pages of about 550 sites, a third of the lines repeat another
    # one.
    distinct_texts = _text_features(nonblank.select("text").unique(maintain_order=True).with_row_index("spelling"))
    return _add_position_features(nonblank.join(distinct_texts, on="text", how="left", maintain_order="left"))


def _text_features(spellings: pl.DataFrame) -> pl.DataFrame:
    """Add the features that depend on the text of a line alone to a table of distinct line texts."""
    text = pl.col("text")
    counts = count_characters(spellings["text"])
    small = text.str.count_matches(rf"\s(?:{'|'.join(word_list('small'))})(?-u:\b)")
    return (
        spellings.lazy()
        .with_columns(
            text.str.strip_chars_start(_BULLETS).alias("bare"),
            text.str.to_lowercase().alias("folded"),
            text.str.len_chars().cast(pl.Int32).alias("characters"),
            *(pl.Series(name, values) for name, values in counts._asdict().items()),
            text.str.contains(_SENTENCE_END).cast(pl.Int8).alias("sentence_end"),
            text.str.count_matches("|", literal=True).alias("bars"),
        )
        .with_columns(
            (pl.col("capitals") / (pl.col("starts") - small).clip(1)).cast(pl.Float32).alias("title_case"),
            _strip_edges(pl.col("folded")).alias("key"),
            _strip_edges(pl.col("folded")).hash().alias("key_hash"),
            (
                (pl.col("sentence_end") == 1) & ((pl.col("words") >= _PROSE_WORDS) | (pl.col("spaceless") >= _PROSE_SPACELESS))
                | (pl.col("characters") >= _PROSE_CHARACTERS)
                | (pl.col("spaceless") >= _LONG_SPACELESS)
            ).alias("prose"),
        )
        .collect()
    )


def _add_position_features(lines: pl.DataFrame) -> pl.DataFrame:
    """Add features of each line's neighbours and position, from prefix sums over all lines minus their value where the document begins.

    For one document whose lines are prose [0, 1, 1, 0], `prose_so_far` is [0, 0, 1, 2, 2]: the lines have [0, 0, 1, 2] lines of prose above
    them and [2, 1, 0, 0] below. All four are `outside`: each has no prose above it or none below it.
    """
    prose, document = lines["prose"].to_numpy(), lines["document"].to_numpy()
    first = np.flatnonzero(np.diff(document, prepend=np.uint32(0xFFFFFFFF)))
    size = np.diff(first, append=lines.height)
    row, begin, end = np.arange(lines.height), first.repeat(size), (first + size).repeat(size)
    prose_so_far = np.append(0, np.cumsum(prose))
    above, below = prose_so_far[:-1] - prose_so_far[begin], prose_so_far[end] - prose_so_far[1:]
    is_figures = np.append(0, np.cumsum((lines["digits"].to_numpy() > 0) & ~prose))
    flags = {
        "prose_before": np.append(False, prose[:-1])[: lines.height] & (row > begin),
        "prose_after": np.append(prose[1:], False)[: lines.height] & (row + 1 < end),
        "outside": (above == 0) | (below == 0),
    }
    counts = {"prose_above": above, "prose_below": below, "from_start": row - begin, "from_end": end - row - 1}
    counts["figures_above"] = is_figures[row] - is_figures[np.maximum(row - _FIGURE_WINDOW, begin)]
    counts["table_rows"] = _table_rows(lines["bars"].to_numpy(), document)
    columns = {name: values.astype(np.int8) for name, values in flags.items()} | {name: v.astype(np.int32) for name, v in counts.items()}
    return lines.with_columns(pl.Series(name, values) for name, values in columns.items())


def _table_rows(bars: npt.NDArray[np.uint32], document: npt.NDArray[np.uint32]) -> npt.NDArray[np.intp]:
    """Return for each line how many lines in a row, with it, have as many vertical bars; 0 for a line without any.

    >>> _table_rows(np.array([0, 2, 2, 1, 1, 1], np.uint32), np.array([0, 0, 0, 0, 0, 1], np.uint32))
    array([0, 2, 2, 2, 2, 1])
    """
    begins = np.flatnonzero(np.append(True, (np.diff(bars) != 0) | (np.diff(document) != 0))[: len(bars)])
    sizes = np.diff(begins, append=len(bars))
    return np.where(bars > 0, sizes.repeat(sizes), 0)


def line_key(text: pl.Expr) -> pl.Expr:
    """Normalise a line for comparison with literals: lower case, no surrounding punctuation, runs of white space as one space."""
    return _strip_edges(text.str.to_lowercase())


def _strip_edges(folded: pl.Expr) -> pl.Expr:
    """Strip surrounding punctuation from a lower-case line and collapse its white space."""
    # Most lines have single spaces already, and a pattern without matches costs a fifth of one that replaces every space.
    return folded.str.strip_chars(EDGE_CHARACTERS).str.replace_all(r"\s{2,}|[\s--\x20]", " ")


def find_needed_strings(folded: pl.Series, rules: Sequence[tuple[int, Rule]]) -> dict[int, Indices]:
    """Find the lines that contain one of the strings each rule requires (`needs`), with one Aho-Corasick search for all rules.

    One search for all rules costs a third of one search per rule.

    Args:
        folded: lines in lower case.
        rules: rules, each with its index.

    Returns:
        By rule index, the indices of the lines that contain one of its required strings, in order; all lines for a rule without any.
    """
    columns = {"rule": pl.UInt32, "string": pl.String}
    needs = pl.DataFrame([(index, text) for index, rule in rules for text in rule.needs], schema=columns, orient="row")
    matched_strings = folded.str.extract_many(needs["string"].unique(maintain_order=True).implode(), overlapping=True)
    rule_matches = (
        pl.DataFrame({"string": matched_strings})
        .with_row_index("place")
        .filter(pl.col("string").list.len() > 0)
        .explode("string")
        .join(needs, on="string")
        .select("rule", "place")
        .unique()
        .sort("rule", "place")
    )
    rule_indices = [index for index, _ in rules]
    begins, ends = (np.searchsorted(rule_matches["rule"].to_numpy(), rule_indices, side) for side in ("left", "right"))
    indices, every = rule_matches["place"].to_numpy(), np.arange(len(folded), dtype=np.uint32)
    return {index: indices[begin:end] if rule.needs else every for (index, rule), begin, end in zip(rules, begins, ends, strict=True)}


def could_match(texts: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Pre-filter texts by the words that rules require: drop those in which no rule can match.

    A text that is left out has no match; a text that is returned may have none either. All texts are returned if one of the rules has no
    such word (a pattern without `needs`).

    Args:
        texts: a column `text`, and any others.
        rules: the rules in question.
    """
    required = [word for rule in rules for word in _required_words(rule)]
    # The lower case of a capital sigma depends on its neighbours, so a word with one cannot be searched for.
    if not all(required) or any("σ" in word or "ς" in word for word in required):
        return texts
    return texts.filter(pl.col("text").str.to_lowercase().str.contains_any(required)) if required else texts.clear()


def _required_words(rule: Rule) -> list[str]:
    """Return lower-case words of which every match of the rule contains at least one; an empty word where none is known."""
    distinct_texts = [*rule.needs, *pl.Series(rule.literals, dtype=pl.String).to_frame("text").select(line_key(pl.col("text"))).to_series()]
    # Single words only: in a wrapped text the words of a literal may be on different lines.
    words = [max(text.split(), key=len, default="") for text in distinct_texts]
    return words if rule.needs or (rule.literals and not rule.pattern) else [""]


def within_bounds(rule: Rule, lines: pl.DataFrame, indices: Indices, available: Container[str] = FEATURES) -> Indices:
    """Filter row indices to the lines whose features are within the rule's bounds; bounds on features outside `available` are ignored."""
    for name, bounds in rule.features:
        if name in available and len(indices):
            values = lines[name].to_numpy()[indices]
            low = values >= bounds.low if bounds.low is not None else np.True_
            high = values <= bounds.high if bounds.high is not None else np.True_
            indices = indices[np.broadcast_to(low & high, len(indices))]
    return indices
