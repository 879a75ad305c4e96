"""Which version of a file was read, to tell it from another one in its place."""

from pathlib import Path

import uproot

from rapidmass.ntuples.access.sources import Source, name_errors
from rapidmass.ntuples.access.streams import RemoteSource
from rapidmass.provenance.fingerprints import identify_file


def tell_version(source: Source, tree: uproot.TTree) -> str:
    """Tell which version of a file is open.

    The time of a file does not count: a copy, or a file that was touched, is the same version.

    Parameters
    ----------
    source
        The file.
    tree
        The tree with its events, or the table of a file of arrays.

    Returns
    -------
    str
        Of a file on disk what `identify_file` gives; of one on a server its size, and its ETag or
        the time when it was written, as far as the server tells. Of a ROOT file also the UUID in
        its header, which each that is written has of its own.

    Raises
    ------
    UnreachableError
        If it cannot be read any more.
    """
    file = getattr(tree, "file", None)  # tables of arrays have none
    uuid = "" if file is None else f", UUID {file.uuid}"
    if file is not None and isinstance(file.source, RemoteSource):
        return f"{file.source.version}{uuid}"
    with name_errors(source, f"{source} cannot be read"):
        return f"{identify_file(Path(source.location))}{uuid}"
