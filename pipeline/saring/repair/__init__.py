"""Repair encoding damage: mojibake, control characters, entities, detached accents."""

from __future__ import annotations

from saring.repair.encoding import find, is_suspect, mended

__all__ = ["find", "is_suspect", "mended"]
