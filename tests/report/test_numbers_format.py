"""Numbers are written as readers of each language write them."""

import math

import pandas as pd
import pytest

from fij_eval.errors import ReportError
from fij_eval.report import numbers_format as write


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (write.count(1234567, "nb"), "1\u2009234\u2009567"),
        (write.count(1234567, "en"), "1,234,567"),
        (write.whole(2.5, "en"), "3"),
        (write.whole(-1234.5, "en"), "\u22121,235"),
        (write.percent(0.345, "nb"), "34,5\u00a0%"),
        (write.percent(0.345, "en"), "34.5%"),
        (write.percent_words(0.345, "nb"), "34,5\u00a0prosent"),
        (write.pp(-0.0321, "nb"), "\u22123,2\u00a0prosentpoeng"),
        (write.signed_pp(0.0321, "en"), "+3.2\u00a0percentage points"),
        (write.signed_pp(-0.0321, "nb", unit=False), "\u22123,2"),
        (write.interval(0.012, 0.034, "nb"), "1,2\u00a0til\u00a03,4"),
        (write.interval(-0.012, 0.034, "en"), "\u22121.2\u00a0to\u00a03.4"),
        (write.p_value(0.0004, "nb"), "<\u00a00,001"),
        (write.p_value(0.0314, "nb"), "0,031"),
        (write.p_value(0.0997, "nb"), "0,10"),
        (write.p_value(0.4567, "en"), "0.46"),
        (write.p_value(1.0, "en"), ">\u00a00.99"),
        (write.month_name("2024-09", "nb"), "september\u00a02024"),
        (write.month_short("2024-09", "en"), "Sept.\u00a02024"),
        (write.day_name("2024-06-14", "nb"), "14.\u00a0juni\u00a02024"),
        (write.day_name("2024-06-14", "en"), "14\u00a0June\u00a02024"),
        (write.listed(["Gol", "Hol", "Ål"], "nb"), "Gol, Hol og Ål"),
        (write.listed(["Gol"], "en"), "Gol"),
    ],
)
def test_numbers_are_written_with_the_marks_of_the_language(made, expected):
    assert made == expected


@pytest.mark.parametrize(
    ("share", "decimals", "expected"),
    [(0.145, 0, "15"), (0.345, 0, "35"), (0.285, 0, "29"), (0.0005, 1, "0,1"), (-0.145, 0, "−15")],
)
def test_halves_are_rounded_away_from_zero_as_readers_expect(share, decimals, expected):
    # 0.145, 0.285: binary neighbours lie below the half, so naive rounding would go down.
    assert write.percent_number(share, "nb", decimals) == expected


def test_a_number_that_rounds_to_zero_has_no_sign():
    assert write.signed_pp(-0.0001, "nb", unit=False) == "0,0"
    assert write.signed_pp(0.0001, "nb", unit=False) == "0,0"


@pytest.mark.parametrize("missing", [None, math.nan, math.inf, pd.NA])
def test_a_missing_number_is_refused_and_never_written(missing):
    with pytest.raises(ReportError, match="missing"):
        write.percent(missing, "nb")


def test_a_count_that_is_not_whole_is_refused():
    with pytest.raises(ReportError, match="not a whole number"):
        write.count(3.5, "nb")


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (0.0003, 0.0366, "0,03 til 3,66"),
        (-0.0003, 0.0366, "−0,03 til 3,66"),
        (-0.02, -0.00004, "−2,000 til −0,004"),
        (0.0, 0.0366, "0,0 til 3,7"),
        (0.000001, 0.0366, "0,0 til 3,7"),
    ],
)
def test_a_limit_beside_zero_is_not_written_as_zero(low, high, shown):
    assert write.interval(low, high, "nb").replace("\u00a0", " ") == shown


def test_an_interval_the_wrong_way_round_is_refused():
    with pytest.raises(ReportError, match="upside down"):
        write.interval(0.2, 0.1, "nb")


def test_a_p_value_outside_its_range_is_refused():
    with pytest.raises(ReportError, match="between 0 and 1"):
        write.p_value(1.2, "nb")
