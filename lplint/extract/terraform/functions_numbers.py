"""Terraform's functions for numbers, booleans and IP networks."""

from __future__ import annotations

import math
import re

from lplint.extract.terraform.functions_arguments import (
    closed_items_of,
    is_null,
    items_of,
    known_bool,
    known_integer,
    known_number,
    known_text,
    scalar,
    seq,
    tidy,
)
from lplint.extract.values import Reference, text_at
from lplint.model.node import Scalar, Unknown
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from lplint.extract.terraform.functions_arguments import FileReader, Function
    from lplint.model.node import Node
    from lplint.model.source import Spanned

_LONGEST_RANGE = 1024  # Terraform makes no longer one
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_INTEGER = re.compile(r"([+-]?)([0-9A-Za-z]{1,500})", re.ASCII)


def numeric(compute: Callable[..., int | float]) -> Function:
    """A function all of whose arguments, and whose result, are numbers."""

    def call(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
        try:
            value = compute(*map(known_number, arguments))
        except (ArithmeticError, ValueError):
            return None
        return scalar(tidy(value), at) if math.isfinite(value) else None

    return call


def largest(*numbers: int | float) -> int | float:
    return max(numbers)


def smallest(*numbers: int | float) -> int | float:
    return min(numbers)


def logarithm(number: float, base: float) -> float:
    return math.log(number) / math.log(base)


def signum(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    number = known_integer(arguments[0])
    return scalar((number > 0) - (number < 0), at)


def parseint(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    text, base = arguments[0], known_integer(arguments[1])
    match = _INTEGER.fullmatch(text.value) if isinstance(text, Text) and text.value is not None else None
    if match is None or not 2 <= base <= 62:
        return None
    value = 0
    for character in match[2] if base > 36 else match[2].lower():
        digit = _DIGITS.index(character)
        if digit >= base:
            return None
        value = value * base + digit
    return scalar(-value if match[1] == "-" else value, at)


def sum_(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    numbers = [known_number(item) for item in closed_items_of(arguments[0])]
    return (
        scalar(tidy(math.fsum(numbers) if any(isinstance(n, float) for n in numbers) else sum(numbers)), at)
        if (numbers)
        else None
    )


def range_(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    from decimal import Decimal

    numbers = [Decimal(repr(known_number(argument))) for argument in arguments]
    start, end = (Decimal(0), numbers[0]) if len(numbers) == 1 else numbers[:2]
    step = numbers[2] if len(numbers) == 3 else Decimal(1 if end >= start else -1)
    if start == end:
        return seq([], at)
    if step == 0 or (step > 0) != (end > start) or (end - start) / step > _LONGEST_RANGE:
        return None
    found = _steps(start, end, step)
    return seq([scalar(_number(number), at) for number in found], at) if len(found) <= _LONGEST_RANGE else None


def _steps(start: Decimal, end: Decimal, step: Decimal) -> list[Decimal]:
    found = []
    while (start < end) if step > 0 else (start > end):
        found.append(start)
        start += step
        if len(found) > _LONGEST_RANGE:
            break  # a step too small to count beside the start
    return found


def _number(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def alltrue(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    return _all(arguments[0], False, at)


def anytrue(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    return _all(arguments[0], True, at)


def _all(argument: Node, decisive: bool, at: Spanned) -> Node | None:
    """One item that is `decisive` decides; null is as good as false."""
    is_sure = True
    for item in items_of(argument):
        if isinstance(item, Unknown) or (isinstance(item, Text) and item.value is None):
            is_sure = False
        elif (not is_null(item) and known_bool(item)) == decisive:
            return scalar(decisive, at)
    return scalar(not decisive, at) if is_sure else None


def tonumber(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    (argument,) = arguments
    if isinstance(argument, Scalar | Reference) and not _is_bool(argument):
        return argument
    return scalar(known_number(argument), argument)


def tobool(arguments: Sequence[Node], _at: Spanned, _files: FileReader) -> Node | None:
    (argument,) = arguments
    if is_null(argument) or _is_bool(argument) or isinstance(argument, Reference):
        return argument
    return scalar(known_bool(argument), argument)


def _is_bool(node: Node) -> bool:
    return isinstance(node, Scalar) and isinstance(node.value, bool)


def cidrhost(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    import ipaddress

    number = known_integer(arguments[1])
    prefix = known_text(arguments[0])
    try:
        network = ipaddress.ip_network(prefix, strict=False)
    except ValueError:
        return None
    if "/" not in prefix or not -network.num_addresses <= number < network.num_addresses:
        return None
    return text_at(str(network[number]), at)


def cidrnetmask(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    import ipaddress

    prefix = known_text(arguments[0])
    try:
        return text_at(str(ipaddress.IPv4Network(prefix, strict=False).netmask), at) if "/" in prefix else None
    except ValueError:
        return None


def cidrsubnet(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    import ipaddress

    prefix, bits, number = known_text(arguments[0]), known_integer(arguments[1]), known_integer(arguments[2])
    try:
        network = ipaddress.ip_network(prefix, strict=False)
    except ValueError:
        return None
    length = network.prefixlen + bits
    if "/" not in prefix or bits < 0 or length > network.max_prefixlen or not 0 <= number < 2**bits:
        return None
    address = network.network_address + (number << (network.max_prefixlen - length))
    return text_at(f"{address}/{length}", at)
