"""What names may be that become names of files and folders: the one place that says so."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

LONGEST = 100


def _check_channel(name: str) -> str:
    wrong = sorted({sign for sign in name if not (sign.isalnum() or sign in " _+-.()~")})
    if wrong or not name or len(name) > LONGEST or name[0] in " .-~" or name[-1] in " .":
        what = f"{' '.join(map(ascii, wrong))} cannot be in it" if wrong else "it cannot"
        raise ValueError(
            f"channel {name!r} becomes the name of a file: {what}; take letters, digits, blanks "
            f"and _+-.()~, at most {LONGEST}, and begin with a letter, a digit, ( or +"
        )
    return name


Name = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$"), Field(max_length=LONGEST)
]
"""Name of a selection, sample, network, baseline, campaign, shift, alteration, format, ..."""
ChannelName = Annotated[str, AfterValidator(_check_channel)]
"""Name of a background channel of a selection, as people read it in figures and tables."""
