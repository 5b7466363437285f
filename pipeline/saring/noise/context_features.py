"""Context features of lines for the classifier: the line itself, windows above and below it, its page, and the page's best run of prose.

All features are float32 arrays over all non-blank lines of a batch. Sums over windows are differences of prefix sums, so the width of a
window costs nothing. Lengths count words; in scripts without spaces, letters divided by an average word length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.core.character_counts import DIGIT, LOWER, UPPER, in_class
from saring.noise.best_run import best_runs
from saring.noise.page_positions import WINDOWS, PagePositions, signed_log

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Features = npt.NDArray[np.float32]

__all__ = ["context_features", "line_lengths"]

#: Characters per word in scripts without spaces, roughly the average of Chinese.
_SPACELESS_WORD = 2.0
#: Words that a line of no prose costs a run of prose: a run survives a headline or two, a menu ends it. A line of prose gains its words, at
#: most `_PROSE_CAP`. Both are judgements.
_GAP_COST = 6.0
_PROSE_CAP = 60.0

#: Least words of the bands of line length whose shares of a page are features, and the share of capitals from which a line is in title case.
#: Judgements.
_LENGTHS = (0, 4, 10, 25, 60)
_TITLED = 0.6

_BULLETS = "*•·+-–—|>»#▪●►"
_QUOTES = "\"'“‘«„「『"


def context_features(lines: pl.DataFrame, noisy: pl.DataFrame) -> tuple[npt.NDArray[np.bool_], dict[str, Features]]:
    """Compute the line classifier's features (line, windows around it, page, best run of prose) for all lines of a batch.

    The best run of prose is the stretch of consecutive lines that is most likely the page's article (`best_runs`).

    Args:
        lines: as `line_features.line_features` returns them.
        noisy: column `row` of the lines that rules delete.

    Returns:
        A mask of the lines that rules delete; and float32 arrays by feature name, one entry per line.
    """
    is_deleted = np.zeros(lines.height, dtype=np.bool_)
    is_deleted[noisy["row"].to_numpy()] = True
    repeats = lines.select(pl.len().over("document", "key_hash"))
    return is_deleted, _all_features(lines.with_columns(_indents(lines), repeats.to_series().alias("repeats")), is_deleted)


def line_lengths(lines: pl.DataFrame) -> Features:
    """Return the length of each line in words; in scripts without spaces, letters divided by an average word length."""
    words, spaceless = (lines[name].to_numpy().astype(np.float32) for name in ("words", "spaceless"))
    lengths: Features = np.maximum(words, spaceless / np.float32(_SPACELESS_WORD))
    return lengths


def _indents(lines: pl.DataFrame) -> pl.Series:
    """Return the indentation of each line in characters; measured only for the few lines that have white space around them."""
    line, text = lines["line"], lines["text"]
    padded_rows = (line.str.len_bytes() > text.str.len_bytes()).arg_true()
    indented = line.gather(padded_rows)
    indents = np.zeros(lines.height, dtype=np.int32)
    indents[padded_rows.to_numpy()] = (indented.str.len_chars() - indented.str.strip_chars_start().str.len_chars()).to_numpy()
    return pl.Series("indent", indents)


def _all_features(lines: pl.DataFrame, noisy: npt.NDArray[np.bool_]) -> dict[str, Features]:
    """Compute all features by name, given the lines with `indent` and `repeats` and the mask of lines that rules delete."""
    page = PagePositions(lines)
    counts = {name: lines[name].to_numpy().astype(np.float32) for name in ("characters", "words", "letters", "digits", "spaceless")}
    length = line_lengths(lines)
    features = dict(_features_of_line(lines, counts, length))
    blank = np.diff(lines["number"].to_numpy(), prepend=0) - 1
    features["blank_above"] = np.where(page.above > 0, np.minimum(blank, 3), -1).astype(np.float32)
    features["blank_below"] = page.shifted(features["blank_above"], -1)

    prose = lines["prose"].to_numpy()
    features["page_lines"] = np.log1p(page.size).astype(np.float32)
    features["from_start"] = np.log1p(page.above).astype(np.float32)
    features["from_end"] = np.log1p(page.below).astype(np.float32)
    features["place"] = (page.above / page.size).astype(np.float32)

    words = page.prefix_sums(np.where(prose, length, 0))
    total = page.total(words)
    features["page_prose"] = np.log1p(total).astype(np.float32)
    features["prose_place"] = (page.before(words) / np.maximum(total, 1)).astype(np.float32)
    windowed = {
        "words": features["words"],
        "prose": prose,
        "noisy": noisy,
        "ends": features["ends"],
        "titled": features["title_case"],
        "digits": features["digits"],
        "repeated": features["repeats"] > 1,
    }
    for name, values in windowed.items():
        sums = page.prefix_sums(values)
        for width in WINDOWS:
            features[f"{name}_above_{width}"] = page.mean_above(sums, width)
            features[f"{name}_below_{width}"] = page.mean_below(sums, width)
        features[f"{name}_page"] = (page.total(sums) / page.size).astype(np.float32)
    for name in ("words", "ends", "title_case", "repeats", "starts_small"):
        features[f"{name}_before"] = page.shifted(features[name], 1)
        features[f"{name}_after"] = page.shifted(features[name], -1)
    features |= _features_of_shape(page, features)
    features |= _features_of_page(page, counts, length)
    features |= _features_of_run(page, prose, length, noisy)
    return features


def _features_of_line(lines: pl.DataFrame, counts: dict[str, Features], length: Features) -> Iterator[tuple[str, Features]]:
    """Yield the features of a line by itself (length, case, digits, punctuation, first and last character, indent), each with its name."""
    per_word = 1 / np.maximum(length, 1)
    per_character = 1 / np.maximum(counts["characters"], 1)
    yield "words", np.log1p(length)
    yield "characters", np.log1p(counts["characters"])
    yield "word_length", np.minimum(counts["characters"] * per_word, 40)
    yield "title_case", lines["title_case"].to_numpy()
    yield "ends", lines["sentence_end"].to_numpy().astype(np.float32)
    symbols = counts["characters"] - counts["letters"] - counts["digits"] - np.maximum(counts["words"] - 1, 0)
    yield "symbols", (symbols * per_character).astype(np.float32)
    for name in ("uppers", "digits"):
        yield name, (lines[name].to_numpy() * per_character).astype(np.float32)
    for name in ("pauses", "shorts"):
        yield name, (lines[name].to_numpy() * per_word).astype(np.float32)
    first, last = lines["first"].to_numpy(), lines["last"].to_numpy()
    for name, kind in (("starts_small", LOWER), ("starts_upper", UPPER), ("starts_digit", DIGIT)):
        yield name, in_class(first, kind).astype(np.float32)
    for name, edge, members in (("starts_bullet", first, _BULLETS), ("opens_quote", first, _QUOTES), ("ends_colon", last, ":")):
        yield name, np.isin(edge, [ord(character) for character in members]).astype(np.float32)
    yield "indent", np.minimum(lines["indent"].to_numpy(), 20).astype(np.float32)
    yield "repeats", np.minimum(lines["repeats"].to_numpy(), 8).astype(np.float32)


def _features_of_shape(page: PagePositions, features: dict[str, Features]) -> dict[str, Features]:
    """Compute how a line's shape (length, first character, end, digits) recurs on its page: entries of a list and posts alternate regularly.

    The lines of a page with the shapes [a, b, a, b] have their like two lines above and below them, or nowhere.
    """
    size = np.minimum(features["words"] * 2, 9).astype(np.int64)
    flags = [features["ends"] > 0, features["digits"] > 0, features["starts_small"] > 0, features["title_case"] > _TITLED]
    shape = sum((flag.astype(np.int64) << place for place, flag in enumerate(flags)), size << len(flags))
    key = page.first * (16 << len(flags)) + shape
    order = np.argsort(key, kind="stable")
    is_next = np.diff(key[order], prepend=-1) == 0
    distance = np.where(is_next, np.diff(order, prepend=0), 0)
    above, below = np.zeros(len(key), dtype=np.float32), np.zeros(len(key), dtype=np.float32)
    above[order] = np.log1p(distance)
    below[order] = np.log1p(np.append(distance[1:], 0)[: len(key)])
    begins = np.flatnonzero(~is_next)
    counts = np.diff(begins, append=len(key))
    share = np.zeros(len(key), dtype=np.float32)
    share[order] = counts.repeat(counts)
    return {"shape_above": above, "shape_below": below, "shape_page": (share / page.size).astype(np.float32)}


def _features_of_page(page: PagePositions, counts: dict[str, Features], length: Features) -> dict[str, Features]:
    """Compute features of each line's page: how many words it has, which share of them in lines of which length, and in which script."""
    words = page.total(page.prefix_sums(length))
    shares = {"page_words": np.log1p(words).astype(np.float32)}
    for low, high in zip(_LENGTHS, (*_LENGTHS[1:], np.inf), strict=True):
        in_band = np.where((length >= low) & (length < high), length, 0)
        shares[f"page_from_{low}"] = (page.total(page.prefix_sums(in_band)) / np.maximum(words, 1)).astype(np.float32)
    letters = np.maximum(page.total(page.prefix_sums(counts["letters"])), 1)
    shares["page_spaceless"] = (page.total(page.prefix_sums(counts["spaceless"])) / letters).astype(np.float32)
    return shares


def _features_of_run(
    page: PagePositions, prose: npt.NDArray[np.bool_], length: Features, noisy: npt.NDArray[np.bool_]
) -> dict[str, Features]:
    """Compute features of each line's position relative to the best run of prose of its document: inside or not, distance, size.

    Args:
        page: the positions of the lines in their documents.
        prose: mask of the lines that are prose.
        length: the length of each line in words.
        noisy: mask of the lines that rules delete.
    """
    gain = np.where(prose & ~noisy, np.minimum(length, _PROSE_CAP), np.minimum(length, _GAP_COST) * 0.5 - _GAP_COST)
    runs = best_runs(gain, page.first, page.last)
    row = np.arange(len(prose))
    in_run = (row >= runs.first) & (row <= runs.last)
    size = np.maximum(runs.last - runs.first + 1, 1)
    prose_words = page.prefix_sums(np.where(prose, length, 0))
    page_words = np.maximum(page.total(prose_words), 1)
    run_words = prose_words[runs.last + 1] - prose_words[runs.first]
    lines = page.prefix_sums(prose)
    return {
        "in_run": in_run.astype(np.float32),
        "after_run_start": signed_log(row - runs.first),
        "before_run_end": signed_log(runs.last - row),
        "run_place": ((row - runs.first) / size).clip(-2, 3).astype(np.float32),
        "run_share": (run_words / page_words).astype(np.float32),
        "run_prose": ((lines[runs.last + 1] - lines[runs.first]) / size).astype(np.float32),
        "run_words": np.log1p(run_words).astype(np.float32),
    }
