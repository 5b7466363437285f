"""Tests of pipeline/saring/core/urls.py."""

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
def test_case(case: dict[str, Any]) -> None:
    """A URL is published clean and told apart by what names the page; what is no URL of a page is none."""
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
def test_hostile(url: str) -> None:
    """Whatever it is, nothing is raised; what is cleaned stays as it is, has a host, and is fit for a release."""
    cleaned = urls.clean_url(url)
    if cleaned is not None:
        assert urls.clean_url(cleaned) == cleaned
        assert cleaned.startswith(("http://", "https://"))
        assert urls.url_host(cleaned)
        assert re.search(PUBLISHED, cleaned)
        assert urls.canonical_identity(cleaned) == urls.canonical_identity(url) == urls.url_identity(cleaned)


@given(url=st.from_regex(urls._PLAIN, fullmatch=True))  # noqa: SLF001 - the short way is not to be told from the long one
def test_plain(url: str) -> None:
    """What is passed on without being parsed is what parsing would have left."""
    assert urls.clean_url(url) == urls.clean_url(f"{url}#fragment")
