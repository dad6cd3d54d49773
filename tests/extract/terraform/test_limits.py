"""Modules that nobody wrote: a few lines that stand for more than any machine holds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from lplint.engine import ModuleFiles
from lplint.extract import extract_module

if TYPE_CHECKING:
    from pathlib import Path

    from lplint.model.policy import Policy

POLICY = """resource "aws_iam_policy" "p" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = %s, Resource = "*" }] })
}
"""
DOCUMENT = """resource "aws_iam_policy" "p" {
  policy = data.aws_iam_policy_document.d.json
}
data "aws_iam_policy_document" "d" {
  statement {
    actions   = %s
    resources = ["*"]
  }
}
"""


def policies(folder: Path, files: dict[str, str]) -> list[Policy]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return extract_module(str(folder), ModuleFiles().within(str(folder))).policies


def doubling(first: str, line: str, count: int) -> str:
    """Locals each of which names the one before it twice."""
    lines = (f"  a{number + 1} = {line.replace('@', f'local.a{number}')}" for number in range(count))
    return "\n".join(("locals {", f"  a0 = {first}", *lines, "}\n"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(doubling('"s3:GetObject"', '"${@}${@}"', 35) + POLICY % "local.a35", id="a string"),
        pytest.param(doubling('"${var.x}"', '"${@}${@}"', 35) + POLICY % "local.a35", id="a string with holes"),
        pytest.param(doubling('["s3:GetObject"]', "[@, @]", 35) + DOCUMENT % "local.a35", id="a list"),
        pytest.param(doubling('{ x = "s3:Get" }', "{ x = @, y = @ }", 35) + DOCUMENT % "local.a35", id="a map"),
        pytest.param(doubling("99999999999", "@ * @", 35) + POLICY % '"s3:${local.a35}"', id="a number"),
        pytest.param(
            doubling('["s3:GetObject"]', "[@, @]", 35) + POLICY % 'local.a35 == local.a34 ? var.x : "s3:Get*"',
            id="a comparison",
        ),
        pytest.param(
            POLICY % '"%{ for i in range(1000) }%{ for j in range(1000) }%{ for k in range(1000) }x%{ endfor }'
            '%{ endfor }%{ endfor }"',
            id="loops in a template",
        ),
        pytest.param(
            f'locals {{\n  long = "{"x" * 900_000}"\n}}\n'
            + POLICY % "[for i in range(300): [for j in range(300): sha512(local.long)]]",
            id="a long string again and again",
        ),
        pytest.param(POLICY % f'["s3:GetObject"]["{"9" * 6000}"]', id="an index"),
        pytest.param(
            "".join(
                f'data "aws_iam_policy_document" "{name}" {{\n  source_policy_documents = '
                f"[data.aws_iam_policy_document.{of}.json, data.aws_iam_policy_document.{of}.json]\n}}\n"
                for name, of in (("d", "d35"), *((f"d{number + 1}", f"d{number}") for number in range(35)))
            )
            + DOCUMENT.replace('"d"', '"d0"') % f"[{', '.join(['var.x'] * 200)}]",
            id="a document made of documents",
        ),
    ],
)
def test_what_is_too_large_is_unknown(tmp_path: Path, text: str) -> None:
    start = time.process_time()
    found = policies(tmp_path, {"main.tf": text})
    assert time.process_time() - start < 15  # each takes 2 seconds at most; without a limit it took hours
    policy = next(one for one in found if one.origin.address in ("aws_iam_policy.p", "data.aws_iam_policy_document.d"))
    action = policy.statements[0].action if policy.statements else None
    assert policy.unresolved or (action is not None and not action.complete)


def test_modules_share_what_one_may_take(tmp_path: Path) -> None:
    loops = "[for i in range(1000): [for j in range(1000): i + j]]"
    files = {
        "m/main.tf": POLICY % loops,
        "main.tf": "".join(f'module "m{n}" {{\n  source = "./m"\n}}\n' for n in range(300)),
    }
    start = time.process_time()
    found = policies(tmp_path, files)
    assert time.process_time() - start < 20  # it takes 3 seconds; it took minutes
    assert len(found) >= 1


def test_a_value_that_is_large_and_meant_is_known(tmp_path: Path) -> None:
    buckets = '[for i in range(1000): "arn:aws:s3:::${i}/*"]'
    text = POLICY.replace('"*"', f"concat({', '.join([buckets] * 4)})") % '"s3:GetObject"'
    (policy,) = policies(tmp_path, {"main.tf": text})
    resource = policy.statements[0].resource
    assert resource is not None
    assert (len(resource.values), policy.unresolved) == (4000, ())
