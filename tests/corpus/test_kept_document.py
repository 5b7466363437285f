"""Roles of documents: clusters, kept documents, and splits that follow clusters."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.config import Config, Dataset, Overlap
from saring.core.tables import OVERLAP, ROLE
from saring.corpus import overlaps

#: a, b, kind, coverage of a, coverage of b.
Pair = tuple[str, str, str, float, float]


def roles_of(
    characters: dict[str, int],
    pairs: list[Pair],
    *,
    edits: dict[str, int] | None = None,
    languages: dict[str, str] | None = None,
    splits: tuple[tuple[str, float], ...] = (("train", 1.0),),
    **settings: Any,  # noqa: ANN401 (passed on)
) -> dict[str, tuple[str, str, str]]:
    """Return cluster, role and kept_id of each document."""
    roles = role_table(characters, pairs, edits or {}, languages or {}, splits, **settings)
    return {id_: (cluster, role, kept_id) for id_, cluster, role, kept_id, _ in roles.iter_rows()}


def role_table(
    characters: dict[str, int],
    pairs: list[Pair],
    edits: dict[str, int],
    languages: dict[str, str],
    splits: tuple[tuple[str, float], ...],
    **settings: Any,  # noqa: ANN401 (passed on)
) -> pl.DataFrame:
    """Return the result of `assign_roles` for documents and overlaps given as Python values."""
    documents = pl.DataFrame(
        [(id_, count, languages.get(id_)) for id_, count in characters.items()],
        schema={"id": pl.String, "characters": pl.Int64, "language": pl.String},
        orient="row",
    )
    rows: list[tuple[object, ...]] = [(a, b, kind, 1.0, of_a, of_b, []) for a, b, kind, of_a, of_b in pairs]
    edit_counts = pl.DataFrame(list(edits.items()), schema={"id": pl.String, "edits": pl.Int64}, orient="row")
    config = Config(dataset=Dataset(name="x"), overlap=Overlap(**settings), splits=splits)
    return overlaps.assign_roles(documents, pl.DataFrame(rows, schema=OVERLAP, orient="row"), edit_counts, config)


def test_a_document_without_overlaps_is_its_own_cluster() -> None:
    """A document without overlaps is kept, in a cluster of its own."""
    assert roles_of({"x": 5}, []) == {"x": ("x", "kept", "x")}


def test_the_most_complete_is_kept() -> None:
    """The document with the most characters is kept, then the one with the fewest edits, then the smallest id."""
    pairs: list[Pair] = [("x", "y", "near", 0.9, 0.9)]

    assert roles_of({"x": 5, "y": 6}, pairs)["x"] == ("y", "duplicate", "y")
    assert roles_of({"x": 5, "y": 5}, pairs, edits={"x": 2, "y": 1})["x"] == ("y", "duplicate", "y")
    assert roles_of({"x": 5, "y": 5}, pairs, edits={"x": 2, "y": 2})["y"] == ("x", "duplicate", "x")
    assert roles_of({"x": 5, "y": 5}, pairs, edits={"y": 2})["y"] == ("x", "duplicate", "x")


def test_declared_metadata_decides_between_equals() -> None:
    """With equal characters and edits, the document that declares more metadata is kept, whatever its id."""
    documents = pl.DataFrame({"id": ["x", "y"], "characters": [5, 5], "language": [None, None], "declared": [1, 2]})
    pairs = pl.DataFrame([("x", "y", "exact", 1.0, 1.0, 1.0, [])], schema=OVERLAP, orient="row")
    no_edits = pl.DataFrame(schema={"id": pl.String, "edits": pl.Int64})

    assert overlaps.assign_roles(documents, pairs, no_edits, Config(dataset=Dataset(name="x")))["kept_id"].to_list() == ["y", "y"]


def test_chains_are_not_followed() -> None:
    """Where a overlaps with b and b with c, c is kept: a and c were not compared."""
    roles = roles_of({"a": 9, "b": 8, "c": 7}, [("a", "b", "near", 0.9, 0.9), ("b", "c", "near", 0.9, 0.9)])

    assert roles == {"a": ("a", "kept", "a"), "b": ("a", "duplicate", "a"), "c": ("c", "kept", "c")}


def test_a_member_with_low_coverage_is_kept() -> None:
    """A member of which the kept document covers less than drop_at is kept too, in the same cluster."""
    pairs: list[Pair] = [("x", "y", "contained", 0.2, 0.6)]

    assert roles_of({"x": 9, "y": 5}, pairs, drop_at=0.6000001)["y"] == ("x", "kept", "y")
    assert roles_of({"x": 9, "y": 5}, pairs, drop_at=0.6)["y"] == ("x", "duplicate", "x")
    assert roles_of({"x": 5, "y": 9}, pairs, drop_at=0.6)["x"] == ("y", "kept", "x")


def test_pages_of_a_template_are_kept() -> None:
    """Pages of one template share a cluster and so a split, but none is a duplicate of another; a copy of one is a duplicate of that one."""
    pairs: list[Pair] = [("a", "b", "template", 0.9, 0.9), ("a", "c", "template", 0.9, 0.9), ("b", "c", "near", 0.9, 0.9)]
    expected = {"a": ("a", "kept", "a"), "b": ("a", "kept", "b"), "c": ("a", "duplicate", "b")}

    assert expected == roles_of({"a": 9, "b": 8, "c": 7}, pairs)
    assert expected == roles_of({"a": 9, "b": 8, "c": 7}, pairs, drop_at=0.0)


def test_exact_copies_follow_their_original() -> None:
    """Copies, which are paired with the smallest id only, are duplicates of the document that their original is a duplicate of."""
    pairs: list[Pair] = [("a", "b", "exact", 1, 1), ("a", "c", "exact", 1, 1), ("a", "z", "contained", 1, 0.3)]
    expected = {"a": ("z", "duplicate", "z"), "b": ("z", "duplicate", "z"), "c": ("z", "duplicate", "z"), "z": ("z", "kept", "z")}

    assert expected == roles_of({"a": 5, "b": 5, "c": 6, "z": 20}, pairs)
    assert roles_of({"a": 5, "b": 5, "c": 6}, pairs[:2])["a"] == ("c", "duplicate", "c")


def test_an_older_revision_is_always_a_duplicate() -> None:
    """An older revision follows the newest, however long it is and whatever it overlaps with."""
    pairs: list[Pair] = [("p", "p.1", "revision", 0, 0), ("p", "q", "near", 1, 1), ("p.1", "r", "near", 1, 1)]
    expected = {
        "p": ("q", "duplicate", "q"),
        "p.1": ("q", "duplicate", "q"),
        "q": ("q", "kept", "q"),
        "r": ("r", "kept", "r"),
    }

    assert expected == roles_of({"p": 5, "p.1": 99, "q": 9, "r": 3}, pairs)


def test_a_copy_of_an_older_revision_is_kept() -> None:
    """A copy of an older revision on another page is kept, and is the original of further copies."""
    pairs: list[Pair] = [("p", "p.1", "revision", 0, 0), ("p.1", "x", "exact", 1, 1), ("p.1", "y", "exact", 1, 1)]
    roles = roles_of({"p": 5, "p.1": 9, "x": 9, "y": 9}, pairs)

    assert roles == {"p": ("p", "kept", "p"), "p.1": ("p", "duplicate", "p"), "x": ("x", "kept", "x"), "y": ("x", "duplicate", "x")}


def test_one_document_per_language() -> None:
    """With one_per = "language" the best document of each language is kept, and others of that language that it does not cover."""
    pairs: list[Pair] = [("a", member, "translation", 0.9, 0.9) for member in "bcd"]
    pairs += [("b", "c", "near", 0.9, 0.9)]
    languages = {"a": "id", "b": "fr", "c": "fr", "d": "fr"}
    sizes = {"a": 9, "b": 8, "c": 7, "d": 6}

    expected = {"a": ("a", "kept", "a"), "b": ("a", "kept", "b"), "c": ("a", "duplicate", "b"), "d": ("a", "kept", "d")}
    assert expected == roles_of(sizes, pairs, languages=languages, one_per="language")
    assert {"a"} == {kept for _, _, kept in roles_of(sizes, pairs, languages=languages).values()}


ids = [f"d{n}" for n in range(9)]
any_pairs = st.lists(
    st.tuples(
        st.sampled_from(ids),
        st.sampled_from(ids),
        st.sampled_from(["exact", "near", "contained", "template", "translation"]),
        st.floats(0, 1, width=32),
        st.floats(0, 1, width=32),
    ).filter(lambda pair: pair[0] < pair[1]),
    max_size=14,
    unique_by=lambda pair: pair[:2],
)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.integers(0, 3), min_size=9, max_size=9),
    any_pairs,
    st.sets(st.integers(1, 8)),
    st.fixed_dictionaries({"one_per": st.sampled_from(["cluster", "language"]), "drop_at": st.sampled_from([0.0, 0.5, 1.0])}),
    st.randoms(use_true_random=False),
)
def test_roles_are_consistent(sizes: list[int], pairs: list[Pair], old: set[int], options: dict[str, Any], random: Any) -> None:  # noqa: ANN401 (hypothesis' own)
    """Every document has one role, a duplicate refers to a kept document of its cluster, and overlapping documents share a split."""
    characters = dict(zip(ids, sizes, strict=True))
    pairs = [pair for pair in pairs if (pair[0], pair[1]) not in {("d0", f"d{n}") for n in old}]
    pairs += [("d0", f"d{n}", "revision", 0.0, 0.0) for n in sorted(old)]
    languages = dict.fromkeys(ids[::2], "id")
    splits = (("train", 0.5), ("validation", 0.0), ("test", 0.5))
    roles = role_table(characters, pairs, {}, languages, splits, **options)
    random.shuffle(pairs)
    again = role_table(dict(random.sample(list(characters.items()), 9)), pairs, {}, languages, splits, **options)

    assert roles.equals(again)
    assert roles.schema == ROLE
    assert ids == roles["id"].to_list()
    by_id = {row["id"]: row for row in roles.iter_rows(named=True)}
    for row in by_id.values():
        kept = by_id[row["kept_id"]]
        assert kept["role"] == "kept"
        assert (row["role"] == "kept") == (row["kept_id"] == row["id"])
        assert kept["cluster"] == row["cluster"]
        assert by_id[row["cluster"]]["role"] == "kept"
        assert row["split"] in {"train", "test"}
    for n in old:
        assert by_id[f"d{n}"]["role"] == "duplicate"
    for a, b, *_ in pairs:
        assert by_id[a]["split"] == by_id[b]["split"]
