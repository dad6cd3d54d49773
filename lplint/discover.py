"""From the paths that the user names to the files worth reading."""

from __future__ import annotations

import os
import stat

from lplint.model.finding import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lplint.config import Config

# Folders that hold other people's code, caches, or copies that a tool makes of files that are read elsewhere. What
# `cdk synth`, a build or a release writes ("cdk.out", "build", "dist") is not among them: its policies get deployed.
# A virtual environment of any other name is known by the file that every one has.
_LEFT_OUT = frozenset(
    {
        ".git", ".hg", ".svn", ".bzr", ".jj",
        "node_modules", "bower_components", ".venv", "venv", "__pypackages__", "site-packages", ".direnv", ".eggs",
        ".terraform", ".terragrunt-cache", ".serverless", ".aws-sam",
        "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox",
        ".idea", ".vscode",
    }
)  # fmt: skip
_ENVIRONMENT_MARK = "pyvenv.cfg"

# More than git takes for a million files; a repository that makes git wait for ever (a named pipe for a .gitignore)
# gets no longer.
_GIT_SECONDS = 60


class Candidate:
    """A file worth reading.

    `path` is as the user named it or the folder it is in, with forward slashes and without a leading "./"; it can be
    opened from the current folder. `named` is whether the user named the file itself.
    """

    __slots__ = ("named", "path")

    def __init__(self, path: str, named: bool) -> None:
        self.path = path
        self.named = named

    def __repr__(self) -> str:
        return f"Candidate({self.path!r}, named={self.named})"


def discover(
    paths: Sequence[str], config_for: Callable[[str], Config], extensions: tuple[str, ...]
) -> tuple[list[Candidate], list[Failure]]:
    """The files that the paths stand for, each once and sorted by path, and what could not be looked into.

    A named file is taken whatever it is called and whether or not git ignores it, but not where the configuration
    excludes it: a commit hook names every file, and means none of them. Of a folder are taken the files with one of the
    `extensions` (in any case) that git does not ignore; where there is no git, all of them. Of a folder that git
    ignores, named itself, all of them as well. No link leads out of the folder that the user named.

    `config_for` gives the configuration that counts for what is in a folder.
    """
    search = _Search(config_for, extensions)
    for path in paths:
        search.add(path)
    search.add_links()
    candidates = sorted(search.found.values(), key=lambda candidate: candidate.path)
    return candidates, sorted(search.failures.values(), key=lambda failure: failure.path)


class _Search:
    """What has been found so far."""

    def __init__(self, config_for: Callable[[str], Config], extensions: tuple[str, ...]) -> None:
        self.config_for = config_for
        self.extensions = tuple(extension.lower() for extension in extensions)
        self.found: dict[str, Candidate] = {}  # by the real path
        self.failures: dict[str, Failure] = {}  # by the path
        self.links: list[tuple[str, str, str]] = []  # the folder named, the link's path and its path for people
        self.real_folders: dict[str, str] = {}
        self.git: _Git | None = None

    def add(self, path: str) -> None:
        """Looks into one path that the user named."""
        shown = _shown(path)
        try:
            mode = os.stat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            self.fail(shown, "no such file or folder; check the path, and the folder that lplint is run in")
        except (OSError, ValueError) as error:
            self.fail(shown, f"cannot be looked at ({_reason(error)}); make it readable, or leave it out")
        else:
            if stat.S_ISDIR(mode):
                _Folder(self, os.path.realpath(path), shown).look()
            elif stat.S_ISREG(mode):
                self.add_named_file(path, shown)
            else:
                # Never opened: a pipe may wait for ever, and a device may be endless.
                self.fail(shown, f"is {_form(mode)}, neither a file nor a folder; save its contents to a file")

    def add_named_file(self, path: str, shown: str) -> None:
        above, name = os.path.split(path)
        folder = self.real_folders.get(above)
        if folder is None:
            folder = self.real_folders[above] = os.path.realpath(above)
        whole = os.path.join(folder, name)
        if self.config_for(folder).excludes(whole):
            return
        if os.path.islink(whole):
            whole = os.path.realpath(whole)
        self.found.setdefault(whole, Candidate(shown, True)).named = True

    def add_links(self) -> None:
        """Takes the links that lead to a file of the folder in which they were found, unless it has its own name too.

        Links to folders are not among them: what is below the folder named is found there by its own name.
        """
        for top, path, shown in sorted(self.links):
            real = os.path.realpath(path)
            inside = top.rstrip(os.sep) + os.sep
            if real in self.found or not real.startswith(inside):
                continue
            if not _LEFT_OUT.isdisjoint(real[len(inside) :].split(os.sep)):
                continue
            if os.path.isfile(real) and not self.config_for(os.path.dirname(real)).excludes(real):
                self.found[real] = Candidate(shown, False)

    def wanted(self, name: str) -> bool:
        return name.lower().endswith(self.extensions)

    def fail(self, path: str, message: str) -> None:
        self.failures.setdefault(path, Failure(path, message))


class _Folder:
    """One folder that the user named. The folders and files in it go by their path from there: "", "a/", "a/x.json"."""

    def __init__(self, search: _Search, top: str, shown: str) -> None:
        self.search = search
        self.top = top
        self.shown = shown
        self.inside = top.rstrip(os.sep) + os.sep
        self.prefix = shown if shown.endswith("/") else shown + "/" if shown else ""
        self.configs: dict[str, Config] = {}
        self.entered: dict[str, bool] = {"": True}

    def look(self) -> None:
        if self.config("").excludes(self.inside):
            return
        # No recursion: folders nest as deep as they like.
        waiting = [""]
        seen = set()
        while waiting:
            folder = waiting.pop()
            if folder not in seen:
                seen.add(folder)
                nested = self.listed_by_git(folder)
                waiting += self.walked(folder) if nested is None else nested

    def walked(self, folder: str) -> list[str]:
        """Takes the files of one folder; gives the folders in it."""
        config = self.config(folder)
        below: list[str] = []
        files: list[str] = []
        links: list[str] = []
        try:
            with os.scandir(self.inside + folder) as entries:
                for entry in entries:
                    if entry.is_symlink():
                        if self.search.wanted(entry.name):
                            links.append(folder + entry.name)
                    elif entry.is_dir(follow_symlinks=False):
                        if entry.name not in _LEFT_OUT:
                            below.append(f"{folder}{entry.name}/")
                    elif entry.name == _ENVIRONMENT_MARK and folder:
                        return []
                    elif self.search.wanted(entry.name) and entry.is_file(follow_symlinks=False):
                        files.append(folder + entry.name)
        except (FileNotFoundError, NotADirectoryError):  # gone since it was listed
            return []
        except OSError as error:
            self.fail(folder, error)
        for path in files:
            self.add_file(config, path)
        for path in links:
            self.add_link(config, path)
        return [path for path in below if not config.excludes(self.inside + path)]

    def listed_by_git(self, folder: str) -> list[str] | None:
        """Takes the files of a folder and of those below it that git does not ignore.

        Gives the folders in it that are repositories of their own, about whose files git says nothing; None if git says
        nothing about this one, or ignores it.
        """
        work_tree = self.work_tree(folder)
        if work_tree is None:
            return None
        if self.search.git is None:
            self.search.git = _Git()
        listed = self.search.git.files(self.inside + folder, work_tree)
        if listed is None:
            return None
        records, unreadable = listed
        git, path = self.search.git, self.inside + folder
        # A folder that git ignores has no files that are neither tracked nor ignored. The user named it, so it counts.
        suspect = path != work_tree and not any(record.startswith(b"? ") for record in records)
        if suspect and git.ignores(path, work_tree):
            return None
        endings = tuple(os.fsencode(extension) for extension in self.search.extensions)
        files: dict[bytes, list[bytes]] = {}
        repositories: list[bytes] = []
        for record in records:
            # "? NAME" for what is untracked, with a slash at its end if it is a repository; for what is tracked
            # "H MODE HASH STAGE<tab>NAME", where the mode of a submodule is 160000.
            name = record[2:] if record.startswith(b"? ") else record.partition(b"\t")[2]
            if record.endswith(b"/") or record.startswith(b"160000 ", 2):
                repositories.append(name.rstrip(b"/"))
            elif name.lower().endswith(endings):
                above, slash, last = name.rpartition(b"/")
                files.setdefault(above + slash, []).append(last)
        for above, names in files.items():
            self.look_at(folder + os.fsdecode(above), names)
        for unread in unreadable:
            # git names them as seen from the work tree.
            path = (work_tree + unread).removeprefix(self.inside)
            if self.enters(path if path.endswith("/") else ""):
                self.fail(path, PermissionError("permission denied"))
        nested = [f"{folder}{os.fsdecode(name)}/" for name in repositories]
        return [path for path in nested if self.enters(path)]

    def work_tree(self, folder: str) -> str | None:
        """The work tree that git may know a folder as part of: it, or for the folder named one above it, has `.git`."""
        path = self.inside + folder
        if os.path.lexists(path + ".git"):
            return path
        above = self.top
        while not folder and above != os.path.dirname(above):
            above = os.path.dirname(above)
            if os.path.lexists(os.path.join(above, ".git")):
                return os.path.join(above, "")
        return None

    def look_at(self, folder: str, names: list[bytes]) -> None:
        """Takes the files of one folder that git lists, if there are: they can be deleted, links, or by now something
        else."""
        # An index can be forged, and name "../x" or a file behind a link.
        if not self.enters(folder):
            return
        config = self.config(folder)
        for name in filter(_is_name, map(os.fsdecode, names)):
            path = folder + name
            try:
                mode = os.lstat(self.inside + path).st_mode
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                if not config.excludes(self.inside + path):
                    self.fail(path, error)
                continue
            if stat.S_ISREG(mode):
                self.add_file(config, path)
            elif stat.S_ISLNK(mode):
                self.add_link(config, path)

    def enters(self, folder: str) -> bool:
        """Whether a folder that git lists is really below this one, and none that is left out."""
        unknown = []
        while folder not in self.entered:
            unknown.append(folder)
            folder = folder[: folder.rfind("/", 0, -1) + 1]
        result = self.entered[folder]
        for below in reversed(unknown):
            result = self.entered[below] = result and self.enters_from(folder, below)
            folder = below
        return result

    def enters_from(self, above: str, folder: str) -> bool:
        name = folder[len(above) : -1]
        path = self.inside + folder
        if not _is_name(name) or name in _LEFT_OUT or self.config(above).excludes(path):
            return False
        try:
            if not stat.S_ISDIR(os.lstat(path[:-1]).st_mode):
                return False
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True  # to look at its files fails too, and that is told
        return not os.path.lexists(path + _ENVIRONMENT_MARK)

    def add_file(self, config: Config, path: str) -> None:
        whole = self.native(path)
        if whole not in self.search.found and not config.excludes(whole):
            self.search.found[whole] = Candidate(self.prefix + path, False)

    def add_link(self, config: Config, path: str) -> None:
        whole = self.native(path)
        if not config.excludes(whole):
            self.search.links.append((self.top, whole, self.prefix + path))

    def config(self, folder: str) -> Config:
        """The configuration that counts for what is in a folder."""
        config = self.configs.get(folder)
        if config is None:
            path = self.native(folder).rstrip(os.sep) or os.sep
            config = self.configs[folder] = self.search.config_for(path)
        return config

    def native(self, path: str) -> str:
        """The real path of what is in this folder, in the one way in which all parts of the search write it."""
        return self.inside + (path if os.sep == "/" else path.replace("/", os.sep))

    def fail(self, path: str, error: OSError) -> None:
        shown = (self.prefix + path).rstrip("/") or self.shown or "."
        self.search.fail(shown, f"cannot be looked into ({_reason(error)}); make it readable, or exclude it")


class _Git:
    """Asks git about the files of work trees, in such a way that nothing which a work tree names is run.

    A repository that was unpacked, not cloned, brings its own `.git/config`. Of what that can name, these commands
    would run: the file system monitor (`core.fsmonitor`); hooks (none in plain git, but Microsoft's runs one before
    each command, and asks `core.virtualFilesystem`); and what a fetch runs (`core.sshCommand`, `remote.*.uploadpack`,
    an `ext::` address), because git fetches what a partial clone lacks when it needs it. The first three are overridden
    on the command line, which counts more than any file. Fetching is switched off, and for a git too old to know that
    switch no protocol is allowed, which counts more than `protocol.*.allow`. Filters, pagers, aliases, editors and
    helpers for credentials have no part in these commands. A folder that only looks like a bare repository is not taken
    for one. git itself comes from an absolute folder of PATH, not from the folder that is looked into.
    """

    def __init__(self) -> None:
        self.program = _program("git")
        # Where a hook calls lplint, git's variables say which repository and index it is for; here the folder says so.
        self.environment = {name: value for name, value in os.environ.items() if name not in _REPOSITORY_VARIABLES}
        self.environment |= {
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",  # nothing is written
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",  # warnings are read below
        }

    def files(self, folder: str, work_tree: str) -> tuple[list[bytes], list[str]] | None:
        """What `git ls-files` writes about the files of a folder that it does not ignore, and the folders that it could
        not read; None if it cannot tell."""
        options = ("-z", "-t", "--stage", "--cached", "--others", "--exclude-standard")
        result = self.run(folder, work_tree, "ls-files", *options)
        if result is None or result[0] != 0:
            return None
        _, output, warnings = result
        unreadable = []
        for line in warnings.splitlines():
            before, opening, rest = line.partition(b"could not open directory '")
            if before == b"warning: " and opening:
                unreadable.append(os.fsdecode(rest.rpartition(b"': ")[0]))
        return output.split(b"\0")[:-1], unreadable

    def ignores(self, folder: str, work_tree: str) -> bool:
        """Whether git ignores a folder, by a rule for it or for one above it."""
        result = self.run(folder, work_tree, "check-ignore", "--quiet", "--no-index", ".")
        return result is not None and result[0] == 0

    def run(self, folder: str, work_tree: str, *arguments: str) -> tuple[int, bytes, bytes] | None:
        """The exit code and the two outputs of a git command; None if there is no git that answers."""
        if self.program is None:
            return None
        import subprocess

        settings = ("core.fsmonitor=", f"core.hooksPath={os.devnull}", "core.virtualFilesystem=")
        options = [part for setting in (*settings, "safe.bareRepository=explicit") for part in ("-c", setting)]
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and every argument is written above
                [self.program, "--no-pager", *options, *arguments],
                cwd=folder,
                # The repository is the one whose `.git` stands in the work tree, or none; not one above it, and none
                # whose own configuration (`core.worktree`) is about files that are elsewhere.
                env=self.environment | {"GIT_WORK_TREE": work_tree, "GIT_CEILING_DIRECTORIES": _above(work_tree)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_GIT_SECONDS,
                check=False,
            )
        except OSError:  # the folder cannot be entered, or this is no program
            return None
        except subprocess.TimeoutExpired:
            self.program = None
            return None
        return done.returncode, done.stdout, done.stderr


# `git rev-parse --local-env-vars`, without those that carry the user's own settings (GIT_CONFIG_COUNT and the like).
_REPOSITORY_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)


def _above(folder: str) -> str:
    """The folder above one that ends in a slash; "" where there is none."""
    path = folder.rstrip(os.sep)
    above = os.path.dirname(path)
    return above if above != path else ""


def _program(name: str) -> str | None:
    """The path of a program. Unlike what the system does, an empty or relative entry of PATH does not count."""
    if os.name == "nt":
        name += ".exe"
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def _is_name(name: str) -> bool:
    """Whether this names something in a folder, and does not lead out of it."""
    return name not in ("", ".", "..") and (os.name != "nt" or ("\\" not in name and ":" not in name))


def _shown(path: str) -> str:
    """A path as the user gave it, with forward slashes and without what says nothing: "./", "//", a slash at the end.

    Links may stand before "..", so that stays. The current folder is "".
    """
    path = path if os.sep == "/" else path.replace(os.sep, "/")
    names = [name for name in path.split("/") if name not in ("", ".")]
    return ("/" if path.startswith("/") else "") + "/".join(names)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _form(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"
