"""What scripts do first."""

import subprocess
import sys

import pytest

from sources import JOB

CODE = """\
import sys
sys.path.insert(0, sys.argv[1])
import numba
import numpy as np
import _job
assert numba.core.entrypoints._already_initialized is False
if sys.argv[2] == "job":
    _job._leave_out_extensions()
assert numba.njit(lambda x: x.sum())(np.ones(3)) == 3
sys.exit("awkward" in sys.modules)
"""


@pytest.mark.parametrize(("who", "imported"), [("job", 0), ("other", 1)])
def test_extensions_of_numba_are_left_out_in_jobs(who, imported):
    """Awkward is one; elsewhere numba imports it before the first function."""
    command = [sys.executable, "-c", CODE, str(JOB.parent), who]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == imported, run.stderr
