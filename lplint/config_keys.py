"""The keys of the configuration: what each takes, and what is said of what it does not take."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

ENVIRONMENTS = ("development", "staging", "production")
PERSONAS = ("human", "machine")


class WrongValueError(Exception):
    """A key that there is not, or a value that it does not take; the message is a sentence with the place."""


class IgnoreEntry:
    """An entry of `ignore` that accepts findings in one place: `number` is its place in the list, from 0. Of `path`,
    `origin` and `sid` what is "" is not asked for. `until` is the last day on which it holds, as written."""

    __slots__ = ("number", "origin", "path", "reason", "rules", "sid", "until")

    def __init__(
        self, number: int, rules: tuple[str, ...], path: str, origin: str, sid: str, reason: str, until: str | None
    ) -> None:
        self.number = number
        self.rules = rules
        self.path = path
        self.origin = origin
        self.sid = sid
        self.reason = reason
        self.until = until


_OF_IGNORE = ("rule", "path", "origin", "sid", "reason", "until")
_DATE = "a date or time"

# What is about paths adds up with what an extended file says; any other key replaces what it says.
ADDED_UP = frozenset({"exclude", "per-path-ignores", "policy-types", "environments", "personas", "rules"})


def values(where: str, table: Mapping[str, object]) -> dict[str, Any]:
    """What the keys of a table say, by the attributes of a Config. `where` begins each message. Raises
    WrongValueError."""
    unknown = [key for key in table if key not in KEYS]
    if unknown:
        raise WrongValueError(f"{where}: {_unknown_key(unknown[0], KEYS)}")
    return {key.replace("-", "_"): KEYS[key](f"{where}: {quoted(key)}", value) for key, value in table.items()}


def _unknown_key(key: str, known: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(key.replace("_", "-").lower(), known, 1)
    hint = f" (did you mean {quoted(near[0])}?)" if near else ""
    return f"there is no key {quoted(key)}{hint}; the keys are {listed(known, 'and')}"


def _strings(where: str, value: object) -> tuple[str, ...]:
    """A list of strings."""
    if not isinstance(value, list):
        raise WrongValueError(f"{where} takes a list of strings, and is {shape(value)}; write it in brackets")
    for item in value:
        if not isinstance(item, str):
            raise WrongValueError(f"{where} takes a list of strings, and holds {shape(item)}; write that in quotes")
    return tuple(value)


def _ignores(where: str, value: object) -> tuple[str | IgnoreEntry, ...]:
    """Rules that are left out everywhere, and tables that accept findings in one place."""
    if not isinstance(value, list):
        raise WrongValueError(
            f"{where} takes a list of strings or tables, and is {shape(value)}; write it in brackets, or as [[ignore]]"
        )
    made: list[str | IgnoreEntry] = []
    for number, item in enumerate(value):
        if isinstance(item, dict):
            made.append(_ignore_entry(f"{where}: table {number + 1}", item, number))
        elif isinstance(item, str):
            made.append(item)
        else:
            raise WrongValueError(
                f"{where} takes a list of strings or tables, and holds {shape(item)}; write that in quotes"
            )
    return tuple(made)


def _ignore_entry(where: str, table: Mapping[str, object], number: int) -> IgnoreEntry:
    for key in table:
        if key not in _OF_IGNORE:
            raise WrongValueError(f"{where}: {_unknown_key(key, _OF_IGNORE)}")
    if "rule" not in table:
        raise WrongValueError(f'{where} has no "rule"; write the id or the name of the rule that it accepts')
    rule = table["rule"]
    rules = (rule,) if isinstance(rule, str) else _strings(f'{where}: "rule"', rule)
    texts = {}
    for key in ("path", "origin", "sid", "reason"):
        value = table.get(key, "")
        if not isinstance(value, str):
            raise WrongValueError(f"{where}: {quoted(key)} takes a string, and is {shape(value)}; write it in quotes")
        texts[key] = value
    if texts["path"]:
        _glob(f'{where}: "path"', texts["path"])
    until = table.get("until")
    if until is not None and not isinstance(until, str):
        if shape(until) != _DATE:
            raise WrongValueError(f'{where}: "until" takes a day, and is {shape(until)}; write it as 2027-01-31')
        until = str(until)
    return IgnoreEntry(number, rules, texts["path"], texts["origin"], texts["sid"], texts["reason"], until)


def _globs(where: str, value: object) -> tuple[str, ...]:
    return tuple(_glob(where, glob) for glob in _strings(where, value))


def _per_path_ignores(where: str, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (_glob(where, glob), _strings(f"{where}: {quoted(glob)}", selectors))
        for glob, selectors in _table(where, value, "lists of rules")
    )


def _policy_types(where: str, value: object) -> tuple[tuple[str, str], ...]:
    return tuple(
        (_glob(where, glob), _policy_type(f"{where}: {quoted(glob)}", written))
        for glob, written in _table(where, value, "policy types")
    )


def _table(where: str, value: object, of_what: str) -> Iterable[tuple[str, object]]:
    if not isinstance(value, dict):
        raise WrongValueError(
            f"{where} takes a table from globs to {of_what}, and is {shape(value)}; write it as a table"
        )
    return value.items()


def _policy_type(where: str, value: object) -> str:
    from lplint.model.policy import PolicyKind

    known = [kind.value for kind in PolicyKind if kind is not PolicyKind.UNKNOWN]
    if isinstance(value, str):
        kind, colon, service = value.partition(":")
        if kind in known and (not colon or (kind == PolicyKind.RESOURCE.value and _is_service(service))):
            return value
    written = quoted(value) if isinstance(value, str) else shape(value)
    raise WrongValueError(
        f"{where} takes {listed(known, 'or')}, and is {written}; "
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
            shown = quoted(written) if isinstance(written, str) else shape(written)
            raise WrongValueError(
                f"{where}: {quoted(glob)} takes {listed(known, 'or')}, and is {shown}; write one of these"
            )
        made.append((_glob(where, glob), str(written)))
    return tuple(made)


def _accounts(where: str, value: object) -> tuple[str, ...]:
    found = _strings(where, value)
    for one in found:
        if not (len(one) == 12 and one.isascii() and one.isdigit()):
            raise WrongValueError(f"{where} takes ids of accounts, and holds {quoted(one)}; write their twelve digits")
    return found


def _organization(where: str, value: object) -> str:
    if not isinstance(value, str) or not value.startswith("o-") or not value[2:].isalnum():
        written = quoted(value) if isinstance(value, str) else shape(value)
        raise WrongValueError(
            f'{where} takes the id of an organization, and is {written}; write it as in "o-a1b2c3d4e5"'
        )
    return value


def _path(where: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise WrongValueError(f"{where} takes the path of a file, and is {shape(value)}; write it in quotes")
    return value


def _is_service(name: str) -> bool:
    """Whether this can be the prefix of a service's actions: small letters, digits and hyphens."""
    return name != "" and name.isascii() and name.replace("-", "a").isalnum() and name == name.lower()


def _bool(where: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise WrongValueError(f"{where} takes true or false, and is {shape(value)}; write one of these")
    return value


def _severity(where: str, value: object) -> str:
    from lplint.model.rule import SEVERITIES

    if isinstance(value, str) and value in SEVERITIES:
        return value
    written = quoted(value) if isinstance(value, str) else shape(value)
    known = listed(reversed(list(SEVERITIES)), "or")
    raise WrongValueError(f"{where} takes {known}, and is {written}; write one of these")


def _glob(where: str, glob: str) -> str:
    """A glob, if it is one that can match and means here what it means elsewhere."""
    names = glob.split("/")
    if not any(name not in ("", ".") for name in names):
        raise WrongValueError(f'{where} holds an empty glob; write "**" for everything')
    if glob.startswith("!"):
        raise WrongValueError(f"{where} holds {quoted(glob)}, and a glob cannot be negated; write what it shall match")
    if "\\" in glob:
        raise WrongValueError(f"{where} holds {quoted(glob)} with a backslash; write globs with forward slashes")
    if ".." in names:
        raise WrongValueError(
            f"{where} holds {quoted(glob)}, which leaves the folder of this file; write it relative to that folder"
        )
    return glob


def _parliament(where: str, value: object) -> Mapping[str, object]:
    """A table that says how parliament runs; that it is there says that it does."""
    if not isinstance(value, dict):
        raise WrongValueError(
            f"{where} takes a table, and is {shape(value)}; write [parliament], empty if nothing is set"
        )
    known: dict[str, Callable[[str, object], object]] = {"private-auditors": _path, "community-auditors": _bool}
    for key, one in value.items():
        if key not in known:
            raise WrongValueError(f"{where}: there is no key {quoted(key)}; the keys are {listed(known, 'and')}")
        known[key](f"{where}: {quoted(key)}", one)
    return value


KEYS: dict[str, Callable[[str, object], object]] = {
    "select": _strings,
    "ignore": _ignores,
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
    "honor-foreign-ignores": _bool,
    "baseline": _path,
    "extend": _path,
    "parliament": _parliament,
}


def quoted(text: str) -> str:
    return f'"{text if len(text) <= 80 else text[:79] + "…"}"'


def listed(words: Iterable[str], last: str) -> str:
    *most, end = map(quoted, words)
    return f"{', '.join(most)} {last} {end}"


def shape(value: object) -> str:
    """What a value of TOML is called."""
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {str: "a string", int: "a number", float: "a number", list: "a list", dict: "a table"}
    return names.get(type(value), _DATE)
