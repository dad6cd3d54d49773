"""Rules that need no function: these actions, on such resources, without such conditions.

A rule's file says so in `[match]`, or in several `[[match]]` tables of which each finds for itself; `rules/` and
organisations write the same. Its keys:

- `effect`: Allow, which is the default, or Deny.
- `actions`: patterns; an entry of the statement that covers an action which one of them matches. `not-actions` takes
  some out again, `access-levels` and `categories` keep those of a level or a category of the table of risks, `risk`
  those of at least that risk. Without any of them every action will do.
- `by-name`: whether an entry counts only if it names the action in full.
- `whole-services`: whether an entry such as `iam:*` counts too. By default it does not: wildcard-service
  and unlimited-service tell it.
- `resources`: patterns; an entry of Resource that lies within one of them, or covers it. `not-resources` takes out
  those that lie within one of these. `reach` says how far those
  that are named must go: `every` resource of the action's kind, `some` by a wildcard, or `one`; it may be a list.
- `principals`: patterns; a principal of the statement. `*` is everyone.
- `services`: those of whose resources the policy is.
- `without-conditions`: condition keys; no condition on one of them keeps anything out. `key=value` is a condition that
  holds for this value. `with-conditions`: there is a condition on one of them.
- `at`: what a finding underlines: the `action`, the `resource` or the `principal`.
- `message`: a sentence; `{actions}` stands for the actions, `{resource}` for the entry of Resource.
"""

from __future__ import annotations

from functools import cache

from lplint.access.limits import conditions_on, keeps_out_nothing, unread
from lplint.access.patterns import contains, matches, widest
from lplint.access.reach import certain, is_every_arn, reaches_all
from lplint.access.resources import may_act_on
from lplint.checks.grants import (
    NAMED,
    cancels,
    covers_everything,
    covers_service,
    denied,
    listed,
    ranked,
    riskiest,
    values,
)
from lplint.checks.passing import passed_to_service
from lplint.checks.suggest import did_you_mean
from lplint.model.finding import Problem, Related
from lplint.risk.current import remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from lplint.model.policy import Condition, Policy, Statement
    from lplint.model.source import Span
    from lplint.model.text import Text
    from lplint.risk.table import Rating

_REACHES = ("every", "some", "one")
_PLACES = ("action", "resource", "principal")
_LEVELS = ("Permissions management", "Write", "Tagging", "Read", "List")


class MatchError(Exception):
    """A `[match]` table is not as it should be; the message names the key."""


class Match:
    """One `[match]` table, as the module's docstring describes it."""

    __slots__ = (
        "access_levels",
        "actions",
        "at",
        "by_name",
        "categories",
        "effect",
        "message",
        "not_actions",
        "not_resources",
        "principals",
        "reach",
        "resources",
        "risk",
        "services",
        "services_named",
        "whole_services",
        "with_conditions",
        "without_conditions",
    )

    def __init__(
        self,
        *,
        message: str,
        effect: str = "Allow",
        actions: Sequence[str] = (),
        not_actions: Sequence[str] = (),
        access_levels: Sequence[str] = (),
        categories: Sequence[str] = (),
        risk: int = 0,
        by_name: bool = False,
        whole_services: bool = False,
        resources: Sequence[str] = (),
        not_resources: Sequence[str] = (),
        reach: Sequence[str] = (),
        principals: Sequence[str] = (),
        services: Sequence[str] = (),
        without_conditions: Sequence[str] = (),
        with_conditions: Sequence[str] = (),
        at: str = "action",
    ) -> None:
        self.message = message
        self.effect = effect
        self.actions = tuple(one.lower() for one in actions)
        prefixes = frozenset(one.partition(":")[0] for one in self.actions)
        # Empty where the actions may be of any service.
        self.services_named = prefixes if not any("*" in one or "?" in one for one in prefixes) else frozenset()
        self.not_actions = tuple(one.lower() for one in not_actions)
        self.access_levels = frozenset(access_levels)
        self.categories = frozenset(categories)
        self.risk = risk
        self.by_name = by_name
        self.whole_services = whole_services
        self.not_resources = tuple(not_resources)
        self.resources = tuple(resources)
        self.reach = tuple(reach)
        self.principals = tuple(principals)
        self.services = frozenset(services)
        self.without_conditions = tuple(_key(one) for one in without_conditions)
        self.with_conditions = tuple(one.lower() for one in with_conditions)
        self.at = at


def _key(written: str) -> tuple[str, str]:
    key, _, value = written.partition("=")
    return key.lower(), value.lower()


def check_of(tables: Sequence[Match]) -> Callable[[Policy], Iterator[Problem]]:
    """The check of a rule that consists of such tables."""

    def check(policy: Policy) -> Iterator[Problem]:
        for match in tables:
            yield from _found(policy, match)

    return check


def built_in() -> dict[str, Callable[[Policy], Iterator[Problem]]]:
    """The checks of the rules that lplint brings in this form, by id."""
    from lplint._generated.matches import MATCHES

    return {id: _lazily(id) for id in MATCHES}  # noqa: A001


def built_in_actions() -> dict[str, tuple[str, ...]]:
    """The actions without which the rules that lplint brings in this form say nothing, by id; of those of which that is
    all in a statement that allows."""
    from lplint._generated.matches import MATCHES

    tables: Any = MATCHES
    found: dict[str, tuple[str, ...]] = {}
    for id, some in tables.items():  # noqa: A001
        actions = tuple(action for one in some for action in one.get("actions", ()))
        if all("actions" in one and one.get("effect") != "Deny" for one in some) and not any("*" in a for a in actions):
            found[id] = actions
    return found


def _lazily(id: str) -> Callable[[Policy], Iterator[Problem]]:
    def check(policy: Policy) -> Iterator[Problem]:
        return _built_in(id)(policy)

    return check


@cache
def _built_in(id: str) -> Callable[[Policy], Iterator[Problem]]:
    from lplint._generated.matches import MATCHES

    written: Any = MATCHES[id]
    return check_of([Match(**table) for table in written])


def read(written: object) -> list[Match]:
    """The tables of a rule's file, one or several. Raises MatchError."""
    return [Match(**table) for table in arguments(written)]


def arguments(written: object) -> list[dict[str, Any]]:
    """What `Match` takes for each table of a rule's file. Raises MatchError."""
    tables = written if isinstance(written, list) else [written]
    if not tables:
        raise MatchError('"match" is empty; write [match] and what it shall find')
    made = []
    for table in tables:
        if not isinstance(table, dict):
            raise MatchError('"match" takes a table; write [match]')
        for key in table:
            if key not in _KEYS:
                hint = did_you_mean(key, _KEYS) or f"; its keys are {', '.join(_KEYS)}."
                raise MatchError(f'"match" has no key "{key}"{hint}')
        if "message" not in table:
            raise MatchError('"match" has no "message"; write the sentence that a finding shall say')
        made.append({key.replace("-", "_"): _KEYS[key](f'"match.{key}"', value) for key, value in table.items()})
    return made


def _strings(where: str, value: object) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not found or not all(isinstance(one, str) and one for one in found):
        raise MatchError(f"{where} takes a list of strings")
    return tuple(found)


def _among(names: Sequence[str]) -> Callable[[str, object], tuple[str, ...]]:
    def read(where: str, value: object) -> tuple[str, ...]:
        found = _strings(where, value)
        for one in found:
            if one not in names:
                raise MatchError(f'{where} takes {", ".join(names)}, and holds "{one}"')
        return found

    return read


def _one_of(names: Sequence[str]) -> Callable[[str, object], str]:
    def read(where: str, value: object) -> str:
        if value not in names:
            raise MatchError(f"{where} takes {' or '.join(names)}")
        return str(value)

    return read


def _actions(where: str, value: object) -> tuple[str, ...]:
    found = _strings(where, value)
    for one in found:
        if ":" not in one or not ranked(one):
            raise MatchError(f'{where} holds "{one}", which matches no action; one is written service:Name')
    return found


def _categories(where: str, value: object) -> tuple[str, ...]:
    from lplint.risk.table import categories

    return _among(list(categories()))(where, value)


def _risk(where: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10:
        raise MatchError(f"{where} takes a number from 1 to 10")
    return value


def _bool(where: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise MatchError(f"{where} takes true or false")
    return value


def _text(where: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise MatchError(f"{where} takes a sentence")
    return value.strip()


_KEYS: Mapping[str, Callable[[str, object], Any]] = {
    "message": _text,
    "effect": _one_of(("Allow", "Deny")),
    "actions": _actions,
    "not-actions": _actions,
    "access-levels": _among(_LEVELS),
    "categories": _categories,
    "risk": _risk,
    "by-name": _bool,
    "whole-services": _bool,
    "resources": _strings,
    "not-resources": _strings,
    "reach": _among(_REACHES),
    "principals": _strings,
    "services": _strings,
    "without-conditions": _strings,
    "with-conditions": _strings,
    "at": _one_of(_PLACES),
}


def _found(policy: Policy, match: Match) -> Iterator[Problem]:
    if match.services and policy.service not in match.services:
        return
    for statement in policy.statements:
        if not (statement.allows() if match.effect == "Allow" else statement.denies()) or not statement.complete:
            continue
        granted = _granted(statement, match)
        if not granted:
            continue
        resource = _resource(statement, match, granted)
        if (match.resources or match.not_resources or match.reach) and resource is None:
            continue
        principal = _principal(statement, match)
        if match.principals and principal is None:
            continue
        void = _missing(statement, match)
        if void is None:
            continue
        if match.effect == "Allow":
            lost = denied(policy)
            granted = {one: text for one, text in granted.items() if not cancels(lost, one.action)}
        if granted:
            problem = _problem(match, granted, resource, principal, void)
            if not void and "iam:passedtoservice" in {key for key, _ in match.without_conditions}:
                problem.mend = passed_to_service(policy, statement)
            yield problem


def _granted(statement: Statement, match: Match) -> dict[Rating, Text]:
    found: dict[Rating, Text] = {}
    for text in values(statement.action):
        if text.value is not None:
            for one in _selected(match, text.value):
                found.setdefault(one, text)
    return found


@remembered
def _selected(match: Match, pattern: str) -> tuple[Rating, ...]:
    """The actions of a match that an entry covers."""
    prefix = pattern.partition(":")[0].lower()
    if match.services_named and prefix not in match.services_named and "*" not in prefix and "?" not in prefix:
        return ()  # and no service was read
    if covers_everything(pattern) or (covers_service(pattern) and not match.whole_services):
        return ()
    if match.by_name and ("*" in pattern or "?" in pattern):
        return ()
    found = []
    for one in ranked(pattern):
        name = str(one.action).lower()
        if (
            one.risk >= match.risk
            and (not match.actions or any(matches(wanted, name) for wanted in match.actions))
            and not any(matches(unwanted, name) for unwanted in match.not_actions)
            and (not match.access_levels or not match.access_levels.isdisjoint(one.action.access_levels))
            and (not match.categories or one.category in match.categories)
        ):
            found.append(one)
    return tuple(found)


def _resource(statement: Statement, match: Match, granted: dict[Rating, Text]) -> Text | None:
    """The entry of Resource that a match is about. What does not reach as far as it asks is taken out of `granted`."""
    texts = values(statement.resource)
    if match.resources:
        texts = [text for text in texts if _is_among(certain(text), match.resources)]
    texts = [text for text in texts if not any(contains(one, certain(text)) for one in match.not_resources)]
    if not match.reach:
        return texts[0] if texts else None
    patterns = [certain(text) for text in texts]
    first: Text | None = None
    for one in list(granted):
        every = reaches_all(one.action, patterns)
        if every is not None:
            place = texts[patterns.index(every)] if "every" in match.reach else None
        else:
            place = next(
                (
                    text
                    for text, pattern in zip(texts, patterns, strict=True)
                    if _reach(pattern) in match.reach and may_act_on((one.action,), (widest(text),))
                ),
                None,
            )
        if place is None:
            del granted[one]
        else:
            first = first or place
    return first if granted else None


def _reach(pattern: str) -> str:
    """How far a Resource goes that is not everything: to some by a wildcard in its last part, or to one."""
    last = pattern.split(":", 5)[-1] if pattern.count(":") >= 5 else pattern
    return "some" if "*" in last or "?" in last else "one"


def _is_among(resource: str, patterns: Sequence[str]) -> bool:
    return is_every_arn(resource) or any(contains(one, resource) or contains(resource, one) for one in patterns)


def _principal(statement: Statement, match: Match) -> Text | None:
    if statement.principal is None:
        return None
    for one in statement.principal.values:
        value = one.value.value
        if value is not None and any(
            value == "*" if pattern == "*" else matches(pattern, value) for pattern in match.principals
        ):
            return one.value
    return None


def _missing(statement: Statement, match: Match) -> list[tuple[Condition, str]] | None:
    """The conditions that were meant and keep nothing out, each with why; None if one is not missing, or what shall be
    there is not."""
    if not match.without_conditions and not match.with_conditions:
        return []
    if unread(statement):
        return None
    if match.with_conditions and not list(conditions_on(statement, match.with_conditions)):
        return None
    void = []
    for key, value in match.without_conditions:
        for condition in conditions_on(statement, (key,)):
            why = keeps_out_nothing(condition, statement)
            if why is not None:
                void.append((condition, why))
            elif not value or not condition.complete or any(_may_be(text, value) for text in condition.values):
                return None
    return void


def _may_be(text: Text, value: str) -> bool:
    return text.value is None or text.value.lower() == value


def _problem(
    match: Match,
    granted: dict[Rating, Text],
    resource: Text | None,
    principal: Text | None,
    void: list[tuple[Condition, str]],
) -> Problem:
    ratings = riskiest(granted)
    action = granted[ratings[0]]
    names = [str(one.action) for one in ratings[:NAMED]]
    more = len(ratings) - len(names)
    message = match.message.replace("{actions}", listed([*names, f"{more} more"] if more else names))
    message = message.replace("{resource}", resource.display if resource is not None else "*")
    related = []
    for condition, why in void[:1]:
        message += f" The condition on {condition.key.display} restricts nothing: it {why}."
        related.append(Related(condition.key.span, "the condition that restricts nothing"))
    span: Span = action.span
    if match.at == "resource" and resource is not None:
        span = resource.span
        related.insert(0, Related(action.span, "granted here"))
    elif match.at == "principal" and principal is not None:
        span = principal.span
    return Problem(span, message, related)
