"""pipeline/saring/noise/rule_captures.py: deleted date lines and datelines fill metadata that a page does not declare."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from saring import noise
from saring.config.rules import Rule
from saring.core import ledger
from saring.core.tables import EDIT, PAGE
from saring.noise.rule_captures import fill_captures

if TYPE_CHECKING:
    from collections.abc import Sequence

DATE = Rule(id="date", kind="dateline", reason="test", scope="line", pattern=r"\d+ \p{L}+ \d{4}.*", capture="created")
SITE = Rule(id="site", kind="dateline", reason="test", scope="prefix", pattern=r"\S+\.COM - ", capture="site", value=r"\S+")


def pages_of(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return pages with some of their columns, the others null, and ids "a", "b" and so on."""
    filled = [dict.fromkeys(PAGE) | {"id": chr(ord("a") + number)} | row for number, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=PAGE)


def filled_fields(
    pages: pl.DataFrame, deletions: Sequence[tuple[str, str, str]], *rules: Rule
) -> list[tuple[str | None, str | None, int | None]]:
    """Return site, date and UTC offset of pages after these deletions (page, rule and deleted string), in order."""
    rows = [dict.fromkeys(EDIT) | {"id": id_, "rule": rule, "original": text, "seq": n} for n, (id_, rule, text) in enumerate(deletions)]
    filled = fill_captures(pages, pl.DataFrame(rows, schema=EDIT), rules)
    assert filled.drop("site", "created", "created_offset").equals(pages.drop("site", "created", "created_offset"))
    assert filled.schema == pages.schema
    return [
        (site, moment and moment.isoformat(), offset) for site, moment, offset in filled.select("site", "created", "created_offset").rows()
    ]


def test_deletions_of_a_page_fill_its_fields() -> None:
    """A deleted date line fills `created`, a dateline's site fills `site`; declared values are kept."""
    text = "3 Mei 2019 8:05 WIB\nKOTA.COM - Pasar dibuka."
    pages = pages_of({"text": text, "site": "pasar.example"}, {"text": text})
    edits = noise.find(pages, [DATE, SITE])

    filled = fill_captures(ledger.apply(pages, edits), edits, [DATE, SITE])

    assert filled["text"].to_list() == ["Pasar dibuka."] * 2
    assert filled["site"].to_list() == ["pasar.example", "kota.com"]
    assert filled["created"].to_list() == [dt.datetime(2019, 5, 3, 1, 5, tzinfo=dt.UTC)] * 2
    assert filled["created_offset"].to_list() == [420] * 2


def test_the_first_date_that_parses_counts() -> None:
    """A deleted line that is no date is passed over; later dates of the page are ignored."""
    deletions = [("a", "date", "1 Rapat 2019"), ("a", "date", "\n3 Mei 2019"), ("a", "date", "4 Mei 2019")]

    assert filled_fields(pages_of({}), deletions, DATE) == [(None, "2019-05-03T00:00:00+00:00", None)]
    assert filled_fields(pages_of({}), deletions[:1], DATE) == [(None, None, None)]


def test_a_declared_date_keeps_its_offset() -> None:
    """Neither the date nor the UTC offset of a page that declares a date is filled; null stays null beside it."""
    moment = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    deletions = [("a", "date", "3 Mei 2019 8:05 WIB"), ("b", "date", "3 Mei 2019 8:05 WIB")]

    assert filled_fields(pages_of({"created": moment}, {}), deletions, DATE) == [
        (None, "2020-01-01T00:00:00+00:00", None),
        (None, "2019-05-03T01:05:00+00:00", 420),
    ]


@pytest.mark.parametrize(
    ("value", "exact", "expected"),
    [(None, False, "kota.com -"), (r"\S+", False, "kota.com"), ("kota", False, "kota"), ("kota", True, None), ("desa", False, None)],
)
def test_a_value_pattern_narrows_the_capture(value: str | None, exact: bool, expected: str | None) -> None:  # noqa: FBT001 - a case
    """Without a pattern the deleted string is the value, stripped; one that does not match, in its case with `exact`, fills nothing."""
    rule = Rule(id="site", kind="dateline", reason="test", scope="prefix", pattern="x", capture="site", value=value, exact=exact)

    assert filled_fields(pages_of({}), [("a", "site", "KOTA.COM - ")], rule) == [(expected, None, None)]


def test_the_first_rule_that_captures_wins() -> None:
    """Of two rules that capture a field of one page, the one that comes first fills it."""
    second = Rule(id="second", kind="dateline", reason="test", scope="line", pattern="x", capture="site")
    deletions = [("a", "second", "Desa"), ("a", "site", "KOTA.COM - ")]

    assert filled_fields(pages_of({}), deletions, SITE, second) == [("kota.com", None, None)]
    assert filled_fields(pages_of({}), deletions, second, SITE) == [("desa", None, None)]


def test_other_deletions_fill_nothing() -> None:
    """Rules without `capture`, deletions of other rules, and an empty ledger or table of pages change nothing."""
    plain = Rule(id="plain", kind="ad", reason="test", scope="line", literals=("x",))

    assert filled_fields(pages_of({}), [("a", "plain", "3 Mei 2019")], plain, DATE) == [(None, None, None)]
    assert filled_fields(pages_of({}), [], DATE, SITE) == [(None, None, None)]
    assert filled_fields(pages_of(), [("a", "date", "3 Mei 2019"), ("a", "site", "KOTA.COM - ")], DATE, SITE) == []
