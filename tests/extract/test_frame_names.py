"""pipeline/saring/extract/frame_names.py: names of classes and ids that mark the frame of a page, word by word."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.extract import frame_names
from saring.extract.frame_names import names_frame, names_other_pages

LISTS: dict[str, list[str]] = tomllib.loads(Path(frame_names.__file__).with_suffix(".toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("name", "is_frame"),
    [
        ("share", True),
        ("post_share-bar", True),
        ("shareBar", True),
        ("SHARE", True),
        ("shareholders-meeting", False),
        ("sidebar2", True),
        ("main-sidebars", True),
        ("read-more", True),
        ("story skip-link", True),
        ("read story more", False),
        ("articleBody widget", False),
        ("entry-content share", False),
        ("chapter", False),
        ("été-menu", True),
        ("", False),
        ("  ", False),
        ("42", False),
        ("目录", False),
    ],
)
def test_a_frame_is_known_by_its_words(name: str, is_frame: bool) -> None:  # noqa: FBT001 - a case
    """Listed words, listed beginnings of words and two adjacent words joined count; a name of the article overrules them."""
    assert names_frame(name) is is_frame


@pytest.mark.parametrize(
    ("name", "is_other"),
    [
        ("c-relatedPosts", True),
        ("most-read", True),
        ("comments", True),
        ("comment-body-content", False),
        ("entry-meta", False),
        ("share", False),
        ("", False),
    ],
)
def test_other_pages_have_names_of_their_own(name: str, is_other: bool) -> None:  # noqa: FBT001 - a case
    """Teasers and comments count; the page's own byline and share bar, though they are frame, do not."""
    assert names_other_pages(name) is is_other


def test_every_listed_word_is_effective() -> None:
    """Lists are in small letters without repeats, and each entry alone marks an element."""
    for name, words in LISTS.items():
        assert [word for word in words if word != word.lower()] == []
        assert len(set(words)) == len(words), name
    assert [word for word in (*LISTS["prefixes"], *LISTS["words"]) if not names_frame(word)] == []
    assert [word for word in LISTS["other_page_prefixes"] if not names_other_pages(word)] == []
    assert [name for name in LISTS["article_names"] if names_frame(f"{name} share")] == []


@given(st.text(st.sampled_from("aBé -_12"), max_size=12), st.sampled_from(["nav", "menu", "share"]))
def test_a_word_counts_wherever_it_stands(name: str, word: str) -> None:
    """A listed word as a token of its own marks an element whatever else is in the attribute."""
    assert names_frame(f"{name} {word}")
