"""One suite for every provider of pictures; its assertions explain themselves like those of a test module."""

import pytest

pytest.register_assert_rewrite("tests.contracts.providers.suite")
