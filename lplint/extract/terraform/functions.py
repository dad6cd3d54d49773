"""Terraform's functions over values that may be known, known in part, or unknown."""

from __future__ import annotations

import itertools
import math

from lplint.extract.terraform import functions_collections as collections
from lplint.extract.terraform import functions_encoding as encoding
from lplint.extract.terraform import functions_format as formats
from lplint.extract.terraform import functions_numbers as numbers
from lplint.extract.terraform import functions_regex as regexes
from lplint.extract.terraform import functions_sets as sets
from lplint.extract.terraform import functions_text as texts
from lplint.extract.terraform.functions_arguments import some_of
from lplint.extract.values import Choice, NotKnownError, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplint.extract.terraform.functions_arguments import FileReader, Function
    from lplint.model.node import Node
    from lplint.model.source import Spanned

# A function is tried with each of the values that its arguments may have, up to so many combinations; if there are
# more, the arguments are unknown to it.
_MAX_COMBINATIONS = 16
_ANY = 10_000


def _call(body: Function, least: int, most: int = 0, *, choices: bool = True) -> Function:
    """A function that takes `least` to `most` arguments (exactly `least` if `most` is left out). `choices` says whether
    it is asked for each option of an argument that is a choice."""

    def once(arguments: tuple[Node, ...], at: Spanned, files: FileReader) -> Node | None:
        try:
            return body(arguments, at, files)
        except (NotKnownError, RecursionError):  # the latter where a template renders a template renders ...
            return None

    def call(arguments: tuple[Node, ...], at: Spanned, files: FileReader) -> Node | None:
        if not least <= len(arguments) <= (most or least):
            return None
        if not choices or not any(isinstance(argument, Choice) for argument in arguments):
            return once(arguments, at, files)
        options = [_options(argument) for argument in arguments]
        if math.prod(map(len, options)) > _MAX_COMBINATIONS:
            return once(arguments, at, files)
        results = [once(combination, at, files) for combination in itertools.product(*options)]
        return some_of([unknown(at) if result is None else result for result in results], at)

    return call


def _options(node: Node) -> tuple[Node, ...]:
    return node.options if isinstance(node, Choice) and node.options else (node,)


def _not_known(_arguments: tuple[Node, ...], _at: Spanned, _files: FileReader) -> Node | None:
    """What depends on the machine, the time or chance, or on the bytes of files."""
    return None


FUNCTIONS: Mapping[str, Function] = {
    "abs": _call(numbers.numeric(abs), 1),
    "abspath": _call(_not_known, 1),
    "alltrue": _call(numbers.alltrue, 1),
    "anytrue": _call(numbers.anytrue, 1),
    "base64decode": _call(encoding.base64decode, 1),
    "base64encode": _call(encoding.base64encode, 1),
    "base64gunzip": _call(_not_known, 1),
    "base64gzip": _call(_not_known, 1),
    "base64sha256": _call(encoding.hashed("sha256", as_base64=True), 1),
    "base64sha512": _call(encoding.hashed("sha512", as_base64=True), 1),
    "basename": _call(texts.basename, 1),
    "bcrypt": _call(_not_known, 1, 2),
    "ceil": _call(numbers.numeric(math.ceil), 1),
    "chomp": _call(texts.chomp, 1),
    "chunklist": _call(collections.chunklist, 2),
    "cidrhost": _call(numbers.cidrhost, 2),
    "cidrnetmask": _call(numbers.cidrnetmask, 1),
    "cidrsubnet": _call(numbers.cidrsubnet, 3),
    "cidrsubnets": _call(_not_known, 1, _ANY),
    "coalesce": _call(collections.coalesce, 1, _ANY),
    "coalescelist": _call(collections.coalescelist, 1, _ANY),
    "compact": _call(collections.compact, 1),
    "concat": _call(collections.concat, 1, _ANY, choices=False),
    "contains": _call(collections.contains, 2),
    "csvdecode": _call(encoding.csvdecode, 1),
    "dirname": _call(texts.dirname, 1),
    "distinct": _call(collections.distinct, 1),
    "element": _call(collections.element, 2),
    "endswith": _call(texts.endswith, 2),
    "ephemeralasnull": _call(collections.identity, 1, choices=False),
    "file": _call(encoding.file, 1),
    "filebase64": _call(_not_known, 1),
    "filebase64sha256": _call(_not_known, 1),
    "filebase64sha512": _call(_not_known, 1),
    "fileexists": _call(encoding.fileexists, 1),
    "filemd5": _call(_not_known, 1),
    "fileset": _call(_not_known, 2),
    "filesha1": _call(_not_known, 1),
    "filesha256": _call(_not_known, 1),
    "filesha512": _call(_not_known, 1),
    "flatten": _call(collections.flatten, 1),
    "floor": _call(numbers.numeric(math.floor), 1),
    "format": _call(formats.format_, 1, _ANY),
    "formatdate": _call(_not_known, 2),
    "formatlist": _call(formats.formatlist, 1, _ANY),
    "indent": _call(texts.indent, 2),
    "index": _call(collections.index, 2),
    "issensitive": _call(_not_known, 1),
    "join": _call(texts.join, 2, _ANY),
    "jsondecode": _call(encoding.jsondecode, 1),
    "jsonencode": _call(encoding.encode, 1, choices=False),
    "keys": _call(collections.keys, 1),
    "length": _call(collections.length, 1),
    "list": _call(collections.list_, 0, _ANY),
    "log": _call(numbers.numeric(numbers.logarithm), 2),
    "lookup": _call(collections.lookup, 2, 3),
    "lower": _call(texts.lower, 1),
    "map": _call(collections.map_, 0, _ANY),
    "matchkeys": _call(collections.matchkeys, 3),
    "max": _call(numbers.numeric(numbers.largest), 1, _ANY),
    "md5": _call(encoding.hashed("md5"), 1),
    "merge": _call(collections.merge, 0, _ANY),
    "min": _call(numbers.numeric(numbers.smallest), 1, _ANY),
    "nonsensitive": _call(collections.identity, 1, choices=False),
    "one": _call(collections.one, 1),
    "parseint": _call(numbers.parseint, 2),
    "pathexpand": _call(_not_known, 1),
    "plantimestamp": _call(_not_known, 0),
    "pow": _call(numbers.numeric(math.pow), 2),
    "range": _call(numbers.range_, 1, 3),
    "regex": _call(regexes.regex, 2),
    "regexall": _call(regexes.regexall, 2),
    "replace": _call(texts.replace, 3),
    "reverse": _call(collections.reverse, 1),
    "rsadecrypt": _call(_not_known, 2),
    "sensitive": _call(collections.identity, 1, choices=False),
    "setintersection": _call(sets.setintersection, 1, _ANY),
    "setproduct": _call(sets.setproduct, 2, _ANY),
    "setsubtract": _call(sets.setsubtract, 2),
    "setunion": _call(sets.setunion, 1, _ANY, choices=False),
    "sha1": _call(encoding.hashed("sha1"), 1),
    "sha256": _call(encoding.hashed("sha256"), 1),
    "sha512": _call(encoding.hashed("sha512"), 1),
    "signum": _call(numbers.signum, 1),
    "slice": _call(collections.slice_, 3),
    "sort": _call(collections.sort, 1),
    "split": _call(texts.split, 2),
    "startswith": _call(texts.startswith, 2),
    "strcontains": _call(texts.strcontains, 2),
    "strrev": _call(texts.strrev, 1),
    "substr": _call(texts.substr, 3),
    "sum": _call(numbers.sum_, 1),
    "templatefile": _call(encoding.templatefile, 2),
    "templatestring": _call(encoding.templatestring, 2),
    "textdecodebase64": _call(_not_known, 2),
    "textencodebase64": _call(_not_known, 2),
    "timeadd": _call(_not_known, 2),
    "timecmp": _call(_not_known, 2),
    "timestamp": _call(_not_known, 0),
    "title": _call(texts.title, 1),
    "tobool": _call(numbers.tobool, 1),
    "tolist": _call(collections.tolist, 1),
    "tomap": _call(collections.tomap, 1),
    "tonumber": _call(numbers.tonumber, 1),
    "toset": _call(sets.toset, 1),
    "tostring": _call(texts.tostring, 1),
    "transpose": _call(collections.transpose, 1),
    "trim": _call(texts.trim, 2),
    "trimprefix": _call(texts.trimprefix, 2),
    "trimspace": _call(texts.trimspace, 1),
    "trimsuffix": _call(texts.trimsuffix, 2),
    "upper": _call(texts.upper, 1),
    "urlencode": _call(texts.urlencode, 1),
    "uuid": _call(_not_known, 0),
    "uuidv5": _call(_not_known, 2),
    "values": _call(collections.values, 1),
    "yamldecode": _call(encoding.yamldecode, 1),
    "yamlencode": _call(encoding.encode, 1, choices=False),
    "zipmap": _call(collections.zipmap, 2),
}
