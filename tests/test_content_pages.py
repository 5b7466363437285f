"""Pages that are all content: poems, recipes, code, chats, tables. Cleaning keeps each of their lines, alone and in the frame of a site."""

from __future__ import annotations

import dataclasses
import difflib
import html
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import saring
from saring.config import Extract, default_config

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT = Path(__file__).parent / "pages" / "content"
FRAMES: dict[str, dict[str, list[str]]] = tomllib.loads((CONTENT / "frames.toml").read_text(encoding="utf-8"))
FLAT = sorted(file.name for file in CONTENT.glob("*.txt") if not file.name.endswith(".lines.txt"))
MARKUP = sorted(file.name for file in CONTENT.glob("*.html"))

MARKDOWN = dataclasses.replace(default_config(), extract=Extract(format="markdown"))

_NO_WORD = re.compile(r"[\W_]+")


def read(name: str) -> str:
    """Return the text of a file of content."""
    return (CONTENT / name).read_text(encoding="utf-8")


def cleaned(column: str, content: str) -> tuple[str, str]:
    """Return title and text of a page after cleaning with the defaults; both empty if it is rejected."""
    documents = saring.clean({column: [content]}).documents
    return (documents["title"][0] or "", documents["text"][0]) if documents.height else ("", "")


def line_keys(text: str) -> list[str]:
    """Return the letters and digits of each line that has any: bullets, numbers' dots and cell borders are not compared."""
    return [key for line in text.split("\n") if (key := _NO_WORD.sub("", line))]


def missing_lines(expected: str, title: str, text: str) -> list[str]:
    """Return the lines of an expected text that are no line of title and text, in the same order."""
    lines = [line for line in expected.split("\n") if _NO_WORD.sub("", line)]
    matcher = difflib.SequenceMatcher(None, line_keys(expected), [*line_keys(title), *line_keys(text)], autojunk=False)
    present = {place for block in matcher.get_matching_blocks() for place in range(block.a, block.a + block.size)}
    return [line for place, line in enumerate(lines) if place not in present]


def frame_of(name: str) -> dict[str, list[str]]:
    """Return the frame in the language of a page, whose name ends with it."""
    return FRAMES.get(name.partition(".")[0].rpartition("-")[2], FRAMES["en"])


def framed_text(name: str) -> str:
    """Return a flat page in the frame of a site: menu, share buttons, related headlines and footer around it."""
    frame = frame_of(name)
    title, _, body = read(name).partition("\n\n")
    parts = [
        "\n".join(frame["menu"]),
        title,
        "\n".join(frame["share"]),
        body.strip(),
        "\n".join(frame["related"]),
        "\n".join(frame["footer"]),
    ]
    return "\n\n".join(parts) + "\n"


def framed_markup(name: str) -> str:
    """Return an HTML page in the frame of a site, with the elements and classes that sites use for it."""
    frame = {part: [html.escape(line) for line in lines] for part, lines in frame_of(name).items()}
    menu = "".join(f"<li><a href='/{number}'>{label}</a></li>" for number, label in enumerate(frame["menu"]))
    share = "".join(f"<a class='share-button' href='#{number}'>{label}</a> " for number, label in enumerate(frame["share"]))
    related = "".join(f"<li><a href='/n/{number}'>{headline}</a></li>" for number, headline in enumerate(frame["related"][1:]))
    footer = "".join(f"<p>{line}</p>" for line in frame["footer"])
    before = f"<header><nav><ul>{menu}</ul></nav></header>"
    after = f"<div class='share'>{share}</div><div class='related'><h3>{frame['related'][0]}</h3><ul>{related}</ul></div><footer>{footer}</footer>"
    return read(name).replace("<body>\n", f"<body>\n{before}\n").replace("</body>", f"{after}\n</body>")


@pytest.mark.parametrize("name", FLAT)
def test_flat_content_comes_out_unchanged(name: str) -> None:
    """Only the headline leaves the text, and becomes the title."""
    expected = read(name)
    title, text = cleaned("text", expected)
    headline, _, body = expected.partition("\n\n")

    assert missing_lines(expected, title, text) == []
    assert text.strip() in (body.strip(), expected.strip())
    assert text.strip() == expected.strip() or title == headline


@pytest.mark.parametrize("name", MARKUP)
def test_marked_up_content_comes_out_whole(name: str) -> None:
    """Every visible line comes out, in order and without another; its headline may be the title alone."""
    expected = read(f"{name}.lines.txt")
    title, text = cleaned("html", read(name))

    assert missing_lines(expected, title, text) == []
    assert "".join(line_keys(text)) in ("".join(line_keys(expected)), "".join(line_keys(expected)[1:]))


@pytest.mark.parametrize("name", FLAT)
def test_flat_content_in_a_frame_keeps_its_lines(name: str) -> None:
    """Menu, share buttons, headlines of other pages and the footer around a page take none of its lines with them."""
    assert missing_lines(read(name), *cleaned("text", framed_text(name))) == []


@pytest.mark.parametrize("name", MARKUP)
def test_marked_up_content_in_a_frame_keeps_its_lines(name: str) -> None:
    """The same in markup."""
    assert missing_lines(read(f"{name}.lines.txt"), *cleaned("html", framed_markup(name))) == []


def words_of_lines(text: str) -> list[str]:
    """Return the letters of each line that has any, without numbers at its start: those of lists are marks of Markdown."""
    return [key.lstrip("0123456789") for key in line_keys(text) if key.lstrip("0123456789")]


@pytest.mark.parametrize("page", [read, framed_markup], ids=["alone", "framed"])
def test_markdown_has_the_lines_of_plain_text(page: Callable[[str], str]) -> None:
    """Marks change nothing in what is noise and what is the title."""
    scrapes = {"html": [page(name) for name in MARKUP]}
    plain, markdown = saring.clean(scrapes).documents, saring.clean(scrapes, MARKDOWN).documents

    assert markdown["title"].equals(plain["title"])
    for name, expected, text in zip(MARKUP, plain["text"], markdown["text"], strict=True):
        assert words_of_lines(text) == words_of_lines(expected), name


def test_there_is_content_of_many_kinds_and_languages() -> None:
    """An empty folder would pass the tests above."""
    languages = {name.partition(".")[0].rpartition("-")[2] for name in FLAT}

    assert len(FLAT) >= 30
    assert len(MARKUP) >= 15
    assert len(languages) >= 8
    assert languages >= set(FRAMES)
