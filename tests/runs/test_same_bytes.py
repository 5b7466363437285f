"""The same input gives the same bytes: 300 documents built twice under different circumstances."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]

#: Batches of some twenty pages.
CONFIG = """
[dataset]
name = "same"
languages = ["id", "fr", "en"]
[[name]]
canonical = "Durov"
kind = "person"
variants = ["DuRove"]
[splits]
train = 0.8
test = 0.2
[build]
batch_bytes = 12000
"""

WORDS = {
    "id": "pasar kapal beras ombak pedagang pelabuhan nelayan harga sungai jembatan pagi malam hujan kota desa jalan sawah ikan",
    "fr": "marché bateau riz vague marchand port pêcheur prix rivière pont matin soir pluie ville village rue champ poisson",
    "en": "market ship rice wave trader harbour fisher price river bridge morning evening rain town village street field fish",
}
#: For each language: a sentence with places for a number and words, an advertising label, and a line of related links.
FRAMES = {
    "id": ("Pada hari ke-{n} para {a} di {b} menunggu {c} bersama DuRove dari {d}.", "IKLAN", "Baca juga: {a} dan {b}"),
    "fr": ("Au jour {n} les gens du {a} et du {b} attendaient le {c} avec DuRove près du {d}.", "Publicité", "Lire aussi : {a} et {b}"),
    "en": (
        "On day {n} the people of the {a} and the {b} waited for the {c} with DuRove by the {d}.",
        "Advertisement",
        "Read also: {a} and {b}",
    ),
}
NEAR = 12
PAGES = 300


def write(raw: Path) -> None:
    """Write 300 pages on nine sites: text, HTML and JSON Lines, one in twelve a near copy of the one before."""
    chance = random.Random(7)  # noqa: S311 - pages, no secrets
    records: list[dict[str, str]] = []
    body: list[str] = []
    for number in range(PAGES):
        language = ("id", "fr", "en")[number % 3]
        sentence, ad, more = FRAMES[language]

        def filled(frame: str, language: str = language, number: int = number) -> str:
            a, b, c, d = chance.sample(WORDS[language].split(), 4)
            return frame.format(n=1 + chance.randrange(900) + number, a=a, b=b, c=c, d=d)

        if number % NEAR or not body:
            body = [" ".join(filled(sentence) for _ in range(chance.randint(2, 5))) for _ in range(chance.randint(1, 4))]
        else:
            body = [*body[:-1], body[-1] + " " + filled(sentence)]
        lines = [ad, *body, filled(more), f"© {2000 + number % 3} Site {number % 9}"]
        folder = raw / f"site{number % 9}"
        folder.mkdir(parents=True, exist_ok=True)
        if number % 9 == 0:
            records.append({"url": f"https://site0.example/{number}", "text": "\n\n".join(lines)})
        elif number % 9 == 1:
            page = "".join(f"<p>{line}</p>" for line in lines)
            head = f"<title>Page {number}</title>"
            (folder / f"{number}.html").write_text(
                f"<html><head>{head}</head><body><article>{page}</article></body></html>", encoding="utf-8"
            )
        else:
            (folder / f"{number}.txt").write_text("\n\n".join(lines), encoding="utf-8")
    feed = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    (raw / "site0" / "feed.jsonl").write_text(feed, encoding="utf-8")


def built(folder: Path, workers: int, **environment: str) -> dict[str, str]:
    """Build in a folder, in a new process, and return the SHA-256 of each file of the release."""
    (folder / "corpus.toml").write_text(CONFIG, encoding="utf-8")
    command = [sys.executable, "-m", "saring.cli", "build", "--workers", str(workers)]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{HOME / 'pipeline'}:{HOME}"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    release = folder / done.stdout.strip()
    return {
        file.relative_to(release).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in release.rglob("*") if file.is_file()
    }


def copied(source: Path, to: Path) -> None:
    """Copy files in reverse order of their names, so that the file system lists them in another order, each with another modification time."""
    for number, file in enumerate(sorted((path for path in source.rglob("*") if path.is_file()), reverse=True)):
        target = to / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        os.utime(target, (number, number))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Write the pages, and build them by one worker."""
    folder = tmp_path_factory.mktemp("first")
    write(folder / "raw")
    return folder, built(folder, 1, PYTHONHASHSEED="0", POLARS_MAX_THREADS="1")


def test_the_release_has_enough_to_compare(first: tuple[Path, dict[str, str]]) -> None:
    """The build has several batches, splits, duplicate pairs, edits of several steps, and site lines."""
    folder, files = first
    card = (folder / "processed" / "same" / "v1.0.0" / "README.md").read_text(encoding="utf-8")

    assert len(list((folder / "processed" / "same" / ".work" / "clean").glob("[0-9a-f]*"))) > 3
    assert {
        "documents/train-00000.parquet",
        "documents/test-00000.parquet",
        "all/train-00000.parquet",
        "site_lines.parquet",
    } <= files.keys()
    assert "| near |" in card
    assert "`DuRove` → `Durov`" in card


def test_other_circumstances_give_the_same_bytes(first: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    """With two workers, another folder, other file times, hash seed, thread count, time zone and locale, every file is the same."""
    elsewhere = tmp_path / "some where" / "else"
    copied(first[0] / "raw", elsewhere / "raw")

    again = built(elsewhere, 2, PYTHONHASHSEED="4711", POLARS_MAX_THREADS="3", TZ="Asia/Jakarta", LC_ALL="C")

    assert again == first[1]
