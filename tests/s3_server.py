"""An S3 server on loopback (moto's), in a process of its own: it takes a second to import, and its threads would outlive a test.

`GET /-/kill/PID/N` makes it kill a process at the Nth request from now that would change something, before it does; PID 0 kills nobody, but
refuses that request and all such that follow, until the next such call. N = 0 ends that. The answer is the number of changes since the last call.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["bucket", "fault", "files"]

#: As S3 says it.
_REFUSED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>no more writing here</Message></Error>"


@contextlib.contextmanager
def bucket() -> Iterator[dict[str, str]]:
    """Yield the environment of whoever talks to an S3 server with one bucket, called `bucket`."""
    command = [sys.executable, "-W", "ignore", __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        environment = {
            "AWS_ENDPOINT_URL": process.stdout.readline().strip(),
            "AWS_ACCESS_KEY_ID": "sari",
            "AWS_SECRET_ACCESS_KEY": "sesame",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        put = urllib.request.Request(f"{environment['AWS_ENDPOINT_URL']}/bucket", method="PUT")  # noqa: S310 - our own server
        with urllib.request.urlopen(put):  # noqa: S310 - see above
            yield environment
        process.communicate("")


def fault(process: int, number: int) -> int:
    """Set the fault of the server that the environment names; return how many changes it made since the last call."""
    with urllib.request.urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/-/kill/{process}/{number}") as answer:  # noqa: S310 - our own server
        return int(answer.read())


def files() -> Any:  # noqa: ANN401 - s3fs has no types
    """Return S3 as the environment has it, without what was listed before."""
    import s3fs  # noqa: PLC0415 - takes a second to import

    return s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)


class _Faulty:
    """The server's application, with a fault before it."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._process = self._number = self._seen = 0

    def __call__(self, request: dict[str, Any], answer: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            if request["PATH_INFO"].startswith("/-/kill/"):
                seen, self._seen = self._seen, 0
                self._process, self._number = map(int, request["PATH_INFO"].split("/")[3:])
                answer("200 OK", [("Content-Type", "text/plain")])
                return [str(seen).encode()]
            if request["REQUEST_METHOD"] in ("PUT", "POST", "DELETE"):
                self._seen += 1
                if self._number and self._seen >= self._number:
                    if self._process and self._seen == self._number:
                        os.kill(self._process, signal.SIGKILL)
                    request["wsgi.input"].read(int(request.get("CONTENT_LENGTH") or 0))  # else the client sees a cut connection
                    answer("403 Forbidden", [("Content-Type", "application/xml")])
                    return [_REFUSED]
        return self._application(request, answer)


def main() -> None:
    """Serve until standard input ends."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app  # noqa: PLC0415 - not in the process of the tests
    from werkzeug.serving import make_server  # noqa: PLC0415 - see above

    server = make_server(
        "127.0.0.1", 0, _Faulty(DomainDispatcherApplication(create_backend_app)), threaded=True, request_handler=MotoRequestHandler
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
