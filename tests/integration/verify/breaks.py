"""For every rule one deliberate break: the proof that its check can fail."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Final

import nats
from nats.aio.client import Client

from tests.integration.verify.house import CONTENTS, KINDS, House

_KIND: Final = re.compile(r"\{(" + "|".join(KINDS) + r")\}")
Break = Callable[[House], Awaitable[None]]
SEEDED: Final = {"id": "stray", "vendor": "stability", "model": "stability-core"}
UNSEEDED: Final = {"id": "stray", "vendor": "wavespeed", "model": "ideogram-v3", "seed": None}


def sql(*statements: str, unguard: str | None = None) -> Break:
    """Run the statements; «{succeeded}», «{open}», … stand for a job of that kind."""

    async def run(house: House) -> None:
        if unguard is not None:
            await house.unguard(unguard)
        jobs = {kind: f"'{await house.job(kind)}'" for kind in KINDS}
        for statement in statements:
            await house.run(_KIND.sub(lambda found: jobs[found[1]], statement))

    return run


async def _unknown_seed(house: House) -> None:
    house.bill({**SEEDED, "seed": 999_999})


async def _unknown_model(house: House) -> None:
    house.bill({**UNSEEDED, "model": "never-asked-for"})


async def _seed_of_another_vendor(house: House) -> None:
    house.bill({**SEEDED, "vendor": "gemini", "seed": await _seed(house, "stored")})


async def _billed_though_refused(house: House) -> None:
    house.bill({**SEEDED, "seed": await _seed(house, "failed")})


async def _nothing_of_the_model_may_be_billed(house: House) -> None:
    await house.run(
        """update "create".attempts set state = 'failed', picture = null, code = 'provider_broken'
        where provider = 'wavespeed'"""
    )


async def _seed_billed_twice(house: House) -> None:
    house.bill({**SEEDED, "seed": await _seed(house, "stored")})


async def _more_bills_than_attempts(house: House) -> None:
    attempts = await house.owner.fetchval("""select count(*) from "create".attempts where provider = 'wavespeed'""")
    house.bill(*[{**UNSEEDED, "id": str(number)} for number in range(attempts)])


async def _more_pictures_billed_than_attempts(house: House) -> None:
    house.bill({**UNSEEDED, "pictures": 10})


async def _same_id_twice(house: House) -> None:
    house.bill({**UNSEEDED, "id": "once"}, {**UNSEEDED, "id": "once"})


async def _seed(house: House, state: str) -> int:
    seed: int = await house.owner.fetchval(
        """select seed from "create".attempts where provider = 'stability' and state = $1 limit 1""", state
    )
    return seed


async def _blob_removed(house: House) -> None:
    house.store.remove_object(bucket_name=house.places.s3.bucket, object_name=house.keys()[0])


async def _blob_forgotten(house: House) -> None:
    house.put(f"blobs/{'0' * 8}-0000-7000-8000-{'0' * 12}/ab/ab{'0' * 62}", b"forgotten")


async def _blob_damaged(house: House) -> None:
    house.put(house.keys()[0], CONTENTS[0][::-1])


async def _on_broker(house: House, act: Callable[[Client], Awaitable[object]]) -> None:
    connection = await nats.connect(house.places.nats_url)
    try:
        await act(connection)
    finally:
        await connection.close()


async def _consumer_gone(house: House) -> None:
    await _on_broker(house, lambda client: client.jetstream().delete_consumer("EVENTS", "gateway"))


async def _work_for_nobody(house: House) -> None:
    await _on_broker(house, lambda client: client.jetstream().publish("work.nobody", b"{}"))


async def _parked_alive(house: House) -> None:
    body = json.dumps({"data": {"job_id": str(await house.job("open"))}}).encode()
    await _on_broker(house, lambda client: client.jetstream().publish("dead.work.create", body))


BREAKS: Final[tuple[tuple[str, Break], ...]] = (
    (
        "what is posted is the sum of the entries",
        sql("update billing.accounts set posted = posted + 1"),
    ),
    (
        "what is held is the sum of the open reservations",
        sql("update billing.accounts set held = held + 1"),
    ),
    (
        "nobody has spent more than they had",
        sql("update billing.accounts set held = posted + 1", unguard="billing.accounts"),
    ),
    (
        "all entries sum to zero",
        sql("update billing.entries set amount = amount - 1 where account = 'grants'"),
    ),
    (
        "every transfer has two sides that sum to zero",
        sql("delete from billing.entries where job_id = {succeeded} and account = 'revenue'"),
    ),
    (
        "a reservation closes once and within its amount",
        sql(
            "update billing.reservations set settled = 12000, delivered = 3 where job_id = {succeeded}",
            unguard="billing.reservations",
        ),
    ),
    (
        "what was settled was charged once",
        sql("delete from billing.entries where job_id = {succeeded}"),
    ),
    (
        "what was told of a settlement is what is in the ledger",
        sql(
            """update assets.events set data = data || '{"charged": 1}'
               where subject = 'credits.settled' and data ->> 'job_id' = {succeeded}"""
        ),
    ),
    (
        "billing's own proof finds nothing",
        sql("update billing.entries set balance_after = balance_after + 1 where job_id = {succeeded}"),
    ),
    (
        "every job has a reservation",
        sql("delete from billing.reservations where job_id = {open}"),
    ),
    (
        "a job that is over has closed its reservation accordingly",
        sql("update billing.reservations set reason = 'canceled' where job_id = {failed}"),
    ),
    (
        "a reservation that is closed has ended its job",
        sql("update gateway.jobs set state = 'running', finished_at = null where job_id = {succeeded}"),
    ),
    (
        "a job that is done has exactly one final fact",
        sql(
            """insert into "create".outbox (id, subject, body) select gen_random_uuid(), o.subject, o.body
               from "create".outbox o join "create".jobs j on j.final_event = o.id where j.job_id = {succeeded}"""
        ),
    ),
    (
        "a job ended as its worker said",
        sql(
            """update "create".outbox o set subject = 'job.failed'
               from "create".jobs j where j.final_event = o.id and j.job_id = {succeeded}"""
        ),
    ),
    (
        "a job was told one outcome",
        sql(
            """insert into assets.events (event_id, subject, source, version, workspace_id, at, data)
               select gen_random_uuid(), 'credits.released', source, 1, workspace_id, at, data || '{"reason": "failed"}'
               from assets.events where subject = 'credits.settled' and data ->> 'job_id' = {succeeded}"""
        ),
    ),
    (
        "the guards against a second end are on",
        sql("alter table gateway.jobs disable trigger jobs_end_once"),
    ),
    (
        "what was charged is the price of what was delivered",
        sql(
            "delete from assets.assets where job_id = {succeeded} and asset_id = (select min(asset_id::text)::uuid "
            "from assets.assets where job_id = {succeeded})"
        ),
    ),
    (
        "nobody paid for nothing",
        sql("delete from assets.assets where job_id = {succeeded}"),
    ),
    (
        "what was given back was not delivered, but for late deliveries",
        sql("delete from billing.late_deliveries where job_id = {expired}"),
    ),
    (
        "a job shows what the ledger has",
        sql("update gateway.jobs set charged = 1 where job_id = {succeeded}"),
    ),
    ("every bill of a vendor is of an attempt of ours", _unknown_seed),
    ("every bill of a vendor is of an attempt of ours", _unknown_model),
    ("every bill of a vendor is of an attempt of ours", _seed_of_another_vendor),
    ("every bill of a vendor is of an attempt of ours", _billed_though_refused),
    ("every bill of a vendor is of an attempt of ours", _nothing_of_the_model_may_be_billed),
    ("no attempt is billed twice", _seed_billed_twice),
    ("no attempt is billed twice", _more_bills_than_attempts),
    ("no attempt is billed twice", _more_pictures_billed_than_attempts),
    ("no attempt is billed twice", _same_id_twice),
    (
        "no attempt is left open when its job is over",
        sql("""update "create".attempts set state = 'submitting', picture = null where job_id = {succeeded}"""),
    ),
    ("every picture, thumbnail and stored attempt has its blob", _blob_removed),
    (
        "every picture, thumbnail and stored attempt has its blob",
        sql("update assets.assets set file_size = file_size + 1 where job_id = {succeeded}"),
    ),
    ("every blob beyond the grace has a row", _blob_forgotten),
    ("every blob read has the hash in its key", _blob_damaged),
    (
        "nothing waits in an outbox longer than 60 s",
        sql("update billing.outbox set sent_at = null"),
    ),
    (
        "everything sent is archived",
        sql("delete from assets.events where subject = 'asset.archived' and data ->> 'job_id' = {succeeded}"),
    ),
    (
        "everything archived in our name was said",
        sql("delete from billing.outbox where subject = 'credits.settled'"),
    ),
    (
        "what is archived is what was said",
        sql("update assets.events set subject = 'job.expired' where subject = 'job.canceled'"),
    ),
    (
        "everything heard was said",
        sql("insert into billing.inbox (event_id) values (gen_random_uuid())"),
    ),
    (
        "everything the archive has seen it has kept",
        sql("delete from assets.events where subject = 'content.created'"),
    ),
    (
        "a key stands for one job",
        sql(
            """insert into gateway.idempotency (workspace_id, key, fingerprint, job_id)
               select workspace_id, key, fingerprint, gen_random_uuid() from gateway.idempotency
               where job_id = {open}""",
            unguard="gateway.idempotency",
        ),
    ),
    (
        "a job has one key",
        sql(
            """insert into gateway.idempotency (workspace_id, key, fingerprint, job_id)
               select workspace_id, key || '!', fingerprint, job_id from gateway.idempotency where job_id = {open}"""
        ),
    ),
    (
        "a key and its job are of one workspace",
        sql("update gateway.idempotency set workspace_id = gen_random_uuid() where job_id = {open}"),
    ),
    (
        "everything about a job is of the job's workspace",
        sql("""update "create".attempts set workspace_id = gen_random_uuid() where job_id = {open}"""),
    ),
    (
        "everything about a job is of the job's workspace",
        sql("update assets.assets set workspace_id = gen_random_uuid() where job_id = {succeeded}"),
    ),
    (
        "everything about a job is of the job's workspace",
        sql("update billing.reservations set workspace_id = gen_random_uuid() where job_id = {open}"),
    ),
    (
        "an asset and its parent are of one workspace",
        sql(
            """update assets.assets a set parent_id = (
                   select asset_id from assets.assets p where p.workspace_id <> a.workspace_id limit 1)
               where job_id = {succeeded}"""
        ),
    ),
    (
        "a fact, its body and its job are of one workspace",
        sql("update assets.events set workspace_id = gen_random_uuid() where data ->> 'job_id' = {succeeded}"),
    ),
    (
        "a work message, its body and its job are of one workspace",
        sql(
            """update gateway.outbox set body = convert_to(
                   (convert_from(body, 'UTF8')::jsonb || '{"workspaceid": "somebody else"}')::text, 'UTF8')
               where subject = 'work.create'"""
        ),
    ),
    (
        "no lease is 3 acknowledgement waits old",
        sql("""update "create".jobs set lease_until = now() - interval '91 s' where job_id = {open}"""),
    ),
    (
        "no job is open 60 s after its deadline",
        sql("update gateway.jobs set deadline = now() - interval '61 s' where job_id = {open}"),
    ),
    (
        "no reservation is open 60 s after its end",
        sql("update billing.reservations set expires_at = now() - interval '61 s' where job_id = {open}"),
    ),
    ("every stream and consumer is there", _consumer_gone),
    ("every message of work has a reader", _work_for_nobody),
    ("dead work is of jobs that are over", _parked_alive),
)
