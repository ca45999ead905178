"""What must hold when all has come to rest: asked of every schema, the store, the vendor's bill and the API."""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Collection
from typing import Final

from deploy.local.object_store import client as s3_client
from libs.common.blobs.store import key_of
from libs.common.db.pool import Connection
from libs.common.ids import WorkspaceId
from libs.common.providers.edit_table import EDITS
from libs.common.providers.upscale_table import UPSCALES
from scripts.verify import makers
from scripts.verify.checks.events import SAID
from tests.faults.stack import Stack, Workspace, client

STATEMENT_PAGE: Final = 100
BLOBS_AT_ONCE: Final = 8

OPEN: Final = "select count(*) from gateway.jobs where finished_at is null"
STILL: Final = f"""
select service || ' jobs running' as what, count(*) as n from {makers.JOBS} c where state = 'running' group by service
union all select 'gateway jobs open', count(*) from gateway.jobs where finished_at is null
union all select 'unsent messages of ' || service, count(*) from ({SAID}) o where sent_at is null group by service
"""  # noqa: S608 -- constants
RULES: Final = {
    "every job's reservation is closed, as the job says": """
        select j.job_id, j.state, j.closed, r.state as reservation, r.reason from gateway.jobs j
        left join billing.reservations r using (job_id)
        where r.job_id is null
           or (j.closed = 'settled') is distinct from (r.state = 'settled')
           or (j.closed <> 'settled'
               and (r.state not in ('released', 'expired') or r.reason is distinct from j.closed))""",
    "the charge is what the ledger settled, and the ledger's entry": """
        select j.job_id, j.state, j.charged, r.settled, e.amount from gateway.jobs j
        join billing.reservations r using (job_id)
        left join billing.entries e on e.job_id = j.job_id and e.account = 'customer'
        where coalesce(j.charged, -1) <> coalesce(r.settled, 0) or coalesce(-e.amount, 0) <> coalesce(r.settled, 0)""",
    "charged is delivered times price, and delivered is what the library holds": """
        select j.job_id, j.state, j.charged, j.unit_price, a.n as assets, r.delivered from gateway.jobs j
        join billing.reservations r using (job_id)
        left join (select job_id, count(*) as n, count(distinct variation) as v from assets.assets group by job_id) a
            using (job_id)
        where (j.state = 'succeeded' and
               (a.n is distinct from r.delivered or a.n is distinct from a.v or j.charged <> a.n * j.unit_price))
           or (j.state <> 'succeeded' and j.charged <> 0)""",
    "pictures of a job that was not charged are noted as the house's gift": """
        select a.job_id, count(*) from assets.assets a join gateway.jobs j using (job_id)
        where j.state <> 'succeeded' and not exists (select from billing.late_deliveries l where l.job_id = a.job_id)
        group by a.job_id""",
    "a job has at most the variations that were asked for": """
        select a.job_id, count(*), (j.ask->>'variations')::int as asked from assets.assets a
        join gateway.jobs j using (job_id) group by a.job_id, j.ask having count(*) > (j.ask->>'variations')::int""",
    "a picture is delivered by one attempt": f"""
        select job_id, variation, count(*) from {makers.ATTEMPTS} a where state = 'stored'
        group by job_id, variation having count(*) > 1""",  # noqa: S608 -- constants
    "no attempt is left open and none ended by poison": f"""
        select a.job_id, a.state, j.code from {makers.ATTEMPTS} a left join gateway.jobs j using (job_id)
        where a.state in ('submitting', 'submitted') or j.code = 'poison'""",  # noqa: S608 -- constants
    "an asset in the library was made by an attempt of its job": f"""
        select s.asset_id, s.job_id from assets.assets s where s.operation <> 'upload' and not exists (
            select from {makers.ATTEMPTS} a where a.job_id = s.job_id and a.state = 'stored'
              and a.picture->>'asset_id' = s.asset_id::text)""",  # noqa: S608 -- constants
    "a key stands for one job": """
        select i.workspace_id, i.key from gateway.idempotency i left join gateway.jobs j using (job_id)
        where j.job_id is null""",
    "every fact that was told is archived": f"""
        select o.id, o.subject from ({SAID}) o
        where o.subject not like 'work.%' and not exists (select from assets.events e where e.event_id = o.id)""",  # noqa: S608 -- constants
    "the books are right": "select * from billing.books()",
}
ASSETS: Final = "select distinct workspace_id::text as workspace_id, sha256, file_size from assets.assets"
ATTEMPTED: Final = f"select model, seed, state from {makers.ATTEMPTS} a where provider = $1"  # noqa: S608 -- a constant
BILLING: Final = ("stability", "wavespeed")
"""Vendors that bill what these tests order there."""
UNSEEDED: Final = frozenset((row.provider, row.model) for row in (*EDITS, *UPSCALES) if not row.seeded)
"""Models whose bill names no seed."""
LOST_HOLDS: Final = """
select job_id::text from billing.reservations r
where state = 'open' and workspace_id = $1 and not exists (select from gateway.jobs j where j.job_id = r.job_id)
"""


async def open_jobs(connection: Connection) -> int:
    """How many accepted jobs have not ended."""
    count: int = await connection.fetchval(OPEN)
    return count


async def at_rest(stack: Stack, connection: Connection) -> list[str]:
    """What still moves; empty when all is quiet."""
    moving = [f"{row['what']}: {row['n']}" for row in await connection.fetch(STILL) if row["n"]]
    async with stack.broker() as broker:
        jetstream = broker.jetstream()
        work = (await jetstream.stream_info("WORK")).state.messages
        if work:
            moving.append(f"work messages: {work}")
        for name in ("billing", "assets", "gateway"):
            info = await jetstream.consumer_info("EVENTS", name)
            waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
            if waiting:
                moving.append(f"facts for {name}: {waiting}")
    return moving


async def broken(stack: Stack, workspace: Workspace, accepted: Collection[str], *, lost_holds_max: int) -> list[str]:
    """Every broken promise as a line; empty when all are kept.

    `lost_holds_max` orders without a key may have left a reservation that nobody will use; it lapses by itself.
    """
    async with stack.database() as connection:
        found = [f"{rule}: {dict(row)}" for rule, sql in RULES.items() for row in await connection.fetch(sql)]
        known = {str(row["job_id"]) for row in await connection.fetch("select job_id from gateway.jobs")}
        found += [f"a job with a 2xx is lost: {job}" for job in accepted if job not in known]
        holds = [str(row["job_id"]) for row in await connection.fetch(LOST_HOLDS, workspace.workspace_id)]
        if len(holds) > lost_holds_max:
            found.append(f"credits are held for {len(holds)} orders that were never accepted: {holds}")
        found += await _bill(stack, connection)
        found += await _blobs(stack, connection)
        charged = await connection.fetchval(
            "select coalesce(sum(charged), 0) from gateway.jobs where workspace_id = $1", workspace.workspace_id
        )
    return found + await _statement(stack, workspace, int(charged)) + await _dead(stack) + await _verified(stack)


async def _bill(stack: Stack, connection: Connection) -> list[str]:
    """Each vendor's bill against our attempts there, of all services together."""
    return [line for vendor in BILLING for line in await _bill_of(stack, connection, vendor)]


async def _bill_of(stack: Stack, connection: Connection, vendor: str) -> list[str]:
    """A seed stands for one variation of one job; where a model takes none, its lines are counted."""
    tried: Counter[str | int] = Counter()
    stored: Counter[str | int] = Counter()
    for row in await connection.fetch(ATTEMPTED, vendor):
        what = row["model"] if (vendor, row["model"]) in UNSEEDED else row["seed"]
        tried[what] += 1
        stored[what] += row["state"] == "stored"
    lines = Counter(line.model if line.seed is None else line.seed for line in await stack.vendor(vendor).bill())
    found = [
        f"{vendor} billed {count} times for {tried[what]} attempts: {what}"
        for what, count in lines.items()
        if count > (tried[what] if isinstance(what, str) else min(1, tried[what]))
    ]
    return found + [
        f"{vendor} delivered {count} and billed {lines[what]}: {what}"
        for what, count in stored.items()
        if count > lines[what]
    ]


async def _blobs(stack: Stack, connection: Connection) -> list[str]:
    store = s3_client(stack.s3)
    places = asyncio.Semaphore(BLOBS_AT_ONCE)

    def read(workspace: str, sha256: str) -> bytes:
        answer = store.get_object(bucket_name=stack.s3.bucket, object_name=key_of(WorkspaceId(workspace), sha256))
        with answer:
            return bytes(answer.read())

    async def check(workspace: str, sha256: str, size: int) -> str | None:
        async with places:
            try:
                data = await asyncio.to_thread(read, workspace, sha256)
            except Exception as error:  # noqa: BLE001 -- whatever it is, the picture cannot be read
                return f"a picture cannot be read: {sha256}: {error!r}"
        if len(data) != size or hashlib.sha256(data).hexdigest() != sha256:
            return f"a picture is not what was stored: {sha256}"
        return None

    rows = await connection.fetch(ASSETS)
    answers = await asyncio.gather(*(check(row["workspace_id"], row["sha256"], row["file_size"]) for row in rows))
    return [answer for answer in answers if answer is not None]


async def _statement(stack: Stack, workspace: Workspace, charged: int) -> list[str]:
    """The statement as the customer reads it: it starts with the grant, adds up, and ends at start − charged."""
    lines: list[tuple[int, str | None]] = []
    cursor: int | None = None
    async with client(stack, workspace) as http:
        while True:
            query = {"limit": str(STATEMENT_PAGE)} | ({} if cursor is None else {"cursor": str(cursor)})
            page = (await http.get("/api/billing/statement", params=query)).raise_for_status().json()
            lines += [(entry["amount"]["millicredits"], entry["job_id"]) for entry in page["entries"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        balance = (await http.get("/api/billing/balance")).raise_for_status().json()
    found = []
    total, posted = sum(amount for amount, _ in lines), balance["exact"]["total"]
    if not total == posted == workspace.start - charged:
        found.append(f"statement {total}, balance {posted}, start − charged {workspace.start - charged}")
    twice = [job for job, count in Counter(job for _, job in lines if job is not None).items() if count > 1]
    return found + [f"charged twice: {job}" for job in twice]


async def _dead(stack: Stack) -> list[str]:
    async with stack.broker() as broker:
        parked = (await broker.jetstream().stream_info("DEAD")).state.messages
    return [f"{parked} messages were parked as dead"] if parked else []


async def _verified(stack: Stack) -> list[str]:
    """What `make verify` says on this stack."""
    done = await asyncio.to_thread(stack.python, "scripts.verify")
    return [] if done.returncode == 0 else [f"make verify ended with {done.returncode}:\n{done.stdout}{done.stderr}"]


async def until_at_rest(stack: Stack, *, seconds: float) -> None:
    """Return when nothing moves. Raises TimeoutError with what still does."""
    end = time.monotonic() + seconds
    async with stack.database() as connection:
        while moving := await at_rest(stack, connection):
            if time.monotonic() > end:
                raise TimeoutError(f"not at rest after {seconds:.0f} s: {moving}")
            await asyncio.sleep(0.3)
