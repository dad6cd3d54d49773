"""The entries of `ignore` in a configuration: findings that are accepted in one file, resource or statement."""

from __future__ import annotations

from lplint.access.patterns import matches
from lplint.suppress.suppression import CONFIGURATION, Suppression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lplint.config import Config
    from lplint.config_keys import IgnoreEntry
    from lplint.model.finding import Finding
    from lplint.model.source import Source, Span


class OfEntry(Suppression):
    """One that holds for what an entry of a configuration names."""

    __slots__ = ("config", "entry")

    example = 'write rule = "LP201" or rule = "wildcard-action"'

    def __init__(self, span: Span, rules: tuple[tuple[str, Span], ...], config: Config, entry: IgnoreEntry) -> None:
        super().__init__(span, rules, entry.reason, entry.until, CONFIGURATION)
        self.config = config
        self.entry = entry

    def holds_at(self, finding: Finding) -> bool:
        entry = self.entry
        if entry.path and not self.config.matches(entry.path, finding.span.source.path):
            return False
        if entry.sid and not (finding.statement is not None and matches(entry.sid, finding.statement.sid)):
            return False
        if not entry.origin:
            return True
        origin = finding.origin
        return origin is not None and (matches(entry.origin, origin.address) or matches(entry.origin, str(origin)))


def read(source: Source, config: Config) -> list[Suppression]:
    """The entries of a configuration, of which `source` is the file, with their places there."""
    spans = _spans(source, config)
    made: list[Suppression] = []
    for entry in config.ignores:
        span, rule = spans.get(entry.number, (source.span(0, 0), None))
        made.append(OfEntry(span, tuple((written, rule or span) for written in entry.rules), config, entry))
    return made


def _spans(source: Source, config: Config) -> dict[int, tuple[Span, Span | None]]:
    """Where each entry stands, and where its rule."""
    from lplint.toml_places import array_items, places

    name = ("tool", "lplint", "ignore") if source.path.endswith("pyproject.toml") else ("ignore",)
    spans: dict[int, tuple[Span, Span | None]] = {}
    for place in places(source.text):
        if place.path == name and place.header:
            spans[place.item] = (source.span(place.start, place.end), None)
        elif place.path == name:
            for number, (start, end) in enumerate(array_items(source.text, place.value_start)):
                spans[number] = (source.span(start, end), None)
        elif place.path == (*name, "rule"):
            spans[place.item] = (spans[place.item][0], source.span(place.value_start, place.value_end))
    return spans


def judged(
    suppressions: Sequence[Suppression], config: Config, complete: bool, read: Collection[str]
) -> list[Suppression]:
    """Those of which it can be said that they match nothing: all, if the run was `complete` for their configuration;
    else those about one file that was `read`."""
    if complete:
        return list(suppressions)
    made = []
    for one in suppressions:
        glob = one.entry.path if isinstance(one, OfEntry) else ""
        about_one = "/" in glob and not glob.endswith("/") and "*" not in glob and "?" not in glob
        if about_one and any(config.matches(glob, path) for path in read):
            made.append(one)
    return made
