"""How far what a network gives back is from what it was given."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rapidmass.representations.image.layout import ImageLayout
from rapidmass.representations.image.masses import measure_mass, measure_pt

TAIL: Final = 0.1  # relative residual beyond which a jet is in the tails


def describe_residuals(before: NDArray[np.float64], after: NDArray[np.float64]) -> dict[str, Any]:
    """Describe relative residuals, (after - before) / before, by quantiles.

    Parameters
    ----------
    before, after
        Shape (jets,). Jets with 0 before take no part.

    Returns
    -------
    dict
        `jets`, and, None without jets: `median`; `half_68` and `half_95`, half the widths of the
        central intervals; `tail`, the share beyond 10 %.
    """
    used = before > 0
    residuals = after[used] / before[used] - 1
    if not residuals.size:
        return {"jets": 0, "median": None, "half_68": None, "half_95": None, "tail": None}
    low95, low68, median, high68, high95 = np.percentile(residuals, [2.5, 16, 50, 84, 97.5])
    return {
        "jets": int(used.sum()),
        "median": float(median),
        "half_68": float((high68 - low68) / 2),
        "half_95": float((high95 - low95) / 2),
        "tail": float(np.mean(np.abs(residuals) > TAIL)),
    }


def compare_images(
    x: NDArray[np.float32], output: NDArray[np.float32], layout: ImageLayout
) -> dict[str, Any]:
    """Compare images with their reconstructions.

    Parameters
    ----------
    x, output
        Shape (jets, pixels): transverse momenta in GeV.
    layout
        What the pixels mean.

    Returns
    -------
    dict
        Residuals of `pt` and `mass`; `pixel_error`, the root of the mean squared error of a pixel
        in GeV; `negative`, the share of pixels that come back below -10 MeV; `negative_pt`, what
        these hold beside the jets' momenta.
    """
    below = output < -0.01
    error = np.square(output - x, dtype=np.float64)
    return {
        "pt": describe_residuals(measure_pt(x, layout), measure_pt(output, layout)),
        "mass": describe_residuals(measure_mass(x, layout), measure_mass(output, layout)),
        "pixel_error": float(np.sqrt(error.mean())),
        "negative": float(below.mean()),
        "negative_pt": float(-output[below].sum(dtype=np.float64) / x.sum(dtype=np.float64)),
    }
