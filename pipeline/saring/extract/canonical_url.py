"""Where a page says that it is: its canonical link, else `og:url`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from saring.core import urls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

__all__ = ["canonical_url"]


def canonical_url(tree: HtmlElement) -> str | None:
    """Return the address that a page gives as its own, cleaned as those of scrapes are; None where it gives none that can be used.

    A relative one counts where `<base>` says what it is relative to. The address of a whole site is none of a page: systems that are set up
    wrongly give it on every page, and all of them would be taken for one.
    """
    base = next((href.strip() for element in tree.iter("base") if (href := element.get("href"))), "")
    return next((url for href in _said(tree) if (url := _usable(href, base))), None)


def _said(tree: HtmlElement) -> Iterator[str]:
    for link in tree.iter("link"):
        if (href := link.get("href")) and "canonical" in (link.get("rel") or "").lower().split():
            yield href
    for meta in tree.iter("meta"):
        if (content := meta.get("content")) and "og:url" in (meta.get("property"), meta.get("name")):
            yield content


def _usable(href: str, base: str) -> str | None:
    try:
        joined = urljoin(base, href.strip())
        parts = urlsplit(joined)
    except ValueError:  # an unclosed [
        return None
    is_page = parts.path.strip("/") or parts.query
    return urls.clean_url(joined) if parts.scheme in ("http", "https") and "." in (parts.hostname or "") and is_page else None
