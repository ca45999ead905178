"""Ways to break a house in order."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from typing import Final

import nats
from nats.aio.client import Client

from libs.common.contracts.studio import MAKERS
from scripts.verify import makers
from tests.integration.verify.house import KINDS, House

_KIND: Final = re.compile(r"\{(" + "|".join(KINDS) + r")\}")
Break = Callable[[House], Awaitable[None]]
SEEDED: Final = {"id": "stray", "vendor": "stability", "model": "stability-core"}
UNSEEDED: Final = {"id": "stray", "vendor": "wavespeed", "model": "ideogram-v3-turbo", "seed": None}
SEARCHED: Final = {"id": "stray", "vendor": "stability", "model": "stability-search-replace"}
INPAINTED: Final = {**SEARCHED, "model": "stability-inpaint"}


def sql(*statements: str, unguard: str | None = None, service: str = "create") -> Break:
    """Run the statements; «{succeeded}», «{open}», … stand for a job of that kind, and «{service}» for its schema."""

    async def run(house: House) -> None:
        if unguard is not None:
            await house.unguard(unguard)
        jobs = {kind: f"'{await house.job(kind, service)}'" for kind in KINDS}
        for statement in statements:
            await house.run(_KIND.sub(lambda found: jobs[found[1]], statement.replace("{service}", f'"{service}"')))

    return run


def everywhere(rule: str, statement: str) -> tuple[tuple[str, Break], ...]:
    """The same break at each service that makes pictures."""
    return tuple((rule, sql(statement, service=service)) for service in MAKERS)


async def unknown_seed(house: House) -> None:
    house.bill({**SEEDED, "seed": 999_999})


async def unknown_model(house: House) -> None:
    house.bill({**UNSEEDED, "model": "never-asked-for"})


async def seed_of_another_vendor(house: House) -> None:
    house.bill({**SEEDED, "vendor": "gemini", "seed": await _seed(house, "stored")})


async def of_another_model(house: House) -> None:
    house.bill({**SEEDED, "seed": await _seed(house, "stored", "upscale")})


async def searched_in_spite_of_a_mask(house: House) -> None:
    house.bill({**SEARCHED, "seed": await _seed(house, "stored", "edit")})


async def inpainted_without_a_mask(house: House) -> None:
    await house.run("update gateway.jobs set ask = ask - 'mask' where service = 'edit'")


async def mask_billed_twice(house: House) -> None:
    house.bill({**INPAINTED, "seed": await _seed(house, "stored", "edit")})


async def billed_though_refused(house: House) -> None:
    house.bill({**SEEDED, "seed": await _seed(house, "failed")})


async def nothing_of_the_model_may_be_billed(house: House) -> None:
    for service in ("create", "edit"):
        await house.run(
            f"""update "{service}".attempts set state = 'failed', picture = null, code = 'provider_broken'
            where provider = 'wavespeed'"""  # noqa: S608 -- constants
        )


async def seed_billed_twice(house: House) -> None:
    house.bill({**SEEDED, "seed": await _seed(house, "stored")})


async def more_bills_than_attempts(house: House) -> None:
    attempts = await house.owner.fetchval(
        f"select count(*) from {makers.ATTEMPTS} a where model = $1",  # noqa: S608 -- a constant
        UNSEEDED["model"],
    )
    house.bill(*[{**UNSEEDED, "id": str(number)} for number in range(attempts)])


async def more_pictures_billed_than_attempts(house: House) -> None:
    house.bill({**UNSEEDED, "pictures": 20})


async def same_id_twice(house: House) -> None:
    house.bill({**UNSEEDED, "id": "once"}, {**UNSEEDED, "id": "once"})


async def _seed(house: House, state: str, service: str = "create") -> int:
    seed: int = await house.owner.fetchval(
        f"""select seed from "{service}".attempts where provider = 'stability' and state = $1 limit 1""",  # noqa: S608
        state,
    )
    return seed


def blob_removed(content: bytes) -> Break:
    async def run(house: House) -> None:
        digest = hashlib.sha256(content).hexdigest()
        keys = house.keys()
        key = next(key for key in keys if key.endswith(digest))
        house.store.remove_object(bucket_name=house.places.s3.bucket, object_name=key)

    return run


async def blob_forgotten(house: House) -> None:
    house.put(f"blobs/{'0' * 8}-0000-7000-8000-{'0' * 12}/ab/ab{'0' * 62}", b"forgotten")


async def blob_damaged(house: House) -> None:
    house.put(house.keys()[0], b"other bytes")


async def _on_broker(house: House, act: Callable[[Client], Awaitable[object]]) -> None:
    connection = await nats.connect(house.places.nats_url)
    try:
        await act(connection)
    finally:
        await connection.close()


async def consumer_gone(house: House) -> None:
    await _on_broker(house, lambda client: client.jetstream().delete_consumer("EVENTS", "gateway"))


async def work_for_nobody(house: House) -> None:
    await _on_broker(house, lambda client: client.jetstream().publish("work.nobody", b"{}"))


async def parked_alive(house: House) -> None:
    body = json.dumps({"data": {"job_id": str(await house.job("open"))}}).encode()
    await _on_broker(house, lambda client: client.jetstream().publish("dead.work.create", body))
