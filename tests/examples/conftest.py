"""The stories of the examples are tests: their assertions show values, too."""

import pytest

pytest.register_assert_rewrite("example_lives")
