"""An srun that finds the cluster's configuration."""

import os
import shlex
import shutil
from pathlib import Path

from rapidmass.provenance.atomic_files import write_whole

FOLDER = Path(".cache", "bin")


def keep_configuration() -> None:
    """Make `srun` find a slurm.conf that does not lie in the default place.

    Snakemake's step executor forgets `SLURM_CONF` before it calls `srun` inside a job. Where that
    is set, a small `srun` that sets it again is put first on the path.
    """
    configuration = os.environ.get("SLURM_CONF")
    place = FOLDER.absolute()
    others = [folder for folder in os.get_exec_path() if folder != str(place)]
    program = shutil.which("srun", path=os.pathsep.join(others))
    if configuration is None or program is None:
        return
    words = (shlex.quote(configuration), shlex.quote(program))
    script = '#!/bin/sh\nSLURM_CONF={} exec {} "$@"\n'.format(*words).encode()
    wrapper = place / "srun"
    if not _is_program(wrapper, script):
        with write_whole(wrapper) as temporary:
            temporary.write_bytes(script)
            temporary.chmod(0o755)
    os.environ["PATH"] = os.pathsep.join([str(place), *others])


def _is_program(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content and os.access(path, os.X_OK)
