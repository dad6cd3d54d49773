"""Checks whose module is imported when the first of them is asked."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from lplint.model.finding import Problem


class Later:
    """Stands for a module of this package: what it is asked for is a check that is in that module."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, check: str) -> LateCheck:
        return LateCheck(self._name, check)


class LateCheck:
    """A check in a module that need not be imported yet. `module` is the module's name in this package."""

    __slots__ = ("_check", "_name", "module")

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self._name = name
        self._check: Callable[..., Iterator[Problem]] | None = None

    def __call__(self, *subjects: Any) -> Iterator[Problem]:
        if self._check is None:
            self._check = getattr(import_module(f"lplint.checks.{self.module}"), self._name)
        return self._check(*subjects)

    def __repr__(self) -> str:
        return f"LateCheck({self.module}.{self._name})"
