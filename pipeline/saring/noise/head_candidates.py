"""Candidates for headline, byline and date line of flat pages, and their features: place, form, and agreement with body and address.

Candidates are the short lines above a page's best run of prose, and those at its start. Features are float32 arrays over the candidates,
computed in columns; only the lines that may be a date or a byline are parsed one by one.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.noise.author_names import LONGEST, author_line, head_words
from saring.noise.best_run import best_runs
from saring.noise.head_agreement import addresses, agreement_features, lead_tokens, small_in_body, title_key
from saring.noise.head_dates import dates_of_lines, is_english
from saring.noise.head_form import CandidateLines, any_of, form_features, neighbour_features, place_features

if TYPE_CHECKING:
    import numpy.typing as npt

    Features = npt.NDArray[np.float32]
    Flags = npt.NDArray[np.bool_]
    Rows = npt.NDArray[np.int64]

__all__ = ["Candidates", "find_candidates", "prose_runs"]

#: Lines above the best run of prose, and lines of it, that are candidates. Of the headlines of development pages (`bench/head_lines.py`),
#: 95% are in this window; the others stand above another text.
_ABOVE, _BELOW = 60, 10
#: Lines above the best run in which a name alone may be a byline, also if a rule deletes the line: further up, two words with capitals are
#: items of menus. Judgements.
_BARE_ABOVE, _BARE_DELETED = 30, 12
#: The longest candidate, in characters. A judgement: the longest headlines of development pages have 180.
_LONGEST = 250
#: Lines of the best run in which the words of headlines are looked up, and those of names.
_LEAD_LINES = 10

_BODY_LINES = 25


class Candidates(NamedTuple):
    """Candidate lines of a batch and what is known of them; all arrays have one entry per candidate.

    Attributes:
        table: columns `row`, `document`, `id`, `text`, `key` (as `title_key` makes it), `names` (the authors that the line names),
            `is_labelled` (a word such as "By" stands beside them), `created` and `created_offset` (the line's date, or null), in order.
        run_first: the first row of the best run of prose of its page.
        features: feature arrays by name.
    """

    table: pl.DataFrame
    run_first: Rows
    features: dict[str, Features]


def prose_runs(lines: pl.DataFrame, is_deleted: Flags) -> tuple[Rows, Rows, npt.NDArray[np.float64]]:
    """Return for each line the first and the last row of its page's best run of prose, and the words of prose in it.

    Args:
        lines: as `line_features.line_features` returns them.
        is_deleted: mask of the lines that rules delete.
    """
    words, spaceless = lines["words"].to_numpy(), lines["spaceless"].to_numpy()
    length = np.where(spaceless > words, spaceless / 2.0, words)
    is_prose = lines["prose"].to_numpy() & ~is_deleted
    gain = np.where(is_prose, np.minimum(length, 60.0), np.minimum(length, 6.0) * 0.5 - 6.0)
    row = np.arange(lines.height)
    runs = best_runs(gain, row - lines["from_start"].to_numpy(), row + lines["from_end"].to_numpy())
    prose_words = np.concatenate(([0.0], np.cumsum(np.where(is_prose, length, 0.0))))
    return runs.first, runs.last, prose_words[runs.last + 1] - prose_words[runs.first]


def find_candidates(lines: pl.DataFrame, pages: pl.DataFrame, is_deleted: Flags, is_listed: Flags) -> Candidates | None:
    """Find the candidates of flat pages and compute their features; None where there are none.

    Args:
        lines: as `line_features.line_features` returns them.
        pages: columns `id`, `text`, `url`, `source`, `added` of the pages to search.
        is_deleted: mask of the lines that rules delete.
        is_listed: mask of the lines that the site prints on several pages.
    """
    run_first, run_last, run_words = prose_runs(lines, is_deleted)
    row = np.arange(lines.height)
    distance = row - run_first
    is_searched = lines["id"].is_in(pages["id"].implode()).to_numpy()
    near = is_searched & (distance >= -_ABOVE) & (distance <= _BELOW) & (run_words > 0) & (lines["characters"].to_numpy() <= _LONGEST)
    rows = np.flatnonzero(near)
    if not len(rows):
        return None
    table = (
        lines.select("document", "id", "text", "folded", "key_hash", "words", "spaceless")[rows]
        .with_columns(pl.Series("row", rows, dtype=pl.UInt32), title_key(pl.col("text")).alias("key"))
        .with_columns(
            _parsed_authors(lines["text"].gather(rows), (distance[rows] >= np.where(is_deleted[rows], -_BARE_DELETED, -_BARE_ABOVE)))
        )
    )
    lead = lead_tokens(lines, run_first, np.minimum(run_first + _LEAD_LINES, run_last), is_searched)
    own_addresses = addresses(pages)
    own = table.select("id").join(pages.select("id", "url", "source", "added", is_english()), on="id", how="left", maintain_order="left")
    dates = dates_of_lines(table["text"], own)
    table = table.with_columns(dates["created"], dates["created_offset"])
    shape = CandidateLines(lines, rows, run_first[rows], run_last[rows], run_words[rows])
    features = dict(place_features(shape, is_deleted, is_listed))
    features |= form_features(shape, table)
    features |= agreement_features(table, lead, own_addresses)
    features["small_in_body"] = small_in_body(lines, table, is_searched & (row >= run_first) & (row <= run_first + _BODY_LINES))
    features |= neighbour_features(shape, table, features)
    return Candidates(table, run_first[rows], features)


@functools.cache
def _may_be_byline() -> tuple[str, str]:
    """Return patterns that any byline matches: one with a word such as "By", and one without, which begins with two words of a name."""
    words = head_words()
    labels = any_of(tuple({*words["by"], *words["others"]}))
    spaceless = any_of(tuple({*words["by_spaceless"], *words["behind_spaceless"], *words["others_spaceless"]}))
    particles = any_of(words["particles"])
    labelled = rf"(?i:(?:^|[^\p{{L}}])(?:{labels})(?:$|[^\p{{L}}]))|^(?:By|BY|by|Von|Par|Oleh|Por)\p{{Lu}}|{spaceless}"
    name = rf"^\W*\p{{Lu}}[\p{{L}}\p{{M}}'’.-]*[^\p{{L}}]+(?:\p{{Lu}}|(?:{particles})[\s'’])"
    return labelled, rf"{name}|^(?i:{any_of(words['agencies'])})(?:$|[^\p{{L}}])|\d\D+\p{{Lu}}"


def _parsed_authors(texts: pl.Series, may_be_bare: Flags) -> list[pl.Series]:
    """Return the authors that lines name, and whether with a word such as "By", as columns `names`, `is_labelled`, `is_label`.

    Args:
        texts: the lines.
        may_be_bare: mask of those that may be a byline without such a word; of the others only the lines with one are parsed.
    """
    line = pl.col("line")
    labelled, bare = _may_be_byline()
    distinct = pl.DataFrame({"line": texts, "bare": may_be_bare}).group_by("line", maintain_order=True).agg(pl.col("bare").any())
    short = distinct.filter(line.str.len_chars() <= LONGEST, line.str.contains(labelled) | (pl.col("bare") & line.str.contains(bare)))
    parsed = [author_line(line) for line in short["line"]]
    table = short.select(
        "line",
        pl.Series("names", [list(line.names) for line in parsed], dtype=pl.List(pl.String)),
        pl.Series("is_labelled", [line.is_labelled for line in parsed], dtype=pl.Boolean),
        pl.Series("is_label", [line.is_label for line in parsed], dtype=pl.Boolean),
    )
    joined = texts.to_frame("line").join(table, on="line", how="left", maintain_order="left")
    return [
        joined["names"].fill_null(pl.Series([[]], dtype=pl.List(pl.String))),
        joined["is_labelled"].fill_null(value=False),
        joined["is_label"].fill_null(value=False),
    ]
