"""The products of a run as tables and histograms."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from rapidmass.config.names import FOLDERS
from rapidmass.provenance.atomic_files import read_json
from rapidmass.storage.parquet import read_shard

if TYPE_CHECKING:
    import hist


@dataclass(frozen=True)
class Results:
    """The products of a run, read when they are asked for.

    Parameters
    ----------
    folder
        `results` of the working folder of a run.
    """

    folder: Path

    @property
    def selections(self) -> list[str]:
        """Names of the selections, sorted."""
        folders = (path for path in self.folder.iterdir() if path.is_dir())
        return sorted(path.name for path in folders if path.name not in FOLDERS)

    def list_scores(self, selection: str) -> dict[str, list[str]]:
        """List the models of a selection that have scores, each with its datasets.

        Parameters
        ----------
        selection
            Name of the selection.

        Returns
        -------
        dict
            Names of `background`, signals and data samples, by model.
        """
        found: dict[str, list[str]] = {}
        for path in sorted((self._find(selection) / "scores").glob("*/*.parquet")):
            found.setdefault(path.parent.name, []).append(path.stem)
        return found

    def read_scores(self, selection: str, model: str, dataset: str = "background") -> pa.Table:
        """Read the scores of a dataset.

        Parameters
        ----------
        selection, model, dataset
            As `list_scores` has them.

        Returns
        -------
        pyarrow.Table
            One row an event, with `key`, its variables and its scores; `.to_pandas()` makes a data
            frame of it. While the search is blinded, data have the events below all cuts alone.

        Raises
        ------
        ValueError
            If there are none.
        """
        path = self._find(selection) / "scores" / model / f"{dataset}.parquet"
        if not path.is_file():
            known = self.list_scores(selection)
            names = known.get(model)
            hint = (
                f"models with scores are {', '.join(known) or 'none'}"
                if names is None
                else f"datasets are {', '.join(names)}"
            )
            raise ValueError(f"there is no {path}: {hint}")
        return pq.read_table(path, use_threads=False)

    def list_shards(self, selection: str) -> dict[str, list[Path]]:
        """List the shards of a selection: paths by sample.

        Of several representations all are listed.
        """
        found: dict[str, list[Path]] = {}
        for path in sorted(self._find(selection).glob("*/shards/*/*.parquet")):
            found.setdefault(path.parent.name, []).append(path)
        return found

    def read_shards(self, selection: str, sample: str) -> pa.Table:
        """Read all events of a sample in a selection, with the columns of its representation.

        Raises
        ------
        ValueError
            If there are no shards of the sample, or they are of several representations.
        """
        shards = self.list_shards(selection)
        if sample not in shards:
            raise ValueError(
                f"{self._find(selection)} has no shards of {sample!r}; there are those of "
                f"{', '.join(shards) or 'none: they are intermediate products, made on demand'}"
            )
        kinds = sorted({path.parents[2].name for path in shards[sample]})
        if len(kinds) > 1:
            raise ValueError(
                f"{sample} is shown in several ways ({', '.join(kinds)}): read one of the paths of "
                "list_shards"
            )
        return pa.concat_tables([read_shard(path) for path in shards[sample]])

    def read_scans(self) -> pa.Table:
        """Read the table of all scans: one row a selection, score, signal and working point.

        Raises
        ------
        ValueError
            If the run has none.
        """
        path = self.folder / "summary.csv"
        if not path.is_file():
            raise ValueError(f"there is no {path}: the run is not finished, or has no signals")
        return pa.csv.read_csv(path)

    def list_figures(self, selection: str) -> list[str]:
        """List the figures of a selection, by their paths without suffix."""
        top = self._find(selection)
        found = (path.with_suffix("") for path in top.rglob("*.png"))
        return sorted(str(path.relative_to(top)) for path in found)

    def read_figure(self, selection: str, figure: str) -> dict[str, Any]:
        """Read the numbers that a figure shows.

        Raises
        ------
        ValueError
            If there is no such figure.
        """
        path = self._find(selection) / f"{figure}.json"
        if not path.is_file():
            raise ValueError(f"there is no {path}; list_figures lists all figures")
        return read_json(path)

    def read_histograms(self, selection: str, figure: str) -> "dict[str, hist.Hist[Any]]":
        """Read the histograms of a figure of stacked backgrounds.

        Parameters
        ----------
        selection, figure
            As `list_figures` has them.

        Returns
        -------
        dict
            With weights and their variances, by channel and signal, and `background`, their sum,
            and `data`, where the figure shows data.

        Raises
        ------
        ValueError
            If the figure has no histograms.
        """
        found = dict(iterate_contents(self.read_figure(selection, figure)))
        if not found:
            raise ValueError(f"figure {figure} of {selection} shows no histograms")
        from rapidmass.plotting.stacks import make_histogram

        edges = np.asarray(self.read_figure(selection, figure)["edges"], dtype=np.float64)
        return {name: make_histogram(edges, bins) for name, bins in found.items()}

    def _find(self, selection: str) -> Path:
        path = self.folder / selection
        if selection in FOLDERS or not path.is_dir():
            known = ", ".join(self.selections) or "none"
            raise ValueError(f"{self.folder} has no selection {selection!r}; there are {known}")
        return path


def iterate_contents(numbers: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Go through the histograms among the numbers of a figure.

    Parameters
    ----------
    numbers
        As a figure's JSON file has them.

    Yields
    ------
    str, dict
        Name, and `values` and `variances`; none where there are no bins.
    """
    if "edges" not in numbers:
        return
    for group in ("channels", "signals"):
        yield from (numbers.get(group) or {}).items()
    if "background" in numbers:
        yield "background", numbers["background"]
    data = numbers.get("data")
    if isinstance(data, list):
        yield "data", {"values": data, "variances": data}
    elif isinstance(data, dict) and "values" in data:
        yield "data", {"values": data["values"], "variances": data.get("variances", data["values"])}


def open_results(folder: Path | str = "results") -> Results:
    """Open the products of a run.

    Parameters
    ----------
    folder
        `results` of its working folder.

    Returns
    -------
    Results
        Tables and histograms on demand.

    Raises
    ------
    ValueError
        If there is no such folder.

    Examples
    --------
    >>> import rapidmass
    >>> rapidmass.open_results("no/such/folder")
    Traceback (most recent call last):
    ValueError: there is no folder no/such/folder: name the results of a run
    """
    path = Path(folder)
    if not path.is_dir():
        raise ValueError(f"there is no folder {path}: name the results of a run")
    return Results(path)
