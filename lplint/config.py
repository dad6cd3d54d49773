"""What a project asks of lplint: `lplint.toml` or `[tool.lplint]` in `pyproject.toml`, read and checked."""

from __future__ import annotations

import os

from lplint.config_file import PYPROJECT, ConfigError, contents, from_own_file, from_pyproject, given, shown, slashed
from lplint.globs import compiled, matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from lplint.config_keys import IgnoreEntry
    from lplint.model.rule import Rule
    from lplint.risk.current import Rows

# The first of a folder counts. A pyproject.toml counts only if it has a [tool.lplint] table.
OWN_FILES = ("lplint.toml", ".lplint.toml")

__all__ = ["Config", "ConfigError", "find", "forget", "load", "shown"]


class Config:
    """The configuration of a folder and of everything below it. Not to be changed once it is made.

    `path` is the file it comes from, None for the defaults. Globs are relative to the folder `root`:

    - `*` and `?` stand for characters of one name, `**` for any number of folders; nothing else is special, and case
      counts.
    - A glob without a slash is the name of a file or a folder at any depth; one with a slash starts at the root.
    - A glob that ends in a slash is a folder only.
    - A glob that matches a folder matches everything below it.
    - What is outside the root matches no glob.

    `extend` names the file of `parent`, from which it inherits: what is written for paths (`exclude`,
    `per-path-ignores`, `policy-types`, `environments`, `personas`, the tables of `ignore`) counts beside what stands
    here, relative to that file; any other key counts unless it is written here. `written` are the keys that are
    written here, with their values as written; `ignores` are the tables of `ignore`.

    The paths that its methods take are those of the file system, absolute or relative to the current folder; one that
    ends in a slash is a folder.
    """

    __slots__ = (
        "_environments",
        "_exclude",
        "_folders",
        "_per_path_ignores",
        "_personas",
        "_policy_types",
        "_prefix",
        "baseline",
        "environments",
        "exclude",
        "extend",
        "fail_on",
        "honor_foreign_ignores",
        "ignore",
        "ignores",
        "min_severity",
        "organization",
        "parent",
        "path",
        "per_path_ignores",
        "personas",
        "policy_types",
        "require_reason",
        "risk_rows",
        "root",
        "rules",
        "select",
        "trusted_accounts",
        "written",
    )

    def __init__(
        self,
        *,
        path: str | None = None,
        root: str = ".",
        select: tuple[str, ...] = ("ALL",),
        ignore: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        per_path_ignores: tuple[tuple[str, tuple[str, ...]], ...] = (),
        policy_types: tuple[tuple[str, str], ...] = (),
        environments: tuple[tuple[str, str], ...] = (),
        personas: tuple[tuple[str, str], ...] = (),
        rules: tuple[Rule, ...] = (),
        risk_rows: Rows | None = None,
        fail_on: str = "warning",
        min_severity: str = "warning",
        require_reason: bool = False,
        trusted_accounts: tuple[str, ...] = (),
        organization: str = "",
        honor_foreign_ignores: bool = False,
        baseline: str | None = None,
        ignores: tuple[IgnoreEntry, ...] = (),
        extend: str | None = None,
        parent: Config | None = None,
        written: Mapping[str, object] | None = None,
    ) -> None:
        self.path = path
        self.root = root
        self.extend = extend
        self.parent = parent
        self.written = written or {}
        self.select = select
        self.ignore = ignore
        self.exclude = exclude
        self.per_path_ignores = per_path_ignores
        self.policy_types = policy_types
        self.environments = environments
        self.personas = personas
        self.rules = rules
        self.risk_rows = risk_rows
        self.fail_on = fail_on
        self.min_severity = min_severity
        self.require_reason = require_reason
        self.trusted_accounts = trusted_accounts
        self.organization = organization
        self.honor_foreign_ignores = honor_foreign_ignores
        self.baseline = baseline
        self.ignores = ignores
        self._exclude = tuple(compiled(glob) for glob in exclude)
        self._per_path_ignores = tuple((compiled(glob), selectors) for glob, selectors in per_path_ignores)
        self._policy_types = tuple((compiled(glob), written) for glob, written in policy_types)
        self._environments = tuple((compiled(glob), written) for glob, written in environments)
        self._personas = tuple((compiled(glob), written) for glob, written in personas)
        self._prefix = ""  # the real path of the root with a slash at its end; found out when a glob is first asked
        self._folders: dict[str, str] = {}  # real paths of folders

    def excludes(self, path: str) -> bool:
        """Whether `exclude` takes this file or folder out, by its own name or by that of a folder above it."""
        if self._exclude:
            names = self._names(path)
            if any(matches(glob, names) for glob in self._exclude):
                return True
        return self.parent is not None and self.parent.excludes(path)

    def ignores_for(self, path: str) -> tuple[str, ...]:
        """The selectors of every entry of `per-path-ignores` that matches a file."""
        inherited = self.parent.ignores_for(path) if self.parent is not None else ()
        if not self._per_path_ignores:
            return inherited
        names = self._names(path)
        own = (s for glob, selectors in self._per_path_ignores if matches(glob, names) for s in selectors)
        return (*inherited, *own)

    def matches(self, glob: str, path: str) -> bool:
        """Whether a glob of this configuration matches a file."""
        return matches(compiled(glob), self._names(path))

    def policy_type(self, path: str) -> tuple[str, str] | None:
        """The kind and the service ("" where none is given) that `policy-types` says a file's policies are of.

        Of several entries that match, the last one counts, as in .gitignore: the exception stands below the rule.
        """
        written = self._last(self._policy_types, path)
        if written is None:
            return self.parent.policy_type(path) if self.parent is not None else None
        kind, _, service = written.partition(":")
        return kind, service

    def environment(self, path: str) -> str | None:
        """The environment that `environments` says a file is of; of several entries that match, the last one."""
        return self._last(self._environments, path) or (self.parent.environment(path) if self.parent else None)

    def persona(self, path: str) -> str | None:
        """Who uses the identities of a file, as `personas` says; of several entries that match, the last one."""
        return self._last(self._personas, path) or (self.parent.persona(path) if self.parent else None)

    def _last(self, entries: tuple[tuple[tuple[str, ...], str], ...], path: str) -> str | None:
        if not entries:
            return None
        names = self._names(path)
        return next((written for glob, written in reversed(entries) if matches(glob, names)), None)

    def _names(self, path: str) -> list[str]:
        """The names that lead from the root to a path, with "" at the end of a folder's; none for one outside."""
        if not self._prefix:
            self._prefix = slashed(os.path.realpath(self.root)).rstrip("/") + "/"
        whole = slashed(os.path.abspath(path))
        # Two things that names alone do not tell: where `link/..` leads, and that a path through a link is below.
        if ".." in path or not whole.startswith(self._prefix):
            whole = self._through_links(path)
            if not whole.startswith(self._prefix):
                return []
        names = whole[len(self._prefix) :].split("/")
        if path.endswith(("/", os.sep)):
            names.append("")
        return names

    def _through_links(self, path: str) -> str:
        """The absolute path of a file or folder with the links above it resolved, though not itself if it is one."""
        folder, name = os.path.split(path.rstrip("/" + os.sep))
        if name in ("", ".", ".."):
            folder, name = path, ""
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = slashed(os.path.realpath(folder))
        return f"{real.rstrip('/')}/{name}" if name else real

    def __repr__(self) -> str:
        return f"Config({self.path!r}, root={self.root!r})"


def load(path: str) -> Config:
    """The configuration in a file: of `[tool.lplint]` in a pyproject.toml, of the whole of any other."""
    given.add(os.path.realpath(path))
    data = contents(path)
    if data is None:
        raise ConfigError(f"{path}: no such file; give the path of a configuration file")
    found = from_pyproject(path, data) if os.path.basename(path) == PYPROJECT else from_own_file(path, data)
    if found is None:
        raise ConfigError(f"{path}: has no [tool.lplint] table; add one, or give another file")
    return _made(found, ())


# What is not inherited: what a file is, and what counts beside that of the parent.
_OWN = frozenset(
    {
        "path", "root", "extend", "parent", "written", "rules",
        "exclude", "per_path_ignores", "policy_types", "environments", "personas", "ignores",
    }
)  # fmt: skip
_loaded: dict[str, Config] = {}  # those that others extend, by their real path


def _made(values: dict[str, Any], chain: tuple[str, ...]) -> Config:
    """The configuration with some arguments, and what it inherits. `chain` are the files that led here."""
    wanted = values.get("extend")
    if wanted is None:
        return Config(**values)
    own = os.path.realpath(values["path"])
    if wanted in (own, *chain):
        raise ConfigError(f'{shown(values["path"])}: "extend" leads back to where it came from; break the circle')
    parent = _loaded.get(wanted)
    if parent is None:
        data = contents(wanted)
        if data is None:
            raise ConfigError(f'{shown(values["path"])}: "extend" names {shown(wanted)}, and there is no such file')
        of_file = from_pyproject if os.path.basename(wanted) == PYPROJECT else from_own_file
        found = of_file(wanted, data)
        if found is None:
            raise ConfigError(f"{shown(wanted)}: has no [tool.lplint] table; add one, or extend another file")
        parent = _loaded[wanted] = _made(found, (own, *chain))
    inherited = {name: getattr(parent, name) for name in Config.__slots__ if name[0] != "_" and name not in _OWN}
    rules = {rule.id: rule for rule in (*parent.rules, *values.get("rules", ()))}
    return Config(**{**inherited, **values, "rules": tuple(rules.values())}, parent=parent)


_nearest: dict[str, Config] = {}  # by folder


def find(directory: str) -> Config:
    """The configuration in a folder or in the nearest folder above it; the defaults if there is none."""
    folder = os.path.realpath(directory) if ".." in directory else os.path.abspath(directory)
    passed = []
    while True:
        config = _nearest.get(folder)
        if config is not None:
            break
        passed.append(folder)
        if os.path.islink(folder):
            # What stands above a link is not above the folder that it leads to.
            real = os.path.realpath(folder)
            if real not in passed:
                folder = real
                continue
        config = _in_folder(folder)
        if config is not None:
            break
        above = os.path.dirname(folder)
        if above == folder:
            config = Config()
            break
        folder = above
    for folder in passed:
        _nearest[folder] = config
    return config


def forget() -> None:
    """Forgets what was found, so that files that were edited are read again."""
    _nearest.clear()
    _loaded.clear()


def _in_folder(folder: str) -> Config | None:
    for name in OWN_FILES:
        path = os.path.join(folder, name)
        data = contents(path)
        if data is not None:
            return _made(from_own_file(path, data), ())
    path = os.path.join(folder, PYPROJECT)
    data = contents(path)
    # Most pyproject.toml files are not about lplint; the bytes tell, and reading them spares the TOML parser's import.
    if data is not None and b"lplint" in data:
        found = from_pyproject(path, data)
        return _made(found, ()) if found is not None else None
    return None
