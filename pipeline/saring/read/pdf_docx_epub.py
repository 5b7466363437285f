"""Documents that are no text: .pdf, .docx, .odt and .epub, converted in a process of their own.

A parser of such formats may run for hours, take all memory or end its process: so its time and its memory are limited, and it does not run
in this one.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import multiprocessing
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from saring.read import convert_document
from saring.read.declared_metadata import DeclaredMetadata, fill_missing
from saring.read.page import too_large_rejection
from saring.read.scrape import RefusedError, Rejection, Scrape, replace_unencodable, sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from saring.read.compression import Stream

__all__ = ["SUFFIXES", "close", "read"]

SUFFIXES = tuple(convert_document.LIBRARIES)

#: Pictures and fonts stand in the same file: it may have so many times the bytes that its text may have.
_WITH_PICTURES = 8
#: Bytes of memory that a conversion may take.
_MEMORY = 3_000_000_000
#: Seconds that the process may take to start, besides those of a page.
_START = 60


def read(stream: Stream, source: str, stated: DeclaredMetadata, limit: int, seconds: int = 60) -> Iterator[Scrape | Rejection]:
    """Yield the one page of a document, or its rejection.

    Args:
        stream: the unpacked file.
        source: its path in raw/.
        stated: what is known about it.
        limit: the bytes that its text may have.
        seconds: that it may take.
    """
    name = source.lower().removesuffix(".gz").removesuffix(".zst")
    suffix = PurePosixPath(name).suffix
    module, package = convert_document.LIBRARIES[suffix]
    if module and importlib.util.find_spec(module) is None:
        message = f"To read {suffix}, {package} is needed, which is not installed. Run: pip install 'saring[documents]'"
        yield Rejection(source, "needs-library", f"{message}.")
        return
    data = io.BufferedReader(stream).read(_WITH_PICTURES * limit + 1)
    if len(data) > _WITH_PICTURES * limit:
        yield too_large_rejection(source, _WITH_PICTURES * limit)
        return
    if stream.damage:
        yield stream.damage.rejection(source)
        return
    try:
        converted = _PROCESS.run((suffix, data, limit), seconds)
    except RefusedError as error:
        yield Rejection(source, error.reason, error.message, sha256_of(data), len(data))
        return
    text = replace_unencodable(converted.text)
    if (size := len(text.encode())) > limit:
        yield too_large_rejection(source, limit, size)
        return
    own = DeclaredMetadata(title=converted.title, authors=list(converted.authors) or None, language=converted.language)
    yield Scrape(source, converted.media_type, "utf-8", sha256_of(data), len(data), text, fill_missing(stated, own))


def close() -> None:
    """End the process that converts, if there is one."""
    _PROCESS.stop()


class _Process:
    """A process that converts one document after the other, started when there is one."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def run(self, job: tuple[str, bytes, int], seconds: int) -> convert_document.Converted:
        """Return the text of a document.

        Raises:
            RefusedError: it cannot be converted, takes too long, or ends the process.
        """
        started = self._process is not None
        pipe = self._pipe if started and self._pipe else self._start()
        try:
            pipe.send(job)
            if not pipe.poll(seconds if started else seconds + _START):
                self.stop()
                message = (
                    f"It took longer than the {seconds} seconds that a page may take. Save its text as .txt, or raise [build] page_seconds."
                )
                raise RefusedError("too-slow", message)
            found: convert_document.Converted | tuple[str, str] = pipe.recv()
        except (EOFError, OSError) as error:
            self.stop()
            raise RefusedError("crashed", "A library ended its process on it. Save its text as .txt or .html.") from error
        if isinstance(found, convert_document.Converted):
            return found
        raise RefusedError(*found)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.join()
        if self._pipe:
            self._pipe.close()
        self._process = self._pipe = None

    def _start(self) -> Connection:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        return self._pipe


_PROCESS = _Process()


def _serve(pipe: Any) -> None:  # noqa: ANN401 - a Connection, which the two systems name differently
    """Convert what comes until nobody asks any more."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # not everywhere
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            suffix, data, limit = pipe.recv()
            try:
                pipe.send(convert_document.convert_document(suffix, data, limit))
            except RefusedError as error:
                pipe.send((error.reason, error.message))
