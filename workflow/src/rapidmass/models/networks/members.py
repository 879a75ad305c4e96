"""Sequences as networks see them: members, their features, and which of them are there."""

import torch
from torch import Tensor


def show_members(x: Tensor, mask: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Cut rows of elements into members.

    Parameters
    ----------
    x
        Shape (events, slots x features): scaled elements.
    mask
        The same shape: 1 where an event has the element, else 0.
    shape
        (slots, features).

    Returns
    -------
    members : Tensor, shape (events, slots, 2 x features)
        Features, 0 where absent, and which of them are there.
    present : Tensor, shape (events, slots)
        1 where there is a member, which has a feature at least, else 0.
    """
    there = mask.reshape(-1, *shape)
    members = torch.cat((x.reshape(-1, *shape) * there, there), dim=2)
    return members, there.amax(dim=2)
