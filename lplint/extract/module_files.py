"""Which files of a directory Terraform and OpenTofu take for its module, and in which order."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

CONFIGURATION = (".tf", ".tofu", ".tf.json", ".tofu.json")
# Values of variables that are taken without being asked for.
_VALUES = (".auto.tfvars", ".auto.tfvars.json")
_VALUES_FILES = ("terraform.tfvars", "terraform.tfvars.json")

# The folder into which `terraform init` puts other people's modules.
INSTALLED = ".terraform"


def is_configuration(name: str) -> bool:
    """Whether a file holds the blocks of a module."""
    return name.lower().endswith(CONFIGURATION)


def is_values(name: str) -> bool:
    """Whether a file holds values for the variables of the root module beside it."""
    return name.endswith(_VALUES) or name in _VALUES_FILES


def is_installed(path: str) -> bool:
    """Whether a file is of other people's modules, where Terraform has put them."""
    return INSTALLED in path.replace("\\", "/").split("/")


def is_override(name: str) -> bool:
    """Whether the blocks of a file are merged into those of the same address.

    https://developer.hashicorp.com/terraform/language/files/override
    """
    stem = _stem(name)
    return stem == "override" or stem.endswith("_override")


def in_order(names: Iterable[str]) -> list[str]:
    """The files of a module, where the first to declare a name has it, overrides last; then its values, where the last
    to give one has it.

    For OpenTofu a .tofu file stands in place of the .tf file of the same name. Terraform knows only the latter, so that
    stays among them, behind the others: its policies may be in use, but its names are the other's.
    """
    chosen = [name for name in names if is_configuration(name) or is_values(name)]
    replaced = {f"{_stem(name)}{ending}" for name in chosen for ending, by in _REPLACED if name.endswith(by)}

    def place(name: str) -> tuple[int, int, str]:
        if is_configuration(name):
            return (1 if is_override(name) else 0, int(name in replaced), name)
        return (2, _VALUES_FILES.index(name) if name in _VALUES_FILES else len(_VALUES_FILES), name)

    return sorted(chosen, key=place)


_REPLACED = ((".tf", ".tofu"), (".tf.json", ".tofu.json"))


def _stem(name: str) -> str:
    lower = name.lower()
    ending = max((one for one in CONFIGURATION if lower.endswith(one)), key=len, default="")
    return name[: len(name) - len(ending)]
