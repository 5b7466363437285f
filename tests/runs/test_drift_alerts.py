"""pipeline/saring/runs/drift_alerts.py: a source of which far more than usual is removed raises an alert, and no other does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from saring.config import default_config
from saring.core.errors import ReleaseError
from saring.runs import build
from saring.runs.drift_alerts import DriftAlert, check_set_aside, drift_alerts, mostly_dropped
from saring.runs.report import summary
from saring.runs.workspace import Job

if TYPE_CHECKING:
    from pathlib import Path

PROSE = "The mayor opened the market on Monday together with two hundred traders. "


def documents(**removed: float) -> pl.DataFrame:
    """Return one document for each source, of 10,000 characters before cleaning, with this removed share; `a_1` is the source `a/1`."""
    names = [name.replace("_", "/") for name in removed]
    return pl.DataFrame(
        {"source": names, "characters": [round(10_000 * (1 - x)) for x in removed.values()], "removed_share": removed.values()}
    )


def shares(alerts: list[DriftAlert]) -> dict[str, tuple[float, float]]:
    """Return the removed and the usual share of each alert by its source, rounded."""
    return {alert.source: (round(alert.share, 2), round(alert.usual, 2)) for alert in alerts}


def test_a_source_is_compared_with_itself_in_the_last_release() -> None:
    """The usual share of a source is that of the last release, however large."""
    last = documents(a_1=0.6, b_1=0.1)

    assert shares(drift_alerts(documents(a_1=0.62, b_1=0.5), last, 0.25)) == {"b": (0.5, 0.1)}


def test_a_new_source_is_compared_with_the_others() -> None:
    """A new source has no usual share of its own; a single source has nothing to be compared with."""
    assert shares(drift_alerts(documents(a_1=0.1, b_1=0.1, c_1=0.7), None, 0.25)) == {"c": (0.7, 0.1)}
    assert drift_alerts(documents(a_1=0.9), None, 0.25) == []


def test_a_file_of_records_is_one_source_and_short_pages_raise_no_alert() -> None:
    """A JSON Lines file counts as one source; a source of a few lines raises no alert."""
    records = pl.DataFrame(
        {
            "source": ["feeds/x.jsonl#1", "feeds/x.jsonl#2", "y.txt", "z/short.txt"],
            "characters": [2_000, 2_000, 9_000, 100],
            "removed_share": [0.8, 0.8, 0.1, 0.9],
        }
    )

    assert list(shares(drift_alerts(records, None, 0.25))) == ["feeds/x.jsonl"]


def test_an_empty_build_raises_no_alert() -> None:
    """Without documents there is nothing to compare."""
    assert drift_alerts(documents().cast({"source": pl.String, "characters": pl.Int64, "removed_share": pl.Float64}), None, 0.0) == []


def test_a_build_reports_drift_alerts(tmp_path: Path) -> None:
    """The summary names the source, its removed share and the usual one; the next build compares it with itself."""
    for folder, junk in (("good", ""), ("bad", "\n" + "\n".join(["Share this article"] * 300))):
        (tmp_path / "raw" / folder).mkdir(parents=True)
        for number in range(3):
            (tmp_path / "raw" / folder / f"{number}.txt").write_text(f"{folder} {number}. " + PROSE * 20 + junk, encoding="utf-8")
    job = Job(raw=tmp_path / "raw", out=tmp_path / "out", config=default_config(), workers=0)

    alerts = [line for line in summary(build(job)) if "usual" in line]

    assert len(alerts) == 1
    assert alerts[0].startswith("bad: 80%")
    assert "of the text was removed, where 0% is usual" in alerts[0]

    assert [line for line in summary(build(job)) if "usual" in line] == []


def test_a_source_of_duplicates_stops_the_build() -> None:
    """The error names the source, the counts and the setting; an allowed share passes, and so does a source of a few documents."""
    rows = pl.DataFrame({"source": [f"news/{n}.txt" for n in range(40)], "role": ["kept"] * 2 + ["duplicate"] * 38})

    with pytest.raises(ReleaseError, match=r"news: 38 of 40 documents .* alarm_share = 0\.9"):
        check_set_aside(rows, 0.9)

    check_set_aside(rows, 0.95)
    check_set_aside(rows.tail(10), 0.9)


def test_pages_of_which_most_was_left_out_are_named() -> None:
    """The ten with the largest share, equal shares by name; flat text and a page with a menu of the usual size are not among them."""
    dropped_shares = {f"{number:02}.html": 0.75 + number / 100 for number in range(12)} | {
        "menu.html": 0.6,
        "flat.txt": None,
        "same.html": 0.86,
    }
    dropped = mostly_dropped(pl.DataFrame({"source": list(dropped_shares), "dropped_share": list(dropped_shares.values())}))

    assert dropped.pages == 13
    assert [source for source, _ in dropped.worst] == ["11.html", "same.html", *(f"{number:02}.html" for number in range(10, 2, -1))]
