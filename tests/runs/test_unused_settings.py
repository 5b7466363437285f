"""pipeline/saring/runs/unused_settings.py: a setting without effect is reported, also where nothing is cleaned again."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from saring import release
from saring.config import load_config
from saring.config.settings import Takedown
from saring.core import urls
from saring.core.errors import ConfigError
from saring.core.tables import content_id
from saring.runs import build, preview, report
from saring.runs.workspace import Job

if TYPE_CHECKING:
    from pathlib import Path

HARBOUR = content_id(urls.url_identity("https://example.org/harbour"))
FERRY = content_id(urls.url_identity("https://example.org/ferry"))

_SCRAPES = {
    "news/harbour.txt": (
        "The harbour reopened on Monday after three days of storm, and the boats went out before dawn.\n\n"
        "ADVERTISEMENT\n\nMayor Duroff thanked the crews at the quay, where two hundred people had gathered.\n\n"
        "Read also: Ferry prices rise\n\nThe fish market opens again on Tuesday, said its keeper, if the wind allows."
    ),
    "news/ferry.txt": (
        "The ferry leaves at nine and is back at noon, as it has done for forty years on this coast.\n\n"
        "HARBOUR CLUB INSIDE\n\nTickets are sold on board, and children under six travel free of charge."
    ),
}

_CORPUS = """
[dataset]
name = "coast"
languages = ["en"]

[[source]]
path = "news/*"
license = "cc0-1.0"

[[source]]
path = "feeds/*"
license = "cc0-1.0"

[[name]]
canonical = "Durov"
variants = ["Duroff", "DuRove"]

[[name]]
canonical = "Ivanova"
variants = ["Iwanowa"]

[[name]]
canonical = "Sari"
variants = ["Sary"]

[[rule]]
id = "club-line"
kind = "ad"
reason = "the site's own club"
scope = "line"
literals = ["harbour club inside"]
fires = ["⟦Harbour club inside⟧\\nThe ferry leaves at nine."]
spares = ["The harbour club inside the old mill is open."]

[[rule]]
id = "never-line"
kind = "ad"
reason = "what another site prints"
scope = "line"
literals = ["lighthouse club inside"]
fires = ["⟦Lighthouse club inside⟧\\nThe ferry leaves at nine."]
spares = ["The lighthouse club inside the old mill is open."]

[noise]
off = ["related-label", "icon-name"]
keep = ["caption"]
"""


def exceptions(*rows: tuple[str, str, str]) -> str:
    """Return [[exception]] tables for corpus.toml from ids, rules and kept texts."""
    return "".join(f"\n[[exception]]\nid = '{id_}'\nrule = '{rule}'\nkeep = '{keep}'\n" for id_, rule, keep in rows)


def build_with(folder: Path, more: str = "", *, run: Any = build, **changed: Any) -> tuple[Job, dict[str, dict[str, Any]]]:  # noqa: ANN401 - build or preview, fields of Config
    """Build in a folder with `more` appended to its corpus.toml and fields of the configuration replaced; return the job and the reports."""
    (folder / "corpus.toml").write_text(_CORPUS + more, encoding="utf-8")
    config = dataclasses.replace(load_config(folder / "corpus.toml"), **changed)
    job = Job(raw=folder / "raw", out=folder / "processed", config=config, workers=0)
    return job, run(job)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two scrapes."""
    for name, text in _SCRAPES.items():
        file = tmp_path / "raw" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        address = f"https://example.org/{file.stem}"
        (file.parent / f"{file.name}.meta.toml").write_text(f'url = "{address}"\nauthors = ["Ana Iwanowa"]\n', encoding="utf-8")
    return tmp_path


_ALWAYS = [
    "source 'feeds/*': no file of the scrapes matches",
    "name Durov: the variant 'DuRove' is corrected nowhere",
    "name Sari: none of its variants is corrected anywhere",
    "rule 'never-line': it cuts nothing",
]
_OFF = [
    "[noise] off 'icon-name': the rule would cut nothing",
    "[noise] keep 'caption': no rule would cut anything of that kind",
]


def test_settings_without_effect_are_named_whichever_build_cleaned_the_pages(folder: Path) -> None:
    """Each with its reason. A name that is corrected only among authors has an effect, and so has a rule whose deletions are exempted."""
    rows = [
        (HARBOUR[:8], "ad-label", "ADVERTISEMENT"),
        ("news/ferry.txt", "club-line", "CLUB"),
        (HARBOUR, "ad-label", "advert"),
        (FERRY, "ad-label", "ADVERTISEMENT"),
        ("ffff" * 5, "ad-label", "ADVERTISEMENT"),
        ("news/gone.txt", "ad-label", "ADVERTISEMENT"),
        (HARBOUR, "ad-labels", "ADVERTISEMENT"),
        (HARBOUR, "related-label", "Ferry prices"),
        (HARBOUR, "name:Durov", "Duroff"),
    ]
    why = [
        f"exception 3 (id {HARBOUR}, rule ad-label): the rule changes no part of 'advert' in that document",
        f"exception 4 (id {FERRY}, rule ad-label): the rule changes nothing in that document",
        f"exception 5 (id {'ffff' * 5}, rule ad-label): no document has that id; `saring explain` shows it",
        "exception 6 (id news/gone.txt, rule ad-label): no document has that id or source",
        f"exception 7 (id {HARBOUR}, rule ad-labels): no rule is called 'ad-labels'; `saring explain` shows what rules are called",
        f"exception 8 (id {HARBOUR}, rule related-label): the rule 'related-label' is switched off",
    ]
    first = build_with(folder)[1]
    assert first["relate_documents"]["unused"] == [*_ALWAYS, *_OFF]

    trial = build_with(folder, exceptions(*rows), run=preview)[1]
    job, second = build_with(folder, exceptions(*rows))
    again = build(job)

    expected = [*_ALWAYS, *why, *_OFF]
    assert trial["relate_documents"]["unused"] == second["relate_documents"]["unused"] == again["relate_documents"]["unused"] == expected
    assert again["clean_pages"]["cleaned"] == 0
    assert again["write_release"]["changed"] is False
    assert [line for line in report.summary(second) if line.startswith("no effect: ")] == [f"no effect: {line}" for line in expected]
    assert second["write_release"]["version"] == "2.0.0"
    release.verify(job.out / "coast" / "v2.0.0")
    texts = dict(pl.read_parquet(job.out / "coast" / "v2.0.0" / "all" / "*.parquet").select("id", "text").iter_rows())
    assert "ADVERTISEMENT" in texts[HARBOUR]
    assert "Duroff" in texts[HARBOUR]
    assert "CLUB" in texts[FERRY]

    back = build_with(folder)[1]

    assert back["relate_documents"]["unused"] == [*_ALWAYS, *_OFF]
    assert back["write_release"]["version"] == "3.0.0"
    for name in ("all", "edits"):
        files = [next((job.out / "coast" / version / name).glob("*.parquet")) for version in ("v1.0.0", "v3.0.0")]
        assert files[0].read_bytes() == files[1].read_bytes()


def test_a_new_setting_without_effect_is_named_by_the_next_build(folder: Path) -> None:
    """A [[source]] that matches no file is reported by the next build, though that cleans and compares nothing."""
    build_with(folder)

    _, reports = build_with(folder, "\n[[source]]\npath = 'archive/*'\nsite = 'a'\n")

    assert reports["relate_documents"]["unused"] == [
        _ALWAYS[0],
        "source 'archive/*': no file of the scrapes matches",
        *_ALWAYS[1:],
        *_OFF,
    ]
    assert reports["clean_pages"]["cleaned"] == 0
    assert reports["write_release"]["changed"] is False


def test_effects_on_a_page_that_is_all_noise_count(folder: Path) -> None:
    """A rule that matches only in a rejected page has an effect; an exception for that page is reported with the rejection."""
    (folder / "raw" / "news" / "club.txt").write_text("LIGHTHOUSE CLUB INSIDE\n\nHARBOUR CLUB INSIDE", encoding="utf-8")

    _, reports = build_with(folder, exceptions(("news/club.txt", "ad-label", "CLUB")))

    unused = reports["relate_documents"]["unused"]
    assert "rule 'never-line': it cuts nothing" not in unused
    assert "exception 1 (id news/club.txt, rule ad-label): the page is rejected by noise: nothing-left" in unused


def test_takedowns_without_a_match_are_named_together(folder: Path) -> None:
    """They stay in force; the text and the page ids of one request count as one."""
    requests = (
        Takedown(prints=("00", "11"), asked="2026-01-02", reason="one"),
        Takedown(id=FERRY, asked="2026-01-02", reason="one"),
        Takedown(id="0" * 20, asked="2026-01-03"),
        Takedown(prints=("22", "33"), asked="2026-01-04"),
    )

    job, reports = build_with(folder, takedowns=requests)

    line = f"takedown 3 (id {'0' * 20}), takedown 4 (a text): no scrape matches at present; still in force for scrapes to come"
    assert reports["relate_documents"]["unused"][-1] == line
    assert build(job)["relate_documents"]["unused"][-1] == line


def test_an_ambiguous_id_stops_the_build(folder: Path) -> None:
    """Before anything is cleaned: an exception for one document must not apply to others whose id begins the same."""
    seen: dict[str, str] = {}
    for number in range(10_000):
        address = f"https://example.org/{number}"
        begun = content_id(urls.url_identity(address))[:4]
        if begun in seen:
            break
        seen[begun] = address
    for place, url in (("one", seen[begun]), ("two", address)):
        (folder / "raw" / f"{place}.txt").write_text(f"{_SCRAPES['news/ferry.txt']} {place}", encoding="utf-8")
        (folder / "raw" / f"{place}.txt.meta.toml").write_text(f'url = "{url}"\n', encoding="utf-8")

    with pytest.raises(ConfigError, match=rf"exception\[0\].id: expected .*, found '{begun}', which 2 ids begin with: {begun}"):
        build_with(folder, exceptions((begun, "ad-label", "x")))


@pytest.mark.parametrize("run", [build, preview])
def test_a_rule_whose_cases_fail_stops_a_build(folder: Path, run: Any) -> None:  # noqa: ANN401 - build or preview
    """Before anything is read; the error names the rule and the case, the expected and the actual deletions."""
    wrong = _CORPUS.replace("The lighthouse club inside the old mill is open.", "lighthouse club inside")
    (folder / "corpus.toml").write_text(wrong, encoding="utf-8")
    job = Job(raw=folder / "raw", out=folder / "processed", config=load_config(folder / "corpus.toml"), workers=0)

    with pytest.raises(ConfigError) as raised:
        run(job)

    assert raised.value.exit_code == 2
    assert str(raised.value) == (
        f"{folder / 'corpus.toml'}: rule 'never-line': spares[0]: expected that it cuts nothing in 'lighthouse club inside', "
        "found that it cuts ['lighthouse club inside']. Correct the rule or the case; `saring rules test` lists all failing cases."
    )
    assert not job.out.exists()
