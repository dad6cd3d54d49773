"""Where a value stands in its document: the chain of keys and containers above it."""

from __future__ import annotations

from lplint.model.node import Map
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.node import Seq

_NAMES = (("RoleName", "role/"), ("UserName", "user/"), ("GroupName", "group/"), ("PolicyName", ""))


class Place:
    """One step down: into `node`, at a key or an index of it. The document's own value has no place (None)."""

    __slots__ = ("key", "node", "parent")

    def __init__(self, parent: Place | None, node: Map | Seq, key: str | int) -> None:
        self.parent = parent
        self.node = node
        self.key = key

    def upwards(self) -> Iterator[Place]:
        """This step and those above it, innermost first."""
        place: Place | None = self
        while place is not None:
            yield place
            place = place.parent

    def path(self) -> str:
        """The way down: `Resources.Role.Policies[0].PolicyDocument`."""
        steps = [f"[{step.key}]" if isinstance(step.key, int) else f".{step.key}" for step in self.upwards()]
        return "".join(reversed(steps)).lstrip(".")

    def key_name(self) -> str:
        """The innermost key that is a name."""
        return next((step.key for step in self.upwards() if isinstance(step.key, str)), "")

    def sibling(self, key: str) -> str | None:
        """The string that stands under `key` in the nearest map above that has one."""
        for step in self.upwards():
            value = step.node.get(key) if isinstance(step.node, Map) else None
            if isinstance(value, Text) and value.value is not None:
                return value.value
        return None

    def address(self) -> str:
        """What the policy belongs to, as AWS's own output names it (`role/ci/deploy`); the way down to it where
        nothing above has a name."""
        names = []
        for key, prefix in _NAMES:
            name = self.sibling(key)
            if name is not None:
                names.append(prefix + name)
        if names:
            return "/".join(names)
        return self.parent.path() if self.parent is not None else ""
