"""Repair encoding damage in texts: mojibake, control characters, HTML entities, and characters that are not in NFC."""

from __future__ import annotations

from saring.repair.encoding import find_repairs, is_suspect, repair_line

__all__ = ["find_repairs", "is_suspect", "repair_line"]
