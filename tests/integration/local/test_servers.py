"""The servers that tests and the stack share: real, empty, and each test's own."""

import io

import asyncpg
import nats
import pytest

from deploy.local.object_store import client
from deploy.local.settings import S3, BadSetting, read
from tests.support.servers import Broker


@pytest.mark.parametrize("again", [1, 2])
async def test_each_test_gets_an_empty_database_with_a_role_per_service(databases: dict[str, str], again: int) -> None:
    roles = set()
    for service, dsn in databases.items():
        connection = await asyncpg.connect(dsn)
        roles.add(await connection.fetchval("select current_user"))
        if service == "gateway":
            assert await connection.fetchval("select count(*) from pg_database where datname = current_database()") == 1
        await connection.close()
    assert len(roles) == len(databases)


async def test_a_broker_keeps_its_streams_over_a_kill(broker: Broker) -> None:
    connection = await nats.connect(broker.url)
    await connection.jetstream().add_stream(name="S", subjects=["s.>"])
    await connection.jetstream().publish("s.one", b"1")
    await connection.close()
    broker.kill()
    await broker.start()
    connection = await nats.connect(broker.url)
    assert (await connection.jetstream().stream_info("S")).state.messages == 1
    await connection.close()


@pytest.mark.parametrize("again", [1, 2])
def test_each_test_gets_an_empty_bucket(s3: S3, again: int) -> None:
    store = client(s3)
    assert list(store.list_objects(bucket_name=s3.bucket, recursive=True)) == []
    store.put_object(bucket_name=s3.bucket, object_name="x", data=io.BytesIO(b"12"), length=2)
    assert store.get_object(bucket_name=s3.bucket, object_name="x").read() == b"12"


def test_half_given_settings_are_refused_with_the_name_of_what_is_missing() -> None:
    with pytest.raises(BadSetting, match="STUDIO_S3_ACCESS_KEY and STUDIO_S3_SECRET_KEY"):
        read({"STUDIO_S3_ENDPOINT": "http://127.0.0.1:1"})
    with pytest.raises(BadSetting, match="STUDIO_PORT=80a"):
        read({"STUDIO_PORT": "80a"})
    with pytest.raises(BadSetting, match="VENDORS=real"):
        read({"VENDORS": "real"})


@pytest.mark.parametrize("again", [1, 2])
async def test_each_test_gets_an_empty_broker(nats_url: str, again: int) -> None:
    connection = await nats.connect(nats_url)
    assert await connection.jetstream().streams_info() == []
    await connection.jetstream().add_stream(name="S", subjects=["s.>"])
    await connection.close()
