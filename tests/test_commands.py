"""The smaller commands: policies as they are resolved, completion, watching, links."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from lplint import arguments, terminal
from lplint.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TERRAFORM = """\
variable "bucket" {}
variable "prod" { type = bool }
locals { actions = ["s3:GetObject"] }
data "aws_iam_policy_document" "one" {
  statement {
    sid       = "Read"
    actions   = concat(local.actions, [var.prod ? "s3:PutObject" : "s3:GetObjectTagging"])
    resources = ["arn:aws:s3:::${var.bucket}/*"]
  }
}
resource "aws_iam_policy" "one" {
  policy = data.aws_iam_policy_document.one.json
}
"""
PLAIN = """\
Version: '2012-10-17'
Statement:
  - Effect: Allow
    Action: "s3:\\u202eGet"
    Resource: [!Ref Bucket, "arn:aws:s3:::${bucket}/${aws:username}"]
"""


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.tf").write_text(TERRAFORM, "utf-8")
    (tmp_path / "a.yaml").write_text(PLAIN, "utf-8")

    def run(*words: str) -> tuple[int, str, str]:
        code = main(words)
        out, err = capsys.readouterr()
        return code, out, err

    return run


# Policies as they are resolved


def test_a_policy_is_shown_as_it_is_resolved(run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = run("policies", "--show", "aws_iam_policy.one")
    assert (code, err) == (0, "")
    head, rest = out.split("\n", 1)
    assert head == "main.tf:4:1  identity  aws_iam_policy.one.policy"
    assert '"Sid": "Read"' in rest
    assert '"s3:GetObject"' in rest
    assert '"arn:aws:s3:::«var.bucket»/*"' in rest or '"arn:aws:s3:::«${var.bucket}»/*"' in rest
    # Of a value that is one of two, both are shown.
    assert "«one of» (" in rest and '"s3:PutObject"' in rest and '"s3:GetObjectTagging"' in rest


def test_what_is_unknown_is_marked_in_plain_documents_too(run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = run("policies", "--show", "a.yaml")
    assert code == 0
    assert '"arn:aws:s3:::«${bucket}»/${aws:username}"' in out
    assert "«!Ref Bucket»" in out
    # Nothing in a policy moves the cursor or hides a character.
    assert "\u202e" not in out
    assert "\x1b[" not in out
    assert "\x1b[1;33m«${bucket}»\x1b[0m" in run("policies", "--show", "a.yaml", "--color", "always")[1]


def test_a_resolved_policy_as_json(run: Callable[..., tuple[int, str, str]]) -> None:
    _, out, _ = run("policies", "--show", "a.yaml:1", "--format", "json")
    (policy,) = json.loads(out)["policies"]
    assert (policy["kind"], policy["complete"]) == ("identity", True)
    assert policy["document"]["Statement"][0]["Resource"] == [
        {"$unknown": "!Ref Bucket"},
        {"$parts": ["arn:aws:s3:::", {"$unknown": "${bucket}"}, "/${aws:username}"]},
    ]


def test_a_resolved_policy_is_json_also_with_what_json_has_no_number_for(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    condition = "{NumericEquals: {'s3:max-keys': [.inf, .nan, 7]}}"
    statement = f"{{Effect: Allow, Action: 's3:GetObject', Resource: '*', Condition: {condition}}}"
    (tmp_path / "b.yaml").write_text(f"Version: '2012-10-17'\nStatement: [{statement}]\n", "utf-8")

    def refused(name: str) -> None:
        pytest.fail(f"{name} is no JSON")

    _, out, _ = run("policies", "b.yaml", "--show", "b.yaml", "--format", "json")
    (policy,) = json.loads(out, parse_constant=refused)["policies"]
    assert policy["document"]["Statement"][0]["Condition"]["NumericEquals"]["s3:max-keys"] == [".inf", ".nan", 7]


@pytest.mark.parametrize(("origin", "count"), [("*", 2), ("aws_*", 1), ("main.tf", 1), ("main.tf:4", 1), ("a.*", 1)])
def test_origins_can_be_patterns(run: Callable[..., tuple[int, str, str]], origin: str, count: int) -> None:
    assert len(json.loads(run("policies", "--show", origin, "--format", "json")[1])["policies"]) == count


def test_an_origin_that_is_none_is_said(run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = run("policies", "--show", "aws_iam_policy.on")
    assert (code, out) == (2, "")
    assert "did you mean aws_iam_policy.one" in err


def test_aliases_of_aliases_are_not_written_out(run: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    lines = ["Version: '2012-10-17'", "x0: &x0 [a, a]"]
    lines += [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 30)]
    lines += ["Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: *x29}]"]
    (tmp_path / "bomb.yaml").write_text("\n".join(lines), "utf-8")
    started = time.process_time()
    for form in ("text", "json"):
        code, out, _ = run("policies", "bomb.yaml", "--show", "bomb.yaml", "--format", form)
        assert code in (0, 2)
        assert len(out) < 4_000_000
    assert time.process_time() - started < 10


# Completion

completes = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")


@completes
@pytest.mark.parametrize(
    ("words", "offered", "not_offered"),
    [
        (["lplint", "pol"], {"policies"}, {"rules"}),
        (["lplint", "--fail"], {"--fail-on"}, {"--format"}),
        (["lplint", "--fail-on", ""], {"error", "warning", "note"}, {"text"}),
        (["lplint", "check", "--format", "s"], {"sarif"}, {"text"}),
        (["lplint", "policies", "--format", ""], {"text", "json"}, {"sarif"}),
        (["lplint", "explain", "wildcard-a"], {"wildcard-action"}, {"wildcard-resource"}),
        (["lplint", "explain", "LP20"], {"LP201", "LP206"}, {"LP101"}),
        (["lplint", "baseline", "--u"], {"--update"}, {"--watch"}),
        (["lplint", "completion", ""], {"bash", "zsh", "fish"}, {"check"}),
        (["lplint", "--config", ""], set(), {"check"}),
    ],
)
def test_bash_completes(
    words: list[str], offered: set[str], not_offered: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    listed = " ".join(f"'{word}'" for word in words)
    script += f'COMP_WORDS=({listed}); COMP_CWORD={len(words) - 1}; _lplint; printf "%s\\n" "${{COMPREPLY[@]}}"\n'
    done = subprocess.run(["bash", "-u", "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    found = set(done.stdout.split())
    assert offered <= found
    assert not found & not_offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_know_every_command_and_option(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for command in arguments.COMMANDS:
        assert f"{command}" in script
    for option in ("--fail-on", "--add-ignores", "--update", "--show"):
        assert (option if shell == "zsh" else f"-l {option[2:]} ") in script
    program = shutil.which(shell)
    if program is not None:
        flag = "-n" if shell == "zsh" else "--no-execute"
        done = subprocess.run([program, flag], input=script, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_shell_that_is_none_is_said(run: Callable[..., tuple[int, str, str]]) -> None:
    code, _, err = run("completion", "tcsh")
    assert code == 2
    assert "bash" in err


# Watching


class Watched:
    """A run with --watch, in a process of its own."""

    def __init__(self, folder: Path, *words: str) -> None:
        command = [sys.executable, "-u", "-m", "lplint", "--watch", *words]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
        )

    def until(self, words: str) -> str:
        """What is printed up to a line with some words."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if words in line:
                return "".join(lines)
        pytest.fail("".join(lines))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=20)
        return self.process.returncode


@pytest.mark.skipif(os.name == "nt", reason="there are no signals here")
def test_a_change_is_linted_again(tmp_path: Path) -> None:
    policy: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetTypo", "Resource": "arn:aws:s3:::b/*"}
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": policy}), "utf-8")
    watched = Watched(tmp_path, "--select", "LP101")
    try:
        assert "error[LP101]" in watched.until("Watching 1 file;")
        path.write_text(path.read_text("utf-8").replace("GetTypo", "GetObject"), "utf-8")
        assert "No findings" in watched.until("Watching 1 file;")
        (tmp_path / "b.json").write_text(path.read_text("utf-8"), "utf-8")
        assert "2 policies" in watched.until("Watching 2 files;")
        # A configuration that is broken for a moment is told once, and the run goes on.
        config = tmp_path / "lplint.toml"
        config.write_text("x", "utf-8")
        watched.until("is not valid TOML")
        config.write_text('exclude = ["b.json"]\n', "utf-8")
        assert "1 policy" in watched.until("Watching 2 files;")  # the policy and the configuration
    finally:
        code = watched.stop()
    assert code == 0


def test_standard_input_cannot_be_watched(run: Callable[..., tuple[int, str, str]]) -> None:
    code, _, err = run("-", "--watch")
    assert (code, err) == (2, "lplint: --watch cannot watch standard input; name files or folders\n")


# Links


@pytest.mark.parametrize(
    ("environment", "links"),
    [
        ({}, False),
        ({"TERM_PROGRAM": "WezTerm"}, True),
        ({"TERM_PROGRAM": "WezTerm", "TERM": "dumb"}, False),
        ({"TERM_PROGRAM": "WezTerm", "CI": "true"}, False),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"VTE_VERSION": "7600"}, True),
        ({"VTE_VERSION": "4600"}, False),
        ({"KITTY_WINDOW_ID": "1"}, True),
        ({"KITTY_WINDOW_ID": "1", "FORCE_HYPERLINK": "0"}, False),
        ({"FORCE_HYPERLINK": "1", "TERM": "dumb"}, True),
    ],
)
def test_links_are_made_where_the_terminal_makes_them(
    environment: dict[str, str], links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert terminal.links() is links


def test_a_link_changes_nothing_but_the_link(
    run: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_HYPERLINK", "0")
    plain = run("--color", "always", "--min-severity", "note")[1]
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    linked = run("--color", "always", "--min-severity", "note")[1]
    url = "https://github.com/lplint/lplint/blob/main/docs/rules/LP"
    assert f"\x1b]8;;{url}" in linked
    parts = linked.split("\x1b]8;;")
    assert "".join(part.partition("\x1b\\")[2] if number else part for number, part in enumerate(parts)) == plain
    assert "\x1b]8" not in run("--color", "never")[1]
