"""Connections to XRootD servers that end when they are told to."""

import math

from fsspec.core import url_to_fs
from fsspec.spec import AbstractFileSystem
from XRootD.client.env import EnvPutInt

# The client waits for minutes, and again by itself, unless told otherwise. Environment variables
# (XRD_STREAMTIMEOUT and so on) outweigh this.
PATIENCE = {
    "ConnectionRetry": 1,
    "StreamErrorWindow": 0,  # seconds in which a server that failed once is not asked
    "TimeoutResolution": 1,
}


def open_server(location: str, timeout: float, longest: int) -> tuple[AbstractFileSystem, str]:
    """Open a connection of its own.

    Parameters
    ----------
    location
        Address of a file, `root://<server>//<path>`.
    timeout
        Seconds to wait for a connection, and for the next bytes of an answer.
    longest
        Seconds that an answer may take as a whole.

    Returns
    -------
    tuple of AbstractFileSystem and str
        The server, and the path of the file there.
    """
    seconds = math.ceil(timeout)
    settings = {**PATIENCE, "ConnectionWindow": seconds, "StreamTimeout": seconds}
    for name, value in settings.items():
        EnvPutInt(name, value)  # type: ignore[no-untyped-call]
    server, path = url_to_fs(location, timeout=longest, skip_instance_cache=True)
    return server, path
