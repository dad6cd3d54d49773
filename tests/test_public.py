"""What holds for the whole package: its layers, what its modules import, its one boundary, its generated files."""

from __future__ import annotations

import ast
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import pytest

import lplint

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lplint"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "_generated" not in path.parts)
MODULES = sorted(
    name for _, name, _ in pkgutil.walk_packages([str(PACKAGE)], "lplint.") if not name.endswith("__main__")
)

# The modules of each format: its parser, what that imports, and the library behind it.
FORMATS = {
    "json": re.compile(r"lplint\.syntax\.json"),
    "yaml": re.compile(r"yaml|lplint\.syntax\.yaml\w*"),
    "hcl": re.compile(r"tree_sitter\w*|lplint\.syntax\.hcl\w*|lplint\.extract\.terraform(\..+)?"),
}
# JSON stands in strings of every format, so whatever looks for policies reads it.
READ_JSON = re.compile(
    r"lplint\.extract\.(search|collector|rendered|\w+\..+|terraform|cloudformation)|lplint\.syntax\.hcl_json"
)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def read(path: Path) -> str:
    return path.read_text("utf-8")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_sources_are_the_modules_that_are_imported() -> None:
    """The tests below look at this checkout, and not at a copy that is installed elsewhere."""
    assert Path(lplint.__file__).parent == PACKAGE
    assert len(SOURCES) > 30
    assert {"lplint.cli", "lplint.syntax.json", "lplint.aws.catalog"} <= set(MODULES)


def test_the_version_is_that_of_the_package() -> None:
    assert lplint.__version__ == metadata.version("lplint")
    assert re.fullmatch(r"\d+\.\d+\.\d+", lplint.__version__)


def test_what_is_generated_is_fresh() -> None:
    done = run(sys.executable, "scripts/build_ruleset.py", "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_stale_rule_is_noticed(tmp_path: Path) -> None:
    for folder in ("rules", "docs/rules", "lplint/_generated", "scripts"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    rule = tmp_path / "rules/LP201.toml"
    rule.write_text(read(rule).replace("every action of every service", "whatever there is"), "utf-8")
    done = run(sys.executable, str(tmp_path / "scripts/build_ruleset.py"), "--check")
    assert done.returncode == 1
    assert "lplint/_generated/rules.py is stale" in done.stderr
    assert "docs/rules/LP201.md is stale" in done.stderr


def test_the_layers_are_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    if not program.exists():
        pytest.skip("import-linter is not installed")
    done = run(str(program), "--no-cache")
    assert done.returncode == 0, done.stdout
    assert re.search(r"Contracts: [1-9]\d* kept, 0 broken\.", done.stdout)


def test_crashes_are_survived_in_few_places() -> None:
    """`except Exception` stands where policies are found, where checks are asked about one or several, where what is
    accepted is read, and where other people's code runs, which is parliament; and nothing broader anywhere."""
    broad = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(read(path))):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = {one.id for one in ast.walk(node.type) if isinstance(one, ast.Name)} if node.type else {"bare"}
            assert caught.isdisjoint({"BaseException", "bare"}), f"{named(path)}:{node.lineno}"
            if "Exception" in caught:
                broad.add(named(path))
    places = {"accepted", "auditors", "findings", "organization", "units"}
    assert broad == {f"lplint/{name}.py" for name in places}


def test_one_module_only_prints() -> None:
    for path in SOURCES:
        calls = {
            node.func.id
            for node in ast.walk(ast.parse(read(path)))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if named(path) != "lplint/terminal.py":
            assert "print" not in calls, named(path)
        assert calls.isdisjoint({"eval", "exec", "compile", "__import__"}), named(path)


def test_every_module_says_in_one_sentence_what_it_is_for() -> None:
    for path in SOURCES:
        said = ast.get_docstring(ast.parse(read(path)))
        assert said, named(path)
        first = said.split("\n\n")[0]
        assert first.endswith("."), named(path)
        assert first[0] in "`'\"" or first[0] == first[0].upper(), named(path)


def test_nothing_is_called_what_says_nothing() -> None:
    for path in SOURCES:
        assert path.stem not in {"utils", "util", "helpers", "common", "base", "manager", "misc"}, named(path)


def imports_of(module: str) -> set[str]:
    """The modules that importing one brings along."""
    script = f"import sys; before = set(sys.modules); import {module}; print(*sorted(set(sys.modules) - before))"
    done = run(sys.executable, "-c", script)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_no_module_imports_the_parser_of_another_format() -> None:
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        imported = dict(zip(MODULES, threads.map(imports_of, MODULES), strict=True))
    seen = set()
    for module, others in imported.items():
        for form, parts in FORMATS.items():
            brought = sorted(other for other in others if parts.fullmatch(other))
            if not brought:
                continue
            allowed = parts.fullmatch(module) or (form == "json" and READ_JSON.fullmatch(module))
            assert allowed, f"to import {module} imports {', '.join(brought)}"
            seen.add(form)
    assert {"json", "yaml"} <= seen
