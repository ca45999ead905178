"""For every rule at least one deliberate break: the proof that its check can fail."""

from typing import Final

from tests.integration.verify.acts import (
    Break,
    billed_though_refused,
    blob_damaged,
    blob_forgotten,
    blob_removed,
    consumer_gone,
    everywhere,
    inpainted_without_a_mask,
    mask_billed_twice,
    more_bills_than_attempts,
    more_pictures_billed_than_attempts,
    nothing_of_the_model_may_be_billed,
    of_another_model,
    parked_alive,
    same_id_twice,
    searched_in_spite_of_a_mask,
    seed_billed_twice,
    seed_of_another_vendor,
    sql,
    unknown_model,
    unknown_seed,
    work_for_nobody,
)
from tests.integration.verify.house import CONTENTS

GIVEN: Final = "every picture that was given with an order can be read"
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
    *everywhere(
        "a job that is done has exactly one final fact",
        """insert into {service}.outbox (id, subject, body) select gen_random_uuid(), o.subject, o.body
           from {service}.outbox o join {service}.jobs j on j.final_event = o.id where j.job_id = {succeeded}""",
    ),
    *everywhere(
        "a job ended as its worker said",
        """update {service}.outbox o set subject = 'job.failed'
           from {service}.jobs j where j.final_event = o.id and j.job_id = {succeeded}""",
    ),
    (
        "a job ended as its worker said",
        sql(
            """update edit.outbox o set subject = 'image.upscaled'
               from edit.jobs j where j.final_event = o.id and j.job_id = {succeeded}""",
            service="edit",
        ),
    ),
    *everywhere(
        "a job is worked on where it was ordered",
        """update gateway.jobs set service = case service when 'create' then 'edit' else 'create' end
           where job_id = {succeeded}""",
    ),
    (
        "a job is worked on where it was ordered",
        sql("insert into upscale.attempts select * from edit.attempts where job_id = {succeeded}", service="edit"),
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
    ("every bill of a vendor is of an attempt of ours", unknown_seed),
    ("every bill of a vendor is of an attempt of ours", unknown_model),
    ("every bill of a vendor is of an attempt of ours", seed_of_another_vendor),
    ("every bill of a vendor is of an attempt of ours", of_another_model),
    ("every bill of a vendor is of an attempt of ours", searched_in_spite_of_a_mask),
    ("every bill of a vendor is of an attempt of ours", inpainted_without_a_mask),
    ("every bill of a vendor is of an attempt of ours", billed_though_refused),
    ("every bill of a vendor is of an attempt of ours", nothing_of_the_model_may_be_billed),
    ("no attempt is billed twice", seed_billed_twice),
    ("no attempt is billed twice", mask_billed_twice),
    ("no attempt is billed twice", more_bills_than_attempts),
    ("no attempt is billed twice", more_pictures_billed_than_attempts),
    ("no attempt is billed twice", same_id_twice),
    *everywhere(
        "no attempt is left open when its job is over",
        "update {service}.attempts set state = 'submitting', picture = null where job_id = {succeeded}",
    ),
    ("every picture, thumbnail and stored attempt has its blob", blob_removed(CONTENTS[0])),
    *everywhere(
        "every picture, thumbnail and stored attempt has its blob",
        """update {service}.attempts set picture = jsonb_set(picture, '{blob,size}', '1') where job_id = {succeeded}""",
    ),
    *((GIVEN, blob_removed(content)) for content in CONTENTS[3:]),
    (
        GIVEN,
        sql(
            """update gateway.jobs set ask = ask || '{"references": [{"blob": {"sha256": "gone", "size": 1}}]}'
               where job_id = {open}""",
            service="edit",
        ),
    ),
    (
        GIVEN,
        sql(
            """update assets.events set data = jsonb_set(data, '{ask,source,blob,size}', '1')
               where subject = 'image.upscaled'"""
        ),
    ),
    (GIVEN, sql("""update gateway.sessions set origin = jsonb_set(origin, '{blob,size}', '1')""")),
    (
        "every picture, thumbnail and stored attempt has its blob",
        sql("update assets.assets set file_size = file_size + 1 where job_id = {succeeded}"),
    ),
    (
        "a picture's chain costs the picture and its parent's chain",
        sql("update assets.assets set chain_cost = cost where job_id = {succeeded}", service="upscale"),
    ),
    (
        "a picture's chain costs the picture and its parent's chain",
        sql("update assets.assets set chain_cost = chain_cost + 1 where job_id = {succeeded}"),
    ),
    ("an upload costs nothing and is of no job", sql("update assets.assets set cost = 1 where operation = 'upload'")),
    (
        "an upload costs nothing and is of no job",
        sql("update assets.assets set job_id = {succeeded} where operation = 'upload'", service="edit"),
    ),
    ("what a picture was made from is in the library", sql("delete from assets.assets where operation = 'upload'")),
    (
        "a picture's parent is the one that its fact tells of",
        sql("update assets.assets set parent_id = null where job_id = {succeeded}", service="edit"),
    ),
    (
        "a picture's parent is the one that its fact tells of",
        sql("update assets.assets set parent_id = asset_id where job_id = {succeeded}"),
    ),
    (
        "a picture's parent is the one that its fact tells of",
        sql(
            """update assets.events set data = jsonb_set(data, '{ask,source,uploaded}', 'false')
               where subject = 'image.edited'"""
        ),
    ),
    ("every blob beyond the grace has a row", blob_forgotten),
    ("every blob read has the hash in its key", blob_damaged),
    (
        "nothing waits in an outbox longer than 60 s",
        sql("update billing.outbox set sent_at = null"),
    ),
    *everywhere("nothing waits in an outbox longer than 60 s", "update {service}.outbox set sent_at = null"),
    *everywhere(
        "everything sent is archived",
        "delete from assets.events where subject like 'image.%' and data ->> 'job_id' = {succeeded}",
    ),
    *everywhere("everything archived in our name was said", "delete from {service}.outbox"),
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
    *everywhere(
        "everything about a job is of the job's workspace",
        "update {service}.attempts set workspace_id = gen_random_uuid() where job_id = {open}",
    ),
    *everywhere(
        "everything about a job is of the job's workspace",
        "update {service}.jobs set workspace_id = gen_random_uuid() where job_id = {open}",
    ),
    (
        "everything about a job is of the job's workspace",
        sql("update gateway.sessions set workspace_id = gen_random_uuid(), at_job = null"),
    ),
    (
        "everything about a job is of the job's workspace",
        sql(
            """update gateway.sessions s set at_job = (
                   select job_id from gateway.jobs j where j.workspace_id <> s.workspace_id limit 1)"""
        ),
    ),
    (
        "everything about a job is of the job's workspace",
        sql(
            """update gateway.jobs j set ask = ask || jsonb_build_object('previous_job', (
                   select job_id from gateway.jobs o where o.workspace_id <> j.workspace_id limit 1))
               where job_id = {open}""",
            service="edit",
        ),
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
    *everywhere(
        "no lease is 3 acknowledgement waits old",
        "update {service}.jobs set lease_until = now() - interval '91 s' where job_id = {open}",
    ),
    (
        "no job is open 60 s after its deadline",
        sql("update gateway.jobs set deadline = now() - interval '61 s' where job_id = {open}"),
    ),
    (
        "no reservation is open 60 s after its end",
        sql("update billing.reservations set expires_at = now() - interval '61 s' where job_id = {open}"),
    ),
    ("every stream and consumer is there", consumer_gone),
    ("every message of work has a reader", work_for_nobody),
    ("dead work is of jobs that are over", parked_alive),
)
