"""Compares what lplint says of JSON policies with what parliament 1.6.4 says of the same documents.

usage: compare_parliament.py [--show N] PATH...
Needs an environment with lplint, parliament and setuptools<81. Each PATH is a file, or a folder whose .json files are
compared. What parliament says of a policy is answered if lplint says something of that policy by one of the rules named
for it in ANSWERS. The rest is counted by kind, with up to N of each shown, and the reason why lplint does not say it.

Exits with 1 if there is a kind of finding that lplint lacks without a reason.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

warnings.simplefilter("ignore")  # parliament imports pkg_resources, which says that it is deprecated

from parliament import analyze_policy_string  # type: ignore[import-not-found,unused-ignore]  # noqa: E402

from lplint.checks import CHECKS  # noqa: E402
from lplint.config import Config  # noqa: E402
from lplint.engine import Input, ModuleFiles, policies_of  # noqa: E402
from lplint.model.node import Map, Scalar, Seq  # noqa: E402
from lplint.model.text import Text  # noqa: E402

if TYPE_CHECKING:
    from lplint.model.node import Node
    from lplint.model.policy import Policy

ANSWERS = {
    "BAD_PATTERN_FOR_MFA": ("LP602",),
    "DUPLICATE_SID": ("LP115", "LP116"),
    "INVALID_VERSION": ("LP106",),
    "NO_VERSION": ("LP107",),
    "UNKNOWN_FEDERATION_SOURCE": ("LP130",),
    "UNKNOWN_PRINCIPAL": ("LP118", "LP123", "LP124"),
    "INVALID_ARN": ("LP160", "LP161", "LP162"),
    "INVALID_SID": ("LP114",),
    "MALFORMED": ("LP106", "LP108", "LP109", "LP111", "LP112", "LP113", "LP120", "LP123"),
    "MISMATCHED_TYPE": ("LP133", "LP134", "LP105", "LP721"),
    "RESOURCE_MISMATCH": ("LP103", "LP160", "LP162"),
    "RESOURCE_EFFECTIVELY_STAR": ("LP205", "LP209", "LP301"),
    "RESOURCE_POLICY_PRIVILEGE_ESCALATION": ("LP202", "LP401", "LP405", "LP433"),
    "RESOURCE_STAR": ("LP201", "LP203", "LP206", "LP208"),
    "UNKNOWN_ACTION": ("LP101", "LP102", "LP110"),
    "UNKNOWN_CONDITION_FOR_ACTION": ("LP104", "LP132"),
    "UNKNOWN_OPERATOR": ("LP105",),
    "UNKNOWN_PREFIX": ("LP102", "LP110"),
}
REASONS = {
    "BAD_PATTERN_FOR_MFA": "lplint speaks of denials only; an Allow for who has no second factor may be meant",
    "DUPLICATE_SID": "it takes empty Sids for equal ones; an empty Sid is none",
    "EXCEPTION": 'it cannot read "Action": "*" in a policy with principals',
    "INVALID_ARN": "it takes stars, policy variables and what a template leaves open for a partition, "
    "account or missing "
    "part; and knows no account `aws`",
    "MALFORMED": "it asks for a Resource, which trust policies and repository policies do not have",
    "MISMATCHED_TYPE": "it takes 1.2 for no number, an offset from UTC for no date, a pattern for no ARN, "
    "and what a template leaves open for a value",
    "MISMATCHED_TYPE_BUT_USABLE": "it says itself that the condition works",
    "OLD_VERSION": "2008-10-17 is a version of the language; lplint says so where a policy variable makes a difference",
    "RESOURCE_EFFECTIVELY_STAR": "lplint is silent where the actions only read or tag, or a condition limits the "
    "resources",
    "RESOURCE_MISMATCH": "it asks that one statement name every type of resource that an action needs, "
    "which several may do "
    "together, and that all actions of a wildcard match; it is not told of types that AWS's reference lacks",
    "RESOURCE_POLICY_PRIVILEGE_ESCALATION": "it speaks of the policy of one named bucket, and of policies of buckets; "
    "lplint does where no resource limits which policies can be written",
    "RESOURCE_STAR": "lplint is silent where the actions only describe, or a condition limits the resources",
    "UNKNOWN_ACTION": "its list of actions is of 2025-02, and lacks a fifth of today's",
    "UNKNOWN_CONDITION_FOR_ACTION": "its global keys lack aws:ViaAWSService, aws:SourceOrgID, "
    "aws:VpceOrgID and others, its "
    "list of keys is of 2025-02, and it asks that every action of a wildcard carry the key",
    "UNKNOWN_FEDERATION_SOURCE": "it knows SAML providers and four domains, and no OIDC providers",
    "UNKNOWN_PREFIX": "its list of services is of 2025-02",
    "UNKNOWN_PRINCIPAL": "it takes what a template leaves open for a part of a principal",
}


def rendered(node: Node) -> object:
    """The JSON value of a node. Raises ValueError for what the text does not tell."""
    if isinstance(node, Map):
        made: dict[str, object] = {}
        for key, value in node.entries:
            if key.value is None or key.value in made:
                raise ValueError(key.display)
            made[key.value] = rendered(value)
        return made
    if isinstance(node, Seq):
        return [rendered(one) for one in node.items]
    if isinstance(node, Text) and node.value is not None:
        return node.value
    if isinstance(node, Scalar):
        return node.value
    raise ValueError(repr(node))


def said(policy: Policy) -> set[str]:
    """The rules that say something of a policy."""
    return {rule for rule, check in CHECKS.items() if next(iter(check(policy)), None) is not None}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--show", type=int, default=3, metavar="N")
    options = parser.parse_args()
    files = [file for path in options.paths for file in (sorted(path.rglob("*.json")) if path.is_dir() else [path])]
    both: Counter[str] = Counter()
    lacking: dict[str, list[str]] = defaultdict(list)
    policies = raised = unknown = 0
    modules = ModuleFiles()
    for file in files:
        for _, found in policies_of([Input(str(file), Config())], modules, []):
            for policy in found.policies:
                try:
                    document = json.dumps(rendered(policy.node))
                except ValueError:
                    unknown += 1
                    continue
                try:
                    theirs = analyze_policy_string(document).findings
                except Exception:  # noqa: BLE001  it raises on some valid policies
                    raised += 1
                    continue
                policies += 1
                mine = said(policy)
                for one in theirs:
                    if mine.isdisjoint(ANSWERS.get(one.issue, ())):
                        lacking[one.issue].append(f"{file}: {policy.kind.value}: {str(one.detail)[:160]}")
                    else:
                        both[one.issue] += 1
    print(f"{policies} policies compared; {unknown} hold what their text does not tell; parliament raised on {raised}")
    for issue in sorted({*both, *lacking}):
        print(f"{issue}: lplint says the same of {both[issue]}, and lacks {len(lacking[issue])}")
        if lacking[issue]:
            print(f"    because {REASONS.get(issue, '(no reason is known)')}")
        for shown in lacking[issue][: options.show]:
            print(f"    {shown}")
    return 1 if any(some and issue not in REASONS for issue, some in lacking.items()) else 0


if __name__ == "__main__":
    sys.exit(main())
