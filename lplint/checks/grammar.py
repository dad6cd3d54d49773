"""The elements of a policy: which there are, what each holds, and how its Sids are written."""

from __future__ import annotations

import re
from itertools import count

from lplint.aws import conditions
from lplint.checks.elements import OF_POLICY, OF_STATEMENT
from lplint.checks.suggest import did_you_mean, only_name
from lplint.model.finding import Mend, Problem, Quote, Related, Remove, Replace
from lplint.model.node import Map, Scalar, Seq, Unknown
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.node import Node
    from lplint.model.policy import Element, Policy, Statement
    from lplint.model.source import Span

_STRINGS = {Text}
_SID = re.compile(r"[A-Za-z0-9]*")
_EXCLUSIVE = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))


def unknown_element(policy: Policy) -> Iterator[Problem]:
    # What has no Version may be the configuration of another tool, which holds a statement beside much else.
    if policy.version is not None:
        for key, value in policy.node.entries:
            yield from _unknown(key, value, OF_POLICY, "a policy")
    for statement in policy.statements:
        for key, value in statement.node.entries:
            yield from _unknown(key, value, OF_STATEMENT, "a statement")


def _unknown(key: Text, value: Node, known: tuple[str, ...], where: str) -> Iterator[Problem]:
    name = key.value
    if name is None or name in known or name.startswith("Fn::") or name == "<<":
        return
    if name in conditions.OPERATORS:
        yield Problem(key.span, f"{name} is a condition operator; it belongs inside a Condition element.")
        return
    hint = did_you_mean(name, known)
    right = next((one for one in known if one.lower() == name.strip().lower()), None) or only_name(hint)
    yield Problem(
        key.span,
        f"'{name}' is no element of {where}, and AWS rejects it{hint or '; remove it.'}",
        mend=_as_element(key, value, right) if right else None,
    )


def _as_element(key: Text, value: Node, right: str) -> Mend:
    """The right name of an element. Who writes it in another case writes its value so too: "effect": "allow"."""
    mend = respelt(key, right)
    if right == "Effect" and isinstance(value, Text) and value.display.lower() in ("allow", "deny"):
        effect = value.display.capitalize()
        if value.value != effect:
            return Mend(mend.words, *mend.changes, Replace(value, effect), safe=mend.safe)
    return mend


def respelt(text: Text, right: str, start: int = 0) -> Mend:
    """Another spelling of a string, from some character of it on; where more than the case changes, it is a guess at
    what was meant."""
    safe = text.display[start:].strip().lower() == right.lower()
    return Mend(f"Write {right}.", Replace(text, right, start), safe=safe)


def wrong_element_type(policy: Policy) -> Iterator[Problem]:
    for key, value in policy.node.all("Statement"):
        for one in value.items if isinstance(value, Seq) else (value,):
            if isinstance(one, Scalar | Text | Seq) and (isinstance(one, Seq) or one.value is not None):
                yield Problem(one.span, f"{_what(one)} is no statement; a {key.value} is an object or a list of them.")
    for statement in policy.statements:
        sid = statement.sid
        if sid is not None and (isinstance(sid, Scalar | Seq) or _is_object(sid)):
            yield Problem(sid.span, f"{_what(sid)} is no Sid; a Sid is a string.")
        for element in (statement.action, statement.not_action, statement.resource, statement.not_resource):
            if element is not None and not _are_strings(element.node):
                yield from _no_strings(element)
        if statement.condition is not None:
            yield from _condition_types(statement.condition)


def _are_strings(node: Node) -> bool:
    return type(node) is Text or (type(node) is Seq and {type(one) for one in node.items} <= _STRINGS)


def _no_strings(element: Element) -> Iterator[Problem]:
    node = element.node
    name = element.key.display
    for one in node.items if isinstance(node, Seq) else (node,):
        if isinstance(one, Scalar | Seq) or _is_object(one):
            yield Problem(one.span, f"{_what(one)} is no value of {name}, which is a string or a list of strings.")


def _condition_types(condition: Node) -> Iterator[Problem]:
    if not isinstance(condition, Map):
        if not isinstance(condition, Unknown):
            yield Problem(condition.span, f"{_what(condition)} is no Condition, which is an object of operators.")
        return
    for operator, keys in condition.entries:
        if isinstance(keys, Scalar | Text | Seq) and (isinstance(keys, Seq) or keys.value is not None):
            yield Problem(
                keys.span, f"{_what(keys)} gives {operator.display} no condition key; write an object of keys."
            )
        if not isinstance(keys, Map) or stands_for_a_value(keys):
            continue
        for key, value in keys.entries:
            items = value.items if isinstance(value, Seq) else [value]
            for one in items:
                if isinstance(one, Seq) or _is_object(one) or (isinstance(one, Scalar) and one.value is None):
                    yield Problem(one.span, f"{_what(one)} is no value of {key.display}; write a string.")
            types = {_type(one) for one in items} - {""}
            if len(types) > 1:
                odd = next(one for one in items if _type(one) not in ("", _type(items[0])))
                plain = [one for one in items if isinstance(one, Scalar) and one.value is not None]
                yield Problem(
                    odd.span,
                    f"The values of {key.display} mix {' and '.join(sorted(types))}; write all of them as strings.",
                    mend=Mend("Write all values as strings.", *map(Quote, plain)),
                )


def _type(node: Node) -> str:
    """The JSON type of one value of a condition, where it is a plain one."""
    if isinstance(node, Text):
        return "strings"
    if isinstance(node, Scalar) and node.value is not None:
        return "Booleans" if isinstance(node.value, bool) else "numbers"
    return ""


def _is_object(node: Node) -> bool:
    return isinstance(node, Map) and not stands_for_a_value(node)


def stands_for_a_value(node: Map) -> bool:
    """Whether a map is another tool's way to write a value: an intrinsic function of CloudFormation, or Jinja's
    `{{ name }}`."""
    if len(node.entries) != 1:
        return False
    name = node.entries[0][0].display
    return name == "Ref" or name.startswith("Fn::") or node.source.text.startswith("{{", node.start)


def _what(node: Node) -> str:
    if isinstance(node, Map):
        return "An object"
    if isinstance(node, Seq):
        return "A list"
    if isinstance(node, Text):
        return f"'{node.display}'"
    written = node.span.text.strip()
    return written if isinstance(node, Scalar) and written else "Nothing"


def conflicting_elements(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        if statement.not_action is None and statement.not_resource is None and statement.not_principal is None:
            continue
        for one, other in _EXCLUSIVE:
            first, second = certain_place(statement, one), certain_place(statement, other)
            if first is not None and second is not None:
                yield Problem(
                    second,
                    f"A statement with both {one} and {other} is rejected by AWS; keep one of them.",
                    [Related(first, f"{one} is here")],
                )


def certainly_there(element: Element) -> tuple[Text, ...]:
    """Those of an element's strings that it certainly has: of what is one of several none is."""
    if element.complete:
        return element.values
    written = {id(one) for one in element.node.items} if isinstance(element.node, Seq) else set()
    return tuple(text for text in element.values if id(text) in written)


def certain_place(statement: Statement, name: str) -> Span | None:
    """The key of an element that the statement certainly has: what is null, or a block that may not be made, is
    none. Its
    first value, where the key is written in another way."""
    element = {
        "Action": statement.action,
        "NotAction": statement.not_action,
        "Resource": statement.resource,
        "NotResource": statement.not_resource,
        "Principal": statement.principal,
        "NotPrincipal": statement.not_principal,
    }[name]
    if element is None or not (element.complete or isinstance(element.node, Text)):
        return None
    if not element.values:
        return element.key.span if isinstance(element.node, Text | Seq) else None
    if name in element.key.span.text:
        return element.key.span
    first = element.values[0]
    return first.span if isinstance(first, Text) else first.value.span


def invalid_sid(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        sid = statement.sid
        if not isinstance(sid, Text):
            continue
        at = 0
        for part in sid.parts:
            if isinstance(part, str):
                end = _SID.match(part)
                good = end.end() if end is not None else 0
                if good < len(part):
                    bad = re.sub(r"[A-Za-z0-9]", "", part)[0]
                    right = re.sub(r"[^A-Za-z0-9]", "", sid.display) if sid.known else ""
                    hint = f"; write {right}" if right else ""
                    yield Problem(
                        sid.span_of(at + good, at + good + 1),
                        f"The Sid holds {bad!r}, and AWS rejects all but letters and digits{hint}.",
                        mend=Mend(f"Write {right}.", Replace(sid, right)) if right else None,
                    )
                    break
                at += len(part)
            else:
                at += len(part.source)


def duplicate_sid(policy: Policy) -> Iterator[Problem]:
    if not policy.complete:
        return  # of two statements that exclude one another there is one only
    first: dict[str, Text] = {}
    taken = {one.sid.value for one in policy.statements if isinstance(one.sid, Text)}
    numbers: dict[str, Iterator[int]] = {}
    for statement in policy.statements:
        sid = statement.sid
        if not isinstance(sid, Text) or not sid.value:
            continue
        earlier = first.setdefault(sid.value, sid)
        if earlier is not sid and earlier.span != sid.span:
            free = numbers.setdefault(sid.value, count(2))
            own = next(name for number in free if (name := f"{sid.value}{number}") not in taken)
            taken.add(own)
            yield Problem(
                sid.span,
                f"Two statements have the Sid {sid.value}; give each its own, or leave it out.",
                [Related(earlier.span, "the first one")],
                Mend(f"Write {own}.", Replace(sid, own)),
            )


def empty_element(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        if isinstance(statement.sid, Text) and statement.sid.value == "":
            yield Problem(
                statement.sid.span,
                "An empty Sid says nothing; remove it, or name what the statement is for.",
                mend=Mend("Remove the Sid.", Remove(statement.sid, keyed=True)),
            )
        for element in (statement.action, statement.not_action, statement.resource, statement.not_resource):
            if element is not None and isinstance(element.node, Seq) and not element.node.items:
                yield Problem(
                    element.node.span,
                    f"{element.key.display} lists nothing, so the statement has no effect; remove it or fill the list.",
                )
        for principal in (statement.principal, statement.not_principal):
            if principal is None:
                continue
            if isinstance(principal.node, Map):
                if not principal.node.entries:
                    yield Problem(
                        principal.node.span, f"{principal.key.display} names nobody; name a principal, or remove it."
                    )
                for type_, value in principal.node.entries:
                    if isinstance(value, Seq) and not value.items:
                        yield Problem(
                            value.span,
                            f"{type_.display} lists no principal; name one, or remove it.",
                            mend=Mend(f"Remove {type_.display}.", Remove(value, keyed=True))
                            if principal.values
                            else None,
                        )
            elif isinstance(principal.node, Seq) and not principal.node.items:
                yield Problem(principal.node.span, f"{principal.key.display} names nobody; name a principal.")
        if isinstance(statement.condition, Map) and not statement.condition.entries:
            yield Problem(
                statement.condition.span,
                "An empty Condition limits nothing; remove it, or write the condition.",
                mend=Mend("Remove the Condition.", Remove(statement.condition, keyed=True)),
            )
