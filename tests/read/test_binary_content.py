"""Tests of pipeline/saring/read/binary_content.py."""

from __future__ import annotations

import pytest

from saring.read.binary_content import file_type_message, refuse_binary
from saring.read.scrape import RefusedError


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.7", "This file is a PDF document, not text."),
        (b"\x1f\x8b\x08", "This file is gzip data, not text. Give the file the suffix .gz."),
        (b"{\\rtf1", "This file is an RTF document, not text. Save it as text."),
        (b"Halo", None),
        (b"", None),
    ],
)
def test_file_type_message(data: bytes, message: str | None) -> None:
    """Content with the magic bytes of a binary file type has a message that names the type and what to do."""
    assert file_type_message(data) == message


def test_control_characters() -> None:
    """Content with more than 2% control characters is refused; with 2% it is text."""
    refuse_binary(b"\x01" * 2 + b"a" * 98)
    with pytest.raises(RefusedError, match="3 of the 100 bytes are control characters") as refused:
        refuse_binary(b"\x01" * 3 + b"a" * 97)

    assert refused.value.reason == "binary"


def test_line_breaks_and_escapes_are_text() -> None:
    """Tabs, line breaks, form feeds and escapes are not counted as control characters."""
    refuse_binary(b"\t\n\x0b\f\r\x1b" * 50)
