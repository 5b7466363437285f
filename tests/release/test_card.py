"""Dataset card: front matter for tools, a Markdown page for people, and escaping of text quoted from scrapes."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from typing import TYPE_CHECKING

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from saring.config import Publish
from saring.core import tables
from saring.release import load_check, markdown
from tests.release.conftest import Corpus, document

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it.token import Token

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


def tokens(markdown: str) -> list[Token]:
    """Return all Markdown tokens of a page, including nested ones."""
    flat = []
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        flat += [token, *(token.children or [])]
    return flat


def shape(markdown: str) -> list[tuple[str, str]]:
    """Return the markup of a page: type and tag of all tokens but text."""
    return [(token.type, token.tag) for token in tokens(markdown) if token.type != "text"]


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


def test_a_title_cannot_end_the_front_matter(corpus: Corpus, build: Build, config: Config) -> None:
    """A title of several lines stays a value of the front matter."""
    dataset = dataclasses.replace(config.dataset, title="A\n---\nlicense: mit\n---\n# B\u0085---", description="One.\n---\nTwo.")

    metadata = load_check.read_front_matter(build(corpus, config=dataclasses.replace(config, dataset=dataset)).folder)

    assert metadata["pretty_name"] == "A --- license: mit --- # B ---"
    assert metadata["license"] == "cc-by-4.0"


@given(text=st.text(), width=st.integers(5, 90))
def test_quoted_text_is_one_code_span(text: str, width: int) -> None:
    """Any text quoted in a table cell is one code span or a plain word, and stays one cell."""
    cell = markdown.code_span(text, width)

    assert [kind for kind, _ in shape(f"| a | b |\n| --- | --- |\n| {cell} | x |")].count("td_open") == 2
    assert {kind for kind, _ in shape(cell)} <= {"paragraph_open", "inline", "code_inline", "paragraph_close"}
    assert "\n" not in cell


def test_quoting_keeps_words_readable() -> None:
    """Quoting keeps letters of all scripts, spells out invisible characters, and shortens long texts."""
    assert markdown.code_span("Дуров, «été» 東京") == "`Дуров, «été» 東京`"
    assert markdown.code_span("a\u202eb\x1b") == "`a⟨U+202E⟩b⟨U+001B⟩`"
    assert markdown.code_span("a | `b`") == "`` a ⟨U+007C⟩ `b` ``"
    assert markdown.code_span("one two three", 8) == "`one two…`"
    assert markdown.code_span(None) == "(nothing)"


def test_front_matter(corpus: Corpus, build: Build) -> None:
    """The front matter has the hub's search metadata, and every config with its files, build hash and sizes, without empty splits."""
    written = build(corpus.with_documents(document("pages/u.html", "?", language="und"), document("pages/no.html", "Ris", language="no")))

    metadata = load_check.read_front_matter(written.folder)

    assert metadata["language"] == ["en", "fr", "id", "no"]
    assert metadata["license"] == "cc-by-4.0"
    assert metadata["pretty_name"] == "Warung"
    assert metadata["size_categories"] == "n<1K"
    configs = metadata["configs"]
    assert isinstance(configs, list)
    assert [config["config_name"] for config in configs] == ["documents", "all", "edits", "overlaps", "rejections"]
    assert [config.get("default", False) for config in configs] == [True, False, False, False, False]
    assert {config["version"] for config in configs} == {"1.0.0"}
    assert all(re.fullmatch("build [0-9a-f]{64}", config["description"]) for config in configs)
    infos = metadata["dataset_info"]
    assert isinstance(infos, list)
    assert [split["num_examples"] for split in infos[1]["splits"]] == [6, 1]


def test_the_page_describes_the_release(corpus: Corpus, build: Build) -> None:
    """The page lists languages and sites with counts, edits with an example, overlaps, rejections, citation and contact."""
    page = body(build(corpus))

    assert "| Indonesian (`id`) | 2 | 0 |" in page
    assert "| French (`fr`) | 1 | 1 |" in page
    assert "| `warta.example` | 2 | 0 |" in page
    assert "| noise | navigation | menus, breadcrumbs, tags and links of the page itself | 5 | 5 |" in page
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
