"""The ledger in plain Python, one request at a time: what the database must agree with."""

from dataclasses import dataclass, field

from libs.common.ids import JobId, WorkspaceId
from services.billing.ledger import (
    GrantAsk,
    Granted,
    Outcome,
    ReleaseAsk,
    Released,
    ReserveAsk,
    Reserved,
    SettleAsk,
    Settled,
    State,
)


@dataclass
class Account:
    """What one workspace has; `lines` are its entries with the balance after each, oldest first."""

    posted: int = 0
    held: int = 0
    lines: list[tuple[str, int, int]] = field(default_factory=list)

    def post(self, kind: str, amount: int) -> None:
        self.posted += amount
        self.lines.append((kind, amount, self.posted))


@dataclass
class Reservation:
    """What one job has set aside."""

    ask: ReserveAsk
    is_overdue: bool
    state: State = State.OPEN
    delivered: int | None = None
    reason: str | None = None

    @property
    def charged(self) -> int:
        return self.ask.unit_price * (self.delivered or 0)

    @property
    def returned(self) -> int:
        return 0 if self.state is State.OPEN else self.ask.amount - self.charged


@dataclass
class Oracle:
    """Every account, transfer, reservation and late delivery there should be."""

    accounts: dict[WorkspaceId, Account] = field(default_factory=dict)
    transfers: dict[str, GrantAsk] = field(default_factory=dict)
    reservations: dict[JobId, Reservation] = field(default_factory=dict)
    late: dict[JobId, int] = field(default_factory=dict)

    def posted(self, workspace: WorkspaceId | None) -> int | None:
        account = None if workspace is None else self.accounts.get(workspace)
        return None if account is None else account.posted

    def grant(self, ask: GrantAsk) -> Outcome:
        known = self.transfers.get(ask.transfer_id)
        if known is not None:
            return Outcome.REPEATED if known == ask else Outcome.CONFLICT
        if ask.workspace_id not in self.accounts:
            return Outcome.NO_ACCOUNT
        self.transfers[ask.transfer_id] = ask
        self.accounts[ask.workspace_id].post(ask.kind, ask.amount)
        return Outcome.GRANTED

    def grants(self, asks: list[GrantAsk]) -> list[Granted]:
        # One by one in order of the transfers' ids, as the statement line order shows.
        order = sorted(range(len(asks)), key=lambda index: (asks[index].transfer_id, index))
        outcomes = {index: self.grant(asks[index]) for index in order}
        return [
            Granted(ask.transfer_id, outcomes[index], ask.amount, self.posted(ask.workspace_id))
            for index, ask in enumerate(asks)
        ]

    def reserves(self, asks: list[ReserveAsk], *, is_overdue: bool) -> list[Reserved]:
        refused: dict[JobId, ReserveAsk] = {}
        return [self._reserve(ask, refused, is_overdue) for ask in asks]

    def _reserve(self, ask: ReserveAsk, refused: dict[JobId, ReserveAsk], is_overdue: bool) -> Reserved:  # noqa: FBT001
        account = self.accounts.get(ask.workspace_id)
        if account is None:
            return Reserved(ask.job_id, Outcome.NO_ACCOUNT, *self._on_record(ask), None)
        outcome = self._decide(ask, account, refused)
        if outcome is Outcome.RESERVED:
            account.held += ask.amount
            self.reservations[ask.job_id] = Reservation(ask, is_overdue)
        return Reserved(ask.job_id, outcome, *self._on_record(ask), account.posted - account.held)

    def _decide(self, ask: ReserveAsk, account: Account, refused: dict[JobId, ReserveAsk]) -> Outcome:
        known = self.reservations.get(ask.job_id)
        first = known.ask if known is not None else refused.get(ask.job_id)
        if first is not None and (first.workspace_id, first.amount) != (ask.workspace_id, ask.amount):
            return Outcome.CONFLICT
        if known is not None:
            return Outcome.REPEATED
        if first is not None or ask.amount > account.posted - account.held:
            refused[ask.job_id] = ask
            return Outcome.INSUFFICIENT
        return Outcome.RESERVED

    def _on_record(self, ask: ReserveAsk) -> tuple[State | None, int | None]:
        known = self.reservations.get(ask.job_id)
        if known is None or known.ask.workspace_id != ask.workspace_id:
            return None, None
        return known.state, known.ask.amount

    def settles(self, asks: list[SettleAsk]) -> list[Settled]:
        outcomes = [self._settle(ask) for ask in asks]
        return [self._settled(ask.job_id, outcome) for ask, outcome in zip(asks, outcomes, strict=True)]

    def _settle(self, ask: SettleAsk) -> Outcome:
        known = self.reservations.get(ask.job_id)
        if known is None:
            return Outcome.UNKNOWN
        if ask.delivered > known.ask.count:
            return Outcome.OVER
        if known.state is State.SETTLED:
            return Outcome.REPEATED if known.delivered == ask.delivered else Outcome.CONFLICT
        if known.state is not State.OPEN:
            if ask.delivered:
                self.late.setdefault(ask.job_id, ask.delivered)
            return Outcome.LATE
        known.state, known.delivered = State.SETTLED, ask.delivered
        account = self.accounts[known.ask.workspace_id]
        account.held -= known.ask.amount
        if known.charged:
            account.post("charge", -known.charged)
        return Outcome.SETTLED

    def _settled(self, job: JobId, outcome: Outcome) -> Settled:
        known = self.reservations.get(job)
        if known is None:
            return Settled(job, outcome, None, 0, 0, None)
        owner = known.ask.workspace_id
        return Settled(job, outcome, owner, known.charged, known.returned, self.posted(owner))

    def releases(self, asks: list[ReleaseAsk]) -> list[Released]:
        outcomes = [self._release(ask) for ask in asks]
        return [self._released(ask.job_id, outcome) for ask, outcome in zip(asks, outcomes, strict=True)]

    def _release(self, ask: ReleaseAsk) -> Outcome:
        known = self.reservations.get(ask.job_id)
        if known is None:
            return Outcome.UNKNOWN
        if known.state is State.SETTLED:
            return Outcome.ALREADY_SETTLED
        if known.state is not State.OPEN:
            return Outcome.REPEATED
        self._give_back(known, State.RELEASED, ask.reason)
        return Outcome.RELEASED

    def _released(self, job: JobId, outcome: Outcome) -> Released:
        known = self.reservations.get(job)
        if known is None:
            return Released(job, outcome, None, 0, None, None)
        owner = known.ask.workspace_id
        return Released(job, outcome, owner, known.returned, known.reason, self.posted(owner))

    def expire(self) -> set[tuple[JobId, WorkspaceId, int]]:
        due = [known for known in self.reservations.values() if known.is_overdue and known.state is State.OPEN]
        for known in due:
            self._give_back(known, State.EXPIRED, "expired")
        return {(known.ask.job_id, known.ask.workspace_id, known.ask.amount) for known in due}

    def _give_back(self, known: Reservation, state: State, reason: str) -> None:
        known.state, known.reason = state, reason
        self.accounts[known.ask.workspace_id].held -= known.ask.amount
