"""Tests of pipeline/saring/read/list_files.py."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from saring.read import list_files


def sources(folder: Path) -> list[str]:
    """Return the sources of the files of a folder, with the reason for those that are rejected."""
    return [
        entry.source if isinstance(entry, list_files.File) else f"{entry.source}: {entry.reason}" for entry in list_files.list_files(folder)
    ]


def put(folder: Path, *names: str) -> None:
    """Write files of one byte into a folder by their relative paths."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def test_order(tmp_path: Path) -> None:
    """Files are sorted by their complete paths, also where a folder's name is a prefix of another's."""
    names = ["a/x", "a-b/x", "a.txt", "ab", "B", "a/y/z", "é", "z"]
    put(tmp_path, *names)

    assert sources(tmp_path) == sorted(names)


def test_skipped(tmp_path: Path) -> None:
    """Hidden files and folders and the folder's own README are skipped; a README of a folder below is a page like others."""
    put(tmp_path, ".hidden", ".git/config", "README", "README.md", "README.txt", "news/README.md", "news/.x", "a.txt")

    assert sources(tmp_path) == ["a.txt", "news/README.md"]


def test_links(tmp_path: Path) -> None:
    """Links are followed inside the folder only, and loops are rejected."""
    raw = tmp_path / "raw"
    put(tmp_path, "outside.txt", "raw/a.txt", "raw/.store/b.txt", "raw/sub/c.txt")
    for link, target in {
        "dangling.txt": "nowhere",
        "in.txt": ".store/b.txt",
        "linked": "sub",
        "loop.txt": "loop.txt",
        "out": "..",
        "out.txt": "../outside.txt",
        "sub/self": ".",
        "sub/up": "..",
        "sub/../sub/linked": ".",
    }.items():
        (raw / link).symlink_to(target)

    assert sources(raw) == [
        "a.txt",
        "dangling.txt: unreadable",
        "in.txt",
        "linked/c.txt",
        "linked/linked: loop",
        "linked/self: loop",
        "linked/up: loop",
        "loop.txt: unreadable",
        "out.txt: outside",
        "out: outside",
        "sub/c.txt",
        "sub/linked: loop",
        "sub/self: loop",
        "sub/up: loop",
    ]


def test_pipe(tmp_path: Path) -> None:
    """A pipe is rejected without being opened."""
    os.mkfifo(tmp_path / "a.txt")

    assert sources(tmp_path) == ["a.txt: unknown-type"]


def test_deep(tmp_path: Path) -> None:
    """Folders nested deeper than Python's recursion limit are listed."""
    working_folder = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1_100):
            os.mkdir("d")  # noqa: PTH102 - a path this deep is too long to be named from the top
            os.chdir("d")
        Path("a.txt").touch()
    finally:
        os.chdir(working_folder)

    assert sources(tmp_path) == ["d/" * 1_100 + "a.txt"]

    # The function that removes temporary folders is recursive.
    (tmp_path / ("d/" * 1_100 + "a.txt")).unlink()
    for depth in range(1_100, 0, -1):
        (tmp_path / ("d/" * depth)).rmdir()


def test_names(tmp_path: Path) -> None:
    """Unprintable names are escaped, and no two names have the same printable form."""
    names = [b"a\xff.txt", b"a\\xff.txt", "a\u202eb.txt".encode(), b"a\\u202eb.txt", b"a\nb.txt", "a\x85".encode(), b"a\x85"]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(b"x")
    shown = sources(tmp_path)

    assert len(set(shown)) == len(names)
    assert all(name.isprintable() for name in shown)
    assert {"a\\xff.txt", "a\\\\xff.txt", "a\\u202eb.txt", "a\\u000ab.txt"} < set(shown)


@given(names=st.sets(st.binary(min_size=1, max_size=6), min_size=2))
def test_shown(names: set[bytes]) -> None:
    """Whatever the bytes of a name, it has a printable form of its own."""
    shown = {list_files.display_name(os.fsdecode(name)) for name in names}

    assert len(shown) == len(names)
    assert all(name.isprintable() for name in shown)


@given(
    names=st.sets(
        st.text(st.sampled_from("ab-. "), min_size=1, max_size=4).filter(lambda name: name.strip(". ") and name[0] != "."),
        min_size=1,
        max_size=6,
    )
)
def test_any_order(names: set[str]) -> None:
    """Files are sorted by their complete paths, whatever folders and files are called."""
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(sorted(names)):
            put(Path(folder), f"{name}/x" if number % 2 else name)
        listed = sources(Path(folder))

    assert listed == sorted(listed)
    assert len(listed) == len(names)
