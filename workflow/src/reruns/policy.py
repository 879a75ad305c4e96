"""The rerun policy of each job: whether its products answer what is asked for now."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from snakemake.exceptions import WorkflowError

from rapidmass.provenance.changes import describe_changes
from rapidmass.provenance.fingerprints import Memory, digest_product, identify_file
from rapidmass.provenance.records import find_record, name_files, read_record
from rapidmass.provenance.requests import Request

NO_RECORD = "no record of how it was made"
OTHERWISE = "made in another way than asked for"
ALTERED = "{} was altered after it was made"
REMADE = "{} was made again since, and differently"


class RerunPolicy:
    """Compares what is asked for with the records of what there is.

    Parameters
    ----------
    dag
        Snakemake's graph of jobs.
    memory
        Fingerprints known from earlier runs.
    list_versions
        Versions of packages in the environment of a job.
    """

    def __init__(
        self,
        dag: Any,
        memory: Memory,
        list_versions: Callable[[Any, Iterable[str]], Mapping[str, str]],
    ) -> None:
        self._dag = dag
        self._memory = memory
        self._list_versions = list_versions
        self._requests: dict[Any, Request] = {}
        self._records: dict[str, dict[str, Any] | None] = {}
        self._faults: dict[Any, list[str]] = {}

    @staticmethod
    def knows(job: Any) -> bool:
        """Tell whether a job is one that leaves a record."""
        return not job.rule.norun and {"settings", "code"} <= set(job.rule.params.keys())

    def ask(self, job: Any) -> Request:
        """Find what is asked of a job now, its inputs traced back to the user's files.

        Parameters
        ----------
        job
            A job that is known.

        Returns
        -------
        Request
            Equal to that in the record if nothing changed.
        """
        found = self._requests.get(job)
        if found is None:
            found = self._requests[job] = self._ask(job)
        return found

    def _ask(self, job: Any) -> Request:
        makers = {
            str(path): maker
            for maker, paths in self._dag.dependencies[job].items()
            for path in paths
        }
        products: dict[str, str] = {}
        identities: list[tuple[str, str]] = []
        for path in dict.fromkeys(map(str, job.input)):
            if path in makers:
                products[path] = self.ask(makers[path]).digest
            elif (record := self.read(path)) is not None:
                self._check_foreign(path, record)
                products[path] = record["request"]
            else:
                identities.append((path, self._recall(path, identify_file)))
        code = json.loads(job.params.code)
        versions = self._list_versions(job, code["packages"])
        files = name_files(identities)
        return Request(job.params.settings, code["modules"], versions, products, files)

    def _check_foreign(self, path: str, record: Mapping[str, Any]) -> None:
        """Refuse a product that no job here makes and that is not as its record says."""
        if self._recall(path, digest_product) != record["outputs"][path]:
            raise WorkflowError(
                f"{ALTERED.format(path)}, and nothing here makes it; remove {find_record(path)} "
                "to have it taken as a file of your own"
            )

    def read(self, path: str) -> dict[str, Any] | None:
        """Read the record of a product, once."""
        if path not in self._records:
            self._records[path] = read_record(path)
        return self._records[path]

    def read_any(self, job: Any) -> dict[str, Any] | None:
        """Read the record of a job from any of its products."""
        return next(filter(None, (self.read(str(path)) for path in job.output)), None)

    def find_faults(self, job: Any) -> list[str]:
        """Find what is wrong with the products of a job that are there.

        Parameters
        ----------
        job
            A job that is known.

        Returns
        -------
        list
            Reasons to make them again, in words; empty if they are as asked for, or not there.
        """
        if job not in self._faults:
            self._faults[job] = self._find_faults(job)
        return self._faults[job]

    def _find_faults(self, job: Any) -> list[str]:
        present = [path for path in map(str, job.output) if Path(path).exists()]
        if not present:
            return []
        records = {path: self.read(path) for path in present}
        record = next(filter(None, records.values()), None)
        if record is None:
            return [NO_RECORD]
        faults = self.describe_changes(job, record)
        if not faults and record["request"] != self.ask(job).digest:
            faults = [OTHERWISE]
        for path in present:
            kept = record["outputs"].get(path)
            if kept is None or self._recall(path, digest_product) != kept:
                faults.append(ALTERED.format(path))
        return faults or self._find_remade(record)

    def describe_changes(self, job: Any, record: Mapping[str, Any]) -> list[str]:
        """Describe how the request of a job differs from that in a record."""
        request = self.ask(job)
        return [] if record["request"] == request.digest else describe_changes(record, request)

    def describe_own_changes(self, job: Any, record: Mapping[str, Any]) -> list[str]:
        """Describe them without the products that go in: those have reasons of their own."""
        return self.describe_changes(job, {**record, "products": self.ask(job).products})

    def _find_remade(self, record: Mapping[str, Any]) -> list[str]:
        """Find inputs that another run made again, with another result."""
        faults = []
        for path, content in record["contents"].items():
            maker = self.read(path)
            if maker is not None and maker["outputs"][path] != content:
                faults.append(REMADE.format(path))
        return faults

    def learn(self, job: Any) -> None:
        """Take note of the products that a job left."""
        for path in map(str, job.output):
            self._records.pop(path, None)
            if Path(path).exists():  # a failed job leaves nothing, or what was there before
                self._recall(path, digest_product)

    def _recall(self, path: str, compute: Callable[[Path], str]) -> str:
        try:
            return self._memory.recall(Path(path), compute)
        except OSError as error:
            raise WorkflowError(
                f"{error.filename or path} cannot be read: {error.strerror}; let this user read "
                "it, or remove it"
            ) from None

    def save(self) -> None:
        """Keep the fingerprints for the next run."""
        self._memory.save()
