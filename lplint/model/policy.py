"""A policy as its file gives it: whole, in order, and without judgement."""

from __future__ import annotations

import enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lplint.model.node import Map, Node
    from lplint.model.source import Source, Span
    from lplint.model.text import Text


class PolicyKind(enum.Enum):
    """What a policy is attached to, which decides its grammar and what its statements mean.

    Source: AWS IAM User Guide, "Policies and permissions in AWS Identity and Access Management", policy types.
    """

    IDENTITY = "identity"
    RESOURCE = "resource"
    TRUST = "trust"
    BOUNDARY = "boundary"
    SESSION = "session"
    SCP = "scp"
    RCP = "rcp"
    UNKNOWN = "unknown"


class Origin:
    """Where in a larger thing a policy stands.

    `kind` is the thing's form ("document", "aws-cli", ...), `address` names it ("role/ci", "Resources.Role"; "" for a
    plain document), `attribute` the place in it ("AssumeRolePolicyDocument"; "" for a plain document).
    """

    __slots__ = ("address", "attribute", "kind")

    def __init__(self, kind: str, address: str = "", attribute: str = "") -> None:
        self.kind = kind
        self.address = address
        self.attribute = attribute

    def __str__(self) -> str:
        return ".".join(part for part in (self.address, self.attribute) if part)

    def __repr__(self) -> str:
        return f"Origin({self.kind!r}, {self.address!r}, {self.attribute!r})"


class Element:
    """An element of a statement that holds one string or a list of them: Action, NotAction, Resource, NotResource.

    `values` are its strings; what is no string is left to `node`. `complete` is False if there may be more of them.
    """

    __slots__ = ("complete", "key", "node", "values")

    def __init__(self, key: Text, node: Node, values: tuple[Text, ...], complete: bool) -> None:
        self.key = key
        self.node = node
        self.values = values
        self.complete = complete


class PrincipalValue:
    """One principal: its type (AWS, Service, Federated, CanonicalUser; None for a bare "*") and its value."""

    __slots__ = ("type", "value")

    def __init__(self, type: Text | None, value: Text) -> None:
        self.type = type
        self.value = value

    def is_everyone(self) -> bool:
        """Whether it certainly stands for everybody, with an AWS account or without."""
        return self.value.value == "*" and (self.type is None or self.type.value == "AWS")


class Principal:
    """A Principal or NotPrincipal element."""

    __slots__ = ("complete", "key", "node", "values")

    def __init__(self, key: Text, node: Node, values: tuple[PrincipalValue, ...], complete: bool) -> None:
        self.key = key
        self.node = node
        self.values = values
        self.complete = complete


class Condition:
    """One key of one operator of a Condition element, with its values."""

    __slots__ = ("complete", "key", "node", "operator", "values")

    def __init__(self, operator: Text, key: Text, node: Node, values: tuple[Text, ...], complete: bool) -> None:
        self.operator = operator
        self.key = key
        self.node = node
        self.values = values
        self.complete = complete


class Statement:
    """One statement. An element that is not written is None; `complete` is False if there may be more elements."""

    __slots__ = (
        "action",
        "complete",
        "condition",
        "conditions",
        "effect",
        "node",
        "not_action",
        "not_principal",
        "not_resource",
        "principal",
        "resource",
        "sid",
    )

    def __init__(
        self,
        node: Map,
        sid: Node | None,
        effect: Node | None,
        action: Element | None,
        not_action: Element | None,
        resource: Element | None,
        not_resource: Element | None,
        principal: Principal | None,
        not_principal: Principal | None,
        condition: Node | None,
        conditions: tuple[Condition, ...],
        complete: bool,
    ) -> None:
        self.node = node
        self.sid = sid
        self.effect = effect
        self.action = action
        self.not_action = not_action
        self.resource = resource
        self.not_resource = not_resource
        self.principal = principal
        self.not_principal = not_principal
        self.condition = condition
        self.conditions = conditions
        self.complete = complete

    def allows(self) -> bool:
        """Whether the effect certainly is Allow."""
        return getattr(self.effect, "value", None) == "Allow"

    def denies(self) -> bool:
        """Whether the effect certainly is Deny."""
        return getattr(self.effect, "value", None) == "Deny"

    def values(self) -> Iterator[Text]:
        """Every string of its elements, those of conditions among them."""
        for element in (self.action, self.not_action, self.resource, self.not_resource):
            yield from element.values if element is not None else ()
        for principal in (self.principal, self.not_principal):
            yield from (one.value for one in principal.values) if principal is not None else ()
        for condition in self.conditions:
            yield from condition.values

    def unconditional(self) -> bool:
        """Whether the statement certainly has no condition."""
        return self.complete and self.condition is None


class Policy:
    """One policy document.

    `node` is the whole document, `kind` what it is attached to and `service` whose resource policy it is ("" where it
    is none, or the text does not tell). `complete` is False if there may be more statements than the text tells.
    `unresolved` are the places of the values that the text alone does not tell, with how they are written; `causes`
    says for each what it comes down to. `calls` are the places of the calls by which a module came to make it,
    outermost first. `holders` are the identities beside it that have it; they are told to it when they are known. So
    are its `names`, if it is a managed policy: "policy/NAME", and how a file refers to its ARN. `managed` tells that
    it is a policy of its own, which many may have, and not part of the one identity it stands in.
    """

    __slots__ = (
        "_allowing",
        "calls",
        "causes",
        "complete",
        "holders",
        "kind",
        "managed",
        "names",
        "node",
        "origin",
        "service",
        "source",
        "statements",
        "unresolved",
        "version",
    )

    def __init__(
        self,
        source: Source,
        origin: Origin,
        kind: PolicyKind,
        service: str,
        node: Map,
        version: Node | None,
        statements: tuple[Statement, ...],
        complete: bool,
        unresolved: tuple[tuple[Span, str], ...],
        causes: tuple[str, ...] = (),
        calls: tuple[Span, ...] = (),
    ) -> None:
        self.source = source
        self.origin = origin
        self.kind = kind
        self.service = service
        self.node = node
        self.version = version
        self.statements = statements
        self.complete = complete
        self.unresolved = unresolved
        self.causes = causes
        self.calls = calls
        self._allowing: list[Statement] | None = None
        self.holders: list[Identity] = []
        self.names: tuple[str, ...] = ()
        self.managed = False

    @property
    def span(self) -> Span:
        return self.node.span

    def allow_statements(self) -> Sequence[Statement]:
        """The statements that certainly allow."""
        if self._allowing is None:
            self._allowing = [statement for statement in self.statements if statement.allows()]
        return self._allowing

    def statement_at(self, place: Span) -> Statement | None:
        """The statement in which a place is. A value may be written elsewhere (in Terraform's locals): then the first
        statement that has it; None if none has."""
        source, start, end = place.source, place.start, place.end
        for statement in self.statements:
            node = statement.node
            if node.start <= start and end <= node.end and node.source is source:
                return statement
        for statement in self.statements:
            for value in statement.values():
                if value.start <= start and end <= value.end and value.source is source:
                    return statement
        return None

    def __repr__(self) -> str:
        return f"Policy({self.source.path!r}, {self.kind.value}, {len(self.statements)} statements)"


class Credential:
    """A long-term credential that is made for a user together with it: `kind` is "access-key" or "password" (for the
    console), `span` where it is made."""

    __slots__ = ("kind", "span")

    def __init__(self, kind: str, span: Span) -> None:
        self.kind = kind
        self.span = span


class Workload:
    """What runs as a role: a function, a notebook. `arn` is a pattern for its ARN ("arn:aws:lambda:*:*:function:NAME"),
    `references` are what that is called in the causes of Holes."""

    __slots__ = ("arn", "references", "role")

    def __init__(self, arn: str, references: tuple[str, ...], role: Identity) -> None:
        self.arn = arn
        self.references = references
        self.role = role


class Identity:
    """A role, user, group or permission set, and everything that the repository says it may do.

    `kind` is "role", "user", "group" or "permission-set"; `address` names it as its file does ("aws_iam_role.ci") and
    `span` is where. `name` is its name, None where AWS makes one. `policies` are its identity policies that are written
    in the repository, inline or attached, and `attached` the ARNs of those attached that are not (AWS's managed ones
    among them); `boundaries` and `boundary_arns` are the same for its permissions boundary, and `bounded` tells that it
    may have one that nothing is known of. `trust` are its trust
    policies: more than one where it is not known which. `groups` are those that a user is in. `beside` are all that are
    declared together with it, itself among them: by "role/NAME" and by how a file refers to their ARN. `workloads` are
    what runs as one of these.
    `credentials` are the long-term ones that are made for it. `session` is how long its sessions may last, as written
    (seconds, or ISO 8601); None if it is not.

    `complete` is False if it may have more policies than these.
    """

    __slots__ = (
        "address",
        "attached",
        "beside",
        "boundaries",
        "boundary_arns",
        "bounded",
        "complete",
        "credentials",
        "groups",
        "kind",
        "name",
        "policies",
        "session",
        "span",
        "trust",
        "workloads",
    )

    def __init__(
        self,
        kind: str,
        address: str,
        span: Span,
        name: Text | None,
        policies: tuple[Policy, ...],
        attached: tuple[Text, ...],
        trust: tuple[Policy, ...],
        boundaries: tuple[Policy, ...],
        boundary_arns: tuple[Text, ...],
        groups: tuple[Identity, ...],
        complete: bool,
    ) -> None:
        self.kind = kind
        self.address = address
        self.span = span
        self.name = name
        self.policies = policies
        self.attached = attached
        self.trust = trust
        self.boundaries = boundaries
        self.boundary_arns = boundary_arns
        self.groups = groups
        self.complete = complete
        self.beside: Mapping[str, Identity] = {}
        self.workloads: Sequence[Workload] = ()
        self.bounded = False
        self.credentials: tuple[Credential, ...] = ()
        self.session: Node | None = None

    def __repr__(self) -> str:
        return f"Identity({self.kind} {self.address}, {len(self.policies)} policies, {len(self.attached)} attached)"
