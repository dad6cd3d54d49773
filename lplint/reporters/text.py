"""A report for a person at a terminal: each finding with its place, its line, and how to mend it."""

from __future__ import annotations

import re

from lplint.model.rule import Severity
from lplint.reporters.safe import cut, spelt_out, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lplint.model.finding import Failure, Finding, Report
    from lplint.model.rule import Rule, RuleTexts
    from lplint.model.source import Source, Span

    Finish = Callable[[], bytes | None]

# Lines further away from the finding than this get a block of their own; the ones between are left out anyway.
_NEAR = 10
_TAB = "    "
_NARROWEST = 40
# A message may hold a name out of a file, and a name may be as long as the file.
_LONGEST_MESSAGE = 1000
_LONGEST_ORIGIN = 200
_MOST_RELATED = 20
_MANY = 500
# Marks over one letter, beyond which they are spelt out: enough for every script, too few to paint over other lines.
_MOST_MARKS = 3

_BOLD = "1"
_BLUE = "1;34"
_GREEN = "1;32"
_YELLOW = "1;33"
_STYLES = {Severity.ERROR: "1;31", Severity.WARNING: _YELLOW, Severity.NOTE: "1;36"}

_BASELINE = "baseline"  # Finding.accepted_by
_LIST_ITEM = re.compile(r"(?:[-*]|\d+\.) ")


def render(
    report: Report,
    *,
    texts: Callable[[Rule], RuleTexts],
    color: bool,
    width: int,
    show_suppressed: bool = False,
    links: bool = False,
    beside: Callable[[Sequence[Sequence[Finding]], Callable[[Sequence[Finding]], bytes]], Sequence[Finish]]
    | None = None,
) -> str:
    """The report as lines of at most `width` columns, apart from messages, paths and links, which stay whole.

    `texts` gives a rule's longer texts, which stand with the first finding of each rule. `links` is whether the
    terminal makes links. `beside` begins work on parts of a list in other processes, where there are some.
    """
    width = max(width, _NARROWEST)
    paint = _painted if color else _plain
    first: dict[str, Finding] = {}
    for finding in report.findings:
        first.setdefault(finding.rule.id, finding)

    def blocks(findings: Sequence[Finding]) -> str:
        out: list[str] = []
        for one in findings:
            out += _Block(one, width, paint, links).lines(texts(one.rule) if first[one.rule.id] is one else None)
            out.append("")
        return "\n".join(out)

    halves = _halves(report.findings) if beside is not None else (report.findings,)
    others = beside(halves[1:], lambda some: blocks(some).encode("utf-8", "surrogatepass")) if beside else ()
    out = [blocks(halves[0])] if report.findings else []
    for half, finish in zip(halves[1:], others, strict=True):
        made = finish()
        out.append(made.decode("utf-8", "surrogatepass") if made is not None else blocks(half))
    for finding in report.suppressed if show_suppressed else ():
        place = finding.span.start_position()
        where = f"{finding.span.source.path}:{place.line}:{place.column}"
        reason = f" ({finding.reason})" if finding.reason else ""
        out.append(visible(f"suppressed[{finding.rule.id}] {finding.rule.name}: {where}{reason}"))
    if report.suppressed and show_suppressed:
        out.append("")
    out += [_failure(failure, paint) for failure in report.failures]
    if report.failures:
        out.append("")
    out += _summary(report, paint)
    return "\n".join(out) + "\n"


def _halves(findings: Sequence[Finding]) -> Sequence[Sequence[Finding]]:
    """Some findings in two parts; in one where they are few, which are shown before another process begins."""
    middle = len(findings) // 2
    return (findings[:middle], findings[middle:]) if len(findings) >= _MANY else (findings,)


def render_statistics(report: Report, *, color: bool) -> str:
    """How many findings there are of each rule, and how many values could not be resolved for what reason; then the
    summary."""
    paint = _painted if color else _plain
    rows: dict[Rule, int] = {}
    for finding in report.findings:
        rows[finding.rule] = rows.get(finding.rule, 0) + 1
    out = []
    for rule, count in sorted(rows.items(), key=lambda item: (-item[1], item[0].id)):
        label = paint(f"{rule.severity.label}[{rule.id}]", _STYLES[rule.severity])
        out.append(f"{count:>6}  {label} {rule.name}")
    if rows:
        out.append("")
    for reason, count in report.reasons.items():
        out.append(f"{count:>6}  not resolved: {visible(reason)}")
    if report.reasons:
        out.append("")
    out += [_failure(failure, paint) for failure in report.failures]
    out += _summary(report, paint)
    return "\n".join(out) + "\n"


def _plain(text: str, style: str) -> str:
    return text


def _painted(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if text else text


class _Mark:
    """Some characters of one line to underline, and what to say under them."""

    __slots__ = ("bounds", "end", "label", "line", "span", "start", "stroke", "style")

    def __init__(self, span: Span, stroke: str, style: str, label: str) -> None:
        source = span.source
        self.span = span
        self.line = source.line_number(span.start)
        self.bounds = _line_bounds(source, self.line)
        last = self.bounds[1]
        # A span over several lines is marked on its first one.
        self.start = min(span.start, last)
        self.end = max(self.start, min(span.end, last))
        if span.end > last:
            final = source.line_number(max(span.end - 1, span.start))
            if final > self.line:
                label = f"… to line {final}" + (f": {label}" if label else "")
        self.stroke = stroke
        self.style = style
        self.label = label


class _Block:
    """The lines of one finding."""

    def __init__(self, finding: Finding, width: int, paint: Callable[[str, str], str], links: bool) -> None:
        self.links = links
        self.finding = finding
        self.paint = paint
        self.width = width
        self.style = _STYLES[finding.severity]
        self.mark = _Mark(finding.span, "^", self.style, "")
        self.related = [
            _Mark(related.span, "-", _BLUE, cut(visible(related.message), _LONGEST_MESSAGE))
            for related in finding.related[:_MOST_RELATED]
        ]
        self.digits = len(str(max(mark.line for mark in (self.mark, *self.related))))
        self.room = width - self.digits - len("  | ")
        self.bar = " " * (self.digits + 2) + paint("|", _BLUE)

    def lines(self, texts: RuleTexts | None) -> Iterator[str]:
        finding, paint = self.finding, self.paint
        message = cut(visible(finding.message), _LONGEST_MESSAGE)
        yield (
            paint(f"{finding.severity.label}[{self._linked(finding.rule.id)}]", self.style)
            + paint(f" {finding.rule.name}: {message}", _BOLD)
            + (paint(" [*]", _GREEN) if finding.fix is not None and finding.fix.safe else "")
        )
        yield self._arrow("-->", finding.span, str(finding.origin) if finding.origin else "")
        yield self.bar
        yield from self._snippets()
        if finding.fix is not None:
            yield self.bar
            how = "--fix" if finding.fix.safe else "--unsafe-fixes"
            words = cut(visible(finding.fix.words), _LONGEST_MESSAGE)
            yield from self._note("mend", f"{words} {how} does it.")
        if texts is not None:
            yield self.bar
            yield from self._note("why", texts.why)
            yield from self._note("fix", texts.fix)
            if finding.rule.url:
                yield self._head("see") + self._linked(finding.rule.url)

    def _linked(self, text: str) -> str:
        """A text that leads to the rule's page. Source: "Hyperlinks in terminal emulators" (OSC 8)."""
        url = self.finding.rule.url
        if not self.links or not url.startswith("https://") or not url.isprintable():
            return text
        return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\"

    def _arrow(self, arrow: str, span: Span, origin: str) -> str:
        position = span.start_position()
        place = f"{visible(span.source.path)}:{position.line}:{position.column}"
        if origin:
            place += f" in {cut(visible(origin), _LONGEST_ORIGIN)}"
        return " " * (self.digits + 1) + self.paint(arrow, _BLUE) + f" {place}"

    def _snippets(self) -> Iterator[str]:
        """The finding's line with the related ones near it, then the others, each with its own place."""
        source, here = self.mark.span.source, self.mark.line
        near = [self.mark]
        far: list[_Mark] = []
        for mark in self.related:
            if (
                mark.span.source.path == source.path
                and abs(mark.line - here) <= _NEAR
                and (mark.line != here or self._fit(source, [*(one for one in near if one.line == here), mark]))
            ):
                near.append(mark)
            else:
                far.append(mark)
        yield from self._gutter(source, near)
        for mark in far:
            yield self.bar
            yield self._arrow(":::", mark.span, "")
            yield self.bar
            yield from self._gutter(mark.span.source, [mark])
        left_out = len(self.finding.related) - len(self.related)
        if left_out:
            yield self.bar
            yield from self._note("and", f"{_count(left_out, 'more place')} like these")

    def _fit(self, source: Source, marks: Sequence[_Mark]) -> bool:
        """Whether one window of their line shows all marks whole."""
        start, end = min(mark.start for mark in marks), max(mark.end for mark in marks)
        return end - start <= self.room and _columns(source.text[start:end]) <= self.room - 2

    def _gutter(self, source: Source, marks: Sequence[_Mark]) -> Iterator[str]:
        by_line: dict[int, list[_Mark]] = {}
        for mark in marks:
            by_line.setdefault(mark.line, []).append(mark)
        previous = 0
        for number in sorted(by_line):
            if previous and number == previous + 2:
                yield from self._line(source, number - 1, [])
            elif previous and number > previous + 2:
                yield self.paint(" " * (self.digits - 1) + "...", _BLUE)
            elif number > previous + 1 and _is_empty(by_line[number][0].bounds):
                # An empty line, most often the end of the file, says nothing without the one before it.
                yield from self._line(source, number - 1, [])
            yield from self._line(source, number, by_line[number])
            previous = number

    def _line(self, source: Source, number: int, marks: Sequence[_Mark]) -> Iterator[str]:
        """One line of the file, and the rows of marks under it."""
        first, last = marks[0].bounds if marks else _line_bounds(source, number)
        start = min([mark.start for mark in marks], default=first)
        end = max([mark.end for mark in marks], default=first)
        window = _Window(source.text, first, last, start, end, self.room)
        yield (self.paint(f" {number:>{self.digits}} |", _BLUE) + f" {window.text}").rstrip()
        for row in _rows(marks):
            yield from self._row([(*window.columns(mark.start, mark.end), mark) for mark in row])

    def _row(self, marks: Sequence[tuple[int, int, _Mark]]) -> Iterator[str]:
        """Marks that do not overlap, from left to right; only the last one may have a label."""
        drawn, column = "", 0
        for start, end, mark in marks:
            drawn += " " * (start - column) + self.paint(mark.stroke * (end - start), mark.style)
            column = end
        label, style = marks[-1][2].label, marks[-1][2].style
        gap = "" if label.startswith("…") else " "
        if not label or column + len(gap) + _columns(label) <= self.room:
            yield f"{self.bar} {drawn}" + self.paint(f"{gap}{label}" if label else "", style)
            return
        yield f"{self.bar} {drawn}"
        indent = max(0, min(marks[-1][0], self.room - min(_columns(label), _NARROWEST)))
        for line in _wrap(label, self.room - indent):
            yield f"{self.bar} " + " " * indent + self.paint(line, style)

    def _head(self, label: str) -> str:
        return " " * (self.digits + 2) + self.paint("=", _BLUE) + " " + self.paint(f"{label}:", _BOLD) + " "

    def _note(self, label: str, text: str) -> Iterator[str]:
        head = self._head(label)
        indent = " " * (self.digits + 4 + len(label) + 2)
        for line in _flow(text, self.width - len(indent)):
            yield (head + line).rstrip()
            head = indent


def _rows(marks: Sequence[_Mark]) -> list[list[_Mark]]:
    """The marks of one line in as few rows as let each label stand behind its own mark."""
    rows: list[list[_Mark]] = []
    for mark in marks:
        last = rows[-1][-1] if rows else None
        if last is not None and not last.label and mark.start > max(last.end, last.start + 1):
            rows[-1].append(mark)
        else:
            rows.append([mark])
    return rows


class _Window:
    """The part of a line that is shown: all of it, or what fits around the marks."""

    # The columns of the characters shown, and what follows the last; None where they are their numbers.
    _ends: Sequence[int] | None

    def __init__(self, text: str, first: int, last: int, start: int, end: int, room: int) -> None:
        # No more of the line is looked at than could be shown: it may be the whole file.
        low = max(first, start - room)
        high = min(last, min(end, start + room) + room)
        shown = text[low:high]
        if low == first and high == last and len(shown) <= room and shown.isascii() and shown.isprintable():
            # What most lines are: a column for each character.
            self.text, self._offset, self._ends = shown, low, None
            return
        cells = _cells(shown)
        left, right = 0, len(cells)
        if low > first or high < last or sum(width for _, width in cells) > room:
            left, right = _around(cells, start - low, min(end, high) - low, room - 2)
        before = "…" if low + left > first else ""
        after = "…" if low + right < last else ""
        self._offset = low + left
        ends = [len(before)]
        for _, width in cells[left:right]:
            ends.append(ends[-1] + width)
        self._ends = ends
        self.text = before + "".join(shown for shown, _ in cells[left:right]) + after

    def columns(self, start: int, end: int) -> tuple[int, int]:
        """The columns, from 0 up to but not including the second, of the characters between two offsets; at least
        one, so that there is something to see."""
        left, right = start - self._offset, end - self._offset
        ends = self._ends
        if ends is not None:
            left = ends[max(0, min(left, len(ends) - 1))]
            right = ends[max(0, min(right, len(ends) - 1))]
        return left, max(right, left + 1)


def _around(cells: Sequence[tuple[str, int]], start: int, end: int, room: int) -> tuple[int, int]:
    """Which cells to show so that those from `start` to `end` are among them, within that many columns."""
    left = right = start
    used = 0
    while right < end and used + cells[right][1] <= room:
        used += cells[right][1]
        right += 1
    # The beginning of the line stays if that leaves something of what follows; else both sides get their share.
    before = sum(width for _, width in cells[:start])
    share = before if before <= (room - used) * 2 // 3 else (room - used) // 2
    taken = 0
    while left > 0 and taken + cells[left - 1][1] <= share:
        left -= 1
        taken += cells[left][1]
    used += taken
    while right < len(cells) and used + cells[right][1] <= room:
        used += cells[right][1]
        right += 1
    while left > 0 and used + cells[left - 1][1] <= room:
        left -= 1
        used += cells[left][1]
    return left, right


def _line_bounds(source: Source, number: int) -> tuple[int, int]:
    """The offsets of a line's first character and of its line break, without copying the line."""
    starts, text = source.line_starts(), source.text
    first = starts[number - 1]
    last = starts[number] if number < len(starts) else len(text)
    while last > first and text[last - 1] in "\r\n":
        last -= 1
    return first, last


def _is_empty(bounds: tuple[int, int]) -> bool:
    return bounds[0] == bounds[1]


def _cells(text: str) -> list[tuple[str, int]]:
    """What is shown for each code point, and how many columns that takes."""
    if text.isascii() and text.isprintable():
        return [(character, 1) for character in text]
    cells: list[tuple[str, int]] = []
    marks = _MOST_MARKS  # a mark at the very start would land on the gutter
    for character in text:
        shown = _TAB if character == "\t" else spelt_out(character)
        width = len(shown) if len(shown) > 1 else _column_count(character)
        if width == 0:
            marks += 1
            if marks > _MOST_MARKS:
                shown = character.encode("unicode_escape").decode("ascii")
                width = len(shown)
        else:
            marks = _MOST_MARKS if len(shown) > 1 else 0
        cells.append((shown, width))
    return cells


def _column_count(character: str) -> int:
    """The terminal columns of a printable character: 2 for East Asian wide ones, 0 for marks over another one."""
    if character.isascii():
        return 1
    import unicodedata  # not every file leaves ASCII, and each start pays for an import

    if unicodedata.category(character) in {"Mn", "Me"} or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _columns(text: str) -> int:
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(width for _, width in _cells(text))


def _flow(text: str, width: int) -> Iterator[str]:
    """A rule's text wrapped anew: paragraphs and list items joined and filled, code left as it is."""
    paragraph: list[str] = []
    fenced = False

    def filled() -> Iterator[str]:
        if paragraph:
            item = _LIST_ITEM.match(paragraph[0])
            indent = " " * (item.end() if item else 0)
            for index, line in enumerate(_wrap(" ".join(paragraph)[len(indent) :], width - len(indent))):
                yield (indent if index or not item else item[0]) + line
            paragraph.clear()

    for line in text.strip("\n").split("\n"):
        fence = line.lstrip().startswith("```")
        if fence or fenced or not line.strip() or (line.startswith("    ") and not paragraph):
            yield from filled()
            if not fence:
                yield "".join(shown for shown, _ in _cells(line)).rstrip()
            fenced ^= fence
        else:
            if _LIST_ITEM.match(line):
                yield from filled()
            paragraph.append(visible(line.strip()))
    yield from filled()


def _wrap(text: str, width: int) -> Iterator[str]:
    """The words of a text in lines of that many columns; a longer word has its line to itself."""
    line, used = "", 0
    for word in text.split():
        columns = _columns(word)
        if line and used + 1 + columns > width:
            yield line
            line, used = "", 0
        line, used = (f"{line} {word}", used + 1 + columns) if line else (word, columns)
    yield line


def _failure(failure: Failure, paint: Callable[[str, str], str]) -> str:
    where = f"{visible(failure.path)}: " if failure.path else ""
    return paint("failure", _STYLES[Severity.ERROR]) + f": {where}{cut(visible(failure.message), _LONGEST_MESSAGE)}"


def _fixable(report: Report) -> Iterator[str]:
    safe, unsafe = report.fixable()
    if safe:
        more = f"; {unsafe} more with --unsafe-fixes, which change access" if unsafe else ""
        yield f"[*] {_count(safe, 'finding')} fixable with --fix{more}."
    elif unsafe:
        yield f"{_count(unsafe, 'finding')} fixable with --unsafe-fixes, which change access; add --diff to see how."


def _summary(report: Report, paint: Callable[[str, str], str]) -> Iterator[str]:
    """What was found, in how much; what is not shown; what could not be known or done."""
    files = _count(report.files, "file")
    extent = f"{_count(report.policies, 'policy', 'policies')}, {_count(report.statements, 'statement')}"
    shown = [finding.severity for finding in report.findings]
    hidden = [severity for severity in sorted(Severity, reverse=True) if report.hidden.get(severity)]
    if shown:
        counts = [
            paint(_count(shown.count(severity), severity.label), _STYLES[severity])
            for severity in sorted(set(shown), reverse=True)
        ]
        places = len({finding.span.source.path for finding in report.findings})
        # A file that could not be read to its end is not counted among the files, yet may have findings.
        where = f"{places} of {files}" if places <= report.files else _count(places, "file")
        yield f"{_listed(counts)} in {where} ({extent if report.policies else 'no policies found'})."
    elif not report.policies:
        yield paint("No policies found", _YELLOW) + (f" in {files}." if report.files else ": no file was read.")
    else:
        above = [
            f"{severity.label}s" for severity in sorted(Severity, reverse=True) if severity > max(hidden, default=0)
        ]
        what = " or ".join(above) if hidden and above else "findings"
        if report.failures:
            yield f"No {what} in what could be checked: {files}, {extent}."
        else:
            yield paint(f"No {what}", _GREEN) + f": {files}, {extent}."
    if report.fixed is not None:
        yield f"Fixed {report.fixed}, {len(shown)} remaining."
    yield from _fixable(report)
    if hidden:
        counts = [_count(report.hidden[severity], severity.label) for severity in hidden]
        total = sum(report.hidden[severity] for severity in hidden)
        yield f"{_listed(counts)} {_are(total)} not shown; --min-severity {hidden[-1].label} shows {_them(total)}."
    known = sum(finding.accepted_by == _BASELINE for finding in report.suppressed)
    accepted = len(report.suppressed) - known
    if accepted:
        yield f"{_count(accepted, 'finding')} {_are(accepted)} suppressed; --show-suppressed lists {_them(accepted)}."
    if known:
        shows = f"--show-suppressed lists {_them(known)}"
        yield f"{_count(known, 'finding')} {_are(known)} known from the baseline; {shows}."
    if report.gone:
        count = len(report.gone)
        what = "finding of the baseline no longer occurs" if count == 1 else "findings of the baseline no longer occur"
        yield f"{count} {what}; `lplint baseline --update` takes {_them(count)} out."
    if report.unresolved:
        yield (
            f"{_count(report.unresolved, 'value')} could not be resolved from the text; "
            f"`lplint policies` lists {_them(report.unresolved)}."
        )
    unchecked = len({failure.path for failure in report.failures if failure.path})
    if unchecked:
        yield paint(f"{_count(unchecked, 'file')} could not be checked.", _STYLES[Severity.ERROR])
    elif report.failures:
        yield paint("lplint failed, so this is no complete answer.", _STYLES[Severity.ERROR])


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _them(number: int) -> str:
    return "it" if number == 1 else "them"


def _listed(items: Sequence[str]) -> str:
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
