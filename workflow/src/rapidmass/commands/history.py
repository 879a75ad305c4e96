"""`rapidmass history PRODUCT`: what a product was made from, and whether it still is that."""

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rapidmass.provenance.code_digests import PACKAGE, digest_modules
from rapidmass.provenance.fingerprints import digest_product
from rapidmass.provenance.records import find_record, read_record

SCRIPTS = PACKAGE.parents[1] / "scripts"
SHORT = 12  # digits of a digest, for people
NOT_RECORDED = "no record: a file from elsewhere, or a product of unknown making"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("product", type=Path, help="a file or folder that the workflow made")
    parser.add_argument("--depth", type=int, default=1, help="generations of inputs (1); 0: none")
    parser.add_argument("--json", action="store_true", help="all that is known, as JSON")


def run(chosen: argparse.Namespace) -> int:
    """Run the command; 1 if the product is not what its record says."""
    product = find_product(chosen.product)
    described = describe_product(product, chosen.depth)
    if chosen.json:
        sys.stdout.write(json.dumps(described, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(list_lines(described)) + "\n")
    return 0 if described["intact"] else 1


def find_product(path: Path) -> Path:
    """Find the product that a path is, or is a part of, as the record names it.

    Parameters
    ----------
    path
        A product, or a file in a folder that is one.

    Returns
    -------
    Path
        The product, relative to the working folder.

    Raises
    ------
    ValueError
        If there is no such file, or no job recorded it.
    """
    if not path.exists():
        raise ValueError(f"there is no {path}")
    here = Path.cwd()
    inside = path.absolute()
    for candidate in (inside, *inside.parents[:-1]):
        if find_record(candidate).exists():
            if not candidate.is_relative_to(here):
                raise ValueError(
                    f"{candidate} was made in another working folder: go to the one with its "
                    "results, and call this again"
                )
            return candidate.relative_to(here)
    raise ValueError(f"{path} has {NOT_RECORDED}")


def describe_product(product: Path, depth: int) -> dict[str, Any]:
    """Describe how a product was made.

    Parameters
    ----------
    product
        As in its record.
    depth
        How many generations of inputs are described with it.

    Returns
    -------
    dict
        In JSON types: `product`, `intact` (whether it is what its record says), `script`, `code`,
        `command`, `settings` by place in the configuration, `versions`, `files` (inputs from
        outside), `inputs` (products), `requests`.

    Raises
    ------
    ValueError
        If its record cannot be read.
    """
    record = read_record(product)
    if record is None:
        raise ValueError(f"the record {find_record(product)} is damaged, or of another product")
    return {
        "product": str(product),
        "intact": digest_product(product) == record["outputs"][str(product)],
        "script": _name_script(record["modules"]),
        "request": record["request"],
        "command": f"snakemake --cores 1 --force {shlex.quote(str(product))}",
        "code": _compare_code(record["modules"]),
        "settings": {
            place: value for entry in record["settings"].values() for place, value in entry.items()
        },
        "versions": record["versions"],
        "files": record["files"],
        "inputs": [_describe_input(path, record, depth) for path in record["products"]],
    }


def _describe_input(path: str, record: Mapping[str, Any], depth: int) -> dict[str, Any]:
    then = record["contents"].get(path)
    now = Path(path)
    if not now.exists():
        return {"product": path, "state": "not kept"}
    known = read_record(now)
    same = known is not None and known["outputs"].get(path) == then
    found: dict[str, Any] = {"product": path, "state": "as then" if same else "made anew since"}
    if depth > 1 and known is not None:
        found |= describe_product(now, depth - 1)
    return found


def _name_script(modules: Mapping[str, str]) -> str:
    scripts = [name for name in modules if name.endswith(".py") and not name.startswith("_")]
    return scripts[0] if scripts else "unknown"


def _compare_code(modules: Mapping[str, str]) -> dict[str, Any]:
    """Compare the code that ran with that of this checkout."""
    script = SCRIPTS / _name_script(modules)
    if not script.is_file():
        return {"modules": len(modules), "here": "no", "differs": [], "commit": None}
    own = [name for name in modules if not name.endswith(".py")]
    now = digest_modules(script, own)
    differs = sorted(name for name in {*modules, *now} if modules.get(name) != now.get(name))
    return {
        "modules": len(modules),
        "here": "yes",
        "differs": differs,
        "commit": None if differs else find_commit(SCRIPTS),
    }


def find_commit(folder: Path) -> str | None:
    """Find the commit of a checkout.

    Parameters
    ----------
    folder
        Some folder in it.

    Returns
    -------
    str or None
        The nearest tag or the digits of the commit, and `-dirty` where files differ from it; None
        where there is no repository, or no git.
    """
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip() or None


def list_lines(described: Mapping[str, Any]) -> Iterator[str]:
    """List what people read of it.

    Parameters
    ----------
    described
        From `describe_product`.

    Yields
    ------
    str
        A line.
    """
    yield str(described["product"])
    intact = "as it was made" if described["intact"] else "ALTERED since it was made"
    yield f"  state     {intact}"
    yield f"  made by   {described['script']}, request {described['request'][:SHORT]}"
    yield f"  again     {described['command']}, with the options of the run (--configfile)"
    yield f"  code      {_write_code(described['code'])}"
    versions = (f"{name} {number}" for name, number in described["versions"].items())
    yield f"  packages  {', '.join(versions) or 'none'}"
    yield "  settings"
    for place, value in described["settings"].items():
        yield f"    {place}: {json.dumps(value)}"
    if described["files"]:
        yield "  files from outside"
        yield from (f"    {name}  {identity}" for name, identity in described["files"].items())
    if described["inputs"]:
        yield "  inputs"
    for one in described["inputs"]:
        yield f"    {one['product']}  {one['state']}"
        if "request" in one:
            yield from (f"      {line}" for line in list_lines(one))


def _write_code(code: Mapping[str, Any]) -> str:
    count = f"{code['modules']} modules"
    if code["here"] == "no":
        return f"{count}; the scripts of the workflow are not here to be compared"
    if code["differs"]:
        return f"{count}; of this checkout {len(code['differs'])} differ: " + ", ".join(
            code["differs"]
        )
    return f"{count}, as in this checkout" + (f", {code['commit']}" if code["commit"] else "")
