"""The URL that an HTML page declares as its own: its canonical link, else `og:url`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from saring.core import urls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

__all__ = ["canonical_url"]


def canonical_url(tree: HtmlElement) -> str | None:
    """Return the URL that an HTML page declares as its own, cleaned like the URLs of scrapes; None where it declares no usable one.

    A relative URL counts only with a `<base>`. The URL of a site's front page is ignored: misconfigured systems declare it on every page,
    so that unrelated pages would be taken for revisions of one page.
    """
    base = next((href.strip() for element in tree.iter("base") if (href := element.get("href"))), "")
    return next((url for href in _declared_urls(tree) if (url := _page_url(href, base))), None)


def _declared_urls(tree: HtmlElement) -> Iterator[str]:
    """Yield the raw URLs of canonical links, then of `og:url`."""
    for link in tree.iter("link"):
        if (href := link.get("href")) and "canonical" in (link.get("rel") or "").lower().split():
            yield href
    for meta in tree.iter("meta"):
        if (content := meta.get("content")) and "og:url" in (meta.get("property"), meta.get("name")):
            yield content


def _page_url(href: str, base: str) -> str | None:
    """Resolve a link against the page's base URL and clean the result; None unless it is a web address with a path or a query."""
    try:
        joined = urljoin(base, href.strip())
        parts = urlsplit(joined)
    except ValueError:  # an unclosed [
        return None
    is_page = parts.path.strip("/") or parts.query
    return urls.clean_url(joined) if parts.scheme in ("http", "https") and "." in (parts.hostname or "") and is_page else None
