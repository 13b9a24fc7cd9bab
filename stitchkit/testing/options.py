"""What holds for the options of every plugin."""

from pydantic import BaseModel, ValidationError

from stitchkit.testing.check import broken, expect

UNKNOWN = "no_such_option"


def expect_options(options: BaseModel) -> None:
    """Raise `Broken` unless options can be written as JSON and read again, and unknown ones are refused."""
    plain = options.model_dump(mode="json")
    again = type(options).model_validate(plain)
    expect(again == options, repr(options), repr(again))
    try:
        type(options).model_validate({**plain, UNKNOWN: 1})
    except ValidationError:
        return
    broken(f"expected pydantic.ValidationError for {UNKNOWN!r}; make Config a stitchkit.plugins.Config")
