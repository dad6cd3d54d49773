"""What a configuration file means, and what is said about one that cannot be followed."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lplint import config_keys
from lplint.config import Config, ConfigError, find, load
from lplint.config_keys import IgnoreEntry

EVERYTHING = """
select = ["ALL"]
ignore = ["LP2", "wildcard-action"]
exclude = ["vendor/", "*.gen.json"]
fail-on = "error"
min-severity = "note"

[per-path-ignores]
"tests/**" = ["LP201", "LP3"]
"*.yaml" = ["LP7"]

[policy-types]
"trust/*" = "trust"
"buckets/**" = "resource:s3"
"""
SCHEMA = Path(__file__).resolve().parents[1] / "docs" / "lplint.schema.json"


def written(folder: Path, text: str | bytes, name: str = "lplint.toml") -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def complaint(path: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(path + ": ")
    return message[len(path) + 2 :]


# What a file says


def test_every_key_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, EVERYTHING)
    read = load(path)
    assert read.path == path
    assert read.root == os.path.realpath(tmp_path)
    assert read.select == ("ALL",)
    assert read.ignore == ("LP2", "wildcard-action")
    assert read.exclude == ("vendor/", "*.gen.json")
    assert read.fail_on == "error"
    assert read.min_severity == "note"
    assert read.per_path_ignores == (("tests/**", ("LP201", "LP3")), ("*.yaml", ("LP7",)))
    assert read.policy_types == (("trust/*", "trust"), ("buckets/**", "resource:s3"))


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    read, default = load(written(tmp_path, "")), Config()
    for name in ("select", "ignore", "exclude", "per_path_ignores", "policy_types", "fail_on", "min_severity"):
        assert getattr(read, name) == getattr(default, name)
    assert (default.select, default.fail_on, default.min_severity) == (("ALL",), "warning", "warning")


def test_pyproject_holds_it_in_a_table_of_its_own(tmp_path: Path) -> None:
    path = written(tmp_path, '[project]\nname = "x"\n[tool.lplint]\nselect = ["LP2"]\n', "pyproject.toml")
    assert load(path).select == ("LP2",)


@pytest.mark.parametrize("kind", ["identity", "resource", "resource:s3", "trust", "boundary", "session", "scp", "rcp"])
def test_every_kind_of_policy_can_be_named(tmp_path: Path, kind: str) -> None:
    read = load(written(tmp_path, f'[policy-types]\n"*.json" = "{kind}"\n'))
    expected = ("resource", "s3") if kind == "resource:s3" else (kind, "")
    assert read.policy_type(str(tmp_path / "a" / "x.json")) == expected


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    assert load(written(tmp_path, b'\xef\xbb\xbfselect = ["LP2"]')).select == ("LP2",)


# What is said about a file that cannot be followed

KEYS = (
    '"select", "ignore", "exclude", "per-path-ignores", "policy-types", "environments", "personas", "rules", '
    '"risk-table", "frequency-table", "fail-on", "min-severity", "require-reason", "trusted-accounts", '
    '"organization", "honor-foreign-ignores", "baseline", "extend" and "parliament"'
)
AS_TABLES = "write it in brackets, or as [[ignore]]"
OF_IGNORE = '"rule", "path", "origin", "sid", "reason" and "until"'
RELATIVE = "the folder of this file; write it relative to that folder"
KINDS = '"identity", "resource", "trust", "boundary", "session", "scp" or "rcp"'
SERVICE = 'the service of a resource policy is written after a colon, as in "resource:s3"'


WRONG = [
    ("exlude = []", f'there is no key "exlude" (did you mean "exclude"?); the keys are {KEYS}'),
    ("fail_on = 'error'", f'there is no key "fail_on" (did you mean "fail-on"?); the keys are {KEYS}'),
    ("colour = 1", f'there is no key "colour"; the keys are {KEYS}'),
    (
        "[tool.lplint]\nselect = []",
        'there is no key "tool"; in this file the keys of lplint stand at the top, without [tool.lplint]',
    ),
    ("select = 'LP2'", '"select" takes a list of strings, and is a string; write it in brackets'),
    ("ignore = [1]", '"ignore" takes a list of strings or tables, and holds a number; write that in quotes'),
    (
        "ignore = true",
        '"ignore" takes a list of strings or tables, and is true; write it in brackets, or as [[ignore]]',
    ),
    ("[[ignore]]", '"ignore": table 1 has no "rule"; write the id or the name of the rule that it accepts'),
    (
        "[[ignore]]\nrule = 'LP201'\n[[ignore]]\nrule = 'LP201'\nwhy = 'x'",
        f'"ignore": table 2: there is no key "why"; the keys are {OF_IGNORE}',
    ),
    (
        "[[ignore]]\nrule = 'LP201'\npaths = 'x'",
        f'"ignore": table 1: there is no key "paths" (did you mean "path"?); the keys are {OF_IGNORE}',
    ),
    (
        "[[ignore]]\nrule = 1",
        '"ignore": table 1: "rule" takes a list of strings, and is a number; write it in brackets',
    ),
    (
        "[[ignore]]\nrule = 'LP201'\nuntil = 2027",
        '"ignore": table 1: "until" takes a day, and is a number; write it as 2027-01-31',
    ),
    (
        "[[ignore]]\nrule = 'LP201'\npath = '../x'",
        f'"ignore": table 1: "path" holds "../x", which leaves {RELATIVE}',
    ),
    ("exclude = true", '"exclude" takes a list of strings, and is true; write it in brackets'),
    ("exclude = [1979-05-27]", '"exclude" takes a list of strings, and holds a date or time; write that in quotes'),
    ("exclude = ['']", '"exclude" holds an empty glob; write "**" for everything'),
    ("exclude = ['/']", '"exclude" holds an empty glob; write "**" for everything'),
    ("exclude = ['!a']", '"exclude" holds "!a", and a glob cannot be negated; write what it shall match'),
    ("exclude = ['a\\b']", '"exclude" holds "a\\b" with a backslash; write globs with forward slashes'),
    (
        "exclude = ['../a']",
        '"exclude" holds "../a", which leaves the folder of this file; write it relative to that folder',
    ),
    (
        "per-path-ignores = ['a']",
        '"per-path-ignores" takes a table from globs to lists of rules, and is a list; write it as a table',
    ),
    (
        "[per-path-ignores]\n'a/*' = 'LP2'",
        '"per-path-ignores": "a/*" takes a list of strings, and is a string; write it in brackets',
    ),
    (
        "[policy-types]\n'a' = 'identiy'",
        f'"policy-types": "a" takes {KINDS}, and is "identiy"; {SERVICE}',
    ),
    ("[policy-types]\n'a' = 'unknown'", f'"policy-types": "a" takes {KINDS}, and is "unknown"; {SERVICE}'),
    ("[policy-types]\n'a' = 'trust:s3'", f'"policy-types": "a" takes {KINDS}, and is "trust:s3"; {SERVICE}'),
    ("[policy-types]\n'a' = 'resource:'", f'"policy-types": "a" takes {KINDS}, and is "resource:"; {SERVICE}'),
    (
        "[policy-types]\n'a' = 'resource:S 3'",
        f'"policy-types": "a" takes {KINDS}, and is "resource:S 3"; {SERVICE}',
    ),
    ("[policy-types]\n'a' = {}", f'"policy-types": "a" takes {KINDS}, and is a table; {SERVICE}'),
    (
        "fail-on = 'warn'",
        '"fail-on" takes "error", "warning" or "note", and is "warn"; write one of these',
    ),
    (
        "min-severity = 2.5",
        '"min-severity" takes "error", "warning" or "note", and is a number; write one of these',
    ),
    (
        "trusted-accounts = ['12']",
        '"trusted-accounts" takes ids of accounts, and holds "12"; write their twelve digits',
    ),
    (
        "organization = 'r-a1b2'",
        '"organization" takes the id of an organization, and is "r-a1b2"; write it as in "o-a1b2c3d4e5"',
    ),
    ("min-severity = []", '"min-severity" takes "error", "warning" or "note", and is a list; write one of these'),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_is_wrong_and_what_to_do_is_said(tmp_path: Path, text: str, message: str) -> None:
    assert complaint(written(tmp_path, text)) == message


def test_a_syntax_error_has_its_line(tmp_path: Path) -> None:
    message = complaint(written(tmp_path, "select = []\nignore = [\n\nexclude = 1\n"))
    assert message.startswith("is not valid TOML: ") and "(at line 4, column " in message


def test_bytes_that_are_no_text_have_their_line(tmp_path: Path) -> None:
    assert complaint(written(tmp_path, b"# one\n# t\xff\n")) == "line 2 is not UTF-8; save the file as UTF-8"


def test_in_pyproject_the_table_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "[tool.lplint]\nselect = 1", "pyproject.toml")
    assert complaint(path) == '[tool.lplint]: "select" takes a list of strings, and is a number; write it in brackets'
    path = written(tmp_path, "[tool]\nlplint = 1", "pyproject.toml")
    assert complaint(path) == '"tool.lplint" takes a table, and is a number; write [tool.lplint]'
    path = written(tmp_path, "[tool.other]", "pyproject.toml")
    assert complaint(path) == "has no [tool.lplint] table; add one, or give another file"


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    assert len(complaint(written(tmp_path, f"{'x' * 100_000} = 1"))) < 400


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    assert complaint(str(tmp_path / "no.toml")) == "no such file; give the path of a configuration file"


def test_a_file_found_is_named_as_seen_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "a", "x = 1")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"^a/lplint\.toml: there is no key"):
        find("a/b")


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 100_000 + " = 1",  # takes tomllib 40 GB
        "x = " + "[" * 20_000,
        "x = " + "{a=" * 20_000,
        "x = " + "1" * 200_000,
        "# " + "x" * 300_000,
        "[" + "a." * 190 + "a]\n" + "".join(f"b.k{i} = 1\n" for i in range(20_000)),
        "\0",
    ],
    ids=lambda text: text[:8],
)
def test_a_hostile_file_is_an_error_at_once(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    complaint(path)


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lplint.toml")
    os.mkfifo(tmp_path / "pyproject.toml")
    assert find(str(tmp_path)).path is None
    assert complaint(str(tmp_path / "lplint.toml")).startswith("no such file")


# Which file counts


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    written(tmp_path, "ignore = ['top']")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    written(tmp_path / "c", "ignore = ['c']", ".lplint.toml")
    assert find(str(below)).ignore == ("top",)
    assert find(str(below)).root == os.path.realpath(tmp_path)
    assert find(str(tmp_path / "c" / "not" / "there")).ignore == ("c",)
    assert find(str(tmp_path / "a" / ".." / "c")).ignore == ("c",)


def test_in_one_folder_lplint_toml_counts_then_the_hidden_one_then_pyproject(tmp_path: Path) -> None:
    written(tmp_path / "three", "ignore = ['own']")
    for name in ("three", "two"):
        written(tmp_path / name, "ignore = ['hidden']", ".lplint.toml")
    for name in ("three", "two", "one"):
        written(tmp_path / name, "[tool.lplint]\nignore = ['pyproject']", "pyproject.toml")
    found = [find(str(tmp_path / name)).ignore for name in ("three", "two", "one")]
    assert found == [("own",), ("hidden",), ("pyproject",)]


def test_a_pyproject_without_the_table_is_passed_over(tmp_path: Path) -> None:
    written(tmp_path, "ignore = ['top']")
    written(tmp_path / "a", "[tool.other]\nlplint = 1\n", "pyproject.toml")
    written(tmp_path / "b", "this is no TOML", "pyproject.toml")
    assert find(str(tmp_path / "a")).ignore == ("top",)
    assert find(str(tmp_path / "b")).ignore == ("top",)


def test_without_a_file_there_are_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (find(str(tmp_path)).path, find("").path, find("x").select) == (None, None, ("ALL",))


def test_a_folder_is_looked_into_once(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    first = find(str(tmp_path))
    os.remove(path)
    assert find(str(tmp_path)) is first
    assert find(str(tmp_path / "below")) is first


def test_above_a_link_is_what_is_above_where_it_leads(tmp_path: Path) -> None:
    written(tmp_path / "real", "ignore = ['real']")
    (tmp_path / "real" / "policies").mkdir()
    written(tmp_path / "other", "ignore = ['other']")
    (tmp_path / "other" / "link").symlink_to(tmp_path / "real" / "policies")
    assert find(str(tmp_path / "other" / "link")).ignore == ("real",)
    assert find(str(tmp_path / "other" / "link" / "below")).ignore == ("real",)
    assert find(f"{tmp_path}/other/link/..").ignore == ("real",)


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "c").symlink_to("c")
    assert find(str(tmp_path / "a")).path is None
    assert find(str(tmp_path / "c")).path is None


# Globs


@pytest.mark.parametrize(
    ("glob", "matched", "not_matched"),
    [
        ("x.json", "x.json a/x.json a/b/x.json x.json/y", "xx.json x.jso a/x.json5"),
        ("vendor", "vendor vendor/x a/vendor/b/x", "vendors/x a/xvendor"),
        ("vendor/", "vendor/ vendor/x a/vendor/b/x", "vendor a/vendor"),
        ("/vendor", "vendor vendor/x", "a/vendor a/vendor/x"),
        ("a/b", "a/b a/b/x", "x/a/b a/bb a"),
        ("./a/b", "a/b a/b/x", "x/a/b"),
        ("*.json", "x.json a/.json a.json/y", "x.jsonl json"),
        ("a/*.json", "a/x.json a/x.json/y", "a/b/x.json x.json"),
        ("a/*/c", "a/b/c a/b/c/d", "a/c a/b/b/c"),
        ("a/**/c", "a/c a/b/c a/b/b/c a/c/x", "c ab/c a/cc"),
        ("**/c", "c a/c a/b/c c/x", "cc a/xc"),
        ("a/**", "a/b a/b/c a/", "a b/a ab"),
        ("**", "a a/b", ""),
        ("?.json", "a.json x/b.json", "ab.json .json"),
        ("a?c/x", "abc/x", "a/c/x ac/x"),
        ("[ab]", "[ab] x/[ab]/y", "a b"),
        ("a**b", "ab axxb x/axb", "a/b"),
        ("X", "X a/X", "x"),
    ],
)
def test_globs(glob: str, matched: str, not_matched: str) -> None:
    asked = Config(root="/project", exclude=(glob,))
    assert [path for path in matched.split() if not asked.excludes("/project/" + path)] == []
    assert [path for path in not_matched.split() if asked.excludes("/project/" + path)] == []


def test_globs_mean_what_they_mean_to_git(tmp_path: Path) -> None:
    # Left out: two stars glued to a name, which git's documentation calls one star, and git itself does not quite.
    pick = random.Random(4)
    pieces = ["a", "b", "*", "?", "/", "/**/", "a/", "/b"]
    globs = {"".join(pick.choices(pieces, k=pick.randint(1, 5))) for _ in range(400)}
    globs |= {start + glob for glob in list(globs)[:40] for start in ("**/", "/")}
    globs = {glob for glob in globs if "//" not in glob and glob.strip("/")}
    globs = {glob for glob in globs if all(name == "**" or "**" not in name for name in glob.split("/"))}
    paths = ["/".join(pick.choices(["a", "b", "ab", "ba"], k=pick.randint(1, 4))) for _ in range(80)]
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", "init", "-q", tmp_path], check=True, env=environment)
    different = {}
    for glob in globs:
        (tmp_path / ".gitignore").write_text(glob + "\n")
        done = subprocess.run(
            ["git", "check-ignore", "--no-index", "--stdin"],
            cwd=tmp_path,
            env=environment,
            input="\n".join(paths),
            capture_output=True,
            text=True,
            check=False,
        )
        asked = Config(root=str(tmp_path), exclude=(glob,))
        wrong = {path for path in paths if asked.excludes(str(tmp_path / path))} ^ set(done.stdout.split())
        if wrong:
            different[glob] = wrong
    assert len(globs) > 200
    assert different == {}


def slow(pattern: str, name: str) -> bool:
    """The meaning of a pattern within one name, as plainly as it can be written."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return slow(pattern[1:], name) or (name != "" and slow(pattern, name[1:]))
    return name != "" and pattern[0] in ("?", name[0]) and slow(pattern[1:], name[1:])


@given(st.text(alphabet="ab?*", min_size=1, max_size=6), st.text(alphabet="ab*", min_size=1, max_size=8))
def test_a_name_is_matched_by_brute_force_too(pattern: str, name: str) -> None:
    if pattern != "**":
        assert Config(root="/r", exclude=("/" + pattern,)).excludes("/r/" + name) == slow(pattern, name)


@pytest.mark.parametrize(
    "glob",
    [
        "**/" * 2000 + "*a" * 2000 + "b",
        "*a" * 5000 + "b",
        "**/a/" * 2000 + "b",
        "**/*a*/" * 1000 + "b",
        "*" * 100_000 + "b",
        "?*" * 2000 + "b",
    ],
    ids=lambda glob: glob[:12],
)
def test_a_hostile_glob_takes_no_time(glob: str) -> None:
    asked = Config(root="/r", exclude=(glob,))
    assert not asked.excludes("/r/" + "a" * 250)
    assert not asked.excludes("/r" + "/a" * 2000)
    assert not asked.excludes("/r" + ("/" + "a" * 250) * 15)


def test_outside_the_root_nothing_matches(tmp_path: Path) -> None:
    asked = Config(
        root=str(tmp_path / "in"),
        exclude=("**",),
        per_path_ignores=(("**", ("LP2",)),),
        policy_types=(("**", "trust"),),
    )
    inside, outside = str(tmp_path / "in" / "x"), str(tmp_path / "inn" / "x")
    assert (asked.excludes(inside), asked.ignores_for(inside), asked.policy_type(inside)) == (
        True,
        ("LP2",),
        ("trust", ""),
    )
    assert (asked.excludes(outside), asked.ignores_for(outside), asked.policy_type(outside)) == (False, (), None)
    assert not asked.excludes(str(tmp_path / "in"))


def test_paths_are_taken_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = load(written(tmp_path, "exclude = ['a/x.json']"))
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert asked.excludes("x.json")
    assert asked.excludes("../a/x.json")
    assert asked.excludes("./x.json")
    assert not asked.excludes("../x.json")
    assert Config(exclude=("/x.json",)).excludes("x.json")


def test_a_path_through_a_link_is_found_below_the_root(tmp_path: Path) -> None:
    asked = load(written(tmp_path / "real", "exclude = ['a/x.json']"))
    (tmp_path / "real" / "a").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "deep").symlink_to(tmp_path / "real" / "a")
    assert asked.excludes(str(tmp_path / "link" / "a" / "x.json"))
    assert asked.excludes(f"{tmp_path}/deep/../a/x.json")
    (tmp_path / "other" / "b").mkdir(parents=True)
    (tmp_path / "real" / "out").symlink_to(tmp_path / "other" / "b")
    assert not asked.excludes(f"{tmp_path}/real/out/../a/x.json")
    # A configuration that is itself named through a link is about the folder that it is really in.
    through = load(str(tmp_path / "link" / "lplint.toml"))
    assert through.root == os.path.realpath(tmp_path / "real")
    assert through.excludes(str(tmp_path / "real" / "a" / "x.json"))


def test_every_entry_that_matches_ignores(tmp_path: Path) -> None:
    asked = load(written(tmp_path, EVERYTHING))
    assert asked.ignores_for(str(tmp_path / "tests" / "a" / "x.yaml")) == ("LP201", "LP3", "LP7")
    assert asked.ignores_for(str(tmp_path / "x.yaml")) == ("LP7",)
    assert asked.ignores_for(str(tmp_path / "x.json")) == ()


def test_of_policy_types_the_last_that_matches_counts(tmp_path: Path) -> None:
    asked = load(written(tmp_path, "[policy-types]\n'**' = 'identity'\n'*.trust.json' = 'trust'\n"))
    assert asked.policy_type(str(tmp_path / "a.trust.json")) == ("trust", "")
    assert asked.policy_type(str(tmp_path / "a.json")) == ("identity", "")


def test_an_empty_glob_matches_nothing() -> None:
    assert not Config(root="/r", exclude=("", "/", "./")).excludes("/r/x")


def test_names_that_are_no_text_can_be_matched(tmp_path: Path) -> None:
    asked = Config(root=str(tmp_path), exclude=("a*.json",))
    assert asked.excludes(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff\n.json"))


# Start-up


def test_the_start_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    written(tmp_path, "[tool.other]\n", "pyproject.toml")
    script = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "import lplint.config, lplint.discover\n"
        "lplint.config.find('.')\n"
        "open('x.json', 'w').close()\n"
        "lplint.discover.discover(['x.json'], lplint.config.find, ('.json',))\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    ours = {name for name in done.stdout.split() if name.startswith("lplint")}
    assert set(done.stdout.split()) - ours == {"__future__"}
    assert ours == {
        "lplint",
        "lplint.config",
        "lplint.config_file",
        "lplint.discover",
        "lplint.globs",
        "lplint.model",
        "lplint.model.finding",
    }


def test_the_keys_and_the_attributes_are_the_same() -> None:
    attributes = {name.replace("_", "-") for name in Config.__slots__ if not name.startswith("_")}
    # The two tables become one attribute, and parliament becomes rules.
    keys = set(config_keys.KEYS) - {"risk-table", "frequency-table", "parliament"}
    # What is made of the file, and the tables of "ignore".
    assert keys == attributes - {"path", "root", "risk-rows", "ignores", "parent", "written"}


# The schema that editors use


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(made)
    return made


def complaints(schema: dict[str, Any], text: str) -> list[str]:
    table = json.loads(json.dumps(tomllib.loads(text), default=str))
    return [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(table)]


def test_the_schema_has_every_key_and_its_default(schema: dict[str, Any]) -> None:
    assert set(schema["properties"]) == set(config_keys.KEYS)
    entry = schema["definitions"]["entry"]["properties"]
    assert set(entry) == {name if name != "rules" else "rule" for name in IgnoreEntry.__slots__} - {"number"}
    for key, property_ in schema["properties"].items():
        if "default" in property_:
            default = getattr(Config(), key.replace("-", "_"))
            assert property_["default"] == (list(default) if isinstance(default, tuple) else default)


@pytest.mark.parametrize(
    "text",
    [
        "",
        EVERYTHING,
        '[[ignore]]\nrule = ["LP1", "LP2"]\npath = "./a.json"\norigin = "Resources.*"\nsid = "A"\nuntil = 2027-01-31\n',
        '[environments]\n"a" = "staging"\n[personas]\n"b/**" = "human"',
        'extend = "../lplint.toml"\nbaseline = "known.json"\nhonor-foreign-ignores = true',
    ],
)
def test_what_is_right_is_right_by_the_schema(schema: dict[str, Any], text: str, tmp_path: Path) -> None:
    assert complaints(schema, text) == []
    if "extend" not in text:
        load(written(tmp_path, text))


# A date of TOML is a string to a schema.
@pytest.mark.parametrize("text", [text for text, _ in WRONG if "1979" not in text])
def test_what_is_wrong_is_wrong_by_the_schema(schema: dict[str, Any], text: str) -> None:
    assert complaints(schema, text)


def test_the_page_has_every_key_with_its_default() -> None:
    page = (SCHEMA.parent / "configuration.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (`[^|]+) \|.*\|(.*)\|$", page, re.MULTILINE))
    assert [key for row in rows for key in re.findall(r"`([a-z-]+)`", row)] == list(config_keys.KEYS)
    for row, shown in rows.items():
        default = getattr(Config(), re.findall(r"`([a-z-]+)`", row)[0].replace("-", "_"), None)
        if shown.strip():
            plain = list(default) if isinstance(default, tuple) else default
            assert tomllib.loads("x = " + shown.strip(" `"))["x"] == plain


def test_the_examples_of_the_page_are_configurations(tmp_path: Path) -> None:
    page = (SCHEMA.parent / "configuration.md").read_text("utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 3
    for number, example in enumerate(examples):
        written(tmp_path, "", "lplint.toml")
        load(written(tmp_path / str(number), example))
