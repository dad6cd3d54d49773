"""The globs of the configuration, matched without regular expressions, in time that no glob can make long."""

from __future__ import annotations


def compiled(glob: str) -> tuple[str, ...]:
    """A glob as what `matches` takes: the names it asks for one after the other, `**` for any number of them."""
    names = [name for name in glob.split("/") if name not in ("", ".")]
    if names and "/" not in glob.rstrip("/"):
        names.insert(0, "**")
    made: list[str] = []
    for name in names:
        if name != "**":
            made.append(_with_single_stars(name))
        elif made[-1:] != ["**"]:
            made.append(name)
    if made and made[-1] == "**":
        made[-1] = "*"  # "a/**" is what is below a; at least one name, and what is below that matches anyway
    if made and glob.endswith("/"):
        made.append("*")
    return tuple(made)


def _with_single_stars(pattern: str) -> str:
    """The pattern of a name, in which several stars mean no more than one."""
    while "**" in pattern:
        pattern = pattern.replace("**", "*")
    return pattern


def matches(glob: tuple[str, ...], names: list[str]) -> bool:
    """Whether a glob matches a path or a folder above it.

    Takes time proportional to the product of the two lengths at worst: to stretch the last `**` is enough, because what
    stands before it has found its first place already.
    """
    if not glob:
        return False
    wanted = at = stretched = 0
    stars = -1
    while wanted < len(glob):
        if glob[wanted] == "**":
            stars, stretched = wanted, at
            wanted += 1
        elif at == len(names):
            return False
        elif _name_matches(glob[wanted], names[at]):
            wanted += 1
            at += 1
        elif stars >= 0:
            stretched += 1
            wanted, at = stars + 1, stretched
        else:
            return False
    return True


def _name_matches(pattern: str, name: str) -> bool:
    """Whether `*` (any characters) and `?` (one) of a pattern can be filled so that it is the name."""
    if pattern in (name, "*"):
        return True
    if "*" not in pattern and "?" not in pattern:
        return False
    from lplint.access.patterns import matches as filled  # few names need it, and the start imports nothing

    return filled(pattern, name)
