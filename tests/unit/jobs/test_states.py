"""What a crash left to do, and what follows a failed attempt."""

import pytest

from libs.common import ids
from libs.common.contracts.pictures import BlobRef, Picture, VariationFailure
from libs.common.errors import AppError, ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.ids import AssetId, AttemptId
from libs.common.jobs.states import ATTEMPTS_MAX, AttemptState, Next, Tried, after, chunks, failure_of, remaining


def picture(variation: int) -> Picture:
    return Picture(
        asset_id=AssetId(ids.mint()),
        variation=variation,
        blob=BlobRef(sha256="a" * 64, size=1, mime="image/png"),
        width=64,
        height=64,
        provider="stability",
        model="stability-core",
        seed=1,
        price=4_000,
        duration_ms=1,
    )


def tried(
    variation: int, state: AttemptState, *, code: str | None = None, task_id: str | None = None, provider: str = ""
) -> Tried:
    stored = picture(variation) if state is AttemptState.STORED else None
    return Tried(AttemptId(ids.mint()), variation, state, stored, code, None, provider, task_id=task_id)


def test_a_job_that_was_never_begun_has_everything_to_do() -> None:
    left = remaining(3, [])
    assert (left.pictures, left.failures, left.variations) == ((), (), (1, 2, 3))


def test_what_is_stored_is_kept_and_not_made_again() -> None:
    one = tried(1, AttemptState.STORED)
    left = remaining(2, [one])
    assert [kept.asset_id for kept in left.pictures] == [one.picture.asset_id if one.picture else None]
    assert left.variations == (2,)


@pytest.mark.parametrize("state", [AttemptState.SUBMITTING, AttemptState.UNKNOWN])
def test_an_attempt_without_an_answer_is_never_repeated(state: AttemptState) -> None:
    left = remaining(2, [tried(1, state)])
    assert [failure.code for failure in left.failures] == ["vendor_outcome_unknown"]
    assert left.variations == (2,)


@pytest.mark.parametrize("state", [AttemptState.SUBMITTED, AttemptState.SUBMITTING])
def test_a_task_whose_name_is_known_is_gone_on_with_and_not_asked_for_again(state: AttemptState) -> None:
    one = tried(1, state, task_id="t-1")
    left = remaining(2, [one])
    assert (left.under_way, left.failures, left.variations) == ((one,), (), (2,))


def test_a_task_whose_name_may_still_be_told_waits_for_it_where_the_vendor_calls_back() -> None:
    one = tried(1, AttemptState.SUBMITTING, provider="wavespeed")
    assert remaining(1, [one], named_later=("wavespeed",)).under_way == (one,)
    assert remaining(1, [one], named_later=("stability",)).under_way == ()


def test_an_attempt_that_was_given_up_is_not_gone_on_with() -> None:
    left = remaining(
        1, [tried(1, AttemptState.UNKNOWN, task_id="t-1", provider="wavespeed")], named_later=("wavespeed",)
    )
    assert (left.under_way, [failure.code for failure in left.failures]) == ((), ["vendor_outcome_unknown"])


@pytest.mark.parametrize(
    ("variations", "most", "groups"),
    [
        ((1, 2, 3), 1, [(1,), (2,), (3,)]),
        ((1, 2, 3), 10, [(1, 2, 3)]),
        ((3, 1, 2), 2, [(1, 2), (3,)]),
        ((1, 2, 4, 5), 10, [(1, 2), (4, 5)]),
        ((), 10, []),
    ],
)
def test_variations_share_a_call_only_when_their_seeds_follow_each_other(
    variations: tuple[int, ...], most: int, groups: list[tuple[int, ...]]
) -> None:
    assert chunks(variations, most) == groups


def test_a_busy_vendor_is_waited_for_within_a_bound() -> None:
    assert after(ProviderBusy("later", retry_after_s=60), attempts=1, waited=False, wait_max_s=2) is Next.OTHER
    assert after(ProviderBusy("soon", retry_after_s=1), attempts=1, waited=False, wait_max_s=2) is Next.SAME


def test_an_attempt_that_failed_for_certain_may_be_made_again() -> None:
    assert remaining(1, [tried(1, AttemptState.FAILED, code="provider_broken")]).variations == (1,)


def test_a_verdict_stands_after_a_crash() -> None:
    left = remaining(1, [tried(1, AttemptState.REFUSED, code="moderation_blocked")])
    assert ([failure.code for failure in left.failures], left.variations) == (["moderation_blocked"], ())


def test_a_stored_picture_outweighs_an_earlier_silence() -> None:
    left = remaining(1, [tried(1, AttemptState.UNKNOWN), tried(1, AttemptState.STORED)])
    assert (len(left.pictures), left.failures) == (1, ())


@pytest.mark.parametrize(
    ("error", "attempts", "waited", "expected"),
    [
        (ProviderRejected("no"), 1, False, Next.STOP),
        (ProviderRejected("blocked", code="moderation_blocked"), 1, False, Next.STOP),
        (ProviderSilent("lost"), 1, False, Next.STOP),
        (ProviderBroken("down"), 1, False, Next.OTHER),
        (ProviderBusy("later"), 1, False, Next.SAME),
        (ProviderBusy("later"), 2, True, Next.OTHER),
        (ProviderBusy("much later", retry_after_s=600), 1, False, Next.OTHER),
        (ProviderBroken("down"), ATTEMPTS_MAX, False, Next.STOP),
        (AppError("a defect of ours"), 1, False, Next.STOP),
    ],
)
def test_after_a_failed_attempt(error: AppError, attempts: int, waited: bool, expected: Next) -> None:  # noqa: FBT001
    assert after(error, attempts=attempts, waited=waited) is expected


def failure(variation: int, code: str) -> VariationFailure:
    return VariationFailure(variation=variation, code=code, detail=f"{code}.")


def test_a_job_without_pictures_says_the_common_reason() -> None:
    assert failure_of([failure(1, "moderation_blocked"), failure(2, "moderation_blocked")])[0] == "moderation_blocked"


def test_a_job_without_pictures_and_with_several_reasons_says_so() -> None:
    code, detail = failure_of([failure(1, "a"), failure(2, "b")])
    assert code == "all_variations_failed"
    assert detail.endswith("a.")
