"""Short words for what a sweep sets, by which rows are told apart."""

from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML


def words(settings: Mapping[str, Any], among: Sequence[Mapping[str, Any]]) -> str:
    """A point of a sweep in short: ``"same=0.5"``, ``"taps=[pool1, pool2]"``, ``"unit.type=nddr"``.

    Args:
        settings: Dotted keys and plain values.
        among: The settings of all points. Of each key the last part is shown, and more where another key of
            these points would read alike; ``type``, which says nothing by itself, has its block before it.
    """
    keys = {key for point in (settings, *among) for key in point}
    return ", ".join(f"{_short(key, keys)}={flow(value)}" for key, value in settings.items())


def _short(key: str, keys: Iterable[str]) -> str:
    parts = key.split(".")
    others = [other.split(".") for other in keys if other != key]
    for count in range(2 if parts[-1] == "type" else 1, len(parts)):
        if all(other[-count:] != parts[-count:] for other in others):
            return ".".join(parts[-count:])
    return key


def flow(value: Any) -> str:
    """A plain value as YAML in one line."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 1_000_000
    text = StringIO()
    yaml.dump([value], text)  # in a list, because a document of one word has an end mark
    return " ".join(text.getvalue().split())[1:-1]
