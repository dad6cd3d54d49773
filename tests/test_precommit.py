"""The hooks for pre-commit: which files they are given, and that a bad policy stops a commit."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from lplint.cli import main
from lplint.extract import EXTENSIONS, FILLED_IN_EXTENSIONS

ROOT = Path(__file__).resolve().parents[1]
HOOKS: dict[str, dict[str, Any]] = {
    hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
}
ADMIN = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}\n'
CLEAN = ADMIN.replace('"Action": "*"', '"Action": "s3:ListAllMyBuckets"')
# What pip, uv (which prek brings) and pre-commit print where there is no way to the package index.
OFFLINE = re.compile(
    "Temporary failure in name resolution|Failed to establish a new connection|Network is unreachable|ProxyError"
    "|No route to host|Connection refused|error sending request for url|dns error"
)


def test_the_hook_is_given_every_kind_of_file_that_lplint_reads_in_a_folder() -> None:
    pattern = re.compile(HOOKS["lplint"]["files"])
    for extension in (*EXTENSIONS, *FILLED_IN_EXTENSIONS):
        assert pattern.search(f"iam/policy{extension}")
        assert pattern.search(f"iam/POLICY{extension.upper()}")
    for name in ("README.md", "json", "policy.json.bak", "policyjson", "a.json/LICENSE"):
        assert not pattern.search(name)


def test_files_are_judged_together_and_the_other_hook_finds_them_itself() -> None:
    assert set(HOOKS) == {"lplint", "lplint-all"}
    assert all((hook["entry"], hook["language"]) == ("lplint", "python") for hook in HOOKS.values())
    assert HOOKS["lplint"]["require_serial"] is True
    assert HOOKS["lplint"].get("pass_filenames", True) is True
    assert HOOKS["lplint-all"]["pass_filenames"] is False
    assert HOOKS["lplint-all"]["always_run"] is True


def test_a_template_that_is_no_json_yet_is_nobodys_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Hooks name such files, of which most are about something else."""
    texts = {
        "a.json.tpl": '%{ for x in y }{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ${x}\n',
        "b.sh.tpl": "#!/bin/sh\necho ${name}\n",
        "c.tftpl": 'Effect: Statement: Action: : "\n  - x\n',
        "d.json.tpl": ADMIN.replace('"*", "Res', '"s3:GetTypo", "Res').replace(
            '"Resource": "*"', '"Resource": "${arn}"'
        ),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    main(["--format", "json", "--min-severity", "note", *(str(tmp_path / name) for name in texts)])
    report = json.loads(capsys.readouterr().out)
    told = {(Path(one["path"]).name, one["rule"]) for one in report["findings"]}
    assert told == {("a.json.tpl", "LP003"), ("c.tftpl", "LP003"), ("d.json.tpl", "LP101")}


def git(folder: Path, *arguments: str) -> str:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, env=mine, capture_output=True, text=True, check=True
    ).stdout


def committed(folder: Path) -> None:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "as it is", "--no-verify")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that holds this project as it is now, committed or not."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    clone = tmp_path_factory.mktemp("project")
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        source, target = ROOT / name, clone / name
        if name and source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    committed(clone)
    return clone


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environment that it makes, so that it makes one only."""
    if find_spec("pre_commit") is None:
        pytest.skip("pre-commit is not installed")
    return tmp_path_factory.mktemp("pre-commit")


@pytest.mark.parametrize(
    ("runner", "hook"), [("pre-commit", "lplint"), ("pre-commit", "lplint-all"), ("prek", "lplint")]
)
def test_a_bad_policy_stops_a_commit(project: Path, home: Path, tmp_path: Path, hook: str, runner: str) -> None:
    for name, text in (("iam/bad.json", ADMIN), ("iam/good.json", CLEAN), ("README.md", ADMIN)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    committed(tmp_path)
    done = tried(project, home, tmp_path, hook, runner)
    assert done.returncode == 1, done.stdout
    assert "--> iam/bad.json:1:71" in done.stdout
    assert "exit code: 1" in done.stdout
    assert "2 errors in 1 of 2 files" in done.stdout

    (tmp_path / "iam/bad.json").write_text(CLEAN, "utf-8")
    git(tmp_path, "add", "--all")
    done = tried(project, home, tmp_path, hook, runner)
    assert done.returncode == 0, done.stdout
    assert "Passed" in done.stdout


def tried(project: Path, home: Path, consumer: Path, hook: str, runner: str) -> subprocess.CompletedProcess[str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    mine |= {"PRE_COMMIT_HOME": str(home), "PREK_HOME": str(home / "prek"), "COLUMNS": "100", "TERM": "dumb"}
    program = [sys.executable, "-m", "pre_commit"]
    if runner == "prek":
        found = shutil.which("prek", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
        if found is None:
            pytest.skip("prek is not installed")
        program = [found]
    command = [*program, "try-repo", "--color", "never", str(project), hook, "--all-files"]
    done = subprocess.run(
        command, cwd=consumer, env=mine, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if OFFLINE.search(done.stdout):
        pytest.skip("the package index cannot be reached")
    return done
