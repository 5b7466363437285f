"""Titles without the name of their site: only that name is taken off, at whichever end it stands; all other dashes stay."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["name_key", "site_names", "without_site"]

#: What stands between a headline and the name of a site. A hyphen counts between spaces, or after a letter of a script without spaces; a
#: colon before a space, or after such a letter.
_SEPARATOR = re.compile(
    r"\s+[-–—/~:]+\s+|\s*[|·•»«›‹｜⁄]+\s*|\s*[–—]\s+|\s+[–—]\s*|:\s+|(?<=[^\x00-\u024F\s])\s*[-–—_:：－＿]\s*|(?<=\S)_(?=[^\x00-\u024F])"
)
_NO_LETTER = re.compile(r"[\W_]+")
#: Second-level labels under which names are registered: example.co.id.
_REGISTRIES = frozenset(
    {"ac", "biz", "co", "com", "edu", "go", "gob", "gov", "gouv", "mil", "my", "ne", "net", "nom", "or", "org", "sch", "web"}
)


def name_key(text: str) -> str:
    """Return what two spellings of a name share: its letters and digits, without case.

    >>> name_key("Kabar-Laut.com ")
    'kabarlautcom'
    """
    return _NO_LETTER.sub("", text.casefold())


def site_names(said: Iterable[str | None], addresses: Iterable[str | None]) -> frozenset[str]:
    """Return the names of a site, as `name_key` has them: those that the page says, and its hosts with and without what stands around.

    >>> sorted(site_names(["Kabar Laut"], ["https://www.laut.co.id/a"]))
    ['kabarlaut', 'laut', 'lautcoid', 'wwwlautcoid']
    """
    names = {name_key(name.removeprefix("@")) for name in said if name}
    for address in addresses:
        try:
            host = (urlsplit(address).hostname if address else None) or ""
        except ValueError:  # an unclosed [
            continue
        labels = host.removeprefix("www.").split(".")
        if len(labels) > 1:
            own = -3 if labels[-2] in _REGISTRIES and len(labels) > 2 else -2  # noqa: PLR2004 - a name, co, id
            names |= {name_key(host), name_key("".join(labels)), name_key(labels[own]), name_key("".join(labels[own:]))}
    return frozenset(names - {""})


def without_site(title: str, names: Collection[str]) -> str:
    """Return a title without the site's names at its ends.

    >>> without_site("Courier - Tower - roof to be laid anew | COURIER", {"courier"})
    'Tower - roof to be laid anew'
    """
    while True:
        separators = list(_SEPARATOR.finditer(title))
        ends = [title[: one.start()] for one in separators if name_key(title[one.end() :]) in names]
        begins = [title[one.end() :] for one in separators if name_key(title[: one.start()]) in names]
        shorter = next((left.strip() for left in (*ends, *reversed(begins)) if name_key(left) and name_key(left) not in names), None)
        if shorter is None:
            return title
        title = shorter
