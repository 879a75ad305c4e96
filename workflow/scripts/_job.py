"""What every script does first and last: open its log, read its settings; record its products."""

import gc
import importlib
import json
import logging
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from _preparation import prepare
from _sources import SOURCES, read_script
from rapidmass.provenance.addresses import redact
from rapidmass.provenance.atomic_files import write_json
from rapidmass.provenance.code_digests import find_sources, renew_digests
from rapidmass.provenance.records import remove_records, trace_inputs, write_record
from rapidmass.provenance.requests import Request, list_versions
from rapidmass.provenance.settings import read_settings

# Scripts import this first. What is imported stays: looking for garbage in it, time and again, is
# up to a third of the time that imports take.
gc.disable()

COMPILER = "rapidmass.provenance.compilation"


@dataclass(frozen=True)
class Job:
    """A running job: its settings, all that decides what it makes, and its products.

    Parameters
    ----------
    settings
        From `settings.read_settings`.
    input, output, params, threads
        As Snakemake gives them.
    request, contents, outputs, sources
        For the record of the products.
    """

    settings: dict[str, Any]
    input: Any
    output: Any
    params: Any
    threads: int
    request: Request
    contents: Mapping[str, str]
    outputs: list[str]
    sources: Mapping[Path, bytes]

    def describe(self) -> dict[str, Any]:
        """Describe where its products come from."""
        return self.request.describe()

    def write_json(self, path: Path, content: dict[str, Any]) -> None:
        """Write a product together with where it comes from."""
        write_json(path, {**content, "provenance": self.describe()})

    def finish(self) -> None:
        """Record how the products were made: from now on they count as such."""
        for path, source in SOURCES.items():
            if self.sources.get(path, source) != source:
                raise RuntimeError(
                    f"{path} was edited after this job had started and before it was imported: "
                    "what ran is not what the products say; start the run again"
                )
        write_record(self.request, self.contents, self.outputs)


class _Formatter(logging.Formatter):
    """Leaves passwords and tokens out, also those in messages and tracebacks of other packages."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def start() -> Job:
    """Send messages to the job's log and to the terminal's stderr; make errors end the log.

    Returns
    -------
    Job
        What Snakemake gave to the script that runs.
    """
    snakemake = vars(sys.modules["__main__"])["snakemake"]
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    to_file = logging.FileHandler(log, mode="w")
    to_file.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    to_terminal = logging.StreamHandler()
    to_terminal.setLevel(logging.WARNING)
    to_terminal.setFormatter(_Formatter(f"{snakemake.rule}: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[to_file, to_terminal], force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_failure
    logging.getLogger("rapidmass").info(
        "this job alone, with the options of the run: snakemake --cores 1 --force %s",
        shlex.quote(str(snakemake.output[0])),
    )
    if COMPILER in json.loads(snakemake.params.code)["modules"]:
        importlib.import_module(COMPILER)  # now: a module that is loaded by name may need it
    prepare()
    gc.freeze()
    gc.enable()
    return _read_job(snakemake)


def _read_job(snakemake: Any) -> Job:  # noqa: ANN401
    settings, code = snakemake.params.settings, json.loads(snakemake.params.code)
    # the code that this job runs, edited perhaps since Snakemake started
    script, source = read_script()
    later = find_sources(code["modules"], script).values() - SOURCES.keys() - {script}
    sources = {script: source, **SOURCES, **{path: path.read_bytes() for path in later}}
    modules = renew_digests(code["modules"], code["hashes"], sources)
    outputs = [str(path) for path in snakemake.output]
    remove_records(outputs)
    inputs = trace_inputs(str(path) for path in snakemake.input)
    versions = list_versions(code["packages"])
    request = Request(settings, modules, versions, inputs.products, inputs.files)
    return Job(
        settings=read_settings(settings),
        input=snakemake.input,
        output=snakemake.output,
        params=snakemake.params,
        threads=snakemake.threads,
        request=request,
        contents=inputs.contents,
        outputs=outputs,
        sources=sources,
    )


def _log_failure(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    # the log has everything; the terminal only the reason, which is also the log's last line
    logger = logging.getLogger("rapidmass")
    logger.info("traceback", exc_info=(kind, error, trace))
    logger.error("%s: %s", kind.__name__, error)
