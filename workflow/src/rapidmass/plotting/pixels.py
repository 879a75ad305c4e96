"""Images of jets: pixels over pseudorapidity and azimuth."""

from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

PANEL: Final = 3.6  # inches


def draw_pixels(
    axes: Axes, image: NDArray[Any], width: float, norm: Normalize, *, cmap: str = "viridis_r"
) -> AxesImage:
    """Draw one image.

    Parameters
    ----------
    axes
        Where to draw.
    image
        Shape (rows, columns): rows of azimuth, columns of pseudorapidity; NaN stays white.
    width
        Of a side, in pseudorapidity and in radians.
    norm, cmap
        How numbers become colours.

    Returns
    -------
    AxesImage
        For a colour bar.
    """
    half = width / 2
    axes.tick_params(which="minor", length=0)
    extent = (-half, half, -half, half)
    return axes.imshow(image, origin="lower", extent=extent, norm=norm, cmap=cmap)


def make_panels(figure: Figure, rows: int, columns: int) -> NDArray[Any]:
    """Make a grid of panels for images, with the names of their axes at the edges.

    Parameters
    ----------
    figure
        Where they are.
    rows, columns
        Of the grid.

    Returns
    -------
    ndarray of Axes, shape (rows, columns)
        Empty ones.
    """
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    # numbers at the edges of neighbours would touch
    for axis in (grid[0, 0].xaxis, grid[0, 0].yaxis):
        axis.set_major_locator(MaxNLocator(3, prune="both"))
    for axes in grid[-1]:
        axes.set_xlabel(r"$\Delta\eta$")
    for axes in grid[:, 0]:
        axes.set_ylabel(r"$\Delta\phi$")
    return grid
