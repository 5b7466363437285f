"""The steps as filters of JSON Lines, for use in any other pipeline: they stream, keep order, and never stop at a bad record.

Each yields pairs of lists: what to write, and the bad records as rows of `records.REJECTION` (`source` is `line N`, counted from 1).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeVar

import polars as pl

from pipeline import overlap, watchdog, workers
from pipeline.clean import clean as clean_batch
from pipeline.clean import prepare
from pipeline.noise import tally
from pipeline.read import jsonl
from pipeline.read.found import RefusedError, Rejection, rejection_table, scrape_table
from pipeline.read.stated import NOTHING
from pipeline.watchdog import Watchdog
from pipeline.workspace import write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.config import Config
    from pipeline.read.compression import Stream
    from pipeline.read.found import Scrape

    _Chunk = list[jsonl.Line | Rejection]

__all__ = ["clean", "overlaps", "survey", "twice"]

T = TypeVar("T")

#: What `jsonl` calls the input: records are `#1`, `#2`, ...
_SOURCE = ""

Found = tuple[list[dict[str, Any]], list[dict[str, Any]]]

#: A chunk is what a worker cleans at a time: small enough to stream, large enough for columns to pay.
_CHUNK_RECORDS, _CHUNK_BYTES = 512, 4_000_000

_LANGUAGE = re.compile(r"[a-z]{2,3}")

_EDIT = ("step", "field", "start", "end", "original", "replacement", "kind", "rule", "score")


class _Given(NamedTuple):
    """What all chunks are cleaned with, and who watches."""

    config: Config
    site_lines: pl.DataFrame | None
    guard: Watchdog = Watchdog(0, None)


def clean(stream: Stream, config: Config, processes: int = 0, site_lines: pl.DataFrame | None = None) -> Iterator[Found]:
    """Clean pages, each by itself: what else is in the stream does not matter.

    Args:
        stream: JSON Lines; a record has `id` (any JSON value; the line's number where it is missing), `text` or `html`, and what
            `pipeline.read.jsonl` reads besides.
        config: rules, names, languages and limits.
        processes: how many clean; 0 cleans in this one, where no page can be stopped that takes longer than `[build] page_seconds`.
        site_lines: lines that sites print on several pages, of `survey` or of a release; None is none.

    Yields:
        Records `id`, `text`, `title`, `language`, `created` (ISO 8601), `site`, `authors`, `url`, `dropped_share`, `edits`, in the order of the input; and
        rejections. Every record is in one of the two.
    """
    yield from _each(_clean_chunk, stream, processes, _Given(config, site_lines), _crashed)


def survey(stream: Stream, config: Config, processes: int = 0) -> pl.DataFrame:
    """Return the lines that sites print on several of these pages, for `clean`.

    Arguments are those of `clean`. Bad records are left out; `clean` tells of them.

    Returns:
        Columns of `noise.site.TABLE`.
    """
    none = pl.DataFrame(schema=tally.LINES)
    with tempfile.TemporaryDirectory() as folder:
        for number, lines in enumerate(_each(_lines_chunk, stream, processes, _Given(config, None), lambda _: none)):
            write_table(Path(folder) / f"{number:08d}.parquet", lines)
        files = sorted(Path(folder).iterdir())
        return tally.survey(pl.scan_parquet(files) if files else pl.LazyFrame(schema=tally.LINES), config.noise.site_pages)


@contextlib.contextmanager
def twice(file: str, standard_input: BinaryIO) -> Iterator[str]:
    """Give the name of a file that can be read twice; `-` is written to one that goes afterwards."""
    if file != "-":
        yield file
        return
    with tempfile.NamedTemporaryFile(prefix="saring-") as spool:
        shutil.copyfileobj(standard_input, spool)
        spool.flush()
        yield spool.name


def _each(
    work: Callable[[_Chunk, _Given], T],
    stream: Stream,
    processes: int,
    given: _Given,
    crashed: Callable[[jsonl.Line | Rejection], T],
) -> Iterator[T]:
    """Yield what `work` gives for each chunk; where it ends its process, for each half, and for a record alone what `crashed` gives."""
    build = given.config.build
    with watchdog.on_guard(build.page_seconds, bool(processes)) as guard, workers.crew(processes) as crew:
        watched = given._replace(guard=guard)
        for chunk, result in crew.each(work, _chunks(stream, build.scrape_bytes), watched):
            if isinstance(result, workers.Died):
                yield from _apart(work, chunk, watched, crashed)
            else:
                yield result


def _apart(
    work: Callable[[_Chunk, _Given], T], chunk: _Chunk, given: _Given, crashed: Callable[[jsonl.Line | Rejection], T]
) -> Iterator[T]:
    """Yield what `work` gives for the halves of a chunk that ends its process, in order."""
    if len(chunk) == 1:
        yield crashed(chunk[0])
        return
    half = len(chunk) // 2
    for part in (chunk[:half], chunk[half:]):
        result = workers.alone(work, part, given)
        if isinstance(result, workers.Died):
            yield from _apart(work, part, given, crashed)
        else:
            yield result


def overlaps(stream: Stream, config: Config) -> Iterator[Found]:
    """Find the documents of a pool that say the same.

    Args:
        stream: JSON Lines of `id` (a string no other record has), `text`, and perhaps `language` (an ISO 639 code; else it is identified).
        config: thresholds and limits.

    Yields:
        Rows of `records.OVERLAP`, once the whole pool is read; and rejections.
    """
    texts: dict[str, tuple[str, str | None]] = {}
    rejections: list[Rejection] = []
    for found in jsonl.lines(stream, _SOURCE, config.build.scrape_bytes):
        try:
            id_, text, language = _told(found)
        except RefusedError as error:
            rejections.append(Rejection(_place(found), error.reason, error.message))
            continue
        if id_ in texts:
            hint = f"The id {id_!r} occurred before. Every document needs an id of its own."
            rejections.append(Rejection(_place(found), "copy", hint))
        else:
            texts[id_] = text, language
    columns = {"id": list(texts), "text": [text for text, _ in texts.values()], "language": [language for _, language in texts.values()]}
    pool = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))
    del texts, columns  # the search takes memory of its own
    yield overlap.find(pool, config.overlap, config.build.memory).to_dicts(), _rows(rejections)


def _told(found: jsonl.Line | Rejection) -> tuple[str, str, str | None]:
    if isinstance(found, Rejection):
        raise RefusedError(found.reason, found.message)
    record, _ = jsonl.parse(found.line)
    id_, text, language = (record.get(name) for name in ("id", "text", "language"))
    if not isinstance(id_, str) or not isinstance(text, str):
        fields = jsonl.holdable(", ".join(sorted(record)[:8])) or "none"
        raise RefusedError("bad-field", f"Expected id and text as strings, found the fields {fields}. Add or correct them.")
    code = language if isinstance(language, str) and _LANGUAGE.fullmatch(language) else None
    return jsonl.holdable(id_), jsonl.holdable(text), code


def _chunks(stream: Stream, limit: int) -> Iterator[_Chunk]:
    chunk: _Chunk = []
    size = 0
    for found in jsonl.lines(stream, _SOURCE, limit):
        chunk.append(found)
        size += 0 if isinstance(found, Rejection) else len(found.line)
        if len(chunk) >= _CHUNK_RECORDS or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _lines_chunk(chunk: _Chunk, given: _Given) -> pl.DataFrame:
    scrapes, _ = given.guard.sorted_out(_scrapes(chunk)[0])
    with given.guard.watch(scrapes["id"], _size(scrapes)) as begin:
        return tally.lines_of(prepare(scrapes, begin).pages)


def _clean_chunk(chunk: _Chunk, given: _Given) -> Found:
    found, ids, rejections = _scrapes(chunk)
    scrapes, slow = given.guard.sorted_out(found)
    with given.guard.watch(scrapes["id"], _size(scrapes)) as begin:
        cleaned = clean_batch(prepare(scrapes, begin), given.config, given.site_lines)
    lost = watchdog.rejections(slow.with_columns(pl.col("content").str.len_bytes().alias("bytes")), "extract", given.guard.seconds)
    changes: dict[str, list[dict[str, Any]]] = {}
    for rows in cleaned.edits.partition_by("id", maintain_order=True):
        changes[rows["id"][0]] = rows.select(_EDIT).to_dicts()
    documents = cleaned.documents.to_dicts()
    records = [_record(document, ids[document["source"]], changes.get(document["id"], [])) for document in documents]
    return records, [*_rows(rejections), *cleaned.rejections.to_dicts(), *lost.to_dicts()]


def _size(scrapes: pl.DataFrame) -> int:
    return int(scrapes["content"].str.len_bytes().sum())


def _scrapes(chunk: _Chunk) -> tuple[pl.DataFrame, dict[str, Any], list[Rejection]]:
    """Read the records of a chunk; ids inside are places, since those of the input may repeat or be anything."""
    ids: dict[str, Any] = {}
    scrapes: list[Scrape] = []
    rejections: list[Rejection] = []
    for found in chunk:
        if isinstance(found, Rejection):
            rejections.append(found._replace(source=_place(found)))
            continue
        try:
            record, charset = jsonl.parse(found.line)
            scrapes.append(jsonl.scrape(record, charset, found, NOTHING)._replace(source=_place(found)))
            ids[_place(found)] = record.get("id", int(found.place.rpartition("#")[2]))
        except RefusedError as error:
            rejections.append(Rejection(_place(found), error.reason, error.message))
    return scrape_table(scrapes), ids, rejections


def _record(document: dict[str, Any], id_: object, edits: list[dict[str, Any]]) -> dict[str, Any]:
    created = document["created"]
    if created is not None and document["created_offset"] is not None:
        created = created.astimezone(dt.timezone(dt.timedelta(minutes=document["created_offset"])))
    named = {name: document[name] for name in ("text", "title", "language")}
    return {
        "id": id_,
        **named,
        "created": created and created.isoformat(),
        "site": document["site"],
        "authors": document["authors"],
        "url": document["url"],
        "dropped_share": document["dropped_share"],
        "edits": edits,
    }


def _place(found: jsonl.Line | Rejection) -> str:
    """Return where a record stands: `line N`."""
    place = found.source if isinstance(found, Rejection) else found.place
    number = place.rpartition("#")[2]
    return f"line {number}" if number.isdigit() else "the input"


def _crashed(found: jsonl.Line | Rejection) -> Found:
    message = "A library ended its process on this page, twice; the others are unharmed."
    return [], rejection_table([Rejection(_place(found), "crashed", message)]).to_dicts()


def _rows(rejections: list[Rejection]) -> list[dict[str, Any]]:
    return rejection_table(rejections).to_dicts()
