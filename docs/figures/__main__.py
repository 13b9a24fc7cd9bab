"""``python -m docs.figures [NAME ...]``: draw the figures of these pages, or some, beside their scripts."""

import sys
from importlib import import_module
from pathlib import Path

import torch

HERE = Path(__file__).parent
NAMES = sorted(
    path.stem for path in HERE.glob("*.py") if "\n@drawn\n" in path.read_text("utf-8")
)  # the other modules are what they share


def main() -> None:
    """Draw and write."""
    torch.set_num_threads(1)  # small networks gain nothing from more
    for name in sys.argv[1:] or NAMES:
        if name not in NAMES:
            raise SystemExit(f"no figure {name!r}; there are {', '.join(NAMES)}")
        svg = import_module(f"docs.figures.{name}").figure()
        (HERE / f"{name}.svg").write_text(svg, encoding="utf-8")
        print(f"docs/figures/{name}.svg")


if __name__ == "__main__":
    main()
