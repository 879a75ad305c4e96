"""Signatures of functions that are given to rules."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def show_signature(function: Function) -> Function:
    """Let a function show its signature, which Snakemake would find anew for each job.

    Parameters
    ----------
    function
        Given to a rule.

    Returns
    -------
    Callable
        The same one.
    """
    vars(function)["__signature__"] = inspect.signature(function)
    return function
