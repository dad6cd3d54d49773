"""Small tables of facts about CloudFormation's resource types, each with its source and date."""

from __future__ import annotations

import json
import os
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@cache
def load(name: str) -> dict[str, Any]:
    """The table in `name`.json beside this module; see its "source" and "date".

    Types are named as in a template: "AWS::IAM::Role". A path leads through maps by dots ("Policies.PolicyDocument"),
    and through lists without a word: it names the value in every item.

    `policy_properties` tells where policies stand and whom they are attached to. Its sections and their grammar are
    those of Terraform's `policy_arguments` (see `lplint.extract.terraform.tables.load`), with properties in place of
    arguments.

    `attributes` tells the shape of what Ref and Fn::GetAtt return: `resources`, by type and attribute ("Ref" for what
    Ref returns), and `defaults`, the values of properties that are not written. In a shape

    - `${partition}`, `${region}`, `${account}` and `${dns_suffix}` (the partition's domain, mostly amazonaws.com) are
      those of the stack,
    - `${*}` is something that AWS makes, possibly nothing at all,
    - `${Property}` is that property of the same resource, by its path; something that AWS makes where it is not
      written. `${Property#/}` is the property without a leading "/",
    - everything else, a star too, is itself.
    """
    with open(os.path.join(os.path.dirname(__file__), f"{name}.json"), encoding="utf-8") as file:
        table: dict[str, Any] = json.load(file)
    return table
