"""Addresses of files, and the secrets in them that nobody must read later."""

import re
from dataclasses import dataclass, field

ADDRESSES = ("https://", "http://", "root://")
USER = re.compile(r"(?<=://)[^/?#\s\"<>]*@")
# a token may follow the word Bearer and a blank
QUERY = re.compile(r"(://[^\s\"<>?#]*)\?((?:(?<=[Bb]earer) |[^\s\"<>#])*)")
SECRET = re.compile(
    r"auth|token|secret|passw|pwd|credential|signature|session|jwt|bearer|ticket|cookie"
    r"|key|^sig$|^x-amz-|^x-goog-|^aws|^expires?$|^policy$|^s[eiprtv]$|^sk[a-z]*$|^code$",
    re.IGNORECASE,
)
LONGEST = 60  # characters of a value that says which file is meant


def is_address(file: str) -> bool:
    """Tell whether a file is read over the network."""
    return file.startswith(ADDRESSES)


def redact(text: str) -> str:
    """Take user names, passwords and tokens out of the addresses in a text.

    Parameters
    ----------
    text
        An address, or any text with addresses in it.

    Returns
    -------
    str
        The text without what stands before `@` in an address, and without the parts of its query
        that let somebody in. What is left says which file is meant: it stays when a token changes.
    """
    if "://" not in text:
        return text
    return QUERY.sub(_keep_harmless, USER.sub("", text))


def _keep_harmless(match: re.Match[str]) -> str:
    parts = re.split("[&;]", match[2])
    kept = "&".join(part for part in parts if part and not _is_secret(part))
    return f"{match[1]}?{kept}" if kept else match[1]


def _is_secret(part: str) -> bool:
    name, _, value = part.partition("=")
    return bool(SECRET.search(name)) or len(value or name) > LONGEST or value.startswith("eyJ")


@dataclass(frozen=True)
class Sealed:
    """A text that shows itself without its secrets: in plans, logs, records and benchmarks.

    Parameters
    ----------
    text
        With secrets, perhaps.
    """

    text: str = field(repr=False)

    def __str__(self) -> str:
        return redact(self.text)

    def __repr__(self) -> str:
        return repr(str(self))
