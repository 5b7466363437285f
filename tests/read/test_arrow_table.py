"""Tests of pipeline/saring/read/arrow_table.py: each table in Parquet and in both formats of Arrow becomes the same scrapes."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from saring.config import Source

if TYPE_CHECKING:
    from tests.read.conftest import Reading

TEXTS = [f"Baris nomor {number} dari sebuah tabel." for number in range(10)]


def parquet(table: pa.Table, **options: Any) -> bytes:  # noqa: ANN401 - those of pyarrow
    """Return a table as a Parquet file."""
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def arrow(table: pa.Table, kind: str = "stream", rows: int = 4) -> bytes:
    """Return a table in Arrow's stream format or file format."""
    out = io.BytesIO()
    with (pa.ipc.new_stream if kind == "stream" else pa.ipc.new_file)(out, table.schema) as writer:
        writer.write_table(table, rows)
    return out.getvalue()


def files(table: pa.Table) -> dict[str, bytes]:
    """Return the same table in each format, by file name."""
    return {"a.parquet": parquet(table), "a.arrow": arrow(table), "b.feather": arrow(table, "file")}


def columns(**names: str | None) -> tuple[Source, ...]:
    """Return the [[source]] tables of a corpus.toml that sets these columns."""
    return (Source(path="*", columns=tuple(names.items())),)


MOMENT = dt.datetime(2024, 9, 6, 3, 0, tzinfo=dt.UTC)
TYPES = {
    "strings": (pa.array(["halo"]), "text", "content", "halo"),
    "large strings": (pa.array(["halo"], pa.large_string()), "text", "content", "halo"),
    "views": (pa.array(["halo"], pa.string_view()), "text", "content", "halo"),
    "dictionaries": (pa.array(["halo"]).dictionary_encode(), "text", "content", "halo"),
    "bytes in UTF-8": (pa.array(["été".encode()]), "text", "content", "été"),
    "bytes in windows-1252": (pa.array(["<p>l'été à la mer".encode("cp1252")]), "html", "content", "<p>l'été à la mer"),
    "a list of authors": (pa.array([["Ani", " Budi "]]), "authors", "authors", ["Ani", "Budi"]),
    "one author": (pa.array(["Ani"]), "authors", "authors", ["Ani"]),
    "no authors": (pa.array([[]], pa.list_(pa.string())), "authors", "authors", None),
    "nulls": (pa.nulls(1), "title", "title", None),
    "a null": (pa.array([None], pa.string()), "title", "title", None),
    "a date": (pa.array([dt.date(2024, 9, 6)]), "created", "created", dt.datetime(2024, 9, 6, tzinfo=dt.UTC)),
    "a day in a string": (pa.array(["2024-09-06"]), "date", "created", dt.datetime(2024, 9, 6, tzinfo=dt.UTC)),
    "a time in nanoseconds": (pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("ns")), "created", "created", MOMENT),
    "a time in seconds": (pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("s")), "added", "added", MOMENT),
    "a time with a zone": (pa.array([MOMENT], pa.timestamp("us", "Asia/Jakarta")), "created", "created", MOMENT),
    "its offset": (pa.array([MOMENT], pa.timestamp("us", "Asia/Jakarta")), "created", "created_offset", 420),
    "a time of an unknown zone": (pa.array([MOMENT], pa.timestamp("us", "Nowhere/None")), "created", "created", None),
    "a time that no calendar has": (pa.array([2**62], pa.timestamp("us")), "created", "created", None),
    "a number for a date": (pa.array([1_700_000_000]), "created", "created", None),
}


@pytest.mark.parametrize("label", TYPES)
def test_types(label: str, reading: Reading) -> None:
    """A column of each suitable Arrow type becomes the same value as a JSON record would give."""
    array, name, column, expected = TYPES[label]
    table = pa.table({name: array} if column == "content" else {"text": ["halo"], name: array})
    for file, data in files(table).items():
        batch = reading({file: data})

        assert batch.rejections.is_empty()
        assert batch.scrapes[column].to_list() == [expected], file


@pytest.mark.parametrize(
    ("name", "array", "says"),
    [
        ("text", pa.array([5]), "The column text: expected a string, found int64."),
        ("text", pa.array([["a"]]), "The column text: expected a string, found list"),
        ("title", pa.array([5]), "To leave it out, write in corpus.toml under [[source]]: path = "),
        ("authors", pa.array([[1]]), "expected a string or a list of strings"),
        ("created", pa.array([True]), "expected a date or a string"),
        ("language", pa.array([b"id"]), "The column language: expected a string, found binary."),
    ],
)
def test_wrong_types(name: str, array: pa.Array, says: str, reading: Reading) -> None:
    """A column of an unsuitable type is one rejection, not one per row, and can be left out in corpus.toml."""
    table = pa.table({"html": ["halo"], name: array})
    for file, data in files(table).items():
        batch = reading({file: data})

        assert batch.rejections.select("source", "reason").rows() == [(file, "bad-columns")]
        assert says in batch.rejections["message"][0]
        assert reading({file: data}, columns(**{name: None})).scrapes["content"].to_list() == ["halo"]


def test_nested_columns(reading: Reading) -> None:
    """Fields of structs are named with dots, also where names contain dots or a struct is null; columns of images are ignored."""
    meta = pa.array([{"page": {"url": "https://a.example/1", "a.b": "T"}}, None])
    image = pa.array([{"bytes": b"\xff\xd8", "path": None}] * 2)
    table = pa.table({"content": ["satu", "dua"], "meta": meta, "image": image, "vector": [[0.5], [1.0]]})
    for file, data in files(table).items():
        batch = reading({file: data}, columns(text="content", url="meta.page.url", title="meta.page.a.b"))

        assert batch.rejections.is_empty()
        assert batch.scrapes.select("content", "url", "title").rows() == [("satu", "https://a.example/1", "T"), ("dua", None, None)]


def test_no_text_column(reading: Reading) -> None:
    """The message lists the columns, fields of structs too, and what to write in corpus.toml."""
    table = pa.table({"content": ["satu"], "meta": [{"url": "x"}]})
    for file, data in files(table).items():
        batch = reading({file: data})

        assert batch.rejections.select("source", "reason").rows() == [(file, "no-text")]
        assert "found the columns content, meta, meta.url." in batch.rejections["message"][0]
        assert f'path = "{file}" and columns = {{ text = "NAME" }}' in batch.rejections["message"][0]


def test_two_of_a_name(reading: Reading) -> None:
    """Two columns with the name of a field are a rejection; two with another name are ignored."""
    table = pa.Table.from_arrays([pa.array(["satu"]), pa.array(["x"]), pa.array(["dua"])], ["text", "note", "text"])
    unread_pair = pa.Table.from_arrays([pa.array(["satu"]), pa.array(["x"]), pa.array(["y"])], ["text", "note", "note"])

    assert reading({"a.arrow": arrow(table)}).rejections.select("source", "reason").rows() == [("a.arrow", "bad-columns")]
    assert reading({"a.parquet": parquet(table)}).rejections.select("source", "reason").rows() == [("a.parquet", "bad-columns")]
    for file, data in files(unread_pair).items():
        assert reading({file: data}).scrapes["content"].to_list() == ["satu"]


def test_rows(reading: Reading) -> None:
    """Rows are numbered across row groups and batches; a bad one does not affect others."""
    table = pa.table({"text": [*TEXTS, None, " ", "x" * 200]})
    for file, data in files(table).items():
        batch = reading({file: data}, scrape_bytes=100)

        assert batch.scrapes["source"].to_list() == [f"{file}#{number}" for number in range(1, 11)]
        assert batch.rejections.select("source", "reason").rows() == [
            (f"{file}#11", "empty"),
            (f"{file}#12", "empty"),
            (f"{file}#13", "too-large"),
        ]


def test_no_rows(reading: Reading) -> None:
    """A table without rows, or without row groups, is one rejection."""
    table = pa.table({"text": pa.array([], pa.string())})
    out = io.BytesIO()
    pq.ParquetWriter(out, table.schema).close()
    for file, data in {**files(table), "c.parquet": out.getvalue()}.items():
        assert reading({file: data}).rejections.select("source", "reason").rows() == [(file, "empty")]


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.feather"])
@pytest.mark.parametrize("data", [b"", b"PAR1", b"ARROW1", b"PAR1" + bytes(50) + b"PAR1", b"ARROW1\0\0" + bytes(50), b"halo dunia " * 9])
def test_no_table(data: bytes, name: str, reading: Reading) -> None:
    """A file that is not a table is one rejection."""
    batch = reading({name: data})

    assert batch.scrapes.is_empty()
    assert batch.rejections["source"].to_list() == [name]
    assert batch.rejections["reason"][0].startswith("bad-")


def test_text_that_is_not_utf_8(reading: Reading) -> None:
    """Strings that are not UTF-8, against the specification, are decoded in their charset in Parquet and damage in Arrow."""
    bad = pa.Array.from_buffers(pa.string(), 2, pa.array([b"l'\xe9t\xe9 \xe0 la mer", b"dua"]).buffers())
    batch = reading({"a.parquet": parquet(pa.table({"text": bad}))})

    assert batch.scrapes["content"].to_list() == ["l'été à la mer", "dua"]
    assert reading({"a.arrow": arrow(pa.table({"text": bad}))}).rejections["reason"].to_list() == ["bad-arrow"]
