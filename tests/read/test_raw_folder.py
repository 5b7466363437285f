"""Tests of pipeline/saring/read/raw_folder.py: folders of scrapes, hostile files included."""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from saring import read
from saring.config import Build, Config, Dataset
from saring.core import tables
from saring.core.errors import NoInputError

if TYPE_CHECKING:
    from tests.read.conftest import Reading

#: Suffixes of all formats but documents, each of which takes a message to another process.
SUFFIXES = [
    *(".txt", ".md", ".html", ".htm", ".xhtml", ".mhtml", ".json", ".jsonl", ".ndjson", ".warc", ".wet"),
    *(".csv", ".tsv", ".parquet", ".arrow", ".xml", ".rss", ".zip", ".tar"),
]
CONFIG = Config(dataset=Dataset(name="test"))
GOOD = {
    "0/good.txt": "Presiden berkata: “kami siap”.".encode(),
    "m/good.html": b"<meta charset=utf-8><p>Halo",
    "m/good.jsonl": b'{"text": "satu"}\n{"text": "dua"}\n',
    "z/good.md.gz": gzip.compress(b"# Judul"),
    "z/good.txt.zst": zstandard.compress(b"Halo"),
    "z/table.csv": b"text\ntiga\n",
}


def limits(**values: int) -> Config:
    """Return a configuration with these settings of [build]."""
    return Config(dataset=Dataset(name="test"), build=Build(**values))


def put(folder: Path, files: dict[str, bytes]) -> None:
    """Write files into a folder by their relative paths."""
    for name, data in files.items():
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def everything(folder: Path, config: Config = CONFIG) -> read.Batch:
    """Return all batches of a folder as one."""
    batches = list(read.read_batches(folder, config))
    return read.Batch(pl.concat([batch.scrapes for batch in batches]), pl.concat([batch.rejections for batch in batches]))


def junk(folder: Path) -> int:
    """Add dozens of damaged and hostile files to a folder, and return how many rejections they should give."""
    chance = random.Random(5)  # noqa: S311 - junk that is the same every time
    packed = gzip.compress(b"Halo " * 1_000)
    files: dict[str, bytes] = {f"j/random{suffix}": chance.randbytes(3_000) for suffix in SUFFIXES}
    files |= {f"j/random{suffix}{packing}": chance.randbytes(500) for suffix in SUFFIXES for packing in (".gz", ".zst")}
    files |= {f"j/cut{number}.html.gz": packed[:number] for number in (1, 9, 10, 20, len(packed) - 1)}
    files |= {
        "j/empty.txt": b"",
        "j/blank.html": b" \r\n\t\xc2\xa0",
        "j/nul.txt": b"Halo\0dunia",
        "j/nuls.html": bytes(5_000),
        "j/archive.zip": b"PK\x03\x04",
        "j/archive.tar.gz": packed,
        "j/none": b"Halo",
        "j/page.pdf.txt": b"%PDF-1.7\n1 0 obj",
        "j/deep.jsonl": b"[" * 100_000,
        "j/deeper.jsonl": b'{"text":' * 100_000,
        "j/orphan.html.meta.toml": b'title = "T"',
        "j/wrong.html": b"<p>Halo",
        "j/wrong.html.meta.toml": b"title = ",
        "j/large.txt": b"x" * 300_000,
        "j/large.jsonl": b'{"text": "' + b"x" * 300_000 + b'"}',
        "j/bomb.html.zst": zstandard.compress(b"x" * 3_000_000),
        "j/a\u202etxt.exe": b"Halo",
        "j/a\nb.pdf": b"Halo",
    }
    put(folder, files)
    (folder / "j/\udcff\udcfe.bin").write_bytes(b"Halo")
    os.mkfifo(folder / "j/pipe.txt")
    os.mkfifo(folder / "j/pipe.txt.meta.toml")
    (folder / "j/dangling.txt").symlink_to("nowhere")
    (folder / "j/out.txt").symlink_to(folder.parent)
    (folder / "j/loop").symlink_to("..")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(folder / "j/socket.html"))  # the whole path may be too long for a socket
    return len(files) - 1 + 7  # one of the files is the sidecar of another


def test_junk_folder(tmp_path: Path) -> None:
    """Good scrapes are the same with and without junk among them, and each piece of junk is a rejection."""
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    put(raw, GOOD)
    put(clean, GOOD)
    pieces = junk(raw)
    config = limits(scrape_bytes=200_000)
    scrapes, rejections = everything(raw, config)

    assert scrapes.equals(everything(clean, config).scrapes)
    assert scrapes["content"].to_list() == [
        GOOD["0/good.txt"].decode(),
        GOOD["m/good.html"].decode(),
        "satu",
        "dua",
        "# Judul",
        "Halo",
        "tiga",
    ]
    assert rejections["source"].str.replace("#.*", "").n_unique() == pieces
    assert set(rejections["step"]) == {"read"}
    assert rejections["message"].str.contains(r"^\S.*\.$").all()
    assert rejections["message"].str.len_chars().max() < 400  # type: ignore[operator] # there are some
    assert not rejections["message"].str.contains(str(tmp_path), literal=True).any()
    assert "".join(rejections["source"]).isprintable()


def test_same_wherever(tmp_path: Path) -> None:
    """The tables do not depend on where the folder is, in which order it was filled, and how small the batches are."""
    put(tmp_path / "a", GOOD)
    put(tmp_path / "moved/b", dict(reversed(GOOD.items())))

    first, again = everything(tmp_path / "a"), everything(tmp_path / "moved/b", limits(batch_bytes=1))

    assert first.scrapes.equals(again.scrapes)
    assert dict(first.scrapes.schema) == dict(tables.SCRAPE)
    assert dict(first.rejections.schema) == dict(tables.REJECTION)


def test_batches(tmp_path: Path) -> None:
    """A batch has at most the configured bytes, except for a single larger scrape, and at most 2,000 rows."""
    lines = [b'{"text": "%s"}' % (b"x" * 100)] * 10 + [b'{"text": "%s"}' % (b"y" * 5_000)] + [b'{"text": "z"}'] * 2_500 + [b"{"] * 2_500
    put(tmp_path, {"a.jsonl": b"\n".join(lines)})
    batches = list(read.read_batches(tmp_path, limits(batch_bytes=100_000)))
    small = list(read.read_batches(tmp_path, limits(batch_bytes=500)))

    assert [(batch.scrapes.height, batch.rejections.height) for batch in batches] == [(2_000, 0), (511, 100 + 1)]
    assert [batch.scrapes.height for batch in small[:5]] == [4, 4, 2, 1, 38]


def test_ids(tmp_path: Path) -> None:
    """The first part of an id identifies the page, the second the scrape: revisions share the first, copies differ in the second."""
    page = b'{"text": "Halo", "url": "%s"}\n'
    put(
        tmp_path,
        {"a.txt": b"Halo", "b.txt": b"Halo", "c.jsonl": page % b"http://Example.org/a/?utm_source=x#y" + page % b"https://example.org/a"},
    )
    scrapes = everything(tmp_path).scrapes
    heads = [id_.split(".")[0] for id_ in scrapes["id"]]
    text = hashlib.sha256(b"Halo").hexdigest()

    assert heads == [tables.content_id(f"sha256:{text}")] * 2 + [tables.content_id("https://example.org/a")] * 2
    assert scrapes["id"].n_unique() == 4
    assert scrapes["id"][0].endswith("." + tables.content_id(f"{text} a.txt")[:8])


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (None, "found nothing. Put scrapes there"),
        ({}, "found none. Put files there that end in"),
        ({"README.md": b"x", ".a.txt": b"x", "a.exe": b"x", "a.html.meta.toml": b""}, "found none"),
    ],
)
def test_no_input(files: dict[str, bytes] | None, says: str, tmp_path: Path) -> None:
    """A folder without scrapes is an error at once, whose message says what to put there."""
    raw = tmp_path / "raw"
    if files is not None:
        raw.mkdir()
        put(raw, files)
    with pytest.raises(NoInputError, match=says):
        read.read_batches(raw, CONFIG)


def test_no_folder(tmp_path: Path) -> None:
    """A file in place of the folder, and a missing file, are errors."""
    (tmp_path / "raw").touch()
    with pytest.raises(NoInputError, match="found a file"):
        read.read_batches(tmp_path / "raw", CONFIG)
    with pytest.raises(NoInputError, match="found nothing"):
        read.read_one(tmp_path / "nowhere.txt", CONFIG)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tmp_path: Path) -> None:
    """A file or folder without read permission is a rejection."""
    put(tmp_path, {"a.txt": b"x", "b/c.txt": b"x", "d.txt": b"Halo"})
    (tmp_path / "a.txt").chmod(0)
    (tmp_path / "b").chmod(0)
    batch, inventory = everything(tmp_path), read.folder_digest(tmp_path)
    again = read.folder_digest(tmp_path)
    (tmp_path / "b").chmod(0o700)

    assert inventory == again != read.folder_digest(tmp_path)
    assert batch.scrapes["source"].to_list() == ["d.txt"]
    assert batch.rejections.select("source", "reason").rows() == [("a.txt", "unreadable"), ("b", "unreadable")]


def test_linked_sidecar(tmp_path: Path) -> None:
    """A sidecar that is a link out of the folder is not read, and its scrape is rejected."""
    put(tmp_path, {"raw/a.txt": b"Halo", "secret.toml": b'title = "T"'})
    (tmp_path / "raw/a.txt.meta.toml").symlink_to("../secret.toml")

    assert everything(tmp_path / "raw").rejections.select("source", "reason").rows() == [
        ("a.txt", "bad-sidecar"),
        ("a.txt.meta.toml", "outside"),
    ]


def test_long_name(tmp_path: Path) -> None:
    """A file whose name is too long to have a sidecar is read without one."""
    put(tmp_path, {"a" * 250 + ".txt": b"Halo"})

    assert everything(tmp_path).scrapes.height == 1


def test_limit_is_included(reading: Reading) -> None:
    """A scrape of exactly the size limit is read; with one byte more it is rejected."""
    for name, extra in {"a.txt": 0, "b.jsonl": 12}.items():
        shell = b'{"text": "%s"}\n' if extra else b"%s"
        assert reading({name: shell % (b"x" * (100 - extra))}, scrape_bytes=100).scrapes.height == 1
        assert reading({name: shell % (b"x" * (101 - extra))}, scrape_bytes=100).rejections["reason"].to_list() == ["too-large"]


@settings(max_examples=300)
@given(data=st.binary(max_size=300), suffix=st.sampled_from(SUFFIXES), packing=st.sampled_from(["", ".gz", ".zst"]), packed=st.booleans())
def test_any_bytes(data: bytes, suffix: str, packing: str, packed: bool) -> None:  # noqa: FBT001 - drawn
    """Any bytes under any suffix become scrapes or rejections, at least one unless the file has only blank lines."""
    if packed and packing:
        data = gzip.compress(data) if packing == ".gz" else zstandard.compress(data)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"a{suffix}{packing}")
        file.write_bytes(data)
        scrapes, rejections = read.read_one(file, CONFIG)

    assert scrapes.height + rejections.height > 0 or "j" in suffix or suffix in (".csv", ".tsv")
    assert dict(scrapes.schema) == dict(tables.SCRAPE)
    assert dict(rejections.schema) == dict(tables.REJECTION)
    assert scrapes["id"].n_unique() == scrapes.height


@given(
    text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_round_trip(text: str, encoding: str) -> None:
    """A text is read as it was written, in each encoding that identifies itself."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "a.txt")
        file.write_bytes(text.encode(encoding))
        scrapes, rejections = read.read_one(file, CONFIG)

    if text.strip().strip("\ufeff").strip():
        assert [content.lstrip("\ufeff") for content in scrapes["content"]] == [text.lstrip("\ufeff")]
    else:
        assert scrapes.height + rejections.height == 1
