"""Explanation of documents: lines in doubt, reasons of choices, and ids of freshly cleaned scrapes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import polars as pl
import pytest

from saring import read
from saring.clean_batch import clean, prepare
from saring.config import Noise, default_config
from saring.runs import build
from saring.runs.workspace import Job
from saring.tools.explain import Explained, choice_reason, published_document, undecided_lines, use_published_ids

SAMPLE = Path(__file__).parents[2] / "raw" / "id" / "menu-ikon.txt"


def test_lines_in_doubt_are_listed_and_kept() -> None:
    """Lines on which the classifier abstains are listed and stay in the clean text; without the classifier there are none."""
    plain = default_config()
    careful = dataclasses.replace(plain, noise=Noise(drop_at=1.0, keep_at=0.0))
    cleaned = clean(prepare(read.read_one(SAMPLE, careful).scrapes), careful)

    lines = undecided_lines(cleaned.documents, cleaned.edits, careful)

    text = cleaned.documents["text"][0]
    assert lines.height == len([line for line in text.split("\n") if line.strip()])
    assert all(line in text for line in lines["original"])
    off = dataclasses.replace(plain, noise=Noise(off=("classifier",)))
    assert undecided_lines(cleaned.documents, cleaned.edits, off).is_empty()
    assert undecided_lines(cleaned.documents, pl.DataFrame(schema=cleaned.edits.schema), careful).height == lines.height


def explained_document(role: str, cluster: str, kept_id: str, *links: dict[str, object]) -> Explained:
    """Return the explanation of document `b` of a release, with its overlaps."""
    return Explained({"id": "b", "role": role, "cluster": cluster, "kept_id": kept_id}, [], [], [], list(links))


def link(a: str, kind: str = "translation") -> dict[str, object]:
    """Return an overlap of document `b` with document `a`."""
    return {"a": a, "b": "b", "kind": kind, "coverage_a": 0.4, "coverage_b": 0.75}


@pytest.mark.parametrize(
    ("explained", "expected"),
    [
        (explained_document("kept", "b", "b"), None),
        (explained_document("kept", "b", "b", link("a")), "kept: the most complete of those that say the same"),
        (explained_document("kept", "a", "b", link("a")), "kept: no kept document covers enough of it"),
        (
            explained_document("kept", "a", "b", link("a", "template"), link("c", "template"), link("d", "exact")),
            "kept: it shares its words with a and 1 more, but has numbers, names or a body of its own (template)",
        ),
        (explained_document("kept", "a", "b", link("a", "template"), link("c")), "kept: no kept document covers enough of it"),
        (explained_document("duplicate", "a", "a", link("a")), "set aside: a, the more complete one, says 75% of it (translation)"),
        (
            explained_document("duplicate", "a", "a", link("a", "revision")),
            "set aside: a is the newer scrape of its URL, or kept for that one",
        ),
        (
            explained_document("duplicate", "c", "c", link("a", "exact")),
            "set aside: it is a copy or an older revision of one that c is kept for",
        ),
    ],
    ids=["alone", "the centre", "not covered", "of a template", "of a template and more", "covered", "an older scrape", "a copy"],
)
def test_the_reason_of_a_choice(explained: Explained, expected: str | None) -> None:
    """The reason why a document was kept or set aside, from its row and its overlaps."""
    assert choice_reason(explained) == expected


def test_a_scrape_is_explained_under_the_id_of_its_document(tmp_path: Path) -> None:
    """Scrapes in folders, in a container, and of a page scraped three times get the ids of their documents in the release."""
    raw = tmp_path / "raw"
    body = "The harbour reopened on Monday after {} days of storm, and the boats went out before dawn with the tide."
    pages = {"a/one.txt": "three", "a/two.txt": "nine", "b/three.txt": "four", "b/four.txt": "six"}
    for number, (name, word) in enumerate(pages.items(), start=1):
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / name).write_text(body.format(word), encoding="utf-8")
        metadata = "" if word == "nine" else f'url = "https://example.org/harbour"\nadded = 2020-01-0{number}\n'
        (raw / f"{name}.meta.toml").write_text(metadata, encoding="utf-8")
    lines = [{"text": body.format(word), "url": f"https://example.org/{word}"} for word in ("two", "five", "two")]
    (raw / "many.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    config = default_config()
    job = Job(raw=raw, out=tmp_path / "out", config=config, workers=0)
    folder = Path(build(job)["write_release"]["folder"])
    released = pl.read_parquet(folder / "all" / "*.parquet")

    explained: dict[str, str] = {}
    for name in (*pages, "many.jsonl"):
        scrapes = read.read_one(raw / name, config, raw).scrapes
        cleaned = use_published_ids(clean(prepare(scrapes), config), scrapes, config, folder)
        explained |= dict(cleaned.documents.select("source", "id").iter_rows())
        assert set(cleaned.edits["id"]) <= set(cleaned.documents["id"])

    expected = dict(released.select("source", "id").iter_rows())
    copied = expected | {"many.jsonl#3": expected["many.jsonl#1"]}
    assert explained == copied
    assert sorted(id_.count(".") for id_ in expected.values()) == [0, 0, 0, 0, 1, 1]
    alone = read.read_one(raw / "a/two.txt", config, raw).scrapes
    unreleased = use_published_ids(clean(prepare(alone), config), alone, config, None)
    assert unreleased.documents["id"][0] == expected["a/two.txt"]
    rejected = pl.read_parquet(folder / "rejections" / "*.parquet")
    assert rejected["id"].to_list() == [f"{expected['many.jsonl#1']}.{rejected['sha256'][0][:8]}"]
    shown, _ = published_document(folder, expected["a/one.txt"][:25])
    assert shown.documents["source"].to_list() == ["a/one.txt"]
