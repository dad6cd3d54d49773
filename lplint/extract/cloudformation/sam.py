"""What SAM makes of its resources: the roles of functions, policy templates, connectors, and who may call what.

Sources: AWS Serverless Application Model Developer Guide; aws-sam-translator 1.115.0, which is what AWS runs.
"""

from __future__ import annotations

import re

from lplint.extract import permissions
from lplint.extract.cloudformation import sam_events
from lplint.extract.cloudformation.intrinsics import Removed
from lplint.extract.cloudformation.tables import load as load_table
from lplint.extract.policy_document import make_policy
from lplint.extract.values import Choice, Encoded, TextBuilder, choice, text_at, unknown
from lplint.model.node import Map, Scalar, Seq, Unknown
from lplint.model.policy import Origin, PolicyKind
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from lplint.extract.cloudformation.attachments import Held
    from lplint.extract.cloudformation.sam_events import Grant
    from lplint.extract.cloudformation.template import Resource, Template
    from lplint.extract.collector import Collector
    from lplint.extract.identities import Identities
    from lplint.model.node import Node
    from lplint.model.policy import Policy
    from lplint.model.source import Spanned

    Kind = tuple[PolicyKind, str]
    # The value of a variable in a string of the tables, with the place where it is given; None if it has none.
    Given = Callable[[str], Node | None]

TRANSFORM = "AWS::Serverless-2016-10-31"
_FUNCTION = "AWS::Serverless::Function"
_STATE_MACHINE = "AWS::Serverless::StateMachine"
_API = "AWS::Serverless::Api"
_CONNECTOR = "AWS::Serverless::Connector"
_GRAPHQL_API = "AWS::Serverless::GraphQLApi"
# The data sources of a GraphQL API for which SAM makes a role with the profile of a connector: the type that they lead
# to, the property with its ARN, and what the role may do if nothing is said.
_DATA_SOURCES = {
    "DynamoDb": ("AWS::DynamoDB::Table", "TableArn", ("Read", "Write")),
    "Lambda": ("AWS::Lambda::Function", "FunctionArn", ("Write",)),
}
# Who may assume the roles that SAM makes, if the template does not say.
_SERVICES = {
    _FUNCTION: "lambda.amazonaws.com",
    _STATE_MACHINE: "states.amazonaws.com",
    _GRAPHQL_API: "appsync.amazonaws.com",
}
_SCHEDULER = sam_events.STARTERS["ScheduleV2"]
# What a resource of SAM becomes, as the profiles of connectors name it.
_BECOMES = {
    _FUNCTION: "AWS::Lambda::Function",
    _STATE_MACHINE: "AWS::StepFunctions::StateMachine",
    _API: "AWS::ApiGateway::RestApi",
    "AWS::Serverless::HttpApi": "AWS::ApiGatewayV2::Api",
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
}
_IDENTITY = (PolicyKind.IDENTITY, "")
_TRUST = (PolicyKind.TRUST, "sts")
_OF_API = (PolicyKind.RESOURCE, "execute-api")
# Every role that SAM makes for a function may write its logs.
_BASIC = "service-role/AWSLambdaBasicExecutionRole"
_DURABLE = "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
_IN_VPC = "service-role/AWSLambdaVPCAccessExecutionRole"
_TRACING = "AWSXrayWriteOnlyAccess"
_GRAPHQL_LOGS = "service-role/AWSAppSyncPushToCloudWatchLogs"
_VARIABLE = re.compile(r"\$\{([^}]*)\}|%\{([^}]*)\}")
_PSEUDO = "AWS::"
_MOST_OPTIONS = 8
# The lists of an API's resource policy: the effect of the statement for accounts; for addresses and networks the
# operators of the Allow ("" for everybody) and of the Deny, and the condition key ("" where the values tell).
_ACCOUNTS = {"AwsAccountWhitelist": "Allow", "AwsAccountBlacklist": "Deny"}
_CALLERS = {
    "IpRangeWhitelist": ("IpAddress", "NotIpAddress", "aws:SourceIp"),
    "IpRangeBlacklist": ("", "IpAddress", "aws:SourceIp"),
    "SourceVpcWhitelist": ("StringEquals", "StringNotEquals", ""),
    "SourceVpcBlacklist": ("", "StringEquals", ""),
    "IntrinsicVpcWhitelist": ("StringEquals", "StringNotEquals", "aws:SourceVpc"),
    "IntrinsicVpcBlacklist": ("", "StringEquals", "aws:SourceVpc"),
    "IntrinsicVpceWhitelist": ("StringEquals", "StringNotEquals", "aws:SourceVpce"),
    "IntrinsicVpceBlacklist": ("", "StringEquals", "aws:SourceVpce"),
}


def is_serverless(template: Map) -> bool:
    """Whether a template names the transform of SAM."""
    transform = template.get("Transform")
    names = transform.items if isinstance(transform, Seq) else [transform]
    return any(isinstance(one, Text) and one.value == TRANSFORM for one in names)


def collect(
    template: Template, policies: Collector, identities: Identities, held: Held, kind: Kind | None = None
) -> None:
    """Adds the policies that the resources of SAM take, and the roles that SAM makes for them.

    `identities` has those that the template declares itself, by their logical id, and gets the roles by that of their
    function. `held` gives the policies that resources hold. `kind` is the kind and service of all policies, where the
    configuration says so.
    """
    _Sam(template, policies, identities, held, kind).collect()


class _Sam:
    """The resources of SAM in one template."""

    def __init__(
        self, template: Template, policies: Collector, identities: Identities, held: Held, kind: Kind | None
    ) -> None:
        self._template = template
        self._policies = policies
        self._identities = identities
        self._held = held
        self._kind = kind
        self._globals = template.node.get("Globals")

    def collect(self) -> None:
        for resource in self._template.resources:
            if resource.type in (_FUNCTION, _STATE_MACHINE):
                self._role(resource)
                self._starters(resource)
            elif resource.type == _GRAPHQL_API:
                self._graphql(resource)
        for resource in self._template.resources:
            if resource.type == _FUNCTION:
                self._function_url(resource)
            elif resource.type == _API:
                self._api(resource)
            if resource.type == _CONNECTOR:
                self._connector(resource)
            else:
                self._connectors(resource)

    def _property(self, resource: Resource, name: str) -> Node | None:
        """The value of a property, with what the section Globals says for all resources of the type."""
        section = self._globals.get(resource.type.rpartition("::")[2]) if isinstance(self._globals, Map) else None
        raw = section.get(name) if isinstance(section, Map) else None
        shared = self._template.value(raw) if raw is not None else None
        return _merged(None if isinstance(shared, Removed) else shared, self._template.property(resource, name))

    # -- roles

    def _role(self, resource: Resource) -> None:
        """The role that SAM makes for a function or a state machine; if it has one of its own, SAM makes none."""
        role = self._template.property(resource, "Role")
        if role is not None and not isinstance(role, Choice):
            return
        key, address = resource.name, resource.address
        # SAM calls the role after the function.
        references = (f"Fn::GetAtt {key}Role.Arn", f"Ref {key}Role")
        self._identities.add(key, "role", address, resource.key.span, None, references)
        trust = self._property(resource, "AssumeRolePolicyDocument") if resource.type == _FUNCTION else None
        if trust is not None:
            made = self._policies.add(trust, self._kind or _TRUST, address, "AssumeRolePolicyDocument")
            self._identities.attach(key, PolicyKind.TRUST, made)
        else:
            self._trust(key, _SERVICES[resource.type], resource.key)
        value = self._template.property(resource, "Policies")
        if value is not None:
            for one, attribute in _entries(value, "Policies"):
                self._identities.attach(key, PolicyKind.IDENTITY, *self._policy(one, address, attribute))
                if isinstance(one, Unknown):
                    self._identities.doubt(key)
                    if not isinstance(one, Choice):
                        self._policies.add(one, self._kind or _IDENTITY, address, attribute)
        if resource.type == _FUNCTION:
            self._of_function(resource)
        else:
            tracing = self._property(resource, "Tracing")
            enabled = tracing.get("Enabled") if isinstance(tracing, Map) else None
            if isinstance(enabled, Scalar) and enabled.value is True:
                self._attach_managed(key, _TRACING, enabled)
        boundary = self._property(resource, "PermissionsBoundary")
        if isinstance(boundary, Text):
            self._identities.attach(key, PolicyKind.BOUNDARY, (), [boundary])

    def _of_function(self, resource: Resource) -> None:
        """What SAM adds to the role of a function for the function's other properties, and for its events."""
        key, at = resource.name, resource.key
        durable = self._property(resource, "DurableConfig")
        self._attach_managed(key, _BASIC if durable is None else _DURABLE, at)
        tracing = self._property(resource, "Tracing")
        if isinstance(tracing, Choice):
            self._identities.doubt(key)
        elif tracing is not None and not (isinstance(tracing, Text) and tracing.value == "Disabled"):
            self._attach_managed(key, _TRACING, tracing)
        network = self._property(resource, "VpcConfig")
        if network is not None:
            self._attach_managed(key, _IN_VPC, network)
        queue = self._property(resource, "DeadLetterQueue")
        if isinstance(queue, Map):
            self._grant(resource, key, sam_events.to(queue, queue.get("TargetArn")), "DeadLetterQueue")
        invocation = self._property(resource, "EventInvokeConfig")
        if isinstance(invocation, Map):
            grants = sam_events.of_destinations(invocation.get("DestinationConfig"))
            self._grant(resource, key, grants, "EventInvokeConfig.DestinationConfig")
        for name, type_, properties in self._events(resource):
            if type_.value in sam_events.MANAGED:
                self._attach_managed(key, sam_events.MANAGED[type_.value], type_)
            self._grant(resource, key, sam_events.of_event(type_, properties), f"Events.{name}")

    def _events(self, resource: Resource) -> Iterator[tuple[str, Text, Map]]:
        """The events of a function or state machine, each with its name, its type and its properties."""
        events = self._template.property(resource, "Events")
        for key, event in events.entries if isinstance(events, Map) else ():
            if isinstance(event, Map):
                type_, properties = event.get("Type"), event.get("Properties")
                if isinstance(type_, Text):
                    given = properties if isinstance(properties, Map) else Map(event.source, event.start, event.end, [])
                    yield key.display, type_, given

    def _starters(self, resource: Resource) -> None:
        """The roles that SAM makes for what starts a state machine, or calls a function on a schedule."""
        for name, type_, properties in self._events(resource):
            is_machine = resource.type == _STATE_MACHINE
            if type_.value not in sam_events.STARTERS or not (is_machine or type_.value == "ScheduleV2"):
                continue
            if properties.get("RoleArn") is not None:
                continue
            key, address = f"{resource.name}.Events.{name}", f"{resource.address}.Events.{name}"
            self._identities.add(key, "role", address, type_.span, None)
            self._trust(key, sam_events.STARTERS[type_.value] if is_machine else _SCHEDULER, type_)
            own_name = self._template.property(resource, "Name" if is_machine else "FunctionName")
            target = own_name if own_name is not None else _hole("${AWS::Made}", type_)
            start = sam_events.START if is_machine else sam_events.INVOKE
            grants: list[Grant] = [(start, _always(target), type_)]
            queue = properties.get("DeadLetterConfig")
            if type_.value == "ScheduleV2" and isinstance(queue, Map):
                grants += sam_events.to_queue(queue, type_)
            self._grant(resource, key, grants, f"Events.{name}")

    def _graphql(self, resource: Resource) -> None:
        """The roles that SAM makes for a GraphQL API: for its logs, and for each of its data sources."""
        logging = self._template.property(resource, "Logging")
        if not isinstance(logging, Map) or logging.get("CloudWatchLogsRoleArn") is None:
            key = f"{resource.name}.Logging"
            self._identities.add(key, "role", f"{resource.address}.Logging", resource.key.span, None)
            self._trust(key, _SERVICES[_GRAPHQL_API], resource.key)
            self._attach_managed(key, _GRAPHQL_LOGS, resource.key)
        sources = self._template.property(resource, "DataSources")
        for kind, some in sources.entries if isinstance(sources, Map) else ():
            if kind.value not in _DATA_SOURCES:
                continue
            type_, path, usual = _DATA_SOURCES[kind.value]
            profile = load_table("sam_connectors")["connectors"]["AWS::AppSync::DataSource"][type_]
            for name, source in some.entries if isinstance(some, Map) else ():
                if not isinstance(source, Map) or source.get("ServiceRoleArn") is not None:
                    continue
                wanted = source.get("Permissions") if kind.value == "DynamoDb" else None
                texts = wanted.items if isinstance(wanted, Seq) else [text_at(one, name) for one in usual]
                key = f"{resource.name}.DataSources.{name.display}"
                place = f"DataSources.{kind.value}.{name.display}"
                self._identities.add(key, "role", f"{resource.address}.{place}", name.span, None)
                self._trust(key, _SERVICES[_GRAPHQL_API], name)
                given = _always(source.get(path))
                grants = [
                    (statement, given, text)
                    for text in texts
                    if isinstance(text, Text)
                    for statement in profile.get(text.value or "", ())
                ]
                self._grant(resource, key, grants, place)

    def _trust(self, key: str, service: str, at: Spanned) -> None:
        """Lets a service of AWS's assume a role that SAM makes. Nobody wrote that policy, so it is the role's alone."""
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = _document([self._statement(statement, _always(None), at)], at)
        self._identities.attach(key, PolicyKind.TRUST, [make_policy(document, Origin(""), None, _TRUST)])

    def _attach_managed(self, key: str, name: str, at: Spanned) -> None:
        """Attaches a managed policy of AWS's that SAM chooses; `name` is with its path."""
        builder = TextBuilder(at)
        for part in ("arn:", "${AWS::Partition}", f":iam::aws:policy/{name}"):
            _add(builder, part, at)
        self._identities.attach(key, PolicyKind.IDENTITY, (), [builder.finish()])

    def _grant(self, resource: Resource, key: str, grants: Iterable[Grant], attribute: str) -> None:
        """Gives a role what SAM grants it for something of a resource."""
        statements = [self._statement(statement, given, at) for statement, given, at in grants]
        if statements:
            document = _document(statements, statements[0])
            made = self._policies.add_document(document, self._kind or _IDENTITY, resource.address, attribute)
            self._identities.attach(key, PolicyKind.IDENTITY, [made])

    def _policy(self, node: Node, address: str, attribute: str) -> tuple[Sequence[Policy], Sequence[Text]]:
        """The policies that an entry of Policies is, and the ARNs of those that it names."""
        kind = self._kind or _IDENTITY
        if isinstance(node, Encoded):
            node = node.node
        if isinstance(node, Text):
            pointer = self._template.pointer(node)
            made = self._held(pointer, None) if pointer is not None else []
            made = made or self._policies.add(node, kind, address, attribute)
            return made, () if made else (node if ":" in node.display or not node.known else _aws_managed(node),)
        if not isinstance(node, Map):
            return (), ()
        if node.get("Statement") is not None:
            return self._policies.add(node, kind, address, attribute), ()
        if node.get("Effect") is not None:
            return [self._policies.add_document(_document([node], node), kind, address, attribute)], ()
        templates = load_table("sam_policy_templates")["templates"]
        policies = []
        for name, arguments in node.entries:
            found = templates.get(name.value)
            if found is not None:
                document = self._expanded(name, found, arguments)
                policies.append(self._policies.add_document(document, kind, address, f"{attribute}.{name.value}"))
            elif name.value is not None and len(node.entries) == 1:
                self._template.note(
                    name.span, f"SAM has no policy template {name.value}; correct the name, or write its statements."
                )
        return policies, ()

    def _expanded(self, name: Text, template: dict[str, Any], arguments: Node) -> Map:
        """The statements of a policy template: what AWS wrote stands at its name, what the user gave where it is
        given."""
        for parameter in template["parameters"]:
            if isinstance(arguments, Map) and arguments.get(parameter) is None:
                self._template.note(name.span, f"The policy template {name.value} takes {parameter}; give it a value.")

        def given(variable: str) -> Node | None:
            return arguments.get(variable) if isinstance(arguments, Map) else None

        return _document([self._statement(one, given, name) for one in template["statements"]], name)

    # -- what the tables say, with values put in

    def _statement(self, statement: dict[str, Any], given: Given, at: Spanned) -> Map:
        entries = [(text_at(key, at), self._filled(value, given, at)) for key, value in statement.items()]
        return Map(at.source, at.start, at.end, entries)

    def _filled(self, value: Any, given: Given, at: Spanned) -> Node:
        if isinstance(value, dict):
            return self._statement(value, given, at)
        if isinstance(value, list):
            return Seq(at.source, at.start, at.end, [self._filled(one, given, at) for one in value])
        return self._filled_text(value, given, at)

    def _filled_text(self, value: str, given: Given, at: Spanned) -> Node:
        pieces: list[Node] = []
        place: Spanned | None = None
        start = 0
        for match in _VARIABLE.finditer(value):
            pieces.append(text_at(value[start : match.start()], at))
            start = match.end()
            name = match[1] or match[2]
            put = given(name) if not name.startswith(_PSEUDO) else None
            if put is not None and place is None:
                place = put
            pieces.append(put if put is not None else _hole(match[0], at))
        pieces.append(text_at(value[start:], at))
        return _joined(pieces, place if place is not None else at)

    # -- who may call

    def _function_url(self, resource: Resource) -> None:
        """The permission for everybody that SAM adds to a function whose URL asks nobody who they are."""
        config = self._property(resource, "FunctionUrlConfig")
        kind = config.get("AuthType") if isinstance(config, Map) else None
        if not isinstance(kind, Text) or kind.value != "NONE":
            return
        # SAM adds another one for lambda:InvokeFunction, with the condition that it is invoked by the URL. It lets
        # nobody in who is not in already, so it is not told a second time.
        given: dict[str, Node] = {
            "Principal": text_at("*", kind),
            "Action": text_at("lambda:InvokeFunctionUrl", kind),
            "FunctionUrlAuthType": kind,
            "FunctionName": self._template.attribute(resource.name, "Arn", kind, kind, resource.scope),
        }
        entry = load_table("policy_properties")["permissions"]["AWS::Lambda::Permission"]
        made = permissions.document(entry, given.get, kind)
        self._policies.add_document(made, (PolicyKind.RESOURCE, "lambda"), resource.address, "FunctionUrlConfig")

    def _api(self, resource: Resource) -> None:
        """The resource policies of an API: the document, and what the lists for the authorization say."""
        document = self._template.property(resource, "Policy")
        if document is not None:
            self._policies.add(document, self._kind or _OF_API, resource.address, "Policy")
        auth = self._property(resource, "Auth")
        written = auth.get("ResourcePolicy") if isinstance(auth, Map) else None
        if not isinstance(written, Map):
            if isinstance(written, Unknown):
                self._policies.add(written, self._kind or _OF_API, resource.address, "Auth.ResourcePolicy")
            return
        statements: list[Node] = []
        for key, value in written.entries:
            if key.value == "CustomStatements":
                statements += _items(value)
            elif key.value in _ACCOUNTS:
                principal = Map(value.source, value.start, value.end, [(text_at("AWS", key), value)])
                statements.append(_invocation(key, _ACCOUNTS[key.value], principal))
            elif key.value in _CALLERS:
                allowed, denied, name = _CALLERS[key.value]
                keys = [(name, value)] if name else _networks(value)
                if keys:
                    # SAM allows everybody and denies the others; written so, the Allow says it by itself.
                    condition = _condition(key, allowed, keys) if allowed else None
                    statements.append(_invocation(key, "Allow", condition=condition))
                    statements.append(_invocation(key, "Deny", condition=_condition(key, denied, keys)))
                if not name and any(isinstance(item, Unknown) for item in _items(value)):
                    statements.append(unknown(value))  # whether these are VPCs or endpoints is not known
        if statements:
            self._policies.add_document(
                _document(statements, written), self._kind or _OF_API, resource.address, "Auth.ResourcePolicy"
            )

    # -- connectors

    def _connector(self, resource: Resource) -> None:
        properties = self._template.properties(resource)
        if properties is not None:
            self._connect(self._template.value(properties, resource.scope), None, resource.address)

    def _connectors(self, resource: Resource) -> None:
        """The connectors that stand in the resource that they lead from."""
        found = resource.node.get("Connectors")
        value = self._template.value(found, resource.scope) if found is not None else None
        for name, connector in value.entries if isinstance(value, Map) else ():
            properties = connector.get("Properties") if isinstance(connector, Map) else None
            if isinstance(properties, Map):
                self._connect(properties, resource, f"{resource.address}.Connectors.{name.display}")

    def _connect(self, properties: Node, source: Resource | None, address: str) -> None:
        if not isinstance(properties, Map):
            return
        ends = properties.get("Destination")
        wanted = properties.get("Permissions")
        here = _End(self._template, properties.get("Source"), source)
        for end in ends.items if isinstance(ends, Seq) else (ends,):
            there = _End(self._template, end, None)
            profile = load_table("sam_connectors")["connectors"].get(here.type, {}).get(there.type)
            if profile is None:
                continue

            def given(name: str, there: _End = there) -> Node | None:
                side, _, attribute = name.partition(".")
                return (here if side == "Source" else there).attribute(attribute)

            statements: list[Node] = []
            first: Text | None = None
            for permission in wanted.items if isinstance(wanted, Seq) else ():
                if isinstance(permission, Text) and permission.value in ("Read", "Write"):
                    first = first or permission
                    statements += [self._statement(one, given, permission) for one in profile.get(permission.value, ())]
            if first is None or not statements:
                continue
            on = profile["on"]
            if on in ("source", "destination"):
                made = self._policies.add_document(_document(statements, first), self._kind or _IDENTITY, address, "")
                role = self._role_of((here if on == "source" else there).resource)
                if role is not None:
                    self._identities.attach(role, PolicyKind.IDENTITY, [made])
            else:
                kind = self._kind or (PolicyKind.RESOURCE, on)
                self._policies.add_document(_document(statements, first), kind, address, "")

    def _role_of(self, resource: Resource | None) -> str | None:
        """The logical id of the role that a resource has; None if it is not known."""
        if resource is None or self._identities.kind_of(resource.name) == "role":
            return resource.name if resource is not None else None
        for name in ("Role", "RoleArn", "ServiceRoleArn"):
            value = self._template.property(resource, name)
            pointer = self._template.pointer(value) if value is not None else None
            if pointer is not None:
                return pointer
        return None


class _End:
    """One end of a connector. `type` is what the profiles call it, "" if it is not known; `resource` the resource of
    the template that it is."""

    def __init__(self, template: Template, node: Node | None, resource: Resource | None) -> None:
        self._template = template
        self._node = node if isinstance(node, Map) else None
        self.resource = resource
        self._at: Spanned | None = resource.key if resource is not None else None
        written = self._node.get("Type") if self._node is not None else None
        type_ = (written.value or "") if isinstance(written, Text) else ""
        name = self._node.get("Id") if self._node is not None else None
        if isinstance(name, Text) and resource is None:
            self._at = name
            self.resource = next((one for one in template.resources if one.name == name.value), None)
        if self.resource is not None:
            type_ = self.resource.type
        self.type = _BECOMES.get(type_, type_)

    def attribute(self, name: str) -> Node | None:
        """What a profile calls Arn, Name, ResourceId or Qualifier; None if it is not known."""
        given = self._node.get(name) if self._node is not None else None
        if given is not None:
            return given
        attribute = load_table("sam_connectors")["resources"].get(self.type, {}).get(name)
        if attribute is None or self.resource is None or self._at is None:
            return None
        if attribute == "*":
            return text_at("*", self._at)
        if attribute == "Ref":
            return self._template.reference(self.resource.name, self._at, self._at, self._template.scope)
        return self._template.attribute(self.resource.name, attribute, self._at, self._at, self._template.scope)


def _always(value: Node | None) -> Given:
    """The value of every variable."""
    return lambda _: value


def _entries(value: Node, path: str) -> Iterator[tuple[Node, str]]:
    """The entries of Policies, which is one of them or a list, each with its path."""
    if isinstance(value, Seq):
        for index, item in enumerate(value.items):
            yield from _entries(item, f"{path}[{index}]")
    elif isinstance(value, Choice):
        for option in value.options:
            yield from _entries(option, path)
        yield value, path
    else:
        yield value, path


def _merged(shared: Node | None, own: Node | None) -> Node | None:
    """What Globals and a resource say together: maps are joined, lists come one after the other, and of other values
    that of the resource counts."""
    if shared is None or own is None:
        return own if own is not None else shared
    if isinstance(shared, Map) and isinstance(own, Map):
        names = {key.value for key, _ in own.entries}
        entries = [(key, value) for key, value in shared.entries if key.value not in names]
        entries += [(key, _merged(shared.get(key.value or ""), value) or value) for key, value in own.entries]
        return Map(own.source, own.start, own.end, entries)
    if isinstance(shared, Seq) and isinstance(own, Seq):
        return Seq(own.source, own.start, own.end, [*shared.items, *own.items])
    return own


def _aws_managed(name: Text) -> Text:
    """The ARN of a policy that SAM knows by its name. Some have a path, as /service-role/."""
    builder = TextBuilder(name)
    for part in ("arn:", "${AWS::Partition}", ":iam::aws:policy/", "${Path}"):
        _add(builder, part, name)
    builder.add_text(name.value or "", name.segments())
    return builder.finish()


def _hole(source: str, at: Spanned) -> Text:
    """A string that only AWS knows, by the name that it has in the tables. What AWS fills in nobody wrote."""
    builder = TextBuilder(at)
    builder.add_hole(source, at, unknown(at), implied=source.startswith(f"${{{_PSEUDO}"))
    return builder.finish()


def _add(builder: TextBuilder, part: str, at: Spanned) -> None:
    """Adds a part of a string; a variable is a hole. What SAM and AWS fill in nobody wrote."""
    if part.startswith("${"):
        builder.add_hole(part, at, unknown(at), implied=True)
    else:
        builder.add_value(text_at(part, at), at)


def _joined(pieces: list[Node], at: Spanned) -> Node:
    """The string of some pieces; one of several strings where a piece is one of several."""
    several = {id(piece): piece for piece in pieces if isinstance(piece, Choice)}
    if len(several) == 1:
        (one,) = several.values()
        if len(one.options) <= _MOST_OPTIONS:
            made = [_joined([option if piece is one else piece for piece in pieces], at) for option in one.options]
            return choice(made, at, certain=False)
    builder = TextBuilder(at)
    for piece in pieces:
        builder.add_part(piece, piece)
    return builder.finish()


def _document(statements: Sequence[Node], at: Spanned) -> Map:
    """The policy of some statements."""
    entries: list[tuple[Text, Node]] = [
        (text_at("Version", at), text_at("2012-10-17", at)),
        (text_at("Statement", at), Seq(at.source, at.start, at.end, list(statements))),
    ]
    return Map(at.source, at.start, at.end, entries)


def _invocation(key: Text, effect: str, principal: Node | None = None, condition: Node | None = None) -> Map:
    """A statement about calling an API: on all of its paths, of which SAM names each."""
    builder = TextBuilder(key)
    for part in ("arn:", "${AWS::Partition}", ":execute-api:", "${AWS::Region}", ":", "${AWS::AccountId}", ":"):
        _add(builder, part, key)
    for part in ("${ApiId}", "/", "${Stage}", "/", "${Path}"):
        _add(builder, part, key)
    entries: list[tuple[Text, Node]] = [
        (text_at("Effect", key), text_at(effect, key)),
        (text_at("Principal", key), principal if principal is not None else text_at("*", key)),
        (text_at("Action", key), text_at("execute-api:Invoke", key)),
        (text_at("Resource", key), builder.finish()),
    ]
    if condition is not None:
        entries.append((text_at("Condition", key), condition))
    return Map(key.source, key.start, key.end, entries)


def _condition(key: Text, operator: str, values: Sequence[tuple[str, Node]]) -> Map:
    keys: list[tuple[Text, Node]] = [(text_at(name, key), value) for name, value in values]
    inner = Map(key.source, key.start, key.end, keys)
    return Map(key.source, key.start, key.end, [(text_at(operator, key), inner)])


def _items(value: Node) -> list[Node]:
    return value.items if isinstance(value, Seq) else [value]


def _networks(value: Node) -> list[tuple[str, Node]]:
    """The condition keys for a list of VPCs and endpoints of VPCs."""
    items = _items(value)
    found: list[tuple[str, Node]] = []
    for name, prefix in (("aws:SourceVpc", "vpc-"), ("aws:SourceVpce", "vpce-")):
        some = [item for item in items if isinstance(item, Text) and item.may_start_with(prefix)]
        if some:
            found.append((name, Seq(value.source, value.start, value.end, list(some))))
    return found
