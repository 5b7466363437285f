"""The wheel: one package, which no folder of a user's project shadows; tried in an environment that has nothing of this project."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]
#: What a user's folder may hold, each of them a name that the project's own folders have.
SHADOWS = ("pipeline", "flows", "schemas")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the backend that pyproject.toml names."""
    folder = tmp_path_factory.mktemp("wheel")
    code = f"from hatchling.build import build_wheel; print(build_wheel({str(folder)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the Python of an environment with the wheel and the libraries of this one, but no other trace of this project.

    The libraries are reached by a path file; path files among them, such as the one of an editable install, are not read again.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = (folder / "lib").glob("python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return folder / "bin" / "python"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a user's folder with packages of their own, called like folders of this project."""
    for name in SHADOWS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('a package of the user')\n", encoding="utf-8")
    return tmp_path


def run(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, without the paths and settings of this one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PREFECT", "VIRTUAL_ENV"))}
    environment |= {"PREFECT_HOME": str(folder / "prefect"), "HF_HOME": str(folder / "hf"), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    return subprocess.run([str(python), *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600)


def test_the_wheel_has_one_package(wheel: Path) -> None:
    """With the flows, the schemas, the rules, the weights and the templates in it, and nothing of the tests."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()

    assert {name.split("/")[0] for name in names} == {"saring", f"saring-{wheel.name.split('-')[1]}.dist-info"}
    for name in (
        "py.typed",
        "flows/build.py",
        "schemas/document.schema.json",
        "rules/share.toml",
        "noise/weights.json",
        "translation/idf_weights.zst",
        "tools/init_corpus/gitignore.template",
    ):
        assert f"saring/{name}" in names


def test_a_stranger_starts_a_corpus_and_builds_it(python: Path, project: Path) -> None:
    """`saring init`, `saring build` and the flow, from a folder with packages called `pipeline`, `flows` and `schemas`."""
    started = run(python, project, "-m", "saring", "init")
    assert started.returncode == 0, started.stderr
    built = run(python, project, "-m", "saring", "build", "--workers", "0")
    assert built.returncode == 0, built.stderr
    release = project / "processed" / built.stdout.strip().split("/")[-2] / "v1.0.0"
    assert (release / "manifest.json").is_file()
    flow = run(python, project, "-m", "saring.flows.build", "--workers", "0")
    assert flow.returncode == 0, flow.stderr
    assert "v1.0.0" in flow.stdout + flow.stderr


def test_a_stranger_imports_it(python: Path, project: Path) -> None:
    """From a notebook in the same folder."""
    code = """
import saring
result = saring.clean(["Harga garam naik lagi di pasar.\\nBagikan ke Facebook\\nPetambak menunggu hujan reda malam ini."])
print(result.documents["text"][0].count("Facebook"), result.edits.height, saring.__version__, saring.__file__)
"""
    done = run(python, project, "-c", code)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("0 1 ")
    assert str(HOME) not in done.stdout
