"""Whether a string holds what another tool, or a person, is to fill in before AWS sees it."""

from __future__ import annotations

import re

# `##ACCOUNT##`, `$ACCOUNT`, `$(account)`, `%ACCOUNT%`, `__ACCOUNT__`, `@account@`, `<account>`, `{account}`,
# `[account]`;
# and what a template left empty. None of them is part of an ARN, an account or the name of a service.
_MARK = re.compile(
    r"##|\$(?!\{)|%\w+%|__\w+__|\b_[A-Z0-9_]+_\b|\b(?:data|local|var|module|aws_\w+)\.\w|@\w+@|[<>{}\[\]\n|]|^\.|::::|:iam:::|/$|^$|XXXX|xxxx|ACCOUNT|REPLACE|\bYOUR"
)


def holds_placeholder(value: str) -> bool:
    """Whether a string looks unfinished, so that nothing can be said of its form."""
    return _MARK.search(value) is not None
