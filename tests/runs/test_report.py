"""pipeline/saring/runs/report.py: the summary lists rejections, and explains a release after a rollback."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.config import default_config
from saring.core.errors import TooManyRejectedError
from saring.release import markdown
from saring.runs.report import check_rejected, rejected_by_reason, summary

REASONS = ["empty", "no-body", "bad-json", "copy", "taken-down", *(f"r{number}" for number in range(9))]


def rejections(*rows: tuple[str, str]) -> pl.DataFrame:
    """Return a table of rejections with these sources and reasons."""
    table = [{"source": source, "step": "read", "reason": reason, "message": f"It is {reason}."} for source, reason in rows]
    return pl.DataFrame(table, schema=dict.fromkeys(("source", "step", "reason", "message"), pl.String))


def reports(rejected: pl.DataFrame, scrapes: int = 100, **released: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401 - any value of a report
    """Return the reports of a build with these rejections; `released` overrides fields of the report of `write_release`."""
    taken = rejected.filter(pl.col("reason") == "taken-down").height
    copies = rejected.filter(pl.col("reason") == "copy").height
    counts = {"documents": 1, "kept": 1, "overlaps": 0, "rejections": rejected.height, "copies": copies, "taken": taken}
    written = {"version": "1.0.0", "folder": "processed/x/v1.0.0", "changed": True, "added": 1, "removed": 0, "edited": 0, "schema": ()}
    return {
        "read_scrapes": {"scrapes": scrapes, "bytes": 100, "rejected": rejected.height},
        "extract_pages": {"pages": 1, "extracted": 1},
        "clean_pages": {"documents": 1, "cleaned": 1},
        "relate_documents": counts | {"alarms": [], "unused": [], "dropped": (0, []), "rejected": rejected_by_reason(rejected)},
        "write_release": written | released,
    }


def listing(rejected: pl.DataFrame) -> list[str]:
    """Return the lines of a summary that list rejections."""
    return [line for line in summary(reports(rejected)) if line.startswith("  ")]


def test_every_rejection_is_listed_by_its_reason() -> None:
    """The most frequent reason comes first, its examples in the order of their names; copies come last, since they are no loss."""
    rows = [("b.txt", "empty"), ("a.txt", "empty"), ("z.html", "no-body"), *((f"c{number}.txt", "copy") for number in range(3))]

    assert listing(rejections(*rows)) == [
        "  empty (read): 2",
        "    a.txt: It is empty.",
        "    b.txt: It is empty.",
        "  no-body (read): 1",
        "    z.html: It is no-body.",
        "  copy (read): 3",
        *(f"    c{number}.txt: It is copy." for number in range(3)),
    ]


def test_of_many_rejections_ten_are_named() -> None:
    """At least one of each reason is named, and the rest are counted."""
    rows = [*((f"{number:02}.txt", "empty") for number in range(40)), ("page.html", "no-body"), ("lines.jsonl", "bad-json")]

    assert listing(rejections(*rows)) == [
        "  empty (read): 40",
        *(f"    {number:02}.txt: It is empty." for number in range(8)),
        "    and 32 more",
        "  bad-json (read): 1",
        "    lines.jsonl: It is bad-json.",
        "  no-body (read): 1",
        "    page.html: It is no-body.",
    ]


def test_of_many_reasons_ten_are_listed() -> None:
    """The rejections for the remaining reasons are counted together."""
    lines = listing(rejections(*((f"{number}.txt", f"r{number:02}") for number in range(12))))

    assert len([line for line in lines if line.startswith("    ")]) == 10
    assert lines[-1] == "  and 2 more, for 2 other reasons"


@given(rows=st.lists(st.tuples(st.text(max_size=3), st.sampled_from(REASONS)), max_size=60))
def test_each_rejection_is_named_or_counted(rows: list[tuple[str, str]]) -> None:
    """For any rejections, at most ten are named, and the numbers add up to all of them."""
    lines = listing(rejections(*rows))
    more = sum(int(line.split()[1]) for line in lines if line.strip().startswith("and "))
    named = [line for line in lines if line.startswith("    ") and not line.startswith("    and ")]

    assert len(named) == min(len(rows), 10)
    assert len(named) + more == len(rows)


def test_names_of_scrapes_are_escaped() -> None:
    """Control characters are escaped; in Markdown the name is a code span."""
    rows = rejections(("a\x1b[31m*b*\n- c.txt", "empty"))

    (line,) = [line for line in summary(reports(rows)) if "txt" in line]
    (marked,) = [line for line in summary(reports(rows), quoted=markdown.code_span) if "txt" in line]

    assert line == "    a⟨U+001B⟩[31m*b* - c.txt: It is empty."
    assert marked == "    `a⟨U+001B⟩[31m*b* - c.txt`: `It is empty.`"


def test_too_many_rejections_are_an_error() -> None:
    """After a release the error points to its table of rejections; after a preview, which writes none, it does not."""
    rows = rejections(*((f"{number}.txt", "empty") for number in range(3)))

    with pytest.raises(TooManyRejectedError, match=r"namely 50\.0%; the config `rejections` of the release lists each") as released:
        check_rejected(reports(rows, scrapes=3), default_config())
    with pytest.raises(TooManyRejectedError, match=r"namely 50\.0%\. Look") as preview:
        check_rejected(reports(rows, scrapes=3, folder=None), default_config())

    assert "`rejections`" not in str(preview.value)
    assert released.value.exit_code == preview.value.exit_code == 3
    check_rejected(reports(rows, scrapes=9), default_config())  # 25% is not more than 25%
    check_rejected(reports(rejections(("a", "copy"), ("b", "taken-down")), scrapes=1), default_config())


ROLLBACKS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no rollback": ({"version": "1.2.0", "before": "1.1.0", "rolled_back": None}, ["v1.2.0: 1 added, 0 edited, 0 removed"]),
    "something new": (
        {"version": "1.2.0", "before": "1.1.0", "rolled_back": "1.0.0"},
        [
            "v1.2.0 is the latest now, in place of v1.0.0",
            "Compared with v1.1.0",
            "a number is never used twice",
            "saring diff v1.0.0 v1.2.0",
        ],
    ),
    "something new, as a preview": (
        {"version": "1.2.0", "before": "1.1.0", "rolled_back": "1.0.0", "folder": None},
        ["v1.0.0 is the latest, because `saring rollback` chose it; v1.2.0 would take its place", "Compared with v1.1.0"],
    ),
    "nothing new": (
        {"version": "1.1.0", "changed": False, "before": "1.1.0", "rolled_back": "1.0.0"},
        [
            "v1.1.0 is unchanged: nothing new",
            "v1.0.0 is the latest, because `saring rollback` chose it, and remains so",
            "saring rollback v1.1.0",
        ],
    ),
}


@pytest.mark.parametrize("case", ROLLBACKS)
def test_the_summary_explains_a_build_after_a_rollback(case: str) -> None:
    """It says which version is the latest, which one the new one is compared with, and why it has its number."""
    released, parts = ROLLBACKS[case]

    text = "\n".join(summary(reports(rejections(), **released))[3:])

    assert [part for part in parts if part not in text] == []
    assert ("rollback" in text) == (released["rolled_back"] is not None)
