"""Extract main text and metadata from HTML: a classifier judges the blocks of the page, and what trafilatura keeps is its best witness.

    markup -> risky_markup      what breaks or slows a parser
           -> page_metadata, publication_date, canonical_url, page_signals
           -> visible_blocks    hidden elements out, then the lines of the page
           <- embedded_text     ... and text that stands in JSON-LD alone
           -> block_features    from trees to columns, for several pages together
           -> block_classifier  which blocks are main text, and of which type the page is
           -> render_blocks     lines of text

trafilatura runs in its mode `fast` without comments; its deduplication stays off, since it remembers text of other documents.
"""

from __future__ import annotations

import functools
import logging
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from saring.compute.time_limit import no_watch
from saring.extract.align_blocks import align
from saring.extract.block_classifier import choose_blocks
from saring.extract.canonical_url import canonical_url
from saring.extract.embedded_text import embedded_blocks
from saring.extract.layout_tables import unfold_layout
from saring.extract.markup_tree import TooDeepError, drop_textless, parse_tree
from saring.extract.page_metadata import AUTHOR_WORDS, page_json_ld, page_metadata
from saring.extract.page_nodes import PageTexts, page_nodes
from saring.extract.page_signals import page_signals
from saring.extract.publication_date import publication_date
from saring.extract.recovered_blocks import mark_recovered
from saring.extract.render_blocks import render, render_lines
from saring.extract.risky_markup import scan_markup, strip_crowded_tags
from saring.extract.visible_blocks import BLOCKS, HEADINGS, TEXTLESS, drop_hidden, free_swallowed, text_key, visible_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lxml.html import HtmlElement
    from polars._typing import PolarsDataType
    from trafilatura.settings import Extractor

    from saring.core.dates import Moment
    from saring.extract.block_classifier import ChosenBlocks
    from saring.extract.json_ld import JsonLd
    from saring.extract.page_nodes import PageNodes
    from saring.extract.visible_blocks import Block

__all__ = ["ParsedPage", "extract_bodies", "parse_page"]

#: A page with more tags than this gives all its text, without a search for its body: trafilatura is quadratic in siblings (20,000 <div>
#: take 1.0 s, 40,000 take 5.9 s, 50,000 take 18 s) and in depth (27,000 <p> at a depth of 2,000 take 33 s). The worst page below the limit,
#: 30,000 <p> at a depth of 250, takes 11 s.
MOST_TAGS = 30_000
#: A page with more tags than this is rejected: 500,000 take 1.4 s and 340 MB.
MOST_TAGS_AT_ALL = 500_000

#: Elements whose inline <time> and <label> are words of a sentence. trafilatura drops these, or moves them out of their line.
_SENTENCES = frozenset({"p", "li", "dd", "td", "blockquote", "em", "strong", "b", "i"})
#: Elements whose inline <button> and <code> are words too: a button in a heading opens the answer below it.
_HEADS = frozenset({*HEADINGS, "dt", "summary"})

#: Pages whose blocks are judged together, so that arrays are long and trees do not pile up in memory. A judgement.
_PAGES_PER_CHUNK = 64


class _ExtractedPage(NamedTuple):
    """Text and metadata of one HTML page, or the message with which it is rejected."""

    text: str | None = None
    title: str | None = None
    site: str | None = None
    authors: list[str] | None = None
    moment: Moment | None = None
    url: str | None = None
    dropped_share: float | None = None
    message: str | None = None


class ParsedPage(NamedTuple):
    """One HTML page before its blocks are judged: metadata (`page`, without text), blocks, and what the classifier reads of them."""

    page: _ExtractedPage
    blocks: list[Block]
    nodes: PageNodes


def extract_bodies(
    scrapes: pl.DataFrame,
    metadata: Mapping[str, PolarsDataType],
    announce: Callable[[str | None], None] = no_watch,
    *,
    text_format: str = "text",
) -> pl.DataFrame:
    """Extract the body text of each HTML scrape, and the metadata in its markup.

    Args:
        scrapes: columns of `tables.SCRAPE`.
        metadata: the types of the extracted metadata: url, title, site, authors, created and created_offset.
        announce: called with the id of each page before its markup is parsed, and with None after the last.
        text_format: `text` or `markdown`.

    Returns:
        Columns id, text, `extracted_...` for each name in `metadata`, dropped_share, and message, which is null unless extraction failed.
    """
    pages = _extract_each(scrapes, announce, text_format) if scrapes.height else []  # a batch of flat text loads none of the libraries
    columns: dict[str, tuple[PolarsDataType, list[Any]]] = {
        "text": (pl.String, [page.text for page in pages]),
        "extracted_url": (metadata["url"], [page.url for page in pages]),
        "extracted_title": (metadata["title"], [page.title for page in pages]),
        "extracted_site": (metadata["site"], [page.site for page in pages]),
        "extracted_authors": (metadata["authors"], [page.authors for page in pages]),
        "extracted_created": (metadata["created"], [page.moment and page.moment.utc for page in pages]),
        "extracted_created_offset": (metadata["created_offset"], [page.moment.offset if page.moment else None for page in pages]),
        "dropped_share": (pl.Float32, [page.dropped_share for page in pages]),
        "message": (pl.String, [page.message for page in pages]),
    }
    return scrapes.select("id").with_columns(pl.Series(name, values, dtype) for name, (dtype, values) in columns.items())


def _extract_each(scrapes: pl.DataFrame, announce: Callable[[str | None], None], text_format: str) -> list[_ExtractedPage]:
    """Extract text and metadata of HTML scrapes: each is parsed by itself, and the blocks of several pages are judged together.

    All their markup is scanned first for what breaks or slows a parser. `announce` is called with the id of each page before it is parsed,
    and with None after the last.
    """
    scanned = scan_markup(scrapes["content"])
    _silence_libraries()
    pages: list[_ExtractedPage] = []
    rows = list(zip(scrapes["id"], scrapes["url"], *scanned, scanned.content.str.contains(AUTHOR_WORDS), strict=True))
    for begin in range(0, len(rows), _PAGES_PER_CHUNK):
        parsed = []
        for id_, url, content, tags, crowded, may_name_author in rows[begin : begin + _PAGES_PER_CHUNK]:
            announce(id_)
            parsed.append(parse_page(url, strip_crowded_tags(content, crowded), tags, may_name_author, text_format=text_format))
        announce(None)
        pages += _with_main_text(parsed, text_format)
    return pages


def _with_main_text(parsed: list[_ExtractedPage | ParsedPage], text_format: str) -> list[_ExtractedPage]:
    """Return pages with their main text: that of parsed pages is chosen among their blocks, others are returned as they are."""
    choices = iter(choose_blocks([page.nodes for page in parsed if isinstance(page, ParsedPage)]))
    return [_finished(page, next(choices), text_format) if isinstance(page, ParsedPage) else page for page in parsed]


def _finished(parsed: ParsedPage, chosen: ChosenBlocks, text_format: str) -> _ExtractedPage:
    """Return a page with the chosen blocks as its text."""
    blocks = [block for block, is_text in zip(parsed.blocks, chosen.is_text.tolist(), strict=True) if is_text]
    # The title is not dropped, though it leaves the text, or never was in it.
    title_key = text_key(parsed.page.title or "")
    kept = "".join(block.key for block in blocks if not block.embedded)
    visible = sum(len(block.key) for block in parsed.blocks if not block.embedded)
    dropped = 1 - (len(kept) + (0 if title_key in kept else len(title_key))) / max(visible, 1)
    return parsed.page._replace(text=render(blocks, text_format), dropped_share=max(0.0, dropped))


def parse_page(
    url: str | None,
    content: str,
    tags: int,
    may_name_author: bool,  # noqa: FBT001 - a column's value
    *,
    text_format: str = "text",
) -> _ExtractedPage | ParsedPage:
    """Parse one HTML page and list its blocks; exceptions of the parser and of trafilatura become the message of its rejection.

    Args:
        url: where the page was fetched, if that is known.
        content: its markup.
        tags: the number of opening tags in it; with many, all text is taken without a search for the body, and with very many, none.
        may_name_author: whether the markup contains a word by which trafilatura recognises an author's name (`AUTHOR_WORDS`).
        text_format: of a page whose blocks are not judged.
    """
    if tags > MOST_TAGS_AT_ALL:
        return _ExtractedPage(
            message=f"{tags:,} tags; pages with more than {MOST_TAGS_AT_ALL:,} are not read. Split the page, or extract its text yourself."
        )
    try:
        tree, is_deep = parse_tree(content)
        if tree is None:
            return _ExtractedPage()
        drop_textless(tree)
        whole_format = text_format if is_deep or tags > MOST_TAGS else None
        return _page_from_tree(tree, url, whole_format=whole_format, may_name_author=may_name_author)
    except TooDeepError:
        return _ExtractedPage(
            message="its markup is nested more than 2,048 deep, and the rest of it would be lost. Extract the page's text yourself."
        )
    except Exception as error:  # noqa: BLE001 - the libraries raise whatever a hostile page provokes, RecursionError and MemoryError too
        return _ExtractedPage(message=f"its markup could not be parsed: {type(error).__name__} ({str(error)[:200]}). Look at the scrape.")


def _page_from_tree(tree: HtmlElement, url: str | None, *, whole_format: str | None, may_name_author: bool) -> _ExtractedPage | ParsedPage:
    """Read metadata and blocks from the tree of a parsed HTML page, which is modified.

    Args:
        tree: the page, without scripts and styles.
        url: where the page was fetched, if that is known.
        whole_format: the format in which to take all text, without a choice of blocks; None to list the blocks.
        may_name_author: whether the markup contains a word by which trafilatura recognises an author's name (`AUTHOR_WORDS`).
    """
    own_url = canonical_url(tree)
    json_ld = page_json_ld(tree, url, own_url)
    moment = publication_date(tree, url or own_url, json_ld)
    site, title = next(iter(tree.xpath("//meta[@property='og:site_name']/@content")), None), tree.findtext(".//title")
    free_swallowed(tree)
    if whole_format is not None:
        drop_hidden(tree)
        text = render_lines(_all_lines(tree), whole_format)
        return _ExtractedPage(text, title, site, moment=moment, url=own_url, dropped_share=0.0 if text else None)
    metadata = page_metadata(tree, url or own_url, may_name_author=may_name_author, json_ld=json_ld)
    signals, texts = page_signals(tree, json_ld, url or own_url), _page_texts(tree, json_ld, metadata.title)
    folded = drop_hidden(tree)
    unfold_layout(tree)
    _unwrap_inline(tree)
    text = _trafilatura_text(tree)
    blocks = visible_blocks(tree)
    align(blocks, text.split("\n"))
    mark_recovered(blocks, text_key(metadata.title or ""))
    blocks += embedded_blocks(json_ld, [block.key for block in blocks], tree)
    page = _ExtractedPage(
        title=metadata.title,
        # trafilatura capitalises names of sites: detikNews would be Detiknews.
        site=site or metadata.site,
        authors=_split_authors(metadata.authors),
        moment=moment,
        url=own_url,
    )
    if not blocks:
        return page
    return ParsedPage(page, blocks, page_nodes(blocks, texts, signals, set(folded)))


def _page_texts(tree: HtmlElement, json_ld: JsonLd, title: str | None) -> PageTexts:
    """Return the texts in the metadata of a page, whose title is known."""
    bodies = (str(node.get(name) or "") for node in json_ld.own for name in ("articleBody", "text"))
    descriptions = (str(node.get("description") or "") for node in json_ld.own)
    metas = tree.xpath("//meta[@property='og:description' or @name='description']/@content")
    return PageTexts(text_key(" ".join(bodies)), text_key(" ".join([*descriptions, *metas])), text_key(title or ""))


def _unwrap_inline(tree: HtmlElement) -> None:
    """Unwrap inline elements that trafilatura would drop with the words in them: "On <time>3 May</time> they met."."""
    for element in list(tree.iter("time", "label", "button", "code")):
        parent = element.getparent()
        if (element.tag in ("time", "label") and parent is not None and parent.tag in _SENTENCES) or (
            (head := next(element.iterancestors(*_HEADS), None)) is not None and (element.tag != "code" or head.tag == "dt")
        ):
            element.drop_tag()


def _trafilatura_text(tree: HtmlElement) -> str:
    """Return the body text that trafilatura extracts, empty where it finds no body; it works on a copy of the tree."""
    from trafilatura import bare_extraction  # noqa: PLC0415 - 0.25 s, and batches of flat text need none of it

    page = bare_extraction(tree, options=_options())
    return "" if page is None or isinstance(page, dict) else page.text or ""


@functools.cache
def _options() -> Extractor:
    """Return trafilatura's options, made once: reading its configuration file for each page took a hundredth of the time."""
    from trafilatura.settings import Extractor  # noqa: PLC0415 - as above

    # Without metadata: `page_metadata` finds those that are needed in less time.
    return Extractor(output_format="python", fast=True, comments=False, dedup=False, with_metadata=False)


def _all_lines(tree: HtmlElement) -> list[str]:
    """Return all text of an HTML page, one line for each block, in linear time; the tree is modified."""
    from lxml.etree import strip_elements  # noqa: PLC0415 - imported where it is used

    strip_elements(tree, *TEXTLESS, with_tail=False)
    for element in tree.iter(*BLOCKS):
        element.text, element.tail = f"\n{element.text or ''}", f"\n{element.tail or ''}"
    lines = (" ".join(line.split()) for line in tree.text_content().split("\n"))
    return [line for line in lines if line]


def _split_authors(joined: str | None) -> list[str] | None:
    """Split the authors that trafilatura joins by ";", without the addresses of profile pages; None where no name remains."""
    names = dict.fromkeys(name.strip() for name in (joined or "").split(";"))
    return [name for name in names if name and "://" not in name] or None


def _silence_libraries() -> None:
    """Silence the warnings and logs of trafilatura and htmldate about pages: failures are reported as rejections."""
    with warnings.catch_warnings():
        # On import, urllib3 warns that SOCKS proxies need another package. Nothing is downloaded here.
        warnings.simplefilter("ignore")
        import trafilatura  # noqa: F401, PLC0415 - heavy; and importing it sets the levels below anew

    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
