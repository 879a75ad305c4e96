import json

import numpy as np
from PIL import Image

from rapidmass.studies.limits.figures import draw_limits

LIMITS = {
    "vae": {
        "cross_section": 0.02,
        "limits": {"-2": 0.005, "-1": 0.007, "0": 0.01, "1": 0.014, "2": 0.02},
    },
    "met": {"cross_section": 0.02, "limits": None},
}


def test_limits_are_in_femtobarn(analysis, tmp_path):
    draw_limits(analysis.frame, "SUSY_450p300", LIMITS, tmp_path / "limits")
    drawn = json.loads((tmp_path / "limits.json").read_text())
    assert drawn["cross_section_fb"] == 20
    assert drawn["limits_fb"]["vae"]["0"] == 10
    assert drawn["limits_fb"]["met"] is None
    pixels = np.asarray(Image.open(tmp_path / "limits.png").convert("RGB")).reshape(-1, 3)
    for colour in ((245, 187, 84), (96, 118, 65), (189, 31, 1)):
        assert (pixels == colour).all(axis=1).sum() > 500
