"""The architecture holds: which package may import which, who may print, open connections, and grow how far."""

from __future__ import annotations

import ast
import fnmatch
import functools
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]
SOURCE = HOME / "pipeline" / "saring"
FILES = sorted(path for folder in (SOURCE, HOME / "flows", HOME / "schemas") for path in folder.rglob("*.py"))
MODULES = sorted(path.relative_to(HOME).as_posix() for path in FILES)
LONGEST = 320

TESTS = sorted(path.relative_to(HOME / "tests").as_posix() for path in (HOME / "tests").rglob("test_*.py"))

#: Tests of several modules at once: whole builds, whole releases, the command line, the documentation.
SCENARIOS = {
    "cli/test_cli.py",
    "cli/test_older_releases.py",
    "docs/test_docs.py",
    "flows/test_serve.py",
    "publish/test_failing_publication.py",
    "quality/test_floors.py",
    "release/test_parquet_metadata.py",
    "release/test_remote_releases.py",
    "runs/test_copies_of_scrapes.py",
    "runs/test_damaged_workspace.py",
    "runs/test_failing_builds.py",
    "runs/test_hostile_pages.py",
    "runs/test_remote_folders.py",
    "runs/test_same_bytes.py",
    "schemas/test_schemas.py",
    "test_architecture.py",
    "test_doctests.py",
    "test_content_pages.py",
    "test_markdown_pages.py",
    "test_sample_pages.py",
    "test_wheel.py",
}

#: The packages of `saring`, lowest first: a package imports from those before it, never from those behind it.
LAYERS = (
    "schemas",
    "core",
    "config",
    "storage",
    "compute",
    "language",
    "read",
    "extract",
    "repair",
    "noise",
    "names",
    "exemptions",
    "clean_batch",
    "dedup",
    "translation",
    "corpus",
    "release",
    "runs",
    "publish",
    "tools",
    "api",
    "cli",
    "flows",
)

#: Libraries that open connections, or open them for others.
NETWORK = {
    "aiobotocore", "aiohttp", "boto3", "botocore", "distributed", "fsspec", "ftplib", "http", "httpx", "httpx2", "huggingface_hub", "paramiko",
    "requests", "s3fs", "sentence_transformers", "smtplib", "socket", "socketserver", "ssl", "upath", "urllib3", "urllib.request", "xmlrpc",
}  # fmt: skip

#: Where connections may be opened, and by which of these.
CONNECTED = {
    "pipeline/saring/publish/*": NETWORK,
    "pipeline/saring/storage/paths.py": {"fsspec", "upath"},
    "pipeline/saring/compute/dask_pool.py": {"distributed"},
    "pipeline/saring/translation/embeddings/encoder.py": {"sentence_transformers"},
    "pipeline/saring/release/load_check.py": {"huggingface_hub"},
    "pipeline/saring/release/front_matter.py": {"huggingface_hub"},
}


@functools.cache
def tree(module: str) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse((HOME / module).read_text(encoding="utf-8"))


@functools.cache
def imported(module: str) -> set[str]:
    """Return what a file imports, with the names that it takes from packages: `a.b` for `from a import b`."""
    names = {alias.name for node in ast.walk(tree(module)) if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in ast.walk(tree(module)) if isinstance(node, ast.ImportFrom) and node.module]
    return names | {str(node.module) for node in froms} | {f"{node.module}.{alias.name}" for node in froms for alias in node.names}


def package_of(module: str) -> str:
    """Return the layer that a file belongs to."""
    parts = Path(module).with_suffix("").parts
    return parts[2] if parts[0] == "pipeline" else parts[0]


@pytest.mark.parametrize("module", [module for module in MODULES if not module.endswith(("saring/__init__.py", "saring/__main__.py"))])
def test_a_package_imports_only_from_lower_layers(module: str) -> None:
    """Hence no cycle between packages; annotations and late imports count too."""
    above = LAYERS[LAYERS.index(package_of(module)) + 1 :]

    assert not [
        name for name in imported(module) if name.split(".")[0] == "saring" and name.split(".")[1:2] and name.split(".")[1] in above
    ]


def test_every_package_has_a_layer() -> None:
    """A package that no layer knows would be tested against nothing."""
    entries = {path.name.removesuffix(".py") for path in SOURCE.iterdir() if path.suffix in ("", ".py")}

    assert entries - {"__init__", "__main__", "__pycache__", "rules"} == set(LAYERS)


def test_a_release_is_written_without_the_classifier() -> None:
    """Reading, verifying and publishing a release do not need the code that made its texts."""
    used = {name for module in MODULES if package_of(module) in ("release", "publish") for name in imported(module)}

    assert not [name for name in used if name.startswith(("saring.noise", "saring.extract", "saring.clean_batch"))]


@pytest.mark.parametrize("module", [module for module in MODULES if not module.startswith("flows/")])
def test_only_flows_know_prefect(module: str) -> None:
    """Orchestration stays in flows/."""
    assert not {name for name in imported(module) if name.split(".")[0] == "prefect"}


@pytest.mark.parametrize("module", [module for module in MODULES if not module.startswith("pipeline/saring/cli/")])
def test_only_the_command_line_prints(module: str) -> None:
    """A library that prints cannot be used in a filter."""
    assert not [node for node in ast.walk(tree(module)) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"]


@pytest.mark.parametrize("module", [module for module in MODULES if not module.startswith("flows/")])
def test_only_storage_publishing_and_clusters_open_connections(module: str) -> None:
    """A build calls nobody but the store that its own folders are in, through one module, and the cluster that it was given."""
    allowed = {name for pattern, names in CONNECTED.items() if fnmatch.fnmatch(module, pattern) for name in names}
    used = {library for library in NETWORK for name in imported(module) if name == library or name.startswith(f"{library}.")}

    assert used <= allowed


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_one_idea(module: str) -> None:
    """A file that wants to be longer wants to be two files, and says in its first lines what it is."""
    text = (HOME / module).read_text(encoding="utf-8")

    assert len(text.splitlines()) <= LONGEST
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("module", MODULES)
def test_public_names_exist(module: str) -> None:
    """Each module says in __all__ what is public, sorted, and has it."""
    body = tree(module).body
    public = [
        ast.literal_eval(node.value) for node in body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    ]
    defined = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assigned = {name.id for node in body for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
    taken = {(alias.asname or alias.name) for node in body if isinstance(node, ast.ImportFrom) for alias in node.names}

    if module == "pipeline/saring/__init__.py":  # loaded lazily: tests/test_api.py
        return
    for names in public:
        assert set(names) <= defined | assigned | taken


#: Names that say nothing of what a variable holds, and where one of them is part of a contract: the `found` of "expected, found" in errors,
#: and the key `asked` of takedowns.toml.
EMPTY_NAMES = {"asked", "found", "given", "held", "left", "told", "what"}
CONTRACTS = {
    "pipeline/saring/core/errors.py": {"found"},
    "pipeline/saring/config/names.py": {"found"},
    "pipeline/saring/config/rules.py": {"found"},
    "pipeline/saring/config/toml_table.py": {"found"},
    "pipeline/saring/noise/rule_cases.py": {"found"},
    "pipeline/saring/config/settings.py": {"asked"},
}


@pytest.mark.parametrize("module", MODULES)
def test_names_say_what_they_hold(module: str) -> None:
    """A variable, parameter, field or function is named by a noun or verb of the field."""
    stored = {node.id for node in ast.walk(tree(module)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    parameters = {node.arg for node in ast.walk(tree(module)) if isinstance(node, ast.arg)}
    defined = {node.name for node in ast.walk(tree(module)) if isinstance(node, ast.FunctionDef | ast.ClassDef)}

    assert {name.strip("_") for name in stored | parameters | defined} & EMPTY_NAMES <= CONTRACTS.get(module, set())


@pytest.mark.parametrize("test", TESTS)
def test_tests_mirror_the_package(test: str) -> None:
    """A test file stands at the path of the module that it tests; what tests several modules at once is listed."""
    path = Path(test)
    module = path.with_name(path.name.removeprefix("test_"))
    mirrored = (SOURCE / module, SOURCE / module.with_suffix(""), HOME / module)

    assert any(place.exists() for place in mirrored) or test in SCENARIOS


def test_help_imports_nothing_heavy() -> None:
    """`saring --help` answers at once because the command line imports what it needs when it needs it."""
    heavy = "polars, pyarrow, datasets, prefect, trafilatura, ftfy, py3langid, numpy, lxml, rich"
    code = f"import sys, saring.cli; print([name for name in '{heavy}'.split(', ') if name in sys.modules])"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


def test_no_test_is_left_out(pytestconfig: pytest.Config) -> None:
    """Pytest skips folders by their names, "build" among them, and says nothing: tests there would never run."""
    skipped = pytestconfig.getini("norecursedirs")
    folders = {file.parent.relative_to(HOME) for file in (HOME / "tests").rglob("test_*.py")}

    assert len(folders) > 10
    assert not [folder for folder in folders for part in folder.parts for pattern in skipped if fnmatch.fnmatch(part, pattern)]
