"""Text of an HTML page that stands in its JSON-LD: bodies of articles, posts and comments of forums, answers, descriptions of products.

Forums and shops that build their pages by scripts often send their text to search engines in this way alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saring.extract.visible_blocks import Block, text_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from lxml.html import HtmlElement

    from saring.extract.json_ld import JsonLd

__all__ = ["PLACES", "embedded_blocks"]

#: Where embedded text stands; a block's `embedded` is its place here, counted from 1.
PLACES = ("articleBody", "text", "comment", "answer", "description")
#: Text of fewer characters (as `text_key`) is not worth a block: it occurs on the page by chance. A judgement.
_MIN_CHARACTERS = 40
#: Nodes nested deeper than this are ignored. A judgement.
_MAX_DEPTH = 5


def embedded_blocks(json_ld: JsonLd, visible: Collection[str], tree: HtmlElement) -> list[Block]:
    """Return the paragraphs of text in JSON-LD that the page itself does not show.

    Args:
        json_ld: of the page.
        visible: the texts of the page's own blocks, as `text_key`.
        tree: the page; the blocks belong to its root.
    """
    shown = "".join(visible)
    blocks, seen = [], set()
    for place, text in _texts(json_ld.own, 0):
        paragraphs = [" ".join(line.split()) for line in _plain(text).split("\n")]
        whole = text_key("".join(paragraphs))
        if len(whole) < _MIN_CHARACTERS or whole in seen or _is_shown(whole, shown):
            continue
        seen.add(whole)
        blocks += [Block(tree, [line], key=text_key(line), embedded=PLACES.index(place) + 1) for line in paragraphs if text_key(line)]
    return blocks


def _is_shown(key: str, shown: str) -> bool:
    """Tell whether the page shows most of a text: half of its pieces of forty characters."""
    pieces = [key[start : start + _MIN_CHARACTERS] for start in range(0, len(key) - _MIN_CHARACTERS + 1, _MIN_CHARACTERS)]
    return 2 * sum(piece in shown for piece in pieces) >= len(pieces)


def _texts(nodes: Iterable[Any], depth: int) -> Iterator[tuple[str, str]]:
    """Yield the place in `PLACES` and the text of each text in JSON-LD nodes, those of answers and comments below that of their subject."""
    for node in nodes:
        if not isinstance(node, dict) or depth > _MAX_DEPTH:
            continue
        for name in ("headline", "name") if depth and "question" in str(node.get("@type")).lower() else ():
            if isinstance(node.get(name), str):
                yield "answer", node[name]
        types = str(node.get("@type")).lower()
        for name in ("articleBody", "text", "reviewBody"):
            if isinstance(node.get(name), str):
                yield (
                    (
                        "comment"
                        if depth and name == "text" and "answer" not in types
                        else "answer"
                        if depth
                        else name
                        if name in PLACES
                        else "comment"
                    ),
                    node[name],
                )
        if "product" in types and isinstance(node.get("description"), str):
            yield "description", node["description"]
        for name in ("acceptedAnswer", "suggestedAnswer", "comment", "mainEntity"):
            value = node.get(name)
            yield from _texts(value if isinstance(value, list) else [value], depth + 1)


def _plain(text: str) -> str:
    """Return text without the markup that some pages leave in JSON-LD."""
    if "<" not in text and "&" not in text:
        return text
    from lxml.html import fromstring  # noqa: PLC0415 - imported where it is used

    try:
        tree = fromstring(f"<div>{text}</div>")
    except (ValueError, SyntaxError):
        return text
    for element in tree.iter("p", "br", "li", "div"):
        element.tail = f"\n{element.tail or ''}"
    return str(tree.text_content())
