"""`lplint completion`: what makes a shell complete lplint's commands and options."""

from __future__ import annotations

from lplint import arguments, terminal
from lplint.arguments import CLEAN

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

SHELLS = ("bash", "zsh", "fish")


def make_parser() -> argparse.ArgumentParser:
    """The arguments of completion."""
    parser = arguments.parser(
        "completion", 'Print what makes a shell complete lplint: eval "$(lplint completion bash)".', ("text",)
    )
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=f"one of {', '.join(SHELLS)}")
    return parser


def run(words: list[str]) -> int:
    """Prints the script and gives the exit code. Raises UsageError."""
    options = make_parser().parse_args(words)
    commands = list(_commands())
    render = {"bash": _bash, "zsh": _zsh, "fish": _fish}[options.shell]
    terminal.show(render(commands))
    return CLEAN


class _Option:
    """An option: how it is written, what it is for, and its values: None if it takes none, () if any."""

    __slots__ = ("help", "name", "values")

    def __init__(self, name: str, help_: str, values: tuple[str, ...] | None) -> None:
        self.name = name
        self.help = help_
        self.values = values


class _Command:
    """A command: what it is for, its options, and the words it takes besides; None if these are paths."""

    __slots__ = ("description", "name", "options", "words")

    def __init__(self, name: str, description: str, options: list[_Option], words: tuple[str, ...] | None) -> None:
        self.name = name
        self.description = description
        self.options = options
        self.words = words


def _commands() -> Iterator[_Command]:
    from importlib import import_module

    from lplint import ruleset

    rules = tuple(name for rule in ruleset.rules() for name in (rule.id, rule.name))
    words: dict[str, tuple[str, ...]] = {"rules": (), "risk": (), "explain": rules, "completion": SHELLS}
    for name in arguments.COMMANDS:
        module = import_module(f"lplint.commands.{name}")
        parser: argparse.ArgumentParser = module.make_parser()
        options = []
        for action in parser._actions:
            for written in action.option_strings:
                choices = tuple(map(str, action.choices)) if action.choices else ()
                help_ = (action.help or "").split(";")[0].split(" (default")[0]
                options.append(_Option(written, help_, None if action.nargs == 0 else choices))
        yield _Command(name, (parser.description or "").rstrip("."), options, words.get(name))


def _bash(commands: list[_Command]) -> str:
    names = " ".join(one.name for one in commands)
    values, options, words = [], [], []
    for one in commands:
        for option in one.options:
            if option.values:
                values.append(f'    "{one.name} {option.name}") words="{" ".join(option.values)}" ;;')
            elif option.values is not None:
                values.append(f'    "{one.name} {option.name}") return ;;')
        options.append(f'    {one.name}) options="{" ".join(option.name for option in one.options)}" ;;')
        if one.words:
            words.append(f'      {one.name}) words="{" ".join(one.words)}" ;;')
    lines = [
        "_lplint() {",
        '  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
        '  local command=check options="" words=""',
        "  COMPREPLY=()",
        f"  case ' {names} ' in",
        '    *" ${COMP_WORDS[1]} "*) [ "$COMP_CWORD" -gt 1 ] && command="${COMP_WORDS[1]}" ;;',
        "  esac",
        '  case "$command" in',
        *options,
        "  esac",
        '  case "$command $before" in',
        *values,
        "  esac",
        '  if [ -z "$words" ]; then',
        '    case "$current" in',
        '      -*) words="$options" ;;',
        f'      *) [ "$COMP_CWORD" -eq 1 ] && words="{names}" ;;',
        "    esac",
        "  fi",
        '  if [ -z "$words" ]; then',
        '    case "$command" in',
        *words,
        "    esac",
        "  fi",
        "  # Where nothing fits, bash completes paths.",
        '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
        "}",
        "complete -o default -F _lplint lplint",
    ]
    return "\n".join(lines) + "\n"


def _zsh(commands: list[_Command]) -> str:
    lines = ["#compdef lplint", "", "_lplint() {", "  local -a commands=("]
    lines += [f"    {_quoted(f'{one.name}:{one.description}')}" for one in commands]
    lines += [
        "  )",
        "  local command=check",
        "  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then",
        "    _describe command commands",
        "    _files",
        "    return",
        "  fi",
        f"  if (( $+words[2] )) && [[ ' {' '.join(one.name for one in commands)} ' == *\" $words[2] \"* ]]; then",
        "    command=$words[2]",
        "    shift words",
        "    (( CURRENT-- ))",
        "  fi",
        "  case $command in",
    ]
    for one in commands:
        lines += [f"    {one.name})", "      _arguments \\"]
        for option in one.options:
            told = option.help.replace("[", "(").replace("]", ")").replace(":", "")
            spec = f"{option.name}[{told}]"
            if option.values is not None:
                spec += ":value:" + (f"({' '.join(option.values)})" if option.values else "_files")
            lines.append(f"        {_quoted(spec)} \\")
        rest = f"*:word:({' '.join(one.words)})" if one.words else "*:path:_files"
        lines += [f"        {_quoted(rest)}", "      ;;"]
    lines += ["  esac", "}", "", 'if [ "$funcstack[1]" = _lplint ]; then _lplint "$@"; else compdef _lplint lplint; fi']
    return "\n".join(lines) + "\n"


def _fish(commands: list[_Command]) -> str:
    others = " ".join(one.name for one in commands if one.name != "check")
    lines = []
    for one in commands:
        first = f"complete -c lplint -n __fish_use_subcommand -a {one.name}"
        lines.append(f"{first} -d {_quoted(one.description)}")
    for one in commands:
        seen = f"__fish_seen_subcommand_from {others if one.name == 'check' else one.name}"
        where = f"-n {_quoted(f'not {seen}' if one.name == 'check' else seen)}"
        for option in one.options:
            kind = f"-l {option.name[2:]}" if option.name.startswith("--") else f"-s {option.name[1:]}"
            takes = ""
            if option.values is not None:
                takes = " -x" if option.values else " -r"
                takes += f" -a {_quoted(' '.join(option.values))}" if option.values else ""
            lines.append(f"complete -c lplint {where} {kind}{takes} -d {_quoted(option.help)}")
        if one.words:
            lines.append(f"complete -c lplint {where} -f -a {_quoted(' '.join(one.words))}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text as one word of a shell: in single quotes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "'\\''") + "'"
