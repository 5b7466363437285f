"""pipeline/saring/compute/page_isolation.py: a page on which a step raises is rejected; the others come out as if it did not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saring import clean_batch as cleaning
from saring.compute import page_isolation
from saring.config import default_config
from saring.core.errors import ConfigError, LedgerError
from saring.core.tables import REJECTION, SCRAPE
from tests.fixtures.faulty import MARK, RAISED, failing

if TYPE_CHECKING:
    from saring.clean_batch import Cleaned

SENTENCES = (
    "The night train to the coast was cancelled because of ice on the overhead line.",
    "Para nelayan kembali ke pelabuhan sebelum badai, dan pasar ikan tetap buka.",
    "Le pont sera fermé à partir de lundi, donâ€™t l'ancien bac reprendra du service.",
    "Die Bibliothek bleibt am Sonntag geöffnet &amp; der Eintritt ist frei.",
    "El molino viejo volverá a moler trigo después de cuarenta años.",
)


def scrapes(sentences: list[str], failing_ones: list[bool]) -> pl.DataFrame:
    """Return a scrape of each sentence, every third as HTML; those that are to fail hold the mark."""
    rows = []
    for number, (sentence, fails) in enumerate(zip(sentences, failing_ones, strict=True)):
        text = f"{sentence} {number} {MARK if fails else ''}"
        markup = number % 3 == 2
        rows.append(
            {
                "id": f"{number:020x}.00000000",
                "source": f"{number}.txt",
                "media_type": "text/html" if markup else "text/plain",
                "charset": "utf-8",
                "sha256": f"{number:064x}",
                "content": f"<html><body><p>{text}</p></body></html>" if markup else text,
            }
        )
    return pl.DataFrame(rows, schema=SCRAPE)


def run(pages: pl.DataFrame) -> Cleaned:
    """Extract and clean a batch of scrapes."""
    return cleaning.clean(cleaning.prepare(pages), default_config())


@pytest.mark.parametrize("name", ["extract", "repair", "noise", "language", "names"])
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_exactly_the_failing_pages_are_rejected(name: str, data: st.DataObject) -> None:
    """For any batch, any set of failing pages, each step and each kind of exception."""
    sentences = data.draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=7))
    fails = data.draw(st.lists(st.booleans(), min_size=len(sentences), max_size=len(sentences)))
    error = data.draw(st.sampled_from(RAISED))
    pages = scrapes(sentences, fails)
    wanted = pl.Series(fails, dtype=pl.Boolean)

    with failing(name, error):
        cleaned = run(pages)
        without = run(pages.filter(~wanted))

    assert cleaned.documents.equals(without.documents)
    assert cleaned.edits.equals(without.edits)
    rejected = cleaned.rejections.join(without.rejections.select("id"), on="id", how="anti", maintain_order="left")
    assert rejected["id"].to_list() == pages.filter(wanted)["id"].to_list()
    assert set(rejected["step"]) <= {name}
    assert rejected.schema == REJECTION
    for source, reason, message, sha256, size in rejected.select("source", "reason", "message", "sha256", "bytes").iter_rows():
        row = pages.filter(pl.col("source") == source)
        assert (reason, sha256, size) == ("failed", row["sha256"][0], len(row["content"][0].encode()))
        assert error.__name__ in message
        assert "Traceback" not in message
        assert "\x1b" not in message


def test_a_fault_of_the_machine_rejects_no_page() -> None:
    """Where the step fails on a harmless page too, the exception is raised."""
    pages = scrapes(list(SENTENCES), [False] * len(SENTENCES))

    with failing("noise", ZeroDivisionError, always=True), pytest.raises(ZeroDivisionError):
        run(pages)


def test_a_configuration_error_is_raised_at_once() -> None:
    """No page caused it: the batch is not bisected."""
    error = ConfigError(file="corpus.toml", path="noise.weights", expected="a file", found="none", hint="Check the path.")

    def wrong(_: pl.DataFrame) -> None:
        raise error

    with pytest.raises(ConfigError):
        page_isolation.run_isolating_pages(wrong, pl.DataFrame({"id": ["a", "b"]}), lambda: None)


def test_a_ledger_error_rejects_its_page() -> None:
    """A `LedgerError` is caused by the page, unlike any other `SaringError`."""

    def unfit(rows: pl.DataFrame) -> list[str]:
        if "b" in rows["id"]:
            msg = "expected 'x', found 'y'"
            raise LedgerError(msg)
        return rows["id"].to_list()

    results, failures = page_isolation.run_isolating_pages(unfit, pl.DataFrame({"id": ["a", "b", "c"]}), lambda: None)

    assert results == [["a", "c"]]
    assert [failure.id for failure in failures] == ["b"]


def test_pages_that_fail_only_together_are_kept() -> None:
    """A batch that is too large for a library is worked on in parts."""

    def few(rows: pl.DataFrame) -> list[str]:
        if rows.height > 2:
            raise MemoryError
        return rows["id"].to_list()

    results, failures = page_isolation.run_isolating_pages(few, pl.DataFrame({"id": list("abcdefg")}), lambda: None)

    assert [id_ for part in results for id_ in part] == list("abcdefg")
    assert failures == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_exception_that_ends_the_program_is_raised(error: type[BaseException]) -> None:
    """Such as Ctrl-C: no page caused it."""

    def stopped(_: pl.DataFrame) -> None:
        raise error

    with pytest.raises(error):
        page_isolation.run_isolating_pages(stopped, pl.DataFrame({"id": ["a", "b"]}), lambda: None)
