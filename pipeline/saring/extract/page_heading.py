"""Find the heading of an HTML page: the <h1>, or else the <h2>, that its declared titles repeat."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

__all__ = ["page_heading", "repeated_share"]

#: Words, and in scripts that put no spaces between words single characters.
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_MOST_HEADINGS = 20
#: A heading is the page's own if its declared titles repeat at least this share of its words. A judgement; `bench/metadata.py` measures titles.
_REPEATED = 0.5


def repeated_share(heading: str, titles: Iterable[str]) -> float:
    """Return the greatest share of a heading's words that one of the titles repeats.

    >>> repeated_share("Roof renewed at last", ["Market: roof renewed", "Quay News"])
    0.5
    """
    words = set(_WORD.findall(heading.casefold()))
    return max((len(words.intersection(_WORD.findall(title.casefold()))) / len(words) for title in titles), default=0.0) if words else 0.0


def page_heading(tree: HtmlElement) -> HtmlElement | None:
    """Return the heading of a page: the <h1> most of whose words its <title> or og:title repeats, else the only <h1>, else such an <h2>.

    Args:
        tree: the page.
    """
    titles = [tree.findtext(".//title") or "", *tree.xpath("//meta[@property='og:title']/@content")]
    first, second = (list(islice(tree.iter(tag), _MOST_HEADINGS)) for tag in ("h1", "h2"))
    repeated = _most_repeated(first, titles)
    if repeated is not None:
        return repeated
    return first[0] if len(first) == 1 else _most_repeated(second, titles)


def _most_repeated(headings: Iterable[HtmlElement], titles: list[str]) -> HtmlElement | None:
    """Return the heading with the most words that the titles repeat, None if they repeat less than half of each."""
    texts = ((heading, heading.text_content()) for heading in headings)
    shares = ((repeated_share(text, titles), len(text), heading) for heading, text in texts)
    best = max((pair for pair in shares if pair[0] >= _REPEATED), key=lambda pair: (pair[0] * min(pair[1], 60), -pair[1]), default=None)
    return best[2] if best else None
