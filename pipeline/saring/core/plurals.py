"""Counts in messages: a number with its noun, which agrees with it."""

from __future__ import annotations

__all__ = ["counted", "list_first"]


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun in the singular or the plural.

        >>> counted(1, "record"), counted(1_200, "record"), counted(2, "copy", "copies")
        ('1 record', '1,200 records', '2 copies')

    Args:
        number: how many there are.
        noun: what one of them is called; the first word of "page of the site" takes the ending with `plural` alone.
        plural: what several are called, where that is not `noun` with an s.
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def list_first(items: list[str], most: int) -> str:
    """Return the first items of a list, separated by commas, and how many there are besides.

    >>> list_first(["a", "b", "c", "d"], 3)
    'a, b, c and 1 more'
    """
    more = f" and {len(items) - most:,} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
