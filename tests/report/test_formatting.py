import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.report.formatting import (
    join_words,
    write_cut,
    write_interval,
    write_luminosity,
    write_measurement,
    write_number,
    write_setting,
    write_share,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "undefined"),
        (0.0, "0"),
        (1234567.0, "1,230,000"),
        (12.345, "12.3"),
        (0.0012345, "0.00123"),
        (9.999, "10.0"),
        (-3.5, "−3.50"),
        (1.2345e-7, "1.23 × 10⁻⁷"),
        (-6.02e23, "−6.02 × 10²³"),
        (0.99999e7, "10,000,000"),
        (1.05e10, "1.05 × 10¹⁰"),
        (0.000976, "0.000976"),
    ],
)
def test_numbers(value, text):
    assert write_number(value) == text


@given(st.floats(min_value=1e-30, max_value=1e30))
def test_numbers_keep_three_digits(value):
    text = write_number(value).replace(",", "")
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    back = float(text.replace(" × 10", "e").translate(digits))
    assert back == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((None, None), "undefined"),
        ((1.23456, 0.0456), "1.23 ± 0.05"),
        ((1.23456, 0.0123), "1.235 ± 0.012"),
        ((-0.3, 0.098), "−0.30 ± 0.10"),
        ((1234.5, 123.4), "1,234 ± 123"),
        ((1.23456, 0.15, 0.0123), "1.235 ± 0.150 ± 0.012"),
        ((1.23456, 0.15, 0.0), "1.23 ± 0.15 ± 0.00"),
        ((1.23456, None, 0.15), "1.23 ± 0.15"),
        ((2.5e-7, 4e-8), "(2.5 ± 0.4) × 10⁻⁷"),
        ((0.5, 0.0), "0.500"),
        ((0.5, 1e-17), "0.500"),
        ((0.5, None), "0.500"),
    ],
)
def test_measurements(numbers, text):
    assert write_measurement(*numbers) == text


@given(st.floats(1e-12, 1e12), st.floats(1e-3, 1.0))
def test_measurements_keep_one_or_two_digits_of_the_uncertainty(value, share):
    text = write_measurement(value, share * value).replace(",", "")
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    number, _, power = text.partition(" × 10")
    factor = 10.0 ** int(power.translate(digits) or 0)
    mean, uncertainty = (factor * float(part) for part in number.strip("()").split(" ± "))
    assert uncertainty == pytest.approx(share * value, rel=0.15)
    assert mean == pytest.approx(value, abs=0.15 * share * value)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((None, None, None), "undefined"),
        ((0.123456, 0.111, 0.1361), "0.123 (0.111 to 0.136)"),
        ((12.34, 10.0, 15.0), "12.3 (10.0 to 15.0)"),
        ((1.0, 1.0, 1.0), "1.00"),
    ],
)
def test_intervals(numbers, text):
    assert write_interval(*numbers) == text


def test_small_words():
    assert write_cut(0.0) == "none"
    assert write_cut(0.999) == "99.9 % removed"
    assert write_share(0.2) == "20.0 %"
    assert write_share(1e-7) == "1.00 × 10⁻⁵ %"
    assert write_setting(45800.0) == "45,800"
    assert write_setting(0.0001001) == "0.0001001"
    assert write_luminosity(138965.15) == "139 fb⁻¹"
    assert write_luminosity(2.0) == "2 pb⁻¹"
    assert join_words(["a", "b", "c"], most=2) == "a, b and 1 more"
