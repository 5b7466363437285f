"""Content-addressed cache of step outputs: each build reuses the tables of unchanged documents and computes only the missing ones.

A cache is a folder of entries. A cache entry holds the output tables for a group of documents, a table `keys` with the cache key of each
document, and a manifest with the hash of each file and the provenance of the entry (`about`: the versions of program and settings that produced
it). Its name is a hash of its keys and its provenance, so computing the same output twice stores it once.

Entries are added atomically: by renaming a folder, or on a remote store by writing the manifest last. A damaged entry counts as missing. A cache
can be deleted at any time; the next build then only takes longer.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import polars as pl

from saring.core.errors import SaringError
from saring.core.plurals import counted
from saring.storage.files import digest, read_json, write_json, write_table
from saring.storage.local_copies import atomic_folder, read_columns, read_rows, read_table
from saring.storage.paths import is_local, list_remote, map_concurrently, remove

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["CACHE_INDEX", "Cache", "Usage", "is_intact"]

Result = TypeVar("Result")

#: A row of the cache index: the cache key of a document, its working id, the size of its page's text in bytes, and the name of its entry.
CACHE_INDEX = pl.Schema({"key": pl.String, "id": pl.String, "bytes": pl.Int64, "entry": pl.String})

_MANIFEST = "manifest.json"
_KEYS = "keys"

#: An entry is rewritten without its unused documents if they are more than this share of its documents. A judgement: rewriting costs the time to
#: read and write the entry, waste costs disk.
_WASTE = 0.3


class Usage(NamedTuple):
    """The size of a cache: its number of entries, of documents, and of bytes on disk."""

    entries: int
    documents: int
    bytes: int


class Cache(NamedTuple):
    """A content-addressed cache in a folder, local or remote.

    Attributes:
        folder: the folder of the entries; it need not exist.
        tables: the names of the tables in each entry. Each table has a column `id`.
    """

    folder: Path
    tables: tuple[str, ...]

    def cached_index(self, *provenances: Mapping[str, str], known: pl.DataFrame | None = None) -> pl.DataFrame:
        """Return the cache index: a row for each document that an intact entry holds, of entries with an accepted provenance.

        Args:
            provenances: accepted provenances (versions of program and settings), in order of preference; an entry matches if the `about` of its
                manifest contains all items of one of them.
            known: an index returned earlier, whose entries are included without being read again.

        Returns:
            Columns of `CACHE_INDEX`, one row per key; of several entries with the same key, the one with the preferred provenance is listed.
        """
        known = pl.DataFrame(schema=CACHE_INDEX) if known is None else known
        indexes = self._map_entries(functools.partial(self._index_entry, provenances=provenances), skip=set(known["entry"].unique()))
        ranked = [index for rank in range(len(provenances)) for entry_rank, index in indexes if entry_rank == rank]
        return pl.concat([known, *ranked]).unique("key", keep="first", maintain_order=True)

    def _index_entry(self, entry: Path, provenances: Sequence[Mapping[str, str]]) -> tuple[int, pl.DataFrame]:
        """Return the index of the documents of one cache entry, with the position of the first of the provenances that it matches.

        If it matches none, or is damaged, the position is -1 and the index is empty.
        """
        manifest = self._manifest(entry)
        for rank, provenance in enumerate(provenances if manifest else ()):
            if manifest and provenance.items() <= manifest["about"].items():
                keys = read_table(entry / f"{_KEYS}.parquet")
                return rank, keys.select("key", "id", "bytes", pl.lit(entry.name).alias("entry"))
        return -1, pl.DataFrame(schema=CACHE_INDEX)

    def places(self, keys: pl.Series, *provenances: Mapping[str, str], known: pl.DataFrame | None = None) -> pl.DataFrame:
        """Look up cache keys: return the name of the cache entry that holds each of them.

        Args:
            keys: distinct cache keys.
            provenances: accepted provenances, as in `cached_index`.
            known: an index returned earlier by `cached_index`.

        Returns:
            Columns of `CACHE_INDEX`, in the order of the keys.

        Raises:
            SaringError: some keys are in no intact entry.
        """
        located = (
            keys.alias("key").to_frame().join(self.cached_index(*provenances, known=known), on="key", how="left", maintain_order="left")
        )
        if missing := located["entry"].null_count():
            hint = "Another program changes the folder, or the disk is failing. Build again: damaged entries are computed again."
            raise SaringError(f"{self.folder}: expected {counted(located.height, 'document')}, found {located.height - missing:,}. {hint}")
        return located

    def about(self, entry: str) -> dict[str, str]:
        """Return the provenance of a cache entry (names and versions of program and settings), from its manifest."""
        provenance: dict[str, str] = read_json(self.folder / entry / _MANIFEST)["about"]
        return provenance

    def provenance_values(self, name: str) -> set[str]:
        """Return the distinct values of one item of the provenance, such as `snapshot`, among all entries of the cache."""
        return set(filter(None, self._map_entries(functools.partial(self._about_value, name=name))))

    def _about_value(self, entry: Path, name: str) -> str | None:
        """Return the value of one item of an entry's provenance; None if it lacks the item or is damaged."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return self.about(entry.name)[name]
        return None

    def put(self, tables: Mapping[str, pl.DataFrame], keys: pl.DataFrame, provenance: Mapping[str, str]) -> str:
        """Add a cache entry atomically and return its name.

        Args:
            tables: one for each name in `self.tables`.
            keys: columns key, id and bytes, one row for each document that was processed, also if it left no rows in `tables`; distinct ids.
            provenance: names and versions of the program and the settings that produced the tables.
        """
        content = json.dumps([dict(sorted(provenance.items())), sorted(keys["key"])])
        name = hashlib.sha256(content.encode()).hexdigest()[:32]
        with atomic_folder(self.folder / name, _MANIFEST) as temporary:
            for table, frame in {**tables, _KEYS: keys.select("key", "id", "bytes")}.items():
                write_table(temporary / f"{table}.parquet", frame)
            files = {file.name: digest(file) for file in sorted(temporary.glob("*.parquet"))}
            write_json(temporary / _MANIFEST, {"about": dict(provenance), "files": files})
        return name

    def take(self, wanted: pl.DataFrame, *names: str) -> list[pl.DataFrame]:
        """Read some of the cached tables, restricted to the rows of the wanted documents.

        Args:
            wanted: columns id and entry; at least one row.
            names: of the tables, in the order in which they are returned.
        """
        parts: list[list[pl.DataFrame]] = [[] for _ in names]
        for (entry,), rows in wanted.partition_by("entry", as_dict=True, maintain_order=True).items():
            for part, name in zip(parts, names, strict=True):
                part.append(read_rows(self.folder / str(entry) / f"{name}.parquet", rows["id"]))
        return [pl.concat(part) for part in parts]

    def each(self, wanted: pl.DataFrame, name: str, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """Read one cached table, one cache entry at a time to save memory; yield its rows for the wanted documents.

        Args:
            wanted: columns id and entry, and any others to join to the rows.
            name: of the table.
            columns: the table's columns to read, including id; None is all.
        """
        for (entry,), rows in wanted.partition_by("entry", as_dict=True, maintain_order=True).items():
            file = self.folder / str(entry) / f"{name}.parquet"
            table = read_table(file) if columns is None else read_columns(file, columns)
            yield table.join(rows, on="id", maintain_order="left")

    def trim(self, live: pl.DataFrame, waste: float = _WASTE) -> None:
        """Delete cached outputs of all documents but those to keep, and the temporary folders of builds that were killed.

        Args:
            live: columns key and entry of the documents to keep.
            waste: an entry that holds documents of both kinds is rewritten only if more than this share of its documents is to be deleted.
        """
        kept = set(live["entry"])
        for entry in self.folder.iterdir() if self.folder.is_dir() else ():
            if entry.name not in kept:
                remove(entry)
        for (name,), rows in live.partition_by("entry", as_dict=True).items():
            entry = self.folder / str(name)
            keys = read_table(entry / f"{_KEYS}.parquet")
            if rows.height < (1 - waste) * keys.height:
                live_keys = keys.join(rows, on="key", how="semi", maintain_order="left").with_columns(pl.lit(str(name)).alias("entry"))
                tables = dict(zip(self.tables, self.take(live_keys, *self.tables), strict=True))
                self.put(tables, live_keys, self.about(str(name)))
                remove(entry)

    def usage(self) -> Usage:
        """Return how many entries, documents and bytes the cache has; damaged entries are not counted."""
        sizes = [size for size in self._map_entries(self._entry_size) if size is not None]
        return Usage(len(sizes), sum(documents for documents, _ in sizes), sum(size for _, size in sizes))

    def _entry_size(self, entry: Path) -> tuple[int, int] | None:
        """Return the number of documents and of bytes of a cache entry; None if it is damaged."""
        if self._manifest(entry) is None:
            return None
        return read_columns(entry / f"{_KEYS}.parquet", ["key"]).height, sum(file.stat().st_size for file in entry.iterdir())

    def _map_entries(self, function: Callable[[Path], Result], skip: Container[str] = ()) -> list[Result]:
        """Call a function with the folder of each cache entry, in the order of their names, and return its results.

        Args:
            function: receives the entry's folder; called concurrently for a remote cache.
            skip: names of entries to leave out.
        """
        if not self.folder.is_dir():
            return []
        entries = sorted(
            (entry for entry in self.folder.iterdir() if not entry.name.startswith(".") and entry.name not in skip),
            key=lambda entry: entry.name,
        )
        return list(map(function, entries)) if is_local(self.folder) else map_concurrently(function, entries)

    def _manifest(self, entry: Path) -> dict[str, dict[str, str]] | None:
        """Return the manifest of a cache entry, or None if a file of the entry is missing or damaged."""
        try:
            manifest = read_json(entry / _MANIFEST)
            expected = {f"{name}.parquet" for name in (*self.tables, _KEYS)}
            intact = set(manifest["files"]) == expected and is_intact(entry, manifest["files"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return manifest if intact else None


def is_intact(folder: Path, files: Mapping[str, str]) -> bool:
    """Return whether the files of a folder still have their recorded hashes.

    Args:
        folder: the folder, local or remote.
        files: SHA-256 by file name. Remote files are only checked for existence: an object store verifies checksums itself, and reading all
            files back in each build would take longer than the cache saves.

    Raises:
        OSError: a local file cannot be read.
    """
    if is_local(folder):
        return all(_digest(file, file.stat().st_size, file.stat().st_mtime_ns) == files[file.name] for file in map(folder.joinpath, files))
    return files.keys() <= list_remote(folder).keys()


@functools.lru_cache(maxsize=1 << 17)
def _digest(file: Path, size: int, modified: int) -> str:
    """Return the SHA-256 of a file, memoised by size and modification time: the steps of a build check the same files several times."""
    del size, modified
    return digest(file)
