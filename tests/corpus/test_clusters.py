"""`overlap.decide`: clusters, what is kept, splits."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.config import Config, Dataset, Overlap
from saring.core.connected_components import connected_components
from saring.core.tables import OVERLAP, ROLE
from saring.corpus import overlaps
from saring.corpus.splits import draw_splits

Link = tuple[str, str, str, float, float]


def decide(
    characters: dict[str, int],
    links: list[Link],
    *,
    edits: dict[str, int] | None = None,
    languages: dict[str, str] | None = None,
    splits: tuple[tuple[str, float], ...] = (("train", 1.0),),
    **settings: Any,  # noqa: ANN401 (passed on)
) -> dict[str, tuple[str, str, str]]:
    """Return cluster, role and kept_id of each document."""
    roles = decide_all(characters, links, edits or {}, languages or {}, splits, **settings)
    return {id_: (cluster, role, kept_id) for id_, cluster, role, kept_id, _ in roles.iter_rows()}


def decide_all(
    characters: dict[str, int],
    links: list[Link],
    edits: dict[str, int],
    languages: dict[str, str],
    splits: tuple[tuple[str, float], ...],
    **settings: Any,  # noqa: ANN401 (passed on)
) -> pl.DataFrame:
    """Return what `overlap.decide` does; a link is (a, b, kind, coverage of a, coverage of b)."""
    documents = pl.DataFrame(
        [(id_, count, languages.get(id_)) for id_, count in characters.items()],
        schema={"id": pl.String, "characters": pl.Int64, "language": pl.String},
        orient="row",
    )
    rows: list[tuple[object, ...]] = [(a, b, kind, 1.0, of_a, of_b, []) for a, b, kind, of_a, of_b in links]
    edited = pl.DataFrame(list(edits.items()), schema={"id": pl.String, "edits": pl.Int64}, orient="row")
    config = Config(dataset=Dataset(name="x"), overlap=Overlap(**settings), splits=splits)
    return overlaps.assign_roles(documents, pl.DataFrame(rows, schema=OVERLAP, orient="row"), edited, config)


def test_a_document_without_links_is_its_own_cluster() -> None:
    """Nothing links it, so it is kept."""
    assert decide({"x": 5}, []) == {"x": ("x", "kept", "x")}


def test_the_most_complete_is_kept() -> None:
    """Characters decide, then the fewest edits, then the smallest id."""
    link: list[Link] = [("x", "y", "near", 0.9, 0.9)]

    assert decide({"x": 5, "y": 6}, link)["x"] == ("y", "duplicate", "y")
    assert decide({"x": 5, "y": 5}, link, edits={"x": 2, "y": 1})["x"] == ("y", "duplicate", "y")
    assert decide({"x": 5, "y": 5}, link, edits={"x": 2, "y": 2})["y"] == ("x", "duplicate", "x")
    assert decide({"x": 5, "y": 5}, link, edits={"y": 2})["y"] == ("x", "duplicate", "x")


def test_of_equals_the_one_that_declares_most_is_kept() -> None:
    """After characters and edits, before the id."""
    documents = pl.DataFrame({"id": ["x", "y"], "characters": [5, 5], "language": [None, None], "declared": [1, 2]})
    links = pl.DataFrame([("x", "y", "exact", 1.0, 1.0, 1.0, [])], schema=OVERLAP, orient="row")
    none = pl.DataFrame(schema={"id": pl.String, "edits": pl.Int64})

    assert overlaps.assign_roles(documents, links, none, Config(dataset=Dataset(name="x")))["kept_id"].to_list() == ["y", "y"]


def test_chains_are_not_followed() -> None:
    """Where a is like b and b like c, c stays: nobody has looked at a beside c."""
    roles = decide({"a": 9, "b": 8, "c": 7}, [("a", "b", "near", 0.9, 0.9), ("b", "c", "near", 0.9, 0.9)])

    assert roles == {"a": ("a", "kept", "a"), "b": ("a", "duplicate", "a"), "c": ("c", "kept", "c")}


def test_too_little_covered_is_kept() -> None:
    """A member of which the kept one says less than drop_at stays in the cluster, kept."""
    link: list[Link] = [("x", "y", "contained", 0.2, 0.6)]

    assert decide({"x": 9, "y": 5}, link, drop_at=0.6000001)["y"] == ("x", "kept", "y")
    assert decide({"x": 9, "y": 5}, link, drop_at=0.6)["y"] == ("x", "duplicate", "x")
    assert decide({"x": 5, "y": 9}, link, drop_at=0.6)["x"] == ("y", "kept", "x")


def test_pages_of_a_template_are_kept() -> None:
    """They are of one cluster, and so of one split, but none stands for another; a copy of one is set aside for that one."""
    links: list[Link] = [("a", "b", "template", 0.9, 0.9), ("a", "c", "template", 0.9, 0.9), ("b", "c", "near", 0.9, 0.9)]
    expected = {"a": ("a", "kept", "a"), "b": ("a", "kept", "b"), "c": ("a", "duplicate", "b")}

    assert expected == decide({"a": 9, "b": 8, "c": 7}, links)
    assert expected == decide({"a": 9, "b": 8, "c": 7}, links, drop_at=0.0)


def test_exact_copies_follow_their_original() -> None:
    """Copies are linked to the smallest id only, and still stand and fall with what has the same words."""
    links: list[Link] = [("a", "b", "exact", 1, 1), ("a", "c", "exact", 1, 1), ("a", "z", "contained", 1, 0.3)]
    expected = {"a": ("z", "duplicate", "z"), "b": ("z", "duplicate", "z"), "c": ("z", "duplicate", "z"), "z": ("z", "kept", "z")}

    assert expected == decide({"a": 5, "b": 5, "c": 6, "z": 20}, links)
    assert decide({"a": 5, "b": 5, "c": 6}, links[:2])["a"] == ("c", "duplicate", "c")


def test_an_older_revision_is_always_a_duplicate() -> None:
    """However long it is, whatever it is like: it follows the newest, and the newest's own original."""
    links: list[Link] = [("p", "p.1", "revision", 0, 0), ("p", "q", "near", 1, 1), ("p.1", "r", "near", 1, 1)]
    expected = {
        "p": ("q", "duplicate", "q"),
        "p.1": ("q", "duplicate", "q"),
        "q": ("q", "kept", "q"),
        "r": ("r", "kept", "r"),
    }

    assert expected == decide({"p": 5, "p.1": 99, "q": 9, "r": 3}, links)


def test_what_is_like_an_older_revision_is_kept() -> None:
    """A copy of an older revision is the only one left that says so, and leads the other copies."""
    links: list[Link] = [("p", "p.1", "revision", 0, 0), ("p.1", "x", "exact", 1, 1), ("p.1", "y", "exact", 1, 1)]
    roles = decide({"p": 5, "p.1": 9, "x": 9, "y": 9}, links)

    assert roles == {"p": ("p", "kept", "p"), "p.1": ("p", "duplicate", "p"), "x": ("x", "kept", "x"), "y": ("x", "duplicate", "x")}


def test_one_of_each_language() -> None:
    """With one_per = "language" the best of each language stays, and a second one that it does not cover."""
    links: list[Link] = [("a", other, "translation", 0.9, 0.9) for other in "bcd"]
    links += [("b", "c", "near", 0.9, 0.9)]
    languages = {"a": "id", "b": "fr", "c": "fr", "d": "fr"}
    sizes = {"a": 9, "b": 8, "c": 7, "d": 6}

    expected = {"a": ("a", "kept", "a"), "b": ("a", "kept", "b"), "c": ("a", "duplicate", "b"), "d": ("a", "kept", "d")}
    assert expected == decide(sizes, links, languages=languages, one_per="language")
    assert {"a"} == {kept for _, _, kept in decide(sizes, links, languages=languages).values()}


ids = [f"d{n}" for n in range(9)]
any_links = st.lists(
    st.tuples(
        st.sampled_from(ids),
        st.sampled_from(ids),
        st.sampled_from(["exact", "near", "contained", "template", "translation"]),
        st.floats(0, 1, width=32),
        st.floats(0, 1, width=32),
    ).filter(lambda link: link[0] < link[1]),
    max_size=14,
    unique_by=lambda link: link[:2],
)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.integers(0, 3), min_size=9, max_size=9),
    any_links,
    st.sets(st.integers(1, 8)),
    st.fixed_dictionaries({"one_per": st.sampled_from(["cluster", "language"]), "drop_at": st.sampled_from([0.0, 0.5, 1.0])}),
    st.randoms(use_true_random=False),
)
def test_laws(sizes: list[int], links: list[Link], old: set[int], options: dict[str, Any], random: Any) -> None:  # noqa: ANN401 (hypothesis' own)
    """Every document has one role; what stands for a duplicate is kept, in its cluster, and linked documents share a split."""
    characters = dict(zip(ids, sizes, strict=True))
    links = [link for link in links if (link[0], link[1]) not in {("d0", f"d{n}") for n in old}]
    links += [("d0", f"d{n}", "revision", 0.0, 0.0) for n in sorted(old)]
    languages = dict.fromkeys(ids[::2], "id")
    splits = (("train", 0.5), ("validation", 0.0), ("test", 0.5))
    roles = decide_all(characters, links, {}, languages, splits, **options)
    random.shuffle(links)
    again = decide_all(dict(random.sample(list(characters.items()), 9)), links, {}, languages, splits, **options)

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
    for a, b, *_ in links:
        assert by_id[a]["split"] == by_id[b]["split"]


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))))))
def test_components(graph: tuple[int, list[tuple[int, int]]]) -> None:
    """Nodes have one root just where edges join them, and it is the smallest of them."""
    nodes, edges = graph
    expected = list(range(nodes))
    for _ in range(nodes):
        for a, b in edges:
            expected[a] = expected[b] = min(expected[a], expected[b])
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)

    assert expected == connected_components(nodes, ends[:, 0], ends[:, 1]).tolist()


@pytest.mark.parametrize("shares", [(("train", 0.8), ("test", 0.2)), (("test", 0.1), ("a", 0.0), ("train", 0.9))])
def test_splits_have_their_shares(shares: tuple[tuple[str, float], ...]) -> None:
    """Of ten thousand documents each split gets its share, to a percent."""
    drawn = draw_splits(pl.Series([f"id{n}" for n in range(10_000)]), pl.DataFrame(schema=OVERLAP), shares)
    counts = dict(drawn["split"].value_counts().iter_rows())

    for name, share in shares:
        assert counts.get(name, 0) / 10_000 == pytest.approx(share, abs=0.01)


def test_a_draw_is_for_ever() -> None:
    """The split of an id is fixed: it is the same in every build, with every version."""
    drawn = draw_splits(
        pl.Series(["b5b10dd0429e69ac7cfa", "00000000000000000000", "x"]), pl.DataFrame(schema=OVERLAP), (("train", 0.5), ("test", 0.5))
    )

    assert drawn["split"].to_list() == ["test", "test", "train"]
