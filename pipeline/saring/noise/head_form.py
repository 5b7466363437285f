"""Place and form of candidates for the head of a flat page: where a line stands, how it is written, what stands beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.noise.author_names import head_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Features = npt.NDArray[np.float32]
    Flags = npt.NDArray[np.bool_]
    Rows = npt.NDArray[np.int64]

__all__ = ["CandidateLines", "any_of", "form_features", "neighbour_features", "place_features"]

#: Distances, in lines, of a page without the line that they are measured from. A judgement.
_FAR = 80.0


class CandidateLines(NamedTuple):
    """All lines, the rows of the candidates, and of each candidate the best run of its page."""

    lines: pl.DataFrame
    rows: Rows
    first: Rows
    last: Rows
    words: npt.NDArray[np.float64]

    def taken(self, column: str) -> Features:
        """Return a column of the lines for the candidates."""
        return self.lines[column].to_numpy()[self.rows].astype(np.float32)


def _signed_log(distance: npt.NDArray[np.generic]) -> Features:
    """Compress signed distances in lines to sign(d) * log(1 + |d|)."""
    values = distance.astype(np.float32)
    compressed: Features = (np.sign(values) * np.log1p(np.abs(values))).astype(np.float32)
    return compressed


def place_features(shape: CandidateLines, is_deleted: Flags, is_listed: Flags) -> dict[str, Features]:
    """Compute features of where a candidate stands: in its page, beside the best run of prose, among lines that rules delete."""
    lines, rows = shape.lines, shape.rows
    from_start, from_end = shape.taken("from_start"), shape.taken("from_end")
    height = lines.height
    prose = lines["prose"].to_numpy() & ~is_deleted
    deleted = np.concatenate(([0], np.cumsum(is_deleted)))
    prose_sums = np.concatenate(([0], np.cumsum(prose)))
    begin, end = rows - from_start.astype(np.int64), rows + from_end.astype(np.int64) + 1
    next_prose = _next_true(prose)[np.minimum(rows + 1, height - 1)]
    number = lines["number"].to_numpy().astype(np.int64)
    gap_above = np.where(from_start > 0, number[rows] - number[np.maximum(rows - 1, 0)] - 1, 3)
    gap_below = np.where(from_end > 0, number[np.minimum(rows + 1, height - 1)] - number[rows] - 1, 3)
    length = np.maximum(lines["words"].to_numpy(), lines["spaceless"].to_numpy() / 2)
    above, below = np.maximum(rows - 1, begin), np.minimum(rows + 1, end - 1)

    def window(sums: npt.NDArray[np.int64], low: Rows, high: Rows) -> Features:
        means: Features = ((sums[high] - sums[low]) / np.maximum(high - low, 1)).astype(np.float32)
        return means

    return {
        "after_run_start": _signed_log(rows - shape.first),
        "in_run": ((rows >= shape.first) & (rows <= shape.last)).astype(np.float32),
        "run_words": np.log1p(shape.words).astype(np.float32),
        "from_start": np.log1p(from_start),
        "page_lines": np.log1p(from_start + from_end),
        "prose_above": np.minimum(shape.taken("prose_above"), 20),
        "to_prose": np.where(next_prose < end, np.minimum(next_prose - rows, _FAR), _FAR).astype(np.float32),
        "gap_above": np.minimum(gap_above, 3).astype(np.float32),
        "gap_below": np.minimum(gap_below, 3).astype(np.float32),
        "is_deleted": is_deleted[rows].astype(np.float32),
        "is_listed": is_listed[rows].astype(np.float32),
        "deleted_above": window(deleted, np.maximum(rows - 5, begin), rows),
        "deleted_below": window(deleted, rows + 1, np.minimum(rows + 6, end)),
        "deleted_to_run": window(deleted, rows, np.maximum(shape.first, rows)),
        "prose_above_5": window(prose_sums, np.maximum(rows - 5, begin), rows),
        "prose_below_5": window(prose_sums, rows + 1, np.minimum(rows + 6, end)),
        "words_above": np.minimum(length[above], 60).astype(np.float32),
        "words_below": np.minimum(length[below], 60).astype(np.float32),
    }


def _next_true(flags: Flags) -> Rows:
    """Return for each row the first row from it on whose flag is set; the number of rows where there is none."""
    row = np.where(flags, np.arange(len(flags)), len(flags))
    return np.minimum.accumulate(row[::-1])[::-1]


def form_features(shape: CandidateLines, table: pl.DataFrame) -> dict[str, Features]:
    """Compute features of a candidate's own form: length, case, digits, marks, separators, words of bylines and date lines."""
    text, folded = pl.col("text"), pl.col("folded")
    words = head_words()
    begins = r"^(?:[(\[|•·\-–—]\s*)?(?:{})(?:\W|$)"
    flags = {
        "has_separator": text.str.contains(r"\s[|–—-]\s|[|•·›»>/→]"),
        "separators": text.str.count_matches(r"[|•·›»>/→]"),
        "has_letters": text.str.contains(r"\p{L}"),
        "ends_colon": text.str.contains(r"[:：]$"),
        "has_colon": text.str.contains(r"[:：]\s"),
        "is_question": text.str.contains(r"[?？؟]['\"”’»)\]]*$"),
        "starts_bullet": text.str.contains(r"^[*•·\-–—#>+]"),
        "opens_quote": text.str.contains(r"^[\"'“„«‹‘「『]"),
        "starts_mark": text.str.contains(r"^[:：,;.|]"),
        "is_cased": text.str.contains(r"\p{Ll}|\p{Lu}"),
        "starts_small": text.str.contains(r"^\p{Ll}"),
        "commas": text.str.count_matches(r"[,，、،;]"),
        "has_clock": text.str.contains(r"(?:^|\D)\d{1,2}[:.h]\d\d(?:\D|$)"),
        "has_year": text.str.contains(r"(?:19|20)\d\d"),
        "has_published": folded.str.contains(rf"(?:^|[^\p{{L}}])(?:{any_of(words['published'])})(?:[^\p{{L}}]|$)"),
        "has_updated": folded.str.contains(rf"(?:^|[^\p{{L}}])(?:{any_of(words['updated'])})(?:[^\p{{L}}]|$)"),
        "starts_others": folded.str.contains(begins.format(any_of(words["others"]))),
        "has_address": text.str.contains(r"\S@\S|https?:|www\."),
        "bare_words": pl.col("names").list.eval(pl.element().str.count_matches(r"\S+")).list.sum(),
        "names": pl.col("names").list.len(),
        "is_labelled": pl.col("is_labelled"),
        "is_label": pl.col("is_label"),
        "has_date": pl.col("created").is_not_null(),
    }
    columns = table.select(expression.cast(pl.Float32).fill_null(0).alias(name) for name, expression in flags.items())
    characters = np.maximum(shape.taken("characters"), 1)
    tokens, spaceless = shape.taken("words"), shape.taken("spaceless")
    length = np.where(spaceless > tokens, spaceless / 2, tokens)
    features = {name: columns[name].to_numpy() for name in columns.columns}
    # What a line holds beside the names and the date: "By Ada Flint" has one word more than its names.
    features["words_beside_names"] = (np.where(spaceless > tokens, features["bare_words"], tokens) - features["bare_words"]).astype(
        np.float32
    )
    return features | {
        "length": np.log1p(length).astype(np.float32),
        "characters": np.log1p(characters).astype(np.float32),
        # In scripts without spaces a line is one word: its length says nothing.
        "word_length": np.where(spaceless > tokens, 5, characters / np.maximum(tokens, 1)).astype(np.float32).clip(0, 40),
        "title_case": shape.taken("title_case"),
        "ends": shape.taken("sentence_end"),
        "is_prose": shape.taken("prose"),
        "uppers": (shape.taken("uppers") / characters).astype(np.float32),
        "digits": (shape.taken("digits") / characters).astype(np.float32),
    }


def any_of(words: tuple[str, ...]) -> str:
    """Return a pattern of the engine of Polars that matches any of some words."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)).replace(r"\ ", " ")


def neighbour_features(shape: CandidateLines, table: pl.DataFrame, form: Mapping[str, Features]) -> dict[str, Features]:
    """Compute features of the candidates right above and below: dates and names beside a line."""
    height = shape.lines.height
    flags = {
        "date": table["created"].is_not_null().to_numpy(),
        "names": (table["names"].list.len() > 0).to_numpy(),
        "labelled": (table["is_labelled"] | table["is_label"]).to_numpy(),
        "published": form["has_published"] > 0,
        "updated": form["has_updated"] > 0,
    }
    begin = shape.rows - shape.taken("from_start").astype(np.int64)
    end = shape.rows + shape.taken("from_end").astype(np.int64) + 1
    features = {}
    for name, values in flags.items():
        marked = np.zeros(height + 1, dtype=np.int64)
        marked[shape.rows] = values
        sums = np.concatenate(([0], np.cumsum(marked[:-1])))
        features[f"{name}_just_below"] = (sums[np.minimum(shape.rows + 2, end)] - sums[np.minimum(shape.rows + 1, end)]).astype(np.float32)
        features[f"{name}_just_above"] = (sums[shape.rows] - sums[np.maximum(shape.rows - 1, begin)]).astype(np.float32)
        features[f"{name}_below"] = (sums[np.minimum(shape.rows + 7, end)] - sums[np.minimum(shape.rows + 1, end)]).astype(np.float32)
        features[f"{name}_above"] = (sums[shape.rows] - sums[np.maximum(shape.rows - 6, begin)]).astype(np.float32)
        features[f"{name}_on_page"] = (
            (pl.DataFrame({"document": table["document"], "value": values}).select(pl.col("value").sum().over("document"))["value"])
            .to_numpy()
            .astype(np.float32)
        )
    return features
