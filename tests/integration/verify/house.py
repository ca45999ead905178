"""A house in order, made by hand: databases, a bucket, a broker and bills that agree with one another."""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from minio import Minio

from deploy.local.object_store import client
from libs.common.bus.broker import connect
from libs.common.db.pool import Connection
from scripts.verify import makers
from scripts.verify.places import Places
from scripts.verify.prove import Verdict, prove
from scripts.verify.world import Options

SQL: Final = Path(__file__).with_name("house.sql")
CONTENTS: Final = (b"first picture", b"second picture", b"thumbnail", b"an upload", b"its mask", b"a background")
BILLED: Final = f"""
select 'bill ' || seed as id, provider as vendor, replace(model, 'search-replace', 'inpaint') as model, seed,
    1 as pictures
from {makers.ATTEMPTS} a where state = 'stored' and provider = 'stability'
union all
select 'bill ' || job_id, provider, model, null, count(*) from {makers.ATTEMPTS} a
where state = 'stored' and provider <> 'stability' group by job_id, provider, model
"""  # noqa: S608 -- constants
KINDS: Final = ("succeeded", "failed", "canceled", "expired", "open")
JOBS: Final = 30
"""Each service and each of two vendors once with every kind."""
AT_ONCE: Final = Options(blob_grace_s=-5.0)
"""Every blob is beyond the grace."""


@dataclass(frozen=True, slots=True)
class House:
    """A house and the keys to all its rooms."""

    owner: Connection
    places: Places
    store: Minio

    async def job(self, kind: str, service: str = "create") -> UUID:
        """A job that ended in this way, or an open one."""
        state = "running" if kind == "open" else kind
        job: UUID = await self.owner.fetchval(
            "select job_id from gateway.jobs where state = $1 and service = $2 order by job_id limit 1", state, service
        )
        return job

    async def broken(self) -> dict[str, Verdict]:
        """What is broken, by rule."""
        verdicts = await prove(self.places, AT_ONCE, recheck_s=0)
        return {one.check.rule: one for one in verdicts if one.found.total}

    async def run(self, *statements: str) -> None:
        """Change rows past every guard but the types of the columns."""
        await self.owner.execute("set session_replication_role = replica")
        for statement in statements:
            await self.owner.execute(statement)

    async def unguard(self, table: str) -> None:
        """Take every check and key off the table."""
        rows = await self.owner.fetch(
            "select conname from pg_constraint where conrelid = $1::text::regclass and contype in ('c', 'p', 'u')",
            table,
        )
        for row in rows:
            await self.owner.execute(f'alter table {table} drop constraint "{row["conname"]}" cascade')

    def bill(self, *lines: Mapping[str, str | int | None]) -> None:
        """Each line's vendor bills once more."""
        assert self.places.bills is not None
        for line in lines:
            with (self.places.bills / f"{line['vendor']}.jsonl").open("a") as bill:
                bill.write(json.dumps(line) + "\n")

    def put(self, key: str, data: bytes) -> None:
        """Write an object, whatever was there."""
        self.store.put_object(
            bucket_name=self.places.s3.bucket, object_name=key, data=io.BytesIO(data), length=len(data)
        )

    def keys(self) -> list[str]:
        """Every object."""
        found = self.store.list_objects(bucket_name=self.places.s3.bucket, recursive=True)
        return sorted(one.object_name for one in found if one.object_name is not None)


async def furnish(owner: Connection, places: Places, *, jobs: int = JOBS, kinds: Sequence[str] = KINDS) -> House:
    """Fill empty servers with jobs of these kinds, in turn."""
    house = House(owner, places, client(places.s3))
    digests = [hashlib.sha256(content).hexdigest() for content in CONTENTS]
    await owner.execute(_sql(jobs, kinds, digests))
    for row in await owner.fetch("select workspace_id::text as workspace from gateway.workspaces"):
        for digest, content in zip(digests, CONTENTS, strict=True):
            house.put(f"blobs/{row['workspace']}/{digest[:2]}/{digest}", content)
    house.bill(*[dict(row) for row in await owner.fetch(BILLED)])
    broker = await connect(places.nats_url, service="test")
    await broker.ensure_topology()
    await broker.client.close()
    return house


def _sql(jobs: int, kinds: Sequence[str], digests: Sequence[str]) -> str:
    values = {
        "{jobs}": str(jobs),
        "{kinds}": _array(kinds),
        "{digests}": _array(digests),
        "{sizes}": _array([str(len(content)) for content in CONTENTS]),
    }
    sql = SQL.read_text()
    for name, value in values.items():
        sql = sql.replace(name, value)
    return sql


def _array(words: Sequence[str]) -> str:
    return "'{" + ",".join(words) + "}'"
