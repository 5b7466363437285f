"""The workspace of a build: the folder of files that its steps hand to each other and keep for the next build.

    processed/<dataset>/.work/
      scrapes/00000.parquet …  index.json      scrapes that were read and have no cached page yet; counts of all that were read
      rejections/read.parquet                  rejections of the step read_scrapes
      late/                                    notes of the watchdog about pages over their time limit, while workers are at work
      scrape_index.parquet                     cache key, id and rank of declared metadata of each scrape, in order of reading
      pages/<entry>/                           cache of extracted pages (saring.storage.cache)
      pages.parquet                            cache index of this build's pages
      site_lines.parquet  .json                lines that sites repeat; what they were counted from
      site_line_counts.parquet                 counts of these lines and of others on several pages, to be updated by the next build
      page_keys.parquet                        cache keys of pages together with the site lines on them
      clean/<entry>/                           cache of cleaned documents
      snapshots/<hash>.json                    configuration snapshots with which documents in that cache were cleaned
      clean.parquet                            cache index of this build's documents
      taken_down.json                          working ids of scrapes whose page holds a taken-down text or URL
      tables/*.parquet  made.json              tables of the next release, with the hash of what they were made from
      released.json                            version and seal of the last release, with the hash of what it was made from

Everything in it can be computed again: deleting it costs time and nothing else. A damaged file counts as missing: tables are reused only
where they have the hash that was recorded with them (`file_digests`, `files_intact`), and `repair_workspace` removes a file where a folder
belongs, or a folder where a file belongs.
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

__all__ = ["DOCUMENTS", "KEPT_FOLDERS", "PAGES", "SNAPSHOTS", "Job", "check_separate_folders", "repair_workspace"]

#: Folders of the workspace whose entries later builds reuse: caches of pages and of documents, and snapshots of what documents were cleaned with.
KEPT_FOLDERS = PAGES, DOCUMENTS, SNAPSHOTS = "pages", "clean", "snapshots"


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A build to run: input folder, output folder, configuration, and who does the work. Folders may be remote (`paths.path_of`).

    Attributes:
        raw: the folder of scrapes.
        out: the folder of releases.
        config: the settings of corpus.toml.
        workers: processes that clean batches; 0 cleans them in this process.
        work: the workspace, if not the dataset's own.
        dask: the address of a Dask scheduler whose workers clean batches instead.
        executor: the executor that all steps of a build share; None where each step starts its own.
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
        """Folder of the workspace."""
        folder = self.work or self.out / self.config.dataset.name / ".work"
        return folder.absolute() if self.dask else folder  # the workers of a cluster run in other folders

    @property
    def scrapes(self) -> Path:
        """Folder of the scrapes that were read and have no cached page yet."""
        return self.folder / "scrapes"

    @property
    def rejections(self) -> Path:
        """Table of the rejections of the step `read_scrapes`."""
        return self.folder / "rejections" / "read.parquet"

    @property
    def scrape_index(self) -> Path:
        """Table of cache key, id and metadata rank of this build's scrapes, in order of reading."""
        return self.folder / "scrape_index.parquet"

    @property
    def pages(self) -> Path:
        """Cache index of this build's extracted pages."""
        return self.folder / "pages.parquet"

    @property
    def site_lines(self) -> Path:
        """Table of the lines that sites repeat."""
        return self.folder / "site_lines.parquet"

    @property
    def site_line_counts(self) -> Path:
        """Table of the counts of site lines and of other lines on several pages, which the next build updates."""
        return self.folder / "site_line_counts.parquet"

    @property
    def page_keys(self) -> Path:
        """Table of the cache keys of this build's pages, each hashed together with the site lines on the page."""
        return self.folder / "page_keys.parquet"

    @property
    def documents(self) -> Path:
        """Cache index of this build's cleaned documents."""
        return self.folder / "clean.parquet"

    @property
    def takedown_record(self) -> Path:
        """Record of the ids, as within this build, of scrapes whose page holds a taken-down text or URL."""
        return self.folder / "taken_down.json"

    @property
    def tables(self) -> Path:
        """Folder of the tables of the next release."""
        return self.folder / "tables"

    @property
    def release_record(self) -> Path:
        """Record of the last release: its version, the hash of its manifest (seal), and the hash of what it was made from."""
        return self.folder / "released.json"


def check_separate_folders(raw: Path, out: Path) -> None:
    """Check that neither the folder of scrapes nor that of releases is inside the other: a build would read the releases that it wrote.

    Raises:
        ConfigError: one of them is in the other, or they are the same folder, symbolic links followed.
    """
    if is_local(raw) != is_local(out):
        return
    inner, outer = (_parts(folder) for folder in (out, raw))
    if inner[: len(outer)] == outer or outer[: len(inner)] == inner or _is_below(out, raw) or _is_below(raw, out):
        relation = (
            "the same folder"
            if inner == outer
            else "the releases inside the scrapes"
            if inner[: len(outer)] == outer
            else "the scrapes inside the releases"
        )
        hint = "Name two folders side by side, such as --raw raw --out processed."
        raise ConfigError(
            file=f"--raw {raw} --out {out}", path="", expected="the releases outside the folder of scrapes", found=relation, hint=hint
        )


def _parts(folder: Path) -> tuple[str, ...]:
    """Return the components of the absolute path of a local folder, or of the URL of a remote one."""
    if is_local(folder):
        return folder.resolve().parts
    remote: Any = folder
    return (remote.protocol.replace("s3a", "s3"), *(part for part in str(remote.path).split("/") if part not in ("", ".")))


def _is_below(folder: Path, root: Path) -> bool:
    """Tell whether a folder is `root` or inside it, comparing device and inode: a mount or a case-insensitive file system gives a folder two names."""
    if not is_local(folder):
        return False
    path = folder.resolve()
    with contextlib.suppress(OSError):
        return any(above.samefile(root) for above in (path, *path.parents) if above.exists())
    return False


def repair_workspace(job: Job) -> None:
    """Delete what is of the wrong kind in the workspace: a file where a folder belongs, a folder where a file belongs. Local workspaces only."""
    if not is_local(job.folder):
        return
    folders = (job.folder, job.scrapes, job.rejections.parent, job.tables, *(job.folder / name for name in KEPT_FOLDERS))
    for folder in folders:
        if (folder.exists() or folder.is_symlink()) and not folder.is_dir():
            folder.unlink()
    files = (job.rejections, job.scrape_index, job.pages, job.site_lines, job.site_lines.with_suffix(".json"), job.site_line_counts)
    for file in (*files, job.page_keys, job.documents, job.takedown_record, job.release_record, job.scrapes / "index.json"):
        if file.is_dir():
            remove(file)
