"""pipeline/saring/runs/takedown_step.py: documents with a taken-down text are found once, and the build goes on without them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from saring.config import default_config
from saring.core.progress import no_progress
from saring.corpus import takedowns
from saring.runs import STEPS, build, clean_pages, count_site_lines, find_takedowns, run_steps
from saring.runs.build_steps import TAKEDOWN_LOOP
from saring.runs.read_step import taken_down_ids
from saring.runs.workspace import Job

if TYPE_CHECKING:
    from pathlib import Path

    from saring.runs.build_steps import Step, StepReport

LETTER = "The keeper of the lighthouse wrote a letter to the harbour master about the broken lamp, and asked that nobody read it aloud."
STORY = "The ferry leaves at nine and is back at noon, as it has done for forty years on this coast, said its captain on Monday."


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Return a job over two pages, one of which holds a taken-down text."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "letter.txt").write_text(LETTER, encoding="utf-8")
    (tmp_path / "raw" / "story.txt").write_text(STORY, encoding="utf-8")
    config = dataclasses.replace(default_config(), takedowns=(takedowns.takedown_of_text(LETTER),))
    return Job(raw=tmp_path / "raw", out=tmp_path / "out", config=config, workers=0)


def test_the_loop_runs_again_until_nothing_is_found(job: Job) -> None:
    """The steps of the loop run twice, all others once; counts of work add up, and the rest is as the last pass reports it."""
    called: list[str] = []

    def call(step: Step) -> StepReport:
        called.append(step.__name__)
        return step(job, no_progress)

    reports = run_steps(call)

    names = [step.__name__ for step in STEPS]
    loop = [step.__name__ for step in TAKEDOWN_LOOP]
    assert called == [*names[:5], *loop, *names[5:]]
    assert reports["find_takedowns"] == {"matched": 1}
    assert (reports["clean_pages"]["documents"], reports["clean_pages"]["cleaned"]) == (1, 2)
    assert reports["relate_documents"]["taken"] == 1


def test_the_loop_is_a_part_of_the_steps() -> None:
    """In the order of STEPS, without a gap, so that a repetition begins where the list has its first step."""
    first = STEPS.index(TAKEDOWN_LOOP[0])

    assert STEPS[first : first + len(TAKEDOWN_LOOP)] == TAKEDOWN_LOOP == (count_site_lines, clean_pages, find_takedowns)


def test_documents_are_searched_once(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build with nothing new does not search again, and one with a new page does; the record of what was found stays."""
    build(job)
    taken_down = taken_down_ids(job).to_list()
    with monkeypatch.context() as patched:
        patched.delattr(takedowns, "match_texts")
        again = build(job)

    assert len(taken_down) == 1
    assert again["find_takedowns"] == {"matched": 0}
    assert again["write_release"]["changed"] is False

    (job.raw / "copy.txt").write_text(f"{LETTER} It was read aloud.", encoding="utf-8")

    assert build(job)["find_takedowns"] == {"matched": 1}
    assert len(taken_down_ids(job)) == 2
    assert set(taken_down) < set(taken_down_ids(job))


def test_a_corpus_without_takedowns_is_not_searched(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """No document is read for it, and nothing is recorded."""
    monkeypatch.delattr(takedowns, "match_texts")
    monkeypatch.delattr(takedowns, "match_urls")

    reports = build(dataclasses.replace(job, config=default_config()))

    assert reports["find_takedowns"] == {"matched": 0}
    assert reports["relate_documents"]["documents"] == 2
    assert not job.takedown_record.exists()
