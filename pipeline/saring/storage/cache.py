"""What was made of documents, kept by what it was made from: a build makes only what it lacks.

A cache is a folder of entries. An entry holds the tables that came of some scrapes or pages, a table `keys` that says of which, and a
manifest with the hash of each file and what it was made with (`about`). It appears by renaming, or elsewhere with its manifest last; one
that is damaged counts as missing. An entry is named by its content's keys, so making the same twice is making it once. A cache may be deleted at any time: that costs time,
nothing else.
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
from saring.storage.local_copies import placed_folder, read_columns, read_rows, read_table
from saring.storage.paths import is_local, list_remote, map_concurrently, remove

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["CACHE_INDEX", "Cache", "Usage", "is_intact"]

Result = TypeVar("Result")

#: A row of what a cache holds: the key of a document, its working id, the size of its page's text in bytes, and the entry that it is in.
CACHE_INDEX = pl.Schema({"key": pl.String, "id": pl.String, "bytes": pl.Int64, "entry": pl.String})

_MANIFEST = "manifest.json"
_KEYS = "keys"

#: An entry is written anew without what no build needs any more when that is more than this share of its rows.
_WASTE = 0.3


class Usage(NamedTuple):
    """How much a cache holds: entries, documents, and bytes on disk."""

    entries: int
    documents: int
    bytes: int


class Cache(NamedTuple):
    """A folder of entries.

    Attributes:
        folder: where they stand; it need not exist.
        tables: the names of the tables in an entry. Each has a column `id`.
    """

    folder: Path
    tables: tuple[str, ...]

    def held(self, *abouts: Mapping[str, str], known: pl.DataFrame | None = None) -> pl.DataFrame:
        """Return what the whole entries hold that were made with one of these.

        Args:
            abouts: what an entry's own `about` has to say, under these names at least.
            known: what this returned before: its entries are not looked at again, which takes as long as they are many.

        Returns:
            Columns of `CACHE_INDEX`; a key that several entries hold is listed once, in an entry made with the first of these that has it.
        """
        known = pl.DataFrame(schema=CACHE_INDEX) if known is None else known
        found = self._each(functools.partial(self._held_by, abouts=abouts), set(known["entry"].unique()))
        ranked = [table for rank in range(len(abouts)) for made, table in found if made == rank]
        return pl.concat([known, *ranked]).unique("key", keep="first", maintain_order=True)

    def _held_by(self, entry: Path, abouts: Sequence[Mapping[str, str]]) -> tuple[int, pl.DataFrame]:
        """Return which of these an entry was made with, and what it holds; -1 where it was made with none, or is damaged."""
        manifest = self._manifest(entry)
        for rank, about in enumerate(abouts if manifest else ()):
            if manifest and about.items() <= manifest["about"].items():
                keys = read_table(entry / f"{_KEYS}.parquet")
                return rank, keys.select("key", "id", "bytes", pl.lit(entry.name).alias("entry"))
        return -1, pl.DataFrame(schema=CACHE_INDEX)

    def places(self, keys: pl.Series, *abouts: Mapping[str, str], known: pl.DataFrame | None = None) -> pl.DataFrame:
        """Return where documents are.

        Args:
            keys: theirs, without repeats.
            abouts: as in `held`.
            known: as in `held`.

        Returns:
            Columns of `CACHE_INDEX`, in the order of the keys.

        Raises:
            SaringError: some are on no whole entry.
        """
        found = keys.alias("key").to_frame().join(self.held(*abouts, known=known), on="key", how="left", maintain_order="left")
        if lost := found["entry"].null_count():
            hint = "Something else changes the folder, or the disk is failing. Build again: what is damaged is made anew."
            raise SaringError(f"{self.folder}: expected {counted(found.height, 'document')}, found {found.height - lost:,}. {hint}")
        return found

    def about(self, entry: str) -> dict[str, str]:
        """Return what an entry was made with."""
        found: dict[str, str] = read_json(self.folder / entry / _MANIFEST)["about"]
        return found

    def said(self, name: str) -> set[str]:
        """Return what the entries that are there say under one of the names of what they were made with."""
        return set(filter(None, self._each(functools.partial(self._said, name=name))))

    def _said(self, entry: Path, name: str) -> str | None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # damaged, or made with nothing of that name
            return self.about(entry.name)[name]
        return None

    def put(self, tables: Mapping[str, pl.DataFrame], keys: pl.DataFrame, about: Mapping[str, str]) -> str:
        """Add an entry, whole or not at all; return its name.

        Args:
            tables: one for each name in `self.tables`.
            keys: columns key, id, bytes, a row for each document that went in; ids without repeats.
            about: what it was made with.
        """
        content = json.dumps([dict(sorted(about.items())), sorted(keys["key"])])
        name = hashlib.sha256(content.encode()).hexdigest()[:32]
        with placed_folder(self.folder / name, _MANIFEST) as temporary:
            for table, frame in {**tables, _KEYS: keys.select("key", "id", "bytes")}.items():
                write_table(temporary / f"{table}.parquet", frame)
            files = {file.name: digest(file) for file in sorted(temporary.glob("*.parquet"))}
            write_json(temporary / _MANIFEST, {"about": dict(about), "files": files})
        return name

    def take(self, wanted: pl.DataFrame, *names: str) -> list[pl.DataFrame]:
        """Return tables with the rows of wanted documents only.

        Args:
            wanted: columns id and entry; a row at least.
            names: of the tables.
        """
        parts: list[list[pl.DataFrame]] = [[] for _ in names]
        for (entry,), rows in wanted.partition_by("entry", as_dict=True, maintain_order=True).items():
            for part, name in zip(parts, names, strict=True):
                part.append(read_rows(self.folder / str(entry) / f"{name}.parquet", rows["id"]))
        return [pl.concat(part) for part in parts]

    def each(self, wanted: pl.DataFrame, name: str, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield the rows of one table that belong to wanted documents, an entry at a time, so that memory holds one.

        Args:
            wanted: columns id and entry, and whatever else is to be joined to the rows.
            name: of the table.
            columns: of the table, `id` among them; None is all.
        """
        for (entry,), rows in wanted.partition_by("entry", as_dict=True, maintain_order=True).items():
            file = self.folder / str(entry) / f"{name}.parquet"
            table = read_table(file) if columns is None else read_columns(file, columns)
            yield table.join(rows, on="id", maintain_order="left")

    def trim(self, live: pl.DataFrame, waste: float = _WASTE) -> None:
        """Remove what is not live, and leftovers of builds that were killed.

        Args:
            live: columns key and entry.
            waste: an entry in which at most this share of the documents is not live stays as it is.
        """
        kept = set(live["entry"])
        for entry in self.folder.iterdir() if self.folder.is_dir() else ():
            if entry.name not in kept:
                remove(entry)
        for (name,), rows in live.partition_by("entry", as_dict=True).items():
            entry = self.folder / str(name)
            keys = read_table(entry / f"{_KEYS}.parquet")
            if rows.height < (1 - waste) * keys.height:
                left = keys.join(rows, on="key", how="semi", maintain_order="left").with_columns(pl.lit(str(name)).alias("entry"))
                tables = dict(zip(self.tables, self.take(left, *self.tables), strict=True))
                self.put(tables, left, self.about(str(name)))
                remove(entry)

    def usage(self) -> Usage:
        """Return how much is there, whole entries alone."""
        whole = [size for size in self._each(self._size) if size is not None]
        return Usage(len(whole), sum(documents for documents, _ in whole), sum(size for _, size in whole))

    def _size(self, entry: Path) -> tuple[int, int] | None:
        if self._manifest(entry) is None:
            return None
        return read_columns(entry / f"{_KEYS}.parquet", ["key"]).height, sum(file.stat().st_size for file in entry.iterdir())

    def _each(self, function: Callable[[Path], Result], but: Container[str] = ()) -> list[Result]:
        """Return what a function gives for each entry but some, in the order of their names."""
        if not self.folder.is_dir():
            return []
        entries = sorted(
            (entry for entry in self.folder.iterdir() if not entry.name.startswith(".") and entry.name not in but),
            key=lambda entry: entry.name,
        )
        return list(map(function, entries)) if is_local(self.folder) else map_concurrently(function, entries)

    def _manifest(self, entry: Path) -> dict[str, dict[str, str]] | None:
        """Return the manifest of an entry that is whole and unchanged."""
        try:
            manifest = read_json(entry / _MANIFEST)
            expected = {f"{name}.parquet" for name in (*self.tables, _KEYS)}
            whole = set(manifest["files"]) == expected and is_intact(entry, manifest["files"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return manifest if whole else None


def is_intact(folder: Path, files: Mapping[str, str]) -> bool:
    """Tell whether the files of a folder are as they were written.

    Args:
        folder: where they are.
        files: their SHA-256 by name. Of files elsewhere it is asked whether they are there: a store keeps what it has whole, by checksums of
            its own, and reading everything back in each build would take longer than it saves.

    Raises:
        OSError: a file here cannot be read.
    """
    if is_local(folder):
        return all(_digest(file, file.stat().st_size, file.stat().st_mtime_ns) == files[file.name] for file in map(folder.joinpath, files))
    return files.keys() <= list_remote(folder).keys()


@functools.lru_cache(maxsize=1 << 17)
def _digest(file: Path, size: int, changed: int) -> str:
    """Return the hash of a file as it was at a time: the steps of a build ask for the same ones several times."""
    del size, changed
    return digest(file)
