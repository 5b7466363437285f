"""pipeline/saring/noise/head_agreement.py: candidates agree with the body, the address and other lines of their page."""

from __future__ import annotations

import polars as pl
import pytest

from saring.noise.head_agreement import addresses, agreement_features, lead_tokens, small_in_body, title_key

PAGES = pl.DataFrame({"id": ["a"], "url": ["https://a.example/2021/03/14/harbour-board-keeps-crane.html"], "source": [""]})
LINES = ("Home / Harbour board keeps crane", "Harbour board keeps crane", "Crane Strategy")


def table_of(*lines: str) -> pl.DataFrame:
    """Return candidates of one page."""
    names = [["Crane Strategy"] if line == "Crane Strategy" else [] for line in lines]
    return pl.DataFrame(
        {
            "row": pl.Series(range(len(lines)), dtype=pl.UInt32),
            "document": pl.Series([0] * len(lines), dtype=pl.UInt32),
            "id": "a",
            "text": lines,
            "folded": [line.lower() for line in lines],
            "created": pl.Series([None] * len(lines), dtype=pl.Datetime("us", "UTC")),
            "names": pl.Series(names, dtype=pl.List(pl.String)),
        }
    ).with_columns(title_key(pl.col("text")).alias("key"), pl.col("folded").hash().alias("key_hash"))


def test_a_headline_agrees_with_lead_and_address() -> None:
    """A headline shares its words with the lead and the slug; a breadcrumb ends as the headline reads."""
    lead = pl.DataFrame({"document": pl.Series([0, 0], dtype=pl.UInt32), "token": ["harbour", "crane"]})
    features = agreement_features(table_of(*LINES), lead, addresses(PAGES))

    assert features["slug_share"].tolist() == [1, 1, 0.25]
    assert features["in_slug"][1] == 1
    assert features["retold"][1] == 0.5
    assert features["retold_behind_best"].min() == 0
    assert features["ends_as_other"].tolist() == [1, 0, 0]
    assert features["is_end_of_other"].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("url", "source", "slug", "day"),
    [
        ("https://a.example/2021/03/14/the-old-crane-stays.html", "", ["the", "old", "crane", "stays"], "2021-03-14"),
        ("https://a.example/?p=12", "harbour/old_crane_stays.txt", ["old", "crane", "stays"], None),
        (None, "page.txt", [], None),
        ("https://a.example/%D0%BA%D1%80%D0%B0%D0%BD-%D0%BE%D1%81%D1%82%D0%B0%D0%BB%D1%81%D1%8F", "", ["кран", "остался"], None),
    ],
)
def test_an_address_names_its_page(url: str | None, source: str, slug: list[str], day: str | None) -> None:
    """The words of the URL, or else of the file's name, and the date in them."""
    pages = pl.DataFrame({"id": ["a"], "url": [url], "source": [source]}, schema_overrides={"url": pl.String})
    row = addresses(pages).row(0, named=True)

    assert row["slug"] == slug
    assert (row["address_date"] and row["address_date"].isoformat()) == day


def test_words_that_the_body_writes_small_are_no_names() -> None:
    """A line that looks like a name is told by its words in the body."""
    lines = pl.DataFrame(
        {"document": pl.Series([0, 0], dtype=pl.UInt32), "text": ["Crane Strategy", "They need a strategy for the crane."]}
    ).with_columns(pl.col("text").str.to_lowercase().alias("folded"))

    in_body = pl.Series([False, True]).to_numpy()
    assert small_in_body(lines, table_of(*LINES), in_body).tolist() == [0, 0, 2]
    rows = pl.Series([1, 1]).to_numpy()
    assert set(lead_tokens(lines, rows, rows, in_body | True)["token"]) == {"they", "need", "strategy", "crane"}
