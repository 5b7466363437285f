"""Tests of pipeline/saring/storage/paths.py: folders and URLs become paths (cases/folders.toml), and operations on object stores."""

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

from saring.core.errors import SaringError
from saring.storage.paths import create_remote, failure_message, is_local, list_remote, open_binary, path_of, remove, upload
from tests.fixtures import s3_server

if TYPE_CHECKING:
    from collections.abc import Callable

CASES: list[dict[str, str]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "folders.toml").read_text("utf-8"))["path"]


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return an empty remote folder: in memory, on S3."""
    if request.param == "s3":
        request.getfixturevalue("s3")
    return path_of(f"{request.param}://bucket/{tmp_path.name}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_folders_and_urls_become_paths(case: dict[str, str]) -> None:
    """A folder becomes a local path, a URL a remote path or an error, which never repeats a password."""
    if "error" in case:
        with pytest.raises(SaringError, match=re.escape(case["error"])) as caught:
            path_of(case["named"])
        assert "sesame" not in str(caught.value)
        return
    path = path_of(case["named"])

    assert is_local(path) == ("path" in case)
    assert str(path) == case.get("path", case.get("remote"))
    assert path_of(path) is path
    assert pickle.loads(pickle.dumps(path)) == path  # noqa: S301 - as it is passed to workers


def test_a_missing_s3_package_is_named() -> None:
    """An S3 URL without s3fs installed raises an error that says how to install it; local folders do not need it."""
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
    assert done.stderr.startswith("saring: s3://bucket/raw: expected the package for s3:// to be installed")
    assert done.stderr.endswith("Run: pip install 'saring[s3]'\n")


def test_files_are_uploaded_listed_and_removed(store: Path, tmp_path: Path) -> None:
    """Uploaded files are listed by relative path, with content marks on S3; removing a missing folder is no error."""
    for path in ("a.txt", "deep/er/b.txt", "manifest.json"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path, encoding="utf-8")

    upload(tmp_path, store / "v1", "manifest.json")

    listing = list_remote(store / "v1")
    assert {path: file.size for path, file in listing.items()} == {"a.txt": 5, "deep/er/b.txt": 13, "manifest.json": 13}
    assert all((file.mark is not None) == str(store).startswith("s3") for file in listing.values())
    assert list_remote(store).keys() == {f"v1/{path}" for path in listing}
    remove(store / "v1")
    remove(store / "v1")
    assert list_remote(store) == {}


def test_the_version_changes_with_the_content(store: Path) -> None:
    """A file that is written again has another version, even if its size is the same."""
    (store / "a.txt").write_bytes(b"one")
    before = list_remote(store)["a.txt"]
    (store / "a.txt").write_bytes(b"two")

    assert list_remote(store)["a.txt"].version != before.version


def test_only_one_caller_creates_a_file(store: Path) -> None:
    """`create_remote` refuses to overwrite a file with other content; the same content counts as created."""
    assert create_remote(store / "lock", b"one")
    assert not create_remote(store / "lock", b"two")
    assert create_remote(store / "lock", b"one")
    assert (store / "lock").read_bytes() == b"one"


def test_an_unwritable_bucket_is_reported(s3: dict[str, str], tmp_path: Path) -> None:
    """A missing bucket is not created; a missing or read-only one raises an error with its URL."""
    with pytest.raises(SaringError, match=r"s3://nowhere/a/lock: expected a writable location, found: .*bucket.*Create the bucket"):
        create_remote(path_of("s3://nowhere/a/lock"), b"one")
    s3_server.fault(0, 1)
    try:
        with pytest.raises(SaringError, match=r"lock: expected a writable location, found: no more writing here\. .*credentials"):
            create_remote(path_of(f"s3://bucket/{tmp_path.name}/lock"), b"one")
    finally:
        s3_server.fault(0, 0)


@pytest.mark.parametrize("local", [True, False], ids=["local", "remote"])
def test_a_stream_is_read_to_its_end(local: bool, store: Path, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter of the test
    """A stream returns the content of the file for reads of any size; a missing file raises FileNotFoundError."""
    file = (tmp_path if local else store) / "long.bin"
    content = bytes(range(256)) * 40_000
    file.write_bytes(content)

    with open_binary(file) as stream:
        parts = [stream.read(10), stream.read1(3), stream.peek(1)[:1], stream.read()]

    assert parts[:2] == [content[:10], content[10:13]]
    assert b"".join((*parts[:2], parts[3])) == content
    with pytest.raises(FileNotFoundError):
        open_binary(file.with_name("none"))


class TruncatingServer(http.server.BaseHTTPRequestHandler):
    """An HTTP server that announces ten megabytes and closes the connection after a few bytes."""

    def do_HEAD(self) -> None:
        """Announce ten megabytes."""
        self.send_response(200)
        self.send_header("Content-Length", "10000000")
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()

    def do_GET(self) -> None:
        """Send only the first bytes."""
        self.do_HEAD()
        self.wfile.write(b"the beginning")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Print no log lines into the output of tests."""


def test_a_lost_connection_is_not_a_damaged_file() -> None:
    """A connection lost while reading raises an error; the file is not taken for truncated."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), TruncatingServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        file = path_of(f"http://127.0.0.1:{server.server_port}/a.warc")
        with (
            open_binary(file) as stream,
            pytest.raises(SaringError, match=r"a\.warc: expected to read to its end, found: .*run the command again"),
        ):
            stream.read()
        server.shutdown()


def test_errors_of_store_clients_become_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exceptions of a store's client library become a message for the user, other exceptions do not."""
    for name, value in {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(name, value)
    import s3fs  # noqa: PLC0415 - takes a second to import

    unreachable: Any = s3fs.S3FileSystem(skip_instance_cache=True, config_kwargs={"connect_timeout": 1, "retries": {"max_attempts": 0}})
    unreachable.retries = 1
    caught: list[BaseException] = []
    calls: list[Callable[[], object]] = [lambda: unreachable.ls("bucket"), lambda: int("x")]
    for call in calls:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - its type is what is tested
            caught.append(error)

    assert "Check the address, the credentials" in (failure_message(caught[0]) or "")
    assert failure_message(caught[1]) is None
