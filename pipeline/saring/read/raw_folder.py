"""Read a folder of scrapes into tables of scrapes and rejections; the entry point of the package and the choice of the format.

    list_files, prefetch     files of raw/ in a fixed order; small remote ones fetched ahead
    dataset_folder           cards and other files about a dataset, which are skipped
    compression              .gz and .zst, streamed
    plain_text, html, mhtml  files of one page; `page` is what they share with WARC, `binary_content` refuses images and the like
    pdf_docx_epub            documents, converted in a process of their own (`convert_document`)
    warc                     web archives
    feed, feed_entry         RSS, Atom and RDF
    jsonl                    JSON Lines; `json_file` and `json_stream` read other JSON
    csv_tables               CSV and TSV
    parquet, arrow           columnar tables; `arrow_table` is what they share
    column_names             names of record fields in all formats of records; `record_fields` checks their values
    archive                  members of .zip (`zip_archive`) and .tar (`tar_archive`)
    charset                  bytes to text, with `charset_detection` and `escaped_charsets`
    declared_metadata        metadata that records, sidecars (`sidecar`) and corpus.toml declare; `metadata_rank` compares scrapes by it
    scrape                   scrapes, rejections and their tables; `rejection_limit` bounds the rejections of a file

Every scrape becomes a row of one of two tables, whatever its bytes are. Memory is bounded by the batch and the largest scrape.
"""

from __future__ import annotations

import functools
import hashlib
import io
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from saring.core.errors import NoInputError
from saring.read import (
    archive,
    arrow,
    compression,
    csv_tables,
    dataset_folder,
    feed,
    html,
    json_file,
    jsonl,
    list_files,
    mhtml,
    page,
    parquet,
    pdf_docx_epub,
    plain_text,
    prefetch,
    rejection_limit,
    sidecar,
    tar_archive,
    warc,
    zip_archive,
)
from saring.read.declared_metadata import NO_METADATA, fill_missing
from saring.read.scrape import RefusedError, Rejection, Scrape, rejection_table, scrape_table
from saring.storage.files import digest
from saring.storage.paths import is_local

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from saring.config import Config
    from saring.read.declared_metadata import DeclaredMetadata

__all__ = ["Batch", "folder_digest", "read_batches", "read_one"]

#: The most rows of a batch: more do not make later steps faster, and rejections have no size by which to bound them. A judgement.
_MAX_ROWS = 2_000

#: Formats of records with named fields, for which corpus.toml may set `columns`.
_RECORD_FORMATS = (jsonl, json_file, csv_tables, parquet, arrow)
_ARCHIVE_FORMATS = (zip_archive, tar_archive)
#: Suffix -> the module that reads the format; and the formats whose files hold many records.
_FORMATS: dict[str, Any] = {
    suffix: module
    for module in (plain_text, html, mhtml, pdf_docx_epub, warc, feed, *_RECORD_FORMATS, *_ARCHIVE_FORMATS)
    for suffix in module.SUFFIXES
}
_CONTAINER_FORMATS = (warc, feed, *_RECORD_FORMATS, *_ARCHIVE_FORMATS)
#: Suffixes that stand for a format and its compression.
_COMBINED_SUFFIXES = {".tgz": (".tar", ".gz")}
#: Suffix of a common format that is not read -> what to do with such a file.
_ADVICE = {
    ".doc": "Save it as .docx.",
    ".rtf": "Save it as .docx.",
    **dict.fromkeys((".xls", ".xlsx", ".ods"), "Save its sheet as .csv."),
    **dict.fromkeys((".rar", ".7z", ".bz2", ".xz"), "Unpack it, or pack it as .zip or .tar.gz."),
}
_KNOWN_SUFFIXES = f"{', '.join(sorted([*_FORMATS, *_COMBINED_SUFFIXES]))}, each also with {' or '.join(compression.COMPRESSION_SUFFIXES)}"


class Batch(NamedTuple):
    """A batch of consecutive scrapes and rejections of a folder, as two tables.

    Attributes:
        scrapes: a table `tables.SCRAPE`.
        rejections: a table `tables.REJECTION`.
    """

    scrapes: pl.DataFrame
    rejections: pl.DataFrame


def read_batches(raw: Path, config: Config) -> Iterator[Batch]:
    """Read a folder of scrapes into batches of about `config.build.batch_bytes` and at most 2,000 rows.

    The order is that of the paths in the folder, then that of the records in each file. Bytes are decoded to text, which is not changed
    otherwise: line breaks stay as they are.

    Raises:
        NoInputError: there is no such folder, or no file in it has a known suffix. Raised by the call, not with the first batch.
    """
    if not raw.is_dir():
        actual = "a file" if raw.exists() else "nothing"
        hint = f"Put scrapes there ({_KNOWN_SUFFIXES}), or name another folder with --raw."
        raise NoInputError(f"{raw}: expected a folder of scrapes, found {actual}. {hint}")
    if not any(isinstance(file, list_files.File) and _suffixes(file.source)[0] for file in list_files.list_files(raw)):
        raise NoInputError(f"{raw}: expected scrapes, found none. Put files there that end in {_KNOWN_SUFFIXES}.")
    return _batched(_stop_converter_after(_read_folder(raw, config)), config.build.batch_bytes)


def read_one(file: Path, config: Config, raw: Path | None = None) -> Batch:
    """Read one file of scrapes, with its sidecar, into a batch.

    Args:
        file: the file's path.
        config: the configuration; used are its size limits, and the metadata and column names of its `sources`.
        raw: the folder of scrapes, which determines the file's source; a file outside of it is read as if it were at its top.

    Raises:
        NoInputError: there is no such file.
    """
    if not file.is_file():
        actual = "something that is not a regular file" if file.exists() else "nothing"
        raise NoInputError(f"{file}: expected a file with scrapes, found {actual}. Check the path.")
    inside = raw is not None and is_local(raw) and file.absolute().is_relative_to(raw.absolute())
    name = file.absolute().relative_to(raw.absolute()).as_posix() if raw is not None and inside else file.name
    entry = list_files.File(file, list_files.display_name(name), file.stat().st_size)
    try:
        rows = list(_read_file(entry, config, None))
    finally:
        pdf_docx_epub.close()
    return _batch([row for row in rows if isinstance(row, Scrape)], [row for row in rows if isinstance(row, Rejection)])


def folder_digest(raw: Path) -> str:
    """Return a hash of the names and contents of all files in a folder of scrapes: an equal hash means that nothing is new.

    Times and sizes are not trusted: some file systems keep neither. Reads at the speed of the disk, or 1.5 GB/s. Of a remote store that
    has content tokens (S3's ETag), only these are requested.
    """
    sha256 = hashlib.sha256()
    for entry in list_files.list_files(raw) if raw.is_dir() else ():
        try:
            content = (entry.mark or digest(entry.path)) if isinstance(entry, list_files.File) else entry.message
        except OSError as error:  # an unreadable file is a rejection, and the same one next time
            content = str(error)
        sha256.update(f"{entry.source}\0{content}\n".encode())
    return sha256.hexdigest()


def _suffixes(source: str) -> tuple[str | None, str]:
    """Return the suffix of a file's format, None for a format that is not read, and that of its compression, empty for none.

    >>> _suffixes("news/a.jsonl.gz"), _suffixes("b.tgz"), _suffixes("c.exe")
    (('.jsonl', '.gz'), ('.tar', '.gz'), (None, ''))
    """
    path = PurePosixPath(source.lower())
    if path.suffix in _COMBINED_SUFFIXES:
        return _COMBINED_SUFFIXES[path.suffix]
    compression_suffix = path.suffix if path.suffix in compression.COMPRESSION_SUFFIXES else ""
    suffix = PurePosixPath(path.stem).suffix if compression_suffix else path.suffix
    return (suffix if suffix in _FORMATS else None), compression_suffix


def _is_container(source: str) -> bool | None:
    """Tell by its name whether a file's format holds many records; None for a format that is not read."""
    suffix, _ = _suffixes(source)
    return None if suffix is None else _FORMATS[suffix] in _CONTAINER_FORMATS


def _read_folder(raw: Path, config: Config) -> Iterator[Scrape | Rejection]:
    """Yield the scrapes and rejections of all files in a folder; a sidecar without its file is a rejection."""
    root = raw.resolve() if is_local(raw) else None  # remote stores have no links
    dataset_folders = dataset_folder.DatasetFolders()
    for entry, content in prefetch.prefetch_files(list_files.list_files(raw)):
        if isinstance(entry, Rejection):
            yield entry
        elif dataset_folders.is_description(entry):
            continue
        elif entry.source.endswith(sidecar.SUFFIX):
            path = entry.path.with_name(entry.path.name.removesuffix(sidecar.SUFFIX))
            if not path.exists():
                name = list_files.display_name(path.name)
                message = f"This sidecar describes {name}, which does not exist. Add that file or remove the sidecar."
                yield Rejection(entry.source, "orphan-sidecar", message)
        else:
            yield from _read_file(entry, config, root, content)


def _stop_converter_after(rows: Iterable[Scrape | Rejection]) -> Iterator[Scrape | Rejection]:
    """Yield scrapes and rejections unchanged, then stop the process that converts documents, also after an exception."""
    try:
        yield from rows
    finally:
        pdf_docx_epub.close()


def _read_file(file: list_files.File, config: Config, root: Path | None, content: bytes | None = None) -> Iterator[Scrape | Rejection]:
    """Yield the scrapes and rejections of one file, with the metadata of its sidecar, in the format that its suffix tells.

    Args:
        file: the file.
        config: the configuration.
        root: the folder of scrapes, resolved, which links may not leave; None where links are not checked.
        content: the file's bytes, if they were prefetched.
    """
    suffix, compression_suffix = _suffixes(file.source)
    if suffix is None:
        hint = _ADVICE.get(PurePosixPath(file.source.lower()).suffix, "Rename, unpack or remove it.")
        yield Rejection(file.source, "unknown-type", f"{hint} Its name does not end in {_KNOWN_SUFFIXES}.", bytes=file.size)
        return
    module, limit = _FORMATS[suffix], config.build.scrape_bytes
    if module in (plain_text, html) and not compression_suffix and file.size > limit:
        yield page.too_large_rejection(file.source, limit, file.size)
        return
    try:
        is_container = module in _CONTAINER_FORMATS
        metadata = NO_METADATA if file.has_no_sidecar else sidecar.sidecar_metadata(file.path, file.source, root, container=is_container)
    except RefusedError as error:
        yield Rejection(file.source, error.reason, error.message, bytes=file.size)
        return
    source: Path | io.BufferedReader = file.path if content is None else io.BufferedReader(io.BytesIO(content))
    with compression.Stream(source, compression_suffix) as stream:
        if module in _ARCHIVE_FORMATS:
            formats = archive.MemberFormats(_is_container, functools.partial(_read_member, config=config))
            rows = archive.read(module, stream, file.source, metadata, formats)
        else:
            rows = _read_stream(module, stream, file.source, metadata, config)
        yield from rejection_limit.limit_rejections(rows, file.source)


def _read_member(member: archive.MemberFile, config: Config) -> Iterator[Scrape | Rejection]:
    """Yield the scrapes and rejections of an archive member; an archive within an archive is a rejection."""
    suffix, compression_suffix = _suffixes(member.source)
    module = _FORMATS[str(suffix)]
    if module in _ARCHIVE_FORMATS:
        yield Rejection(member.source, "nested", "This is an archive within an archive. Unpack the outer one.")
        return
    with compression.Stream(member.file, compression_suffix) as stream:
        yield from _read_stream(module, stream, member.source, member.metadata, config)


def _read_stream(
    module: Any,  # noqa: ANN401 - modules
    stream: compression.Stream,
    source: str,
    metadata: DeclaredMetadata,
    config: Config,
) -> Iterator[Scrape | Rejection]:
    """Yield the scrapes and rejections of a decompressed file, with defaults from its sidecar, then from corpus.toml.

    Args:
        module: the module that reads the file's format.
        stream: the decompressed file.
        source: its path in raw/.
        metadata: declared by its sidecar.
        config: the configuration.
    """
    defaults = fill_missing(metadata, sidecar.source_defaults(source, config.sources))
    limit = config.build.scrape_bytes
    if module in _RECORD_FORMATS:
        yield from module.read(stream, source, defaults, limit, sidecar.source_columns(source, config.sources))
    elif module is pdf_docx_epub:
        yield from pdf_docx_epub.read(stream, source, defaults, limit, config.build.page_seconds)
    else:
        yield from module.read(stream, source, defaults, limit)


def _batched(rows: Iterable[Scrape | Rejection], max_bytes: int) -> Iterator[Batch]:
    """Group scrapes and rejections into batches of at most `max_bytes` (a larger scrape has one to itself) and 2,000 rows of each kind."""
    scrapes: list[Scrape] = []
    rejections: list[Rejection] = []
    size = 0
    for row in rows:
        if isinstance(row, Rejection):
            rejections.append(row)
        else:
            if scrapes and size + row.size > max_bytes:
                yield _batch(scrapes, rejections)
                scrapes, rejections, size = [], [], 0
            scrapes.append(row)
            size += row.size
        if len(scrapes) == _MAX_ROWS or len(rejections) == _MAX_ROWS:
            yield _batch(scrapes, rejections)
            scrapes, rejections, size = [], [], 0
    if scrapes or rejections:
        yield _batch(scrapes, rejections)


def _batch(scrapes: list[Scrape], rejections: list[Rejection]) -> Batch:
    """Return scrapes and rejections as a batch of two tables."""
    return Batch(scrape_table(scrapes), rejection_table(rejections))
