"""What a project asks of lplint: `lplint.toml` or `[tool.lplint]` in `pyproject.toml`, read and checked."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from lplint.model.rule import Rule
    from lplint.risk.current import Rows

# The first of a folder counts. A pyproject.toml counts only if it has a [tool.lplint] table.
OWN_FILES = ("lplint.toml", ".lplint.toml")
PYPROJECT = "pyproject.toml"

ENVIRONMENTS = ("development", "staging", "production")
PERSONAS = ("human", "machine")

# tomllib keeps every prefix of a dotted key, which takes memory by the square of its length: 400 kB of "a.a.a" exhaust
# the machine. These two bounds leave it less than a second and 250 MB at worst; real files are nowhere near them.
_MOST_BYTES = 256 * 1024
_MOST_DOTS = 200
# A table of all actions of AWS has less than 1 MB.
_MOST_TABLE = 16 * 1024 * 1024


class ConfigError(Exception):
    """A configuration that cannot be followed. The message names the file, what is wrong and what to do."""


class Config:
    """The configuration of a folder and of everything below it. Not to be changed once it is made.

    `path` is the file it comes from, None for the defaults. Globs are relative to the folder `root`:

    - `*` and `?` stand for characters of one name, `**` for any number of folders; nothing else is special, and case
      counts.
    - A glob without a slash is the name of a file or a folder at any depth; one with a slash starts at the root.
    - A glob that ends in a slash is a folder only.
    - A glob that matches a folder matches everything below it.
    - What is outside the root matches no glob.

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
        "environments",
        "exclude",
        "fail_on",
        "ignore",
        "min_severity",
        "organization",
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
    ) -> None:
        self.path = path
        self.root = root
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
        self._exclude = tuple(_compiled(glob) for glob in exclude)
        self._per_path_ignores = tuple((_compiled(glob), selectors) for glob, selectors in per_path_ignores)
        self._policy_types = tuple((_compiled(glob), written) for glob, written in policy_types)
        self._environments = tuple((_compiled(glob), written) for glob, written in environments)
        self._personas = tuple((_compiled(glob), written) for glob, written in personas)
        self._prefix = ""  # the real path of the root with a slash at its end; found out when a glob is first asked
        self._folders: dict[str, str] = {}  # real paths of folders

    def excludes(self, path: str) -> bool:
        """Whether `exclude` takes this file or folder out, by its own name or by that of a folder above it."""
        if not self._exclude:
            return False
        names = self._names(path)
        return any(_matches(glob, names) for glob in self._exclude)

    def ignores_for(self, path: str) -> tuple[str, ...]:
        """The selectors of every entry of `per-path-ignores` that matches a file."""
        if not self._per_path_ignores:
            return ()
        names = self._names(path)
        return tuple(s for glob, selectors in self._per_path_ignores if _matches(glob, names) for s in selectors)

    def policy_type(self, path: str) -> tuple[str, str] | None:
        """The kind and the service ("" where none is given) that `policy-types` says a file's policies are of.

        Of several entries that match, the last one counts, as in .gitignore: the exception stands below the rule.
        """
        written = self._last(self._policy_types, path)
        if written is None:
            return None
        kind, _, service = written.partition(":")
        return kind, service

    def environment(self, path: str) -> str | None:
        """The environment that `environments` says a file is of; of several entries that match, the last one."""
        return self._last(self._environments, path)

    def persona(self, path: str) -> str | None:
        """Who uses the identities of a file, as `personas` says; of several entries that match, the last one."""
        return self._last(self._personas, path)

    def _last(self, entries: tuple[tuple[tuple[str, ...], str], ...], path: str) -> str | None:
        if not entries:
            return None
        names = self._names(path)
        return next((written for glob, written in reversed(entries) if _matches(glob, names)), None)

    def _names(self, path: str) -> list[str]:
        """The names that lead from the root to a path, with "" at the end of a folder's; none for one outside."""
        if not self._prefix:
            self._prefix = _slashed(os.path.realpath(self.root)).rstrip("/") + "/"
        whole = _slashed(os.path.abspath(path))
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
            real = self._folders[folder] = _slashed(os.path.realpath(folder))
        return f"{real.rstrip('/')}/{name}" if name else real

    def __repr__(self) -> str:
        return f"Config({self.path!r}, root={self.root!r})"


def load(path: str) -> Config:
    """The configuration in a file: of `[tool.lplint]` in a pyproject.toml, of the whole of any other."""
    data = _read(path)
    if data is None:
        raise ConfigError(f"{path}: no such file; give the path of a configuration file")
    config = _from_pyproject(path, data) if os.path.basename(path) == PYPROJECT else _from_own_file(path, data)
    if config is None:
        raise ConfigError(f"{path}: has no [tool.lplint] table; add one, or give another file")
    return config


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


def _in_folder(folder: str) -> Config | None:
    for name in OWN_FILES:
        path = os.path.join(folder, name)
        data = _read(path)
        if data is not None:
            return _from_own_file(path, data)
    path = os.path.join(folder, PYPROJECT)
    data = _read(path)
    # Most pyproject.toml files are not about lplint; the bytes tell, and reading them spares the TOML parser's import.
    if data is not None and b"lplint" in data:
        return _from_pyproject(path, data)
    return None


def _read(path: str) -> bytes | None:
    """The bytes of a file; None if there is none. A pipe or a device is none: to open one can take for ever."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
    except (OSError, ValueError):
        return None
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"{_shown(path)}: cannot be read ({error.strerror}); make it readable, or name another file with --config"
        ) from None
    return data


def _from_own_file(path: str, data: bytes) -> Config:
    table = _parsed(path, data)
    if isinstance(table.get("tool"), dict):
        raise ConfigError(
            f"{_shown(path)}: there is no key {_quoted('tool')}; in this file the keys of lplint stand at the top, "
            "without [tool.lplint]"
        )
    return _config(path, _shown(path), table)


def _from_pyproject(path: str, data: bytes) -> Config | None:
    tool = _parsed(path, data).get("tool")
    if not isinstance(tool, dict) or "lplint" not in tool:
        return None
    table = tool["lplint"]
    if not isinstance(table, dict):
        raise ConfigError(f'{_shown(path)}: "tool.lplint" takes a table, and is {_shape(table)}; write [tool.lplint]')
    return _config(path, f"{_shown(path)}: [tool.lplint]", table)


def _parsed(path: str, data: bytes) -> dict[str, object]:
    import tomllib

    where = _shown(path)
    if len(data) > _MOST_BYTES:
        raise ConfigError(f"{where}: is larger than {_MOST_BYTES // 1024} kB; make it smaller")
    lines = data.split(b"\n")
    for number, line in enumerate(lines, 1):
        if line.count(b".") > _MOST_DOTS:
            raise ConfigError(
                f"{where}: line {number} has more than {_MOST_DOTS} dots, which can take endless memory to read; "
                "break it into several lines"
            )
    try:
        return tomllib.loads(data.decode("utf-8-sig"))  # some editors of Windows begin a file with a byte order mark
    except UnicodeDecodeError as error:
        line_number = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{where}: line {line_number} is not UTF-8; save the file as UTF-8") from None
    except RecursionError:
        raise ConfigError(f"{where}: holds lists or tables that are nested too deeply; make them flat") from None
    except ValueError as error:
        raise ConfigError(f"{where}: is not valid TOML: {error}; correct it there") from None


def _config(path: str, where: str, table: Mapping[str, object]) -> Config:
    unknown = [key for key in table if key not in _KEYS]
    if unknown:
        raise ConfigError(f"{where}: {_unknown_key(unknown[0])}")
    values: dict[str, Any] = {}
    for key, value in table.items():
        values[key.replace("-", "_")] = _KEYS[key](f"{where}: {_quoted(key)}", value)
    root = os.path.realpath(os.path.dirname(path))
    risk, frequency = values.pop("risk_table", None), values.pop("frequency_table", None)
    if risk is not None or frequency is not None:
        values["risk_rows"] = _risk_rows(where, root, risk, frequency)
    if "rules" in values:
        values["rules"] = _own_rules(where, root, values["rules"])
    return Config(path=path, root=root, **values)


def _risk_rows(where: str, root: str, risk: str | None, frequency: str | None) -> Rows:
    from lplint.risk import rows
    from lplint.risk.current import Rows

    risks: dict[str, tuple[int, str]] = {}
    frequencies: dict[str, int] = {}
    others = None
    for key, path in (("risk-table", risk), ("frequency-table", frequency)):
        if path is None:
            continue
        text = _text_of(f"{where}: {_quoted(key)}", os.path.join(root, path))
        try:
            if key == "risk-table":
                risks = rows.risks(text)
            else:
                frequencies, others = rows.frequencies(text)
        except rows.TableError as error:
            raise ConfigError(f"{_shown(os.path.join(root, path))}: {error}; correct it there") from None
    return Rows(risks, frequencies, others)


def _own_rules(where: str, root: str, globs: Iterable[str]) -> tuple[Rule, ...]:
    """The rules in the files that some globs match, in the order of their paths."""
    from glob import glob

    from lplint import own_rules

    found: list[Rule] = []
    read: set[str] = set()
    for pattern in globs:
        paths = sorted(glob(os.path.join(root, pattern), recursive=True))
        if not paths:
            raise ConfigError(f'{where}: "rules" holds {_quoted(pattern)}, and there is no such file; correct it')
        for path in paths:
            if path in read:
                continue
            read.add(path)
            data = _read(path)
            if data is None:
                raise ConfigError(f'{where}: "rules" holds {_quoted(pattern)}, which is no file; name files')
            try:
                found.append(own_rules.add(_parsed(path, data), found))
            except own_rules.OwnRuleError as error:
                raise ConfigError(f"{_shown(path)}: {error}") from None
    return tuple(found)


def _text_of(where: str, path: str) -> str:
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read(_MOST_TABLE)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(
            f"{where} names {_quoted(_shown(path))}, which cannot be read ({reason}); correct it"
        ) from None


def _unknown_key(key: str) -> str:
    import difflib

    near = difflib.get_close_matches(key.replace("_", "-").lower(), _KEYS, 1)
    hint = f" (did you mean {_quoted(near[0])}?)" if near else ""
    return f"there is no key {_quoted(key)}{hint}; the keys are {_listed(_KEYS, 'and')}"


def _strings(where: str, value: object) -> tuple[str, ...]:
    """A list of strings."""
    if not isinstance(value, list):
        raise ConfigError(f"{where} takes a list of strings, and is {_shape(value)}; write it in brackets")
    for item in value:
        if not isinstance(item, str):
            raise ConfigError(f"{where} takes a list of strings, and holds {_shape(item)}; write that in quotes")
    return tuple(value)


def _globs(where: str, value: object) -> tuple[str, ...]:
    return tuple(_glob(where, glob) for glob in _strings(where, value))


def _per_path_ignores(where: str, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (_glob(where, glob), _strings(f"{where}: {_quoted(glob)}", selectors))
        for glob, selectors in _table(where, value, "lists of rules")
    )


def _policy_types(where: str, value: object) -> tuple[tuple[str, str], ...]:
    return tuple(
        (_glob(where, glob), _policy_type(f"{where}: {_quoted(glob)}", written))
        for glob, written in _table(where, value, "policy types")
    )


def _table(where: str, value: object, of_what: str) -> Iterable[tuple[str, object]]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where} takes a table from globs to {of_what}, and is {_shape(value)}; write it as a table")
    return value.items()


def _policy_type(where: str, value: object) -> str:
    from lplint.model.policy import PolicyKind

    known = [kind.value for kind in PolicyKind if kind is not PolicyKind.UNKNOWN]
    if isinstance(value, str):
        kind, colon, service = value.partition(":")
        if kind in known and (not colon or (kind == PolicyKind.RESOURCE.value and _is_service(service))):
            return value
    written = _quoted(value) if isinstance(value, str) else _shape(value)
    raise ConfigError(
        f"{where} takes {_listed(known, 'or')}, and is {written}; "
        'the service of a resource policy is written after a colon, as in "resource:s3"'
    )


def _environments(where: str, value: object) -> tuple[tuple[str, str], ...]:
    return _by_glob(where, value, "environments", ENVIRONMENTS)


def _personas(where: str, value: object) -> tuple[tuple[str, str], ...]:
    return _by_glob(where, value, "personas", PERSONAS)


def _by_glob(where: str, value: object, of_what: str, known: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    made = []
    for glob, written in _table(where, value, of_what):
        if written not in known:
            shown = _quoted(written) if isinstance(written, str) else _shape(written)
            raise ConfigError(
                f"{where}: {_quoted(glob)} takes {_listed(known, 'or')}, and is {shown}; write one of these"
            )
        made.append((_glob(where, glob), str(written)))
    return tuple(made)


def _accounts(where: str, value: object) -> tuple[str, ...]:
    found = _strings(where, value)
    for one in found:
        if not (len(one) == 12 and one.isascii() and one.isdigit()):
            raise ConfigError(f"{where} takes ids of accounts, and holds {_quoted(one)}; write their twelve digits")
    return found


def _organization(where: str, value: object) -> str:
    if not isinstance(value, str) or not value.startswith("o-") or not value[2:].isalnum():
        written = _quoted(value) if isinstance(value, str) else _shape(value)
        raise ConfigError(f'{where} takes the id of an organization, and is {written}; write it as in "o-a1b2c3d4e5"')
    return value


def _path(where: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{where} takes the path of a file, and is {_shape(value)}; write it in quotes")
    return value


def _is_service(name: str) -> bool:
    """Whether this can be the prefix of a service's actions: small letters, digits and hyphens."""
    return name != "" and name.isascii() and name.replace("-", "a").isalnum() and name == name.lower()


def _bool(where: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{where} takes true or false, and is {_shape(value)}; write one of these")
    return value


def _severity(where: str, value: object) -> str:
    from lplint.model.rule import SEVERITIES

    if isinstance(value, str) and value in SEVERITIES:
        return value
    written = _quoted(value) if isinstance(value, str) else _shape(value)
    known = _listed(reversed(list(SEVERITIES)), "or")
    raise ConfigError(f"{where} takes {known}, and is {written}; write one of these")


def _glob(where: str, glob: str) -> str:
    """A glob, if it is one that can match and means here what it means elsewhere."""
    names = glob.split("/")
    if not any(name not in ("", ".") for name in names):
        raise ConfigError(f'{where} holds an empty glob; write "**" for everything')
    if glob.startswith("!"):
        raise ConfigError(f"{where} holds {_quoted(glob)}, and a glob cannot be negated; write what it shall match")
    if "\\" in glob:
        raise ConfigError(f"{where} holds {_quoted(glob)} with a backslash; write globs with forward slashes")
    if ".." in names:
        raise ConfigError(
            f"{where} holds {_quoted(glob)}, which leaves the folder of this file; write it relative to that folder"
        )
    return glob


_KEYS: dict[str, Callable[[str, object], object]] = {
    "select": _strings,
    "ignore": _strings,
    "exclude": _globs,
    "per-path-ignores": _per_path_ignores,
    "policy-types": _policy_types,
    "environments": _environments,
    "personas": _personas,
    "rules": _globs,
    "risk-table": _path,
    "frequency-table": _path,
    "fail-on": _severity,
    "min-severity": _severity,
    "require-reason": _bool,
    "trusted-accounts": _accounts,
    "organization": _organization,
}


def _shown(path: str) -> str:
    """A path for people: relative to the current folder if it is below it."""
    try:
        return _slashed(path.removeprefix(os.path.join(os.getcwd(), "")))
    except OSError:  # the current folder is gone
        return _slashed(path)


def _slashed(path: str) -> str:
    return path if os.sep == "/" else path.replace(os.sep, "/")


def _quoted(text: str) -> str:
    return f'"{text if len(text) <= 80 else text[:79] + "…"}"'


def _listed(words: Iterable[str], last: str) -> str:
    *most, end = map(_quoted, words)
    return f"{', '.join(most)} {last} {end}"


def _shape(value: object) -> str:
    """What a value of TOML is called."""
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {str: "a string", int: "a number", float: "a number", list: "a list", dict: "a table"}
    return names.get(type(value), "a date or time")


def _compiled(glob: str) -> tuple[str, ...]:
    """A glob as what `_matches` takes: the names it asks for one after the other, `**` for any number of them."""
    names = [name for name in glob.split("/") if name not in ("", ".")]
    if names and "/" not in glob.rstrip("/"):
        names.insert(0, "**")
    compiled: list[str] = []
    for name in names:
        if name != "**":
            compiled.append(_with_single_stars(name))
        elif compiled[-1:] != ["**"]:
            compiled.append(name)
    if compiled and compiled[-1] == "**":
        compiled[-1] = "*"  # "a/**" is what is below a; at least one name, and what is below that matches anyway
    if compiled and glob.endswith("/"):
        compiled.append("*")
    return tuple(compiled)


def _with_single_stars(pattern: str) -> str:
    """The pattern of a name, in which several stars mean no more than one."""
    while "**" in pattern:
        pattern = pattern.replace("**", "*")
    return pattern


def _matches(glob: tuple[str, ...], names: list[str]) -> bool:
    """Whether a glob matches a path or a folder above it.

    Takes time proportional to the product of the two lengths at worst: to stretch the last `**` is enough, because what
    stands before it has found its first place already.
    """
    if not glob:
        return False
    wanted = at = stretched = 0
    stars = -1
    while wanted < len(glob):
        if glob[wanted] == "**":
            stars, stretched = wanted, at
            wanted += 1
        elif at == len(names):
            return False
        elif _name_matches(glob[wanted], names[at]):
            wanted += 1
            at += 1
        elif stars >= 0:
            stretched += 1
            wanted, at = stars + 1, stretched
        else:
            return False
    return True


def _name_matches(pattern: str, name: str) -> bool:
    """Whether `*` (any characters) and `?` (one) of a pattern can be filled so that it is the name."""
    if pattern in (name, "*"):
        return True
    if "*" not in pattern and "?" not in pattern:
        return False
    wanted = at = stretched = 0
    star = -1
    while at < len(name):
        if wanted < len(pattern) and pattern[wanted] == "*":
            star, stretched = wanted, at
            wanted += 1
        elif wanted < len(pattern) and pattern[wanted] in ("?", name[at]):
            wanted += 1
            at += 1
        elif star >= 0:
            stretched += 1
            wanted, at = star + 1, stretched
        else:
            return False
    return not pattern[wanted:].strip("*")
