"""Repair encoding damage: mojibake, control characters, entities, detached accents."""

from __future__ import annotations

from saring.repair.encoding import find_repairs, is_suspect, repaired_line

__all__ = ["find_repairs", "is_suspect", "repaired_line"]
