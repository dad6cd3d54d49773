"""Whether a string holds what another tool, or a person, is to fill in before AWS sees it."""

from __future__ import annotations

import re

# `##ACCOUNT##`, `$ACCOUNT`, `$(account)`, `%ACCOUNT%`, `__ACCOUNT__`, `_ACCOUNT_`, `@account@`, `<account>`,
# `{account}`,
# `[account]`, `aws_sqs_queue.q.arn`; and what a template left empty. None of them is part of an ARN, an account or the
# name of a service.
_MARK = (
    r"##|\$(?!\{)|%\w+%|__\w+__|\b_[A-Z0-9_]+_\b|@\w+@|[<>{}\[\]\n|]"
    r"|\b(?:data|local|var|module|aws_\w+)\.\w|XXXX|xxxx|ACCOUNT|REPLACE|\bYOUR"
    r"|^\.|::::|:iam:::|/$|^$"
)


def holds_placeholder(value: str) -> bool:
    """Whether a string looks unfinished, so that nothing can be said of its form."""
    return re.search(_MARK, value) is not None
