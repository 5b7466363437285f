"""Read the members of .zip and .tar archives as if they were files in a folder, without unpacking anything to disk.

The sources of members, and of the records in them:

    archive.zip#news/page.html          a member
    archive.zip#news/feed.jsonl#3       the third record of a member
"""

from __future__ import annotations

import collections
import contextlib
import io
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, Protocol

from saring.core.plurals import counted
from saring.read import sidecar
from saring.read.archive_member import MemberReader, UnpackedSizeMeter
from saring.read.compression import DamagedError
from saring.read.declared_metadata import NO_METADATA, fill_missing
from saring.read.list_files import README, SIDECAR, display_name
from saring.read.rejection_messages import kept_sentence
from saring.read.scrape import RefusedError, Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from saring.read.archive_member import Archive, Member
    from saring.read.compression import Stream
    from saring.read.declared_metadata import DeclaredMetadata
    from saring.read.scrape import Scrape

__all__ = ["ArchiveFormat", "MemberFile", "MemberFormats", "read"]

#: An archive with more members than this is rejected, since all names are held in memory. A judgement.
_MAX_MEMBERS = 1_000_000
#: Suffixes listed in the one rejection for all members of formats that are not read.
_LISTED_SUFFIXES = 5


class ArchiveFormat(Protocol):
    """A module that reads one archive format (`zip_archive`, `tar_archive`)."""

    def open_archive(self, stream: Stream) -> contextlib.AbstractContextManager[Archive]:
        """Open the archive in a stream.

        Raises:
            RefusedError: the bytes are no such archive.
        """


class MemberFile(NamedTuple):
    """An archive member that is to be read as a file, with the metadata from its sidecar.

    Attributes:
        source: its path in raw/, `archive#member`.
        file: its decompressed bytes.
        metadata: declared by its own sidecar, completed by that of the archive.
    """

    source: str
    file: io.BufferedReader
    metadata: DeclaredMetadata


class MemberFormats(NamedTuple):
    """The file formats that can be read from an archive, as two callbacks of the caller.

    Attributes:
        is_container: tells by a file's name whether its format holds many records; None for a format that is not read.
        read: yields the scrapes and rejections of a member in a format that is read.
    """

    is_container: Callable[[str], bool | None]
    read: Callable[[MemberFile], Iterator[Scrape | Rejection]]


class _Contents(NamedTuple):
    """Result of the first pass over an archive: how often each member name occurs, and the bytes of each sidecar by name."""

    names: collections.Counter[str]
    sidecars: dict[str, bytes]


def read(
    archive_format: ArchiveFormat, stream: Stream, source: str, metadata: DeclaredMetadata, formats: MemberFormats
) -> Iterator[Scrape | Rejection]:
    """Yield the scrapes and rejections of all members of an archive, in the archive's order.

    As in raw/, hidden files and the archive's own README are skipped, and sidecars apply to the files that they are named after.
    Members in formats that are not read (the images and scripts of saved pages) get one rejection together. Links, devices, encrypted
    members, names that lead out of the archive and repeated names get a rejection each.

    Args:
        archive_format: the module that opens the archive.
        stream: the archive file, decompressed where it is compressed as a whole (.tar.gz).
        source: the archive's path in raw/.
        metadata: declared by the archive's own sidecar.
        formats: the file formats that can be read from it.
    """
    members = _MemberFilter(source, metadata, formats)
    refused: RefusedError | None = None
    try:
        with archive_format.open_archive(stream) as archive:
            contents = _list_contents(archive)
            if len(contents.names) > _MAX_MEMBERS:
                message = f"The archive contains more than {counted(_MAX_MEMBERS, 'file')}. Unpack it."
                raise RefusedError("too-many", message)  # noqa: TRY301 - becomes a rejection below
            meter = UnpackedSizeMeter(archive)
            for member in archive.members():
                try:
                    member_file = members.accept(member, contents, meter)
                except RefusedError as error:
                    yield Rejection(f"{source}#{_member_path(member.name)}", error.reason, error.message)
                    continue
                if member_file:
                    with member_file.file:
                        yield from formats.read(member_file)
                    meter.check()
    except RefusedError as error:
        refused = error
    if stream.damage:
        damage = stream.damage
        yield damage._replace(message=damage.message + members.kept_sentence()).rejection(source)
    elif refused:
        yield Rejection(source, refused.reason, f"{refused.message}{members.kept_sentence()}")
    elif not members.number:
        yield Rejection(source, "empty", "The archive contains no files. Fetch it again or remove it.")
    if members.unknown_suffixes:
        yield Rejection(source, "unknown-type", members.unknown_suffixes_message())


class _MemberFilter:
    """Decides for each member of one archive whether it is read, skipped or rejected, and counts what it has seen.

    Attributes:
        number: how many members have been seen.
        unknown_suffixes: how many members of formats that are not read there were, by suffix.
    """

    def __init__(self, source: str, metadata: DeclaredMetadata, formats: MemberFormats) -> None:
        self.number = 0
        self.unknown_suffixes: collections.Counter[str] = collections.Counter()
        self._source, self._metadata, self._formats = source, metadata, formats
        self._seen_names: set[str] = set()

    def accept(self, member: Member, contents: _Contents, meter: UnpackedSizeMeter) -> MemberFile | None:
        """Return the next member as a file with its sidecar's metadata; None where it is to be skipped.

        Args:
            member: the member.
            contents: the names and sidecars of all members.
            meter: counts the bytes that the archive unpacks to.

        Raises:
            RefusedError: the member is to be rejected.
        """
        self.number += 1
        name = _member_path(member.name)
        if name in README or any(part.startswith(".") and part != ".." for part in name.split("/")):
            return None
        if name.endswith(SIDECAR):
            described = name.removesuffix(SIDECAR)
            if described not in contents.names:
                message = f"This sidecar describes {described}, which is not in the archive. Add that file or remove the sidecar."
                raise RefusedError("orphan-sidecar", message)
            return None
        self._refuse_unsafe(member, name)
        container = self._formats.is_container(name)
        if container is None:
            self.unknown_suffixes[PurePosixPath(name).suffix.lower() or "without a suffix"] += 1
            return None
        source = f"{self._source}#{name}"
        data = contents.sidecars.get(name + SIDECAR)
        own = NO_METADATA if data is None else sidecar.parse_sidecar(data, source + SIDECAR, container=container)
        return MemberFile(source, io.BufferedReader(MemberReader(member, meter)), fill_missing(own, self._metadata))

    def kept_sentence(self) -> str:
        """Return the end of the rejection message for a damaged archive: how many files before the damage were kept."""
        return kept_sentence(max(self.number - 1, 0), "file")

    def unknown_suffixes_message(self) -> str:
        """Return the message of the one rejection for all members in formats that are not read."""
        most_common = self.unknown_suffixes.most_common(_LISTED_SUFFIXES)
        suffixes = ", ".join(f"{count:,} {display_name(suffix)}" for suffix, count in most_common)
        more = ", ..." if len(self.unknown_suffixes) > _LISTED_SUFFIXES else ""
        return f"The archive's files of other kinds were not read ({suffixes}{more}). Ignore this if they contain no text."

    def _refuse_unsafe(self, member: Member, name: str) -> None:
        """Raise `RefusedError` for a member that cannot be read, leads out of the archive, or repeats an earlier name."""
        if member.refused:
            raise member.refused
        if ".." in name.split("/"):
            raise RefusedError("outside", "Its name leads out of the archive. Pack the archive again without `..` in names.")
        if name in self._seen_names:
            message = "An earlier file in the archive has the same name. Rename one of them and pack the archive again."
            raise RefusedError("same-name", message)
        self._seen_names.add(name)


def _list_contents(archive: Archive) -> _Contents:
    """Return all member names and sidecars of an archive, in a separate first pass, since in a .tar a sidecar may follow its file.

    Damage ends the pass silently: it is reported when the members are read.
    """
    contents = _Contents(collections.Counter(), {})
    with contextlib.suppress(RefusedError):
        for member in archive.members():
            name = _member_path(member.name)
            contents.names[name] += 1
            if name.endswith(SIDECAR) and not member.refused and name not in contents.sidecars:
                with contextlib.suppress(DamagedError), io.BufferedReader(MemberReader(member, None)) as file:
                    contents.sidecars[name] = file.read(sidecar.MAX_BYTES + 1)
            if len(contents.names) > _MAX_MEMBERS:
                break
    return contents


def _member_path(name: str) -> str:
    """Return a member's name as a printable path relative to the archive: no root, no `.`, no empty parts; `..` stays.

    Backslashes, which Windows programs write, separate parts too.
    """
    return "/".join(display_name(part) for part in name.replace("\\", "/").split("/") if part not in ("", "."))
