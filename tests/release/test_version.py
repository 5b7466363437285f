"""The version number of a release follows from the changes of its records and schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring.core.errors import ReleaseError
from saring.core.tables import DOCUMENT
from saring.release import schema
from saring.release.version import COMPARED_COLUMNS, FIRST_VERSION, Change, compare_documents, next_version
from tests.release.conftest import document, small

if TYPE_CHECKING:
    from pathlib import Path

    from tests.release.conftest import Corpus


def change(added: int = 0, removed: int = 0, edited: int = 0) -> Change:
    """Return a change of so many records."""
    return Change(*(pl.DataFrame({"id": [str(number) for number in range(count)]}) for count in (added, removed, edited)))


def schema_changes(*kinds: str) -> pl.DataFrame:
    """Return schema changes of these kinds."""
    return pl.DataFrame({"change": kinds}, schema={"change": pl.String})


@pytest.mark.parametrize(
    ("changed", "version"),
    [
        (change(), "1.2.4"),
        (change(added=1), "1.3.0"),
        (change(removed=1), "2.0.0"),
        (change(edited=1), "2.0.0"),
        (change(added=5, removed=1), "2.0.0"),
    ],
)
def test_records_decide(changed: Change, version: str) -> None:
    """Removed or edited records make a MAJOR version, added ones a MINOR, none a PATCH; lower numbers begin at 0 again."""
    assert next_version("1.2.3", changed) == version
    assert next_version("1.2.3", changed, schema_changes()) == version


@pytest.mark.parametrize(
    ("kinds", "version"), [(("added",), "1.3.0"), (("values",), "1.3.0"), (("described",), "1.2.4"), (("added", "removed"), "2.0.0")]
)
def test_schemas_decide(kinds: tuple[str, ...], version: str) -> None:
    """A breaking schema change makes a MAJOR version, an extending one a MINOR, also without a change of records."""
    assert next_version("1.2.3", change(), schema_changes(*kinds)) == version


@pytest.mark.parametrize("kind", schema.BREAKING)
def test_breaking_changes_are_major(kind: str) -> None:
    """Each kind of breaking change makes a MAJOR version."""
    assert next_version("9.0.0", change(), schema_changes(kind)) == "10.0.0"


def test_the_first_version() -> None:
    """The first release of a dataset is 1.0.0, whatever it holds; numbers count, they are not digits."""
    assert next_version(None, change(added=3)) == FIRST_VERSION == "1.0.0"
    assert next_version("1.9.9", change()) == "1.9.10"


def parent_of(folder: Path, corpus: Corpus) -> Path:
    """Write the config `all` of a release of a corpus; return its folder."""
    (folder / "all").mkdir(parents=True)
    corpus.documents.write_parquet(folder / "all" / "train-00000.parquet")
    return folder


def ids(changed: Change) -> list[list[str]]:
    """Return the ids of added, removed and edited records."""
    return [frame["id"].to_list() for frame in changed]


def test_records_are_compared_by_id(tmp_path: Path) -> None:
    """Records that one side lacks are added or removed, whatever their order; a changed text makes an edited one."""
    corpus = small()
    first, second = corpus.documents["id"][1], corpus.documents["id"][3]
    row = document("new", "Hujan turun.")
    changed = corpus.edited(first, text="Kapal berlayar lagi.").without(second).with_documents(row)

    compared = compare_documents(parent_of(tmp_path, corpus), changed.documents.reverse().lazy())

    assert ids(compared) == [[row["id"]], [second], [first]]


@pytest.mark.parametrize("column", DOCUMENT.names()[1:])
def test_measurements_are_not_compared(column: str, tmp_path: Path) -> None:
    """A column that becomes null edits a record, unless it is a measurement or the label of a cluster."""
    corpus = small()
    filled = corpus.documents.with_columns(pl.col(column).fill_null(pl.col(column).drop_nulls().first()))
    if filled[column].null_count() == filled.height:  # null in the whole corpus
        filled = filled.with_columns(pl.lit(1).cast(DOCUMENT[column]).alias(column))
    changed = filled.with_columns(pl.lit(None, dtype=DOCUMENT[column]).alias(column))

    compared = compare_documents(parent_of(tmp_path, corpus._replace(documents=filled)), changed.lazy())

    measurements = {
        "language_score",
        "sha256",
        "cluster",
        "characters",
        "words",
        "removed_share",
        "dropped_share",
        "page_type",
        "page_type_score",
    }
    assert (compared.edited.height == corpus.documents.height) == (column in COMPARED_COLUMNS) == (column not in measurements)
    assert (compared.added.height, compared.removed.height) == (0, 0)


def test_columns_that_the_parent_lacks_are_not_compared(tmp_path: Path) -> None:
    """A parent without a column has the same records; a parent of ids alone differs in added and removed ones only."""
    corpus = small()
    for number, columns in enumerate((["title", "created"], corpus.documents.columns[1:])):
        parent = parent_of(tmp_path / str(number), corpus._replace(documents=corpus.documents.drop(columns)))

        assert ids(compare_documents(parent, corpus.documents[1:].lazy())) == [[], [corpus.documents["id"][0]], []]


def test_everything_is_added_to_nothing(tmp_path: Path) -> None:
    """Without a parent, and beside an empty one, all records are added, sorted by id; without records nothing is."""
    documents = small().documents
    empty = small()._replace(documents=documents.clear())

    for parent in (None, parent_of(tmp_path, empty)):
        assert ids(compare_documents(parent, documents.lazy())) == [sorted(documents["id"]), [], []]
        assert ids(compare_documents(parent, documents.clear().lazy())) == [[], [], []]


def test_a_damaged_parent_is_named(tmp_path: Path) -> None:
    """A parent that cannot be read is an error that names it and says what to do."""
    (tmp_path / "v1.0.0" / "all").mkdir(parents=True)
    (tmp_path / "v1.0.0" / "all" / "train-00000.parquet").write_bytes(b"PAR1")

    with pytest.raises(ReleaseError, match=r"v1\.0\.0: expected the records of the previous release, found: .*Restore that release"):
        compare_documents(tmp_path / "v1.0.0", small().documents.lazy())
