"""The words of a study's section: a template beside its module."""

import re
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from rapidmass.report import formatting

TEMPLATE = "section.j2"


class Prose:
    """What a study says, with its numbers in it.

    Its template sets words with `{% set note %}`, and with macros where they are said more than
    once. Filters are the functions of `rapidmass.report.formatting`: `{{ events | count }}`.

    Parameters
    ----------
    study
        Key of the study, which is the name of its folder.
    numbers
        What all its words know.
    """

    def __init__(self, study: str, **numbers: object) -> None:
        environment = Environment(undefined=StrictUndefined, trim_blocks=True)  # plain text
        environment.filters.update(
            count=formatting.write_count,
            cut=formatting.write_cut,
            decision=formatting.write_decision,
            luminosity=formatting.write_luminosity,
            measurement=formatting.write_measurement,
            number=formatting.write_number,
            setting=formatting.write_setting,
            share=formatting.write_share,
            words=formatting.join_words,
        )
        source = files("rapidmass.studies").joinpath(study, TEMPLATE).read_text(encoding="utf-8")
        self._words = environment.from_string(source).make_module(numbers)

    def write(self, name: str, *arguments: object) -> str:
        """Write words without line breaks.

        Parameters
        ----------
        name
            How the template calls them.
        arguments
            Given to it if it is a macro.

        Returns
        -------
        str
            One paragraph.
        """
        return " ".join(self.list_paragraphs(name, *arguments))

    def list_paragraphs(self, name: str, *arguments: object) -> tuple[str, ...]:
        """List paragraphs, which empty lines separate; see `write`."""
        words = getattr(self._words, name)
        text = str(words(*arguments) if callable(words) else words)
        paragraphs = (re.sub(r"[ \n]+", " ", part).strip() for part in re.split(r"\n\s*\n", text))
        return tuple(filter(None, paragraphs))
