"""Every check there is. A new one is one row in its family's table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scripts.verify.checks import blobs, books, broker, clocks, events, jobs, lineage, tenants, vendor
from scripts.verify.world import Check

INVARIANTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "I1": "balances are the sum of their entries, and never negative",
        "I2": "all entries sum to zero",
        "I3": "a reservation closes once, within its amount",
        "I4": "a job ends once, and its reservation with it",
        "I5": "what is charged is what was delivered",
        "I6": "the vendor billed nothing twice and nothing unknown",
        "I7": "rows and blobs agree",
        "I8": "what was said is archived, what was heard was said",
        "I9": "a key stands for one job",
        "I10": "nothing refers to another workspace",
        "I11": "nothing outlives its time",
        "I12": "no message is lost in the broker",
    }
)

CHECKS: Final[tuple[Check, ...]] = (
    *books.CHECKS,
    *jobs.CHECKS,
    *vendor.CHECKS,
    *blobs.CHECKS,
    *events.CHECKS,
    *lineage.CHECKS,
    *tenants.CHECKS,
    *clocks.CHECKS,
    *broker.CHECKS,
)
