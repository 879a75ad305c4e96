"""The second half of an exported network: from latent vectors to reconstructions."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rapidmass.models.export.onnx_model import open_session

LATENT, OUTPUT = "latent", "reconstruction"


class Decoder:
    """What an exported network does to its latent vectors.

    Parameters
    ----------
    path
        What `rapidmass.models.export.onnx_export.export_onnx` wrote.
    threads
        Processor threads.

    Raises
    ------
    ValueError
        If the network reconstructs nothing, or not from a latent vector.
    """

    def __init__(self, path: Path, threads: int) -> None:
        import onnx  # slow to import
        from onnx.utils import Extractor

        model = onnx.load(path)
        outputs = {output.name for output in model.graph.output}
        if not {LATENT, OUTPUT} <= outputs:
            raise ValueError(f"{path} gives no {OUTPUT} through a {LATENT} vector")
        part = Extractor(model).extract_model([LATENT], [OUTPUT])
        self._session = open_session(part.SerializeToString(), threads)

    def decode(self, latent: NDArray[np.float32]) -> NDArray[np.float32]:
        """Reconstruct scaled elements, shape (events, inputs), of (events, dimensions)."""
        found: NDArray[np.float32] = self._session.run([OUTPUT], {LATENT: latent})[0]
        return found
