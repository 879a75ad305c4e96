"""From constituents to images."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.options import Options
from benchmarks.pairing import run_calls
from benchmarks.results import Findings, compare_rates
from rapidmass.columnar.four_vectors import FourVectors
from rapidmass.representations.registry import make_representation

ABOUT = (
    "Constituents of jets a second, on one core: centred, turned, mirrored, filled into 25 x 25 "
    "pixels and encoded as lit pixels. The peer does it jet by jet with NumPy. Sums of pixels are "
    "compared."
)
PEER = "NumPy, jet by jet"
LEAST = 2e6  # constituents a second
CONSTITUENTS = 50
PIXELS, WIDTH = 25, 2.5


class _Jets(SimpleNamespace):
    def __len__(self) -> int:
        return len(self.objects["all"])


def measure(options: Options) -> Findings:
    """Measure how fast images are filled."""
    jets = options.choose_events(20_000, 500)
    events = make_jets(jets)
    image = make_representation(
        {"kind": "image", "channels": [["all", ["all"]]], "pixels": PIXELS, "width": WIDTH}
    )
    calls: dict[str, Callable[[], Any]] = {
        "ours": lambda: image.encode(events, {}),
        PEER: lambda: fill_with_numpy(events.objects["all"]),
    }
    ours, peer = calls["ours"](), calls[PEER]()
    total = float(np.sum(ours["image_values"].flatten().to_numpy(), dtype=np.float64))
    np.testing.assert_allclose(total, peer.sum(dtype=np.float64), rtol=1e-6)
    timings = run_calls(calls, options.choose_repeats(5))
    constituents = jets * CONSTITUENTS
    row = compare_rates(
        f"{constituents} constituents", PEER, timings["ours"], timings[PEER], constituents
    )
    findings = Findings(ABOUT)
    met = row.ours is not None and row.ours.median >= LEAST
    findings.rows.append(replace(row, target="≥ 2 M constituents/s", met=met))
    return findings


def make_jets(jets: int) -> Any:  # noqa: ANN401
    """Make jets of two prongs."""
    rng = np.random.default_rng(1)
    size = jets * CONSTITUENTS
    prong = rng.choice([-0.3, 0.3], size)
    eta, phi = prong + rng.normal(0, 0.1, size), prong / 2 + rng.normal(0, 0.1, size)
    offsets = np.arange(0, size + 1, CONSTITUENTS)
    vectors = FourVectors(offsets, rng.exponential(5, size) + 0.1, eta, phi, np.zeros(size))
    return _Jets(objects={"all": vectors})


def fill_with_numpy(vectors: FourVectors) -> NDArray[np.float32]:
    """Fill images of shape (jets, pixels, pixels) jet by jet."""
    images = np.zeros((len(vectors), PIXELS, PIXELS), np.float32)
    edges = np.linspace(-WIDTH / 2, WIDTH / 2, PIXELS + 1)
    for jet, (start, stop) in enumerate(
        zip(vectors.offsets[:-1], vectors.offsets[1:], strict=True)
    ):
        pt, eta = vectors.pt[start:stop], vectors.eta[start:stop]
        around = vectors.phi[start:stop] - vectors.phi[start + np.argmax(pt)]
        phi = (around + np.pi) % (2 * np.pi) - np.pi
        x, y = eta - np.average(eta, weights=pt), phi - np.average(phi, weights=pt)
        angle = 0.5 * np.arctan2(2 * (pt * x * y).sum(), (pt * (x * x - y * y)).sum())
        along = np.cos(angle) * x + np.sin(angle) * y
        across = np.sin(angle) * x - np.cos(angle) * y
        if (pt * np.sign(along)).sum() < 0:
            along, across = -along, -across
        if (pt * np.sign(across)).sum() < 0:
            across = -across
        images[jet] = np.histogram2d(along, across, bins=(edges, edges), weights=pt)[0]
    return images
