"""The syntax tree of Terraform's language, in text or in JSON, with the place of every node."""

from __future__ import annotations

from lplint.model.source import Source, Span, Spanned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from lplint.model.text import Segment


class Literal(Spanned):
    """A number, a boolean or null."""

    __slots__ = ("value",)

    def __init__(self, source: Source, start: int, end: int, value: bool | int | float | None) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.value = value

    def __repr__(self) -> str:
        return f"Literal({self.value!r})"


class TextPart(Spanned):
    """Characters that a template gives as they are, after unescaping.

    `segments` say where each of them is written, in order and without gaps; an escape is one segment. The span covers
    them as they are written, with what a strip marker or the indentation of a heredoc takes away.
    """

    __slots__ = ("segments", "text")

    def __init__(self, source: Source, start: int, end: int, text: str, segments: list[Segment]) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.text = text
        self.segments = segments

    def __repr__(self) -> str:
        return f"TextPart({self.text!r})"


class Interpolation(Spanned):
    """`${expression}`; the span includes the braces."""

    __slots__ = ("expression",)

    def __init__(self, source: Source, start: int, end: int, expression: Expression) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.expression = expression

    def __repr__(self) -> str:
        return f"Interpolation({self.expression!r})"


class IfDirective(Spanned):
    """`%{ if condition }...%{ else }...%{ endif }`."""

    __slots__ = ("condition", "otherwise", "then")

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        condition: Expression,
        then: tuple[Part, ...],
        otherwise: tuple[Part, ...],
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.condition = condition
        self.then = then
        self.otherwise = otherwise

    def __repr__(self) -> str:
        return f"IfDirective({self.condition!r}, {self.then!r}, {self.otherwise!r})"


class ForDirective(Spanned):
    """`%{ for key, value in collection }...%{ endfor }`; `key_name` is None where only the value has a name."""

    __slots__ = ("body", "collection", "key_name", "value_name")

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        key_name: str | None,
        value_name: str,
        collection: Expression,
        body: tuple[Part, ...],
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.key_name = key_name
        self.value_name = value_name
        self.collection = collection
        self.body = body

    def __repr__(self) -> str:
        return f"ForDirective({self.key_name!r}, {self.value_name!r}, {self.collection!r}, {self.body!r})"


class Template(Spanned):
    """A string in quotes, or a heredoc: the span covers the whole token."""

    __slots__ = ("heredoc", "parts")

    def __init__(self, source: Source, start: int, end: int, parts: tuple[Part, ...], heredoc: bool = False) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.parts = parts
        self.heredoc = heredoc

    def __repr__(self) -> str:
        return f"Template({self.parts!r})"


class Variable(Spanned):
    """The name that a traversal starts with: `var`, `local`, `each`, `aws_s3_bucket`."""

    __slots__ = ("name",)

    def __init__(self, source: Source, start: int, end: int, name: str) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.name = name

    def __repr__(self) -> str:
        return f"Variable({self.name!r})"


class GetAttr(Spanned):
    """`operand.name`."""

    __slots__ = ("name", "name_span", "operand")

    def __init__(self, source: Source, start: int, end: int, operand: Expression, name: str, name_span: Span) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.operand = operand
        self.name = name
        self.name_span = name_span

    def __repr__(self) -> str:
        return f"GetAttr({self.operand!r}, {self.name!r})"


class Index(Spanned):
    """`operand[key]`, or `operand.0` as it was once written."""

    __slots__ = ("key", "operand")

    def __init__(self, source: Source, start: int, end: int, operand: Expression, key: Expression) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.operand = operand
        self.key = key

    def __repr__(self) -> str:
        return f"Index({self.operand!r}, {self.key!r})"


class SplatItem(Spanned):
    """Each item of the innermost Splat around it, where the item's own traversal starts."""

    __slots__ = ()

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end

    def __repr__(self) -> str:
        return "SplatItem()"


class Splat(Spanned):
    """`operand[*].name[0]` where `full`, else `operand.*.name`: the list of `each` for every item of the operand.

    A full splat takes the attributes and indexes behind it, one that is not takes the attributes only.
    """

    __slots__ = ("each", "full", "operand")

    def __init__(self, source: Source, start: int, end: int, operand: Expression, each: Expression, full: bool) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.operand = operand
        self.each = each
        self.full = full

    def __repr__(self) -> str:
        return f"Splat({self.operand!r}, {self.each!r}, full={self.full})"


class Call(Spanned):
    """`name(arguments)`; `expand` where the last argument is a list of arguments (`...`).

    `name` is as written, with the provider before it: `provider::aws::arn_parse`.
    """

    __slots__ = ("arguments", "expand", "name")

    def __init__(
        self, source: Source, start: int, end: int, name: str, arguments: tuple[Expression, ...], expand: bool = False
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.name = name
        self.arguments = arguments
        self.expand = expand

    def __repr__(self) -> str:
        return f"Call({self.name!r}, {self.arguments!r}{', expand=True' if self.expand else ''})"


class Tuple(Spanned):
    """`[items]`."""

    __slots__ = ("items",)

    def __init__(self, source: Source, start: int, end: int, items: tuple[Expression, ...]) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.items = items

    def __repr__(self) -> str:
        return f"Tuple({self.items!r})"


class Object(Spanned):
    """`{key = value}` in the order written, a key that comes twice is there twice.

    A key that is a bare word is a Template of it; one in parentheses is the expression.
    """

    __slots__ = ("items",)

    def __init__(self, source: Source, start: int, end: int, items: tuple[tuple[Expression, Expression], ...]) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.items = items

    def __repr__(self) -> str:
        return f"Object({self.items!r})"


class For(Spanned):
    """`[for key_name, value_name in collection : value if condition]`, or with a `key` the object
    `{for ... : key => value... if condition}`, where `grouped` says that the `...` is there."""

    __slots__ = ("collection", "condition", "grouped", "key", "key_name", "value", "value_name")

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        key_name: str | None,
        value_name: str,
        collection: Expression,
        key: Expression | None,
        value: Expression,
        condition: Expression | None = None,
        grouped: bool = False,
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.key_name = key_name
        self.value_name = value_name
        self.collection = collection
        self.key = key
        self.value = value
        self.condition = condition
        self.grouped = grouped

    def __repr__(self) -> str:
        return (
            f"For({self.key_name!r}, {self.value_name!r}, {self.collection!r}, {self.key!r}, {self.value!r},"
            f" {self.condition!r}, grouped={self.grouped})"
        )


class Conditional(Spanned):
    """`condition ? then : otherwise`."""

    __slots__ = ("condition", "otherwise", "then")

    def __init__(
        self, source: Source, start: int, end: int, condition: Expression, then: Expression, otherwise: Expression
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.condition = condition
        self.then = then
        self.otherwise = otherwise

    def __repr__(self) -> str:
        return f"Conditional({self.condition!r}, {self.then!r}, {self.otherwise!r})"


class Binary(Spanned):
    """`left operator right`."""

    __slots__ = ("left", "operator", "right")

    def __init__(
        self, source: Source, start: int, end: int, operator: str, left: Expression, right: Expression
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.operator = operator
        self.left = left
        self.right = right

    def __repr__(self) -> str:
        return f"Binary({self.operator!r}, {self.left!r}, {self.right!r})"


class Unary(Spanned):
    """`-operand` or `!operand`."""

    __slots__ = ("operand", "operator")

    def __init__(self, source: Source, start: int, end: int, operator: str, operand: Expression) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.operator = operator
        self.operand = operand

    def __repr__(self) -> str:
        return f"Unary({self.operator!r}, {self.operand!r})"


class Broken(Spanned):
    """An expression that could not be read; `written` is what stands there."""

    __slots__ = ("written",)

    def __init__(self, source: Source, start: int, end: int, written: str) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.written = written

    def __repr__(self) -> str:
        return f"Broken({self.written!r})"


class Attribute(Spanned):
    """`name = expression` in a body."""

    __slots__ = ("expression", "name", "name_span")

    def __init__(
        self, source: Source, start: int, end: int, name: str, name_span: Span, expression: Expression
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.name = name
        self.name_span = name_span
        self.expression = expression

    def __repr__(self) -> str:
        return f"Attribute({self.name!r}, {self.expression!r})"


class Block(Spanned):
    """`type "label" "label" { body }`; `header` is the place of its type and labels."""

    __slots__ = ("body", "header", "label_spans", "labels", "type")

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        type: str,
        labels: tuple[str, ...],
        label_spans: tuple[Span, ...],
        body: Body,
        header: Span,
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.type = type
        self.labels = labels
        self.label_spans = label_spans
        self.body = body
        self.header = header

    def __repr__(self) -> str:
        return f"Block({' '.join((self.type, *self.labels))!r}, {self.body!r})"


class Body(Spanned):
    """The attributes and the blocks of a file or a block, each in the order written; duplicates are kept."""

    __slots__ = ("attributes", "blocks")

    def __init__(self, source: Source, start: int, end: int, attributes: list[Attribute], blocks: list[Block]) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.attributes = attributes
        self.blocks = blocks

    def __repr__(self) -> str:
        return f"Body({self.attributes!r}, {self.blocks!r})"


if TYPE_CHECKING:
    Part: TypeAlias = TextPart | Interpolation | IfDirective | ForDirective
    Expression: TypeAlias = (
        Literal
        | Template
        | Variable
        | GetAttr
        | Index
        | Splat
        | SplatItem
        | Call
        | Tuple
        | Object
        | For
        | Conditional
        | Binary
        | Unary
        | Broken
    )
