"""Files within .zip and .tar: read as if they stood in a folder of the archive's name, and never written to a disk.

archive.zip#news/page.html          a member
archive.zip#news/feed.jsonl#3       a record of a member
"""

from __future__ import annotations

import collections
import contextlib
import io
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol

from saring.core.plurals import counted
from saring.read import sidecar
from saring.read.compression import DamagedError
from saring.read.declared_metadata import NO_METADATA, fill_missing
from saring.read.list_files import README, SIDECAR, display_name
from saring.read.scrape import RefusedError, Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import WriteableBuffer

    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["Archive", "ArchiveFormat", "Inner", "Kinds", "Member", "read"]

#: More members than this, and the rest is not read.
_MOST_MEMBERS = 1_000_000
#: Members that unpack to more bytes than this together, and to more than so many times what was read of the archive, are a bomb, also
#: where members overlap in the file.
_FREE = 256_000_000
_RATIO = 200
#: Kinds of files named in the one rejection for all members of unknown kinds.
_NAMED = 5


class Member(NamedTuple):
    """One member of an archive that is no folder.

    Attributes:
        name: as the archive has it.
        open: gives its bytes; until the next member is asked for.
        refused: why it cannot be read, if so.
    """

    name: str
    open: Callable[[], IO[bytes]]
    refused: RefusedError | None = None


class Archive(Protocol):
    """An open archive."""

    def members(self) -> Iterator[Member]:
        """Yield its members in order, from the first each time.

        Raises:
            RefusedError: it is damaged from some place on.
        """

    def taken(self) -> int:
        """Return how many bytes of the archive have been read at most."""


class ArchiveFormat(Protocol):
    """A module for a kind of archives."""

    def opened(self, stream: Stream) -> contextlib.AbstractContextManager[Archive]:
        """Give the archive in a file; raises RefusedError where it is none."""


class Inner(NamedTuple):
    """A member that is to be read.

    Attributes:
        source: its path in raw/, `archive#member`.
        file: its bytes.
        beside: what its sidecar and that of the archive state.
    """

    source: str
    file: io.BufferedReader
    beside: DeclaredMetadata


class _Contents(NamedTuple):
    """What a first pass over an archive finds: how often each name occurs, and the sidecars by name."""

    names: collections.Counter[str]
    sidecars: dict[str, bytes]


class Kinds(NamedTuple):
    """What can be read of an archive.

    Attributes:
        is_container: tells whether a file of this name has many records; None for a kind that is not read.
        read: reads a member of a known kind.
    """

    is_container: Callable[[str], bool | None]
    read: Callable[[Inner], Iterator[Scrape | Rejection]]


def read(form: ArchiveFormat, stream: Stream, source: str, beside: DeclaredMetadata, kinds: Kinds) -> Iterator[Scrape | Rejection]:
    """Yield what becomes of the members of an archive.

    Hidden files and the archive's own README are passed over, as in raw/. Sidecars count as they do there. Members of kinds that are not
    read (the pictures and scripts of saved pages) are one rejection together. Links, devices, encrypted members, names that lead out of
    the archive and further members of the same name are rejections.

    Args:
        form: how the archive is taken apart.
        stream: the archive.
        source: its path in raw/.
        beside: what its own sidecar states.
        kinds: what can be read of it.
    """
    members = _Members(source, beside, kinds)
    refused: RefusedError | None = None
    try:
        with form.opened(stream) as archive:
            contents = _contents(archive)
            if len(contents.names) > _MOST_MEMBERS:
                raise RefusedError("too-many", f"It has more than {counted(_MOST_MEMBERS, 'file')}. Unpack it.")  # noqa: TRY301 - made a rejection below
            meter = _Meter(archive)
            for member in archive.members():
                try:
                    inner = members.next(member, contents, meter)
                except RefusedError as error:
                    yield Rejection(f"{source}#{_name(member.name)}", error.reason, error.message)
                    continue
                if inner:
                    with inner.file:
                        yield from kinds.read(inner)
                    meter.check()
    except RefusedError as error:
        refused = error
    if stream.damage:
        damage = stream.damage
        yield damage._replace(message=damage.message + members.kept()).rejection(source)
    elif refused:
        yield Rejection(source, refused.reason, f"{refused.message}{members.kept()}")
    elif not members.number:
        yield Rejection(source, "empty", "It holds no files. Fetch it again or remove it.")
    if members.unknown:
        yield Rejection(source, "unknown-type", members.of_unknown_kinds())


class _Members:
    """The members of an archive that have been seen."""

    def __init__(self, source: str, beside: DeclaredMetadata, kinds: Kinds) -> None:
        self.number = 0
        self.unknown: collections.Counter[str] = collections.Counter()
        self._source, self._beside, self._kinds = source, beside, kinds
        self._seen: set[str] = set()

    def next(self, member: Member, contents: _Contents, meter: _Meter) -> Inner | None:
        """Return the next member with what is stated about it; None where it is to be passed over.

        Raises:
            RefusedError: it must not, or cannot, be read.
        """
        self.number += 1
        name = _name(member.name)
        if name in README or any(part.startswith(".") and part != ".." for part in name.split("/")):
            return None
        if name.endswith(SIDECAR):
            file = name.removesuffix(SIDECAR)
            if file not in contents.names:
                raise RefusedError("orphan-sidecar", f"Expected {file} beside it, found nothing. Remove it or add the file.")
            return None
        self._refuse(member, name)
        container = self._kinds.is_container(name)
        if container is None:
            self.unknown[PurePosixPath(name).suffix.lower() or "without a suffix"] += 1
            return None
        source = f"{self._source}#{name}"
        data = contents.sidecars.get(name + SIDECAR)
        own = NO_METADATA if data is None else sidecar.parse_sidecar(data, source + SIDECAR, container=container)
        return Inner(source, io.BufferedReader(_Metered(member, meter)), fill_missing(own, self._beside))

    def kept(self) -> str:
        """Return the sentence that says what damage left."""
        return f" What stands in its first {counted(self.number - 1, 'file')} is kept." if self.number > 1 else ""

    def of_unknown_kinds(self) -> str:
        """Return the message for all members of kinds that are not read."""
        kinds = ", ".join(f"{count:,} {display_name(suffix)}" for suffix, count in self.unknown.most_common(_NAMED))
        more = ", ..." if len(self.unknown) > _NAMED else ""
        return f"Its files of other kinds are not read ({kinds}{more}). Nothing to do if they hold no text."

    def _refuse(self, member: Member, name: str) -> None:
        if member.refused:
            raise member.refused
        if ".." in name.split("/"):
            raise RefusedError("outside", "Its name leads out of the archive. Pack the archive again without `..` in names.")
        if name in self._seen:
            message = "A file before it in the archive has the same name. Pack the archive again with another name for it."
            raise RefusedError("same-name", message)
        self._seen.add(name)


def _contents(archive: Archive) -> _Contents:
    """Return names and sidecars: in a tar a sidecar may stand behind its file. Damage is told when the members are read."""
    found = _Contents(collections.Counter(), {})
    with contextlib.suppress(RefusedError):
        for member in archive.members():
            name = _name(member.name)
            found.names[name] += 1
            if name.endswith(SIDECAR) and not member.refused and name not in found.sidecars:
                with contextlib.suppress(DamagedError), io.BufferedReader(_Metered(member, None)) as file:
                    found.sidecars[name] = file.read(sidecar.MOST_BYTES + 1)
            if len(found.names) > _MOST_MEMBERS:
                break
    return found


def _name(name: str) -> str:
    """Return a member's name as a path relative to the archive: without what would be the root of a disk, `.` and empty parts."""
    return "/".join(display_name(part) for part in name.replace("\\", "/").split("/") if part not in ("", "."))


class _Meter:
    """Counts what members unpack to."""

    def __init__(self, archive: Archive) -> None:
        self._archive, self._unpacked = archive, 0

    def add(self, size: int) -> None:
        self._unpacked += size
        if self._is_bomb():
            raise DamagedError("bomb", f"The archive unpacks to more than {_RATIO} times its size. If that is right, unpack it by hand.")

    def check(self) -> None:
        """Refuse to go on in a bomb."""
        if self._is_bomb():
            raise RefusedError("bomb", f"It unpacks to more than {_RATIO} times its size. If that is right, unpack it by hand.")

    def _is_bomb(self) -> bool:
        return self._unpacked > _FREE and self._unpacked > _RATIO * self._archive.taken()


class _Metered(io.RawIOBase):
    """The bytes of a member, counted; opened when they are first asked for."""

    name = ""

    def __init__(self, member: Member, meter: _Meter | None) -> None:
        super().__init__()
        self._member, self._meter = member, meter
        self._file: IO[bytes] | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._file = self._file or self._member.open()
        view = memoryview(buffer)
        try:
            data = self._file.read(len(view))
        except DamagedError:
            raise
        except Exception as error:  # decoders of several kinds, each with its own
            said = " ".join(str(error).split())[:100].rstrip(".") or type(error).__name__
            raise DamagedError("damaged", f"It is damaged in the archive ({said}). Fetch the archive again.") from error
        view[: len(data)] = data
        if self._meter:
            self._meter.add(len(data))
        return len(data)

    def close(self) -> None:
        if self._file and not self.closed:
            self._file.close()
        super().close()
