"""Candidates for headline, byline and date line of flat pages, and their features: place, form, and agreement with body and address.

Candidates are the short lines above a page's best run of prose, and those at its start. Features are float32 arrays over the candidates,
computed in columns; only the lines that may be a date or a byline are parsed one by one.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

import numpy as np
import polars as pl

from saring.core.dates import parse_dates, relative_dates
from saring.noise.author_names import LONGEST, author_line, head_words
from saring.noise.context_features import best_runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Features = npt.NDArray[np.float32]
    Flags = npt.NDArray[np.bool_]
    Rows = npt.NDArray[np.int64]

__all__ = ["Candidates", "dates_of_lines", "find_candidates", "is_english", "prose_runs", "title_key"]

#: Lines above the best run of prose, and lines of it, that are candidates. Of the headlines of development pages (`bench/head_lines.py`),
#: 95% are in this window; the others stand above another text.
_ABOVE, _BELOW = 60, 10
#: Lines above the best run in which a name alone may be a byline: further up, two words with capitals are items of menus. A judgement.
_BARE_ABOVE = 30
#: The longest candidate, in characters. A judgement: the longest headlines of development pages have 180.
_LONGEST = 250
#: Lines of the best run in which the words of headlines are looked up, and those of names.
_LEAD_LINES = 10

_BODY_LINES = 25
_SMALL_WORD = r"\b\p{Ll}{3,}\b"

#: Words that carry meaning: of four letters or more; in Chinese, Japanese and Korean single ideographs, and syllables by twos.
_MEANINGFUL = r"\p{Han}|\p{Hangul}{2}|\p{Katakana}{2}|[\p{L}\p{M}&&[^\p{Han}\p{Hangul}\p{Katakana}\p{Hiragana}]]{4,}"
_SLUG_TOKEN = re.compile(r"[^\W_]{2,}")
#: Words of an address that name no page.
_SLUG_STOPS = frozenset(
    ("html", "htm", "php", "aspx", "amp", "index", "article", "articles", "news", "story", "blog", "posts", "post", "txt")
)
#: A slug names a page if it has so many words. A judgement.
_SLUG_WORDS = 2
_URL_DATE = r"(?:^|[/_.-])((?:19|20)\d\d)[/_-]?(0?[1-9]|1[0-2])[/_-]?(0?[1-9]|[12]\d|3[01])(?:[/_.-]|$)"

_SITE_SUFFIX = r"\s+[-–—|·•»:]\s+[^\n]{1,60}$"
_KEY_TAIL = r"((?:\S+ ){2}\S+|\p{Han}.{4,})$"
_NUMERIC_DATE = r"\d{1,2}[/-]\d{1,2}[/-]\d{4}"
#: An English text has one of these words in so many characters; other languages borrow them more rarely. A judgement.
_ENGLISH, _ENGLISH_SPAN = r"(?i)(?-u:\b)(?:the|and|with)(?-u:\b)", 400

#: Distances, in lines, of a page without the line that they are measured from. A judgement.
_FAR = 80.0


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


def title_key(text: pl.Expr) -> pl.Expr:
    """Return the comparison key of a title: its letters and digits in lower case, single spaces between words."""
    return text.str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ").str.strip_chars()


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
        .with_columns(_parsed_authors(lines["text"].gather(rows), ~is_deleted[rows] & (distance[rows] >= -_BARE_ABOVE)))
    )
    lead = _lead_tokens(lines, run_first, np.minimum(run_first + _LEAD_LINES, run_last), is_searched)
    addresses = _addresses(pages)
    own = table.select("id").join(pages.select("id", "url", "source", "added", is_english()), on="id", how="left", maintain_order="left")
    dates = dates_of_lines(table["text"], own)
    table = table.with_columns(dates["created"], dates["created_offset"])
    shape = _Shape(lines, rows, run_first[rows], run_last[rows], run_words[rows])
    features = dict(_place_features(shape, is_deleted, is_listed))
    features |= _form_features(shape, table)
    features |= _agreement_features(table, lead, addresses)
    features["small_in_body"] = _small_in_body(lines, table, is_searched & (row >= run_first) & (row <= run_first + _BODY_LINES))
    features |= _neighbour_features(shape, table, features)
    return Candidates(table, run_first[rows], features)


class _Shape(NamedTuple):
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


def _place_features(shape: _Shape, is_deleted: Flags, is_listed: Flags) -> dict[str, Features]:
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
        return ((sums[high] - sums[low]) / np.maximum(high - low, 1)).astype(np.float32)

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


def _form_features(shape: _Shape, table: pl.DataFrame) -> dict[str, Features]:
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
        "has_published": folded.str.contains(rf"(?:^|[^\p{{L}}])(?:{_rust(words['published'])})(?:[^\p{{L}}]|$)"),
        "has_updated": folded.str.contains(rf"(?:^|[^\p{{L}}])(?:{_rust(words['updated'])})(?:[^\p{{L}}]|$)"),
        "starts_others": folded.str.contains(begins.format(_rust(words["others"]))),
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


def _rust(words: tuple[str, ...]) -> str:
    """Return a pattern of the engine of Polars that matches any of some words."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)).replace(r"\ ", " ")


@functools.cache
def _may_be_byline() -> tuple[str, str]:
    """Return patterns that any byline matches: one with a word such as "By", and one without, which begins with two words of a name."""
    words = head_words()
    labels = _rust(tuple({*words["by"], *words["others"]}))
    spaceless = _rust(tuple({*words["by_spaceless"], *words["behind_spaceless"], *words["others_spaceless"]}))
    particles = _rust(words["particles"])
    labelled = rf"(?i:(?:^|[^\p{{L}}])(?:{labels})(?:$|[^\p{{L}}]))|^(?:By|BY|by|Von|Par|Oleh|Por)\p{{Lu}}|{spaceless}"
    name = rf"^\W*\p{{Lu}}[\p{{L}}\p{{M}}'’.-]*[^\p{{L}}]+(?:\p{{Lu}}|(?:{particles})[\s'’])"
    return labelled, rf"{name}|^(?i:{_rust(words['agencies'])})(?:$|[^\p{{L}}])|\d\D+\p{{Lu}}"


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


def _lead_tokens(lines: pl.DataFrame, first: Rows, last: Rows, is_searched: Flags) -> pl.DataFrame:
    """Return the words of the first lines of the best runs of prose, as columns `document` and `token`."""
    row = np.arange(lines.height)
    chosen = lines.select("document", "folded").filter(pl.Series(is_searched & (row >= first) & (row <= last)))
    return chosen.select("document", pl.col("folded").str.extract_all(_MEANINGFUL).alias("token")).explode("token").drop_nulls().unique()


def _small_in_body(lines: pl.DataFrame, table: pl.DataFrame, in_body: Flags) -> Features:
    """Return how many words of each candidate that names someone the body writes small: names are never written so, labels often."""
    named = table.filter(pl.col("names").list.len() > 0).select("row", "document", "folded")
    words = named.select("row", "document", pl.col("folded").str.extract_all(r"\p{L}{3,}").list.unique().alias("word")).explode("word")
    chosen = lines.select("document", "text").filter(pl.Series(in_body)).join(named.select("document").unique(), on="document", how="semi")
    body = chosen.select("document", pl.col("text").str.extract_all(_SMALL_WORD).list.unique().alias("word")).explode("word")
    hits = words.join(body.unique(), on=["document", "word"], how="semi").group_by("row").agg(pl.len().alias("hits"))
    joined = table.select("row").join(hits, on="row", how="left", maintain_order="left")["hits"]
    return joined.fill_null(0).cast(pl.Float32).to_numpy()


def _addresses(pages: pl.DataFrame) -> pl.DataFrame:
    """Return the words of each page's address or file name (`id`, `slug`), and the date in it (`address_date`, or null)."""
    slugs = [_slug(url) or _slug(source) for url, source in pages.select("url", "source").rows()]
    return pages.select("id", pl.Series("slug", slugs, dtype=pl.List(pl.String)), _address_date())


def _address_date() -> pl.Expr:
    """Return the date in a page's URL or file name, as a column `address_date`; null without one."""
    parts = pl.coalesce("url", "source").str.extract_groups(_URL_DATE)
    return pl.date(*(parts.struct.field(str(group)).cast(pl.Int32) for group in (1, 2, 3))).alias("address_date")


def _slug(address: str | None) -> list[str]:
    """Return the words of the part of an address that names its page: the part with the most words, in lower case without accents."""
    path = unquote(urlsplit(address).path) if address and "://" in address else (address or "").partition("#")[0]
    candidates = [
        [word for word in _SLUG_TOKEN.findall(part.lower()) if not word.isdigit() and word not in _SLUG_STOPS] for part in path.split("/")
    ]
    words = max(candidates, key=len, default=[])
    return words if len(words) >= _SLUG_WORDS else []


def is_english() -> pl.Expr:
    """Return whether pages are English, by their column `text`."""
    return (pl.col("text").str.count_matches(_ENGLISH) * _ENGLISH_SPAN >= pl.col("text").str.len_chars()).alias("english")


def dates_of_lines(lines: pl.Series, pages: pl.DataFrame) -> pl.DataFrame:
    """Return the dates of lines, as columns `created` and `created_offset`.

    Numbers alone, such as 05/03/2024, are read day first, but on English pages, where London and New York differ: there the date in the
    page's address decides. "3 hours ago" counts from the time at which the page was fetched, where that is known.

    Args:
        lines: the lines.
        pages: for each line, columns `english` (as `is_english` tells of its page), `url`, `source` and `added` of its page.
    """
    english = pages["english"]
    undecided = parse_dates(lines.set(~english, None))
    day_first = parse_dates(lines.set(english, None), ["und"])
    dates = pl.DataFrame({name: undecided[name].fill_null(day_first[name]) for name in undecided.columns})
    open_lines = dates["created"].is_null() & lines.str.contains(_NUMERIC_DATE)
    if open_lines.any():
        expected = pages.select(_address_date())["address_date"]
        for languages in (["en-US"], ["und"]):
            guess = parse_dates(lines.set(~open_lines, None), languages)
            near = (guess["created"].dt.date() - expected).dt.total_days().abs() <= 1
            fills = near.fill_null(value=False) & dates["created"].is_null()
            dates = dates.with_columns(pl.when(fills).then(guess[name]).otherwise(name).alias(name) for name in dates.columns)
    relative = relative_dates(lines, pages["added"])
    return dates.with_columns(pl.col("created").fill_null(relative))


def _agreement_features(table: pl.DataFrame, lead: pl.DataFrame, addresses: pl.DataFrame) -> dict[str, Features]:
    """Compute features of agreement: with the words of the body, with the page's address, with other lines of the page."""
    tokens = (
        table.select("row", "document", "id", pl.col("folded").str.extract_all(_MEANINGFUL).list.unique().alias("token"))
        .explode("token")
        .drop_nulls()
    )
    in_lead = lead.with_columns(pl.lit(value=True).alias("in_lead"))
    retold = (
        tokens.join(in_lead, on=["document", "token"], how="left")
        .group_by("row")
        .agg(
            pl.col("in_lead").fill_null(value=False).mean().alias("retold"),
            pl.col("in_lead").fill_null(value=False).sum().alias("retold_words"),
        )
    )
    plain = pl.col("text").str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}+", "").str.replace_all("ß", "ss")
    # German addresses spell "ä" as "ae": the first letters decide, and a word may be cut.
    words = table.select("row", "id", plain.str.extract_all(r"[\p{L}\p{N}]{2,}").list.unique().alias("word")).explode("word").drop_nulls()
    slug_words = addresses.select("id", pl.col("slug").alias("word")).explode("word").drop_nulls().unique()
    matches = words.join(slug_words, on=["id", "word"], how="semi").group_by("row").agg(pl.len().alias("hits"))
    sizes = words.group_by("row").agg(pl.len().alias("size"))
    joined = (
        table.select("row", "id", "document", "key", "key_hash", "text")
        .join(retold, on="row", how="left")
        .join(matches, on="row", how="left")
        .join(sizes, on="row", how="left")
        .join(addresses.select("id", pl.col("slug").list.n_unique().alias("slug_size"), "address_date"), on="id", how="left")
        .sort("row")
    )
    hits = pl.col("hits").fill_null(0)
    bare = title_key(pl.col("text").str.replace(_SITE_SUFFIX, ""))
    values = joined.with_columns(bare.alias("bare")).select(
        pl.col("retold").fill_null(0),
        pl.col("retold_words").fill_null(0),
        pl.col("slug_size").fill_null(0).clip(0, 12),
        (hits / pl.col("slug_size").clip(1)).fill_null(0).alias("slug_share"),
        (hits / pl.col("size").clip(1)).fill_null(0).alias("in_slug"),
        pl.len().over("document", "key").clip(0, 5).alias("repeats"),
        (pl.len().over("document", "bare") > pl.len().over("document", "key")).alias("repeats_with_suffix"),
        (pl.col("bare") != pl.col("key")).alias("has_suffix"),
        (pl.col("slug_size").fill_null(0) > 0).alias("has_slug"),
        pl.col("address_date").is_not_null().alias("has_address_date"),
    )
    features = {name: values[name].cast(pl.Float32).to_numpy() for name in values.columns}
    dated = table.select((pl.col("created").dt.date() - joined["address_date"]).dt.total_days().abs().alias("days"))["days"]
    features["days_from_address"] = dated.cast(pl.Float32).fill_null(-1).clip(-1, 400).to_numpy()
    features |= _tail_features(table)
    document = table["document"]
    for name in ("slug_share", "in_slug", "retold_words", "retold"):
        best = (
            pl.DataFrame({"document": document, "value": features[name]}).select(pl.col("value").max().over("document"))["value"].to_numpy()
        )
        features[f"{name}_behind_best"] = (best - features[name]).astype(np.float32)
    return features


def _tail_features(table: pl.DataFrame) -> dict[str, Features]:
    """Compute whether a candidate ends as another of its page reads, as breadcrumbs do, and whether another ends as it reads."""
    # Keys of three words or more, compared by their last three: enough to tell titles of one page apart.
    tails = table.select("row", "document", "key", pl.col("key").str.extract(_KEY_TAIL).alias("tail")).drop_nulls("tail")
    pairs = tails.join(tails, on=["document", "tail"]).filter(
        (pl.col("key") != pl.col("key_right")) & pl.col("key").str.ends_with(pl.col("key_right"))
    )
    row = table["row"]
    return {
        "ends_as_other": row.is_in(pairs["row"].implode()).cast(pl.Float32).to_numpy(),
        "is_end_of_other": row.is_in(pairs["row_right"].implode()).cast(pl.Float32).to_numpy(),
    }


def _neighbour_features(shape: _Shape, table: pl.DataFrame, form: Mapping[str, Features]) -> dict[str, Features]:
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
