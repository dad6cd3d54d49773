"""The file of a configuration: its text read within bounds, its keys checked, and the files that it names read."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from lplint.model.rule import Rule
    from lplint.risk.current import Rows

PYPROJECT = "pyproject.toml"
# tomllib keeps every prefix of a dotted key, which takes memory by the square of its length: 400 kB of "a.a.a" exhaust
# the machine. These two bounds leave it less than a second and 250 MB at worst; real files are nowhere near them.
_MOST_BYTES = 256 * 1024
_MOST_DOTS = 200
# A table of all actions of AWS has less than 1 MB.
_MOST_TABLE = 16 * 1024 * 1024
given: set[str] = set()  # the real paths of the configurations that somebody named


class ConfigError(Exception):
    """A configuration that cannot be followed. The message names the file, what is wrong and what to do."""


def from_own_file(path: str, data: bytes) -> dict[str, Any]:
    """The arguments of the Config that lplint's own file describes. Raises ConfigError."""
    table = _parsed(path, data)
    if isinstance(table.get("tool"), dict):
        raise ConfigError(
            f'{shown(path)}: there is no key "tool"; in this file the keys of lplint stand at the top, '
            "without [tool.lplint]"
        )
    return _arguments(path, shown(path), table)


def from_pyproject(path: str, data: bytes) -> dict[str, Any] | None:
    """The arguments of the Config that a pyproject.toml describes; None if it is not about lplint. Raises
    ConfigError."""
    tool = _parsed(path, data).get("tool")
    if not isinstance(tool, dict) or "lplint" not in tool:
        return None
    table = tool["lplint"]
    if not isinstance(table, dict):
        from lplint import config_keys

        raise ConfigError(
            f'{shown(path)}: "tool.lplint" takes a table, and is {config_keys.shape(table)}; write [tool.lplint]'
        )
    return _arguments(path, f"{shown(path)}: [tool.lplint]", table)


def _parsed(path: str, data: bytes) -> dict[str, object]:
    import tomllib

    where = shown(path)
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
        todo = "correct it there"
        if b"[[ignore]]" in data or b"[[tool.lplint.ignore]]" in data:
            todo = 'correct it there ("ignore" is a list of names or tables [[ignore]], and cannot be written as both)'
        raise ConfigError(f"{where}: is not valid TOML: {error}; {todo}") from None


def _arguments(path: str, where: str, table: Mapping[str, object]) -> dict[str, Any]:
    from lplint import config_keys

    try:
        values = config_keys.values(where, table)
    except config_keys.WrongValueError as error:
        raise ConfigError(str(error)) from None
    root = os.path.realpath(os.path.dirname(path))
    ignores = values.pop("ignore", None)
    if ignores is not None:
        rules = tuple(one for one in ignores if isinstance(one, str))
        if rules or not ignores:
            values["ignore"] = rules
        values["ignores"] = tuple(one for one in ignores if not isinstance(one, str))
    risk, frequency = values.pop("risk_table", None), values.pop("frequency_table", None)
    if risk is not None or frequency is not None:
        values["risk_rows"] = _risk_rows(where, root, risk, frequency)
    if "rules" in values:
        values["rules"] = _own_rules(where, root, values["rules"])
    parliament = values.pop("parliament", None)
    if parliament is not None:
        # Auditors are code. A folder somewhere below, which may be other people's, cannot have its own run.
        ours = os.path.realpath(path) in given or _is_here_or_above(root)
        if not ours and "private-auditors" in parliament:
            raise ConfigError(
                f'{where}: "private-auditors" is run only if lplint runs in the folder of this file or below it, or is '
                "given the file by --config"
            )
        values["rules"] = (*values.get("rules", ()), *_auditors(where, root, parliament))
    if "baseline" in values:
        _inside(where, "baseline", root, values["baseline"])
        values["baseline"] = os.path.join(root, values["baseline"])
    if "extend" in values:
        values["extend"] = _inside(where, "extend", root, values["extend"])
    return {"path": path, "root": root, "written": table, **values}


def _is_here_or_above(folder: str) -> bool:
    try:
        here = os.path.realpath(os.getcwd())
    except OSError:  # the current folder is gone
        return False
    return (here + os.sep).startswith(folder.rstrip(os.sep) + os.sep)


def _auditors(where: str, root: str, wanted: Mapping[str, object]) -> tuple[Rule, ...]:
    """The rules of parliament, and of a team's own auditors for it."""
    from lplint import auditors

    private = wanted.get("private-auditors")
    try:
        return auditors.rules(
            os.path.join(root, str(private)) if private is not None else None,
            wanted.get("community-auditors") is True,
        )
    except auditors.AuditorsError as error:
        raise ConfigError(f'{where}: "parliament": {error}') from None


def _inside(where: str, key: str, root: str, written: str) -> str:
    """The path of a file that a key names: one of the same repository, if this is in one. Raises ConfigError."""
    path = os.path.realpath(os.path.join(root, written))
    repository = root
    while not os.path.exists(os.path.join(repository, ".git")):
        above = os.path.dirname(repository)
        if above == repository:
            return path
        repository = above
    if os.path.isabs(written) or not path.startswith(os.path.join(repository, "")):
        from lplint import config_keys

        raise ConfigError(
            f"{where}: {config_keys.quoted(key)} names {config_keys.quoted(written)}, which is outside the repository; "
            "name a file in it, relative to this one"
        )
    return path


def _risk_rows(where: str, root: str, risk: str | None, frequency: str | None) -> Rows:
    from lplint import config_keys
    from lplint.risk import rows
    from lplint.risk.current import Rows

    risks: dict[str, tuple[int, str]] = {}
    frequencies: dict[str, int] = {}
    others = None
    for key, path in (("risk-table", risk), ("frequency-table", frequency)):
        if path is None:
            continue
        _inside(where, key, root, path)
        text = _text_of(f"{where}: {config_keys.quoted(key)}", os.path.join(root, path))
        try:
            if key == "risk-table":
                risks = rows.risks(text)
            else:
                frequencies, others = rows.frequencies(text)
        except rows.TableError as error:
            raise ConfigError(f"{shown(os.path.join(root, path))}: {error}; correct it there") from None
    return Rows(risks, frequencies, others)


def _own_rules(where: str, root: str, globs: Iterable[str]) -> tuple[Rule, ...]:
    """The rules in the files that some globs match, in the order of their paths."""
    from glob import glob

    from lplint import config_keys, own_rules

    found: list[Rule] = []
    read: set[str] = set()
    for pattern in globs:
        if os.path.isabs(pattern):
            raise ConfigError(
                f'{where}: "rules" holds {config_keys.quoted(pattern)}, which is no path from the folder of this file; '
                "leave out the slash at its start"
            )
        paths = sorted(glob(os.path.join(root, pattern), recursive=True))
        if not paths:
            raise ConfigError(
                f'{where}: "rules" holds {config_keys.quoted(pattern)}, and there is no such file; correct it'
            )
        for path in paths:
            if path in read:
                continue
            read.add(path)
            _inside(where, "rules", root, os.path.relpath(path, root))
            data = contents(path)
            if data is None:
                raise ConfigError(f'{where}: "rules" holds {config_keys.quoted(pattern)}, which is no file; name files')
            try:
                found.append(own_rules.add(_parsed(path, data), found))
            except own_rules.OwnRuleError as error:
                raise ConfigError(f"{shown(path)}: {error}") from None
    return tuple(found)


def _text_of(where: str, path: str) -> str:
    from lplint import config_keys

    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise OSError(0, "it is no file")
        with open(path, encoding="utf-8-sig") as file:
            return file.read(_MOST_TABLE)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(
            f"{where} names {config_keys.quoted(shown(path))}, which cannot be read ({reason}); correct it"
        ) from None


def contents(path: str) -> bytes | None:
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
            f"{shown(path)}: cannot be read ({error.strerror}); make it readable, or name another file with --config"
        ) from None
    return data


def shown(path: str) -> str:
    """A path for people: relative to the current folder if it is below it."""
    try:
        return slashed(path.removeprefix(os.path.join(os.getcwd(), "")))
    except OSError:  # the current folder is gone
        return slashed(path)


def slashed(path: str) -> str:
    return path if os.sep == "/" else path.replace(os.sep, "/")
