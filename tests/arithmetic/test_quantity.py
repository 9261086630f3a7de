"""Quantities: the API server's reading, exact, bounded, and spelled back."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.arithmetic.quantity import parse_quantity, spell_bytes, spell_cpu


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("500m", Fraction(1, 2)),
        (0.5, Fraction(1, 2)),
        (0.1, Fraction(1, 10)),
        ("0.5", Fraction(1, 2)),
        (".5", Fraction(1, 2)),
        ("2.", Fraction(2)),
        (2, Fraction(2)),
        ("1Gi", Fraction(2**30)),
        ("1024Mi", Fraction(2**30)),
        ("1G", Fraction(10**9)),
        ("1.5Gi", Fraction(3 * 2**29)),
        ("1e3", Fraction(1000)),
        ("1E3", Fraction(1000)),
        ("1E", Fraction(10**18)),
        ("12e-1", Fraction(6, 5)),
        ("512m", Fraction(512, 1000)),
        ("-1k", Fraction(-1000)),
        ("+1Ki", Fraction(1024)),
        ("100n", Fraction(1, 10**7)),
        ("0.1n", Fraction(1, 10**9)),  # finer than a billionth: away from zero
        ("-0.1n", Fraction(-1, 10**9)),
        ("1e30", Fraction(2**63 - 1)),  # the API server's cap
        (1e3, Fraction(1000)),
        (10**40, Fraction(2**63 - 1)),
    ],
)
def test_quantity_is_read_as_the_api_server_reads_it(raw: object, value: Fraction) -> None:
    assert parse_quantity(raw) == value


@pytest.mark.parametrize(
    "raw",
    ["", " 1", "1 Gi", "1gi", "1K", "1KB", "1e", "e3", "1.2.3", ".", "0x10", "1_000", "١", True, None, [],
     float("nan"), float("inf"), "9" * 65, "1e999999999", "1e-999999999", "1e3Gi"],
)  # fmt: skip
def test_anything_else_is_refused_with_what_was_expected(raw: object) -> None:
    with pytest.raises(ValueError, match="expected a"):
        parse_quantity(raw)


@pytest.mark.parametrize(
    ("value", "spelled"),
    [(2**30, "1Gi"), (3 * 2**29, "1536Mi"), (512_000_000, "500000Ki"), (10**9, "1G"), (5, "5"), (0, "0"),
     (Fraction(512, 1000), "512m"), (-(2**20), "-1Mi")],
)  # fmt: skip
def test_bytes_are_spelled_in_the_largest_exact_unit(value: Fraction | int, spelled: str) -> None:
    assert spell_bytes(value) == spelled


@pytest.mark.parametrize(
    ("value", "spelled"),
    [(Fraction(1, 2), "500m"), (2, "2"), (Fraction(5, 2), "2500m"), (Fraction(1, 10**6), "1u"), (0, "0")],
)
def test_cpu_is_spelled_in_whole_cores_or_thousandths(value: Fraction | int, spelled: str) -> None:
    assert spell_cpu(value) == spelled


def test_a_third_has_no_exact_spelling() -> None:
    with pytest.raises(ValueError, match="nine decimal places"):
        spell_cpu(Fraction(1, 3))


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from([1, 1000, 10**6, 10**9]))
def test_spelling_is_read_back_as_the_same_number(numerator: int, denominator: int) -> None:
    value = Fraction(numerator, denominator)
    assert parse_quantity(spell_bytes(value)) == value
    assert parse_quantity(spell_cpu(value)) == value


@given(st.text(max_size=80))
def test_any_text_is_a_number_or_a_value_error(text: str) -> None:
    try:
        value = parse_quantity(text)
    except ValueError:
        return
    assert abs(value) <= 2**63 - 1
