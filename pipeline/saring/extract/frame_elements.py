"""Elements of an HTML page that belong to its frame rather than its text: menus, forms, dialogs, teasers, pictures with their captions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saring.extract.frame_names import names_frame
from saring.extract.visible_blocks import HEADINGS

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["is_frame_element"]

#: An element with a picture and less text than this is a picture with its caption. A judgement.
_CAPTION = 300

#: Tags that belong to the frame whatever is in them.
_FRAME_TAGS = frozenset({"aside", "dialog", "footer", "form", "header", "menu", "nav", "noframes", "optgroup", "option", "search"})
_FRAME_ROLES = frozenset(
    {"alert", "alertdialog", "banner", "complementary", "contentinfo", "dialog", "menu", "navigation", "search", "tablist", "toolbar"}
)
#: Elements that show a picture or film, which may have a caption.
_PICTURES = ("img", "picture", "video", "iframe", "amp-img", "object", "canvas")


def is_frame_element(element: HtmlElement) -> bool:
    """Tell whether an element belongs to the frame of a page (menu, form, caption, teaser) by its tag, role, class or id."""
    if element.tag in _FRAME_TAGS or element.get("aria-hidden") == "true" or (element.get("role") or "").lower() in _FRAME_ROLES:
        return True
    if _is_caption(element) or (element.tag == "label" and element.find(".//input") is not None):
        return True
    name = f"{element.get('class') or ''} {element.get('id') or ''}"
    return name != " " and names_frame(name)


def _is_caption(element: HtmlElement) -> bool:
    """Tell whether an element is a caption or a picture with its caption; a figure that holds text (a table, code) is neither."""
    figure = element.getparent() if element.tag == "figcaption" else element
    if element.tag in ("figure", "figcaption") and figure is not None:
        has_text = next(figure.iter("blockquote", "pre", "table", "code"), None) is not None
        return not has_text and (element.tag == "figcaption" or _has_picture(element))
    is_container = element.tag not in HEADINGS and element.tag not in ("ul", "ol", "dl", "table", "tr", "li", "td")
    return is_container and len(element.text_content()) < _CAPTION and _has_picture(element)


def _has_picture(element: HtmlElement) -> bool:
    """Tell whether an element contains a picture, film or embedded frame."""
    return next(element.iter(*_PICTURES), None) is not None
