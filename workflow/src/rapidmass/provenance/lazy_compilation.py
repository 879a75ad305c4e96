"""Functions that are compiled when they are first called, so that reading a configuration is quick.

numba takes a second to import. What is only tried, on a few invented events, runs as Python.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from typing import Any, Literal, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])

_TRYING: ContextVar[bool] = ContextVar("trying", default=False)


def compile_when_called(
    error_model: Literal["python", "numpy"] = "python",
) -> Callable[[Function], Function]:
    """Make a decorator like `rapidmass.provenance.compilation.compile_function`.

    Parameters
    ----------
    error_model
        As there.

    Returns
    -------
    Callable
        The decorator. Compiled functions cannot call what it decorates.
    """

    def decorate(function: Function) -> Function:
        @cache
        def compile_once() -> Function:
            from rapidmass.provenance.compilation import compile_function

            return compile_function(error_model)(function)

        @wraps(function)
        def call(*arguments: object) -> object:
            return function(*arguments) if _TRYING.get() else compile_once()(*arguments)

        return cast("Function", call)

    return decorate


@contextmanager
def run_uncompiled() -> Iterator[None]:
    """Run such functions as Python: right to the last bits at most, and slow."""
    token = _TRYING.set(True)
    try:
        yield
    finally:
        _TRYING.reset(token)
