import math
import subprocess
import sys

import pytest
from pydantic import ValidationError

from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.config.root import TrainingBlock


def test_standard_scaling_cannot_clip():
    assert not ScalingSettings(kind="standard", clip=False).clip
    with pytest.raises(ValidationError, match="clip: false"):
        ScalingSettings(kind="standard", clip=True)


def test_threads_are_positive():
    with pytest.raises(ValidationError, match="threads"):
        TrainingSettings(threads=0)


def test_threads_are_divided_among_processes_and_each_has_one():
    found = [
        (settings.cores, settings.threads_each)
        for settings in (
            TrainingSettings(threads=threads, processes=processes)
            for threads, processes in ((1, 1), (8, 2), (7, 2), (1, 4))
        )
    ]
    assert found == [(1, 1), (8, 4), (7, 3), (4, 1)]


@pytest.mark.parametrize("interval", [0, -1, math.inf])
def test_the_interval_of_checkpoints_is_positive(interval):
    with pytest.raises(ValidationError, match="checkpoint_interval"):
        TrainingBlock(checkpoint_interval=interval)


def test_settings_need_no_torch():
    code = (
        "import sys\n"
        "from rapidmass.config.models import autoencoder, training, vae\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
