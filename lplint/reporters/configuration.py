"""What `lplint config` prints."""

from __future__ import annotations

import json

from lplint.reporters.safe import encodable, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


def render_text(
    path: str, files: Sequence[str], keys: Mapping[str, Sequence[tuple[Any, str]]], here: Mapping[str, Any]
) -> str:
    """One line for each key; then, for a file, what the keys about paths make of it."""
    lines = [f"{path}: {' < '.join(files) or 'no configuration, so the defaults hold'}", ""]
    width = max(map(len, keys))
    for key, rows in keys.items():
        lines += [f"{key:{width}}  {_shown(value)}  ({source})" for value, source in rows]
    if here:
        lines += ["", "for this file:"]
        lines += [f"{key:{width}}  {_shown(value)}" for key, value in here.items()]
    return "".join(f"{visible(line)}\n" for line in lines)


def render_json(
    path: str, files: Sequence[str], keys: Mapping[str, Sequence[tuple[Any, str]]], here: Mapping[str, Any]
) -> str:
    """One object: the files, the nearest first; each key with its value and its file, or a list of such pairs where
    what several files say adds up; and what holds for the file, if it is one."""

    def pair(value: Any, source: str) -> dict[str, Any]:
        return {"value": value, "from": encodable(source)}

    made = {key: pair(*rows[0]) if len(rows) == 1 else [pair(*row) for row in rows] for key, rows in keys.items()}
    document = {"path": encodable(path), "files": list(map(encodable, files)), "keys": made, "here": dict(here) or None}
    return json.dumps(document, indent=2, default=str) + "\n"


def _shown(value: Any) -> str:
    if value is None or value == [] or value == {}:
        return "-"
    return json.dumps(value, ensure_ascii=False, default=str)
