"""pipeline/saring/runs/drift_alerts.py: a source that loses far more than usual is named, and no other."""

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


def documents(**shares: float) -> pl.DataFrame:
    """Return one document a source, of 10,000 characters before cleaning."""
    names = [name.replace("_", "/") for name in shares]
    return pl.DataFrame(
        {"source": names, "characters": [round(10_000 * (1 - x)) for x in shares.values()], "removed_share": shares.values()}
    )


def named(found: list[DriftAlert]) -> dict[str, tuple[float, float]]:
    """Return shares by source, rounded."""
    return {alarm.source: (round(alarm.share, 2), round(alarm.usual, 2)) for alarm in found}


def test_a_source_is_compared_with_itself_in_the_last_release() -> None:
    """What was usual before is usual now, however much it is."""
    last = documents(a_1=0.6, b_1=0.1)

    assert named(drift_alerts(documents(a_1=0.62, b_1=0.5), last, 0.25)) == {"b": (0.5, 0.1)}


def test_a_new_source_is_compared_with_the_others() -> None:
    """It has no past; a source alone has nothing to be compared with."""
    assert named(drift_alerts(documents(a_1=0.1, b_1=0.1, c_1=0.7), None, 0.25)) == {"c": (0.7, 0.1)}
    assert drift_alerts(documents(a_1=0.9), None, 0.25) == []


def test_records_of_a_file_are_one_source_and_short_pages_are_none() -> None:
    """A file of records counts as one; a page of a few lines says nothing about its source."""
    some = pl.DataFrame(
        {
            "source": ["feeds/x.jsonl#1", "feeds/x.jsonl#2", "y.txt", "z/short.txt"],
            "characters": [2_000, 2_000, 9_000, 100],
            "removed_share": [0.8, 0.8, 0.1, 0.9],
        }
    )

    assert list(named(drift_alerts(some, None, 0.25))) == ["feeds/x.jsonl"]


def test_no_documents_raise_no_alarm() -> None:
    """An empty build is told of elsewhere."""
    assert drift_alerts(documents().cast({"source": pl.String, "characters": pl.Int64, "removed_share": pl.Float64}), None, 0.0) == []


def test_a_build_says_so(tmp_path: Path) -> None:
    """The summary names the source, its share and the usual one."""
    for folder, junk in (("good", ""), ("bad", "\n" + "\n".join(["Share this article"] * 300))):
        (tmp_path / "raw" / folder).mkdir(parents=True)
        for number in range(3):
            (tmp_path / "raw" / folder / f"{number}.txt").write_text(f"{folder} {number}. " + PROSE * 20 + junk, encoding="utf-8")
    job = Job(raw=tmp_path / "raw", out=tmp_path / "out", config=default_config(), workers=0)

    told = [line for line in summary(build(job)) if "usual" in line]

    assert len(told) == 1
    assert told[0].startswith("bad: 80%")
    assert "of the text was removed, where 0% is usual" in told[0]

    assert [line for line in summary(build(job)) if "usual" in line] == []


def test_a_source_that_would_vanish_stops_the_build() -> None:
    """The message names the source, the counts and the key to change; a share that is allowed, and a few documents, pass."""
    rows = pl.DataFrame({"source": [f"news/{n}.txt" for n in range(40)], "role": ["kept"] * 2 + ["duplicate"] * 38})

    with pytest.raises(ReleaseError, match=r"news: 38 of 40 documents .* alarm_share = 0\.9"):
        check_set_aside(rows, 0.9)

    check_set_aside(rows, 0.95)
    check_set_aside(rows.tail(10), 0.9)


def test_pages_of_which_most_was_dropped_are_named() -> None:
    """The first ten by share, those of one share by name; flat text, and a menu of the usual size, are none of them."""
    shares = {f"{number:02}.html": 0.75 + number / 100 for number in range(12)} | {"menu.html": 0.6, "flat.txt": None, "same.html": 0.86}
    found = mostly_dropped(pl.DataFrame({"source": list(shares), "dropped_share": list(shares.values())}))

    assert found.pages == 13
    assert [source for source, _ in found.worst] == ["11.html", "same.html", *(f"{number:02}.html" for number in range(10, 2, -1))]
