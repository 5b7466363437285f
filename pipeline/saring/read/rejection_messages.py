"""Phrases that the rejection messages of several formats share."""

from __future__ import annotations

from saring.core.plurals import counted

__all__ = ["error_summary", "kept_sentence"]


def error_summary(error: BaseException, max_length: int = 100) -> str:
    """Return the text of a library's exception as one short line without a final period, for quoting in a rejection message.

    An exception without a text is named by its class.

    >>> error_summary(ValueError("bad    header.")), error_summary(KeyError())
    ('bad header', 'KeyError')
    """
    return " ".join(str(error).split())[:max_length].rstrip(".") or type(error).__name__


def kept_sentence(number: int, noun: str, plural: str | None = None) -> str:
    """Return the end of a rejection message that says how many records before the damage were kept; empty where none was.

    >>> kept_sentence(3, "row"), kept_sentence(1, "row"), kept_sentence(0, "row")
    (' The first 3 rows are kept.', ' The first row is kept.', '')
    """
    if not number:
        return ""
    return f" The first {noun} is kept." if number == 1 else f" The first {counted(number, noun, plural)} are kept."
