"""What data a study has, told before anything is trained."""

from typing import Any

from stitchkit.data import carve
from stitchkit.sizes import ShorterSide
from stitchkit.study.materials import Materials


def inventory(materials: Materials) -> dict[str, Any]:
    """Frames, sizes, ground truth and limits, as plain data.

    Returns:
        ``type`` and ``fingerprint`` of the data set; ``train``, ``validation`` and ``test``, numbers of its
        frames; ``frame`` [height, width] of the first; ``size``, what networks see, as ``training.size``;
        ``targets`` by name, each with ``kind``, ``classes`` (their number), ``source``, ``published`` and the
        ``tasks`` that read it; ``limits``.

    Raises:
        InputError: So many frames are to be held out that none is left to train on.
    """
    recipe, train, test = materials.recipe, materials.train, materials.test
    training, held_out = carve(train, recipe.training.validation.fraction)
    size = recipe.training.size
    return {
        "type": recipe.data.type,
        "fingerprint": test.fingerprint,
        "train": len(training),
        "validation": len(held_out),
        "test": min(len(test), recipe.evaluation.limit or len(test)),
        "frame": list(train[0]["image"].shape[-2:]),
        "size": size.model_dump() if isinstance(size, ShorterSide) else size and list(size),
        "targets": {
            name: {
                "kind": target.kind,
                "classes": len(target.classes),
                "source": target.source,
                "published": target.published,
                "tasks": [task.name for task in materials.tasks.values() if name in task.reads],
            }
            for name, target in test.targets.items()
        },
        "limits": test.limits,
    }
