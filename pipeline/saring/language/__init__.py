"""Language identification: language and script of each page, offline."""

from __future__ import annotations

from saring.language.identification import identify

__all__ = ["identify"]
