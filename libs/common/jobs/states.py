"""Rules of a job's pictures: what a claim means, what a crash left to do, when to try again. No I/O."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from libs.common.contracts.pictures import Picture, VariationFailure
from libs.common.errors import AppError, ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent, Then
from libs.common.ids import AttemptId

ATTEMPTS_MAX: Final = 3
"""Attempts for one picture over all providers."""
BUSY_WAIT_MAX_S: Final = 60.0
SHORT_WAIT_S: Final = 2.0
"""For a longer wait another provider is asked, where there is one."""


class Claim(StrEnum):
    """What happened when a worker asked for a job."""

    OURS = "ours"
    HELD = "held"  # another worker's lease still runs
    DONE = "done"  # finished before: ring the bell again
    CANCELED = "canceled"
    LATE = "late"  # the deadline passed; the gateway ends the job


class AttemptState(StrEnum):
    """The life of one attempt at a provider."""

    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    STORED = "stored"
    REFUSED = "refused"  # the vendor's verdict on this wish: never asked again, and some verdicts are billed
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt as it stands in the table."""

    attempt_id: AttemptId
    variation: int
    state: AttemptState
    picture: Picture | None = None
    code: str | None = None
    detail: str | None = None
    provider: str = ""
    model: str = ""
    seed: int = 0
    task_id: str | None = None


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of a job when it is taken up again."""

    pictures: tuple[Picture, ...]
    failures: tuple[VariationFailure, ...]
    variations: tuple[int, ...]
    tries: Mapping[int, int] = field(default_factory=dict)
    """Attempts that failed before, by variation: they count."""
    under_way: tuple[Tried, ...] = ()
    """Tasks that a vendor has, or may have, in hand: to be gone on with, never to be asked for again."""


UNKNOWN_DETAIL: Final = (
    "The provider was asked, but its answer was lost. This picture is not charged; asking again makes a new one."
)


def remaining(variations: int, tried: Sequence[Tried], *, named_later: Collection[str] = ()) -> Remaining:
    """What was delivered, what is lost, what is under way, and which variations are still to be made.

    An attempt that was sent and has no answer is never repeated: the vendor may bill it. A task whose name is known is
    gone on with; so is one of a provider in `named_later`, whose vendor calls us back with the name. Otherwise the
    house pays. Nor is one repeated that the vendor refused: its verdict stands, and a picture withheld after it was
    made was billed.
    """
    pictures: list[Picture] = []
    failures: list[VariationFailure] = []
    todo: list[int] = []
    under_way: list[Tried] = []
    for variation in range(1, variations + 1):
        own = [one for one in tried if one.variation == variation]
        stored = next((one.picture for one in own if one.picture is not None), None)
        refused = next((one for one in own if one.state is AttemptState.REFUSED), None)
        going = next((one for one in reversed(own) if _goes_on(one, named_later)), None)
        silent = any(one.state in _SENT for one in own)
        if stored is not None:
            pictures.append(stored)
        elif going is not None:
            under_way.append(going)
        elif silent:
            failures.append(VariationFailure(variation=variation, code=ProviderSilent.code, detail=UNKNOWN_DETAIL))
        elif refused is not None:
            failures.append(
                VariationFailure(
                    variation=variation,
                    code=refused.code or ProviderRejected.code,
                    detail=refused.detail or "The provider refused this picture.",
                )
            )
        else:
            todo.append(variation)
    tries = Counter(one.variation for one in tried if one.state is AttemptState.FAILED)
    return Remaining(tuple(pictures), tuple(failures), tuple(todo), tries, tuple(under_way))


_SENT: Final = (AttemptState.SUBMITTING, AttemptState.SUBMITTED, AttemptState.UNKNOWN)


def _goes_on(one: Tried, named_later: Collection[str]) -> bool:
    named = one.task_id is not None and one.state in (AttemptState.SUBMITTING, AttemptState.SUBMITTED)
    return named or (one.state is AttemptState.SUBMITTING and one.provider in named_later)


def chunks(variations: Sequence[int], most: int) -> list[tuple[int, ...]]:
    """Neighbouring variations in as few groups as may be, at most `most` in each: one call serves a group."""
    groups: list[list[int]] = []
    for variation in sorted(variations):
        if groups and len(groups[-1]) < most and groups[-1][-1] + 1 == variation:
            groups[-1].append(variation)
        else:
            groups.append([variation])
    return [tuple(group) for group in groups]


def lost(variation: int, error: AppError) -> VariationFailure:
    """How a variation that did not come is told to the customer."""
    if state_after(error) is AttemptState.UNKNOWN and error.then is not Then.REFUSE:
        code = error.error_code if isinstance(error, ProviderSilent) else ProviderSilent.code
        return VariationFailure(variation=variation, code=code, detail=UNKNOWN_DETAIL)
    return VariationFailure(variation=variation, code=error.error_code, detail=error.detail)


class Next(StrEnum):
    """What follows a failed attempt."""

    SAME = "same"  # wait, then the same row again
    OTHER = "other"  # the next row
    STOP = "stop"  # this picture will not come


def state_after(error: AppError) -> AttemptState:
    """How an attempt that ended in this error is written down: `failed` only where it was certainly not billed."""
    if isinstance(error, ProviderRejected):
        return AttemptState.REFUSED
    return AttemptState.FAILED if isinstance(error, (ProviderBroken, ProviderBusy)) else AttemptState.UNKNOWN


def after(error: AppError, *, attempts: int, waited: bool, wait_max_s: float = BUSY_WAIT_MAX_S) -> Next:
    """What to do after an attempt failed. A refusal ends it; silence ends it; a busy vendor gets one more chance
    after at most `wait_max_s`."""
    if attempts >= ATTEMPTS_MAX or isinstance(error, (ProviderRejected, ProviderSilent)):
        return Next.STOP
    if isinstance(error, ProviderBusy):
        short = (error.retry_after_s or 1.0) <= wait_max_s
        return Next.SAME if short and not waited else Next.OTHER
    return Next.OTHER if isinstance(error, ProviderBroken) else Next.STOP


def failure_of(failures: Sequence[VariationFailure]) -> tuple[str, str]:
    """Code and sentence for a job none of whose pictures came."""
    first = failures[0]
    if all(one.code == first.code for one in failures):
        return first.code, first.detail
    return "all_variations_failed", "None of the pictures could be made. " + first.detail
