"""Any sequence of calls gives the answers, balances and statement that the plain-Python ledger gives."""

import asyncio
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Final

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from libs.common import ids
from libs.common.db.pool import open_pool
from libs.common.ids import WorkspaceId
from services.billing import store
from services.billing.ledger import GrantAsk, GrantKind, OpenAsk, ReleaseAsk, ReserveAsk, SettleAsk
from tests.integration.billing.house import AT_ONCE, Ledger, an_ask, new_job, new_workspace
from tests.integration.billing.oracle import Account, Oracle

EXAMPLES: Final = int(os.environ.get("LEDGER_EXAMPLES", "40"))  # noqa: TID251
STEPS: Final = int(os.environ.get("LEDGER_STEPS", "30"))  # noqa: TID251

WORKSPACES: Final = 4
"""The last of them has no account."""
JOBS: Final = 10
TRANSFERS: Final = 8
BATCH_MAX: Final = 5
LATE: Final = "select job_id, delivered from late_deliveries where workspace_id = any($1::uuid[])"

GrantPick = tuple[int, int, int, GrantKind]
ReservePick = tuple[int, int, int, int]
Pair = tuple[int, int]

workspaces: Final = st.sampled_from([0, 0, 0, 1, 1, 2, 3])
grant_picks: Final = st.tuples(
    st.integers(0, TRANSFERS - 1), workspaces, st.sampled_from([1, 5_000, 12_000]), st.sampled_from(GrantKind)
)
reserve_picks: Final = st.tuples(
    st.integers(0, JOBS - 1), workspaces, st.sampled_from([0, 1, 2_500, 4_000]), st.integers(1, 3)
)
release_picks: Final = st.tuples(st.integers(0, JOBS - 1), st.sampled_from(["failed", "canceled"]))
settle_picks: Final = st.tuples(st.integers(0, JOBS - 1), st.integers(0, 4))


class LedgerMachine(RuleBasedStateMachine):
    """Drives the database and the oracle side by side and compares them after each step."""

    def __init__(self, dsn: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        pool = self.runner.run(open_pool(dsn, service="billing", size_max=1))
        self.ledger = Ledger(pool)
        self.oracle = Oracle()
        self.calls: list[Callable[[], None]] = []
        self.workspaces = [new_workspace() for _ in range(WORKSPACES)]
        self.jobs = [new_job() for _ in range(JOBS)]
        self.transfers = [ids.mint() for _ in range(TRANSFERS)]
        self.runner.run(self._open(self.workspaces[:-1]))

    async def _open(self, workspaces: list[WorkspaceId]) -> None:
        async with self.ledger.pool.acquire() as connection:
            await store.open_accounts(connection, [OpenAsk(workspace, "free") for workspace in workspaces])
        self.oracle.accounts.update({workspace: Account() for workspace in workspaces})

    def _do(self, call: Callable[[], None]) -> None:
        self.calls.append(call)
        call()

    @rule(picks=st.lists(grant_picks, min_size=1, max_size=BATCH_MAX))
    def grant(self, picks: list[GrantPick]) -> None:
        asks = [GrantAsk(self.transfers[t], self.workspaces[w], amount, kind) for t, w, amount, kind in picks]
        self._do(lambda: self._grant(asks))

    def _grant(self, asks: list[GrantAsk]) -> None:
        assert self.runner.run(self.ledger.grant(*asks)) == self.oracle.grants(asks)

    @rule(picks=st.lists(reserve_picks, min_size=1, max_size=BATCH_MAX), is_overdue=st.booleans())
    def reserve(self, picks: list[ReservePick], is_overdue: bool) -> None:  # noqa: FBT001
        lifetime = AT_ONCE if is_overdue else timedelta(minutes=10)
        asks = [
            an_ask(self.workspaces[w], job=self.jobs[j], price=price, count=count, lifetime=lifetime)
            for j, w, price, count in picks
        ]
        self._do(lambda: self._reserve(asks))

    def _reserve(self, asks: list[ReserveAsk]) -> None:
        expected = self.oracle.reserves(asks, is_overdue=asks[0].lifetime == AT_ONCE)
        assert self.runner.run(self.ledger.reserve(*asks)) == expected

    @rule(picks=st.lists(settle_picks, min_size=1, max_size=BATCH_MAX))
    def settle(self, picks: list[Pair]) -> None:
        asks = [SettleAsk(self.jobs[j], delivered) for j, delivered in picks]
        self._do(lambda: self._settle(asks))

    def _settle(self, asks: list[SettleAsk]) -> None:
        assert self.runner.run(self.ledger.settle(*asks)) == self.oracle.settles(asks)

    @rule(picks=st.lists(release_picks, min_size=1, max_size=BATCH_MAX))
    def release(self, picks: list[tuple[int, str]]) -> None:
        asks = [ReleaseAsk(self.jobs[j], reason) for j, reason in picks]
        self._do(lambda: self._release(asks))

    def _release(self, asks: list[ReleaseAsk]) -> None:
        assert self.runner.run(self.ledger.release(*asks)) == self.oracle.releases(asks)

    @rule()
    def expire(self) -> None:
        mine = set(self.oracle.accounts)
        lapsed = {(row.job_id, row.workspace_id, row.amount) for row in self.runner.run(self.ledger.expire())}
        assert {row for row in lapsed if row[1] in mine} == self.oracle.expire()

    @rule(index=st.integers(0, 10_000))
    def repeat_an_earlier_call(self, index: int) -> None:
        if self.calls:
            self.calls[index % len(self.calls)]()

    @invariant()
    def the_books_are_right(self) -> None:
        assert self.runner.run(self.ledger.proof()) == []

    @invariant()
    def the_accounts_agree(self) -> None:
        self.runner.run(self._compare())

    async def _compare(self) -> None:
        for workspace, account in self.oracle.accounts.items():
            balance = await self.ledger.balance(workspace)
            assert (balance.posted, balance.held) == (account.posted, account.held)
            assert balance.available >= 0
            lines = (await self.ledger.statement(workspace)).lines
            assert [(line.kind, line.amount, line.balance_after) for line in reversed(lines)] == account.lines
        rows = await self.ledger.pool.fetch(LATE, list(self.oracle.accounts))
        assert {str(row["job_id"]): row["delivered"] for row in rows} == self.oracle.late

    def teardown(self) -> None:
        self.runner.run(self.ledger.pool.close())
        self.runner.close()


def test_any_sequence_of_calls_agrees_with_the_plain_ledger(databases: Mapping[str, str]) -> None:
    """More examples and longer ones: LEDGER_EXAMPLES and LEDGER_STEPS."""
    run_state_machine_as_test(
        partial(LedgerMachine, databases["billing"]),  # type: ignore[arg-type]  # a factory is documented
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
