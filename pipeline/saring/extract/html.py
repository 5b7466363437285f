"""HTML -> body and metadata, through trafilatura.

`fast` and no comments are trafilatura's best settings where they were compared (F1 0.957, 44 to 49 pages/s); where they find little of a
page, its other extractors are asked, and then the page itself. Its deduplication stays off: it remembers what it saw in other documents.
"""

from __future__ import annotations

import functools
import logging
import warnings
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from saring.compute.time_limit import no_watch
from saring.extract.canonical_url import canonical_url
from saring.extract.layout_tables import unfold_layout
from saring.extract.page_metadata import NAMING, page_json_ld, page_metadata
from saring.extract.publication_date import publication_date
from saring.extract.recovered_blocks import recover_blocks
from saring.extract.risky_markup import scan_markup, strip_crowded_tags
from saring.extract.visible_blocks import BLOCKS, HEADINGS, TEXTLESS, drop_hidden, text_key, visible_blocks, visible_characters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml.html import HtmlElement
    from polars._typing import PolarsDataType
    from trafilatura.settings import Extractor

    from saring.core.dates import Moment

__all__ = ["extract_bodies"]

#: Past this many tags, a page is read whole, without judging what is its body: trafilatura is quadratic in siblings (20,000 <div> take
#: 1.0 s, 40,000 take 5.9 s, 50,000 take 18 s) and in depth (27,000 <p> at a depth of 2,000 take 33 s). The worst page left, 30,000 <p> at a
#: depth of 250, takes 11 s.
MOST_TAGS = 30_000
#: Past this many, it is not read at all: 500,000 take 1.4 s and 340 MB.
MOST_TAGS_AT_ALL = 500_000
#: Elements that hold no text and say nothing about the page; JSON does.
_NOTHING = ("script", "style", "svg")

#: Elements that trafilatura drops, or takes out of their line, wherever they stand: in a sentence they are words of it, and a button in a
#: heading is what opens the answer to it.
_SENTENCES = frozenset({"p", "li", "dd", "td", "blockquote", "em", "strong", "b", "i"})
_HEADS = frozenset({*HEADINGS, "dt", "summary"})

#: A body of fewer characters than this, and of less than this share of the page's text, may be a lost one: a teaser, a box, the foot of
#: the page. A second look, with the comparison to readability and jusText that `fast` leaves out, costs 1.3 of the first. So bound, 7 in
#: 100 development pages have one (9% more time), and 0.9% more of their wanted snippets are found, 0.3% fewer of the unwanted ones; for all
#: pages it finds no more.
_SHORT, _SHARE = 1_000, 0.2
#: Still shorter, and shorter than one paragraph of the page: the page is read whole, and the noise step finds the body in it. Without the
#: paragraph, pages with many comments below a short article come out as their comments.
_LOST = 250
#: Past this many tags there is no second look.
_MOST_TAGS_TWICE = 5_000


class _Body(NamedTuple):
    text: str | None = None
    found_title: str | None = None
    found_site: str | None = None
    found_authors: list[str] | None = None
    moment: Moment | None = None
    found_url: str | None = None
    dropped_share: float | None = None
    message: str | None = None


def extract_bodies(
    scrapes: pl.DataFrame, found: Mapping[str, PolarsDataType], begin: Callable[[str | None], None] = no_watch
) -> pl.DataFrame:
    """Return the body of each HTML scrape, and what it says about itself.

    Args:
        scrapes: columns of `tables.SCRAPE`.
        found: what is looked for, and its types.
        begin: as for `extract`.

    Returns:
        Columns id, text, `found_...` for each name in `found`, and message, which says what went wrong where something did.
    """
    read = _each(scrapes, begin) if scrapes.height else []  # flat text needs none of the libraries
    columns: dict[str, tuple[PolarsDataType, list[Any]]] = {
        "text": (pl.String, [body.text for body in read]),
        "found_url": (found["url"], [body.found_url for body in read]),
        "found_title": (found["title"], [body.found_title for body in read]),
        "found_site": (found["site"], [body.found_site for body in read]),
        "found_authors": (found["authors"], [body.found_authors for body in read]),
        "found_created": (found["created"], [body.moment and body.moment.utc for body in read]),
        "found_created_offset": (found["created_offset"], [body.moment.offset if body.moment else None for body in read]),
        "dropped_share": (pl.Float32, [body.dropped_share for body in read]),
        "message": (pl.String, [body.message for body in read]),
    }
    return scrapes.select("id").with_columns(pl.Series(name, values, dtype) for name, (dtype, values) in columns.items())


def _each(scrapes: pl.DataFrame, begin: Callable[[str | None], None]) -> list[_Body]:
    seen = scan_markup(scrapes["content"])
    _quiet()
    read = []
    for id_, url, content, tags, crowded, is_naming in zip(
        scrapes["id"], scrapes["url"], *seen, seen.content.str.contains(NAMING), strict=True
    ):
        begin(id_)
        read.append(_read(url, strip_crowded_tags(content, crowded), tags, is_naming))
    begin(None)
    return read


def _read(url: str | None, content: str, tags: int, is_naming: bool) -> _Body:  # noqa: FBT001 - a column's value
    """Read one page; whatever goes wrong in it stays in it."""
    if tags > MOST_TAGS_AT_ALL:
        return _Body(
            message=f"{tags:,} tags; pages with more than {MOST_TAGS_AT_ALL:,} are not read. Split it, or take its text out of it."
        )
    try:
        tree, is_deep = _parse(content)
        if tree is None:
            return _Body()
        _lighten(tree)
        return _body(tree, url, is_whole=is_deep or tags > MOST_TAGS, is_small=tags <= _MOST_TAGS_TWICE, is_naming=is_naming)
    except _TooDeepError:
        return _Body(message="its markup is nested more than 2,048 deep, and the rest of it would be lost. Take its text out of it.")
    except Exception as error:  # noqa: BLE001 - the libraries raise whatever a hostile page provokes, RecursionError and MemoryError too
        return _Body(message=f"taking the markup apart failed with {type(error).__name__} ({str(error)[:200]}). Look at the scrape.")


class _TooDeepError(ValueError):
    """The parser gave up before the end of the page."""


def _parse(content: str) -> tuple[HtmlElement | None, bool]:
    """Return the tree of a page, and whether it is deeper than 256.

    That is where trafilatura's own parser stops, without a word: what stands below and after is lost. With `huge_tree` libxml2 goes on to
    a depth of 2,048.
    """
    from lxml.etree import ElementDefaultClassLookup, HTMLParser, ParserError  # noqa: PLC0415 - imported where it is used
    from lxml.html import HtmlElement, document_fromstring  # noqa: PLC0415 - imported where it is used

    for huge in (False, True):
        parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=huge)
        # One class for all: lxml.html asks a function of Python for that of each element, a tenth of the time of extraction.
        parser.set_element_class_lookup(ElementDefaultClassLookup(element=HtmlElement))
        try:
            tree = document_fromstring(content.encode(), parser=parser)
        except ParserError:  # a document without any element
            return None, huge
        if not any("depth" in entry.message for entry in parser.error_log if entry.level_name == "FATAL"):
            return tree, huge
    raise _TooDeepError


def _lighten(tree: HtmlElement) -> None:
    """Drop what holds no text and says nothing about the page: each search and each copy of the tree, of which there are many, walks it."""
    for element in list(tree.iter(*_NOTHING)):
        if "json" not in (element.get("type") or ""):
            element.drop_tree()
    for element in list(tree.iter("noframes")):
        _parse_inside(element)


def _parse_inside(noframes: HtmlElement) -> None:
    """Put the elements into a `noframes` that the parser leaves as text: on a page of frames it is all the text there is."""
    if "<" not in (noframes.text or ""):
        return
    inner, _ = _parse(noframes.text or "")
    if inner is not None and (body := inner.find("body")) is not None:
        noframes.text, noframes.tag = None, "div"
        body.tag = "div"
        noframes.append(body)


def _body(tree: HtmlElement, url: str | None, *, is_whole: bool, is_small: bool, is_naming: bool) -> _Body:
    address = canonical_url(tree)
    linked = page_json_ld(tree, url, address)
    moment = publication_date(tree, url or address, linked)
    site, title = next(iter(tree.xpath("//meta[@property='og:site_name']/@content")), None), tree.findtext(".//title")
    known = None if is_whole else page_metadata(tree, url or address, is_naming=is_naming, linked=linked)
    drop_hidden(tree)
    unfold_layout(tree)
    _keep_inline(tree)
    text = _extracted(tree, fast=True) if known else None
    if not text or not known:
        text = _whole_text(tree)
        share = 0.0 if text else None
        return _Body(text, known.title if known else title, site, moment=moment, found_url=address, dropped_share=share)
    if is_small and len(text) < _SHORT:
        text = _longer(tree, text)
    whole = visible_characters(tree)
    text = recover_blocks(text, visible_blocks(tree), known.title)
    # The title is not dropped, though it leaves the text, or never was in it.
    kept = text_key(text)
    titled = text_key(known.title or "")
    return _Body(
        text=text,
        found_title=known.title,
        # trafilatura capitalises names of sites: detikNews would be Detiknews.
        found_site=site or known.site,
        found_authors=_authors(known.authors),
        moment=moment,
        found_url=address,
        dropped_share=max(0.0, 1 - (len(kept) + (0 if titled in kept else len(titled))) / max(whole, 1)),
    )


def _keep_inline(tree: HtmlElement) -> None:
    """Unwrap what stands inside of sentences and trafilatura drops with its text: "On <time>3 May</time> they met."."""
    for element in list(tree.iter("time", "label", "button", "code")):
        parent = element.getparent()
        if (element.tag in ("time", "label") and parent is not None and parent.tag in _SENTENCES) or (
            (head := next(element.iterancestors(*_HEADS), None)) is not None and (element.tag != "code" or head.tag == "dt")
        ):
            element.drop_tag()


def _extracted(tree: HtmlElement, *, fast: bool) -> str | None:
    """Return the body that trafilatura finds; it works on a copy of the tree."""
    from trafilatura import bare_extraction  # noqa: PLC0415 - 0.25 s, and batches of flat text need none of it

    page = bare_extraction(tree, options=_options(fast=fast))
    return None if page is None or isinstance(page, dict) else page.text


@functools.cache
def _options(*, fast: bool) -> Extractor:
    """Return how trafilatura is to work. Made once: to read its configuration for each page took a hundredth of the time."""
    from trafilatura.settings import Extractor  # noqa: PLC0415 - as above

    # Without metadata: what is needed of them, `page_metadata` finds in less time.
    return Extractor(output_format="python", fast=fast, comments=False, dedup=False, with_metadata=False)


def _longer(tree: HtmlElement, text: str) -> str:
    """Return the body of a page of which little was found, where another look finds more."""
    whole = _whole_text(copy(tree))
    if len(text) >= _SHARE * len(whole):
        return text
    found = _extracted(tree, fast=False) or text
    is_lost = len(found) < min(_LOST, _SHARE * len(whole), max(map(len, whole.split("\n"))))
    return whole if is_lost else found


def _whole_text(tree: HtmlElement) -> str:
    """Return all text of a page, a block a line; in linear time, and the tree is used up."""
    from lxml.etree import strip_elements  # noqa: PLC0415 - imported where it is used

    strip_elements(tree, *TEXTLESS, with_tail=False)
    for element in tree.iter(*BLOCKS):
        element.text, element.tail = f"\n{element.text or ''}", f"\n{element.tail or ''}"
    lines = (" ".join(line.split()) for line in tree.text_content().split("\n"))
    return "\n".join(line for line in lines if line)


def _authors(joined: str | None) -> list[str] | None:
    """Split what trafilatura joins; addresses of profile pages are no names."""
    names = dict.fromkeys(name.strip() for name in (joined or "").split(";"))
    return [name for name in names if name and "://" not in name] or None


def _quiet() -> None:
    """Keep the libraries' complaints about pages from reaching a person: what matters of them is in the rejection."""
    with warnings.catch_warnings():
        # Importing it, urllib3 warns that SOCKS proxies need another package. Nothing is downloaded here.
        warnings.simplefilter("ignore")
        import trafilatura  # noqa: F401, PLC0415 - heavy; and importing it sets the levels below anew

    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
