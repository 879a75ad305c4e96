"""What every script does first: open its log, read its settings."""

import json
import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from rapidmass.files import write_json
from rapidmass.provenance import describe


@dataclass(frozen=True)
class Job:
    """A running job: its settings, and the digest of its code."""

    settings: dict[str, Any]
    code: str

    def describe(self, packages: Iterable[str]) -> dict[str, Any]:
        """Describe where its products come from."""
        return describe(self.settings, self.code, packages)

    def write_json(self, path: Path, content: dict[str, Any]) -> None:
        """Write a product together with where it comes from."""
        write_json(path, {**content, "provenance": self.describe(["numpy", "pyarrow"])})


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
    # the log has everything; the terminal only the reason, which is also the log's last line
    logger = logging.getLogger("rapidmass")
    logger.info("traceback", exc_info=(kind, error, trace))
    logger.error("%s: %s", kind.__name__, error)
