"""What the suite asks and bowline does not do: refused by design is skipped, a fault is expected to fail until it is mended.

A fault that passes fails the run, so that this list cannot outlive what it tells.
"""

import re

import pytest

REFUSED = {
    r"EnumTest.*": "CREATE TYPE ... AS ENUM is refused: a table of the values and a foreign key to it says the same",
    r"IdentityReflectionTest.*": "its tables have sequences with CACHE above 1, which is refused: every value is its own",
}

FAULTS = {
    r"TrueDivTest.*::test_truediv_divisor\[numeric_38_digit_divisor-(typed|untyped_function)\]": "a quotient of 38 digits overflows",
    r"TrueDivTest.*::test_truediv_divisor\[numeric_many_decimals-(typed|untyped_function)\]": "a quotient has too few digits",
    r"TrueDivTest.*::test_truediv_divisor\[numeric_tiny_divisor-untyped_function\]": "a quotient has too few digits",
    r"WindowFunctionTest.*::test_window_range(_dates|_numeric)?": "a bound of a window's frame cannot be a parameter",
    r"WindowFunctionTest.*::test_window_rows_between_w_caching": "a bound of a window's frame cannot be a parameter",
    r"DateTimeHistoricTest.*::test_literal_years": "a timestamp beside a text is compared in nanoseconds, which end in 1677",
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    for item in items:
        name = item.nodeid.split("::", 1)[-1]
        for pattern, reason in REFUSED.items():
            if re.fullmatch(pattern, name):
                item.add_marker(pytest.mark.skip(reason=reason))
        for pattern, reason in FAULTS.items():
            if re.fullmatch(pattern, name):
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
