"""Language identification: the language and the script of each page, without network access."""

from __future__ import annotations

from saring.language.identification import identify

__all__ = ["identify"]
