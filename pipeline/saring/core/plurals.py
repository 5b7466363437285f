"""Counts and lists in messages to users: a number with its noun in the right form, a list cut after its first items."""

from __future__ import annotations

__all__ = ["counted", "list_first"]


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number followed by its noun, singular or plural, with thousands separated by commas.

        >>> counted(1, "record"), counted(1_200, "record"), counted(2, "copy", "copies")
        ('1 record', '1,200 records', '2 copies')

    Args:
        number: the count.
        noun: the noun in the singular.
        plural: the plural, where it is not the noun with an s added ("pages of the site" for "page of the site").
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def list_first(items: list[str], most: int) -> str:
    """Return the first `most` items of a list, separated by commas, and the number of items left out.

    >>> list_first(["a", "b", "c", "d"], 3)
    'a, b, c and 1 more'
    """
    more = f" and {len(items) - most:,} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
