"""What servers answer where they do not give what they are asked for."""

import re

from rapidmass.provenance.addresses import redact

PASSING = (408, 425, 429)  # HTTP: too slow, too early, too many; other 4xx stay
FINAL = (3010, 3011, 3016)  # XRootD: not authorised, not found, a folder
NOT_FOUND = 3011
XROOTD_ERROR = re.compile(r"\[(3\d{3})\]")
XROOTD_REASON = re.compile(r"\[(?:ERROR|FATAL)\] (.*)")  # what goes before is of the Python binding


def is_final(error: BaseException) -> bool:
    """Tell whether asking again would be in vain.

    Parameters
    ----------
    error
        What a request ended in.

    Returns
    -------
    bool
        Whether the server has said no, instead of nothing or nonsense.
    """
    if isinstance(error, PermissionError):
        return True
    status = getattr(error, "status", None)  # of an answer over HTTP
    if isinstance(status, int):
        return 400 <= status < 500 and status not in PASSING
    return _read_code(error) in FINAL


def is_absent(error: BaseException) -> bool:
    """Tell whether a server says that it has no such file.

    Parameters
    ----------
    error
        What a request ended in.

    Returns
    -------
    bool
        Whether it does.
    """
    return isinstance(error, FileNotFoundError) or _read_code(error) == NOT_FOUND


def _read_code(error: BaseException) -> int | None:
    found = XROOTD_ERROR.search(str(error))
    return int(found[1]) if found else None


def describe_failure(error: Exception, limit: float) -> str:
    """Say in a line why a request failed, without the secrets in it.

    Parameters
    ----------
    error
        What it ended in.
    limit
        Seconds that it was given.

    Returns
    -------
    str
        The reason.
    """
    if found := XROOTD_REASON.search(str(error)):
        return redact(found[1])
    if str(error).strip():
        return f"{type(error).__name__}: {redact(str(error)).strip().splitlines()[0]}"
    if isinstance(error, TimeoutError):
        return f"the answer was not complete after {limit:g} s"
    return type(error).__name__
