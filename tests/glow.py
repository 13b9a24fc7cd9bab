"""A plugin file on the toys: a task ``glow`` that is `toys.Brightness` under another name."""

from pathlib import Path

CODE = '''\
import stitchkit as sk
from toys import Brightness


@sk.task("glow")
class Glow(Brightness):
    """Tell the depth of each pixel."""
'''


def write(path: Path, more: str = "") -> Path:
    """The file, with a few further lines at its end."""
    path.write_text(CODE + more, encoding="utf-8")
    return path
