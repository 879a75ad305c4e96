"""Records: what each product was made from, in a file beside it."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.provenance.fingerprints import digest_product, identify_file
from rapidmass.provenance.requests import Request

TABLES = ("modules", "versions", "products", "files", "contents", "outputs")
"""Parts of a record that give a text by name or by path."""


@dataclass(frozen=True)
class Inputs:
    """What a job reads.

    Parameters
    ----------
    products
        Digest of the request behind each input that is itself a product, by path.
    contents
        Digest of the content of each of them.
    files
        Identity of each other input, by file name.
    """

    products: Mapping[str, str]
    contents: Mapping[str, str]
    files: Mapping[str, str]


def find_record(product: str | Path) -> Path:
    """Name the file that holds the record of a product.

    Parameters
    ----------
    product
        A file or folder that a job made.

    Returns
    -------
    Path
        A hidden file in the same folder.
    """
    path = Path(product)
    return path.with_name(f".{path.name}.record.json")


def read_record(product: str | Path) -> dict[str, Any] | None:
    """Read the record of a product.

    Parameters
    ----------
    product
        A file or folder.

    Returns
    -------
    dict or None
        What `Request.describe` gives, `contents` as in `Inputs`, and `outputs`: the digest of the
        content of each product of the job, by path. None if there is no such record, or if it is
        damaged in whatever way.
    """
    try:
        record = read_json(find_record(product))
    except (OSError, ValueError):
        return None
    whole = isinstance(record.get("settings"), dict) and isinstance(record.get("request"), str)
    if not whole or not all(_is_table(record.get(name)) for name in TABLES):
        return None
    return record if str(product) in record["outputs"] else None


def _is_table(part: object) -> bool:
    return isinstance(part, dict) and all(isinstance(value, str) for value in part.values())


def trace_inputs(paths: Iterable[str]) -> Inputs:
    """Trace inputs: to the requests behind those that are products, to their content else.

    Parameters
    ----------
    paths
        Paths of the inputs.

    Returns
    -------
    Inputs
        What they are.
    """
    products, contents, identities = {}, {}, []
    for path in dict.fromkeys(paths):
        record = read_record(path)
        if record is None:
            identities.append((path, identify_file(Path(path))))
        else:
            products[path] = record["request"]
            contents[path] = record["outputs"][path]
    return Inputs(products, contents, name_files(identities))


def name_files(identities: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Put identities of files under their names, without their folders.

    Parameters
    ----------
    identities
        Path and identity of each file.

    Returns
    -------
    dict
        Identity by file name. Files of one name share an entry, whose order is that of content.
    """
    found: dict[str, list[str]] = {}
    for path, identity in identities:
        found.setdefault(Path(path).name, []).append(identity)
    return {name: " ".join(sorted(same)) for name, same in sorted(found.items())}


def write_record(request: Request, contents: Mapping[str, str], outputs: Iterable[str]) -> None:
    """Record how products were made; they must be finished.

    Parameters
    ----------
    request
        All that decided what was made.
    contents
        Digest of each input that is a product, by path.
    outputs
        Paths of the products. Each gets the record, so that it can be found from any of them.
    """
    digests = {str(path): digest_product(Path(path)) for path in outputs}
    record = {**request.describe(), "contents": dict(contents), "outputs": digests}
    for path in digests:
        write_json(find_record(path), record)


def remove_records(outputs: Iterable[str]) -> None:
    """Remove the records of products that are about to be made anew.

    Parameters
    ----------
    outputs
        Paths of the products.
    """
    for path in outputs:
        with suppress(FileNotFoundError):
            find_record(path).unlink()
