"""What a build of many short documents costs, step by step, in time and in memory: `python bench/short.py COUNT FOLDER [--workers N] [--translations]`.

Writes COUNT made-up documents of 300 to 600 characters into FOLDER/raw, the same ones every time, builds them, without looking for
translations unless asked to, and builds again with nothing new. For each step it prints the seconds, the peak of the main process (resident, with the pages
of files that it has mapped), and the peak of all processes together (proportional set sizes, sampled). FOLDER has to be new.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from saring import runs
from saring.config import default_config
from saring.runs.workspace import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Peaks", "documents", "main", "measured", "peaks"]

_FILES = 20
_EVERY = 0.3  # seconds between two looks at the memory

#: A sentence of each kind has places for invented words ({0}, {1}) and for a number ({2}), so that no two documents say the same.
_SENTENCES = {
    "id": (
        "Warga {0} menanam {2} pohon di tepi sungai {1} pada akhir pekan.",
        "Pasar di {0} buka kembali setelah {2} hari ditutup karena banjir dari {1}.",
        "Guru dari {1} mengajar {2} anak membaca di balai desa {0}.",
        "Kapal {0} membawa {2} karung beras menuju pelabuhan {1} tadi malam.",
        "Panitia {1} mencatat {2} peserta dalam lomba perahu di danau {0}.",
        "Jalan antara {0} dan {1} diperbaiki sepanjang {2} meter tahun ini.",
        "Nelayan {0} menjual {2} keranjang ikan kepada pedagang dari {1}.",
        "Hujan di lereng {1} merusak {2} rumah kayu milik penduduk {0}.",
    ),
    "fr": (
        "Les habitants de {0} ont planté {2} arbres au bord de la rivière {1}.",
        "Le marché de {1} rouvre après {2} jours de travaux sur la place {0}.",
        "La boulangerie {0} vend {2} pains chaque matin aux écoles de {1}.",
        "Un bateau parti de {1} a livré {2} caisses de pommes au port de {0}.",
        "La bibliothèque de {0} prête {2} livres par semaine aux familles de {1}.",
        "Le pont entre {0} et {1} mesure {2} mètres et date du siècle dernier.",
        "Une fanfare venue de {1} a joué {2} airs anciens devant la mairie de {0}.",
        "Le berger {0} garde {2} brebis sur les pentes au-dessus de {1}.",
    ),
}
_ADVERTS = {"id": "Ikuti kami di WhatsApp untuk berita terbaru.", "fr": "Suivez-nous sur Facebook et abonnez-vous à notre lettre."}
_ADVERTISED, _REPEATED = 3, 50  # every third has an advertisement below it, every fiftieth is nearly the one before
_SYLLABLES = tuple(first + vowel + last for first in "bdgklmnprstvz" for vowel in "aeiou" for last in ("", "n", "r"))


class Peaks(NamedTuple):
    """Bytes of memory at their peak: of this process, and of it and all that it started together."""

    main: int
    together: int


def documents(count: int, first: int = 0) -> Iterator[dict[str, str]]:
    """Yield documents as records of JSON Lines; those of one number are always the same."""
    languages, last = tuple(_SENTENCES), list[str]()
    for number in range(first, first + count):
        chance = np.random.default_rng(number)
        sentences = _SENTENCES[languages[number % len(languages)]]
        told = []
        for which, one, other, amount in chance.integers(0, 2**31, (int(chance.integers(5, 8)), 4)).tolist():
            told.append(sentences[which % len(sentences)].format(_invented(one), _invented(other), 2 + amount % 9_000))
        if number % _ADVERTISED == 0:
            told.append(f"\n{_ADVERTS[languages[number % len(languages)]]}")
        if number % _REPEATED:
            last = told
        else:  # says again what the one before said, but for a sentence
            told = [*last[:-1], told[0]]
        yield {"url": f"https://site{number % 1_000}.example/{number}", "title": told[0][:40], "text": " ".join(told)}


def _invented(number: int) -> str:
    size = len(_SYLLABLES)
    return (_SYLLABLES[number % size] + _SYLLABLES[number // size % size] + _SYLLABLES[number // size**2 % size]).capitalize()


@contextlib.contextmanager
def peaks() -> Iterator[Callable[[], Peaks]]:
    """Give a function that says, once the block is left, how much memory was in use at the peak."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # VmHWM begins anew
    most, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(_EVERY):
            most[0] = max(most[0], _together())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield lambda: Peaks(_field(Path("/proc/self/status"), "VmHWM"), max(most[0], _together()))
    finally:
        over.set()
        watcher.join()


def _together() -> int:
    total, waiting = 0, [Path("/proc/self")]
    while waiting:
        process = waiting.pop()
        with contextlib.suppress(OSError):  # it has ended
            total += _field(process / "smaps_rollup", "Pss")
            for task in (process / "task").iterdir():
                waiting += [Path("/proc") / child for child in (task / "children").read_text(encoding="ascii").split()]
    return total


def _field(file: Path, name: str) -> int:
    line = next((line for line in file.read_text(encoding="ascii").splitlines() if line.startswith(f"{name}:")), ": 0 kB")
    return int(line.split()[1]) * 1024


def measured(what: str, job: Job) -> None:
    """Build, and print the seconds and the memory of each step."""
    print(what)
    begun = time.perf_counter()
    for step in runs.STEPS:
        start = time.perf_counter()
        with peaks() as peak:
            step(job)
            found = peak()
        seconds = time.perf_counter() - start
        print(f"  {step.__name__:18} {seconds:8.1f} s {found.main / 1e6:8.0f} MB {found.together / 1e6:8.0f} MB together", flush=True)
    print(f"  {'all':18} {time.perf_counter() - begun:8.1f} s", flush=True)


def main() -> None:
    """Parse, write, build twice, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--more", type=float, default=0.0, help="a third build, with this share of new documents")
    parser.add_argument("--translations", action="store_true", help="look for them, as a build does by default")
    asked = parser.parse_args()
    raw = asked.folder / "raw"
    raw.mkdir(parents=True)
    write(raw, asked.count)
    config = default_config()
    config = dataclasses.replace(config, overlap=dataclasses.replace(config.overlap, translations=asked.translations))
    job = Job(raw=raw, out=asked.folder / "out", config=config, workers=asked.workers)
    measured(f"{asked.count:,} documents", job)
    measured("nothing new", job)
    if more := int(asked.more * asked.count):
        write(raw, more, asked.count, "more")
        measured(f"{more:,} new", job)


def write(raw: Path, count: int, first: int = 0, stem: str = "part") -> None:
    """Write documents, spread over the files."""
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context((raw / f"{stem}{number:02d}.jsonl").open("w", encoding="utf-8")) for number in range(_FILES)]
        for number, record in enumerate(documents(count, first)):
            files[number % _FILES].write(json.dumps(record, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
