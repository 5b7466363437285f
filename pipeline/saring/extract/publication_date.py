"""Find the publication date of an HTML page: in JSON-LD, <meta>, <time>, dated elements, the lines around its heading, and the URL.

A date that the page gives for its last change counts where it gives no other. The library htmldate is not used, because it completes the
missing parts of a date with today's, and dates nearly every page: four in five of those to which `bench/metadata.py`'s data give none.
"""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING

from saring.core import dates
from saring.extract.page_layout import belongs_to_page, page_layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from saring.core.dates import Moment
    from saring.extract.json_ld import JsonLd
    from saring.extract.page_layout import PageLayout

__all__ = ["publication_date"]

#: Names of <meta> that hold a publication date, without punctuation: from Open Graph, schema.org, Dublin Core, Highwire Press and what large
#: sites use. The name of the vocabulary or the site may stand before them ("w-published-date"); the first is the most reliable.
_META_NAMES = (
    "articlepublishedtime",
    "articlepublished",
    "publishedtime",
    "datepublished",
    "citationpublicationdate",
    "citationonlinedate",
    "citationdate",
    "termscreated",
    "termsissued",
    "dateissued",
    "termsdate",
    "dcdate",
    "parselypubdate",
    "publishdate",
    "publisheddate",
    "publicationdate",
    "pubdate",
    "published",
    "datecreated",
    "date",
)
#: The last two names are also the ends of others, which date other things ("last-update", "expiry-date").
_WHOLE_META_NAMES = frozenset({"published", "date"})
_NO_LETTER = re.compile(r"[^a-z]+")
_JSON_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"\\]{8,40})"')
#: Dates in the path of a URL: /2021/08/02/, /2021/aug/02/, /2021-08-02-roof, /20210802/.
_URL_DATES = (
    re.compile(r"/(?P<year>(?:19|20)\d\d)/(?P<month>[01]?\d|[A-Za-z]{3,9})/(?P<day>[0-3]?\d)(?:/|$)"),
    re.compile(r"/(?P<year>(?:19|20)\d\d)-(?P<month>[01]\d)-(?P<day>[0-3]\d)(?!\d)"),
    re.compile(r"/(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)/"),
)
_TIMES = ("time", "relative-time", "time-ago")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DATE_CLASS = "contains({0}, 'date') or contains({0}, 'time') or contains({0}, 'publish') or contains({0}, 'posted')"
_DATED_ELEMENTS = f"//*[(@class or @id) and ({_DATE_CLASS.format('@class')} or {_DATE_CLASS.format('@id')})]"
_MARKED = "//*[@itemprop='datePublished' or @itemprop='dateCreated' or @pubdate]"
#: Words of labels: of the date of the last change, of dates of other things, and of publication, in the languages of our development data
#: and of the samples. Matched at the beginning of a word, or anywhere in scripts without spaces.
_CHANGED = re.compile(
    r"(?i)\b(?:updat|modif|edited|revis|review|amended|chang|aktualis|bearbeitet|stand:|geändert|mis(?:e)? à jour|actuali[sz]|atuali[sz]|aggiorn"
    r"|bijgewerkt|gewijzigd|uppdater|oppdater|opdater|zaktuali|aktualiz|päivitetty|güncelle|обновл|измен|оновл|diperbarui|dikemas|cập nhật)"
    r"|更新|修改|수정|업데이트|تحديث|تعديل|עודכן"
)
_PUBLISHED = re.compile(
    r"(?i)\b(?:publi|post|created|veröffentlicht|erschienen|erstellt|verschenen|gepubliceerd|udgiv|publis|опублик|создан|diterbit|terbit|yayın)"
    r"|发布|發布|公開|掲載|게시|등록|입력|نشر"
)
_OTHER_DATES = re.compile(
    r"(?i)©|\(c\)|\b(?:copyright|joined|join date|member since|registered|regist|born|died|deadline|expir|valid until"
    r"|last (?:post|activity|seen|visit|login)|accessed|retrieved|effective|beigetreten|mitglied|inscrit|membre|miembro|membro)\b"
)
#: Around the heading, so many pieces of text before and after it are looked at, up to the second paragraph of so many characters. A line with
#: a date has at most so many characters, the label before it so many. Judgements, compared on bench/metadata.py's data.
_PIECES_BEFORE, _PIECES_AFTER = 20, 60
_PARAGRAPH, _MOST_PARAGRAPHS = 160, 2
_LONGEST_LINE, _LONGEST_LABEL = 70, 40
_ANCESTORS_BEFORE = 4
#: A date by the heading counts before a declared one if it is earlier by at least this: a day may be the time zone. On the development pages
#: the seven that are earlier are right, of those that are later half.
_MOVED = timedelta(days=2)


def publication_date(tree: HtmlElement, url: str | None, json_ld: JsonLd) -> Moment | None:
    """Return the publication date of an HTML page: the first that parses, from the most reliable place to the least; None without one.

    Args:
        tree: the page.
        url: its URL, if that is known.
        json_ld: its JSON-LD.
    """
    tag = tree.get("lang", "").replace("_", "-").strip()
    languages = [tag, tag.partition("-")[0].lower()] if tag else []
    layout = page_layout(tree)
    changes: list[str] = []
    declared = _first_date(_declared_dates(tree, json_ld), languages)
    # By the heading stands what the author calls the date. Where that is the earlier one, the declared date is that of a move or a change.
    if declared is not None:
        shown = _first_date(_heading_dates(layout, changes), languages)
        return shown if shown is not None and shown.utc + _MOVED <= declared.utc else declared
    return _first_date(chain(_visible_dates(tree, layout, languages, changes), _url_dates(url), changes), languages)


def _first_date(lines: Iterable[str], languages: list[str]) -> Moment | None:
    """Return the first date that parses, None without one."""
    return next((moment for line in lines if (moment := dates.parse_date(line, languages))), None)


def _declared_dates(tree: HtmlElement, json_ld: JsonLd) -> Iterator[str]:
    """Yield strings that may hold the publication date in JSON-LD and <meta>, the most reliable first."""
    yield from _json_dates(json_ld, "datePublished")
    # Where JSON does not parse, the dates in it are intact; of several, one may be another page's.
    unparsed = {date for text in json_ld.unparsed for date in _JSON_PUBLISHED.findall(text)}
    yield from unparsed if len(unparsed) == 1 else ()
    metas: dict[str, str] = {}
    for meta in tree.iterfind(".//meta[@content]"):
        name = _NO_LETTER.sub("", (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower())
        metas.setdefault(name, meta.get("content"))
    yield from _meta_dates(metas, _META_NAMES)
    yield from _json_dates(json_ld, "dateCreated", "uploadDate")


def _url_dates(url: str | None) -> Iterator[str]:
    """Yield the date in the path of a URL."""
    for pattern in _URL_DATES:
        if match := pattern.search(url or ""):
            order = "{day} {month} {year}" if match["month"].isalpha() else "{year}-{month}-{day}"
            yield order.format(**match.groupdict())


def _json_dates(json_ld: JsonLd, *names: str) -> Iterator[str]:
    """Yield the values of date properties of a page's own JSON-LD nodes, in the order of the properties."""
    return (node[name] for name in names for node in json_ld.own if isinstance(node.get(name), str))


def _meta_dates(metas: dict[str, str], names: tuple[str, ...]) -> Iterator[str]:
    """Yield the contents of <meta> with one of these names, in their order; `metas` has the contents by name without punctuation."""
    for name in names:
        if name in metas:
            yield metas[name]
        elif name not in _WHOLE_META_NAMES:
            yield from (content for key, content in metas.items() if key.endswith(name))


def _visible_dates(tree: HtmlElement, layout: PageLayout, languages: list[str], changes: list[str]) -> Iterator[str]:
    """Yield the dates that a page shows as its own: in <time>, around its heading, and in elements with a class or id of a date.

    Dates of the last change are appended to `changes`.
    """
    for element in tree.xpath(_MARKED)[:20]:
        if element.tag != "meta" and belongs_to_page(element, layout):
            yield from filter(None, (element.get("content"), element.get("datetime"), element.get("title"), _line(element)))
    yield from _times(tree, layout, languages, changes)
    yield from _heading_dates(layout, changes)
    for element in tree.xpath(_DATED_ELEMENTS)[:100]:
        if element.tag not in ("html", "body") and belongs_to_page(element, layout):
            line = _line(element)
            if not _OTHER_DATES.search(line):
                yield from _sorted_out(line, _label(element), changes)


def _times(tree: HtmlElement, layout: PageLayout, languages: list[str], changes: list[str]) -> Iterator[str]:
    """Yield the date of the <time> elements of a page, if one of them is its publication date; those of changes go to `changes`."""
    article = layout.article
    own = [time for time in tree.iter(*_TIMES) if belongs_to_page(time, layout)]
    # Other <time> may date updates and events: they count if there is only one date, in the article or else on the page. Where there are
    # several, as in a thread, the first counts if no other is earlier: teasers stand in the opposite order.
    inside = [time for time in own if article is not None and article in time.iterancestors("article")]
    lines = []
    for time in inside or own:
        line = time.get("datetime") or _line(time)
        if dates.parse_date(line, languages) is None:
            line = _line(time)
        if _OTHER_DATES.search(_label(time)):
            continue
        if _is_change(time.get("itemprop") or time.get("class") or "", _label(time)):
            changes.append(line)
        else:
            lines.append(line)
    moments = [moment for line in lines if (moment := dates.parse_date(line, languages))]
    if moments and moments[0].utc.date() <= min(moment.utc for moment in moments).date():
        yield next(line for line in lines if dates.parse_date(line, languages))


def _heading_dates(layout: PageLayout, changes: list[str]) -> Iterator[str]:
    """Yield the lines with a date around the heading of a page; those of the last change are appended to `changes`."""
    heading = layout.heading
    if heading is None:
        return
    for line, label, element in chain(_dated_lines(_after(heading), _PIECES_AFTER), _dated_lines(_before(heading), _PIECES_BEFORE)):
        if belongs_to_page(element, layout):
            yield from _sorted_out(line, label, changes)


def _sorted_out(line: str, label: str, changes: list[str]) -> Iterator[str]:
    """Yield a line with a date, unless it or its label says that this is the date of the last change: then it is appended to `changes`."""
    if _is_change(line, label):
        changes.append(line)
    else:
        yield line


def _is_change(line: str, label: str) -> bool:
    """Tell whether a date is that of the last change, by its own line or else by the label before it."""
    return any(_CHANGED.search(text) and not _PUBLISHED.search(text) for text in (line, label))


def _line(element: HtmlElement) -> str:
    """Return the text of an element as one line."""
    return " ".join(element.text_content().split())


def _label(element: HtmlElement) -> str:
    """Return the text that stands directly before an element, up to the length of a label: "Updated on" before a <time>."""
    for outer in (element, *islice(element.iterancestors(), 2)):
        previous, parent = outer.getprevious(), outer.getparent()
        if previous is not None:
            text = previous.tail if previous.tail and not previous.tail.isspace() else previous.text_content()
        else:
            text = (parent.text or "") if parent is not None else ""
        if text.strip():
            return " ".join(text.split())[-_LONGEST_LABEL:]
    return ""


def _after(heading: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    """Yield the pieces of text after a heading, in order, with the elements that they stand in."""
    outer = heading
    while outer is not None and outer.tag != "body":
        parent = outer.getparent()
        if parent is None:
            return
        yield outer.tail or "", parent
        for sibling in outer.itersiblings():
            yield from _pieces(sibling)
            yield sibling.tail or "", parent
        outer = parent


def _before(heading: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    """Yield the pieces of text before a heading, the nearest first, with the elements that they stand in."""
    outer = heading
    for _ in range(_ANCESTORS_BEFORE):
        parent = outer.getparent()
        if parent is None or parent.tag in ("body", "html"):
            return
        for sibling in outer.itersiblings(preceding=True):
            yield sibling.tail or "", parent
            yield from reversed(list(islice(_pieces(sibling), _PIECES_BEFORE)))
        yield parent.text or "", parent
        outer = parent


def _pieces(element: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    """Yield the pieces of text in an element, with the elements that they stand in."""
    for inner in element.iter():
        if isinstance(inner.tag, str) and inner.tag not in ("script", "style", "noscript", "template"):
            yield inner.text or "", inner
        if inner is not element and inner.tail:
            yield inner.tail, inner.getparent()


def _dated_lines(pieces: Iterator[tuple[str, HtmlElement]], most: int) -> Iterator[tuple[str, str, HtmlElement]]:
    """Yield the lines with a year among the first pieces of text, each with the label before it and its element.

    Args:
        pieces: pieces of text and their elements.
        most: how many of them to look at; the second paragraph ends the search too.
    """
    label, paragraphs = "", 0
    texts = ((" ".join(text.split()), element) for text, element in pieces)
    for text, element in islice(((text, element) for text, element in texts if text), most):
        paragraphs += len(text) >= _PARAGRAPH
        if paragraphs == _MOST_PARAGRAPHS:
            return
        if _YEAR.search(text) and len(text) <= _LONGEST_LINE and not _OTHER_DATES.search(f"{label} {text}"):
            # "4 August" and "2010" may be two pieces.
            yield text, label, element
            yield f"{label} {text}", "", element
        label = text if len(text) <= _LONGEST_LABEL else ""
