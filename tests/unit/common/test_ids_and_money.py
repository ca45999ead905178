"""Ids sort by time and have one form; money is exact."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.ids import is_id, mint
from libs.common.money import credits, usd


def test_ids_are_uuids_of_version_seven_and_differ() -> None:
    made = {mint() for _ in range(10_000)}
    assert len(made) == 10_000
    assert all(is_id(one) and one[14] == "7" and one[19] in "89ab" for one in made)


def test_a_later_id_is_greater() -> None:
    first = mint()
    time.sleep(0.002)
    assert mint() > first


@pytest.mark.parametrize("text", ["", "1", mint().upper(), "{" + mint() + "}", mint() + "\n", mint().replace("-", "")])
def test_other_forms_are_no_ids(text: str) -> None:
    assert not is_id(text)


@pytest.mark.parametrize(("amount", "shown"), [(0, 0), (4_000, 4), (6_500, 6.5), (1, 0.001), (-3_500, -3.5)])
def test_millicredits_are_shown_as_credits(amount: int, shown: float) -> None:
    assert credits(amount) == shown


@given(st.integers(-(10**12), 10**12))
def test_showing_loses_nothing(amount: int) -> None:
    assert round(credits(amount) * 1_000) == amount
    assert round(usd(amount) * 100_000) == amount
