"""Recognise content that is not text: magic bytes of known file types, and the share of control characters."""

from __future__ import annotations

from saring.read.scrape import RefusedError

__all__ = ["file_type_message", "refuse_binary"]

#: C0 control characters that text never contains. Tab, line feeds, carriage return and escape (ISO-2022-JP) are allowed.
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\x0b\f\r\x1b")) + b"\x7f"
#: The share of control characters from which content is binary: random bytes have 10%, text damaged in transfer a few. A judgement.
_MAX_CONTROL_SHARE = 0.02
#: Magic bytes -> the file type, and what to do with such a file.
_FILE_TYPES = {
    b"%PDF-": ("a PDF document", ""),
    b"\x1f\x8b": ("gzip data", " Give the file the suffix .gz."),
    b"\x28\xb5\x2f\xfd": ("Zstandard data", " Give the file the suffix .zst."),
    b"PK\x03\x04": ("a ZIP archive or an Office document", " Unpack it, or give the file the suffix of its format."),
    b"\x89PNG": ("a PNG image", ""),
    b"\xff\xd8\xff": ("a JPEG image", ""),
    b"GIF8": ("a GIF image", ""),
    b"\xd0\xcf\x11\xe0": ("a legacy Office document", " Save it as text."),
    b"{\\rtf": ("an RTF document", " Save it as text."),
    b"SQLite format 3": ("an SQLite database", ""),
}


def refuse_binary(data: bytes) -> None:
    """Refuse content that is not text: it starts with the magic bytes of a known file type, or has more control characters than text has.

    Raises:
        RefusedError: the content is not text; with the rejection reason `binary`.
    """
    if message := file_type_message(data):
        raise RefusedError("binary", message)
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if controls > _MAX_CONTROL_SHARE * len(data):
        message = (
            f"{controls:,} of the {len(data):,} bytes are control characters, so this is not text. Remove the file or save it as text."
        )
        raise RefusedError("binary", message)


def file_type_message(data: bytes) -> str | None:
    """Return the rejection message for content with the magic bytes of a known binary file type; None for any other.

    >>> file_type_message(bytes.fromhex("89504e470d0a1a0a"))
    'This file is a PNG image, not text.'
    """
    for magic, (file_type, advice) in _FILE_TYPES.items():
        if data.startswith(magic):
            return f"This file is {file_type}, not text.{advice}"
    return None
