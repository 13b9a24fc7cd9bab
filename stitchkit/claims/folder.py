"""Finished studies, found in a folder."""

import json
import shlex
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stitchkit.claims.study import Study
from stitchkit.errors import InputError, unknown
from stitchkit.results import Results

RESULTS = "results.json"


def studies_in(folder: Path, profile: str | None = None) -> dict[str, list[Study]]:
    """The studies of each profile.

    Args:
        folder: Of one study, or of studies, as ``stitchkit run`` lays them out: ``<recipe>/<profile>/``.
        profile: The only one wanted; None takes all that there are.

    Raises:
        InputError: There are no results, some cannot be read, two are of one recipe and profile, or none are
            of ``profile``.
    """
    if (folder / RESULTS).is_file():
        paths = [folder / RESULTS]
    else:
        paths = sorted([*folder.glob(f"*/{RESULTS}"), *folder.glob(f"*/*/{RESULTS}")])
    if not paths:
        raise InputError(
            f"{folder} holds no {RESULTS}; give a study's folder, or the one given to `stitchkit run --out`"
        )
    found: dict[tuple[str, str], Study] = {}
    for path in paths:
        study = read_study(path)
        key = study.results.profile, study.results.recipe
        if key in found:
            raise InputError(
                f"{found[key].folder} and {path.parent} both hold results of {key[1]}, profile {key[0]};"
                " give a folder that holds one of them"
            )
        found[key] = study
    profiles: dict[str, list[Study]] = {}
    for (name, _), study in sorted(found.items()):
        profiles.setdefault(name, []).append(study)
    if profile is None:
        return profiles
    if profile not in profiles:
        raise unknown("profile", profile, profiles, str(folder))
    return {profile: profiles[profile]}


def read_study(path: Path) -> Study:
    """The study whose ``results.json`` this is.

    Raises:
        InputError: It is not readable, or of another version of stitchkit.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and "recipe" in content:
            _check_format(content, path)
        return Study(Results.model_validate(content), path.parent)
    except ValidationError as error:
        first = error.errors()[0]
        cause = ": ".join([".".join(map(str, first["loc"])), first["msg"].lower()]).removeprefix(": ")
    except InputError:
        raise
    except ValueError as error:  # no JSON, or no UTF-8
        cause = str(error)
    raise InputError(f"{path} is not a study's results ({cause}); run the recipe again")


def _check_format(content: dict[str, Any], path: Path) -> None:
    written, expected = content.get("format", 1), Results.model_fields["format"].default
    if written != expected:
        recipe, profile = (
            content.get("path") or f"{content['recipe']}.yaml",
            content.get("profile", "default"),
        )
        again = shlex.join(["stitchkit", "run", str(recipe), "--profile", str(profile)])
        raise InputError(f"{path} is of format {written}, where {expected} is read; write it anew: `{again}`")
