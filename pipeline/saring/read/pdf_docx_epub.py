"""Read .pdf, .docx, .odt and .epub documents by converting them to text in a separate process.

A parser of such a format may run for hours, take all memory or crash its process. So the process is limited in time and memory, and started
again after it was stopped.
"""

from __future__ import annotations

import contextlib
import importlib.util
import multiprocessing
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from saring.read import convert_document
from saring.read.declared_metadata import DeclaredMetadata, fill_missing
from saring.read.page import SIZE_WITH_IMAGES, read_all, too_large_rejection
from saring.read.scrape import RefusedError, Rejection, Scrape, replace_unencodable, sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from saring.read.compression import Stream

__all__ = ["SUFFIXES", "close", "read"]

SUFFIXES = tuple(convert_document.LIBRARIES)

#: Bytes of address space that the converter process may use.
_MAX_MEMORY = 3_000_000_000
#: Seconds that the converter process may take to start, on top of the time limit of a page.
_START_SECONDS = 60


def read(stream: Stream, source: str, metadata: DeclaredMetadata, limit: int, seconds: int = 60) -> Iterator[Scrape | Rejection]:
    """Yield the one page of a PDF, Word, OpenDocument or EPUB document, or its rejection.

    Args:
        stream: the decompressed file.
        source: its path in raw/.
        metadata: declared by its sidecar and by corpus.toml; it wins over what an EPUB declares itself.
        limit: the most bytes that the text may have.
        seconds: the time limit of the conversion.
    """
    file_name = source.lower().removesuffix(".gz").removesuffix(".zst")
    suffix = PurePosixPath(file_name).suffix
    module, package = convert_document.LIBRARIES[suffix]
    if module and importlib.util.find_spec(module) is None:
        message = f"Reading {suffix} files needs {package}, which is not installed. Run: pip install 'saring[documents]'."
        yield Rejection(source, "needs-library", message)
        return
    data = read_all(stream, source, SIZE_WITH_IMAGES * limit)
    if isinstance(data, Rejection):
        yield data
        return
    try:
        converted = _CONVERTER.convert((suffix, data, limit), seconds)
    except RefusedError as error:
        yield Rejection(source, error.reason, error.message, sha256_of(data), len(data))
        return
    text = replace_unencodable(converted.text)
    if (size := len(text.encode())) > limit:
        yield too_large_rejection(source, limit, size)
        return
    own = DeclaredMetadata(title=converted.title, authors=list(converted.authors) or None, language=converted.language)
    yield Scrape(source, converted.media_type, "utf-8", sha256_of(data), len(data), text, fill_missing(metadata, own))


def close() -> None:
    """Stop the converter process, if it is running."""
    _CONVERTER.stop()


class _Converter:
    """Handle on a process that converts documents, one after the other; started for the first one, and again after a failure stopped it."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def convert(self, job: tuple[str, bytes, int], seconds: int) -> convert_document.Converted:
        """Convert a document in the converter process.

        Args:
            job: the arguments of `convert_document.convert_document`.
            seconds: the time limit.

        Raises:
            RefusedError: the document cannot be converted, takes too long, or crashes the process.
        """
        started = self._process is not None
        pipe = self._pipe if started and self._pipe else self._start()
        try:
            pipe.send(job)
            if not pipe.poll(seconds if started else seconds + _START_SECONDS):
                self.stop()
                message = (
                    f"Converting it took longer than the {seconds} seconds that a page may take. "
                    "Save its text as .txt, or raise [build] page_seconds in corpus.toml."
                )
                raise RefusedError("too-slow", message)
            answer: convert_document.Converted | tuple[str, str] = pipe.recv()
        except (EOFError, OSError) as error:
            self.stop()
            raise RefusedError("crashed", "A library crashed while converting it. Save its text as .txt or .html.") from error
        if isinstance(answer, convert_document.Converted):
            return answer
        raise RefusedError(*answer)

    def stop(self) -> None:
        """Kill the converter process, if it is running; the next document starts a new one."""
        if self._process:
            self._process.kill()
            self._process.join()
        if self._pipe:
            self._pipe.close()
        self._process = self._pipe = None

    def _start(self) -> Connection:
        """Spawn the converter process and return this side of the pipe to it."""
        spawn = multiprocessing.get_context("spawn")
        self._pipe, child_pipe = spawn.Pipe()
        self._process = spawn.Process(target=_convert_jobs, args=(child_pipe,), daemon=True)
        self._process.start()
        child_pipe.close()
        return self._pipe


_CONVERTER = _Converter()


def _convert_jobs(pipe: Any) -> None:  # noqa: ANN401 - a Connection, whose class has another name on Windows
    """Main loop of the converter process: receive jobs and send back a `Converted`, or the reason and message of a refusal."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # some systems have no such limit
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            suffix, data, limit = pipe.recv()
            try:
                pipe.send(convert_document.convert_document(suffix, data, limit))
            except RefusedError as error:
                pipe.send((error.reason, error.message))
