"""Finished studies, found in a folder."""

from pathlib import Path

from stitchkit.claims.study import Study
from stitchkit.errors import InputError, unknown
from stitchkit.results import FILE as RESULTS
from stitchkit.results import read_results


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
    return Study(read_results(path), path.parent)
