"""What is read together: a file, or the files of a Terraform module, and the policies that are found in it."""

from __future__ import annotations

import os
import sys

from lplint.aws.catalog import CatalogError
from lplint.encoding import decode
from lplint.extract import extract, extract_module, is_installed, is_terraform, may_hold_module, may_hold_policy
from lplint.extract.found import Found, may_hold_suppressions
from lplint.model.finding import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lplint.config import Config
    from lplint.extract.terraform.files import Files
    from lplint.model.policy import PolicyKind
    from lplint.model.source import Source

_NO_TEXT = "this is not text in UTF-8; save the file as UTF-8"
OUR_MISTAKE = "lplint failed to read it, which is our mistake; please report: "


class Input:
    """A file to lint. `data` is its content where it is not to be read from disk."""

    __slots__ = ("config", "data", "path")

    def __init__(self, path: str, config: Config, data: bytes | None = None) -> None:
        self.path = path
        self.config = config
        self.data = data


def units(inputs: Sequence[Input]) -> list[list[Input]]:
    """What is read together: the files of a Terraform module, and each other file by itself."""
    grouped: dict[str, list[Input]] = {}
    for one in inputs:
        key = (
            os.path.join(os.path.dirname(one.path), "*.tf") if is_terraform(one.path) and one.data is None else one.path
        )
        grouped.setdefault(key, []).append(one)
    return list(grouped.values())


def policies_of(unit: Sequence[Input], modules: ModuleFiles, failures: list[Failure]) -> Iterator[tuple[Input, Found]]:
    """The policies of some files that are read together, by file. One that could not be read is among the failures."""
    readable = []
    for one in unit:
        if one.data is None:
            try:
                with open(one.path, "rb") as file:
                    data = file.read()
            except OSError as error:
                failures.append(cannot_be_read(one.path, error))
                continue
        else:
            data = one.data
        readable.append((one, data))
    if readable and is_terraform(readable[0][0].path):
        yield from _of_module(readable, modules, failures)
        return
    for one, data in readable:
        found = _of_file(one, data, modules, failures)
        if found is not None:
            yield one, found


def _of_file(one: Input, data: bytes, modules: ModuleFiles, failures: list[Failure]) -> Found | None:
    if not may_hold_policy(data, one.path):
        return Found()
    source, broken = decode(one.path, data)
    if broken is not None:
        found = Found()
        found.report(broken, _NO_TEXT)
        return found
    type_ = one.config.policy_type(one.path)

    def read(path: str) -> Source | None:
        """A file that this one names; those that the configuration excludes are none of our business."""
        if one.config.excludes(path):
            return None
        return modules.within(_root_of(os.path.dirname(one.path) or ".")).source(path)

    try:
        found = extract(source, _kind(type_) if type_ is not None else None, read)
    except CatalogError:
        raise
    except Exception as error:  # noqa: BLE001  the boundary: a crash is a failure of this file, and never a pass
        failures.append(Failure(one.path, OUR_MISTAKE + crash(error)))
        return None
    found.marked = may_hold_suppressions(data, one.config.honor_foreign_ignores)
    return found


def _of_module(
    files: list[tuple[Input, bytes]], modules: ModuleFiles, failures: list[Failure]
) -> Iterator[tuple[Input, Found]]:
    """The policies of a Terraform module, each with the file that it stands in. The module's other files, and those of
    the modules it calls, are read for what they say of these; findings in them are theirs."""
    by_path = {os.path.normpath(one.path): (one, Found()) for one, _ in files}
    for one, data in files:
        # Also where the module has no policy of its own: the calls of another one may show something in it.
        marked = may_hold_suppressions(data, one.config.honor_foreign_ignores)
        by_path[os.path.normpath(one.path)][1].marked = marked
    if any(may_hold_module(data) for _, data in files):
        directory = os.path.dirname(files[0][0].path) or "."
        sources = []
        for one, data in files:
            source, broken = decode(one.path, data)
            if broken is not None:
                by_path[os.path.normpath(one.path)][1].report(broken, _NO_TEXT)
            elif one.data is None:
                sources.append(source)
        try:
            unsaved = [decode(one.path, data)[0] for one, data in files if one.data is not None]
            texts = modules.within(_root_of(directory), unsaved)
            for source in sources:
                texts.know(source)
            found = extract_module(directory, texts)
        except CatalogError:
            raise
        except Exception as error:  # noqa: BLE001  the boundary: a crash is a failure of this module, and never a pass
            failures.append(Failure(directory, OUR_MISTAKE + crash(error)))
            return
        config = files[0][0].config
        called: dict[str, tuple[Input, Found]] = {}

        def place(path: str) -> Found | None:
            key = os.path.normpath(path)
            if key not in by_path:
                # A file of another module is that module's business; what this one reads, as a template, is its own.
                if is_terraform(path) or is_installed(path) or config.excludes(path):
                    return None
                by_path[key] = (Input(path, config), Found())
            return by_path[key][1]

        for policy in found.policies:
            path = policy.span.in_file().source.path
            there = place(path)
            if there is not None:
                there.policies.append(policy)
            elif (other := modules.input(path)) is not None:
                called.setdefault(other.path, (other, Found()))[1].called.append(policy)
        for identity in found.identities:
            # One of a module that this one calls is told with this one, whose policies it may have.
            there = place(identity.span.in_file().source.path) or next(found for _, found in by_path.values())
            there.identities.append(identity)
        for problem in found.problems:
            there = place(problem.span.in_file().source.path)
            if there is not None:
                there.problems.append(problem)
        yield from called.values()
    yield from by_path.values()


class ModuleFiles:
    """The files of Terraform modules, each read and parsed once however many modules call it. `inputs` are those that
    lplint was asked about, by their normal path."""

    def __init__(self, inputs: Mapping[str, Input] | None = None) -> None:
        self._inputs = inputs or {}
        self._by_root: dict[str, Files] = {}

    def within(self, root: str, unsaved: Sequence[Source] = ()) -> Files:
        """The files of one root, with texts that are not those on disk (what came by standard input)."""
        from lplint.extract.terraform.files import Files

        if unsaved:
            return Files(root, text_of, unsaved)
        if root not in self._by_root:
            self._by_root[root] = Files(root, text_of)
        return self._by_root[root]

    def input(self, path: str) -> Input | None:
        """The file as lplint was asked about it; None if it was not."""
        return self._inputs.get(os.path.normpath(path))


def text_of(path: str) -> Source | None:
    """The text of a file; None if it cannot be read, or is none."""
    try:
        with open(path, "rb") as file:
            source, broken = decode(path.replace(os.sep, "/"), file.read())
    except OSError:
        return None
    return source if broken is None else None


def _root_of(directory: str) -> str:
    """The folder that a module may read files of: its repository, or where lplint runs, or else itself."""
    here = os.path.realpath(directory)
    folder = here
    while folder != os.path.dirname(folder):
        if os.path.exists(os.path.join(folder, ".git")):
            return folder
        folder = os.path.dirname(folder)
    working = os.path.realpath(os.getcwd())
    return working if here.startswith(working.rstrip(os.sep) + os.sep) else here


def cannot_be_read(path: str, error: OSError) -> Failure:
    return Failure(path, f"cannot be read ({error.strerror or error}); it was not checked")


def crash(error: Exception) -> str:
    """What crashed and where, for a report of the mistake."""
    import traceback

    last = traceback.extract_tb(sys.exc_info()[2])[-1]
    return f"{type(error).__name__}: {error} ({last.name}, line {last.lineno})"


def _kind(type_: tuple[str, str]) -> tuple[PolicyKind, str]:
    from lplint.model.policy import PolicyKind

    return PolicyKind(type_[0]), type_[1]
