"""How much of a release's Parquet a store that chunks by content keeps when the next version differs a little: `python bench/chunks.py [ROWS]`.

Writes documents of made-up prose as a release would, then changes 1% of them in several ways, writes them again, and prints the share of
the new file's bytes that the old one holds. Chunks are cut as such stores do: where a gear hash of the last 64 bytes (Xia et al., FastCDC,
USENIX ATC 2016) has 16 zero bits, so after 64 KiB on the mean, at least 8 and at most 128 KiB.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saring.core.tables import DOCUMENT
from saring.release import parquet

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["chunks", "main"]

_LEAST, _MOST, _BITS = 8 << 10, 128 << 10, 16
_GEAR = np.random.default_rng(0).integers(0, 2**64, 256, dtype=np.uint64)
_SOURCES = 400
_CHANGED = 0.01


def chunks(data: bytes) -> Iterator[bytes]:
    """Yield the chunks of a file."""
    hashes = _GEAR[np.frombuffer(data, np.uint8)]
    width = 1
    while width < 64:  # noqa: PLR2004 - the window that a hash of 64 bits remembers
        hashes[width:] += hashes[:-width] << np.uint64(width)
        width *= 2
    cuts = np.flatnonzero(hashes >> np.uint64(64 - _BITS) == 0) + 1
    start = 0
    while start < len(data):
        place = np.searchsorted(cuts, start + _LEAST)
        end = min(int(cuts[place]) if place < len(cuts) else len(data), start + _MOST, len(data))
        yield data[start:end]
        start = end


def documents(rows: int, chance: np.random.Generator) -> pl.DataFrame:
    """Return rows as a release has them, sorted by source, then id; about 1,400 characters each."""
    words = np.array(["".join(chance.choice(list("aeioubdgklmnprst"), size)) for size in chance.integers(2, 10, 20_000)])
    lengths = chance.integers(100, 400, rows)
    texts = [" ".join(words[chance.zipf(1.3, length) % len(words)]) for length in lengths]
    ids = [hashlib.sha256(str(number).encode()).hexdigest()[:20] for number in range(rows)]
    known = pl.DataFrame({"id": ids, "text": texts, "source": [f"crawl/{number % _SOURCES:04d}.jsonl" for number in range(rows)]})
    filled = known.with_columns(
        pl.lit("a title").alias("title"),
        pl.format("https://example.org/{}", "id").alias("url"),
        pl.lit("example.org").alias("site"),
        pl.lit("id").alias("language"),
        pl.lit("kept").alias("role"),
        pl.col("id").alias("cluster"),
        pl.lit("train").alias("split"),
        pl.Series("sha256", [hashlib.sha256(text.encode()).hexdigest() for text in texts]),
        pl.col("text").str.len_chars().alias("characters"),
        pl.Series("words", lengths),
        pl.lit("Latn").alias("language_script"),
        pl.lit(0.9).alias("language_score"),
        pl.lit(0.1).alias("removed_share"),
        pl.lit(None, pl.Float32).alias("dropped_share"),
        pl.lit([], dtype=pl.List(pl.String)).alias("authors"),
    )
    return _shaped(filled)


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    columns = [(pl.col(name) if name in rows.columns else pl.lit(None).alias(name)).cast(dtype) for name, dtype in DOCUMENT.items()]
    return rows.select(columns).sort("source", "id")


def edited(rows: pl.DataFrame, which: pl.Expr) -> pl.DataFrame:
    """Return the rows with a word cut from the text of some."""
    text = pl.when(which).then(pl.col("text").str.replace(r" \S+ ", " ")).otherwise("text")
    return rows.with_columns(text.alias("text"))


def written(rows: pl.DataFrame) -> bytes:
    """Return the bytes of the files that a release has of these rows."""
    with tempfile.TemporaryDirectory() as folder:
        with parquet.SplitWriter(Path(folder), "all", "train", "document") as writer:
            writer.write(rows)
        return b"".join((Path(folder) / file.path).read_bytes() for file in writer.files)


def main() -> None:
    """Write, change, write again, print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    chance = np.random.default_rng(1)
    old = documents(rows, chance)
    data = written(old)
    held = {hashlib.sha256(chunk).digest() for chunk in chunks(data)}
    print(f"{rows:,} rows, {len(data) / 1e6:.0f} MB of Parquet, {len(held):,} chunks")
    new = documents(rows // 100, chance).with_columns(pl.col("id").str.reverse())
    one = old["source"].is_in([f"crawl/{number:04d}.jsonl" for number in range(200, 200 + _SOURCES // 100)])
    some = pl.Series("some", chance.random(rows) < _CHANGED)
    cases = {
        "nothing": old,
        "1% new rows, of a source that sorts last": pl.concat([old, new.with_columns(pl.lit("crawl/9999.jsonl").alias("source"))]),
        "1% new rows, of a source in the middle": pl.concat([old, new.with_columns(pl.lit("crawl/0200b.jsonl").alias("source"))]),
        "1% new rows, over all sources": pl.concat([old, new]),
        "1% edited, in four sources side by side": edited(old, pl.lit(one)),
        "1% edited, over all sources": edited(old, pl.lit(some)),
    }
    for what, changed in cases.items():
        again = written(changed.sort("source", "id"))
        kept = sum(len(chunk) for chunk in chunks(again) if hashlib.sha256(chunk).digest() in held)
        print(f"{what}: {kept / len(again):.1%} of the bytes kept")


if __name__ == "__main__":
    main()
