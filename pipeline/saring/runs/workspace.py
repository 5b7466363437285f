"""The folder in which a build keeps what one step hands to the next.

    processed/<dataset>/.work/
      scrapes/00000.parquet …  index.json      what was read and is not a page yet
      rejections/read.parquet                  what could not be read
      late/                                    which pages took too long, while workers are at work
      wanted.parquet                           the keys of all scrapes, in order
      pages/<entry>/                          the texts of scrapes, by content (pipeline/saring/storage/cache.py)
      pages.parquet                            where this build's pages are
      site_lines.parquet                       the lines that sites repeat
      site_counts.parquet                      what was counted of them, to go on from
      surveyed.parquet                         the keys of these pages with the lines of their sites
      clean/<entry>/                          cleaned documents, by content
      choices/<hash>.json                      the rules that documents on that cache were cleaned with
      clean.parquet                            where this build's documents are
      taken.json                               the working ids of scrapes that hold what is taken down
      tables/*.parquet                         the corpus, ready to be released
      released.json                            what the last release was made of

Everything in it can be made again: deleting it costs time, nothing else. What is damaged counts as missing: tables are used again where they
have the hash that was written down with them (`hashes`, `are_intact`), and what stands in the place of a folder or a file is removed first
(`repair_workspace`).
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from saring.config import Config, default_config
from saring.core.errors import ConfigError
from saring.storage.paths import is_local, remove

if TYPE_CHECKING:
    from pathlib import Path

    from saring.compute.pool import Executor

__all__ = ["Job", "check_separate_folders", "repair_workspace"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What to build from what, and where. Each folder may stand elsewhere (`paths.path_of`).

    Attributes:
        raw: the folder of scrapes.
        out: the folder of releases.
        config: corpus.toml.
        workers: processes that clean batches; 0 cleans them in this one.
        work: the workspace, if not the dataset's own.
        dask: the address of a Dask scheduler whose workers clean them instead.
        executor: the workers themselves, where the steps of a build share them.
    """

    raw: Path
    out: Path
    config: Config = field(default_factory=default_config)
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    work: Path | None = None
    dask: str | None = None
    executor: Executor | None = None

    @property
    def folder(self) -> Path:
        """The workspace."""
        folder = self.work or self.out / self.config.dataset.name / ".work"
        return folder.absolute() if self.dask else folder  # the workers of a cluster run in other folders

    @property
    def scrapes(self) -> Path:
        """What was read."""
        return self.folder / "scrapes"

    @property
    def rejections(self) -> Path:
        """What the step `read` rejected."""
        return self.folder / "rejections" / "read.parquet"

    @property
    def wanted(self) -> Path:
        """The keys of this build's scrapes, in order."""
        return self.folder / "wanted.parquet"

    @property
    def pages(self) -> Path:
        """Where this build's pages are."""
        return self.folder / "pages.parquet"

    @property
    def sites(self) -> Path:
        """The lines that sites repeat."""
        return self.folder / "site_lines.parquet"

    @property
    def counts(self) -> Path:
        """What was counted of these lines, and of others that stand on several pages."""
        return self.folder / "site_counts.parquet"

    @property
    def surveyed(self) -> Path:
        """The keys of this build's pages with the lines of their sites."""
        return self.folder / "surveyed.parquet"

    @property
    def documents(self) -> Path:
        """Where this build's cleaned documents are."""
        return self.folder / "clean.parquet"

    @property
    def taken(self) -> Path:
        """The working ids of scrapes that hold a text that is taken down."""
        return self.folder / "taken.json"

    @property
    def tables(self) -> Path:
        """The tables of the release."""
        return self.folder / "tables"

    @property
    def released(self) -> Path:
        """What the last release was made of."""
        return self.folder / "released.json"


def check_separate_folders(raw: Path, out: Path) -> None:
    """Refuse a folder of releases inside the folder of scrapes, or around it: a build would read what it wrote.

    Raises:
        ConfigError: one of them is in the other, or they are the same, links followed.
    """
    if is_local(raw) != is_local(out):
        return
    inner, outer = (_parts(folder) for folder in (out, raw))
    if inner[: len(outer)] == outer or outer[: len(inner)] == inner or _is_below(out, raw) or _is_below(raw, out):
        same = (
            "the same folder"
            if inner == outer
            else "the releases inside the scrapes"
            if inner[: len(outer)] == outer
            else "the scrapes inside the releases"
        )
        hint = "Name two folders that stand beside each other, such as --raw raw --out processed."
        raise ConfigError(file=f"--raw {raw} --out {out}", path="", expected="releases apart from scrapes", found=same, hint=hint)


def _parts(folder: Path) -> tuple[str, ...]:
    if is_local(folder):
        return folder.resolve().parts
    there: Any = folder
    return (there.protocol.replace("s3a", "s3"), *(part for part in str(there.path).split("/") if part not in ("", ".")))


def _is_below(folder: Path, root: Path) -> bool:
    """Tell whether one of the folders around a folder, or that itself, is another one under another name (a mount, other capitals)."""
    if not is_local(folder):
        return False
    path = folder.resolve()
    with contextlib.suppress(OSError):
        return any(above.samefile(root) for above in (path, *path.parents) if above.exists())
    return False


def repair_workspace(job: Job) -> None:
    """Remove what stands in the place of a folder or a file of the workspace and is none; elsewhere there are no folders."""
    if not is_local(job.folder):
        return
    folders = (job.folder, job.scrapes, job.rejections.parent, job.tables, *(job.folder / name for name in ("pages", "clean", "choices")))
    for folder in folders:
        if (folder.exists() or folder.is_symlink()) and not folder.is_dir():
            folder.unlink()
    files = (job.rejections, job.wanted, job.pages, job.sites, job.sites.with_suffix(".json"), job.counts, job.surveyed)
    for file in (*files, job.documents, job.taken, job.released, job.scrapes / "index.json"):
        if file.is_dir():
            remove(file)
