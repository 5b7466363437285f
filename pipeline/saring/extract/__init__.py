"""Extract pages from HTML or flat text: main text, title, authors, publication date, site."""

from __future__ import annotations

from saring.extract.extract_pages import extract

__all__ = ["extract"]
