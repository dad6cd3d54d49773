"""Joins roles, users, groups and permission sets with the policies that a repository attaches to them."""

from __future__ import annotations

from lplint.model.node import Choice, Seq
from lplint.model.policy import Credential, Identity, PolicyKind, Workload
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from lplint.model.node import Node
    from lplint.model.policy import Policy
    from lplint.model.source import Span

# What the tables of attachments call the arguments that name whom something is attached to, with the kind of identity
# that they name.
TARGETS = {
    "role": "role",
    "roles": "role",
    "user": "user",
    "users": "user",
    "group": "group",
    "groups": "group",
    "permission_set": "permission-set",
}
# What they call the arguments that name policies written elsewhere, by ARN or name.
NAMED_POLICIES = ("policy_arn", "policy_arns", "policy_name")
# How what is attached relates to an identity; other kinds of policies are nobody's.
RELATIONS = {"identity": PolicyKind.IDENTITY, "trust": PolicyKind.TRUST, "boundary": PolicyKind.BOUNDARY}


def options(value: Node) -> Iterator[tuple[Node, bool]]:
    """The items of a list, or of all lists that a value may be, each with whether it is certainly there."""
    if isinstance(value, Seq):
        for item in value.items:
            yield from options(item)
    elif isinstance(value, Choice):
        for option in value.options:
            for one, _ in options(option):
                yield one, False
    else:
        yield value, True


class Attached:
    """What one resource attaches: policies, the ARNs of those written elsewhere, and whether that is all."""

    def __init__(self) -> None:
        self.policies: list[Policy] = []
        self.arns: list[Text] = []
        self.complete = True

    def add(self, named: Iterable[tuple[Node, bool]], made_of: Callable[[Node], Sequence[Policy]]) -> None:
        """Adds what some values name, each with whether it is certainly there. `made_of` gives the policies in the
        repository that a value names."""
        for one, certain in named:
            made = made_of(one)
            for policy in made:
                policy.managed = True  # it has an ARN or a name of its own
            if certain and made:
                self.policies.extend(made)
            elif certain and isinstance(one, Text) and (one.value is not None or is_aws_managed(one)):
                self.arns.append(one)
            else:
                self.complete = False


class _Draft:
    """An identity as far as it is known yet."""

    def __init__(self, kind: str, address: str, span: Span, name: Text | None, references: Sequence[str]) -> None:
        self.kind = kind
        self.address = address
        self.span = span
        self.name = name
        self.references = references
        self.policies: dict[PolicyKind, list[Policy]] = {}
        self.arns: dict[PolicyKind, list[Text]] = {}
        self.groups: list[Hashable] = []
        self.complete = True
        self.bounded = False
        self.credentials: list[Credential] = []
        self.session: Node | None = None


class Identities:
    """Collects them. A key is whatever tells one identity from the others in its format."""

    def __init__(self) -> None:
        self._drafts: dict[Hashable, _Draft] = {}
        self._unknown: set[str] = set()
        self._workloads: list[tuple[Hashable, str, tuple[str, ...]]] = []
        self._names: dict[tuple[str, str], list[Hashable]] = {}

    def add(
        self, key: Hashable, kind: str, address: str, span: Span, name: Text | None, references: Sequence[str] = ()
    ) -> None:
        """Declares an identity; see Identity for what the parts mean. `references` are what its ARN and its name are
        called in the causes of Holes."""
        if key not in self._drafts:
            self._drafts[key] = _Draft(kind, address, span, name, references)
            if name is not None and name.value is not None:
                self._names.setdefault((kind, name.value.lower()), []).append(key)

    def lasts(self, key: Hashable, session: Node | None) -> None:
        """Says how long the sessions of an identity may last, as written."""
        if key in self._drafts:
            self._drafts[key].session = session

    def credential(self, users: Iterable[Hashable], kind: str, key: Hashable, address: str, span: Span) -> None:
        """Gives users a long-term credential; see Credential. Whose user is none of these, is made elsewhere: that one
        is declared by the credential's own key and address, with nothing known of it."""
        found = [one for one in users if self.kind_of(one) == "user"]
        if not found:
            self.add(key, "user", address, span, None)
            self.doubt(key)
            found = [key]
        for one in found:
            self._drafts[one].credentials.append(Credential(kind, span))

    def named(self, kind: str, name: str) -> list[Hashable]:
        """The keys of those that certainly have a name. IAM's names differ by more than case."""
        return self._names.get((kind, name.lower()), [])

    def kind_of(self, key: Hashable) -> str | None:
        """The kind of the identity with that key; None if there is none."""
        draft = self._drafts.get(key)
        return draft.kind if draft is not None else None

    def attach(self, key: Hashable, kind: PolicyKind, policies: Iterable[Policy], arns: Iterable[Text] = ()) -> None:
        """Gives an identity policies (IDENTITY), a trust policy (TRUST) or a permissions boundary (BOUNDARY)."""
        draft = self._drafts.get(key)
        if draft is None:
            return
        kept = draft.policies.setdefault(kind, [])
        kept.extend(one for one in policies if not any(one is other for other in kept))
        names = draft.arns.setdefault(kind, [])
        names.extend(
            arn for arn in arns if not any(arn.display == other.display and arn.span == other.span for other in names)
        )

    def attach_all(self, targets: Iterable[tuple[Hashable, bool]], kind: PolicyKind, attached: Attached) -> None:
        """Gives some identities, each with whether that is certain, what a resource attaches."""
        for key, certain in targets:
            if certain:
                self.attach(key, kind, attached.policies, attached.arns)
            if kind is PolicyKind.BOUNDARY and not attached.complete:
                self.bound(key)
            if not (certain and attached.complete):
                self.doubt(key)

    def join(self, users: Iterable[tuple[Hashable, bool]], groups: Sequence[tuple[Hashable, bool]]) -> None:
        """Puts users into groups, each with whether that is certain."""
        for user, sure in users:
            for group, also_sure in groups:
                if not (sure and also_sure):
                    self.doubt(user)
                elif user in self._drafts and group in self._drafts:
                    self._drafts[user].groups.append(group)

    def run(self, key: Hashable, arn: str, references: tuple[str, ...]) -> None:
        """Says that something runs as a role; see Workload for what the parts mean."""
        if key in self._drafts:
            self._workloads.append((key, arn, references))

    def bound(self, key: Hashable) -> None:
        """Says that an identity has, or may have, a permissions boundary that nothing is known of."""
        if key in self._drafts:
            self._drafts[key].bounded = True

    def doubt(self, key: Hashable) -> None:
        """Says that an identity may have more than was told."""
        if key in self._drafts:
            self._drafts[key].complete = False

    def doubt_all(self, kind: str) -> None:
        """Says that something is attached to an identity of a kind, not known which."""
        self._unknown.add(kind)

    def finish(self) -> list[Identity]:
        """All of them, in the order in which they were declared."""
        made: dict[Hashable, Identity] = {}
        # Groups hold no groups, so one look at what is made is enough once they come first.
        order = sorted(self._drafts.items(), key=lambda item: item[1].kind != "group")
        for key, draft in order:
            groups = tuple(dict.fromkeys(made[group] for group in draft.groups if group in made))
            made[key] = Identity(
                draft.kind,
                draft.address,
                draft.span,
                draft.name,
                _policies(draft, PolicyKind.IDENTITY),
                _arns(draft, PolicyKind.IDENTITY),
                _policies(draft, PolicyKind.TRUST),
                _policies(draft, PolicyKind.BOUNDARY),
                _arns(draft, PolicyKind.BOUNDARY),
                groups,
                draft.complete and draft.kind not in self._unknown and all(group.complete for group in groups),
            )
            made[key].bounded = draft.bounded
            made[key].credentials = tuple(draft.credentials)
            made[key].session = draft.session
        together = [made[key] for key in self._drafts]
        beside: dict[str, Identity] = {}
        workloads = [Workload(arn, references, made[key]) for key, arn, references in self._workloads]
        for key, identity in made.items():
            identity.beside = beside
            identity.workloads = workloads
            beside.update(dict.fromkeys(self._drafts[key].references, identity))
            if identity.name is not None and identity.name.value is not None:
                beside[f"{identity.kind}/{identity.name.value}"] = identity
            for policy in identity.policies:
                policy.holders.append(identity)
        return together


def _policies(draft: _Draft, kind: PolicyKind) -> tuple[Policy, ...]:
    return tuple(draft.policies.get(kind, ()))


def _arns(draft: _Draft, kind: PolicyKind) -> tuple[Text, ...]:
    return tuple(draft.arns.get(kind, ()))


def name_policies(policies: Iterable[Policy], name: Node | None, arn: str) -> None:
    """Tells managed policies what they are called, and what their ARN is called in the causes of Holes."""
    known = name.value if isinstance(name, Text) else None
    for policy in policies:
        policy.names = (arn, f"policy/{known}") if known is not None else (arn,)


def workload_arn(form: str, name: Node | None) -> str:
    """The pattern for the ARN of a workload by its form, in which NAME stands for its name. One that is not known, or
    that AWS makes, is a character that only a wildcard matches."""
    known = name.value if isinstance(name, Text) else None
    return form.replace("NAME", known if known is not None and not set(known) & set("*?") else "\2")


def policy_name(arn: Text) -> str | None:
    """The name of a managed policy of the account by its ARN; None where the ARN does not tell, or is AWS's own.

    Source: AWS IAM User Guide, "IAM identifiers": arn:PARTITION:iam::ACCOUNT:policy/PATH/NAME.
    """
    last = arn.parts[-1] if arn.parts else ""
    if not isinstance(last, str) or "/" not in last or is_aws_managed(arn):
        return None
    return last.rpartition("/")[2] if ":policy/" in arn.display else None


def is_aws_managed(arn: Text) -> bool:
    """Whether an ARN certainly is that of a policy of AWS's own."""
    return ":iam::aws:policy/" in "".join(part if isinstance(part, str) else "\0" for part in arn.parts)
