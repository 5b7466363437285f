"""Releases as a whole: versions, bytes, and what makes a new one."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.release.conftest import INPUTS, Corpus, document, reseal

from saring import release
from saring.core import ledger, tables
from saring.core.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saring.config import Config
    from saring.release import Written

    Build = Callable[..., Written]


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_first_release(corpus: Corpus, config: Config, tmp_path: Path) -> None:
    """The first release is 1.0.0, holds every table by split, is named by `latest`, and leaves nothing else behind."""
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
    assert written == release.Written("1.0.0", home / "v1.0.0", changed=True, added=5, removed=0, edited=0)
    assert set(contents(written.folder)) == expected
    assert (home / "latest").read_text(encoding="utf-8") == "v1.0.0\n"
    assert {path.name for path in home.iterdir()} == {"v1.0.0", "latest", ".release.lock"}
    assert pl.read_parquet(written.folder / "documents")["role"].unique().to_list() == ["kept"]


def test_nothing_new_makes_no_version(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """The same tables again write nothing and say so."""
    first = build(corpus)
    before = contents(tmp_path / "processed")

    again = build(corpus)

    assert again == ("1.0.0", first.folder, False, 0, 0, 0, ())
    assert contents(tmp_path / "processed") == before


def test_same_input_same_bytes(corpus: Corpus, config: Config, tmp_path: Path) -> None:
    """Two builds in two folders give the same bytes, through a later version too, whatever the row groups of the tables."""
    more = corpus.with_documents(document("pages/9.html", "Pasar buka lagi."))
    folders = [corpus.save(tmp_path / "first"), more.save(tmp_path / "second")]
    for out in ("one", "two"):
        for folder in folders:
            release.write_release(folder, config, INPUTS, tmp_path / out)
            for table in folder.iterdir():
                pl.read_parquet(table).write_parquet(table, row_group_size=2, compression="uncompressed")

    one, two = (contents(tmp_path / name) for name in ("one", "two"))

    assert set(one) == set(two)
    assert [path for path in one if one[path] != two[path]] == []


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
    """Removed or edited records make a MAJOR version, added ones a MINOR, anything else that differs a PATCH."""
    build(corpus)
    expected, apply, counts = CHANGES[change]

    written = build(apply(corpus, corpus.documents["id"][1]))

    assert (written.version, written.changed, written[3:6]) == (expected, True, counts)
    assert (written.folder.parent / "latest").read_text(encoding="utf-8") == f"v{expected}\n"


def test_another_licence_is_a_patch(corpus: Corpus, build: Build, config: Config) -> None:
    """Where only the card differs, the version is a PATCH."""
    build(corpus)
    other = dataclasses.replace(config, dataset=dataclasses.replace(config.dataset, license="cc0-1.0"))

    written = build(corpus, config=other)

    assert written.version == "1.0.1"


def test_the_same_records_in_other_bytes_are_a_patch(corpus: Corpus, build: Build) -> None:
    """A release whose files were written by an older writer is written anew, as a PATCH."""
    first = build(corpus)
    _reserialise(first.folder)

    written = build(corpus)

    assert written == ("1.0.1", first.folder.parent / "v1.0.1", True, 0, 0, 0, ())


def _reserialise(folder: Path) -> None:
    """Write the files of a release as another version of the code would have, with a manifest that fits."""
    for file in folder.rglob("*.parquet"):
        pl.read_parquet(file).write_parquet(file, compression="uncompressed")
    reseal(folder, build="0" * 64)


def test_a_damaged_parent_is_named(corpus: Corpus, build: Build) -> None:
    """A release before that cannot be read stops the build, names the file, and stays as it is."""
    first = build(corpus)
    (first.folder / "all" / "train-00000.parquet").write_bytes(b"PAR1")

    with pytest.raises(
        ReleaseError, match=r"v1\.0\.0: expected the release that .*\n- all/train-00000\.parquet: expected .*\n.*move the folder away"
    ):
        build(corpus.with_documents(document("new", "Hujan turun.")))

    assert {path.name for path in first.folder.parent.iterdir()} == {"v1.0.0", "latest", ".release.lock"}


def test_tables_that_break_a_promise_are_not_released(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """Tables whose ledger does not fit their texts are refused whole, and the release before stands."""
    build(corpus)
    broken = corpus._replace(edits=corpus.edits.with_columns(replacement=pl.lit("x")))

    with pytest.raises(ReleaseError, match="nothing was released"):
        build(broken.with_documents(document("new", "Hujan turun.")))

    assert (tmp_path / "processed" / "warung" / "latest").read_text(encoding="utf-8") == "v1.0.0\n"
    assert not list((tmp_path / "processed" / "warung").glob(".v*"))


def test_unsorted_tables_are_refused(corpus: Corpus, config: Config, tmp_path: Path) -> None:
    """Documents in another order than source, then id would break what consumers rely on."""
    tables = corpus.save(tmp_path / "tables")
    corpus.documents.sort("source", descending=True).write_parquet(tables / "documents.parquet")

    with pytest.raises(ReleaseError, match=r"documents\.parquet: expected rows sorted by source, then id"):
        release.write_release(tables, config, INPUTS, tmp_path / "processed")


def test_a_corpus_without_documents(corpus: Corpus, build: Build) -> None:
    """Where everything was rejected there still is a release: it says so, and the rejections load."""
    nothing = Corpus(*(tables.empty_table(frame.schema) for frame in corpus))._replace(rejections=corpus.rejections)

    written = build(nothing)

    card = (written.folder / "README.md").read_text(encoding="utf-8")
    assert "not to be loaded by name: `documents`, `all`, `edits`, `overlaps`" in card
    assert "- config_name: rejections" in card
    assert release.verify(written.folder)[-1] == "datasets loads rejections"


def test_a_corpus_of_nothing(corpus: Corpus, build: Build) -> None:
    """Tables without any row give a release that verifies."""
    written = build(Corpus(*(tables.empty_table(frame.schema) for frame in corpus)))

    assert release.verify(written.folder)[-1] == "datasets loads nothing, because there are no rows"


#: Any text, often with what has a meaning in Markdown, YAML, HTML or to a terminal.
TEXTS = st.text(max_size=12) | st.lists(
    st.sampled_from(
        ["|", "`", "``", "---\n", "\n", "\\", "<script>", "](http://x)", "\x1b[2J", "\u202e", "$title", "#", "é", "🙂", "\0", "\ufeff"]
    )
).map("".join)


@st.composite
def corpora(draw: st.DrawFn) -> Corpus:
    """Return tables that hold together: any texts, with any edits that gave them."""
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
    made = pl.DataFrame(spans, schema=columns, orient="row").with_columns(
        field=pl.lit("text"), kind=pl.lit("ad"), rule=pl.lit(draw(TEXTS.filter(bool))), score=None
    )
    rejections = [
        {"source": str(number), "step": "read", "reason": "empty", "message": draw(TEXTS.filter(bool)), "bytes": None}
        for number in range(draw(st.integers(0, 2)))
    ]
    return Corpus(
        pl.DataFrame(rows, schema=tables.DOCUMENT),
        ledger.number_edits("noise", made),
        tables.empty_table(tables.OVERLAP),
        pl.DataFrame(rejections, schema=tables.REJECTION),
    )


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpus=corpora())
def test_any_valid_tables_make_a_release_that_verifies(corpus: Corpus, config: Config, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the texts, titles and sites are: tables that hold together give a release that keeps every promise."""
    folder = tmp_path_factory.mktemp("any")

    written = release.write_release(corpus.save(folder / "tables"), config, INPUTS, folder / "processed")

    assert written.version == "1.0.0"
    assert len(release.verify(written.folder)) == 6
