"""Compares what lplint makes of Terraform's expressions with what a real Terraform makes of them.

usage: compare_terraform_console.py TERRAFORM [--table]
TERRAFORM is the binary; its console needs neither a network nor `terraform init`. The expressions are those of the
tables in tests/extract/terraform/test_functions.py: usual cases, edges and errors of every function. --table prints
the answers of the console alone, as that file has them.

Exits with 1 if lplint says something else than Terraform does. To say nothing where Terraform knows is no mistake, but
it is counted; so is to know what Terraform calls an error.
"""

from __future__ import annotations

import argparse
import ast
import base64
import json
import math
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lplint.extract.terraform.functions_format import json_text as terraform_json
from lplint.extract.values import Encoded, NotKnownError, plain, text_at
from lplint.model.node import Map, Seq

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lplint.model.node import Node

TESTS = Path(__file__).resolve().parents[1] / "tests" / "extract" / "terraform" / "test_functions.py"
# How many expressions one start of the console evaluates; one that does not parse spoils them all, and they are halved.
BATCH = 40
# How the console answers with an error, or with a value that is not known before apply.
NO_VALUE = "no value"


class Tables(NamedTuple):
    """What the tests have: expressions with the version whose console knows them, and where lplint differs and why."""

    expressions: dict[str, tuple[int, ...]]
    different: dict[str, str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("terraform", help="the Terraform binary")
    parser.add_argument("--table", action="store_true", help="print the answers of the console, and compare nothing")
    options = parser.parse_args()
    terraform = str(Path(options.terraform).resolve())
    tables = read_tables()
    console = version(terraform)
    expressions = [text for text, since in tables.expressions.items() if since <= console]
    print(f"{len(tables.expressions) - len(expressions)} expressions are of later versions, and are not asked")
    answers = dict(zip(expressions, ask(terraform, expressions), strict=True))
    if options.table:
        for expression, answer in answers.items():
            print(f"{expression}  =>  {json_text(answer)}")
        return 0
    from lplint.extract.terraform.evaluator import evaluate_text

    return compare(answers, evaluate_text, tables.different)


def read_tables() -> Tables:
    """The tables of the tests, which are not imported for it."""
    values = {
        target.id: ast.literal_eval(statement.value)
        for statement in ast.parse(TESTS.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name) and target.id in ("CONSOLE", "LATER", "DIFFERENT")
    }
    expressions: dict[str, tuple[int, ...]] = {}
    for line in values["CONSOLE"].strip().splitlines():
        expressions[line.rsplit("  =>  ", 1)[0]] = (0,)
    for line in values["LATER"].strip().splitlines():
        since, expression = line.rsplit("  =>  ", 1)[0].split(" ", 1)
        expressions[expression] = (*map(int, since.split(".")), 0)
    return Tables(expressions, values["DIFFERENT"])


def compare(answers: Mapping[str, object], evaluate: Callable[[str], Node], different: Mapping[str, str]) -> int:
    """Prints where a callable and the console differ; 1 if one of these is a mistake."""
    counts = {"same": 0, "expected to differ": 0, "unknown to lplint": 0, "an error to Terraform": 0, "wrong": 0}
    for expression, answer in answers.items():
        ours = value_of(evaluate(expression))
        if is_same(ours, answer):
            kind = "same"
        elif expression in different:
            kind = "expected to differ"
        elif ours == NO_VALUE:
            kind = "unknown to lplint"
        else:
            kind = "an error to Terraform" if answer == NO_VALUE else "wrong"
        counts[kind] += 1
        if kind != "same":
            print(f"{kind}: {expression}\n    Terraform: {json_text(answer)}\n    lplint:    {json_text(ours)}")
        if kind == "expected to differ":
            print(f"    because:   {different[expression]}")
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    return 1 if counts["wrong"] else 0


def value_of(node: Node) -> object:
    """A node of lplint's as the console's answer; what jsonencode() gives as the string that it is."""
    try:
        return plain(with_json(node))
    except NotKnownError:
        return NO_VALUE


def with_json(node: Node) -> Node:
    """A node in which each string that is the JSON of a value is written out. Raises NotKnownError."""
    if isinstance(node, Encoded):
        return text_at(terraform_json(plain(with_json(node.node))), node)
    if isinstance(node, Seq):
        return Seq(node.source, node.start, node.end, [with_json(item) for item in node.items])
    if isinstance(node, Map):
        return Map(node.source, node.start, node.end, [(key, with_json(value)) for key, value in node.entries])
    return node


def is_same(ours: object, theirs: object) -> bool:
    """Whether two values are equal; numbers, if they are as near as floats come."""
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return math.isclose(ours, theirs, rel_tol=1e-14)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(is_same, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(is_same(ours[key], theirs[key]) for key in ours)
    return type(ours) is type(theirs) and ours == theirs


def ask(terraform: str, expressions: Sequence[str]) -> Iterator[object]:
    """The console's answers, in the order of the expressions."""
    with tempfile.TemporaryDirectory() as empty:
        for start in range(0, len(expressions), BATCH):
            yield from ask_batch(terraform, expressions[start : start + BATCH], empty)


def ask_batch(terraform: str, expressions: Sequence[str], directory: str) -> list[object]:
    """Several expressions are asked as one, which gives one line; Base64 keeps it from being escaped."""
    tried = ", ".join(f"try({{value = jsonencode({expression})}}, {{}})" for expression in expressions)
    done = subprocess.run(
        [terraform, "console"],
        input=f"base64encode(jsonencode([{tried}]))\n",
        cwd=directory,
        env={**os.environ, "CHECKPOINT_DISABLE": "1", "TF_LOG": ""},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if re.fullmatch(r'"[A-Za-z0-9+/=]*"', done.stdout.strip()):
        answers = json.loads(base64.b64decode(done.stdout.strip().strip('"')))
        return [json.loads(answer["value"]) if answer else NO_VALUE for answer in answers]
    if len(expressions) == 1:
        return [NO_VALUE]
    half = len(expressions) // 2
    halves = expressions[:half], expressions[half:]
    return [answer for part in halves for answer in ask_batch(terraform, part, directory)]


def version(terraform: str) -> tuple[int, ...]:
    """The version of a binary; a release candidate (0.15.0-rc2) is before its release."""
    out = subprocess.run([terraform, "version"], capture_output=True, encoding="utf-8", errors="replace", check=True)
    found = re.search(r"v(\d+)\.(\d+)\.(\d+)(-)?", out.stdout)
    if found is None:
        raise SystemExit(f"{terraform} does not say which version it is")
    return (int(found[1]), int(found[2]), int(found[3]), -1 if found[4] else 0)


def json_text(value: object) -> str:
    """A value on one line."""
    return NO_VALUE if value == NO_VALUE else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    raise SystemExit(main())
