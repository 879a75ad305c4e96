"""What every script does first: open its log, read its settings."""

import json
import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from rapidmass.provenance import describe


@dataclass(frozen=True)
class Job:
    """A running job: its settings, and the digest of its code."""

    settings: dict[str, Any]
    code: str

    def describe(self, packages: Iterable[str]) -> dict[str, Any]:
        """Describe where its products come from."""
        return describe(self.settings, self.code, packages)


def start(snakemake: Any) -> Job:  # noqa: ANN401
    """Send messages to the job's log and to the terminal's stderr; make errors end the log."""
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    to_file = logging.FileHandler(log, mode="w")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    to_terminal = logging.StreamHandler()
    to_terminal.setLevel(logging.WARNING)
    to_terminal.setFormatter(logging.Formatter(f"{snakemake.rule}: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[to_file, to_terminal], force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_failure
    return Job(json.loads(snakemake.params.settings), snakemake.params.code)


def _log_failure(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    logging.getLogger("rapidmass").debug("traceback", exc_info=(kind, error, trace))
    if not issubclass(kind, ValueError):
        logging.getLogger("rapidmass").error("this is unexpected:", exc_info=(kind, error, trace))
    logging.getLogger("rapidmass").error("%s: %s", kind.__name__, error)
