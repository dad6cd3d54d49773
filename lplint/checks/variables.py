"""Policy variables: how they are written, and where they may stand."""

from __future__ import annotations

from lplint.access.variables import variables
from lplint.aws import conditions
from lplint.model.finding import Problem
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.access.variables import Variable
    from lplint.model.policy import Policy, Statement

_CURRENT = "2012-10-17"


def malformed_variable(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        for text in _values(statement):
            if text.value is None:
                for hole in text.holes:
                    if hole.source == "${}":
                        yield Problem(hole.span, "${} names no variable; write its name, or $ alone as ${$}.")
                continue
            for one in variables(text.value) if "${" in text.value else ():
                wrong = _wrong(one)
                if wrong:
                    yield Problem(text.span_of(one.start, one.end), wrong)


def _wrong(one: Variable) -> str:
    if not one.closed:
        return "The variable lacks its closing brace, so it is plain text and matches nothing; write }."
    if one.default is not None:
        default = one.default.strip()
        if len(default) < 2 or not (default.startswith("'") and default.endswith("'")):
            return "The default value of a variable stands in single quotes; write ${name, 'value'}."
    # A tag's key, behind the slash, may hold spaces.
    if " " in one.name.partition("/")[0] or one.name != one.name.strip():
        return f"The name of a variable holds no spaces; write ${{{''.join(one.name.split())}}}."
    return ""


def misplaced_variable(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        for element in (statement.action, statement.not_action):
            for text in element.values if element is not None else ():
                if text.value is not None and "${" in text.value:
                    yield from _misplaced(text, "an action")
        for principal in (statement.principal, statement.not_principal):
            for value in principal.values if principal is not None else ():
                yield from _misplaced(value.value, "a principal")
        for node, what in ((statement.sid, "a Sid"), (statement.effect, "an Effect")):
            if isinstance(node, Text):
                yield from _misplaced(node, what)


def _misplaced(text: Text, what: str) -> Iterator[Problem]:
    if text.value is None or "${" not in text.value:
        return
    for one in variables(text.value):
        if not one.character:
            yield Problem(
                text.span_of(one.start, one.end),
                f"AWS fills in no variable in {what}, so this matches nothing; variables work in Resource and "
                "Condition only.",
            )


def variable_without_version(policy: Policy) -> Iterator[Problem]:
    version = policy.version
    if version is None:
        if not policy.complete:
            return
    elif not isinstance(version, Text) or version.value != "2008-10-17":
        return
    for statement in policy.statements:
        for text in _values(statement):
            if text.value is not None and "${" in text.value:
                for one in variables(text.value):
                    if one.closed:
                        yield Problem(
                            text.span_of(one.start, one.end),
                            "This is plain text without the language's current version; "
                            f'add "Version": "{_CURRENT}" to the policy.',
                        )


def variable_for_operator(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        for condition in statement.conditions:
            operator = conditions.operator(condition.operator.value or "")
            if operator is None or operator.family in ("String", "Arn"):
                continue
            for text in condition.values:
                if text.value is not None and "${" in text.value:
                    for one in variables(text.value):
                        yield Problem(
                            text.span_of(one.start, one.end),
                            f"{operator.name} takes no variable, so this is never equal to anything; variables work "
                            "with String and Arn operators.",
                        )


def _values(statement: Statement) -> Iterator[Text]:
    """The strings in which variables may stand."""
    for element in (statement.resource, statement.not_resource):
        if element is not None:
            yield from element.values
    for condition in statement.conditions:
        yield from condition.values
