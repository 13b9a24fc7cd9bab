from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, NonNegativeInt, PositiveFloat, PositiveInt

from stitchkit.recipe.plain_types import plain
from stitchkit.recipe.schema import Augment, UnitBlock


class Sides(BaseModel):
    shorter: int
    longer: int


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (str, "text"),
        (bool, "true or false"),
        (Path | None, "path or `null`"),
        (Any, "anything"),
        (PositiveInt, "whole number more than 0"),
        (Annotated[float, Field(ge=0.0, le=1.0)], "number from 0 to 1"),
        (Annotated[float, Field(gt=0.0, le=0.5)], "number more than 0 and at most 0.5"),
        (Annotated[int, Field(lt=2**32)], "whole number less than 4,294,967,296"),
        (Literal["a", "b", "c"], "`a`, `b` or `c`"),
        (Literal["a", "b"] | None, "`a`, `b` or `null`"),
        (list[str | dict[str, str]] | None, "list of texts or mappings of names to texts or `null`"),
        (tuple[PositiveInt, PositiveInt], "list of 2 whole numbers more than 0"),
        (tuple[NonNegativeInt, float], "list of 2: whole number at least 0, then number"),
        (tuple[PositiveFloat, ...], "list of numbers more than 0"),
        (dict[str, list[str]], "mapping of names to lists of texts"),
        (list[Annotated[int, Field(ge=0)]], "list of whole numbers at least 0"),
        (Sides, "mapping with `shorter` and `longer`"),
        (Augment, "mapping"),
        (UnitBlock, "mapping with the `type` of a unit and its options"),
    ],
)
def test_a_type_in_plain_words(annotation, words):
    assert plain(annotation) == words
