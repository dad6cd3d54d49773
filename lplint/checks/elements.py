"""Which elements policies have, and whether a policy has them in the form that the grammar of the language gives them.

Source: AWS IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

from functools import lru_cache

from lplint.model.node import Map, Scalar, Seq
from lplint.model.policy import PolicyKind
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lplint.model.node import Node
    from lplint.model.policy import Policy

VERSIONS = ("2012-10-17", "2008-10-17")
OF_POLICY = ("Version", "Id", "Statement")
OF_STATEMENT = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"),
)
_OF_POLICY, _REQUIRED = frozenset(OF_POLICY), frozenset(("Version", "Statement"))
_WITHOUT_PRINCIPAL = ("Principal", "NotPrincipal")
# The elements that policies of a kind do not take.
# Source: the same, and "Policies and permissions"; AWS Organizations User Guide, "SCP syntax" and "RCP syntax".
NOT_ALLOWED = {
    PolicyKind.IDENTITY: _WITHOUT_PRINCIPAL,
    PolicyKind.BOUNDARY: _WITHOUT_PRINCIPAL,
    PolicyKind.SESSION: _WITHOUT_PRINCIPAL,
    PolicyKind.SCP: _WITHOUT_PRINCIPAL,
    PolicyKind.TRUST: ("NotPrincipal", "Resource", "NotResource"),
    PolicyKind.RCP: ("NotPrincipal", "NotAction"),
}
# Resource-based policies whose statements take no Resource element.
# Source: Amazon ECR User Guide and Amazon ECR Public User Guide, repository policies.
_WITHOUT_RESOURCE = frozenset(("ecr", "ecr-public"))
_NEEDS_RESOURCE = frozenset(
    (PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION, PolicyKind.SCP, PolicyKind.RCP)
)
_NEEDS_PRINCIPAL = frozenset((PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.RCP))


def wants_resource(kind: PolicyKind, service: str) -> bool:
    """Whether each statement of a policy of a kind, on a resource of a service, needs a Resource or NotResource."""
    if kind is PolicyKind.RESOURCE:
        return service not in ("", *_WITHOUT_RESOURCE)
    return kind in _NEEDS_RESOURCE


def wants_principal(kind: PolicyKind) -> bool:
    """Whether each statement of a policy of a kind needs a Principal or NotPrincipal."""
    return kind in _NEEDS_PRINCIPAL


def is_regular(policy: Policy) -> bool:
    """Whether a policy, as nearly all are, has the elements that its kind takes and needs, each once and of the right
    type, so that no rule about its form has anything to say. One that is not may still be right."""
    names = []
    for key, value in policy.node.entries:
        name = key.value
        if name != "Statement" and (type(value) is not Text or (name == "Version" and value.value not in VERSIONS)):
            return False
        names.append(name)
    if len(set(names)) != len(names) or not _REQUIRED.issubset(names) or not _OF_POLICY.issuperset(names):
        return False
    written = policy.node.get("Statement")
    statements = written.items if isinstance(written, Seq) else [written]
    # What is one of several, or stands for a statement, is no map or no statement.
    if len(statements) != len(policy.statements):
        return False
    kind, service = policy.kind.value, policy.service  # an enumeration's members are slow to look up
    return all(_is_regular(one, kind, service) for one in statements)


def _is_regular(statement: Node | None, kind: str, service: str) -> bool:
    """The same of a statement of a policy of a kind on a resource of a service."""
    if type(statement) is not Map:
        return False
    names = []
    for key, value in statement.entries:
        name = key.value
        has_form = _FORMS.get(name)
        if has_form is None or not has_form(value):
            return False
        names.append(name)
    return _are_elements(tuple(names), kind, service)


@lru_cache(maxsize=1024)
def _are_elements(names: tuple[str | None, ...], of_kind: str, service: str) -> bool:
    """Whether some names are those that the elements of such a statement may have, each once."""
    kind = PolicyKind(of_kind)
    return (
        len(set(names)) == len(names)
        and "Effect" in names
        and ("Action" in names or "NotAction" in names)
        and ("Resource" in names or "NotResource" in names or not wants_resource(kind, service))
        and ("Principal" in names or "NotPrincipal" in names or not wants_principal(kind))
        and not any(one in names for one in NOT_ALLOWED.get(kind, ()))
    )


def _is_sid(node: Node) -> bool:
    return type(node) is Text and node.value is not None and node.value.isascii() and node.value.isalnum()


def _is_effect(node: Node) -> bool:
    return type(node) is Text and (node.value == "Allow" or node.value == "Deny")


def _are_strings(node: Node) -> bool:
    """Whether it is one string, or a list of some."""
    return type(node) is Text or (type(node) is Seq and set(map(type, node.items)) == {Text})


def _is_principal(node: Node) -> bool:
    return type(node) is Text or _holds_strings(node)


def _is_condition(node: Node) -> bool:
    """Whether it is a map of operators, each a map of keys."""
    return (
        type(node) is Map
        and bool(node.entries)
        and _has_distinct_keys(node)
        and all(_holds_strings(keys) for _, keys in node.entries)
    )


def _holds_strings(node: Node) -> bool:
    """Whether it is a map in which each key has one string or a list of some. A number or Boolean that stands alone
    counts as the string it is written as."""
    return (
        type(node) is Map
        and bool(node.entries)
        and _has_distinct_keys(node)
        and all(_are_strings(value) or (type(value) is Scalar and value.value is not None) for _, value in node.entries)
    )


def _has_distinct_keys(node: Map) -> bool:
    return len({key.value for key, _ in node.entries}) == len(node.entries)


_FORMS: Mapping[str | None, Callable[[Node], bool]] = {
    "Sid": _is_sid,
    "Effect": _is_effect,
    "Principal": _is_principal,
    "NotPrincipal": _is_principal,
    "Action": _are_strings,
    "NotAction": _are_strings,
    "Resource": _are_strings,
    "NotResource": _are_strings,
    "Condition": _is_condition,
}
