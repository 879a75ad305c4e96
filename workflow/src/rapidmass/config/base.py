"""What every section of the configuration has in common."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, model_validator


def sort_keys(content: object) -> object:
    """Sort the keys of mappings, at every depth, so that the order in a file says nothing.

    Parameters
    ----------
    content
        Mappings, lists and values, as YAML gives them.

    Returns
    -------
    object
        The same content. Lists keep their order, and values are what they were.
    """
    if isinstance(content, Mapping):
        # keys of several types can become equal in validation: the type decides which one is last
        keys = sorted(content, key=lambda key: (str(key), type(key).__name__))
        return {key: sort_keys(content[key]) for key in keys}
    if isinstance(content, list):
        return [sort_keys(item) for item in content]
    return content


class Section(BaseModel):
    """A block of the configuration: unknown keys are refused, values do not change.

    The order of keys is lost. Defaults are validated, so that one that is written out is the same
    as one that is left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _sort_keys(cls, content: object) -> object:
        return sort_keys(content)
