"""Which batches of facts are worth a commit of their own."""

import pytest

from services.gateway.handlers import may_end_jobs


@pytest.mark.parametrize(
    ("subjects", "worth"),
    [
        ({"asset.archived"}, False),
        ({"credits.settled"}, False),
        ({"asset.archived", "credits.settled"}, True),
        ({"credits.released"}, True),
        ({"credits.released", "asset.archived"}, True),
    ],
)
def test_one_half_of_a_success_ends_no_job(subjects: set[str], worth: bool) -> None:  # noqa: FBT001
    assert may_end_jobs(subjects) is worth
