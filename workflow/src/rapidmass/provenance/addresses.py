"""Addresses of files, and the secrets in them that nobody must read later."""

import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

ADDRESSES = ("https://", "http://", "root://", "s3://")
USER = re.compile(r"(?<=://)[^/?#\s\"<>]*@")
# an address from its host on, or what may be the rest of one behind a blank; a token may follow
# the word Bearer and a blank
WORD = re.compile(r"(?:://|[?&;#])(?:(?<=[Bb]earer) |[^\s\"<>])*")
LOOSE = re.compile("[&;].*")
QUOTED = re.compile(rf'(?<=")(?:{"|".join(ADDRESSES)})[^"]*(?=")')
PARTS = re.compile(r"([?&;#])([^?&;#]*)")
SECRET = re.compile(
    r"auth(?!or(?!i[sz]))|token|secret|passw|pwd|credential|signature|session|jwt|bearer|ticket"
    r"|cookie|macaroon|^sig$|^x-amz-|^x-goog-|^googleaccessid$|^expires?$|^policy$"
    r"|^(x|aws)?[_-]?(api|access|account|private|subscription)?[_-]?key([_-]?(pair)?[_-]?id)?$",
    re.IGNORECASE,
)
# of Azure: they go with a signature, and are the names of anything elsewhere
BESIDE_SIG = re.compile(r"^(s[eiprtv]|spr|sk(oid|tid|t|e|s|v))$", re.IGNORECASE)
LONGEST = 40  # characters of a part that are shown: keys under names that nobody knows are longer


def is_address(file: str) -> bool:
    """Tell whether a file is read over the network."""
    return file.startswith(ADDRESSES)


def redact(text: str) -> str:
    """Take user names, passwords and tokens out of the addresses in a text.

    Parameters
    ----------
    text
        Any text with addresses in it: a message, or a log.

    Returns
    -------
    str
        The text with its addresses as in `redact_address`, as far as they can be told from the
        words around them.
    """
    if "://" not in text:
        return text
    return WORD.sub(_redact_word, USER.sub("", text))


def _redact_word(match: re.Match[str]) -> str:
    word = match[0]
    if not word.startswith("://"):
        return _redact_query(word, shows_all=True)  # it may be another word with such a sign
    place = re.split("[?#]", word, maxsplit=1)[0]
    shown = LOOSE.sub(lambda rest: _redact_query(rest[0], shows_all=True), place)
    return shown + _redact_query(word[len(place) :])


def redact_address(address: str) -> str:
    """Take user name, password and tokens out of an address.

    Parameters
    ----------
    address
        The whole address, with blanks perhaps; a path stays as it is.

    Returns
    -------
    str
        The address without what stands before `@`, and without the parts of its query that let
        somebody in, by their names. A long part is shown as a digest. What is left says which file
        is meant: it stays when a token changes, and is another one for another file.
    """
    scheme, sign, rest = address.partition("://")
    if not sign:
        return address
    place = re.split("[?#]", rest, maxsplit=1)[0]
    host, slash, path = place.partition("/")
    query = _redact_query(rest[len(place) :])
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}{query}"


def _redact_query(query: str, *, shows_all: bool = False) -> str:
    """Take secrets out of a query, with the sign before it."""
    parts: list[tuple[str, str]] = PARTS.findall(query)
    is_signed = any(_get_name(part) == "sig" for _, part in parts)
    kept = [(sign, part) for sign, part in parts if not _lets_in(part, is_signed=is_signed)]
    if kept and kept[0][0] != "#":  # the query may begin with another part now
        kept[0] = (parts[0][0], kept[0][1])
    return "".join(sign + (part if shows_all else _shorten(part)) for sign, part in kept)


def _get_name(part: str) -> str:
    return unquote(part.partition("=")[0]).strip().lower()


def _lets_in(part: str, *, is_signed: bool) -> bool:
    """Tell whether a part of a query is a secret, or goes with one."""
    name, value = _get_name(part), part.partition("=")[2]
    if name == "key" and value.endswith(".root"):  # of an object in a store
        return False
    if len(name) > LONGEST:  # no name: it may hold any word by chance
        return False
    return bool(SECRET.search(name)) or (is_signed and bool(BESIDE_SIG.search(name)))


def _shorten(part: str) -> str:
    """Put a digest in the place of what is long: nobody can read it back."""
    name, sign, value = part.partition("=")
    if max(len(name), len(value)) <= LONGEST:
        return part
    digest = f"~{hashlib.sha256(part.encode()).hexdigest()[:16]}"
    return f"{name}={digest}" if sign and len(name) <= LONGEST else digest


@dataclass(frozen=True)
class Sealed:
    """A JSON text that shows itself without its secrets: in plans, logs, records and benchmarks.

    Parameters
    ----------
    text
        With secrets, perhaps.
    """

    text: str = field(repr=False)

    def __str__(self) -> str:
        return redact(QUOTED.sub(lambda match: redact_address(match[0]), self.text))

    def __repr__(self) -> str:
        return repr(str(self))
