"""Turns evaluated values into policies, each document once for each kind that it is used as."""

from __future__ import annotations

from lplint.extract.policy_document import is_policy, make_policy
from lplint.extract.rendered import parse_rendered
from lplint.extract.search import search
from lplint.extract.values import Encoded, Rendered, text_at
from lplint.model.node import Choice, Map, Seq, Unknown
from lplint.model.policy import Origin
from lplint.model.source import Source
from lplint.model.text import Text
from lplint.syntax import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.extract.found import Found
    from lplint.model.node import Node
    from lplint.model.policy import Policy, PolicyKind
    from lplint.model.source import Span

    Kind = tuple[PolicyKind, str] | None


def place_of(node: Node) -> tuple[str, int, int]:
    """Where a node begins: the file, the offset in it, and that in the string in which the node stands, if in one."""
    place = node.span.in_file()
    return (place.source.path, place.start, node.start)


class Collector:
    """Adds to `found` the policies that values are. `form` is the form of all their origins ("terraform"), `calls` the
    calls that led to them (Policy.calls)."""

    def __init__(self, found: Found, form: str, calls: tuple[Span, ...] = ()) -> None:
        self.found = found
        self._form = form
        self._calls = calls
        self._used: dict[tuple[int, str], Policy] = {}
        self._nodes: dict[int, Node] = {}  # keeps what `_used` names alive, so that no id comes twice
        self._texts: dict[tuple[str, int, int], list[Policy]] = {}  # by where the texts of policies begin

    def add(self, value: Node, kind: Kind, address: str, attribute: str) -> list[Policy]:
        """The policies that a value is, or may be: a document, a list of them, or JSON in a string. `kind` is their
        kind and service where the place of the value tells."""
        if isinstance(value, Choice):
            return [one for option in value.options for one in self.add(option, kind, address, attribute)]
        if isinstance(value, Encoded):
            return self.add(value.node, kind, address, attribute)
        if isinstance(value, Map):
            # Where a policy belongs, one is there even if none of its statements is known.
            if is_policy(value) or (kind is not None and _has_unknown_statements(value)):
                return [self.add_document(value, kind, address, attribute)]
            return []
        if isinstance(value, Seq):
            return [one for item in value.items for one in self.add(item, kind, address, attribute)]
        if isinstance(value, Text):
            return self.add_text(value, kind, address, attribute)
        if isinstance(value, Unknown) and kind is not None:
            return [self._add_unknown(value, kind, address, attribute)]
        return []

    def _add_unknown(self, value: Text | Unknown, kind: Kind, address: str, attribute: str) -> Policy:
        """The policy that stands where nothing of it is known: it counts, and so does what is not known."""
        if isinstance(value, Text):
            value = Unknown(value.source, value.start, value.end, value.display)
        entries: list[tuple[Text, Node]] = [(text_at("Statement", value), value)]
        return self.add_document(Map(value.source, value.start, value.end, entries), kind, address, attribute)

    def add_text(self, text: Text, kind: Kind, address: str, attribute: str) -> list[Policy]:
        """The policies of JSON in a string."""
        place = place_of(text)
        if place in self._texts:
            return self._texts[place]
        if "Statement" not in text.display:
            return [self._add_unknown(text, kind, address, attribute)] if kind and text.value is None else []
        made = self._texts[place] = []
        if isinstance(text, Rendered):
            parsed = parse_rendered(text)
        elif text.value is not None:
            parsed = json.parse(Source(text.source.path, text.value, within=text))
        else:
            return made
        policies = self.found.policies
        count = len(policies)
        for document in parsed.documents:
            if isinstance(document, Map) and is_policy(document):
                self.add_document(document, kind, address, attribute)
            else:
                search(document, self.found, kind, origin=lambda _: Origin(self._form, address, attribute))
        made += policies[count:]
        for policy in made:
            policy.calls = self._calls
        if made or '"Effect"' in text.display:
            self.found.problems.extend(parsed.problems)
        return made

    def add_statement(self, value: Node, kind: Kind, address: str, attribute: str) -> list[Policy]:
        """The policy of a value that is one statement without the document around it, which AWS adds."""
        if isinstance(value, Encoded):
            value = value.node
        elif isinstance(value, Text) and value.value is not None and value.value.lstrip().startswith("{"):
            parsed = json.parse(Source(value.source.path, value.value, within=value))
            value = parsed.documents[0] if parsed.documents else value
        if isinstance(value, Map) and not is_policy(value):
            entries: list[tuple[Text, Node]] = [
                (text_at("Version", value), text_at("2012-10-17", value)),
                (text_at("Statement", value), value),
            ]
            value = Map(value.source, value.start, value.end, entries)
        return self.add(value, kind, address, attribute)

    def add_document(self, node: Map, kind: Kind, address: str, attribute: str) -> Policy:
        """The policy that a map is."""
        policy = make_policy(node, Origin(self._form, address, attribute), None, kind)
        policy.calls = self._calls
        key = (id(node), f"{policy.kind.value}:{policy.service}")
        if key not in self._used:
            self._used[key] = policy
            self._nodes[id(node)] = node
            self.found.policies.append(policy)
        return self._used[key]

    def has(self, node: Node) -> bool:
        """Whether a policy was made of this very document."""
        return id(node) in self._nodes


def _has_unknown_statements(node: Map) -> bool:
    """Whether a map has a Statement of which nothing is known, or only unknown ones; or may have one, in entries whose
    keys are not known."""
    statement = node.get("Statement")
    if statement is None:
        return any(key.value is None for key, _ in node.entries)
    items = statement.items if isinstance(statement, Seq) else [statement]
    return bool(items) and all(isinstance(item, Unknown) for item in items)
