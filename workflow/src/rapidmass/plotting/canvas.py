"""A canvas that parses each formula once, not once a figure and size."""

from functools import lru_cache
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser

FORMULAS = 4096  # matplotlib keeps 50, and forgets them with the renderer


class _Parser(MathTextParser):  # type: ignore[type-arg]  # generic in its stub alone
    """A parser that keeps what it parsed: half of the time of a figure goes into formulas."""

    def parse(
        self,
        s: str,
        dpi: float = 72,
        prop: FontProperties | None = None,
        *,
        antialiased: bool | None = None,
    ) -> Any:  # noqa: ANN401
        # a copy: whoever asks may change it later
        return self._keep(s, dpi, prop and prop.copy(), antialiased)

    @lru_cache(FORMULAS)  # noqa: B019 (there is one parser)
    def _keep(
        self, s: str, dpi: float, prop: FontProperties | None, antialiased: bool | None
    ) -> Any:  # noqa: ANN401
        return super().parse(s, dpi, prop, antialiased=antialiased)


_PARSER = _Parser("path")


class Canvas(FigureCanvasAgg):
    """matplotlib's canvas of pixels, all of whose renderers share a parser of formulas."""

    def get_renderer(self) -> RendererAgg:
        """Get the renderer for the present size."""
        renderer: RendererAgg = super().get_renderer()  # type: ignore[no-untyped-call]
        renderer.mathtext_parser = _PARSER
        return renderer
