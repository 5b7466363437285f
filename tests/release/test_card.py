"""The card: front matter that tools read, a page that people read, and nothing that the pages of the corpus could slip in."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from typing import TYPE_CHECKING

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.release.conftest import Corpus, document

from saring.config import Publish
from saring.core import tables
from saring.release import load_check, markdown

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it.token import Token

    from saring.config import Config
    from saring.release import Written

    Build = Callable[..., Written]

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
    """Return all tokens of a page, those inside others too."""
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        found += [token, *(token.children or [])]
    return found


def shape(markdown: str) -> list[tuple[str, str]]:
    """Return what a page is made of, without its words: markup of any kind shows here."""
    return [(token.type, token.tag) for token in tokens(markdown) if token.type != "text"]


def body(written: Written) -> str:
    """Return a card without its front matter."""
    return (written.folder / "README.md").read_text(encoding="utf-8").split("\n---\n", 1)[1]


def hostile(corpus: Corpus, texts: list[str]) -> Corpus:
    """Return the corpus with texts wherever a page can put one: title, site, what was cut, what was rejected, the name of a rule."""
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


def test_pages_cannot_shape_the_card(corpus: Corpus, build: Build) -> None:
    """Whatever titles, sites, cuts and rejected inputs say, card and changelog have the markup that they have for harmless words."""
    expected = build(hostile(corpus, [f"harmless {number}" for number in range(len(HOSTILE))]))
    found = build(hostile(corpus, HOSTILE))

    assert sorted(shape(body(found))) == sorted(shape(body(expected)))
    for name in ("README.md", "CHANGELOG.md"):
        page = (found.folder / name).read_text(encoding="utf-8")
        assert {character for character in page if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}} == {"\n"}
        assert not {"html_inline", "html_block", "image"} & {kind for kind, _ in shape(page.split("\n---\n", 1)[-1])}
    assert load_check.card_data(found.folder)["license"] == "cc-by-4.0"


def test_a_title_cannot_end_the_front_matter(corpus: Corpus, build: Build, config: Config) -> None:
    """A name or title of many lines stays a value of the front matter."""
    dataset = dataclasses.replace(config.dataset, title="A\n---\nlicense: mit\n---\n# B\u0085---", description="One.\n---\nTwo.")

    found = load_check.card_data(build(corpus, config=dataclasses.replace(config, dataset=dataset)).folder)

    assert found["pretty_name"] == "A --- license: mit --- # B ---"
    assert found["license"] == "cc-by-4.0"


@given(text=st.text(), width=st.integers(5, 90))
def test_quoted_text_is_one_code_span(text: str, width: int) -> None:
    """Any text, quoted in the cell of a table, is one code span or a plain word, and its cell is one cell."""
    cell = markdown.code_span(text, width)

    assert [kind for kind, _ in shape(f"| a | b |\n| --- | --- |\n| {cell} | x |")].count("td_open") == 2
    assert {kind for kind, _ in shape(cell)} <= {"paragraph_open", "inline", "code_inline", "paragraph_close"}
    assert "\n" not in cell


def test_quoting_keeps_words_readable() -> None:
    """Quoting shows letters of all scripts as they are, spells out what cannot be seen, and shortens."""
    assert markdown.code_span("Дуров, «été» 東京") == "`Дуров, «été» 東京`"
    assert markdown.code_span("a\u202eb\x1b") == "`a⟨U+202E⟩b⟨U+001B⟩`"
    assert markdown.code_span("a | `b`") == "`` a ⟨U+007C⟩ `b` ``"
    assert markdown.code_span("one two three", 8) == "`one two…`"
    assert markdown.code_span(None) == "(nothing)"


def test_front_matter(corpus: Corpus, build: Build) -> None:
    """The front matter has what the hub searches by, every config with its files, its build and its sizes, and only full splits."""
    written = build(corpus.with_documents(document("pages/u.html", "?", language="und"), document("pages/no.html", "Ris", language="no")))

    found = load_check.card_data(written.folder)

    assert found["language"] == ["en", "fr", "id", "no"]
    assert found["license"] == "cc-by-4.0"
    assert found["pretty_name"] == "Warung"
    assert found["size_categories"] == "n<1K"
    configs = found["configs"]
    assert isinstance(configs, list)
    assert [config["config_name"] for config in configs] == ["documents", "all", "edits", "overlaps", "rejections"]
    assert [config.get("default", False) for config in configs] == [True, False, False, False, False]
    assert {config["version"] for config in configs} == {"1.0.0"}
    assert all(re.fullmatch("build [0-9a-f]{64}", config["description"]) for config in configs)
    infos = found["dataset_info"]
    assert isinstance(infos, list)
    assert [split["num_examples"] for split in infos[1]["splits"]] == [6, 1]


def test_the_page_tells_what_was_done(corpus: Corpus, build: Build) -> None:
    """The page names languages and sites with counts, what was cut with an example, what overlaps, what was rejected, whom to ask."""
    found = body(build(corpus))

    assert "| Indonesian (`id`) | 2 | 0 |" in found
    assert "| French (`fr`) | 1 | 1 |" in found
    assert "| `warta.example` | 2 | 0 |" in found
    assert "| noise | navigation | menus, breadcrumbs, tags and links of the page itself | 5 | 5 |" in found
    assert "5 changes, each of them a row of `edits`." in found
    assert "| translation | the same in two languages | 1 | 1 |" in found
    assert "Written from 2024-05-01 to 2024-05-05, as the pages have it." in found
    assert "| `removed_share` | float32 |" in found
    assert "no copy, revision or translation of a `test` row is in `train`" in found
    assert "@misc{warung_1_0_0,\n  title = {Warung},\n  version = {1.0.0},\n}" in found
    assert "| read | empty | 1 | 0 | `The file is empty.` |" in found
    assert "Write to sari@example.org." in found
    assert "out of 6 inputs" in found
    assert '"processed/warung/v1.0.0"' in found


def test_a_published_dataset_is_loaded_by_its_name(corpus: Corpus, build: Build, config: Config) -> None:
    """Where the dataset is published on the hub, the card says how to load it from there."""
    found = body(build(corpus, config=dataclasses.replace(config, publish=Publish(to="hf://datasets/warung/berita"))))

    assert 'load_dataset("warung/berita")' in found
    assert 'load_dataset("warung/berita", revision="v1.0.0")' in found
    assert "  url = {https://huggingface.co/datasets/warung/berita},\n" in found


def test_a_title_cannot_end_the_citation(corpus: Corpus, build: Build, config: Config) -> None:
    """Whatever the title, the entry to cite is one block of code with balanced braces."""
    titled = dataclasses.replace(config, dataset=dataclasses.replace(config.dataset, title="A}} ``` \\end{b} ```` c"))

    block = next(token.content for token in tokens(body(build(corpus, config=titled))) if token.info == "bibtex")

    assert block == "@misc{warung_1_0_0,\n  title = {A  endb  c},\n  version = {1.0.0},\n}\n"


def test_pages_without_dates_are_told(corpus: Corpus, build: Build) -> None:
    """Where no page says when it was written, the card does."""
    undated = corpus._replace(documents=corpus.documents.with_columns(pl.lit(None, dtype=tables.TIME).alias("created")))

    assert "None of the documents says when it was written." in body(build(undated))
