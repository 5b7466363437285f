"""Remove the name of the site from the beginning and end of page titles; all other parts and dashes stay."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["name_key", "site_names", "without_site"]

#: Separators between a headline and the name of a site. A hyphen counts between spaces, or after a letter of a script without spaces; a
#: colon before a space, or after such a letter.
_SEPARATOR = re.compile(
    r"\s+[-–—/~:]+\s+|\s*[|·•»«›‹｜⁄]+\s*|\s*[–—]\s+|\s+[–—]\s*|:\s+|(?<=[^\x00-\u024F\s])\s*[-–—_:：－＿]\s*|(?<=\S)_(?=[^\x00-\u024F])"
)
_NO_LETTER = re.compile(r"[\W_]+")
#: Second-level labels under which domain names are registered: example.co.id.
_REGISTRIES = frozenset(
    {"ac", "biz", "co", "com", "edu", "go", "gob", "gov", "gouv", "mil", "my", "ne", "net", "nom", "or", "org", "sch", "web"}
)


def name_key(text: str) -> str:
    """Return the comparison key of a name or title: its letters and digits, case-folded.

    >>> name_key("Kabar-Laut.com ")
    'kabarlautcom'
    """
    return _NO_LETTER.sub("", text.casefold())


def site_names(declared: Iterable[str | None], urls: Iterable[str | None]) -> frozenset[str]:
    """Return the comparison keys (`name_key`) of a site's names: those that the page declares, and those in the hosts of its URLs.

    A host gives itself, the registered domain, and the domain's own label:

    >>> sorted(site_names(["Kabar Laut"], ["https://www.laut.co.id/a"]))
    ['kabarlaut', 'laut', 'lautcoid', 'wwwlautcoid']
    """
    names = {name_key(name.removeprefix("@")) for name in declared if name}
    for url in urls:
        try:
            host = (urlsplit(url).hostname if url else None) or ""
        except ValueError:  # an unclosed [
            continue
        labels = host.removeprefix("www.").split(".")
        if len(labels) > 1:
            own = -3 if labels[-2] in _REGISTRIES and len(labels) > 2 else -2  # noqa: PLR2004 - a name, co, id
            names |= {name_key(host), name_key("".join(labels)), name_key(labels[own]), name_key("".join(labels[own:]))}
    return frozenset(names - {""})


def without_site(title: str, names: Collection[str]) -> str:
    """Return a title without the names of its site at the beginning and end; `names` are keys as `site_names` returns them.

    >>> without_site("Courier - Tower - roof to be laid anew | COURIER", {"courier"})
    'Tower - roof to be laid anew'
    """
    while True:
        separators = list(_SEPARATOR.finditer(title))
        heads = [title[: separator.start()] for separator in separators if name_key(title[separator.end() :]) in names]
        tails = [title[separator.end() :] for separator in separators if name_key(title[: separator.start()]) in names]
        remainders = (part.strip() for part in (*heads, *reversed(tails)) if name_key(part) and name_key(part) not in names)
        shorter = next(remainders, None)
        if shorter is None:
            return title
        title = shorter
