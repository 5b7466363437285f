"""pipeline/saring/read/arrow.py: both IPC formats are read batch by batch, and damage ends a file without ending the process."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from saring.core.plurals import counted

if TYPE_CHECKING:
    from tests.read.conftest import Reading

TEXTS = [f"Baris nomor {number} dari sebuah tabel." for number in range(10)]


def arrow(table: pa.Table, kind: str = "stream", rows: int = 4) -> bytes:
    """Return a table in Arrow's stream format or file format."""
    out = io.BytesIO()
    with (pa.ipc.new_stream if kind == "stream" else pa.ipc.new_file)(out, table.schema) as writer:
        writer.write_table(table, rows)
    return out.getvalue()


def test_a_stream_is_read_up_to_its_damage(reading: Reading) -> None:
    """The rows of complete batches are kept, and the message says how many."""
    table = pa.table({"text": TEXTS})
    complete = arrow(table)
    batch = reading({"a.arrow": complete[: int(len(complete) * 0.7)]})
    assert batch.scrapes["source"].to_list() == [f"a.arrow#{number}" for number in range(1, batch.scrapes.height + 1)]
    assert 0 < batch.scrapes.height < 10
    assert f"The first {counted(batch.scrapes.height, 'row')} are kept." in batch.rejections["message"][0]


def test_hostile_offsets(reading: Reading) -> None:
    """Offsets that point outside of a batch are damage and do not crash the process."""
    table = pa.table({"text": TEXTS[:2]})
    data = arrow(table)
    offsets = table.column("text").chunk(0).buffers()[1].to_pybytes()[:12]
    start = data.index(offsets)
    batch = reading({"a.arrow": data[:start] + b"\0\0\0\0\xff\xff\xff\x7f\xff\xff\xff\x7f" + data[start + 12 :]})

    assert batch.scrapes.is_empty()
    assert batch.rejections["reason"].to_list() == ["bad-arrow"]


@pytest.mark.parametrize("kind", ["stream", "file"])
@pytest.mark.parametrize("name", ["a.arrow", "a.feather", "a.ipc"])
def test_the_format_is_told_by_its_first_bytes(kind: str, name: str, reading: Reading) -> None:
    """Each suffix may hold either format; rows are numbered across batches."""
    batch = reading({name: arrow(pa.table({"text": TEXTS}), kind, rows=3)})

    assert batch.scrapes["content"].to_list() == TEXTS
    assert batch.scrapes["source"].to_list() == [f"{name}#{number}" for number in range(1, 11)]
    assert batch.rejections.is_empty()


@pytest.mark.parametrize("kind", ["stream", "file"])
def test_a_table_without_rows_is_a_rejection(kind: str, reading: Reading) -> None:
    """A schema alone is no page."""
    rejections = reading({"a.arrow": arrow(pa.table({"text": pa.array([], pa.string())}), kind)}).rejections

    assert rejections.select("source", "reason").rows() == [("a.arrow", "empty")]


def test_only_selected_columns_are_read(reading: Reading) -> None:
    """Damage in a column that is not read harms no row."""
    bad = pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff\xfe"]).buffers())

    assert reading({"a.arrow": arrow(pa.table({"note": bad, "text": ["halo"]}))}).scrapes["content"].to_list() == ["halo"]
    assert reading({"a.arrow": arrow(pa.table({"title": bad, "text": ["halo"]}))}).rejections["reason"].to_list() == ["bad-arrow"]
