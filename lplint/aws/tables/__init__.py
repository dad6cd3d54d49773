"""Small tables of facts that the catalogue lacks, each with its source and date."""

from __future__ import annotations

import json
import os
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@cache
def load(name: str) -> dict[str, Any]:
    """The table in `name`.json beside this module; see its "source" and "date"."""
    with open(os.path.join(os.path.dirname(__file__), f"{name}.json"), encoding="utf-8") as file:
        table: dict[str, Any] = json.load(file)
    return table
