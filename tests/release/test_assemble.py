"""Writing of releases: versions, reproducible bytes, and which changes make a new version."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saring import release
from saring.core import ledger, tables
from saring.core.errors import ReleaseError
from tests.release.conftest import INPUTS, Corpus, document, reseal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saring.config import Config
    from saring.release import WriteResult

    Build = Callable[..., WriteResult]


def contents(folder: Path) -> dict[str, bytes]:
    """Return the contents of all files of a folder, by path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_first_release(corpus: Corpus, config: Config, tmp_path: Path) -> None:
    """The first release is 1.0.0, contains every table by split, is named by `latest`, and leaves no other files."""
    written = release.write_release(corpus.save(tmp_path / "tables"), config, INPUTS, tmp_path / "processed")

    home = tmp_path / "processed" / "warung"
    expected = {
        "CHANGELOG.md",
        "README.md",
        "all/test-00000.parquet",
        "all/train-00000.parquet",
        "croissant.json",
        "documents/test-00000.parquet",
        "documents/train-00000.parquet",
        "edits/train-00000.parquet",
        "manifest.json",
        "overlaps/train-00000.parquet",
        "rejections/train-00000.parquet",
        "schemas/document.schema.json",
        "schemas/edit.schema.json",
        "schemas/overlap.schema.json",
        "schemas/rejection.schema.json",
    }
    assert written == release.WriteResult("1.0.0", home / "v1.0.0", changed=True, added=5, removed=0, edited=0)
    assert set(contents(written.folder)) == expected
    assert (home / "latest").read_text(encoding="utf-8") == "v1.0.0\n"
    assert {path.name for path in home.iterdir()} == {"v1.0.0", "latest", ".release.lock"}
    assert pl.read_parquet(written.folder / "documents")["role"].unique().to_list() == ["kept"]


def test_nothing_new_makes_no_version(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """Writing the same tables again changes no file and returns `changed=False`."""
    first = build(corpus)
    before = contents(tmp_path / "processed")

    again = build(corpus)

    assert again == ("1.0.0", first.folder, False, 0, 0, 0, ())
    assert contents(tmp_path / "processed") == before


def test_same_input_same_bytes(corpus: Corpus, config: Config, tmp_path: Path) -> None:
    """Two builds in two folders write the same bytes, also for a later version, whatever the row groups of the input tables."""
    more = corpus.with_documents(document("pages/9.html", "Pasar buka lagi."))
    folders = [corpus.save(tmp_path / "first"), more.save(tmp_path / "second")]
    for out in ("left", "right"):
        for folder in folders:
            release.write_release(folder, config, INPUTS, tmp_path / out)
            for table in folder.iterdir():
                pl.read_parquet(table).write_parquet(table, row_group_size=2, compression="uncompressed")

    first, second = (contents(tmp_path / name) for name in ("left", "right"))

    assert set(first) == set(second)
    assert [path for path in first if first[path] != second[path]] == []


CHANGES: dict[str, tuple[str, Callable[[Corpus, str], Corpus], tuple[int, int, int]]] = {
    "a record more": ("1.1.0", lambda corpus, _: corpus.with_documents(document("new", "Hujan turun.")), (1, 0, 0)),
    "a record less": ("2.0.0", lambda corpus, id_: corpus.without(id_), (0, 1, 0)),
    "another text": ("2.0.0", lambda corpus, id_: corpus.edited(id_, text="Kapal berlayar lagi."), (0, 0, 1)),
    "another title": ("2.0.0", lambda corpus, id_: corpus.edited(id_, title=None), (0, 0, 1)),
    "another split": ("2.0.0", lambda corpus, id_: corpus.edited(id_, split="test"), (0, 0, 1)),
    "another measure": ("1.0.1", lambda corpus, id_: corpus.edited(id_, language_score=0.5), (0, 0, 0)),
    "another rejection": ("1.0.1", lambda corpus, _: corpus._replace(rejections=pl.concat([corpus.rejections] * 2)), (0, 0, 0)),
    "one more and one less": (
        "2.0.0",
        lambda corpus, id_: corpus.without(id_).with_documents(document("new", "Hujan turun.")),
        (1, 1, 0),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_versions_are_computed(change: str, corpus: Corpus, build: Build) -> None:
    """Removed or edited records make a MAJOR version, added records a MINOR one, any other change a PATCH."""
    build(corpus)
    expected, apply, counts = CHANGES[change]

    written = build(apply(corpus, corpus.documents["id"][1]))

    assert (written.version, written.changed, written[3:6]) == (expected, True, counts)
    assert (written.folder.parent / "latest").read_text(encoding="utf-8") == f"v{expected}\n"


def test_another_licence_is_a_patch(corpus: Corpus, build: Build, config: Config) -> None:
    """A change of the card alone makes a PATCH version."""
    build(corpus)
    relicensed = dataclasses.replace(config, dataset=dataclasses.replace(config.dataset, license="cc0-1.0"))

    written = build(corpus, config=relicensed)

    assert written.version == "1.0.1"


def test_the_same_records_in_other_bytes_are_a_patch(corpus: Corpus, build: Build) -> None:
    """If the Parquet files were written by an older writer, the same records are written again as a PATCH version."""
    first = build(corpus)
    _reserialise(first.folder)

    written = build(corpus)

    assert written == ("1.0.1", first.folder.parent / "v1.0.1", True, 0, 0, 0, ())


def _reserialise(folder: Path) -> None:
    """Rewrite the Parquet files of a release with other compression, as another version of the code might, and update its manifest."""
    for file in folder.rglob("*.parquet"):
        pl.read_parquet(file).write_parquet(file, compression="uncompressed")
    reseal(folder, build="0" * 64)


def test_a_damaged_parent_is_named(corpus: Corpus, build: Build) -> None:
    """A damaged parent release stops the build; the error names the file, and the parent is not changed."""
    first = build(corpus)
    (first.folder / "all" / "train-00000.parquet").write_bytes(b"PAR1")

    with pytest.raises(
        ReleaseError, match=r"v1\.0\.0: expected the release that .*\n- all/train-00000\.parquet: expected .*\n.*move the folder away"
    ):
        build(corpus.with_documents(document("new", "Hujan turun.")))

    assert {path.name for path in first.folder.parent.iterdir()} == {"v1.0.0", "latest", ".release.lock"}


def test_tables_that_fail_verification_are_not_released(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """Tables whose ledger does not match their texts are refused, and the previous release stays the latest."""
    build(corpus)
    broken = corpus._replace(edits=corpus.edits.with_columns(replacement=pl.lit("x")))

    with pytest.raises(ReleaseError, match="nothing was released"):
        build(broken.with_documents(document("new", "Hujan turun.")))

    assert (tmp_path / "processed" / "warung" / "latest").read_text(encoding="utf-8") == "v1.0.0\n"
    assert not list((tmp_path / "processed" / "warung").glob(".v*"))


def test_unsorted_tables_are_refused(corpus: Corpus, config: Config, tmp_path: Path) -> None:
    """Documents that are not sorted by source, then id are refused."""
    tables = corpus.save(tmp_path / "tables")
    corpus.documents.sort("source", descending=True).write_parquet(tables / "documents.parquet")

    with pytest.raises(ReleaseError, match=r"documents\.parquet: expected rows sorted by source, then id"):
        release.write_release(tables, config, INPUTS, tmp_path / "processed")


def test_a_corpus_without_documents(corpus: Corpus, build: Build) -> None:
    """If everything was rejected, the release names its empty configs, and the rejections load."""
    rejected_only = Corpus(*(tables.empty_table(frame.schema) for frame in corpus))._replace(rejections=corpus.rejections)

    written = build(rejected_only)

    card = (written.folder / "README.md").read_text(encoding="utf-8")
    assert "not to be loaded by name: `documents`, `all`, `edits`, `overlaps`" in card
    assert "- config_name: rejections" in card
    assert release.verify(written.folder)[-1] == "datasets loads rejections"


def test_a_corpus_without_rows(corpus: Corpus, build: Build) -> None:
    """Empty tables give a release that passes verification."""
    written = build(Corpus(*(tables.empty_table(frame.schema) for frame in corpus)))

    assert release.verify(written.folder)[-1] == "datasets loads nothing, because there are no rows"


#: Strategy for texts, often with syntax of Markdown, YAML, HTML or terminals.
TEXTS = st.text(max_size=12) | st.lists(
    st.sampled_from(
        ["|", "`", "``", "---\n", "\n", "\\", "<script>", "](http://x)", "\x1b[2J", "\u202e", "$title", "#", "é", "🙂", "\0", "\ufeff"]
    )
).map("".join)


@st.composite
def corpora(draw: st.DrawFn) -> Corpus:
    """Return consistent tables: random texts, with random edits that produced them."""
    rows, spans = [], []
    for number in range(draw(st.integers(0, 4))):
        row = document(f"pages/{number}", "", split=draw(st.sampled_from(["train", "test"])))
        row["language"] = draw(st.sampled_from(["no", "id", "und"]))
        row |= {
            "title": draw(st.none() | TEXTS),
            "site": draw(st.none() | TEXTS.filter(bool)),
            "authors": draw(st.none() | st.lists(TEXTS.filter(bool))),
        }
        text = ""
        start = 0
        for place, part in enumerate(draw(st.lists(TEXTS, max_size=4))):
            replacement = draw(TEXTS) if place % 2 else part
            if place % 2:
                spans.append((row["id"], start, start + len(part), part, replacement))
            start += len(part)
            text += replacement
        rows.append(row | {key: value for key, value in document("", text).items() if key in ("text", "sha256", "characters", "words")})
    if len(rows) > 1 and draw(st.booleans()):
        first, second = rows[:2]
        for row in (first, second):
            row |= {"cluster": first["id"], "split": "train"}
        second |= {"role": "duplicate", "kept_id": first["id"]}
    columns = {"id": pl.String, "start": pl.Int32, "end": pl.Int32, "original": pl.String, "replacement": pl.String}
    edits = pl.DataFrame(spans, schema=columns, orient="row").with_columns(
        field=pl.lit("text"), kind=pl.lit("ad"), rule=pl.lit(draw(TEXTS.filter(bool))), score=None
    )
    rejections = [
        {"source": str(number), "step": "read", "reason": "empty", "message": draw(TEXTS.filter(bool)), "bytes": None}
        for number in range(draw(st.integers(0, 2)))
    ]
    return Corpus(
        pl.DataFrame(rows, schema=tables.DOCUMENT),
        ledger.number_edits("noise", edits),
        tables.empty_table(tables.OVERLAP),
        pl.DataFrame(rejections, schema=tables.REJECTION),
    )


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpus=corpora())
def test_any_valid_tables_make_a_release_that_verifies(corpus: Corpus, config: Config, tmp_path_factory: pytest.TempPathFactory) -> None:
    """For random texts, titles and sites, consistent tables give a release that passes verification."""
    folder = tmp_path_factory.mktemp("any")

    written = release.write_release(corpus.save(folder / "tables"), config, INPUTS, folder / "processed")

    assert written.version == "1.0.0"
    assert len(release.verify(written.folder)) == 6
