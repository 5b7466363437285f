"""Takedowns: the documents and releases that they affect, and purging of old releases."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import polars as pl
import pytest

from saring import release
from saring.config import load_config
from saring.core import urls
from saring.core.errors import NoInputError, ReleaseError
from saring.core.tables import content_id
from saring.runs import build
from saring.runs.workspace import Job
from saring.tools.takedown.purge import purge
from saring.tools.takedown.reach import affected_versions, find_reach, takedown_by_id, takedown_by_text, takedown_by_url

HOME = Path(__file__).parents[3]
CONFIG = load_config(HOME / "corpus.toml")

FIRST = "Balai kota membuka pendaftaran pasar malam pada hari Selasa. Setiap pedagang boleh menyewa satu lapak selama tiga bulan dengan harga yang sama."
SECOND = "Panitia meminta pedagang membawa lampu sendiri karena listrik di lapangan belum cukup. Tahun lalu dua lapak terbakar."


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Return a job with two releases: in the first, one page quotes half of another; the second has one more page."""
    folder = tmp_path_factory.mktemp("asking")
    raw = folder / "raw"
    raw.mkdir()
    (raw / "whole.txt").write_text(f"Pasar malam dibuka\n\n{FIRST}\n\n{SECOND}\n", encoding="utf-8")
    (raw / "quote.txt").write_text(
        f"Kabar kota\n\nSeorang warga menulis kepada kami. {SECOND} Begitu suratnya, tanpa nama.\n", encoding="utf-8"
    )
    (raw / "other.txt").write_text(
        "Hujan turun\n\nHujan deras turun di hulu sungai sejak Minggu sore dan belum berhenti.\n", encoding="utf-8"
    )
    job = Job(raw=raw, out=folder / "out", config=CONFIG, workers=0)
    build(job)
    (raw / "more.txt").write_text(
        "Jalan ditutup\n\nJalan utama ditutup dua hari karena perbaikan pipa air minum di depan stasiun.\n", encoding="utf-8"
    )
    build(job)
    return job


def test_a_text_reaches_its_copies_and_lists_quotations(job: Job) -> None:
    """A takedown by text removes the page; a page that quotes it is listed with the share of the text that it contains, and stays."""
    reach = find_reach(takedown_by_text(job.raw / "whole.txt", CONFIG), job.out, CONFIG)

    assert reach.removed_documents["source"].to_list() == ["whole.txt"]
    assert reach.similar_documents["source"].to_list() == ["quote.txt"]
    assert 0.1 < reach.similar_documents["share"][0] < 0.5
    assert reach.versions == ["1.0.0", "1.1.0"]


def test_an_id_reaches_one_document(job: Job) -> None:
    """A takedown by id removes the document, whichever of its revisions is named."""
    id_ = pl.read_parquet(release.find_release(job.out, "sample") / "all" / "*.parquet").filter(pl.col("source") == "more.txt")["id"][0]

    reach = find_reach(takedown_by_id(f"{id_}.01234567", job.out, "sample"), job.out, CONFIG)

    assert reach.removed_documents["source"].to_list() == ["more.txt"]
    assert reach.versions == ["1.1.0"]


def test_id_prefixes_and_sources_are_resolved(job: Job) -> None:
    """A prefix of an id, in any case, and a source are resolved to the id; a prefix that is too short or unknown is an error."""
    documents = pl.read_parquet(release.find_release(job.out, "sample") / "all" / "*.parquet").select("id", "source")
    for id_, source in documents.iter_rows():
        for wanted in (id_, id_[:6], id_[:6].upper(), source, f"raw/{source}"):
            assert takedown_by_id(wanted, job.out, "sample").id == id_
    with pytest.raises(NoInputError, match="expected an id, or at least 4 digits of one, found 'abc'"):
        takedown_by_id("abc", job.out, "sample")
    with pytest.raises(NoInputError, match="expected one document called 'more', found 0"):
        takedown_by_id("more", job.out, "sample")


def test_a_url_is_normalised() -> None:
    """A takedown by URL ignores upper case, tracking parameters and fragments."""
    assert takedown_by_url("HTTPS://Example.org/a?utm_source=x#top").id == content_id(urls.url_identity("https://example.org/a"))


@pytest.mark.parametrize("wrong", ["mailto:somebody@example.org", "nothing"])
def test_an_invalid_url_is_an_error(wrong: str) -> None:
    """The error for an invalid URL quotes it."""
    with pytest.raises(NoInputError, match="expected the address"):
        takedown_by_url(wrong)


def test_an_unknown_document_is_an_error(job: Job) -> None:
    """A title is neither an id nor a source, so it is an error."""
    with pytest.raises(NoInputError, match="expected one document called 'Pasar malam dibuka', found 0"):
        takedown_by_id("Pasar malam dibuka", job.out, "sample")


def test_a_takedown_before_the_first_release(tmp_path: Path) -> None:
    """A takedown can be looked up before the first build; it affects no release."""
    assert find_reach(takedown_by_id("0" * 20, tmp_path, "sample"), tmp_path, CONFIG).versions == []


def test_old_releases_are_purged_once_a_new_one_is_there(job: Job, tmp_path: Path) -> None:
    """A purge deletes only releases that contain taken-down documents, and refuses if the newest one does."""
    own = dataclasses.replace(job, out=tmp_path / "out")
    shutil.copytree(job.out, own.out)
    taken = takedown_by_text(job.raw / "more.txt", CONFIG)
    less = dataclasses.replace(own, config=dataclasses.replace(CONFIG, takedowns=(taken,)))

    with pytest.raises(ReleaseError, match=r"v1\.1\.0, the newest release, contains"):
        purge(less.out, less.config)
    build(less)

    assert purge(less.out, less.config, dry_run=True) == ["1.1.0"]
    assert purge(less.out, less.config) == ["1.1.0"]
    assert purge(less.out, less.config) == []
    assert sorted(path.name for path in (less.out / "sample").glob("v*")) == ["v1.0.0", "v2.0.0"]
    assert affected_versions(less.out / "sample", (taken,)) == []
    release.verify(less.out / "sample" / "v2.0.0")
