"""A small Hugging Face hub over real HTTP: what publishing and loading a dataset ask for, and no more.

It follows what `huggingface_hub` sends and expects; the library itself is what talks to it, unmodified, through HF_ENDPOINT. Its state is on
disk, so that it can be ended and started again. It can be told to fail: `hub.faults.append(Fault("PUT", 500))`.
"""

# ruff: noqa: ANN401 - its answers are JSON

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["TOKEN", "Fault", "Hub"]

TOKEN = "hf_" + "secret" * 5

#: How a request ends: with a status; `cut`: the connection ends before it is handled; `lost`: after it was handled; `well`.
How = int | Literal["cut", "lost", "well"]


@dataclass
class Fault:
    """One thing that goes wrong.

    Attributes:
        where: a pattern of method and path.
        how: see `How`.
        after: how many such requests pass before.
        times: how many of them fail.
        before: is called before the request is handled.
        then: is called when it was handled, before it is answered.
    """

    where: str
    how: How = "well"
    after: int = 0
    times: int = 1
    before: Callable[[], object] | None = None
    then: Callable[[], object] | None = None


class Hub:
    """The server.

    Attributes:
        faults: what is still to go wrong.
        seen: method and path of every request.
        address: for HF_ENDPOINT.
    """

    def __init__(self, folder: Path, *, lfs_from: int = 10_000_000) -> None:
        self.folder, self.lfs_from = folder, lfs_from
        self.faults: list[Fault] = []
        self.seen: list[str] = []
        self.lock = threading.RLock()
        (folder / "blobs").mkdir(parents=True, exist_ok=True)
        (folder / "repos").mkdir(exist_ok=True)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def repo(self, name: str) -> dict[str, Any] | None:
        """Return the state of a dataset: head, tags, commits with parent, title and files."""
        file = self.folder / "repos" / f"{name.replace('/', '--')}.json"
        found: dict[str, Any] | None = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
        return found

    def save(self, name: str, repo: dict[str, Any]) -> None:
        """Keep the state of a dataset, whole or not at all."""
        file = self.folder / "repos" / f"{name.replace('/', '--')}.json"
        file.with_suffix(".tmp").write_text(json.dumps(repo), encoding="utf-8")
        file.with_suffix(".tmp").replace(file)

    def put(self, content: bytes) -> str:
        """Keep a blob; returns its SHA-256."""
        name = hashlib.sha256(content).hexdigest()
        temporary = self.folder / "blobs" / f"{name}.{threading.get_ident()}"
        temporary.write_bytes(content)
        temporary.replace(self.folder / "blobs" / name)
        return name

    def blob(self, name: str) -> Path:
        """Return where a blob is."""
        return self.folder / "blobs" / name

    def commit(self, name: str, changes: dict[str, bytes | None], title: str = "by hand") -> str:
        """Commit as somebody else would."""
        with self.lock:
            repo = self.repo(name)
            assert repo
            files = dict(repo["commits"][repo["head"]]["files"])
            for path, content in changes.items():
                files.pop(path, None)
                if content is not None:
                    files[path] = self.entry(content, lfs=False)
            return self.append(name, repo, files, title)

    def entry(self, content: bytes, *, lfs: bool) -> dict[str, Any]:
        """Keep a file and return what a commit says of it."""
        git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324 - git's name for a file
        return {"sha256": self.put(content), "size": len(content), "git": git, "lfs": lfs}

    def append(self, name: str, repo: dict[str, Any], files: dict[str, Any], title: str) -> str:
        """Add a commit to the branch."""
        made = {"parent": repo["head"], "title": title, "files": files}
        sha = hashlib.sha1(json.dumps(made, sort_keys=True).encode()).hexdigest()  # noqa: S324 - looks as git's do
        repo["commits"][sha], repo["head"] = made, sha
        self.save(name, repo)
        return sha

    def fault(self, request: str) -> Fault:
        """Return what goes wrong with a request, if anything does."""
        with self.lock:
            self.seen.append(request)
            for fault in self.faults:
                if fault.times and re.search(fault.where, request):
                    if fault.after:
                        fault.after -= 1
                        continue
                    fault.times -= 1
                    return fault
        return Fault("")


class _Refused(Exception):  # noqa: N818 - an answer, not an error
    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        super().__init__(message or code)
        self.status, self.code = status, code


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - names of http.server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name of http.server
        """Say nothing."""

    def _serve(self) -> None:
        # The body is read first: an answer to half a request would cut the connection.
        self.body = self._read()
        fault = self.hub.fault(f"{self.command} {urlsplit(self.path).path}")
        if fault.before:
            fault.before()
        if fault.how == "cut":
            self.close_connection = True
            return
        if isinstance(fault.how, int):
            self._send(fault.how, b"<html>in trouble</html>", {"Content-Type": "text/html"})
            return
        try:
            status, body, headers = self._answer()
        except _Refused as refused:
            status, body = refused.status, json.dumps({"error": str(refused)}).encode()
            headers = {"X-Error-Code": refused.code, "X-Error-Message": str(refused)}
        if fault.then:
            fault.then()
        if fault.how == "lost":
            self.close_connection = True
            return
        self._send(status, body, headers)

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _answer(self) -> tuple[int, bytes, dict[str, str]]:
        path = unquote(urlsplit(self.path).path)
        for methods, pattern, name in _ROUTES:
            if self.command in methods and (found := re.fullmatch(pattern, path)):
                if self.command in ("POST", "PUT") and name not in ("lfs_put", "paths_info"):
                    self._allowed()
                with self.hub.lock:
                    made = getattr(self, f"_{name}")(*found.groups())
                return made if isinstance(made, tuple) else (200, json.dumps(made).encode(), {})
        raise _Refused(404, "", f"no {self.command} {path}")

    def _allowed(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise _Refused(401, "", "Invalid credentials in Authorization header")

    def _found(self, name: str) -> dict[str, Any]:
        if (repo := self.hub.repo(name)) is None:
            raise _Refused(404, "RepoNotFound", "Repository not found")
        return repo

    def _commit(self, repo: dict[str, Any], revision: str) -> str:
        sha = {"main": repo["head"], **repo["tags"]}.get(revision, revision)
        if sha not in repo["commits"]:
            raise _Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return str(sha)

    def _files(self, name: str, revision: str) -> dict[str, Any]:
        repo = self._found(name)
        files: dict[str, Any] = repo["commits"][self._commit(repo, revision)]["files"]
        return files

    def _whoami(self) -> Any:
        self._allowed()
        return {"type": "user", "name": "sari", "auth": {"type": "access_token"}}

    def _create(self) -> Any:
        asked = json.loads(self.body)
        name = f"{asked['organization']}/{asked['name']}"
        answer = {"url": f"{self.hub.address}/datasets/{name}", "name": name}
        if self.hub.repo(name):
            return 409, json.dumps(answer | {"error": "You already created this dataset repo"}).encode(), {}
        repo: dict[str, Any] = {"head": None, "tags": {}, "commits": {}}
        self.hub.append(name, repo, {".gitattributes": self.hub.entry(b"*.parquet filter=lfs\n", lfs=False)}, "initial commit")
        return answer

    def _validate(self) -> Any:
        content = json.loads(self.body)["content"]
        if not re.match(r"---\n.*\n---\n", content, flags=re.DOTALL):
            return 400, json.dumps({"errors": [{"message": "no front matter"}], "warnings": []}).encode(), {}
        return {"errors": [], "warnings": []}

    def _preupload(self, name: str, revision: str) -> Any:
        files, found = self._files(name, revision), []
        for asked in json.loads(self.body)["files"]:
            lfs = asked["path"].endswith(".parquet") or asked["size"] >= self.hub.lfs_from
            there = files.get(asked["path"])
            oid = there and (there["sha256"] if there["lfs"] else there["git"])
            found.append({"path": asked["path"], "uploadMode": "lfs" if lfs else "regular", "shouldIgnore": False, "oid": oid})
        return {"files": found}

    def _lfs_batch(self, name: str) -> Any:
        self._found(name)
        objects = []
        for asked in json.loads(self.body)["objects"]:
            there = self.hub.blob(asked["oid"]).exists()
            upload = {"href": f"{self.hub.address}/lfs/{asked['oid']}?signature=sesame", "header": {}}
            verify = {"href": f"{self.hub.address}/lfs-verify", "header": {}}
            objects.append({**asked, **({} if there else {"actions": {"upload": upload, "verify": verify}})})
        return {"transfer": "basic", "objects": objects}

    def _lfs_put(self, oid: str) -> Any:
        if hashlib.sha256(self.body).hexdigest() != oid:
            raise _Refused(400, "", "these bytes have another hash")
        self.hub.put(self.body)
        return {}

    def _lfs_verify(self) -> Any:
        asked = json.loads(self.body)
        if not self.hub.blob(asked["oid"]).exists():
            raise _Refused(404, "", "no such object")
        return {}

    def _commit_to(self, name: str, revision: str) -> Any:
        repo = self._found(name)
        lines = [json.loads(line) for line in self.body.splitlines()]
        parent = lines[0]["value"].get("parentCommit")
        if parent is not None and parent != self._commit(repo, revision):
            raise _Refused(412, "", "A commit has happened since. Please refresh and try again.")
        files = dict(repo["commits"][repo["head"]]["files"])
        for line in lines[1:]:
            value = line["value"]
            match line["key"]:
                case "file":
                    files[value["path"]] = self.hub.entry(base64.b64decode(value["content"]), lfs=False)
                case "lfsFile":
                    if not self.hub.blob(value["oid"]).exists():
                        raise _Refused(400, "", f"LFS pointer to what was never uploaded: {value['path']}")
                    files[value["path"]] = self.hub.entry(self.hub.blob(value["oid"]).read_bytes(), lfs=True)
                case "deletedFile":
                    if files.pop(value["path"], None) is None:
                        raise _Refused(400, "", "A file with this name doesn't exist")
        sha = self.hub.append(name, repo, files, lines[0]["value"]["summary"])
        return {"success": True, "commitOid": sha, "commitUrl": f"{self.hub.address}/datasets/{name}/commit/{sha}"}

    def _refs(self, name: str) -> Any:
        repo = self._found(name)
        tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": sha} for tag, sha in repo["tags"].items()]
        return {"tags": tags, "branches": [{"name": "main", "ref": "refs/heads/main", "targetCommit": repo["head"]}], "converts": []}

    def _tag(self, name: str, revision: str) -> Any:
        repo, tag = self._found(name), json.loads(self.body)["tag"]
        if tag in repo["tags"]:
            raise _Refused(409, "", "Tag reference exists already")
        repo["tags"][tag] = self._commit(repo, revision)
        self.hub.save(name, repo)
        return {}

    def _tree(self, name: str, revision: str, under: str | None) -> Any:
        files = self._files(name, revision)
        prefix = f"{under}/" if under else ""
        recursive = parse_qs(urlsplit(self.path).query).get("recursive", [""])[0].lower() == "true"
        found: dict[str, Any] = {}
        for path, entry in sorted(files.items()):
            if path.startswith(prefix):
                parts = path.removeprefix(prefix).split("/")
                for depth in range(1, len(parts)) if recursive else [1][: len(parts) - 1]:
                    folder = prefix + "/".join(parts[:depth])
                    found[folder] = {"type": "directory", "path": folder, "oid": "0" * 40, "size": 0}
                if recursive or len(parts) == 1:
                    found[path] = _listed(path, entry)
        if under and not found:
            raise _Refused(404, "EntryNotFound", f"{under} does not exist")
        return list(found.values())

    def _paths_info(self, name: str, revision: str) -> Any:
        kind = self.headers.get("Content-Type", "")
        asked = json.loads(self.body)["paths"] if "json" in kind else parse_qs(self.body.decode())["paths"]
        files, found = self._files(name, revision), []
        for path in asked:
            if path in files:
                found.append(_listed(path, files[path]))
            elif any(other.startswith(f"{path}/") for other in files):
                found.append({"type": "directory", "path": path, "oid": "0" * 40, "size": 0})
        return found

    def _info(self, name: str, revision: str | None) -> Any:
        repo = self._found(name)
        sha = self._commit(repo, revision or "main")
        siblings = [{"rfilename": path} for path in repo["commits"][sha]["files"]]
        return {"id": name, "sha": sha, "siblings": siblings, "private": False, "tags": [], "downloads": 0, "likes": 0}

    def _resolve(self, name: str, revision: str, path: str) -> Any:
        repo = self._found(name)
        sha = self._commit(repo, revision)
        if (entry := repo["commits"][sha]["files"].get(path)) is None:
            raise _Refused(404, "EntryNotFound", f"{path} does not exist")
        content = self.hub.blob(entry["sha256"]).read_bytes()
        etag = entry["sha256"] if entry["lfs"] else entry["git"]
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": sha, "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        if wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            start, end = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
            return 206, content[start : end + 1], {**headers, "Content-Range": f"bytes {start}-{end}/{len(content)}"}
        return 200, content, headers


def _listed(path: str, entry: dict[str, Any]) -> dict[str, Any]:
    lfs = {"lfs": {"oid": entry["sha256"], "size": entry["size"], "pointerSize": 130}} if entry["lfs"] else {}
    return {"type": "file", "path": path, "oid": entry["git"], "size": entry["size"], **lfs}


_NAME = r"([\w.-]+/[\w.-]+)"
_ROUTES = [
    ("GET", "/api/whoami-v2", "whoami"),
    ("POST", "/api/repos/create", "create"),
    ("POST", "/api/validate-yaml", "validate"),
    ("POST", f"/api/datasets/{_NAME}/preupload/([^/]+)", "preupload"),
    ("POST", rf"/datasets/{_NAME}\.git/info/lfs/objects/batch", "lfs_batch"),
    ("PUT", "/lfs/([0-9a-f]{64})", "lfs_put"),
    ("POST", "/lfs-verify", "lfs_verify"),
    ("POST", f"/api/datasets/{_NAME}/commit/([^/]+)", "commit_to"),
    ("GET", f"/api/datasets/{_NAME}/refs", "refs"),
    ("POST", f"/api/datasets/{_NAME}/tag/([^/]+)", "tag"),
    ("GET", f"/api/datasets/{_NAME}/tree/([^/]+)(?:/(.+))?", "tree"),
    ("POST", f"/api/datasets/{_NAME}/paths-info/([^/]+)", "paths_info"),
    ("GET", f"/api/datasets/{_NAME}(?:/revision/([^/]+))?", "info"),
    ("GET HEAD", f"/datasets/{_NAME}/resolve/([^/]+)/(.+)", "resolve"),
]
