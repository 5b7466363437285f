"""Lift headlines: move the first line of a text, or the first line below its menu, into `title` where it is the headline.

A line is removed from the text only when it becomes `title`, so no word is lost.
"""

from __future__ import annotations

import polars as pl

from saring.core import dates

__all__ = ["lift_headlines"]

#: Scripts that put no spaces between words.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
#: The greatest length of a headline, in characters. A judgement.
_MAX_CHARACTERS = 200
#: In those scripts words cannot be counted, and Thai, Lao and Khmer put no mark at the end of a sentence: letters are counted instead. A
#: headline has at most so many letters, fewer in Chinese characters and kana, each of which is a syllable or a word. A judgement.
_MAX_LETTERS, _MAX_IDEOGRAPHS = 60, 40
_IDEOGRAPH = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
#: More letters in a row than a menu label has: a dozen.
_UNSPACED_SENTENCE = rf"(?:{_UNSPACED}\p{{M}}*){{13}}"

_SENTENCE_END = r"[.!?…。！？｡؟।]['\"”’»)\]]*$"
_OPEN_END = r"[:,;\-–—]$"
#: Speech, list items and quotations start like this; headlines that do are rarer than lead paragraphs that do.
_SPEECH_OR_ITEM = r"^['\"“”„«»‹‘’「『\-–—•*#>|]"
#: "Sumber: X", "Foto oleh : X": one or two words, a colon, and not much more.
_CREDIT = r"^\p{L}+(?: \p{L}+)?\s?[:：]\s?\S"
_MARKDOWN = r"(?i)\.(?:md|markdown)(?:\.gz|\.zst)?(?:#\d+)?$"
#: Lines of one to three words, such as a flattened menu above the headline.
_MENU = r"^((?:\S+(?:[ \t]+\S+){0,2}\n+)+)"
#: " - Site", " | Site" and the like at the end of a title.
_SITE_SUFFIX = r"\s+[-–—|·•»:]\s+[^\n]{1,60}$"
#: Marks of Markdown in front of a line, and characters that a backslash escapes at its start and at its end.
_MARKS = r"^(?:(?:>|-|\d+\.|:) +)*(?:#{1,6} )?"
_ESCAPED = (r"^(\d*)\\([.)#>*+\-=_`~<])", r"\\(#+)()$")
_FIRST_LINE = r"^([^\n]*)"


def lift_headlines(pages: pl.DataFrame, *, text_format: str = "text") -> pl.DataFrame:
    """Move the first line of each text to `title` where it is the headline.

    Where there is a title already, the first line leaves the text if it is that title again (compared without case, punctuation and the
    site's name); a title that was extracted from markup then takes the form of the line. Otherwise the first line of flat text becomes the
    title if it has 3 to 200 characters and enough words (letters, in scripts that put no spaces between words), a blank line or a date line
    follows it, and it does not read like a sentence. Since the lead paragraph retells a headline, a line that ends like a sentence passes
    if half of its longer words occur in the next paragraph. The date line stays where it is.

    Where the first line is none of this, the first line below a menu (lines of one to three words) is tried; the menu stays in the text.

    Args:
        pages: columns text, title, site, source, media_type, is_title_declared; others are kept.
        text_format: of the texts of HTML pages, `text` or `markdown`: the mark of a heading is no part of a title.
    """
    pages = _lift_first_lines(pages, text_format)
    menu = pl.when(~pl.col("is_lifted") & (pl.col("media_type") != "text/html")).then(pl.col("text").str.extract(_MENU)).fill_null("")
    is_sentence = menu.str.contains(_UNSPACED_SENTENCE)
    pages = pages.with_columns(pl.when(is_sentence).then(pl.lit("")).otherwise(menu).alias("menu")).with_row_index("place")
    with_menu = pages.filter(pl.col("menu") != "")
    if with_menu.height:
        below_menu = _lift_first_lines(with_menu.with_columns(pl.col("text").str.slice(pl.col("menu").str.len_chars())), text_format)
        below_menu = below_menu.with_columns(pl.concat_str("menu", "text").alias("text")).select(pages.columns)
        pages = pl.concat([pages.filter(pl.col("menu") == ""), below_menu]).sort("place")
    return pages.drop("place", "menu", "is_lifted")


def _lift_first_lines(pages: pl.DataFrame, text_format: str) -> pl.DataFrame:
    """Move first lines that are headlines to `title`, and mark those pages in the column `is_lifted`."""
    parts = (
        pages.with_columns(pl.col("text").str.splitn("\n", 2).struct.rename_fields(["first", "rest"]).alias("lines"))
        .unnest("lines")
        .with_columns(pl.col("rest").fill_null(""))
        .with_columns(
            pl.col("rest").str.starts_with("\n").alias("is_set_off"),
            pl.col("rest").str.strip_chars_start("\n").alias("body"),
            _heading(text_format).alias("heading"),
        )
        .with_row_index("row")
    )
    with_body = parts.filter(pl.col("body") != "")
    repeated = with_body.filter(pl.col("title").is_not_null()).filter(_repeats_title(pl.coalesce("heading", "first")))
    # Only untitled flat text is examined closely, which takes most of the time: pages of markup and pages with a title skip it.
    new = _with_headline(with_body.filter(pl.col("title").is_null() & (pl.col("media_type") != "text/html")))
    is_lifted = pl.col("row").is_in(pl.concat([repeated["row"], new["row"]]).implode())
    headline = pl.coalesce("heading", pl.col("first").str.strip_chars())
    # In a step of its own: an expression that several columns are made from is computed for each of them.
    return (
        parts.with_columns(is_lifted.alias("is_lifted"))
        .with_columns(
            pl.when(pl.col("is_lifted") & ~pl.col("is_title_declared")).then(headline).otherwise("title").alias("title"),
            pl.when("is_lifted").then("body").otherwise("text").alias("text"),
        )
        .drop("row", "first", "rest", "is_set_off", "body", "heading")
    )


def _heading(text_format: str) -> pl.Expr:
    """Return the first line without the marks of Markdown: where it is a heading in a Markdown file, and in any HTML page that is Markdown."""
    first = pl.col("first")
    in_file = pl.when(pl.col("source").str.contains(_MARKDOWN)).then(first.str.extract(r"^#\s+(.*?)[\s#]*$"))
    if text_format != "markdown":
        return in_file
    unmarked = first.str.replace(_MARKS, "")
    for escaped in _ESCAPED:
        unmarked = unmarked.str.replace(escaped, "${1}${2}")
    return pl.when(pl.col("media_type") == "text/html").then(unmarked).otherwise(in_file)


def _with_headline(pages: pl.DataFrame) -> pl.DataFrame:
    """Return the untitled pages whose first line reads like a headline; cheap conditions come first, since most lines are too long."""
    first, body = pl.col("first"), pl.col("body")
    is_candidate = (first.str.len_chars() <= _MAX_CHARACTERS) & (body.str.len_chars() > first.str.len_chars())
    pages = pages.filter(is_candidate | pl.col("heading").is_not_null())
    if pages.is_empty():  # the date parser's set-up takes as long as a hundred pages
        return pages
    pages = pages.with_columns(_is_date_line(pages["body"].str.extract(_FIRST_LINE)).alias("is_dated"))
    pages = pages.filter(pl.col("is_set_off") | pl.col("is_dated") | pl.col("heading").is_not_null())
    pages = pages.with_columns(_is_date_line(pages["first"]).alias("is_date"))
    return pages.filter(pl.col("heading").is_not_null() | _is_headline())


def _is_headline() -> pl.Expr:
    """Return a mask of the first lines that read like a headline: not a sentence, speech, a list item, a credit or a date."""
    line, body = pl.col("first"), pl.col("body")
    words = line.str.count_matches(r"\S*[\p{L}\p{N}]\S*")
    is_long_enough = (words >= 3) | (line.str.count_matches(_UNSPACED) >= 8)  # noqa: PLR2004 - the shortest headlines
    unspaced, ideographs = line.str.count_matches(rf"[{_UNSPACED}&&\p{{L}}]"), line.str.count_matches(_IDEOGRAPH)
    is_short_enough = (unspaced * 2 <= line.str.count_matches(r"\p{L}")) | ((unspaced <= _MAX_LETTERS) & (ideographs <= _MAX_IDEOGRAPHS))
    is_credit = line.str.contains(_CREDIT) & (words < 6)  # noqa: PLR2004 - a credit names a source, a headline says something of it
    longer_word = r"\p{L}{4,}"
    headline_words = line.str.to_lowercase().str.extract_all(longer_word).list.unique()
    # After a date line, the lead is somewhere below it: the entire body may retell the headline.
    lead = pl.when("is_dated").then(body).otherwise(body.str.extract(_FIRST_LINE))
    lead_words = lead.str.to_lowercase().str.extract_all(longer_word).list.unique()
    retold = headline_words.list.set_intersection(lead_words).list.len()
    is_retold = (headline_words.list.len() > 0) & (retold * 2 >= headline_words.list.len())
    return (
        is_long_enough
        & is_short_enough
        & line.str.contains(r"\p{L}")
        & ~line.str.contains(_OPEN_END)
        & ~line.str.contains(_SPEECH_OR_ITEM)
        & ~is_credit
        & ~pl.col("is_date")
        & (~line.str.contains(_SENTENCE_END) | is_retold)
    )


def _repeats_title(line: pl.Expr) -> pl.Expr:
    """Return a mask of the lines that repeat their page's title, compared without case, punctuation and a site name at the end."""
    title, site = pl.col("title"), pl.col("site").fill_null("")
    # The line may lose its suffix only where that is the site's name, which is kept in `site`: a subtitle would be lost.
    suffix = line.str.extract(f"({_SITE_SUFFIX})").fill_null("")
    bare = pl.when(_title_key(suffix) == _title_key(site)).then(line.str.replace(_SITE_SUFFIX, "")).otherwise(line)
    bare_title = title.str.replace(_SITE_SUFFIX, "")
    return (_title_key(bare) != "") & ((_title_key(bare) == _title_key(title)) | (_title_key(bare) == _title_key(bare_title)))


def _title_key(text: pl.Expr) -> pl.Expr:
    """Return the comparison key of a title: its letters and digits in lower case, single spaces between words."""
    return text.str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ").str.strip_chars()


def _is_date_line(lines: pl.Series) -> pl.Series:
    """Tell which lines are a date and little else: "Senin, 2 Agustus 2017 | 7:16 WIB", not "Ia tiba pada 2 Agustus 2017."."""
    words = lines.str.count_matches(r"\p{L}+")
    is_short = (words <= 6) & ~lines.str.contains(r"(?i)(?:^|[^ap.]|[^.]m)\.$")  # noqa: PLR2004 - weekday, month, zone, and up to three such as "Diterbitkan"
    return dates.parse_dates(lines.set(~is_short.fill_null(value=False), None))["created"].is_not_null()
