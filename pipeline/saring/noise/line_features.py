"""What a line looks like, as columns. Each feature that a rule may bound is named in `saring.config.rules.FEATURES`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.config.rules import FEATURES, word_list
from saring.noise.character_counts import count_characters

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    import numpy.typing as npt

    from saring.config.rules import Rule

    Places = npt.NDArray[np.uint32]

__all__ = ["EDGE", "OF_TEXT", "could_match", "find_needed_strings", "line_features", "line_key", "within_bounds"]

#: What stands around a label and says nothing about it: "Share:", "» Menu", "[Ads]".
EDGE = (
    " \t\N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}"  # white space, seen or not
    ":|\N{FULLWIDTH COLON}"  # what introduces
    "•·*#-–—_=~…"  # bullets and rules
    "><»«→\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"  # arrows
    "[](){}"
    "+×►▶▸▼▾▲●▪■◦"  # bullets and signs of lists, as flattened pages spell them
)

#: Bullets before an item of a list: a label is the same label in a list. Dashes are not among them, since they open speech.
_BULLETS = " \t*+•·●▪■◦‣"

_STOPS = ".!?…।۔።。\N{FULLWIDTH EXCLAMATION MARK}\N{FULLWIDTH QUESTION MARK}\N{ARABIC QUESTION MARK}"
_CLOSERS = "'\"\N{RIGHT SINGLE QUOTATION MARK}”»\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}」』)\N{FULLWIDTH RIGHT PARENTHESIS}"

#: Features that a line's own text decides, wherever it stands.
OF_TEXT = ("characters", "words", "title_case", "sentence_end")

#: A sentence ends here.
_SENTENCE_END = rf"[{_STOPS}][{_CLOSERS}\]]*$"
_SPACELESS = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}]"

#: A line with a sentence end is prose from this many words, or characters in scripts without spaces; any line this long is.
_PROSE_WORDS, _PROSE_SPACELESS, _PROSE_CHARACTERS = 8, 20, 240

#: A table reaches this many lines above its source, or is not seen.
_FIGURES = 3


def line_features(lines: pl.DataFrame) -> pl.DataFrame:
    """Add features to lines.

    Args:
        lines: as `saring.core.lines.split` gives them, all lines of each text.

    Returns:
        The lines that are not blank, in order, with `row` (from 0), `document` (from 0: which text with lines it is of), `at` (where it begins, in
        bytes of all these texts, a line break behind each), `text` (without white space around it), `spelling` (one number a distinct
        `text`), `bare` (without bullets before it either), `folded` (in lower case), `text_key` (see `text_key`), `key_hash`, `prose` and a column for
        each name in `saring.config.rules.FEATURES`.
    """
    size = pl.col("line").str.len_bytes().cast(pl.Int64) + 1
    document = (pl.col("number") == 0).cum_sum().cast(pl.UInt32) - 1
    shown = (
        lines.lazy()
        .with_columns(document.alias("document"), (size.cum_sum() - size).alias("at"), pl.col("line").str.strip_chars().alias("text"))
        .filter(pl.col("text") != "")
        .with_row_index("row")
        .collect()
    )
    # A site's menu stands on all its pages: over 621 pages of about 550 sites, a third of the lines say what another one says.
    spelled = _spelled(shown.select("text").unique(maintain_order=True).with_row_index("spelling"))
    return _with_neighbours(shown.join(spelled, on="text", how="left", maintain_order="left"))


def _spelled(spellings: pl.DataFrame) -> pl.DataFrame:
    """Add the features that a line's own text decides."""
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
            # Three bytes a character: only a line with as many more bytes than characters can hold enough of them to count.
            pl.when(text.str.len_bytes() - text.str.len_chars() >= 2 * _PROSE_SPACELESS)
            .then(text)
            .str.count_matches(_SPACELESS)
            .fill_null(0)
            .alias("spaceless"),
        )
        .with_columns(
            (pl.col("capitals") / (pl.col("starts") - small).clip(1)).cast(pl.Float32).alias("title_case"),
            _edgeless(pl.col("folded")).alias("key"),
            _edgeless(pl.col("folded")).hash().alias("key_hash"),
            (
                (pl.col("sentence_end") == 1) & ((pl.col("words") >= _PROSE_WORDS) | (pl.col("spaceless") >= _PROSE_SPACELESS))
                | (pl.col("characters") >= _PROSE_CHARACTERS)
            ).alias("prose"),
        )
        .collect()
    )


def _with_neighbours(lines: pl.DataFrame) -> pl.DataFrame:
    """Add what the lines around it say: running sums over all lines, less what they were where the text begins."""
    prose, document = lines["prose"].to_numpy(), lines["document"].to_numpy()
    first = np.flatnonzero(np.diff(document, prepend=np.uint32(0xFFFFFFFF)))
    size = np.diff(first, append=lines.height)
    here, begin, end = np.arange(lines.height), first.repeat(size), (first + size).repeat(size)
    so_far = np.append(0, np.cumsum(prose))
    above, below = so_far[:-1] - so_far[begin], so_far[end] - so_far[1:]
    is_figures = np.append(0, np.cumsum((lines["digits"].to_numpy() > 0) & ~prose))
    flags = {
        "prose_before": np.append(False, prose[:-1])[: lines.height] & (here > begin),
        "prose_after": np.append(prose[1:], False)[: lines.height] & (here + 1 < end),
        "outside": (above == 0) | (below == 0),
    }
    counts = {"prose_above": above, "prose_below": below, "from_start": here - begin, "from_end": end - here - 1}
    counts["figures_above"] = is_figures[here] - is_figures[np.maximum(here - _FIGURES, begin)]
    columns = {name: values.astype(np.int8) for name, values in flags.items()} | {name: v.astype(np.int32) for name, v in counts.items()}
    return lines.with_columns(pl.Series(name, values) for name, values in columns.items())


def line_key(text: pl.Expr) -> pl.Expr:
    """Return what literals are compared with: lower case, without the punctuation around it, white space as single spaces."""
    return _edgeless(text.str.to_lowercase())


def _edgeless(folded: pl.Expr) -> pl.Expr:
    # Most lines have single spaces already, and a pattern that finds nothing costs a fifth of one that replaces each of them.
    return folded.str.strip_chars(EDGE).str.replace_all(r"\s{2,}|[\s--\x20]", " ")


def find_needed_strings(folded: pl.Series, rules: Sequence[tuple[int, Rule]]) -> dict[int, Places]:
    """Return where the strings are that rules need: one search for those of all rules costs a third of one search a rule.

    Args:
        folded: lines in lower case.
        rules: rules, each with its index.

    Returns:
        For the index of each rule, the places of the lines that hold one of the strings it needs, in order; of a rule that needs none, all.
    """
    columns = {"rule": pl.UInt32, "held": pl.String}
    needs = pl.DataFrame([(index, text) for index, rule in rules for text in rule.needs], schema=columns, orient="row")
    held = folded.str.extract_many(needs["held"].unique(maintain_order=True).implode(), overlapping=True)
    found = (
        pl.DataFrame({"held": held})
        .with_row_index("place")
        .filter(pl.col("held").list.len() > 0)
        .explode("held")
        .join(needs, on="held")
        .select("rule", "place")
        .unique()
        .sort("rule", "place")
    )
    indices = [index for index, _ in rules]
    begins, ends = (np.searchsorted(found["rule"].to_numpy(), indices, side) for side in ("left", "right"))
    places, every = found["place"].to_numpy(), np.arange(len(folded), dtype=np.uint32)
    return {index: places[begin:end] if rule.needs else every for (index, rule), begin, end in zip(rules, begins, ends, strict=True)}


def could_match(texts: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Return the texts in which one of the rules could match: those with a word that a match of it holds.

    Where nothing is known of what a rule matches, that is all of them.

    Args:
        texts: a column text, and any others.
        rules: which ones.
    """
    wanted = [word for rule in rules for word in _words_of(rule)]
    # A capital sigma is written small in two ways, as its neighbours say.
    if not all(wanted) or any("σ" in word or "ς" in word for word in wanted):
        return texts
    return texts.filter(pl.col("text").str.to_lowercase().str.contains_any(wanted)) if wanted else texts.clear()


def _words_of(rule: Rule) -> list[str]:
    """Return words in lower case, one of which stands in each line that the rule matches; an empty one where that is not known."""
    spelled = [*rule.needs, *pl.Series(rule.literals, dtype=pl.String).to_frame("text").select(line_key(pl.col("text"))).to_series()]
    # A single word: in a text that is wrapped, or has two spaces, the words of a literal stand apart.
    words = [max(text.split(), key=len, default="") for text in spelled]
    return words if rule.needs or (rule.literals and not rule.pattern) else [""]


def within_bounds(rule: Rule, lines: pl.DataFrame, places: Places, known: Container[str] = FEATURES) -> Places:
    """Return those of some places whose lines have features, those that are known, within the rule's bounds."""
    for name, bounds in rule.features:
        if name in known and len(places):
            values = lines[name].to_numpy()[places]
            low = values >= bounds.low if bounds.low is not None else np.True_
            high = values <= bounds.high if bounds.high is not None else np.True_
            places = places[np.broadcast_to(low & high, len(places))]
    return places
