"""Verification of a release: tampering is found, whether or not the manifest was rewritten to match."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring import release
from saring.core.errors import ReleaseError
from saring.release import arrow
from saring.release.layout import CONFIGS
from tests.release.conftest import Corpus, reseal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Build = Callable[..., release.WriteResult]

FILES = [
    "CHANGELOG.md",
    "README.md",
    "all/test-00000.parquet",
    "all/train-00000.parquet",
    "croissant.json",
    "documents/train-00000.parquet",
    "edits/train-00000.parquet",
    "manifest.json",
    "overlaps/train-00000.parquet",
    "rejections/train-00000.parquet",
    "schemas/document.schema.json",
    "schemas/edit.schema.json",
    "schemas/overlap.schema.json",
    "schemas/rejection.schema.json",
]


def rewrite(file: Path, rows: pl.DataFrame) -> None:
    """Replace the rows of a Parquet file of a release, keeping its schema."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    pq.write_table(rows.to_arrow().cast(arrow.schema(CONFIGS[file.parent.name])), file)


def test_an_intact_release_lists_the_checks(corpus: Corpus, build: Build) -> None:
    """Verifying an intact release returns the list of checks."""
    assert release.verify(build(corpus).folder) == [
        "14 files match manifest.json",
        "every row conforms to its schema: 4 documents, 5 all, 5 edits, 1 overlap, 1 rejection",
        "ids are unique, and every reference resolves to a document",
        "the ledger can be undone and replayed on every text of all",
        "documents are the kept rows of all",
        "datasets loads documents, all, edits, overlaps, rejections",
    ]


def test_a_flipped_bit_is_found_in_any_file(corpus: Corpus, build: Build) -> None:
    """A flipped bit at the start, middle or end of any file is detected, and the file is named."""
    folder = build(corpus).folder
    for name in FILES:
        content = (folder / name).read_bytes()
        for place in (0, len(content) // 3, len(content) - 1):
            (folder / name).write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            with pytest.raises(ReleaseError, match=name):
                release.verify(folder)
        (folder / name).write_bytes(content)

    release.verify(folder)


def test_added_and_missing_files_are_found(corpus: Corpus, build: Build) -> None:
    """An unlisted file, a missing file, a shortened file and a symbolic link in place of a file are all named at once."""
    folder = build(corpus).folder
    (folder / "all" / "notes.txt").write_text("mine", encoding="utf-8")
    (folder / "croissant.json").unlink()
    (folder / "README.md").write_text("short", encoding="utf-8")
    (folder / "CHANGELOG.md").rename(folder.parent / "moved")
    (folder / "CHANGELOG.md").symlink_to(folder.parent / "moved")

    with pytest.raises(ReleaseError) as caught:
        release.verify(folder)

    lines = str(caught.value).splitlines()
    assert lines[1] == "- CHANGELOG.md: missing"
    assert lines[2].startswith("- README.md: expected ")
    assert lines[3] == "- all/notes.txt: a file that manifest.json does not list"
    assert lines[4] == "- croissant.json: missing"
    assert "build again" in lines[5]


def test_a_folder_that_is_no_release(tmp_path: Path) -> None:
    """A folder without a manifest is refused."""
    with pytest.raises(ReleaseError, match=r"manifest\.json: expected a manifest, found"):
        release.verify(tmp_path)


def _drop_document(folder: Path) -> None:
    file = folder / "documents" / "train-00000.parquet"
    rewrite(file, pl.read_parquet(file)[1:])


def _drop_everywhere(folder: Path) -> None:
    for config in ("documents", "all"):
        file = folder / config / "train-00000.parquet"
        rewrite(file, pl.read_parquet(file).filter(pl.col("title") != "Page 1"))


def _change_text(folder: Path) -> None:
    for config in ("documents", "all"):
        file = folder / config / "train-00000.parquet"
        rewrite(file, pl.read_parquet(file).with_columns(pl.col("text").str.replace("Kapal", "Kapel")))


def _change_both(folder: Path) -> None:
    import hashlib  # noqa: PLC0415

    _change_text(folder)
    for config in ("documents", "all"):
        file = folder / config / "train-00000.parquet"
        rows = pl.read_parquet(file)
        hashes = [hashlib.sha256(text.encode()).hexdigest() for text in rows["text"]]
        rewrite(file, rows.with_columns(sha256=pl.Series(hashes), role=pl.lit("kept"), kept_id=None))


def _move_edit(folder: Path) -> None:
    file = folder / "edits" / "train-00000.parquet"
    rewrite(file, pl.read_parquet(file).with_columns(pl.col("start", "end") + 1_000))


def _duplicate_rows(folder: Path) -> None:
    file = folder / "all" / "test-00000.parquet"
    rewrite(file, pl.concat([pl.read_parquet(file)] * 2))


def _break_row(folder: Path) -> None:
    file = folder / "rejections" / "train-00000.parquet"
    rewrite(file, pl.read_parquet(file).with_columns(bytes=-1))


def _drop_column(folder: Path) -> None:
    file = folder / "overlaps" / "train-00000.parquet"
    pl.read_parquet(file).drop("score").write_parquet(file)


def _edit_card(folder: Path) -> None:
    card = folder / "README.md"
    card.write_text(card.read_text(encoding="utf-8").replace("- edits/train", "- https://warta.example/train"), encoding="utf-8")


def _edit_croissant(folder: Path) -> None:
    file = folder / "croissant.json"
    described = json.loads(file.read_text(encoding="utf-8"))
    described["distribution"][0]["sha256"] = "0" * 64
    file.write_text(json.dumps(described), encoding="utf-8")


TAMPERED: dict[str, tuple[Callable[[Path], None], str]] = {
    "a document less": (_drop_document, "documents, split train: not the kept rows of all"),
    "a row less in both": (_drop_everywhere, "an edit belongs to a document"),
    "another text": (_change_text, "its sha256 is not that of its text"),
    "another text with its hash": (_change_both, "documents, split train: not the kept rows of all"),
    "an edit elsewhere": (_move_edit, "the ledger cannot be undone|edits: document .* expects"),
    "a row twice": (_duplicate_rows, "an id belongs to one document only"),
    "a row that breaks its schema": (_break_row, r"rejections/train-00000\.parquet: row 0, bytes: expected at least 0, found -1"),
    "a column less": (_drop_column, r"overlaps/train-00000\.parquet: its columns are not those of schemas/overlap\.schema\.json"),
    "a card that leads elsewhere": (_edit_card, r"README\.md: its configs are not the files"),
    "another checksum in the Croissant file": (_edit_croissant, r"croissant\.json: its files or version are not"),
}


@pytest.mark.parametrize("tampering", TAMPERED)
def test_tampering_that_fits_its_checksums_is_found(tampering: str, corpus: Corpus, build: Build) -> None:
    """A release with wrong rows, card or Croissant file is refused, even if its manifest was rewritten to match."""
    folder = build(corpus).folder
    change, message = TAMPERED[tampering]
    change(folder)
    reseal(folder)

    with pytest.raises(ReleaseError, match=message):
        release.verify(folder)


def test_older_scrapes_are_undone_too(corpus: Corpus, build: Build) -> None:
    """The ledger is also checked on older scrapes of a URL, which only `all` contains."""
    old, new = corpus.documents["id"][1], corpus.documents["id"][0]
    renamed = pl.col("id").replace(old, f"{old}.0123abcd")
    older = corpus._replace(
        documents=corpus.documents.with_columns(
            renamed,
            pl.when(pl.col("id") == old).then(pl.lit("duplicate")).otherwise("role").alias("role"),
            pl.when(pl.col("id") == old).then(pl.lit(new)).otherwise("kept_id").alias("kept_id"),
        ),
        edits=corpus.edits.with_columns(renamed),
    )
    folder = build(older).folder
    file = folder / "edits" / "train-00000.parquet"
    late = pl.col("id").str.contains(".", literal=True)
    rewrite(file, pl.read_parquet(file).with_columns(replacement=pl.when(late).then(pl.lit("!")).otherwise("replacement")))
    reseal(folder)

    with pytest.raises(ReleaseError, match=rf"document {old}\.0123abcd, text: .* expects '!'"):
        release.verify(folder)
