"""What is said twice: actions, resources, principals, values and statements that others cover."""

from __future__ import annotations

from functools import lru_cache

from lplint.access.covering import Covering, beginning, begins, may_repeat
from lplint.aws import conditions
from lplint.checks.grammar import certain_place, certainly_there
from lplint.model.finding import Mend, Problem, Related, Remove
from lplint.model.node import Map, Scalar, Seq
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lplint.model.node import Node
    from lplint.model.policy import Element, Policy, Statement

# Statements are compared in pairs; a policy with more of them than AWS's quotas leave room for is not compared.
_MOST_STATEMENTS = 400
_MOST_COMPARED = 20


def redundant_action(policy: Policy) -> Iterator[Problem]:
    for actions in _actions(policy):
        if actions.repeat():
            for text, other in _together(actions.element, actions.covered(actions)):
                yield _covered(text, other, "this")
    for statement in policy.statements:
        if statement.not_action is not None and len(statement.not_action.values) > 1:
            yield from _within(statement.not_action, fold=True)
    told: set[int] = set()
    for later, _, found in _repeating(policy):
        # Where all are covered the statement is redundant, and one finding says so.
        if later.action is not None and not (later.action.complete and len(found) == len(later.action.values)):
            for text, other in found:
                # Of two that cover each other one is to go.
                if id(text) not in told and id(other) not in told:
                    told.add(id(text))
                    yield _covered(text, other, "another statement")


def _within(element: Element, *, fold: bool) -> Iterator[Problem]:
    values = element.values
    if not may_repeat([text.display.lower() if fold else text.display for text in values]):
        return
    found = Covering(values, fold=fold).covered(values)
    for text, other in _together(element, found):
        yield _covered(text, other, "this")


def _together(element: Element | None, found: Iterable[tuple[Text, Text]]) -> list[tuple[Text, Text]]:
    """Those of some pairs of an element's entries that certainly are there both. Others may exclude one another."""
    pairs = list(found)
    if not pairs or element is None or element.complete:
        return pairs
    there = {id(text) for text in certainly_there(element)}
    return [pair for pair in pairs if all(id(text) in there for text in pair)]


def redundant_resource(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        for element in (statement.resource, statement.not_resource):
            if element is not None and len(element.values) > 1:
                yield from _within(element, fold=False)


def redundant_principal(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        for principal in (statement.principal, statement.not_principal):
            if principal is None:
                continue
            first: dict[tuple[str, str], Text] = {}
            for one in principal.values:
                key = (one.type.display if one.type is not None else "", one.value.display)
                earlier = first.setdefault(key, one.value)
                everyone = first.get((key[0], "*"))
                if earlier is not one.value:
                    yield _covered(one.value, earlier, "this")
                elif everyone is not None and everyone is not one.value and key[0] in ("", "AWS"):
                    # Who is named may be allowed more than everyone is: a boundary does not limit a named user.
                    # Source: AWS IAM User Guide, "Policy evaluation logic", evaluating identity and resource policies.
                    yield _covered(one.value, everyone, "this", safe=False)


def redundant_condition_value(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        for condition in statement.conditions:
            operator = conditions.operator(condition.operator.value or "")
            if operator is None or len(condition.values) < 2 or operator.family not in ("String", "Arn"):
                continue
            fold = "IgnoreCase" in operator.name
            if "Like" in operator.name or operator.family == "Arn":
                found = list(Covering(condition.values, fold=fold).covered(condition.values))
            else:
                first: dict[str, Text] = {}
                found = []
                for text in condition.values:
                    earlier = first.setdefault(text.display.lower() if fold else text.display, text)
                    if earlier is not text:
                        found.append((text, earlier))
            for text, other in found:
                yield _covered(text, other, "this")


def _covered(text: Text, other: Text, where: str, *, safe: bool = True) -> Problem:
    whose = "" if where == "this" else f" of {where}"
    if text.display.lower() != other.display.lower():
        words = f"{other.display}{whose} covers this; remove it, or that one if only {text.display} is meant."
    elif whose:
        words = f"{where.capitalize()} has {text.display} already, for these resources too; remove it here."
    else:
        words = f"{text.display} stands here twice; remove one."
    mend = Mend(f"Remove {text.display}.", Remove(text), keeps=[other.span], safe=safe)
    return Problem(text.span, words, [Related(other.span, "this covers it")], mend)


def redundant_statement(policy: Policy) -> Iterator[Problem]:
    told: set[int] = set()
    for later, earlier, found in _repeating(policy):
        if later.action is None or id(later) in told or id(earlier) in told:
            continue
        if later.action.complete and len(found) == len(later.action.values):
            told.add(id(later))
            verb = "allows" if later.allows() else "denies"
            more = ", also where the condition here does not hold" if _adds_condition(later, earlier) else ""
            yield Problem(
                certain_place(later, "Action") or later.node.head(),
                f"Another statement {verb} all of this already{more}; remove one of them.",
                [Related(certain_place(earlier, "Action") or earlier.node.head(), "what covers it")],
                Mend("Remove this statement.", Remove(later.node), keeps=[earlier.node.span]),
            )


def _adds_condition(later: Statement, earlier: Statement) -> bool:
    return later.condition is not None and earlier.condition is None


class _Actions:
    """The actions of one statement, as comparing them wants them: `names` in lower case, and `heads`, which is what
    stands before the first wildcard of those that have one."""

    __slots__ = ("_covering", "_ordered", "element", "heads", "names", "values")

    def __init__(self, statement: Statement) -> None:
        self.element = statement.action
        self.values = statement.action.values if statement.action is not None else ()
        listed = _names(self.values)
        self.names = set(listed)
        self.heads = [beginning(name) for name in listed if "*" in name or "?" in name]
        self._ordered: list[str] | None = None
        self._covering: Covering | None = None

    @property
    def services(self) -> set[str]:
        """Their service prefixes; "*" for one that names none in full."""
        prefixes = {name.partition(":")[0] for name in self.names}
        return {"*" if "*" in one or "?" in one or "$" in one else one for one in prefixes}

    def repeat(self) -> bool:
        """Whether some of them may cover others of them."""
        return may_repeat(_names(self.values))

    def may_cover(self, other: _Actions) -> bool:
        """Whether some of them may cover some of another statement."""
        if not self.names.isdisjoint(other.names):
            return True
        if other._ordered is None:
            other._ordered = sorted(other.names)
        ordered = other._ordered
        return any(begins(ordered, head) for head in self.heads)

    def covered(self, other: _Actions) -> list[tuple[Text, Text]]:
        """The actions of another statement that these cover, each with what covers it."""
        if self._covering is None:
            self._covering = Covering(self.values, fold=True)
        return list(self._covering.covered(other.values))


def _names(texts: Sequence[Text]) -> list[str]:
    """How some actions are written, in lower case."""
    return "\n".join([text.value or text.display for text in texts]).lower().split("\n") if texts else []


@lru_cache(maxsize=1)
def _actions(policy: Policy) -> tuple[_Actions, ...]:
    """The actions of each statement of a policy; nothing where none may cover another, as in most."""
    texts = [text for one in policy.statements if one.action is not None for text in one.action.values]
    return tuple(map(_Actions, policy.statements)) if may_repeat(_names(texts)) else ()


@lru_cache(maxsize=1)
def _repeating(policy: Policy) -> tuple[tuple[Statement, Statement, list[tuple[Text, Text]]], ...]:
    """Pairs of statements of which the second allows, or denies, some actions of the first on all its resources, and
    whenever it does; and those actions. Two rules ask for those of each policy."""
    # Of statements that exclude one another there is one only, and it repeats nothing.
    if not policy.complete or not _actions(policy):
        return ()
    statements = [
        one
        for one in policy.statements
        if one.complete and (one.allows() or one.denies()) and one.resource is not None and one.action is not None
    ]
    if not 1 < len(statements) <= _MOST_STATEMENTS:
        return ()
    every = dict(zip(map(id, policy.statements), _actions(policy), strict=True))
    actions = [every[id(one)] for one in statements]
    shapes: dict[int, tuple[bool, str, str | None]] = {}
    covering: dict[int, Covering] = {}
    compared = [0] * len(statements)
    repeating = []
    for at, other_at in _sharing(actions):
        # Of many statements each is compared with some.
        if compared[at] >= _MOST_COMPARED or not actions[other_at].may_cover(actions[at]):
            continue
        compared[at] += 1
        one, other = statements[at], statements[other_at]
        resource = one.resource
        if resource is None or not resource.complete or not resource.values or one.not_principal or other.not_principal:
            continue
        for number, each in ((at, one), (other_at, other)):
            if number not in shapes:
                whom = _shape(each.principal.node) if each.principal is not None else ""
                shapes[number] = (each.allows(), whom, _condition(each))
        mine, theirs = shapes[at], shapes[other_at]
        if mine[:2] != theirs[:2] or theirs[2] not in ("", mine[2]) or theirs[2] is None:
            continue
        if other_at not in covering:
            covering[other_at] = Covering(other.resource.values if other.resource else (), fold=False)
        if all(covering[other_at].covering(text) is not None for text in resource.values):
            found = actions[other_at].covered(actions[at])
            if found:
                repeating.append((one, other, found))
    return tuple(repeating)


def _sharing(actions: list[_Actions]) -> list[tuple[int, int]]:
    """The pairs of lists of actions, by their numbers, of which the second may cover some of the first."""
    shared = len(set().union(*(one.names for one in actions))) < sum(len(one.names) for one in actions)
    # Of those with a wildcard, the services that it is about: "" where that may be any.
    wild = [{head.partition(":")[0] if ":" in head else "" for head in one.heads} for one in actions]
    by_name: dict[str, list[int]] = {}
    by_service: dict[str, list[int]] = {}
    for at, one in enumerate(actions):
        if shared:
            for name in one.names:
                by_name.setdefault(name, []).append(at)
        if any(wild):
            for service in one.services:
                by_service.setdefault(service, []).append(at)
    pairs: set[tuple[int, int]] = set()
    for holders in by_name.values():
        if len(holders) > 1:
            pairs.update((at, other) for at in holders for other in holders[:_MOST_COMPARED] if at != other)
            pairs.update((at, other) for at in holders[:_MOST_COMPARED] for other in holders if at != other)
    for other, services in enumerate(wild):
        for service in by_service if "" in services else services:
            pairs.update((at, other) for at in by_service[service] if at != other)
    # Of two that cover each other, the one that stands later is the needless one.
    return sorted(pairs, key=lambda pair: (pair[0] < pair[1], pair))


def _condition(statement: Statement) -> str | None:
    """The conditions of a statement in one form; "" for none, None if they may not be all."""
    if statement.condition is None:
        return ""
    return _shape(statement.condition) if isinstance(statement.condition, Map) else None


def _shape(node: Node) -> str:
    """A value in one form, in which the order of keys and of a list's items is of no account."""
    if isinstance(node, Map):
        return "{" + ",".join(sorted(f"{key.display}:{_shape(value)}" for key, value in node.entries)) + "}"
    if isinstance(node, Seq):
        items = sorted(_shape(one) for one in node.items)
        return items[0] if len(items) == 1 else "[" + ",".join(items) + "]"
    if isinstance(node, Text):
        return repr(node.display)
    return repr(str(node.span.text)) if isinstance(node, Scalar) else f"?{node.written}"


def wildcard_in_service(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        for element in (statement.action, statement.not_action):
            for text in element.values if element is not None else ():
                prefix, colon, rest = (text.value or "").partition(":")
                if colon and ("*" in prefix or "?" in prefix) and (prefix.strip("*") or rest.strip("*")):
                    yield Problem(
                        text.span_of(0, len(prefix)),
                        f"'{prefix}' means every service with such a name, also those that AWS is still to make; name "
                        "the services.",
                    )
