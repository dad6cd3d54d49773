"""Which files are read, and what is said about those that cannot be."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile

import pytest

from lplint import discover as module
from lplint.config import Config, find
from lplint.discover import discover

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXTENSIONS = (".json", ".yaml")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, and a git that knows no settings of whoever runs the tests."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in module._REPOSITORY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return folder


def write(*paths: str) -> None:
    for path in paths:
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write("{}")


def git(*arguments: str, folder: str = ".") -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def found(*paths: str, exclude: tuple[str, ...] = ()) -> list[str]:
    """The paths that are found, if nothing fails."""
    config = Config(exclude=exclude)
    candidates, failures = discover(paths, lambda folder: config, EXTENSIONS)
    assert [f"{failure.path}: {failure.message}" for failure in failures] == []
    return [candidate.path for candidate in candidates]


def failed(*paths: str, exclude: tuple[str, ...] = ()) -> tuple[list[str], list[str]]:
    """The paths that are found, and what is said about the others."""
    config = Config(exclude=exclude)
    candidates, failures = discover(paths, lambda folder: config, EXTENSIONS)
    return [candidate.path for candidate in candidates], [f"{failure.path}: {failure.message}" for failure in failures]


# Files that are named


def test_a_named_file_is_taken_whatever_it_is_called() -> None:
    write("x.txt", "a/y")
    candidates, _ = discover(["x.txt", "a/y", "a"], find, EXTENSIONS)
    assert [(candidate.path, candidate.named) for candidate in candidates] == [("a/y", True), ("x.txt", True)]


def test_a_file_in_a_named_folder_is_not_named() -> None:
    write("a/x.json", "a/y.json")
    candidates, _ = discover(["a", "a/y.json"], find, EXTENSIONS)
    assert [(candidate.path, candidate.named) for candidate in candidates] == [("a/x.json", False), ("a/y.json", True)]


def test_a_named_file_is_taken_even_if_git_ignores_it() -> None:
    git("init")
    write("x.json")
    write_ignore("*")
    assert found("x.json") == ["x.json"]


def test_a_named_file_that_is_excluded_is_left_out() -> None:
    write("x.json", "vendor/y.json")
    assert found("x.json", "vendor/y.json", exclude=("vendor/",)) == ["x.json"]


def test_a_named_link_is_followed_wherever_it_leads() -> None:
    write("../outside.json")
    os.symlink("../outside.json", "x.json")
    assert found("x.json") == ["x.json"]


def test_no_git_runs_for_named_files(monkeypatch: pytest.MonkeyPatch) -> None:
    git("init")
    write("x.json")
    monkeypatch.setattr(module, "_Git", None)
    assert found("x.json") == ["x.json"]


# How paths are shown


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        (".", "sub/x.json"),
        ("./", "sub/x.json"),
        ("sub", "sub/x.json"),
        ("sub/", "sub/x.json"),
        ("./sub//x.json", "sub/x.json"),
        ("././sub/.", "sub/x.json"),
        ("../here", "../here/sub/x.json"),
        ("..", "../here/sub/x.json"),
        ("sub/..", "sub/../sub/x.json"),
        ("sub/x.json", "sub/x.json"),
        ("sub/../sub/x.json", "sub/../sub/x.json"),
    ],
)
@pytest.mark.parametrize("with_git", [False, True])
def test_a_path_is_shown_as_it_was_given(named: str, shown: str, with_git: bool) -> None:
    write("sub/x.json")
    if with_git:
        git("init")
    assert found(named) == [shown]
    assert os.path.samefile(shown, "sub/x.json")


def test_an_absolute_path_stays_absolute(here: Path) -> None:
    write("sub/x.json")
    assert found(str(here)) == [f"{here}/sub/x.json"]
    assert found(f"{here}/sub/x.json") == [f"{here}/sub/x.json"]
    assert found(f"/{here}/sub/") == [f"{here}/sub/x.json"]


def test_a_folder_named_through_a_link_is_shown_so() -> None:
    write("real/x.json")
    os.symlink("real", "link")
    assert found("link") == ["link/x.json"]


def test_files_come_once_and_sorted() -> None:
    write("b.json", "a/z.json", "a/b/y.json", "a.json", "A.json", "é.json")
    expected = ["A.json", "a.json", "a/b/y.json", "a/z.json", "b.json", "é.json"]
    assert found(".", "a", "./a/b", "b.json", "a/../b.json", os.path.abspath("a.json")) == expected
    git("init")
    assert found(".", "a", "./a/b", "b.json", "a/../b.json", os.path.abspath("a.json")) == expected


STRANGE = [
    b"new\nline.json",
    b" s p a c e .json",
    b"not\xffutf8.json",
    b"tab\there.json",
    b"q\"uo'te\\.json",
    b"-x.json",
]
STRANGE += [b"100644 " + b"0" * 40 + b" 0\tx.json", b"? y.json", b"*.json", b".json", b"\xc3\xa9\xf0\x9f\x94\x91.json"]


@pytest.mark.parametrize("how", ["walked", "untracked", "tracked", "named"])
def test_strange_names_survive(how: str) -> None:
    os.mkdir(b"d\xff\n")
    names = sorted(os.fsdecode(name) for name in STRANGE + [b"d\xff\n/" + name for name in STRANGE])
    write(*names)
    if how != "walked":
        git("init")
    if how == "tracked":
        git("add", ".")
    assert found(*(names if how == "named" else ["."])) == names


# What cannot be looked into


def test_what_is_not_there_is_said_and_the_rest_is_done() -> None:
    write("x.json")
    paths, failures = failed("nope.json", "x.json", "x.json/y", "nope.json", "")
    assert paths == ["x.json"]
    said = "no such file or folder; check the path, and the folder that lplint is run in"
    assert failures == [f": {said}", f"nope.json: {said}", f"x.json/y: {said}"]


def test_what_is_no_file_is_never_opened() -> None:
    os.mkfifo("pipe.json")
    write("x.json")
    paths, failures = failed("pipe.json", "x.json", os.devnull)
    assert paths == ["x.json"]
    assert failures == [
        "/dev/null: is a device, neither a file nor a folder; save its contents to a file",
        "pipe.json: is a named pipe, neither a file nor a folder; save its contents to a file",
    ]


@pytest.mark.parametrize("with_git", [False, True])
def test_what_is_no_file_is_passed_over_in_a_folder(with_git: bool) -> None:
    write("x.json", "y.json")
    if with_git:
        git("init")
        git("add", ".")
        os.remove("y.json")
    os.mkfifo("pipe.json")
    os.makedirs("folder.json/below.yaml")
    if with_git:
        os.mkfifo("y.json")
        assert found(".") == ["x.json"]
    else:
        assert found(".") == ["x.json", "y.json"]


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder to be in, and a user whom permissions bind."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("HOME", folder)
        root = os.geteuid() == 0
        if root:
            os.chown(folder, 65534, 65534)
            os.seteuid(65534)
        monkeypatch.chdir(folder)
        try:
            yield
        finally:
            if root:
                os.seteuid(0)
            for above, below, _ in os.walk(folder):
                for name in below:
                    os.chmod(os.path.join(above, name), 0o755)


Y, Z = "top/b/y.json", "top/b/vendor/z.json"


@pytest.mark.usefixtures("bound")
@pytest.mark.parametrize(
    ("how", "mode", "more", "failures"),
    [
        ("walked", 0o000, [], ["top/b"]),
        ("walked", 0o311, [], ["top/b"]),
        # The folder tells what is in it, and whoever opens the file will say that it cannot be read.
        ("walked", 0o444, [Y], ["top/b/vendor"]),
        ("untracked", 0o000, [], ["top/b"]),
        ("untracked", 0o311, [], ["top/b"]),
        ("untracked", 0o444, [], ["top/b/vendor", Y]),
        ("tracked", 0o000, [], ["top/b", Z, Y]),
        # The index tells what is in it, and it can be opened. Only what is not tracked stays unseen.
        ("tracked", 0o311, [Z, Y], ["top/b"]),
        ("tracked", 0o444, [], ["top/b/vendor", Z, Y]),
    ],
)
@pytest.mark.parametrize("named", [".", "top"])
def test_a_folder_that_cannot_be_read_is_said(
    how: str, mode: int, more: list[str], failures: list[str], named: str
) -> None:
    write("top/a/x.json", Y, Z)
    if how != "walked":
        git("init")
    if how == "tracked":
        git("add", ".")
    os.chmod("top/b", mode)
    paths, said = failed(named)
    assert paths == ["top/a/x.json", *more]
    assert [text.partition(":")[0] for text in said] == failures
    assert all("ermission denied); make it readable, or exclude it" in text for text in said)
    assert failed(named, exclude=("b/",)) == (["top/a/x.json"], [])
    if failures[-1] == Y:
        assert [text.partition(":")[0] for text in failed(named, exclude=("y.json",))[1]] == failures[:-1]


@pytest.mark.usefixtures("bound")
@pytest.mark.parametrize("with_git", [False, True])
def test_a_named_folder_that_cannot_be_read_is_said(with_git: bool) -> None:
    write("a/x.json", "b/y.json")
    if with_git:
        git("init")
    os.chmod("b", 0)
    paths, failures = failed("a", "b", "b/y.json")
    assert paths == ["a/x.json"]
    assert failures == [
        "b: cannot be looked into (Permission denied); make it readable, or exclude it",
        "b/y.json: cannot be looked at (Permission denied); make it readable, or leave it out",
    ]


# Folders without git


def test_the_usual_folders_are_left_out() -> None:
    taken = ["cdk.out/x.json", "build/x.json", "dist/x.json", "env/x.json", ".github/x.json", "a/env/x.json"]
    left_out = [".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "node_modules", ".terraform", "__pycache__"]
    left_out += [".mypy_cache", ".pytest_cache", ".ruff_cache", ".idea", ".vscode", ".serverless", ".aws-sam"]
    write(*taken, *(f"{name}/x.json" for name in left_out), *(f"a/{name}/b/x.json" for name in left_out))
    write("b/env/pyvenv.cfg", "b/env/x.json", "b/env/lib/x.json")
    assert found(".") == sorted(taken)
    # Named, it is meant.
    assert found("node_modules", "b/env") == ["b/env/lib/x.json", "b/env/x.json", "node_modules/x.json"]


def test_the_usual_folders_are_left_out_with_git_as_well() -> None:
    write("a/node_modules/b/x.json", "env/pyvenv.cfg", "env/lib/x.json", "cdk.out/x.json", "lib/env/x.json")
    git("init")
    assert found(".") == ["cdk.out/x.json", "lib/env/x.json"]
    git("add", "--force", ".")
    assert found(".") == ["cdk.out/x.json", "lib/env/x.json"]


@pytest.mark.parametrize("with_git", [False, True])
def test_extensions_count_in_any_case(with_git: bool) -> None:
    write("a.json", "b.JSON", "c.Yaml", "d.txt", "json", "e.json.bak", ".json/f.txt")
    if with_git:
        git("init")
    assert found(".") == ["a.json", "b.JSON", "c.Yaml"]


def test_folders_nest_as_deep_as_they_like(here: Path) -> None:
    depth = 1500
    for _ in range(depth):
        os.mkdir("d")
        os.chdir("d")
    write("x.json")
    os.chdir(here)
    try:
        assert found(".") == ["d/" * depth + "x.json"]
    finally:
        path = "d/" * depth
        os.remove(path + "x.json")
        while path:
            os.rmdir(path)
            path = path[:-2]


@pytest.mark.parametrize("with_git", [False, True])
def test_the_file_system_is_asked_no_more_than_it_must(monkeypatch: pytest.MonkeyPatch, with_git: bool) -> None:
    write(*(f"{folder}/{number}.json" for folder in "abc" for number in range(100)))
    write(*(f"{folder}/{number}.txt" for folder in "abc" for number in range(100)))
    if with_git:
        git("init")
    calls = dict.fromkeys(("stat", "lstat", "scandir"), 0)

    def counted(name: str) -> None:
        original = getattr(os, name)

        def count(*arguments: object, **options: object) -> object:
            calls[name] += 1
            return original(*arguments, **options)

        monkeypatch.setattr(os, name, count)

    for name in calls:
        counted(name)
    assert len(found(".")) == 300
    if with_git:
        # Whether it is there and a file; what git does not list is never looked at.
        assert 300 <= calls["lstat"] < 330
        assert calls["stat"] + calls["scandir"] < 30
    else:
        assert calls["scandir"] == 4
        assert calls["stat"] + calls["lstat"] < 30


# Folders with git


def write_ignore(*patterns: str, folder: str = ".") -> None:
    with open(f"{folder}/.gitignore", "w") as file:
        file.write("\n".join(patterns) + "\n")


def test_what_git_ignores_is_left_out() -> None:
    git("init")
    write("a.json", "b.json", "sub/a.json", "sub/c.json", "out/x.json", "info.json", "kept.json", "new.json")
    write_ignore("b.json", "out/")
    write_ignore("/c.json", folder="sub")
    with open(".git/info/exclude", "a") as file:
        file.write("info.json\nkept.json\n")
    git("add", "a.json")
    git("add", "--force", "kept.json")
    assert found(".") == ["a.json", "kept.json", "new.json", "sub/a.json"]
    assert found("sub") == ["sub/a.json"]


def test_the_ignores_of_the_user_count_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    git("init")
    write("a.json", "b.json")
    (tmp_path / "mine").write_text("b.json\n")
    (tmp_path / "config").write_text(f"[core]\nexcludesFile = {tmp_path}/mine\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    assert found(".") == ["a.json"]


def test_a_tracked_file_that_is_deleted_is_passed_over() -> None:
    git("init")
    write("a.json", "b.json", "c/d/x.json", "e/y.json")
    git("add", ".")
    os.remove("b.json")
    os.remove("c/d/x.json")
    os.rmdir("c/d")
    write("c/d")
    assert found(".") == ["a.json", "e/y.json"]


def test_a_file_with_a_conflict_comes_once() -> None:
    git("init")
    write("x.json")
    git("add", ".")
    blob = git("rev-parse", ":x.json")
    entries = "".join(f"100644 {blob} {stage}\tx.json\n" for stage in (1, 2, 3))
    git("update-index", "--force-remove", "x.json")
    subprocess.run(["git", "update-index", "--index-info"], input=entries.encode(), check=True)
    assert git("ls-files", "-u").count("x.json") == 3
    assert found(".") == ["x.json"]


@pytest.mark.parametrize("with_tracked", [False, True])
def test_a_named_folder_that_git_ignores_is_meant(with_tracked: bool) -> None:
    git("init")
    write_ignore("cdk.out/", "*.log.json")
    write("cdk.out/x.json", "cdk.out/a/y.json", "cdk.out/z.log.json", "b.json")
    if with_tracked:
        git("add", "--force", "cdk.out/x.json")
    everything = ["cdk.out/a/y.json", "cdk.out/x.json", "cdk.out/z.log.json"]
    assert found("cdk.out") == everything
    assert found("cdk.out/a") == ["cdk.out/a/y.json"]
    assert found(".") == (["b.json", "cdk.out/x.json"] if with_tracked else ["b.json"])


def test_a_named_folder_all_of_whose_files_are_ignored_is_no_ignored_folder() -> None:
    git("init")
    write_ignore("*.json")
    write("sub/x.json")
    assert found("sub") == []
    assert found(".") == []


def test_in_a_hook_git_is_asked_about_the_folder_and_not_about_the_commit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    git("init")
    write("sub/a.json", "sub/b.json", "elsewhere/c.json")
    write_ignore("b.json")
    git("init", folder="elsewhere")
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    monkeypatch.setenv("GIT_PREFIX", "sub/")
    assert found("sub", "elsewhere") == ["elsewhere/c.json", "sub/a.json"]


def add_submodule(path: str) -> None:
    """A submodule, as the index knows it."""
    git("init", folder=path)
    git("commit", "--allow-empty", "-m", "x", folder=path)
    git("update-index", "--add", "--cacheinfo", f"160000,{git('rev-parse', 'HEAD', folder=path)},{path}")


def test_submodules_and_repositories_in_a_repository_are_looked_into() -> None:
    git("init")
    write(
        "a.json", "sub/module/b.json", "sub/module/deep/c.json", "sub/module/no.json", "nested/d.json", "nested/no.json"
    )
    add_submodule("sub/module")
    write_ignore("no.json", folder="sub/module")
    git("init", folder="nested")
    git("commit", "--allow-empty", "-m", "x", folder="nested")
    write_ignore("no.json", folder="nested")
    write("sub/module/inner/e.json", "node_modules/f.json")
    git("init", folder="sub/module/inner")
    git("commit", "--allow-empty", "-m", "x", folder="sub/module/inner")
    git("init", folder="node_modules")
    git("commit", "--allow-empty", "-m", "x", folder="node_modules")
    everything = ["nested/d.json", "sub/module/b.json", "sub/module/deep/c.json", "sub/module/inner/e.json"]
    assert found(".") == ["a.json", *everything]
    assert found("sub", "nested") == everything
    assert found("sub/module") == everything[1:]
    assert found(".", exclude=("module", "d.json")) == ["a.json"]


def test_a_submodule_without_its_repository_is_looked_into() -> None:
    git("init")
    write("sub/b.json")
    git("update-index", "--add", "--cacheinfo", "160000,1234567890123456789012345678901234567890,sub")
    git("update-index", "--add", "--cacheinfo", "160000,1234567890123456789012345678901234567890,gone")
    assert found(".") == ["sub/b.json"]


def test_in_a_folder_of_repositories_each_says_what_it_ignores() -> None:
    write("one/a.json", "one/b.json", "two/b.json", "b.json", "three/deep/c.json", "three/deep/b.json")
    for name in ("one", "three/deep"):
        git("init", folder=name)
        write_ignore("b.json", folder=name)
    assert found(".") == ["b.json", "one/a.json", "three/deep/c.json", "two/b.json"]


def test_a_work_tree_of_its_own_is_looked_into() -> None:
    write("main/a.json", "main/b.json")
    git("init", folder="main")
    write_ignore("b.json", folder="main")
    git("add", ".", folder="main")
    git("commit", "-m", "x", folder="main")
    git("worktree", "add", "../other", folder="main")
    write("other/b.json", "other/c.json")
    assert found("other") == ["other/a.json", "other/c.json"]


# Where git is of no use


def program(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(f"#!/bin/sh\n{text}\n")
    os.chmod(path, 0o755)


def test_without_git_the_folder_is_walked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    git("init")
    write("a.json", "b.json")
    write_ignore("b.json")
    assert found(".") == ["a.json"]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert found(".") == ["a.json", "b.json"]


@pytest.mark.parametrize("text", ["exit 129", "echo '? a.json'; exit 128", "kill -9 $$"])
def test_where_git_fails_the_folder_is_walked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    git("init")
    write("a.json", "b.json")
    program(str(tmp_path / "git"), text)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert found(".") == ["a.json", "b.json"]


def test_a_git_that_hangs_is_not_waited_for_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in "abcdefgh":
        write(f"{name}/x.json")
        git("init", folder=name)
    program(str(tmp_path / "git"), "exec sleep 60")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(module, "_GIT_SECONDS", 0.5)
    assert len(found(".")) == 8


def test_a_repository_of_somebody_else_is_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    git("init")
    write("a.json", "b.json")
    write_ignore("b.json")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert found(".") == ["a.json", "b.json"]


@pytest.mark.parametrize("content", ["", "gitdir: nowhere", "gitdir: /dev/null\n"])
def test_what_only_looks_like_a_repository_is_walked(content: str) -> None:
    write("a.json")
    with open(".git", "w") as file:
        file.write(content)
    assert found(".") == ["a.json"]


def test_a_repository_above_a_broken_one_is_not_asked() -> None:
    git("init")
    with open(".git/info/exclude", "w") as file:
        file.write("*.json\n")
    write("sub/.git/what", "sub/x.json")
    assert found("sub") == ["sub/x.json"]


def test_git_is_run_no_more_than_it_must(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    git("init")
    write_ignore("out/")
    write("new/x.json", *(f"out/{number}/x.json" for number in range(10)))
    program(str(tmp_path / "git"), f'echo "$*" >> {tmp_path}/log; exec {module._program("git")} "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    # A folder that has nothing untracked may be one that git ignores, which takes a second question.
    for path, tracked, runs in (
        (".", False, 1),
        ("new", False, 1),
        ("out", False, 2),
        (".", True, 1),
        ("new", True, 2),
    ):
        if tracked:
            git("add", ".")
        (tmp_path / "log").write_text("")
        assert found(path)
        assert (tmp_path / "log").read_text().count("\n") == runs


# Repositories that mean harm


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """The trace of a program that must never run; it is /trap beside the folder that the tests are in."""
    program(str(tmp_path / "trap"), f'echo "$0 $*" >> {tmp_path}/sprung; exit 1')
    return tmp_path / "sprung"


def test_the_file_system_monitor_of_a_repository_is_not_run(trap: Path, tmp_path: Path) -> None:
    git("init")
    write("a.json", "b.json", "sub/c.json")
    git("add", "a.json")
    write_ignore("b.json")
    git("config", "core.fsmonitor", f"{tmp_path}/trap")
    subprocess.run(["git", "ls-files", "--others"], check=True, capture_output=True)
    assert trap.exists(), "the trap is none"
    trap.unlink()
    assert found(".", "sub") == ["a.json", "sub/c.json"]
    assert not trap.exists()


def test_hooks_of_a_repository_are_not_run(trap: Path, tmp_path: Path) -> None:
    git("init")
    write("a.json")
    for name in ("pre-command", "post-command", "post-index-change", "read-object", "virtual-filesystem"):
        program(f".git/hooks/{name}", f"exec {tmp_path}/trap")
    for name in ("alias.ls-files", "core.pager", "pager.ls-files", "core.editor", "core.virtualFilesystem"):
        git("config", name, f"!{tmp_path}/trap")
    before = os.listdir(".git")
    assert found(".") == ["a.json"]
    assert not trap.exists()
    assert os.listdir(".git") == before


def test_a_git_that_runs_a_hook_before_each_command_runs_none(
    trap: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init")
    write("a.json", "b.json")
    write_ignore("b.json")
    program(".git/hooks/pre-command", f"exec {tmp_path}/trap")
    (tmp_path / "bin").mkdir()
    program(
        str(tmp_path / "bin" / "git"),
        "hooks=.git/hooks\n"
        'for word; do case "$word" in core.hooksPath=*) hooks="${word#*=}";; esac; done\n'
        'test -x "$hooks/pre-command" && "$hooks/pre-command"\n'
        f'exec {module._program("git")} "$@"',
    )
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    assert found(".") == ["a.json"]
    assert not trap.exists()


@pytest.mark.parametrize("way", ["ext", "uploadpack", "ssh", "vcs"])
def test_nothing_is_fetched_for_a_repository(trap: Path, tmp_path: Path, way: str) -> None:
    git("init")
    write("a.json", "s/b.json")
    git("add", ".")
    git("commit", "-m", "x")
    git("sparse-checkout", "set", "--cone", "--sparse-index", "other")
    tree = git("rev-parse", "HEAD:s")
    os.remove(f".git/objects/{tree[:2]}/{tree[2:]}")
    settings = {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "evil",
        "remote.evil.promisor": "true",
        "remote.evil.url": {"ext": f"ext::{tmp_path}/trap", "ssh": "ssh://host/x"}.get(way, str(tmp_path)),
        "remote.evil.uploadpack": f"{tmp_path}/trap",
        "core.sshCommand": f"{tmp_path}/trap",
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
    }
    if way == "vcs":
        settings["remote.evil.vcs"] = "ext"
        settings["remote.evil.url"] = f"{tmp_path}/trap"
    for name, value in settings.items():
        git("config", name, value)
    subprocess.run(["git", "ls-files"], check=False, capture_output=True)
    assert trap.exists(), "the trap is none"
    trap.unlink()
    assert found(".") == ["a.json"]
    assert not trap.exists()


@pytest.mark.parametrize("entry", ["", ".", "bin"])
def test_a_git_in_the_folder_is_not_run(
    trap: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    git("init")
    write("a.json", "b.json", "bin/c.json")
    write_ignore("b.json")
    program("git", f"exec {tmp_path}/trap")
    program("bin/git", f"exec {tmp_path}/trap")
    monkeypatch.setenv("PATH", f"{entry}:{os.environ['PATH']}")
    assert found(".") == ["a.json", "bin/c.json"]
    assert not trap.exists()


def test_a_buried_bare_repository_is_not_believed(trap: Path, tmp_path: Path) -> None:
    git("init")
    write("sub/x.json")
    git("init", "--bare", "sub")
    with open("sub/info/exclude", "w") as file:
        file.write("x.json\n")
    with open("sub/config", "w") as file:
        file.write(f"[core]\nbare = false\nworktree = ..\nfsmonitor = {tmp_path}/trap\nrepositoryformatversion = 0\n")
    assert found("sub") == ["sub/x.json"]
    assert not trap.exists()


def test_a_forged_index_leads_nowhere(tmp_path: Path) -> None:
    write("../secret/x.json", "a.json", "ab/secret/x.json")
    git("init")
    git("add", ".")
    with open(".git/index", "rb") as file:
        index = file.read()[:-20]
    assert b"ab/secret/x.json" in index
    index = index.replace(b"ab/secret/x.json", b"../secret/x.json")
    with open(".git/index", "wb") as file:
        file.write(index + hashlib.sha1(index).digest())
    assert "../secret/x.json" in git("ls-files", "-s")
    assert found(".") == ["a.json", "ab/secret/x.json"]


def test_a_tracked_file_that_is_now_behind_a_link_is_not_reached() -> None:
    write("../secret/x.json", "../secret/deep/x.json", "a/x.json", "a/deep/x.json", "b.json")
    git("init")
    git("add", ".")
    for path in ("a/x.json", "a/deep/x.json"):
        os.remove(path)
    os.rmdir("a/deep")
    os.rmdir("a")
    os.symlink("../secret", "a")
    assert "a/x.json" in git("ls-files")
    assert found(".") == ["b.json"]


def test_a_work_tree_elsewhere_is_not_read() -> None:
    write("../secret/x.json", "a.json")
    git("init")
    git("config", "core.worktree", os.path.abspath("../secret"))
    assert found(".") == ["a.json"]
    git("config", "core.worktree", os.path.abspath(".."))
    assert found(".") == ["a.json"]


# Links


@pytest.mark.parametrize("with_git", [False, True])
def test_links(with_git: bool) -> None:
    write("../outside.json", "../outside/x.json", "real/x.json", "real/y.txt", "node_modules/z.json")
    links = {
        "1-same.json": "real/x.json",
        "2-other-name.json": "real/y.txt",
        "3-other-name-again.json": "real/y.txt",
        "4-outside.json": "../outside.json",
        "5-outside": "../outside",
        "6-inside": "real",
        "7-nowhere.json": "nowhere.json",
        "8-circle.json": "8-circle.json",
        "9-folder.json": "real",
        "a-left-out.json": "node_modules/z.json",
        "real/up": "..",
        "real/out-and-in.json": "../../here/real/y.txt",
        "b-absolute.json": os.path.abspath("real/y.txt"),
    }
    for link, target in links.items():
        os.symlink(target, link)
    if with_git:
        git("init")
        git("add", ".")
    assert found(".") == ["2-other-name.json", "real/x.json"]
    # What leads out of the folder that was named does so although it stays in the repository.
    os.symlink("../real/y.txt", "node_modules/out.json")
    assert found("node_modules") == ["node_modules/z.json"]


def test_a_link_from_one_named_folder_to_another_gives_each_file_once() -> None:
    write("a/x.json", "b/y.json")
    os.symlink("../b/y.json", "a/y.json")
    os.symlink("../b", "a/b")
    assert found("a", "b") == ["a/x.json", "b/y.json"]
    assert found("a/y.json", "b") == ["a/y.json"]


def test_a_link_to_what_is_excluded_is_excluded() -> None:
    write("secret/x.json", "y.txt")
    os.symlink("secret/x.json", "link.json")
    os.symlink("y.txt", "excluded.json")
    assert found(".") == ["excluded.json", "secret/x.json"]
    assert found(".", exclude=("secret/", "excluded.json")) == []


# What the configuration excludes


@pytest.mark.parametrize("with_git", [False, True])
def test_what_is_excluded_is_left_out(with_git: bool) -> None:
    write("a.json", "b.json", "vendor/c.json", "sub/vendor/deep/d.json", "sub/e.gen.json", "sub/f.json")
    if with_git:
        git("init")
        git("add", ".")
    exclude = ("vendor/", "*.gen.json", "/b.json")
    assert found(".", exclude=exclude) == ["a.json", "sub/f.json"]
    assert found("sub", exclude=exclude) == ["sub/f.json"]
    assert found("vendor", "sub/vendor", exclude=exclude) == []


def test_an_excluded_folder_is_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a/x.json", "vendor/y.json", "a/vendor/z.json", "gen/b/x.json")
    walked = []
    scandir = os.scandir

    def noted(path: str) -> Iterator[os.DirEntry[str]]:
        walked.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", noted)
    assert found(".", "vendor", exclude=("vendor/", "gen/**")) == ["a/x.json"]
    assert [os.path.relpath(path) for path in walked] == [".", "a"]


@pytest.mark.parametrize("with_git", [False, True])
def test_the_configuration_of_the_folder_counts(with_git: bool) -> None:
    write("x.json", "y.json", "sub/x.json", "sub/y.json", "sub/deep/x.json", "sub/deep/y.json", "out/x.json")
    with open("lplint.toml", "w") as file:
        file.write("exclude = ['x.json', 'out']\n")
    for folder in ("sub", "out"):
        with open(f"{folder}/lplint.toml", "w") as file:
            file.write("exclude = ['/y.json', 'deep/x.json']\n")
    if with_git:
        git("init")
    candidates, failures = discover([".", "sub/y.json", "sub/x.json"], find, EXTENSIONS)
    assert failures == []
    assert [candidate.path for candidate in candidates] == ["sub/deep/y.json", "sub/x.json", "y.json"]
