"""Public Python API, for notebooks and other pipelines: clean texts, find overlaps, apply and undo edits, build releases.

Use these names as attributes of the package, such as `saring.clean`. Frames are Polars frames; whatever hands out Arrow data (a
`pyarrow.Table`, a pandas frame, a `datasets.Dataset`) is accepted too.
"""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import polars as pl

from saring.config import Config, default_config, load_or_default
from saring.config import load_config as read_config
from saring.core import ledger
from saring.core.tables import EDIT, OVERLAP

__all__ = [
    "BuildResult",
    "CleanResult",
    "Texts",
    "__version__",
    "apply_edits",
    "build",
    "clean",
    "find_overlaps",
    "load_config",
    "undo_edits",
]

__version__ = importlib.metadata.version("saring")

#: Texts as callers have them: one string, several, or a frame with a column `text` (or `html`).
Texts: TypeAlias = "str | Iterable[str | None] | pl.Series | pl.DataFrame | Any"

#: What a caller gave a page's text in: exactly one of these columns.
_CONTENT = ("text", "html")

#: Columns of a cleaned document that say where in raw/ it came from: callers of `clean` have no such folder.
_OF_FOLDERS = ("source", "scrape_sha256", "added")


class CleanResult(NamedTuple):
    """Result of `clean`: the cleaned documents, the ledger of every change to them, and the texts that were rejected.

    Attributes:
        documents: one row per cleaned text, in the order given: `id`, `text`, `title`, `url`, `site`, `authors`, `created`,
            `created_offset`, `language`, `language_script`, `language_score`, `page_type`, `page_type_score`, `license`, `sha256`,
            `characters`, `words`, `removed_share`, `dropped_share`.
        edits: the ledger, one row per change; `undo_edits(documents, edits)` gives the texts back as they were extracted.
        rejections: one row per text that was rejected (empty, damaged, nothing but noise): `id`, `step`, `reason`, `message`.
    """

    documents: pl.DataFrame
    edits: pl.DataFrame
    rejections: pl.DataFrame


class BuildResult(NamedTuple):
    """Result of a build: the version and folder of the release, and how many of its records changed.

    Attributes:
        version: the newest version of the dataset, such as `1.2.0`.
        folder: where that release is; None after a dry run.
        changed: whether the build made that version, or would have in a dry run. If False, nothing was written.
        added: number of records that the release before lacks.
        removed: number of records that only the release before has.
        edited: number of records whose content differs.
        messages: what `saring build` prints: counts, rejections by reason, alerts, settings without effect.
    """

    version: str
    folder: Path | None
    changed: bool
    added: int
    removed: int
    edited: int
    messages: list[str]


def load_config(file: str | Path = "corpus.toml") -> Config:
    """Read corpus.toml, with takedowns.toml where it is in the same folder.

    Raises:
        ConfigError: says file, path in the file, what was expected, what was found, and what to do.
    """
    return read_config(Path(file))


def clean(texts: Texts, config: Config | str | Path | None = None, *, workers: int = 0) -> CleanResult:
    r"""Clean texts or HTML pages: extract, repair encoding, remove noise, identify languages, normalise names.

    Each text is cleaned by itself. Duplicates are not looked for: see `find_overlaps`.

    Args:
        texts: a string, several strings, or a frame with a column `text` or `html`, and any of `id`, `url`, `site`, `title`, `authors`,
            `created`, `added`, `language`, `license`. Without a column `id`, texts are numbered "0", "1", ... in their order.
        config: a configuration, or the path of a corpus.toml; by default every rule pack and no names.
        workers: processes to clean in. 0 cleans in this process, where a page that takes too long cannot be stopped. With more, a script
            needs `if __name__ == "__main__":` around its own work, since each process imports it.

    Raises:
        ConfigError: the configuration is wrong.
        TypeError: `texts` is nothing that holds texts.
        ValueError: there is no column `text` or `html`, or ids repeat.

    >>> result = clean(["Harga di pasar naik lagi.\nBagikan ke Facebook\nPedagang menutup lapak lebih awal hari ini."])
    >>> print(result.documents["text"][0])
    Harga di pasar naik lagi.
    Pedagang menutup lapak lebih awal hari ini.
    >>> result.edits.select("start", "original", "rule").rows()
    [(26, 'Bagikan ke Facebook\n', 'share-action')]
    """
    from saring.read.declared_metadata import NO_METADATA  # noqa: PLC0415 - importing this module loads no step
    from saring.read.record_fields import record_scrape  # noqa: PLC0415
    from saring.read.scrape import RefusedError, Rejection, rejection_table, scrape_table  # noqa: PLC0415
    from saring.tools.clean_scrapes import clean_scrapes  # noqa: PLC0415

    frame = _with_ids(_frame(texts))
    if not set(_CONTENT) & set(frame.columns):
        raise ValueError(
            f"texts: expected a column text or html, found {', '.join(frame.columns)}. Rename the column that holds the texts."
        )
    scrapes, refused = [], []
    for record in frame.iter_rows(named=True):
        try:
            scrapes.append(record_scrape(record, record["id"], "utf-8", NO_METADATA))
        except RefusedError as error:
            refused.append(Rejection(record["id"], error.reason, error.message))
    cleaned = clean_scrapes(scrape_table(scrapes), _configuration(config), processes=workers)
    origin = cleaned.documents.select("id", "source")
    return CleanResult(
        cleaned.documents.with_columns(id="source").drop(_OF_FOLDERS),
        cleaned.edits.join(origin, on="id", maintain_order="left").with_columns(id="source").select(EDIT.names()),
        pl.concat([rejection_table(refused), cleaned.rejections]).select(pl.col("source").alias("id"), "step", "reason", "message"),
    )


def find_overlaps(texts: Texts, config: Config | str | Path | None = None) -> pl.DataFrame:
    """Find pairs of duplicate or translated documents: exact and near duplicates, containment, translations, retranslations.

    Every pair is verified on the two texts. Compare clean texts: shared navigation makes any two pages of a site alike.

    Args:
        texts: a string, several strings, or a frame with a column `text`, and optionally `id` and `language` (ISO 639; identified where it
            is missing). HTML is not accepted: pass `clean(...).documents` instead. Without a column `id`, texts are numbered "0", "1", ...
        config: a configuration, or the path of a corpus.toml; `[overlap]` has the thresholds.

    Returns:
        Columns a, b (ids, a < b), kind (`exact`, `near`, `contained`, `translation`, `retranslation`), score, coverage_a, coverage_b
        (shares of each text), passages (which spans correspond, in code points).

    Raises:
        ConfigError: the configuration is wrong.
        TypeError: `texts` is nothing that holds texts.
        ValueError: there is no column `text`, or ids repeat.

    >>> text = "The ferry leaves at nine and is back at noon, when the market opens on the square behind the old harbour."
    >>> find_overlaps([text, text + " Tickets are sold on board."]).select("a", "b", "kind").rows()
    [('0', '1', 'near')]
    """
    from saring.corpus import overlaps  # noqa: PLC0415 - importing this module loads no step

    settings = _configuration(config)
    frame = _with_ids(_frame(texts))
    if "text" not in frame.columns:
        raise ValueError(
            f"texts: expected a column text, found {', '.join(frame.columns)}. Clean HTML first: saring.clean(texts).documents."
        )
    columns = [name for name in ("id", "text", "language", "language_script") if name in frame.columns]
    return overlaps.find_overlaps(frame.select(columns), settings.overlap, settings.build.memory).select(OVERLAP.names())


def apply_edits(texts: pl.DataFrame, edits: pl.DataFrame) -> pl.DataFrame:
    """Apply all edits of a ledger to texts, step after step.

    Args:
        texts: a column `id` without repeats, and the columns that the edits change: `text`, `title`.
        edits: rows of the ledger, such as the config `edits` of a release.

    Raises:
        LedgerError: an edit names an unknown document, overlaps another, or does not match the text: texts and ledger are not of one
            release.
    """
    return ledger.apply(_frame(texts), _frame(edits))


def undo_edits(texts: pl.DataFrame, edits: pl.DataFrame) -> pl.DataFrame:
    r"""Take all edits of a ledger back, last step first: the texts as they were extracted, character for character.

    Args:
        texts: a column `id` without repeats, and the columns that the edits changed: `text`, `title`.
        edits: rows of the ledger, such as the config `edits` of a release.

    Raises:
        LedgerError: an edit names an unknown document, overlaps another, or does not match the text: texts and ledger are not of one
            release.

    >>> result = clean("Kapal berangkat pukul sembilan pagi.\nBagikan ke Facebook\nKapal kembali siang hari ke pelabuhan lama.")
    >>> undo_edits(result.documents, result.edits)["text"][0].split("\n")[1]
    'Bagikan ke Facebook'
    """
    return ledger.undo(_frame(texts), _frame(edits))


def build(
    raw: str | Path = "raw",
    out: str | Path = "processed",
    config: Config | str | Path | None = None,
    *,
    workers: int | None = None,
    dask: str | None = None,
    dry_run: bool = False,
) -> BuildResult:
    """Build a new release from a folder of scrapes, if anything changed: what `saring build` does.

    Args:
        raw: the folder of scrapes, or its URL.
        out: the folder of releases, or its URL.
        config: a configuration, or the path of corpus.toml; by default the one in the working directory, if any.
        workers: processes that clean batches, by default one per processor; 0 works in this process. With more than 0, a script needs
            `if __name__ == "__main__":` around its own work, since each process imports it.
        dask: the address of a Dask scheduler whose workers clean instead.
        dry_run: say what would change, and write nothing.

    Raises:
        SaringError: says what is wrong and what to do; the last release stays as it was.
    """
    from saring import runs  # noqa: PLC0415 - importing this module loads no step
    from saring.runs import report  # noqa: PLC0415
    from saring.runs.workspace import Job  # noqa: PLC0415
    from saring.storage.paths import path_of  # noqa: PLC0415

    settings = config if isinstance(config, Config) else load_or_default(None if config is None else Path(config))
    workers = (os.cpu_count() or 1) if workers is None else workers
    job = Job(raw=path_of(str(raw)), out=path_of(str(out)), config=settings, workers=workers, dask=dask)
    reports = runs.preview(job) if dry_run else runs.build(job)
    written = reports["write_release"]
    folder = Path(written["folder"]) if written["folder"] else None
    added, removed, edited = (int(written[name]) for name in ("added", "removed", "edited"))
    return BuildResult(written["version"], folder, bool(written["changed"]), added, removed, edited, report.summary(reports))


def _configuration(config: Config | str | Path | None) -> Config:
    if config is None:
        return default_config()
    return config if isinstance(config, Config) else read_config(Path(config))


def _frame(texts: Texts) -> pl.DataFrame:
    """Convert texts (strings, mappings, or any Arrow table) to a Polars frame; plain strings become its column `text`.

    Raises:
        TypeError: `texts` is none of these.
    """
    if isinstance(texts, str):
        return pl.DataFrame({"text": [texts]})
    if isinstance(texts, pl.Series):
        return texts.cast(pl.String).alias("text").to_frame()
    if callable(to_polars := getattr(texts, "to_polars", None)):  # datasets.Dataset
        texts = to_polars()
    elif isinstance(texts, pl.LazyFrame):
        texts = texts.collect()
    if isinstance(texts, pl.DataFrame | Mapping) or hasattr(texts, "__arrow_c_stream__"):  # pyarrow and pandas have the last
        return pl.DataFrame(texts)
    return _frame_of_items(list(texts) if isinstance(texts, Iterable) and not isinstance(texts, bytes) else [texts])


def _frame_of_items(items: list[Any]) -> pl.DataFrame:
    if all(item is None or isinstance(item, str) for item in items):
        return pl.DataFrame({"text": items}, schema={"text": pl.String})
    if all(isinstance(item, Mapping) for item in items):
        return pl.DataFrame(items, infer_schema_length=None)
    kinds = ", ".join(sorted({type(item).__name__ for item in items}))
    raise TypeError(f"texts: expected a string, several strings, or a frame with a column text or html, found {kinds}.")


def _with_ids(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with its column `id` as strings, checked to be unique; without one, rows are numbered from "0".

    Raises:
        ValueError: ids repeat, or one is null.
    """
    if "id" not in frame.columns:
        return frame.with_row_index("id").with_columns(pl.col("id").cast(pl.String))
    frame = frame.with_columns(pl.col("id").cast(pl.String))
    if frame["id"].null_count() or frame["id"].n_unique() != frame.height:
        raise ValueError("texts: expected ids without repeats, found one twice or none. Leave the column out to number the texts.")
    return frame
