"""Tests of pipeline/saring/core/urls.py: URL cleaning and identity; cases in cases/read.toml."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saring.core import urls

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "read.toml").read_text("utf-8"))["url"]
PUBLISHED: str = json.loads((Path(__file__).parents[2] / "schemas" / "document.schema.json").read_text("utf-8"))["properties"]["url"][
    "pattern"
]
HOSTILE = st.text(st.sampled_from("htps:/.?#&=@[]%\\ \t\n\0aZé中\ud800\u202e-xn0"), max_size=40)


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_cleaned_url_and_identity(case: dict[str, Any]) -> None:
    """Each case's URL is cleaned for publication and has its identity; None if it is not an http(s) URL of a host."""
    assert urls.clean_url(case["url"]) == case.get("clean")
    assert urls.canonical_identity(case["url"]) == case.get("same")


@given(url=HOSTILE | st.text() | st.builds("http://{}".format, HOSTILE) | st.builds("https://a.b/{}?{}".format, HOSTILE, HOSTILE))
@example(url="http://xn--a.org/")
@example(url="http://xn--zckzah.org/")
@example(url="http://a/" + "(" * 10_000)
@example(url="http://a.org:99999/")
@example(url="http://[::1]/a")
@example(url="http://stössenseer.de/")
@example(url="http://a⁄b.org/")
@example(url="https://a.b/%")
def test_hostile_urls_raise_nothing(url: str) -> None:
    """Any string is cleaned without an error; a cleaned URL is stable, has a host and matches the schema of a release."""
    cleaned = urls.clean_url(url)
    if cleaned is not None:
        assert urls.clean_url(cleaned) == cleaned
        assert cleaned.startswith(("http://", "https://"))
        assert urls.url_host(cleaned)
        assert re.search(PUBLISHED, cleaned)
        assert urls.canonical_identity(cleaned) == urls.canonical_identity(url) == urls.url_identity(cleaned)


@given(url=st.from_regex(urls._PLAIN, fullmatch=True))  # noqa: SLF001 - tests the shortcut
def test_urls_that_are_not_parsed_need_no_cleaning(url: str) -> None:
    """A URL that matches `_PLAIN`, and so is not parsed, is what cleaning would return."""
    assert urls.clean_url(url) == urls.clean_url(f"{url}#fragment")
