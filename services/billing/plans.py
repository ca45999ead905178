"""The plans: what a workspace is given each month and how much of it may run at once."""

from dataclasses import dataclass
from typing import Final

from libs.common.errors import InvalidInput
from libs.common.money import MILLICREDITS_PER_CREDIT


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan: `allowance` in millicredits a month, `concurrency` in jobs, `cap_usd` is ALwrity's monthly cap."""

    name: str
    title: str
    allowance: int
    concurrency: int
    cap_usd: int
    source: str
    read_on: str


_SOURCE: Final = "ALwrity subscription plans, monthly cost cap (commit 394f91a0); concurrency is ours"

PLANS: Final = (
    Plan("free", "Free", 200 * MILLICREDITS_PER_CREDIT, 2, 2, _SOURCE, "2026-08-14"),
    Plan("basic", "Basic", 2_500 * MILLICREDITS_PER_CREDIT, 4, 25, _SOURCE, "2026-08-14"),
    Plan("pro", "Pro", 10_000 * MILLICREDITS_PER_CREDIT, 8, 100, _SOURCE, "2026-08-14"),
    Plan("enterprise", "Enterprise", 50_000 * MILLICREDITS_PER_CREDIT, 32, 500, _SOURCE, "2026-08-14"),
)
"""An allowance is the plan's cost cap in credits: 1 credit is 0.01 USD."""

BY_NAME: Final = {plan.name: plan for plan in PLANS}
FREE: Final = BY_NAME["free"]


def plan(name: str) -> Plan:
    """The plan of that name. Raises InvalidInput for one we do not have."""
    found = BY_NAME.get(name)
    if found is None:
        raise InvalidInput(
            f"There is no plan «{name}»; there are {', '.join(BY_NAME)}.",
            code="unknown_plan",
            field="plan",
            facts={"plan": name, "plans": list(BY_NAME)},
        )
    return found
