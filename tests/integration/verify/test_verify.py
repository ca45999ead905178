"""The checks pass on a house in order, and each of them finds what it is for."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import nats
import pytest

from deploy.local.settings import ROOT
from scripts.verify.found import Found, Row
from scripts.verify.prove import prove
from scripts.verify.table import CHECKS, INVARIANTS
from scripts.verify.world import Check, World
from tests.integration.verify.acts import Break
from tests.integration.verify.breaks import BREAKS
from tests.integration.verify.house import AT_ONCE, House


async def test_a_house_in_order_passes(house: House) -> None:
    assert await house.broken() == {}


@pytest.mark.parametrize(("rule", "break_it"), BREAKS, ids=[f"{n}: {rule}" for n, (rule, _) in enumerate(BREAKS)])
async def test_a_broken_rule_is_found(house: House, rule: str, break_it: Break) -> None:
    await break_it(house)

    broken = await house.broken()

    assert rule in broken
    assert all(row.what for row in broken[rule].found.rows)


def test_every_rule_is_proven_to_fail_and_every_invariant_has_a_rule() -> None:
    assert {check.rule for check in CHECKS} == {rule for rule, _ in BREAKS}
    assert {check.invariant for check in CHECKS} == set(INVARIANTS)


async def test_what_is_wrong_only_once_is_work_in_flight(house: House) -> None:
    looks = 0

    async def find(_: World) -> Found:
        nonlocal looks
        looks += 1
        passing = [Row((("job", "passing"),), "only now")] if looks == 1 else []
        return Found.of([*passing, Row((("job", "stays"),), f"look {looks}")])

    (verdict,) = await prove(house.places, AT_ONCE, checks=[Check("I1", "a rule", find)], recheck_s=0)

    assert verdict.found == Found.of([Row((("job", "stays"),), "look 2")])


async def test_dead_work_that_nobody_waits_for_is_no_fault(house: House) -> None:
    over = json.dumps({"data": {"job_id": str(await house.job("failed"))}})
    connection = await nats.connect(house.places.nats_url)
    for body in (b"not json", b'{"data": {"job_id": "unknown"}}', over.encode()):
        await connection.jetstream().publish("dead.work.create", body)
    await connection.close()

    assert await house.broken() == {}


async def test_looking_changes_nothing(house: House) -> None:
    found = await house.owner.fetch(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables "
        "where schemaname in ('gateway', 'billing', 'create', 'edit', 'upscale', 'assets') order by 1"
    )
    tables = [row["name"] for row in found]

    async def contents() -> list[object]:
        return [
            await house.owner.fetchval(f"select md5(string_agg(t::text, '|' order by t::text)) from {table} t")  # noqa: S608
            for table in tables
        ]

    before = [await contents(), house.keys()]
    await house.broken()

    assert [await contents(), house.keys()] == before


def _run(house: House, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    s3 = house.places.s3
    env: Mapping[str, str] = {
        "PATH": os.defpath,
        "STUDIO_POSTGRES_DSN": house.places.postgres_dsn,
        "STUDIO_NATS_URL": house.places.nats_url,
        "STUDIO_S3_ENDPOINT": s3.endpoint,
        "STUDIO_S3_ACCESS_KEY": s3.access_key,
        "STUDIO_S3_SECRET_KEY": s3.secret_key,
        "STUDIO_S3_BUCKET": s3.bucket,
        **changed,
    }
    command = [sys.executable, "-m", "scripts.verify", "--bills", str(house.places.bills), *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


async def test_the_command_says_ok_then_names_what_broke(house: House) -> None:
    fine = _run(house)
    assert (fine.returncode, fine.stderr) == (0, "")
    assert [line.split()[:2] for line in fine.stdout.splitlines()[:-1]] == [[name, "ok"] for name in INVARIANTS]

    await house.run("delete from assets.events where subject = 'asset.archived'")
    broken = _run(house, "--json")
    assert broken.returncode == 1
    told = json.loads(broken.stdout)
    assert [one["name"] for one in told["invariants"] if one["broken"]] == ["I8"]


async def test_a_server_that_is_away_is_not_a_broken_invariant(house: House) -> None:
    for name, value in (
        ("STUDIO_POSTGRES_DSN", "postgresql://studio:x@127.0.0.1:9/studio"),
        ("STUDIO_NATS_URL", "nats://127.0.0.1:9"),
        ("STUDIO_S3_ENDPOINT", "http://127.0.0.1:9"),
        ("STUDIO_S3_BUCKET", "no-such-bucket"),
    ):
        ended = _run(house, **{name: value})
        assert ended.returncode == 2, ended.stdout + ended.stderr
        assert ended.stderr.startswith("Cannot look: ")
        assert "Traceback" not in ended.stderr


def test_without_a_stack_it_says_how_to_start_one(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.verify"],
        cwd=ROOT,
        env={"PATH": os.defpath, "STUDIO_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "make up" in ended.stderr
