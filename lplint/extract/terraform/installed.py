"""Where `terraform init` has put the modules of registries and repositories that a root module calls."""

from __future__ import annotations

import os

from lplint.extract.module_files import INSTALLED
from lplint.model.node import Map, Seq
from lplint.model.text import Text
from lplint.syntax import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.extract.terraform.files import Files


class Installed:
    """The modules that `.terraform/modules/modules.json` names, read when the first is asked for. What it says may be
    anything: whose files are read is for Files to decide."""

    def __init__(self, directory: str, files: Files) -> None:
        self._directory = directory
        self._files = files
        self._known: dict[str, str] | None = None

    def directory_of(self, key: str) -> str | None:
        """The directory of a module; `key` names the calls that lead to it from the root module ("vpc.endpoints")."""
        if self._known is None:
            self._known = self._read()
        found = self._known.get(key)
        return os.path.normpath(os.path.join(self._directory, found)) if found is not None else None

    def _read(self) -> dict[str, str]:
        known: dict[str, str] = {}
        source = self._files.source(os.path.join(self._directory, INSTALLED, "modules", "modules.json"))
        for document in json.parse(source).documents[:1] if source is not None else ():
            modules = document.get("Modules") if isinstance(document, Map) else None
            for one in modules.items if isinstance(modules, Seq) else ():
                key, place = (one.get("Key"), one.get("Dir")) if isinstance(one, Map) else (None, None)
                if isinstance(key, Text) and isinstance(place, Text) and place.value:
                    known[key.display] = place.value
        return known
