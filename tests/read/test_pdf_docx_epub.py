"""Tests of pipeline/saring/read/pdf_docx_epub.py: documents in a folder are converted by a process of their own."""

from __future__ import annotations

import gzip
import os
import time
import zipfile
from typing import TYPE_CHECKING

from saring import read
from saring.config import Build, Config, Dataset
from saring.read import convert_document, pdf_docx_epub
from tests.fixtures.documents import EPUB, pdf, word, zipped

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_files(tmp_path: Path) -> None:
    """Documents in a folder become pages, compressed or in archives too; one that cannot be converted does not affect others."""
    raw = tmp_path / "raw"
    raw.mkdir()
    contents = {
        "a.pdf": pdf(["Halo dunia."]),
        "b.docx.gz": gzip.compress(word()),
        "c.pdf": b"%PDF-",
        "d.zip": zipped({}),
        "e.epub": zipped(EPUB),
        "e.epub.meta.toml": b'title = "Judul"\nurl = "https://a.example/buku"',
    }
    with zipfile.ZipFile(raw / "d.zip", "w") as archive:
        archive.writestr("in.pdf", contents["a.pdf"])
    for name, data in contents.items():
        if name != "d.zip":
            (raw / name).write_bytes(data)
    batches = list(read.read_batches(raw, Config(dataset=Dataset(name="test"))))
    scrapes, rejections = batches[0]

    assert scrapes.select("source", "media_type", "title", "url").rows() == [
        ("a.pdf", "text/plain", None, None),
        ("b.docx.gz", "text/plain", None, None),
        ("d.zip#in.pdf", "text/plain", None, None),
        ("e.epub", "text/html", "Judul", "https://a.example/buku"),
    ]
    assert scrapes["authors"].to_list()[-1] == ["Ani", "Budi"]
    assert rejections.select("source", "reason").rows() == [("c.pdf", "bad-document")]


def test_missing_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a library is not installed, the message gives the command that installs it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (tmp_path / "a.pdf").write_bytes(pdf(["Halo"]))
    rejections = read.read_one(tmp_path / "a.pdf", Config(dataset=Dataset(name="test"))).rejections

    assert rejections["reason"].to_list() == ["needs-library"]
    assert rejections["message"][0].endswith("needs pypdf, which is not installed. Run: pip install 'saring[documents]'.")


def _hang_or_die(suffix: str, data: bytes, limit: int) -> convert_document.Converted:
    """Stand in for a parser that never returns, or that ends its process."""
    if b"dies" in data:
        os._exit(1)
    time.sleep(600)
    return convert_document.Converted("")


def _convert_badly(pipe: object) -> None:
    """Run the main loop of the converter process with that parser."""
    convert_document.convert_document = _hang_or_die
    pdf_docx_epub._convert_jobs(pipe)  # noqa: SLF001 - the main loop


def test_time_limit_and_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document on which a parser takes too long, or crashes the converter process, is a rejection."""
    monkeypatch.setattr(pdf_docx_epub, "_convert_jobs", _convert_badly)
    monkeypatch.setattr(pdf_docx_epub, "_START_SECONDS", 20)
    config = Config(dataset=Dataset(name="test"), build=Build(page_seconds=1))
    for name, data in {"a.pdf": b"%PDF-", "b.pdf": b"%PDF-dies"}.items():
        (tmp_path / name).write_bytes(data)

    assert read.read_one(tmp_path / "b.pdf", config).rejections["reason"].to_list() == ["crashed"]
    assert read.read_one(tmp_path / "a.pdf", config).rejections["reason"].to_list() == ["too-slow"]
