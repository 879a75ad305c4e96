"""Bytes of a jet, and what they cost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.representations.image.layout import ImageLayout
from rapidmass.studies.jet_images.compression import quantise, store_images
from rapidmass.studies.jet_images.residuals import compare_images, describe_residuals


def test_lit_pixels_take_six_bytes_each():
    x = np.zeros((4, 100), np.float32)
    x[0, :3] = 1.5
    x[2, 7] = 2
    stored = store_images(x)
    assert stored["pixels"] == 400
    assert stored["lit pixels"] == (4 * 6 + 4 * 2) / 4
    assert stored["pixels, packed"] < 50


def test_what_looks_like_noise_cannot_be_packed():
    x = np.random.default_rng(1).uniform(1, 2, (50, 64)).astype(np.float32)
    stored = store_images(x)
    assert stored["pixels, packed"] > 0.8 * stored["pixels"]
    assert stored["lit pixels, packed"] > 0.5 * stored["lit pixels"]
    assert stored["lit pixels, float16, packed"] < 0.7 * stored["lit pixels, packed"]


@given(st.integers(0, 1000), st.floats(0.01, 1000))
@settings(max_examples=30, deadline=None)
def test_latent_vectors_come_back_within_their_steps(seed, spread):
    latent = np.random.default_rng(seed).normal(0, spread, (40, 5)).astype(np.float32)
    found = quantise(latent)
    np.testing.assert_array_equal(found["float32"][1], latent)
    np.testing.assert_allclose(found["float16"][1], latent, rtol=1e-3, atol=1e-5)
    step = np.ptp(latent, axis=0) / 254
    assert np.all(np.abs(found["int8"][1] - latent) <= 0.501 * step + 1e-6 * spread)
    assert found["int8"][0] <= 5
    assert found["float16"][0] <= 10
    assert found["float32"][0] <= 20


def test_dimensions_without_spread_come_back():
    latent = np.full((10, 2), 3.5, np.float32)
    for size, read in quantise(latent).values():
        np.testing.assert_array_equal(read, latent)
        assert size <= 8


def test_residuals_of_normal_numbers():
    rng = np.random.default_rng(2)
    before = rng.uniform(50, 100, 100_000)
    found = describe_residuals(before, before * (1.02 + 0.05 * rng.standard_normal(100_000)))
    assert found["median"] == pytest.approx(0.02, abs=1e-3)
    assert found["half_68"] == pytest.approx(0.05, rel=0.02)
    assert found["half_95"] == pytest.approx(0.098, rel=0.02)
    # beyond 10 %: 1.6 and 2.4 standard deviations away
    assert found["tail"] == pytest.approx(0.0548 + 0.0082, abs=3e-3)
    assert describe_residuals(np.zeros(3), np.ones(3))["median"] is None


def test_negative_pixels_are_counted():
    layout = ImageLayout({"all": ("a",)}, pixels=2, width=1.0)
    x = np.array([[10, 0, 0, 10]], np.float32)
    output = np.array([[11, -1, -0.001, 11]], np.float32)
    found = compare_images(x, output, layout)
    assert found["negative"] == 0.25
    assert found["negative_pt"] == pytest.approx(0.05)
    assert found["pixel_error"] == pytest.approx(np.sqrt(3 / 4), rel=1e-5)
    assert found["pt"]["jets"] == 1
    same = compare_images(x, x, layout)
    assert same["mass"]["half_95"] == same["pixel_error"] == 0
