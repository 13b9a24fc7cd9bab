"""What a new plugin is called, as a distribution, a package, a word of recipes and a class."""

import keyword
import re
from dataclasses import dataclass
from importlib.util import find_spec

from stitchkit.errors import InputError
from stitchkit.plugins import announced
from stitchkit.skeletons.kinds import Kind

_NAME = re.compile(r"[A-Za-z]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_BESIDE = ("tests",)  # folders that stand beside the package


@dataclass(frozen=True)
class Names:
    """The names that follow from that of the distribution.

    Attributes:
        distribution: In its normal form (PEP 503), ``"stitchkit-street-scenes"``; of the folder, too.
        package: ``"stitchkit_street_scenes"``.
        plugin: What recipes call it: the package without a leading ``stitchkit_``, ``"street_scenes"``.
        class_name: ``"StreetScenes"``.
    """

    distribution: str
    package: str
    plugin: str
    class_name: str

    @classmethod
    def of(cls, name: str) -> "Names":
        """The names that follow from one.

        Raises:
            InputError: No distribution, package or class can be called so.
        """
        if not _NAME.fullmatch(name):
            near = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lstrip("0123456789-")
            raise InputError(
                "a plugin's name must be a letter, then letters, digits and hyphens, as for its distribution,"
                f" but got {name!r}; try {near or 'street-scenes'!r}"
            )
        distribution = re.sub(r"[-_.]+", "-", name).lower()
        package = distribution.replace("-", "_")
        plugin = package.removeprefix("stitchkit_")
        class_name = "".join(word.capitalize() for word in plugin.split("_"))
        for word in (package, plugin, class_name):
            if word in _BESIDE or keyword.iskeyword(word) or not word.isidentifier():
                raise InputError(
                    f"{name!r} makes {word!r} a name in the plugin's code, which cannot be; choose another"
                )
        return cls(distribution, package, plugin, class_name)

    def check_free(self, kind: Kind) -> None:
        """Raise `InputError` where a plugin of this kind, or a package, has one of the names already."""
        for plugin in announced(kind.plural):
            if plugin.name == self.plugin:
                owner = f"{plugin.distribution} {plugin.version}".rstrip()
                raise InputError(
                    f"{kind.words} plugin {self.plugin!r} is of {owner} already; choose another name"
                )
        if find_spec(self.package) is not None:
            raise InputError(
                f"the package {self.package!r} is installed already; choose another name, for example"
                f" {f'my-{self.distribution}'!r}"
            )
