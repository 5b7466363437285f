"""Atomic placement of releases: crashes, full disks and concurrent builds leave no incomplete release."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from saring import release
from saring.core.errors import LockedError, ReleaseError
from tests.release.conftest import INPUTS, Corpus, document, made_config

if TYPE_CHECKING:
    from collections.abc import Callable

    from saring.config import Config

    Build = Callable[..., release.WriteResult]

#: Writes a release of the tables in the first argument into the second; the third limits the size of any file, 0 for no limit.
SCRIPT = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    from saring import release
    from saring.core.errors import ReleaseError
    from tests.release.conftest import INPUTS, made_config

    tables, out, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    import datasets, pyarrow.parquet
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    print("ready", flush=True)
    try:
        print(release.write_release(tables, made_config(), INPUTS, out).version)
    except ReleaseError as error:
        print(error)
        sys.exit(1)
    """
)


def start(tables: Path, out: Path, limit: int = 0) -> subprocess.Popen[str]:
    """Start `SCRIPT`, which writes a release, in a process of its own."""
    arguments = [sys.executable, "-c", SCRIPT, str(tables), str(out), str(limit)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


def files(folder: Path) -> dict[str, bytes]:
    """Return the contents of all files of a folder, by path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_disk_that_refuses_to_write_leaves_the_last_release(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """Wherever writing fails, the last release is unchanged, no incomplete files remain, and the message says what to do."""
    build(corpus)
    more = corpus.with_documents(*(document(f"pages/{number}", os.urandom(3_000).hex()) for number in range(20, 40)))
    tables = more.save(tmp_path / "more")
    out = tmp_path / "processed"
    before = files(out)

    for limit in (100, 60_000):
        with start(tables, out, limit) as process:
            output = process.communicate()[0]
        assert process.returncode == 1, output
        assert "the last release is as it was" in output or "nothing was released" in output
        assert files(out) == before

    assert release.write_release(tables, made_config(), INPUTS, out).version == "1.1.0"


def test_a_killed_build_leaves_the_last_release(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """After a build is killed, the next one removes its temporary files and writes the same bytes as an undisturbed build."""
    build(corpus)
    build(corpus, out=tmp_path / "undisturbed")
    more = corpus.with_documents(document("pages/7.html", "Pasar malam dibuka."))
    tables, home = more.save(tmp_path / "more"), tmp_path / "processed" / "warung"

    with start(tables, tmp_path / "processed") as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        end = time.monotonic() + 20
        while not list(home.glob(".v1.1.0.tmp-*")) and time.monotonic() < end:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()

    assert release.verify(home / "v1.0.0")
    written = release.write_release(tables, made_config(), INPUTS, tmp_path / "processed")
    expected = release.write_release(tables, made_config(), INPUTS, tmp_path / "undisturbed")
    assert files(written.folder) == files(expected.folder)
    assert not list(home.glob(".v*"))


def test_a_crash_between_rename_and_latest_is_corrected(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """If a crash left `latest` outdated, the next build corrects it, even if it writes no release."""
    build(corpus)
    written = build(corpus.with_documents(document("pages/7.html", "Pasar malam dibuka.")))
    latest = written.folder.parent / "latest"
    for state in ("v1.0.0\n", "", None):
        latest.write_text(state, encoding="utf-8") if state is not None else latest.unlink()

        again = build(corpus.with_documents(document("pages/7.html", "Pasar malam dibuka.")))

        assert not again.changed
        assert latest.read_text(encoding="utf-8") == "v1.1.0\n"


def test_a_folder_in_the_way_is_named(corpus: Corpus, build: Build) -> None:
    """A folder named like a release but without a manifest stops the build before anything is written."""
    home = build(corpus).folder.parent
    (home / "v3.0.0").mkdir()

    with pytest.raises(ReleaseError, match=r"v3\.0\.0: expected a release, found no manifest\.json\. Move the folder away"):
        build(corpus)


def test_versions_are_ordered_as_numbers(corpus: Corpus, build: Build) -> None:
    """Version 1.10.0 is newer than 1.9.0."""
    home = build(corpus).folder.parent
    (home / "v1.0.0").rename(home / "v1.10.0")
    (home / "v1.9.0").mkdir()

    written = build(corpus.with_documents(document("pages/7.html", "Pasar malam dibuka.")))

    assert written.version == "1.11.0"


def test_two_builds_cannot_write_at_once(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """While another process holds the lock, a build fails and names it; afterwards a build succeeds."""
    out = tmp_path / "processed"
    build(corpus)
    more = corpus.with_documents(document("pages/7.html", "Pasar malam dibuka."))
    with release.lock(out, "warung", "release"), pytest.raises(LockedError, match=f"process {os.getpid()} on .* Wait until"):
        build(more)

    assert build(more).changed


def test_the_lock_of_a_build_does_not_block_its_own_release(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """A caller may hold the lock `build` while it writes the release; another build cannot take it."""
    out = tmp_path / "processed"
    with release.lock(out, "warung"):
        assert release.write_release(corpus.save(tmp_path / "tables"), made_config(), INPUTS, out).changed
        with pytest.raises(LockedError), release.lock(out, "warung"):
            pass


def test_the_lock_of_a_killed_process_is_free(corpus: Corpus, build: Build, tmp_path: Path) -> None:
    """A build can take the lock once the process that held it was killed."""
    build(corpus)
    more = corpus.with_documents(document("pages/7.html", "Pasar malam dibuka."))
    script = "import sys, time; from pathlib import Path; from saring import release\n"
    script += "with release.lock(Path(sys.argv[1]), 'warung', 'release'): print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "processed")], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=f"process {holder.pid} "):
            build(more)
        holder.kill()
        holder.wait()

    assert build(more).changed


def test_a_preview_writes_nothing(corpus: Corpus, build: Build, config: Config, tmp_path: Path) -> None:
    """A preview returns the result that a build would have, and writes nothing."""
    out = tmp_path / "processed"
    tables = corpus.save(tmp_path / "tables")
    assert release.preview_release(tables, config, out) == ("1.0.0", out / "warung" / "v1.0.0", True, 5, 0, 0, ())
    assert not out.exists()

    build(corpus)
    before = files(out)
    assert release.preview_release(tables, config, out) == ("1.0.0", out / "warung" / "v1.0.0", False, 0, 0, 0, ())
    more = corpus.with_documents(document("pages/7.html", "Pasar malam dibuka.")).save(tmp_path / "more")
    assert release.preview_release(more, config, out) == ("1.1.0", out / "warung" / "v1.1.0", True, 1, 0, 0, ())
    assert files(out) == before
