"""From templates to the folder of a new plugin."""

import ast
import os
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import jinja2

from stitchkit.errors import InputError
from stitchkit.skeletons.kinds import Kind
from stitchkit.skeletons.names import Names

ENDING = ".jinja"  # so that no tool takes a template for what it becomes
PACKAGE = "PACKAGE"  # folder of a template that gets the name of the package


def write(name: str, kind: Kind, to: Path) -> Path:
    """Write a new plugin, all of it or nothing.

    Args:
        name: Of its distribution.
        kind: Of the plugin.
        to: Folder to make the plugin's folder in.

    Returns:
        The plugin's folder: the distribution's name in ``to``.

    Raises:
        InputError: The name cannot be used or is another's, or the folder is there already.
    """
    names = Names.of(name)
    names.check_free(kind)
    folder = to / names.distribution
    if os.path.lexists(folder):
        raise InputError(f"{folder} is there already; choose another name, or another folder with --to")
    files = rendered(names, kind)
    to.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{folder.name}.", suffix=".part", dir=to) as aside:
        whole = Path(aside, folder.name)
        for path, text in files.items():
            (whole / path).parent.mkdir(parents=True, exist_ok=True)
            (whole / path).write_text(text, encoding="utf-8")
        os.rename(whole, folder)
    return folder


def rendered(names: Names, kind: Kind) -> dict[str, str]:
    """The files of a new plugin: texts by their paths.

    Raises:
        InputError: The class would have a name that its module has another use for.
    """
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    files = {}
    for template in templates.list_templates():
        part, _, path = template.partition("/")
        if part in ("every", kind):
            text = templates.get_template(template).render(
                **vars(names),
                kind=kind.value,
                kinds=kind.plural,
                words=kind.words,
                release=".".join(version("stitchkit").split(".")[:2]),
            )
            files[path.removesuffix(ENDING).replace(PACKAGE, names.package)] = text
    for path, text in files.items():
        if path.endswith(".py"):
            _check_bound_once(text, names)
    return files


def _check_bound_once(source: str, names: Names) -> None:
    bound: set[str] = set()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.ImportFrom):
            new = {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ClassDef):
            new = {statement.name}
        elif isinstance(statement, ast.Assign):
            new = {target.id for target in statement.targets if isinstance(target, ast.Name)}
        else:
            continue
        if both := bound & new:
            raise InputError(
                f"{names.distribution!r} makes {both.pop()} a class, but the plugin's code has that name for"
                " something else; choose another"
            )
        bound |= new
