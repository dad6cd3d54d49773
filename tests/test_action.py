"""The GitHub Action, and the example workflows of docs/: nothing is interpolated into a shell, all is pinned, and what
they call exists."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lplint.cli import main

ROOT = Path(__file__).resolve().parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
EXAMPLES = ROOT / "docs" / "examples"
GITHUB = yaml.safe_load((EXAMPLES / "github-workflow.yml").read_text("utf-8"))
GITLAB = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text("utf-8"))


def test_nothing_is_interpolated_into_a_shell() -> None:
    runs = [step["run"] for step in STEPS if "run" in step]
    assert len(runs) == 2
    assert all("${{" not in run for run in runs)
    assert "${{" not in (ROOT / "scripts" / "action.sh").read_text("utf-8")


def test_what_others_wrote_is_pinned_by_its_hash_and_says_its_version() -> None:
    texts = [(ROOT / "action.yml").read_text("utf-8"), (EXAMPLES / "github-workflow.yml").read_text("utf-8")]
    uses = [line.strip() for text in texts for line in text.splitlines() if "uses:" in line]
    of_others = [line for line in uses if "lplint/lplint@" not in line]
    assert len(of_others) == 3
    for line in of_others:
        assert re.search(r"uses: [\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_inputs_and_outputs_are_those_that_are_used() -> None:
    text = (ROOT / "action.yml").read_text("utf-8")
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
    ids = {step.get("id") for step in STEPS}
    assert set(re.findall(r"steps\.(\w+)\.", text)) <= ids
    script = (ROOT / "scripts" / "action.sh").read_text("utf-8")
    for variable in {*re.findall(r"\$\{?(LPLINT_\w+)", script)} - {"LPLINT_PACKAGE"}:
        assert variable in next(step for step in STEPS if step.get("id") == "lint")["env"]
    documented = re.findall(r"^\| `([\w-]+)` \|", (ROOT / "docs" / "code-scanning.md").read_text("utf-8"), re.MULTILINE)
    assert documented == list(ACTION["inputs"])


def test_the_workflow_asks_for_what_it_needs_and_nothing_else() -> None:
    assert GITHUB["permissions"] == {}
    (job,) = GITHUB["jobs"].values()
    assert job["permissions"] == {"contents": "read", "security-events": "write"}
    assert set(job["steps"][-1]["with"]) <= set(ACTION["inputs"])


def test_the_command_of_the_gitlab_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (command,) = [line for line in GITLAB["lplint"]["script"] if line.startswith("lplint ")]
    assert main(shlex.split(command)[1:]) == 0
    artifacts = GITLAB["lplint"]["artifacts"]
    wanted = {*artifacts["paths"], *artifacts["reports"].values()}
    assert wanted == {path.name for path in tmp_path.iterdir()}


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.parametrize("version", ["1; touch x", "$(id)", "0.1 --index-url=x", "../x"])
def test_a_version_that_is_none_is_refused(version: str, tmp_path: Path) -> None:
    environment = {"RUNNER_TEMP": str(tmp_path), "PYTHON": sys.executable, "LPLINT_VERSION": version, "PATH": "/bin"}
    command = ["bash", str(ROOT / "scripts" / "action.sh")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.startswith("::error title=lplint::")
    assert list(tmp_path.iterdir()) == []


def test_zizmor_has_nothing_to_say() -> None:
    program = Path(sys.executable).with_name("zizmor")
    if not program.exists():
        pytest.skip("zizmor is not installed")
    command = [str(program), "--offline", "--no-config", "--persona", "auditor", "--format", "json"]
    done = subprocess.run(
        [*command, str(ROOT / "action.yml"), str(EXAMPLES / "github-workflow.yml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = [(one["ident"], one["locations"][0]["symbolic"]["annotation"]) for one in json.loads(done.stdout)]
    # The action's own version has a hash only when it is released.
    assert [ident for ident, _ in told] == ["unpinned-uses"]
    assert "lplint" in done.stdout
