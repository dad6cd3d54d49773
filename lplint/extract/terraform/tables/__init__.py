"""Small tables of facts about Terraform's AWS providers, each with its source and date."""

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

    Types are named as in an address: "aws_iam_role", "data.aws_region", "provider.aws", "backend.s3". A path leads
    through blocks by dots ("inline_policy.policy") and names all of their copies.

    `policy_arguments` tells where policies stand and whom they are attached to:

    - `resources`: the arguments that hold an IAM policy, with its `kind` (a PolicyKind) and the `service` whose
      resource it is attached to (left out where it is none, or the type does not tell). `attached_to` is the argument
      that names that resource, where it is another one. `form` is "statement" where the argument holds one
      statement without the document around it. `kind_by` tells the kind by the value of another `argument` ("*" for any
      other value; null for what is no IAM policy); `kind` is then that of the argument's default.
    - `not_policies`: the arguments whose name says policy but whose language is another (Cedar, lifecycle rules,
      redrive, data protection), though some look like IAM's.
    - `permissions`: resources that are one statement, its parts being arguments, named by their meaning. `service` is
      no argument but the prefix of actions written without one, `default_action` the action if none is written, and
      `arn` the form of the resource's ARN (as a shape; `${resource}` is the argument) where the argument may be a name.
      `open` is one by which the resource is open to everybody of its own accord.
    - `identities`: the resources that are a role, user, group or permission set, the argument with its name, and the
      one that says how long a `session` may last.
    - `attachments`: what a resource attaches to whom. `role`, `roles`, `user`, `users`, `group`, `groups`,
      `permission_set` and `target` (an account, a unit or a root of the organization; a certificate or group of things)
      are the arguments that name the principals; `self` tells what the resource itself is instead. `document` holds the
      policy; `policy_arn`, `policy_arns`, `policy_id` and `policy_name` (with `policy_path`) name it; `inline_names`
      lists inline policies that are written elsewhere. `exclusive` ones detach all others.
    - `credentials`: the resources that make a long-term credential, of which `kind`, and the argument that names the
      `user`; `self` tells that the resource is the user, where the argument `path` is written.
    - `memberships`: who is in which group, and which role an instance profile hands out.
    - `workloads`: what runs as a role, by the arguments with that `role` and with its own `name`, and its `arn`.

    `attributes` tells the shape of the values that policies refer to: `resources`, by type and attribute (without
    indexes: "identity.oidc.issuer"), and `defaults`, the values of arguments that are not written. An argument that is
    written has its written value, whatever its shape says. In a shape

    - `${partition}`, `${region}`, `${account}` and `${dns_suffix}` (the partition's domain, mostly amazonaws.com) are
      those of the resource's provider, or of the resource where it has an argument of that name,
    - `${*}` is something that AWS makes, possibly nothing at all,
    - `${name}` is the argument `name` of the same block, and `${name#/}` that argument without a leading "/",
    - everything else, a star too, is itself.
    """
    with open(os.path.join(os.path.dirname(__file__), f"{name}.json"), encoding="utf-8") as file:
        table: dict[str, Any] = json.load(file)
    return table
