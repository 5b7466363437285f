"""Dataset card: a Markdown page for people, which text from scrapes cannot change."""

from __future__ import annotations

import dataclasses
import unicodedata
from typing import TYPE_CHECKING

import polars as pl

from saring.config import Publish
from saring.core import tables
from saring.release import load_check
from tests.release.conftest import Corpus, document
from tests.release.test_markdown import shape, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from saring.config import Config
    from saring.release import WriteResult

    Build = Callable[..., WriteResult]

HOSTILE = [
    "---\nlicense: mit\n---",
    "</code><script>alert(1)</script>",
    "| a | b |\n| --- | --- |",
    "![x](https://evil.example/pixel.png)",
    "[here](javascript:alert(1)) <https://evil.example> www.evil.example",
    "`` ` ``` \\` \\| \\\\|",
    "\u202egnp.exe\u2066 \x1b[31mred\x1b[0m \x00 \u2028# Head",
    "${title} $$ $removal %s {0}",
    "@everyone #1 :tada: &lt;b&gt; &#60;",
    "x" * 500,
]


def body(written: WriteResult) -> str:
    """Return the card of a release without its front matter."""
    return (written.folder / "README.md").read_text(encoding="utf-8").split("\n---\n", 1)[1]


def hostile(corpus: Corpus, texts: list[str]) -> Corpus:
    """Return the corpus with the given texts wherever a scrape can place one: title, site, author, edit, rule, rejection."""
    documents, edits, rejections = [], [], []
    for number, text in enumerate(texts):
        row = document(f"pages/h{number}.html", "Teks.", title=text, site=text, authors=[text], license=text)
        documents.append(row)
        step = "names" if number % 2 else "noise"
        place = {"id": row["id"], "step": step, "seq": 0, "field": "text", "start": 0, "end": len(text)}
        edits.append({**place, "original": text, "replacement": "Teks.", "kind": f"kind-{number}", "rule": text, "score": None})
        rejected = {"source": text, "step": "read", "reason": f"broken-{number}", "message": text}
        rejections.append({**dict.fromkeys(tables.REJECTION), **rejected})
    return corpus.with_documents(*documents)._replace(
        edits=pl.concat([corpus.edits, pl.DataFrame(edits, schema=tables.EDIT)]),
        rejections=pl.concat([corpus.rejections, pl.DataFrame(rejections, schema=tables.REJECTION)]),
    )


def test_hostile_text_cannot_affect_the_card(corpus: Corpus, build: Build) -> None:
    """With hostile titles, sites, edits and rejections, card and changelog have the same markup as with harmless ones."""
    expected = build(hostile(corpus, [f"harmless {number}" for number in range(len(HOSTILE))]))
    written = build(hostile(corpus, HOSTILE))

    assert sorted(shape(body(written))) == sorted(shape(body(expected)))
    for name in ("README.md", "CHANGELOG.md"):
        page = (written.folder / name).read_text(encoding="utf-8")
        assert {character for character in page if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}} == {"\n"}
        assert not {"html_inline", "html_block", "image"} & {kind for kind, _ in shape(page.split("\n---\n", 1)[-1])}
    assert load_check.read_front_matter(written.folder)["license"] == "cc-by-4.0"


def test_the_page_describes_the_release(corpus: Corpus, build: Build) -> None:
    """The page lists languages and sites with counts, edits with an example, overlaps, rejections, citation and contact."""
    page = body(build(corpus))

    assert "| Indonesian (`id`) | 2 | 0 |" in page
    assert "| French (`fr`) | 1 | 1 |" in page
    assert "| `warta.example` | 2 | 0 |" in page
    assert "| noise | navigation | menus, breadcrumbs, tags and links | 5 | 5 |" in page
    assert "5 changes, each of them a row of `edits`." in page
    assert "| translation | the same in two languages | 1 | 1 |" in page
    assert "Published from 2024-05-01 to 2024-05-05, by the dates that the pages state." in page
    assert "| `removed_share` | float32 |" in page
    assert "no copy, revision or translation of a `test` row is in `train`" in page
    assert "@misc{warung_1_0_0,\n  title = {Warung},\n  version = {1.0.0},\n}" in page
    assert "| read | empty | 1 | 0 | `The file is empty.` |" in page
    assert "Write to sari@example.org." in page
    assert "out of 6 inputs" in page
    assert '"processed/warung/v1.0.0"' in page


def test_a_published_dataset_is_loaded_by_its_name(corpus: Corpus, build: Build, config: Config) -> None:
    """If the dataset is published on the hub, the example in the card loads it from there."""
    page = body(build(corpus, config=dataclasses.replace(config, publish=Publish(to="hf://datasets/warung/berita"))))

    assert 'load_dataset("warung/berita")' in page
    assert 'load_dataset("warung/berita", revision="v1.0.0")' in page
    assert "  url = {https://huggingface.co/datasets/warung/berita},\n" in page


def test_a_title_cannot_end_the_citation(corpus: Corpus, build: Build, config: Config) -> None:
    """For any title, the BibTeX entry is one code block with balanced braces."""
    titled = dataclasses.replace(config, dataset=dataclasses.replace(config.dataset, title="A}} ``` \\end{b} ```` c"))

    block = next(token.content for token in tokens(body(build(corpus, config=titled))) if token.info == "bibtex")

    assert block == "@misc{warung_1_0_0,\n  title = {A  endb  c},\n  version = {1.0.0},\n}\n"


def test_missing_dates_are_reported(corpus: Corpus, build: Build) -> None:
    """If no document has a publication date, the card says so."""
    undated = corpus._replace(documents=corpus.documents.with_columns(pl.lit(None, dtype=tables.TIME).alias("created")))

    assert "None of the documents states when it was published." in body(build(undated))
