import numpy as np
import pytest
import torch

from rapidmass.models.inputs.buffers import ALIGNMENT, Buffers


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (64, 529)])
def test_arrays_are_aligned(shape):
    buffers = Buffers(*shape)
    arrays = [buffers.make() for _ in range(4)]
    assert {array.shape for array in arrays} == {shape}
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    assert all(array.ctypes.data % ALIGNMENT == 0 for array in arrays)


def test_memory_is_used_again_once_nobody_holds_it():
    buffers = Buffers(8, 3)
    one, other = buffers.make(), buffers.make()
    assert not np.shares_memory(one, other)
    place = one.ctypes.data
    del one
    assert buffers.make().ctypes.data == place


@pytest.mark.parametrize(
    "view", [lambda a: a[2:4], lambda a: a.T, lambda a: torch.from_numpy(a[1:]), memoryview]
)
def test_a_view_keeps_the_memory(view):
    buffers = Buffers(8, 3)
    array = buffers.make()
    array[:] = 1
    kept = view(array)
    del array
    for _ in range(3):
        buffers.make()[:] = 2
    assert np.all(np.asarray(kept) == 1)
