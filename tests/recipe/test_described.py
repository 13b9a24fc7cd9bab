from collections.abc import Iterator

import pytest
from pydantic import BaseModel, Field

from stitchkit.recipe.described import Key, blocks, described, summary
from stitchkit.recipe.schema import Augment, Recipe


class Documented(BaseModel):
    """A model with an ``Attributes`` section.

    More of it.

    Attributes:
        width: Factor of ``channels``,
            over two lines.
        both: From the docstring.

    Raises:
        ValueError: Not an attribute.
    """

    width: float
    both: int = 1  # from the comment
    # On the line
    # above
    above: bool = False
    beside: str = ""  # nm_0001.mat is a file
    wrapped: tuple[float, float] = (  # first
        0.1,
        0.5,  # second
    )
    silent: str = "q"  # pragma: no cover
    from_: str = Field("x", alias="from", description="said by Field")


class Derived(Documented):
    """It takes its base's words along."""

    beside: str = "y"
    own: Augment = Augment()


def found(model: type[BaseModel]) -> dict[str, Key]:
    return {key.name: key for key in described(model)}


def test_what_a_key_means_is_read_where_its_author_wrote_it():
    assert {name: key.meaning for name, key in found(Documented).items()} == {
        "width": "Factor of `channels`, over two lines.",
        "both": "From the docstring.",
        "above": "On the line above.",
        "beside": "nm_0001.mat is a file.",
        "wrapped": "First second.",
        "silent": "",
        "from": "Said by Field.",
    }


def test_a_default_is_written_as_in_a_recipe():
    defaults = {name: key.default for name, key in found(Derived).items()}
    assert defaults["width"] is None
    assert defaults["above"] == "false"
    assert defaults["wrapped"] == "[0.1, 0.5]"
    assert defaults["beside"] == "y"
    assert defaults["own"] == "{}"
    assert found(Documented)["beside"].default == '""'


def test_a_derived_model_keeps_its_bases_words_and_a_block_speaks_for_itself():
    derived = found(Derived)
    assert derived["beside"].meaning == "nm_0001.mat is a file."
    assert derived["own"].meaning.startswith("Random changes of the training samples")


def test_a_summary_ends_where_the_sections_begin():
    assert summary(Documented) == "A model with an `Attributes` section.\n\nMore of it."
    assert summary(type("Bare", (), {})) == ""


def test_a_model_without_a_file_has_no_comments():
    names: dict = {"BaseModel": BaseModel, "__name__": "nowhere"}
    exec("class Typed(BaseModel):\n    lr: float = 1e-3  # lost", names)
    assert described(names["Typed"]) == [Key("lr", "number", "0.001", "")]


def everything(block: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield block
    for _, inside in blocks(block):
        yield from everything(inside)


def test_the_blocks_of_a_recipe_are_found_under_their_keys_and_under_names():
    paths = [path for path, _ in blocks(Recipe)]
    assert ("training",) in paths
    assert ("tasks", "NAME") in paths
    assert ("title",) not in paths


@pytest.mark.parametrize("block", list(everything(Recipe)), ids=lambda block: block.__name__)
def test_every_key_of_a_recipe_is_explained(block):
    assert [key.name for key in described(block) if not key.meaning] == []
