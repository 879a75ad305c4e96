"""An srun that finds the cluster's configuration."""

import os
import shutil
from pathlib import Path

from rapidmass.files import write_whole

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
    script = f'#!/bin/sh\nSLURM_CONF="{configuration}" exec "{program}" "$@"\n'
    wrapper = place / "srun"
    if not wrapper.exists() or wrapper.read_text(encoding="utf-8") != script:
        with write_whole(wrapper) as temporary:
            temporary.write_text(script, encoding="utf-8")
            temporary.chmod(0o755)
    os.environ["PATH"] = os.pathsep.join([str(place), *others])
