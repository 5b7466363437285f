"""Tests of pipeline/saring/read/archive.py: members of an archive of each format are read as files in a folder are."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
import zstandard

from saring.config import Source
from saring.read import archive, archive_member, zip_archive

if TYPE_CHECKING:
    from tests.read.conftest import Reading

Members = list[tuple[str, bytes]]

MEMBERS: Members = [
    ("README.md", b"about the archive"),
    ("news/page.html.meta.toml", b'url = "https://a.example/page"\ntitle = "Judul"'),
    ("news/page.html", b"<p>Halo dunia"),
    ("news/feed.jsonl", b'{"text": "satu"}\n{\n{"text": "dua"}\n'),
    ("news/later.txt", b"Kemudian"),
    ("news/later.txt.meta.toml", b'license = "cc0-1.0"'),
    ("table.csv.gz", gzip.compress(b"text\ntiga\n")),
    (".hidden/a.txt", b"x"),
    ("__MACOSX/news/._page.html", b"\0\5\x16"),
    ("picture.png", b"x"),
    ("other.png", b"x"),
    ("style.css", b""),
]


@pytest.fixture(autouse=True)
def _allow_repeated_names(recwarn: pytest.WarningsRecorder) -> None:
    """Let zipfile write two members of the same name, about which it warns."""


def zipped(members: Members) -> bytes:
    """Return a ZIP archive of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members:
            file.writestr(name, data)
    return out.getvalue()


def tarred(members: Members) -> bytes:
    """Return a tar archive of these members."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return out.getvalue()


def packed(members: Members) -> dict[str, bytes]:
    """Return the same members as an archive in each format and compression, by file name."""
    tar = tarred(members)
    return {
        "a.zip": zipped(members),
        "a.tar": tar,
        "a.tar.gz": gzip.compress(tar),
        "a.tgz": gzip.compress(tar),
        "a.tar.zst": zstandard.compress(tar),
        "a.zip.gz": gzip.compress(zipped(members)),
    }


@pytest.mark.parametrize("name", packed([]))
def test_members(name: str, reading: Reading) -> None:
    """Members are read as files in a folder are: with their sidecars, before or after them, compressed or not; images are counted."""
    batch = reading({name: packed(MEMBERS)[name]})

    assert batch.scrapes.select("source", "content", "title", "url", "license").rows() == [
        (f"{name}#news/page.html", "<p>Halo dunia", "Judul", "https://a.example/page", None),
        (f"{name}#news/feed.jsonl#1", "satu", None, None, None),
        (f"{name}#news/feed.jsonl#3", "dua", None, None, None),
        (f"{name}#news/later.txt", "Kemudian", None, None, "cc0-1.0"),
        (f"{name}#table.csv.gz#1", "tiga", None, None, None),
    ]
    assert batch.rejections.select("source", "reason").rows() == [(f"{name}#news/feed.jsonl#2", "bad-json"), (name, "unknown-type")]
    assert "(2 .png, 1 .css)" in batch.rejections["message"][1]


HOSTILE: Members = [
    ("../../etc/passwd.txt", b"root"),
    ("a/../../b.txt", b"x"),
    ("/home/me/page.txt", b"satu"),
    ("./dot//page.txt", b"dua"),
    ("same.txt", b"tiga"),
    ("same.txt", b"empat"),
    ("./same.txt", b"lima"),
    ("inner.zip", b"PK\5\6" + bytes(18)),
    ("inner.tar.gz", b"x"),
    ("a\u202etxt.txt", b"enam"),
    ("gone.txt.meta.toml", b""),
    ("bad.txt", b"x"),
    ("bad.txt.meta.toml", b"title ="),
    ("many.jsonl", b'{"text": "x"}'),
    ("many.jsonl.meta.toml", b'url = "https://a.example/"'),
]


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_hostile_names(name: str, reading: Reading) -> None:
    """Names that lead out of the archive, repeated names and archives within are rejected; unprintable names are escaped."""
    batch = reading({name: packed(HOSTILE)[name]})

    assert dict(batch.scrapes.select("source", "content").iter_rows()) == {
        f"{name}#home/me/page.txt": "satu",
        f"{name}#dot/page.txt": "dua",
        f"{name}#same.txt": "tiga",
        f"{name}#a\\u202etxt.txt": "enam",
    }
    assert batch.rejections.select("source", "reason").rows() == [
        (f"{name}#../../etc/passwd.txt", "outside"),
        (f"{name}#a/../../b.txt", "outside"),
        (f"{name}#same.txt", "same-name"),
        (f"{name}#same.txt", "same-name"),
        (f"{name}#inner.zip", "nested"),
        (f"{name}#inner.tar.gz", "nested"),
        (f"{name}#gone.txt.meta.toml", "orphan-sidecar"),
        (f"{name}#bad.txt", "bad-sidecar"),
        (f"{name}#many.jsonl", "bad-sidecar"),
    ]


def test_backslashes(reading: Reading) -> None:
    """Backslashes separate the parts of a name, as Windows programs write it."""
    assert reading({"a.zip": zipped([("news\\a.txt", b"x")])}).scrapes["source"].to_list() == ["a.zip#news/a.txt"]


def test_sidecar_and_sources(reading: Reading) -> None:
    """The sidecar of an archive, and the [[source]] tables of corpus.toml for its path, apply to its members."""
    sources = (Source(path="a.zip#shop/*", license="cc0-1.0", columns=(("text", "body"),)),)
    files = {"a.zip": zipped([("shop/t.csv", b"body\nsatu\n"), ("b.txt", b"dua")]), "a.zip.meta.toml": b'site = "Toko"'}
    batch = reading(files, sources)

    assert batch.scrapes.select("content", "site", "license").rows() == [("satu", "Toko", "cc0-1.0"), ("dua", "Toko", None)]
    assert reading({"a.zip": files["a.zip"], "a.zip.meta.toml": b'url = "https://a.example/"'}).rejections["reason"].to_list() == [
        "bad-sidecar"
    ]


def test_damaged_member(reading: Reading) -> None:
    """A member whose bytes do not match its checksum is a rejection; the next is read."""
    data = bytearray(zipped([("a.txt", b"satu dua tiga empat lima"), ("b.txt", b"dua")]))
    data[data.index(b"a.txt") + 8] ^= 0xFF
    batch = reading({"a.zip": bytes(data)})

    assert batch.scrapes["content"].to_list() == ["dua"]
    assert batch.rejections.select("source", "reason").rows() == [("a.zip#a.txt", "damaged")]


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_cut_tar(name: str, reading: Reading) -> None:
    """A truncated tar archive is read up to its end, without the file that is cut."""
    tar = tarred([("a.txt", b"satu"), ("b.txt", b"x" * 3_000)])[:3_500]
    data = tar if name == "a.tar" else gzip.compress(tar)[:-4]
    batch = reading({name: data})

    assert batch.scrapes["content"].to_list() == ["satu"]
    assert batch.rejections["source"].to_list()[-1] == name or batch.rejections["source"].to_list() == [f"{name}#b.txt"]


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"halo " * 500, b"PK\5\6" + bytes(17), b"PK\5\6" + b"\xff" * 18])
def test_no_archive(name: str, data: bytes, reading: Reading) -> None:
    """A file that is not an archive is one rejection."""
    batch = reading({name: data})

    assert batch.scrapes.is_empty()
    assert batch.rejections["source"].to_list() == [name]


@pytest.mark.parametrize("name", packed([]))
def test_empty_archive(name: str, reading: Reading) -> None:
    """An archive without files is one rejection."""
    assert reading({name: packed([])[name]}).rejections.select("source", "reason").rows() == [(name, "empty")]


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_bomb(name: str, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading ends where an archive unpacks to far more than its size, in one member or in all together."""
    monkeypatch.setattr(archive_member, "_BOMB_BYTES", 1_000_000)
    monkeypatch.setattr("saring.read.compression._BOMB_BYTES", 1_000_000)
    members = [(f"{number}.txt", b"x" * 300_000) for number in range(20)]
    batch = reading({name: packed(members)[name]})

    assert batch.scrapes.height < 20
    assert batch.rejections["reason"].to_list()[-1] == "bomb"
    batch = reading({name: packed([("a.jsonl", b'{"text": "x"}\n' * 400_000)])[name]})
    assert "bomb" in batch.rejections["reason"].to_list()


def test_too_large_member(reading: Reading) -> None:
    """A member that exceeds the size limit of a scrape is rejected; one of exactly that size is read."""
    batch = reading({"a.zip": zipped([("a.txt", b"x" * 101), ("b.txt", b"x" * 100)])}, scrape_bytes=100)

    assert batch.scrapes["source"].to_list() == ["a.zip#b.txt"]
    assert batch.rejections.select("source", "reason").rows() == [("a.zip#a.txt", "too-large")]


def test_too_many_members(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive with too many files is rejected, and so is a central directory that would fill the memory."""
    members = [(f"{number}.txt", b"x") for number in range(30)]
    with monkeypatch.context() as patch:
        patch.setattr(archive, "_MAX_MEMBERS", 10)
        for name, data in packed(members).items():
            assert reading({name: data}).rejections["reason"].to_list() == ["too-many"]
    monkeypatch.setattr(zip_archive, "_MAX_DIRECTORY", 100)
    assert reading({"a.zip": zipped(members)}).rejections["reason"].to_list() == ["too-many"]
