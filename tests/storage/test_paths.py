"""pipeline/saring/storage/paths.py: what a person names becomes a path, and what stores cannot do is done; cases in cases/folders.toml."""

from __future__ import annotations

import http.server
import pickle
import re
import subprocess
import sys
import threading
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.fixtures import s3_server

from saring.core.errors import SaringError
from saring.storage.paths import create_remote, failure_message, is_local, list_remote, open_binary, path_of, remove, upload

if TYPE_CHECKING:
    from collections.abc import Callable

CASES: list[dict[str, str]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "folders.toml").read_text("utf-8"))["path"]


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return an empty folder of each kind of store."""
    if request.param == "s3":
        request.getfixturevalue("s3")
    return path_of(f"{request.param}://bucket/{tmp_path.name}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_what_is_named(case: dict[str, str]) -> None:
    """A path of this disk stays one; a URL becomes a path elsewhere, or an error that repeats no secret."""
    if "error" in case:
        with pytest.raises(SaringError, match=re.escape(case["error"])) as caught:
            path_of(case["named"])
        assert "sesame" not in str(caught.value)
        return
    path = path_of(case["named"])

    assert is_local(path) == ("path" in case)
    assert str(path) == case.get("path", case.get("elsewhere"))
    assert path_of(path) is path
    assert pickle.loads(pickle.dumps(path)) == path  # noqa: S301 - workers get it so


def test_without_s3fs() -> None:
    """Whoever has not installed what speaks to S3 is told how to; who names folders never needs it."""
    code = """
import sys
sys.modules["s3fs"] = None
from saring import cli
from saring.storage.paths import path_of
print(path_of("raw"))
cli.run(lambda: path_of("s3://bucket/raw"))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, "raw\n")
    assert done.stderr.startswith("saring: s3://bucket/raw: expected the package that reaches it")
    assert done.stderr.endswith("Run: pip install 'saring[s3]'\n")


def test_files_are_sent_listed_and_removed(store: Path, tmp_path: Path) -> None:
    """All files of a folder come by their paths, with marks where the store has them; removing what is not there is no error."""
    for path in ("a.txt", "deep/er/b.txt", "manifest.json"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path, encoding="utf-8")

    upload(tmp_path, store / "v1", "manifest.json")

    found = list_remote(store / "v1")
    assert {path: entry.size for path, entry in found.items()} == {"a.txt": 5, "deep/er/b.txt": 13, "manifest.json": 13}
    assert all((entry.mark is not None) == str(store).startswith("s3") for entry in found.values())
    assert list_remote(store).keys() == {f"v1/{path}" for path in found}
    remove(store / "v1")
    remove(store / "v1")
    assert list_remote(store) == {}


def test_a_mark_differs_where_the_content_does(store: Path) -> None:
    """What was written anew is seen to be, also with the same size."""
    (store / "a.txt").write_bytes(b"one")
    before = list_remote(store)["a.txt"]
    (store / "a.txt").write_bytes(b"two")

    assert list_remote(store)["a.txt"].seen != before.seen


def test_only_one_creates(store: Path) -> None:
    """Whoever comes second is refused, and nothing is overwritten; the same content again counts as done."""
    assert create_remote(store / "lock", b"one")
    assert not create_remote(store / "lock", b"two")
    assert create_remote(store / "lock", b"one")
    assert (store / "lock").read_bytes() == b"one"


def test_where_nothing_can_be_written(s3: dict[str, str], tmp_path: Path) -> None:
    """A bucket that is not there is not made, and one that refuses is told with its address."""
    with pytest.raises(SaringError, match=r"s3://nowhere/a/lock: expected a place to write to, found: .*bucket.*Make the bucket first"):
        create_remote(path_of("s3://nowhere/a/lock"), b"one")
    s3_server.fault(0, 1)
    try:
        with pytest.raises(SaringError, match=r"lock: expected a place to write to, found: no more writing here\. .*credentials"):
            create_remote(path_of(f"s3://bucket/{tmp_path.name}/lock"), b"one")
    finally:
        s3_server.fault(0, 0)


@pytest.mark.parametrize("here", [True, False], ids=["here", "elsewhere"])
def test_a_stream_is_read_to_its_end(here: bool, store: Path, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter of the test
    """Byte by byte the same, whatever sizes are asked for."""
    file = (tmp_path if here else store) / "long.bin"
    content = bytes(range(256)) * 40_000
    file.write_bytes(content)

    with open_binary(file) as stream:
        parts = [stream.read(10), stream.read1(3), stream.peek(1)[:1], stream.read()]

    assert parts[:2] == [content[:10], content[10:13]]
    assert b"".join((*parts[:2], parts[3])) == content
    with pytest.raises(FileNotFoundError):
        open_binary(file.with_name("none"))


class Cut(http.server.BaseHTTPRequestHandler):
    """A server that promises ten megabytes and gives a few bytes of them."""

    def do_HEAD(self) -> None:
        """Promise."""
        self.send_response(200)
        self.send_header("Content-Length", "10000000")
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()

    def do_GET(self) -> None:
        """Break it."""
        self.do_HEAD()
        self.wfile.write(b"the beginning")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Keep the output of tests clean."""


def test_a_lost_connection_is_no_damage() -> None:
    """A file of which the rest does not come is not taken for one that ends there."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cut) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        file = path_of(f"http://127.0.0.1:{server.server_port}/a.warc")
        with open_binary(file) as stream, pytest.raises(SaringError, match=r"a\.warc: expected to read on, found: .*run the command again"):
            stream.read()
        server.shutdown()


def test_what_is_told_of_a_store_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """The errors of the clients become a sentence, those of programs do not."""
    for name, value in {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(name, value)
    import s3fs  # noqa: PLC0415 - takes a second to import

    nobody: Any = s3fs.S3FileSystem(skip_instance_cache=True, config_kwargs={"connect_timeout": 1, "retries": {"max_attempts": 0}})
    nobody.retries = 1
    caught: list[BaseException] = []
    calls: list[Callable[[], object]] = [lambda: nobody.ls("bucket"), lambda: int("x")]
    for call in calls:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - which it is, is the question
            caught.append(error)

    assert "Check the address, the credentials" in (failure_message(caught[0]) or "")
    assert failure_message(caught[1]) is None
