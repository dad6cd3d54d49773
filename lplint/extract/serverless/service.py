"""The policies of a serverless.yml: the statements of its roles, its resource policies, and the template in it."""

from __future__ import annotations

from lplint.extract.cloudformation.policies import extract_template
from lplint.extract.cloudformation.template import Template
from lplint.extract.collector import Collector
from lplint.extract.identities import Identities
from lplint.extract.place import Place
from lplint.extract.search import search
from lplint.extract.serverless.variables import Variables
from lplint.extract.values import text_at
from lplint.model.node import Choice, Map, Scalar, Seq, Unknown
from lplint.model.policy import Origin, PolicyKind
from lplint.model.text import Text
from lplint.syntax.parsed import SyntaxProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lplint.extract.found import Found
    from lplint.model.node import Node
    from lplint.model.policy import Policy
    from lplint.model.source import Source, Span, Spanned

    Kind = tuple[PolicyKind, str] | None

_FORM = "serverless"
_IDENTITY = (PolicyKind.IDENTITY, "")
_API = (PolicyKind.RESOURCE, "execute-api")
# Where statements stand without a document around them.
# Source: Serverless Framework documentation, "IAM permissions for functions" and "API Gateway", version 4; the keys
# `iamRoleStatements` and `resourcePolicy` of the provider are those of version 1.
_STATEMENTS: tuple[tuple[tuple[str, ...], tuple[PolicyKind, str]], ...] = (
    (("provider", "iam", "role", "statements"), _IDENTITY),
    (("provider", "iamRoleStatements"), _IDENTITY),
    (("provider", "apiGateway", "resourcePolicy"), _API),
    (("provider", "resourcePolicy"), _API),
)
# Those of a function: of the framework, and of the plugin serverless-iam-roles-per-function.
_OF_FUNCTION = (("iam", "role", "statements"), ("iamRoleStatements",))
# Whether a function's role has the statements of the service too; policies by their ARN, and permissions boundaries.
_INHERITS = (("iamRoleStatementsInherit",), ("iam", "inheritStatements"))
_ATTACHED_TO_SERVICE = (("iam", "role", "managedPolicies"), ("iamManagedPolicies",))
_BOUNDARIES_OF_SERVICE = (
    ("iam", "role", "permissionsBoundary"),
    ("iam", "role", "permissionBoundary"),
    ("rolePermissionsBoundary",),
)
_BOUNDARIES_OF_FUNCTION = (("iamPermissionsBoundary",),)
_RESOURCES = "resources"
_DEEPEST = 50


def is_service(node: Node) -> bool:
    """Whether a document is a service of the Serverless Framework on AWS, by what it says."""
    if not isinstance(node, Map) or node.get("service") is None:
        return False
    provider = node.get("provider")
    name = provider.get("name") if isinstance(provider, Map) else provider
    return isinstance(name, Text) and (name.value == "aws" or (name.value or "").startswith("${"))


def extract_service(document: Map, found: Found, read: Callable[[str], Source | None], kind: Kind = None) -> None:
    """Adds to `found` the policies of a service.

    `read` gives the text of a file that the service names; None for one that is missing, no text, or outside the root.
    `kind` is the kind and service of all policies, where the configuration says so.
    """
    _Service(document, found, read, kind).collect()


class _Service:
    """Finds the policies of one service."""

    def __init__(self, document: Map, found: Found, read: Callable[[str], Source | None], kind: Kind) -> None:
        self._document = document
        self._found = found
        self._kind = kind
        self._variables = Variables(document, read, self._note)
        self._notes: set[str] = set()
        self._policies = Collector(found, _FORM)
        self._resources = self._template_map()
        # The statements become a part of the template that the framework writes.
        self._template = Template(self._resources, found, is_whole=False)
        self._done: set[int] = set()
        self._identities = Identities()

    def collect(self) -> None:
        shared: list[Policy] = []
        for path, kind in _STATEMENTS:
            made = self._take(self._variables.at(*path), self._variables.key_at(*path), kind, path)
            shared += made if kind is _IDENTITY else []
        # Of the provider only the role is about policies, and its statements are known by now.
        self._variables.note = None
        provider = self._variables.at("provider")
        self._variables.note = self._note
        if isinstance(provider, Map) and not isinstance(_under(provider, ("iam", "role"))[0], Text):
            self._role("provider", provider, shared, _ATTACHED_TO_SERVICE, _BOUNDARIES_OF_SERVICE)
        for address, function in self._functions():
            own: list[Policy] = []
            inherits = any(_is_true(_under(function, path)[0]) for path in _INHERITS)
            for path in _OF_FUNCTION:
                node, key = _under(function, path)
                own += self._take(node, key, _IDENTITY, (*address, *path))
            if own:
                # A function with statements of its own has a role of its own.
                policies = own + (shared if inherits else [])
                self._role(".".join(address), function, policies, (), _BOUNDARIES_OF_FUNCTION)
        self._found.identities += self._identities.finish()
        if self._resources.entries:
            extract_template(self._resources, self._found, self._kind, is_whole=False)
        self._leftovers()
        self._template.release()

    def _note(self, span: Span, message: str) -> None:
        """Takes down what cannot be resolved, once for each file that cannot be read."""
        if message not in self._notes:
            self._notes.add(message)
            self._found.problems.append(SyntaxProblem(span, message, fatal=False, reference=True))

    def _functions(self) -> Iterator[tuple[tuple[str, ...], Map]]:
        """The functions, which may be several maps in a list (each from a file of its own)."""
        functions = self._variables.at("functions")
        for one in functions.items if isinstance(functions, Seq) else (functions,):
            for key, function in one.entries if isinstance(one, Map) else ():
                if isinstance(function, Map):
                    yield ("functions", key.display), function

    def _role(
        self,
        address: str,
        node: Map,
        policies: list[Policy],
        attached: Sequence[tuple[str, ...]],
        boundaries: Sequence[tuple[str, ...]],
    ) -> None:
        """The role that the framework makes for the service, or the plugin for a function."""
        arns = self._arns(node, attached)
        if not policies and not arns:
            return
        self._identities.add(address, "role", address, node.head(), None)
        self._identities.attach(address, PolicyKind.IDENTITY, policies, arns)
        self._identities.attach(address, PolicyKind.BOUNDARY, (), self._arns(node, boundaries))

    def _arns(self, node: Map, paths: Sequence[tuple[str, ...]]) -> list[Text]:
        found: list[Text] = []
        for path in paths:
            raw = _under(node, path)[0]
            value = self._template.value(raw) if raw is not None else None
            found += [one for one in (value.items if isinstance(value, Seq) else (value,)) if isinstance(one, Text)]
        return found

    def _take(
        self, node: Node | None, key: Text | None, kind: tuple[PolicyKind, str], path: tuple[str, ...]
    ) -> list[Policy]:
        """The policies of some statements; `key` is what they stand under."""
        if node is None:
            return []
        policies = []
        self._done.add(id(node))
        value = self._template.value(node)
        if isinstance(value, Unknown) and not isinstance(value, Choice):
            return self._policies.add(value, self._kind or kind, ".".join(path[:-1]), path[-1])
        for one in value.options if isinstance(value, Choice) else (value,):
            if isinstance(one, Map) and one.get("Statement") is not None:
                made = one  # a whole document, as a resource policy may be written
            elif isinstance(one, Map | Seq) and _has_statement(one):
                made = _document_of(one, key if key is not None else node)
            else:
                continue
            address, attribute = ".".join(path[:-1]), path[-1]
            policies.append(self._policies.add_document(made, self._kind or kind, address, attribute))
        return policies

    def _template_map(self) -> Map:
        """The CloudFormation template of the service, whose sections may come from several files."""
        parts = self._variables.at(_RESOURCES)
        sections: dict[str, tuple[Text, Node]] = {}
        for part in parts.items if isinstance(parts, Seq) else (parts,):
            for key, value in part.entries if isinstance(part, Map) else ():
                name = key.display
                if name in sections and isinstance(value, Map) and isinstance(sections[name][1], Map):
                    first, before = sections[name]
                    assert isinstance(before, Map)  # noqa: S101  asked above
                    entries = [*before.entries, *value.entries]
                    sections[name] = (first, Map(before.source, before.start, before.end, entries))
                else:
                    sections.setdefault(name, (key, value))
        at: Spanned = parts if parts is not None else self._document
        return Map(at.source, at.start, at.end, list(sections.values()))

    def _leftovers(self) -> None:
        """Policies and statements where plugins keep theirs, by what they say."""
        self._variables.note = None  # what is missing there is hardly a policy
        for key, raw in self._document.entries:
            if key.value == _RESOURCES:
                continue
            place = Place(None, self._document, key.display)
            value = self._variables.value(raw)
            search(value, self._found, self._kind, place, _origin, set(self._done))
            for path, name, node in _lists_of_statements(value, (key.display,)):
                if id(node) not in self._done:
                    self._take(node, name, _IDENTITY, path)


def _under(node: Node | None, path: tuple[str, ...]) -> tuple[Node | None, Text | None]:
    """What stands at a path below a node, and its key."""
    key: Text | None = None
    for name in path:
        if not isinstance(node, Map):
            return None, None
        key, node = next((entry for entry in reversed(node.entries) if entry[0].value == name), (None, None))
    return node, key


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is True


def _has_statement(node: Map | Seq) -> bool:
    """Whether this is a statement, or a list with one in it."""
    items = node.items if isinstance(node, Seq) else [node]
    known = [one for one in items if isinstance(one, Map)]
    return any(one.get("Effect") is not None for one in known) or (
        not known and bool(items) and all(isinstance(one, Unknown) for one in items)
    )


def _document_of(statements: Map | Seq, at: Spanned) -> Map:
    """The document that the framework puts around statements; what they lack of one stands at the key above them."""
    entries: list[tuple[Text, Node]] = [
        (text_at("Version", at), text_at("2012-10-17", at)),
        (text_at("Statement", at), statements),
    ]
    return Map(statements.source, statements.start, statements.end, entries)


def _lists_of_statements(root: Node, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Text, Node]]:
    """The lists below a node that are called iamRoleStatements, with their path and their key."""
    seen: set[int] = set()
    todo: list[tuple[Node, tuple[str, ...]]] = [(root, above)]
    while todo:
        node, path = todo.pop()
        if id(node) in seen or len(path) > _DEEPEST:
            continue
        seen.add(id(node))
        if isinstance(node, Map):
            for key, value in node.entries:
                if key.value == "iamRoleStatements" and isinstance(value, Seq):
                    yield (*path, key.value), key, value
                else:
                    todo.append((value, (*path, key.display)))
        elif isinstance(node, Seq):
            todo.extend((item, (*path, str(index))) for index, item in enumerate(node.items))


def _origin(place: Place | None) -> Origin:
    """The way down to a policy that plugins read."""
    if place is None:
        return Origin(_FORM)
    return Origin(_FORM, place.parent.path() if place.parent is not None else "", place.key_name())
