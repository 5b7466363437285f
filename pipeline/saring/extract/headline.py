"""The headline: the first line of a text, or the first below its menu, that is the title, and so leaves the text.

A line leaves only when it stands in `title` from then on: no word is lost here.
"""

from __future__ import annotations

import polars as pl

from saring.core import dates

__all__ = ["lift_headlines"]

#: Scripts that put no spaces between words.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
_LONGEST = 200
#: There words cannot be counted, and Thai, Lao and Khmer put no mark at the end of a sentence: letters are counted instead. A headline has at
#: most so many, one in Chinese characters and kana, each of which is a syllable or a word, fewer; a label of a menu a dozen.
_MOST_LETTERS, _MOST_IDEOGRAPHS = 60, 40
_IDEOGRAPH = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
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
_TAIL = r"\s+[-–—|·•»:]\s+[^\n]{1,60}$"


def lift_headlines(pages: pl.DataFrame) -> pl.DataFrame:
    """Move the first line to `title` where it is the headline.

    Where there is a title already, the first line leaves the text if it is that title again (compared without case, punctuation and the
    site's name); a title that was found in markup then takes the shape it has on the page. Otherwise the first line of flat text becomes
    the title if it is a line of 3 to 200 characters and words enough (letters, in scripts that put no spaces between words), a blank line or a date line follows it, and it does not read like
    a sentence. The lead retells a headline, so a line that ends like a sentence is one if half of its longer words stand in the next
    paragraph too. The date line stays where it is.

    Where the first line is none of this, the first below a menu (lines of one to three words) is tried; the menu stays in the text.

    Args:
        pages: columns text, title, site, source, media_type, is_title_stated; others are kept.
    """
    pages = _lift(pages)
    menu = pl.when(~pl.col("leaves") & (pl.col("media_type") != "text/html")).then(pl.col("text").str.extract(_MENU)).fill_null("")
    is_sentence = menu.str.contains(_UNSPACED_SENTENCE)
    pages = pages.with_columns(pl.when(is_sentence).then(pl.lit("")).otherwise(menu).alias("menu")).with_row_index("place")
    some = pages.filter(pl.col("menu") != "")
    if some.height:
        below = _lift(some.with_columns(pl.col("text").str.slice(pl.col("menu").str.len_chars())))
        below = below.with_columns(pl.concat_str("menu", "text").alias("text")).select(pages.columns)
        pages = pl.concat([pages.filter(pl.col("menu") == ""), below]).sort("place")
    return pages.drop("place", "menu", "leaves")


def _lift(pages: pl.DataFrame) -> pl.DataFrame:
    """Lift the first line where it is the headline; `leaves` says where it was."""
    parts = (
        pages.with_columns(pl.col("text").str.splitn("\n", 2).struct.rename_fields(["first", "rest"]).alias("lines"))
        .unnest("lines")
        .with_columns(pl.col("rest").fill_null(""))
        .with_columns(
            pl.col("rest").str.starts_with("\n").alias("is_set_off"),
            pl.col("rest").str.strip_chars_start("\n").alias("body"),
            pl.when(pl.col("source").str.contains(_MARKDOWN)).then(pl.col("first").str.extract(r"^#\s+(.*?)[\s#]*$")).alias("heading"),
        )
        .with_row_index("row")
    )
    followed = parts.filter(pl.col("body") != "")
    again = followed.filter(pl.col("title").is_not_null()).filter(_is_again(pl.coalesce("heading", "first")))
    # Only these are read closely: pages of markup, and pages whose title is known, are spared most of the time that this takes.
    new = _headlines(followed.filter(pl.col("title").is_null() & (pl.col("media_type") != "text/html")))
    leaves = pl.col("row").is_in(pl.concat([again["row"], new["row"]]).implode())
    shown = pl.coalesce("heading", pl.col("first").str.strip_chars())
    # By itself first: what several columns are made of is computed for each of them.
    return (
        parts.with_columns(leaves.alias("leaves"))
        .with_columns(
            pl.when(pl.col("leaves") & ~pl.col("is_title_stated")).then(shown).otherwise("title").alias("title"),
            pl.when("leaves").then("body").otherwise("text").alias("text"),
        )
        .drop("row", "first", "rest", "is_set_off", "body", "heading")
    )


def _headlines(asked: pl.DataFrame) -> pl.DataFrame:
    """Return those of some pages whose first line reads like a headline: cheap questions first, since most lines are not even short."""
    first, body = pl.col("first"), pl.col("body")
    could = (first.str.len_chars() <= _LONGEST) & (body.str.len_chars() > first.str.len_chars())
    asked = asked.filter(could | pl.col("heading").is_not_null())
    if asked.is_empty():  # to make ready to look takes as long as looking at a hundred pages
        return asked
    asked = asked.with_columns(_is_date_line(asked["body"].str.extract(_LINE)).alias("is_dated"))
    asked = asked.filter(pl.col("is_set_off") | pl.col("is_dated") | pl.col("heading").is_not_null())
    asked = asked.with_columns(_is_date_line(asked["first"]).alias("is_date"))
    return asked.filter(pl.col("heading").is_not_null() | _is_headline())


_LINE = r"^([^\n]*)"


def _is_headline() -> pl.Expr:
    """Tell of first lines that are short enough, and set off or dated, whether they read like a headline."""
    line, body = pl.col("first"), pl.col("body")
    words = line.str.count_matches(r"\S*[\p{L}\p{N}]\S*")
    is_long_enough = (words >= 3) | (line.str.count_matches(_UNSPACED) >= 8)  # noqa: PLR2004 - the least a headline says
    unspaced, ideographs = line.str.count_matches(rf"[{_UNSPACED}&&\p{{L}}]"), line.str.count_matches(_IDEOGRAPH)
    is_short_enough = (unspaced * 2 <= line.str.count_matches(r"\p{L}")) | ((unspaced <= _MOST_LETTERS) & (ideographs <= _MOST_IDEOGRAPHS))
    is_credit = line.str.contains(_CREDIT) & (words < 6)  # noqa: PLR2004 - a credit names a source, a headline says something of it
    longer = r"\p{L}{4,}"
    said = line.str.to_lowercase().str.extract_all(longer).list.unique()
    # After a date line, the lead is somewhere below it: the whole of what follows may retell.
    lead = pl.when("is_dated").then(body).otherwise(body.str.extract(_LINE))
    retold = said.list.set_intersection(lead.str.to_lowercase().str.extract_all(longer).list.unique()).list.len()
    is_retold = (said.list.len() > 0) & (retold * 2 >= said.list.len())
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


def _is_again(line: pl.Expr) -> pl.Expr:
    title, site = pl.col("title"), pl.col("site").fill_null("")
    # The line may lose its tail only where that is the site's name, which stands in `site`: a subtitle would be lost.
    tail = line.str.extract(f"({_TAIL})").fill_null("")
    bare = pl.when(_key(tail) == _key(site)).then(line.str.replace(_TAIL, "")).otherwise(line)
    return (_key(bare) != "") & ((_key(bare) == _key(title)) | (_key(bare) == _key(title.str.replace(_TAIL, ""))))


def _key(text: pl.Expr) -> pl.Expr:
    """Return what two spellings of one title share: its letters and digits in lower case."""
    return text.str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ").str.strip_chars()


def _is_date_line(lines: pl.Series) -> pl.Series:
    """Tell which lines are a date and little else: "Senin, 2 Agustus 2017 | 7:16 WIB", not "Ia tiba pada 2 Agustus 2017."."""
    words = lines.str.count_matches(r"\p{L}+")
    is_short = (words <= 6) & ~lines.str.contains(r"(?i)(?:^|[^ap.]|[^.]m)\.$")  # noqa: PLR2004 - weekday, month, zone, and up to three such as "Diterbitkan"
    return dates.parse_dates(lines.set(~is_short.fill_null(value=False), None))["created"].is_not_null()
