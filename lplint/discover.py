"""From the paths that the user names to the files worth reading."""

from __future__ import annotations

import os
import stat

from lplint.model.finding import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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
        self.git: _Git | None = None

    def add(self, path: str) -> None:
        """Looks into one path that the user named."""
        shown = _shown(path)
        try:
            mode = os.stat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            self.fail(path, "no such file or folder; check the path, and the folder that lplint is run in")
        except (OSError, ValueError) as error:
            self.fail(path, f"cannot be looked at ({_reason(error)}); make it readable, or leave it out")
        else:
            if stat.S_ISDIR(mode):
                _Folder(self, os.path.realpath(path), shown).look()
            elif stat.S_ISREG(mode):
                self.add_named_file(path, shown)
            else:
                # Never opened: a pipe may wait for ever, and a device may be endless.
                self.fail(path, f"is {_form(mode)}, neither a file nor a folder; save its contents to a file")

    def add_named_file(self, path: str, shown: str) -> None:
        folder, name = os.path.split(path)
        folder = os.path.realpath(folder)
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
        # Folders to look into, and whether git may know their files. No recursion: folders nest as deep as they like.
        waiting = [("", True)]
        seen = set()
        while waiting:
            folder, ask_git = waiting.pop()
            if folder in seen:
                continue
            seen.add(folder)
            nested = self.listed_by_git(folder) if ask_git and self.in_work_tree(folder) else None
            if nested is not None:
                waiting += [(below, True) for below in nested]
            else:
                waiting += self.walked(folder)

    def walked(self, folder: str) -> Iterator[tuple[str, bool]]:
        """Takes the files of one folder; gives the folders in it."""
        config = self.config(folder)
        below: list[str] = []
        files: list[str] = []
        try:
            with os.scandir(self.inside + folder) as entries:
                for entry in entries:
                    if entry.is_symlink():
                        if self.search.wanted(entry.name):
                            self.add_link(folder + entry.name)
                    elif entry.is_dir(follow_symlinks=False):
                        if entry.name not in _LEFT_OUT:
                            below.append(entry.name)
                    elif entry.name == _ENVIRONMENT_MARK and folder:
                        return
                    elif self.search.wanted(entry.name) and entry.is_file(follow_symlinks=False):
                        files.append(entry.name)
        except OSError as error:
            self.fail(folder, error)
        for name in files:
            self.add_file(config, folder + name)
        for name in below:
            if not config.excludes(f"{self.inside}{folder}{name}/"):
                yield f"{folder}{name}/", True

    def listed_by_git(self, folder: str) -> list[str] | None:
        """Takes the files of a folder and of those below it that git does not ignore.

        Gives the folders in it that are repositories of their own, about whose files git says nothing; None if git says
        nothing at all, or ignores the folder.
        """
        if self.search.git is None:
            self.search.git = _Git()
        git = self.search.git
        listed = git.files(self.inside + folder)
        if listed is None:
            return None
        records, unreadable = listed
        # A folder that git ignores has no files that are neither tracked nor ignored. The user named it, so it counts.
        if not folder and not os.path.lexists(self.inside + ".git"):
            untracked = any(record.startswith(b"? ") for record in records)
            if not untracked and git.ignores(self.inside):
                return None
        endings = tuple(os.fsencode(extension) for extension in self.search.extensions)
        nested: list[str] = []
        for record in records:
            # "? NAME" for what is untracked, with a slash at its end if it is a repository; for what is tracked
            # "H MODE HASH STAGE<tab>NAME", where the mode of a submodule is 160000.
            repository = record.endswith(b"/") or record.startswith(b"160000", 2)
            if not repository and not record.lower().endswith(endings):
                continue
            name = os.fsdecode(record[2:] if record.startswith(b"? ") else record.partition(b"\t")[2])
            above, slash, last = name.rstrip("/").rpartition("/")
            above = folder + above + slash
            # An index can be forged, and name "../x" or a file behind a link.
            if last in ("", ".", "..") or not self.enters(above):
                continue
            if repository:
                if self.enters(f"{above}{last}/"):
                    nested.append(f"{above}{last}/")
            else:
                self.look_at(above, last)
        for name in unreadable:
            self.fail(folder + name, PermissionError("permission denied"))
        return nested

    def look_at(self, folder: str, name: str) -> None:
        """Takes a file that git lists, if there is one: it can be deleted, a link, or by now something else."""
        path = folder + name
        try:
            mode = os.lstat(self.inside + path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self.fail(path, error)
            return
        if stat.S_ISREG(mode):
            self.add_file(self.config(folder), path)
        elif stat.S_ISLNK(mode):
            self.add_link(path)

    def enters(self, folder: str) -> bool:
        """Whether a folder that git lists is really below this one, and none that is left out."""
        unknown = []
        while folder not in self.entered:
            unknown.append(folder)
            folder = folder[: folder.rfind("/", 0, -1) + 1]
        result = self.entered[folder]
        for below in reversed(unknown):
            result = result and self._enters(folder, below)
            self.entered[below] = result
            folder = below
        return result

    def _enters(self, above: str, folder: str) -> bool:
        name = folder[len(above) : -1]
        if name in _LEFT_OUT or name in ("", ".", ".."):
            return False
        path = self.inside + folder
        try:
            if not stat.S_ISDIR(os.lstat(path[:-1]).st_mode):
                return False
        except OSError:  # if it cannot be looked at, nor can its files, which says so
            return not os.path.islink(path[:-1])
        return not os.path.lexists(path + _ENVIRONMENT_MARK) and not self.config(above).excludes(path)

    def add_file(self, config: Config, path: str) -> None:
        whole = self.inside + path
        if whole not in self.search.found and not config.excludes(whole):
            self.search.found[whole] = Candidate(self.prefix + path, False)

    def add_link(self, path: str) -> None:
        whole = self.inside + path
        if not self.config(path[: path.rfind("/") + 1]).excludes(whole):
            self.search.links.append((self.top, whole, self.prefix + path))

    def config(self, folder: str) -> Config:
        """The configuration that counts for what is in a folder."""
        config = self.configs.get(folder)
        if config is None:
            config = self.configs[folder] = self.search.config_for((self.inside + folder).rstrip(os.sep) or os.sep)
        return config

    def in_work_tree(self, folder: str) -> bool:
        """Whether git may know the files of a folder: it, or for the folder named one above it, has a `.git`."""
        path = self.inside + folder
        if os.path.lexists(path + ".git"):
            return True
        if folder:
            return False
        above = self.top
        while above != os.path.dirname(above):
            above = os.path.dirname(above)
            if os.path.lexists(os.path.join(above, ".git")):
                return True
        return False

    def fail(self, path: str, error: OSError) -> None:
        shown = (self.prefix + path).rstrip("/") or self.shown or "."
        self.search.fail(shown, f"cannot be looked into ({_reason(error)}); make it readable, or exclude it")


class _Git:
    """Asks git about the files of work trees, in such a way that nothing which a work tree names is run.

    A repository that was unpacked, not cloned, brings its own `.git/config`. Of what that can name, these commands
    would run: the file system monitor (`core.fsmonitor`); hooks (none in plain git, but Microsoft's runs one before
    each command, and asks `core.virtualFilesystem`); and whatever a fetch runs (`core.sshCommand`, `remote.*.uploadpack`,
    `ext::` addresses), because git fetches what a partial clone lacks when it needs it. The first three are overridden
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

    def files(self, folder: str) -> tuple[list[bytes], list[str]] | None:
        """What `git ls-files` writes about the files of a folder that it does not ignore, and the folders that it could
        not read; None if it cannot tell."""
        result = self.run(folder, "ls-files", "-z", "-t", "--stage", "--cached", "--others", "--exclude-standard")
        if result is None or result[0] != 0:
            return None
        _, output, warnings = result
        unreadable = []
        for line in warnings.splitlines():
            before, opening, rest = line.partition(b"could not open directory '")
            if before == b"warning: " and opening:
                unreadable.append(os.fsdecode(rest.rpartition(b"': ")[0]))
        return output.split(b"\0")[:-1], unreadable

    def ignores(self, folder: str) -> bool:
        """Whether git ignores a folder, by a rule for it or for one above it."""
        result = self.run(folder, "check-ignore", "--quiet", "--no-index", ".")
        return result is not None and result[0] == 0

    def run(self, folder: str, *arguments: str) -> tuple[int, bytes, bytes] | None:
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
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_GIT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
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


def _program(name: str) -> str | None:
    """The path of a program. Unlike what the system does, an empty or relative entry of PATH does not count."""
    if os.name == "nt":
        name += ".exe"
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


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
