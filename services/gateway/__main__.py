"""Run the gateway: `python -m services.gateway`; make a workspace: `… create-workspace --name NAME [--credits N]`."""

import argparse
import asyncio
import json
import sys

import structlog

from libs.common import ids
from libs.common.bus.broker import connect
from libs.common.bus.rpc import ask
from libs.common.contracts.rpc import OPEN_ACCOUNT, OpenAccount
from libs.common.db.pool import open_pool
from libs.common.ids import WorkspaceId
from libs.common.money import MILLICREDITS_PER_CREDIT
from libs.common.runtime import run
from services.gateway import store
from services.gateway.domain import HINT_CHARS, KEY_PREFIX, mac_of, mint_key
from services.gateway.settings import GatewaySettings
from services.gateway.wiring import build


async def _create_workspace(
    settings: GatewaySettings, *, name: str, plan: str, credits: int | None, concurrency: int | None
) -> dict[str, str]:
    """A workspace with its account and one API key, which is shown this once."""
    workspace, key = WorkspaceId(ids.mint()), mint_key()
    broker = await connect(settings.nats_url, service="gateway-cli")
    try:
        grant = None if credits is None else credits * MILLICREDITS_PER_CREDIT
        account = await ask(
            broker, OPEN_ACCOUNT, OpenAccount(workspace_id=workspace, plan=plan, grant=grant), timeout_s=10
        )
    finally:
        await broker.client.close()
    async with (
        await open_pool(settings.postgres_dsn, service="gateway", size_max=2) as pool,
        pool.acquire() as connection,
        connection.transaction(),
    ):
        at_once = concurrency or account.concurrency
        await store.add_workspace(connection, workspace, name=name, plan=plan, concurrency=at_once)
        mac = mac_of(key, settings.secret.get_secret_value())
        hint = key[len(KEY_PREFIX) :][:HINT_CHARS]
        await store.add_key(connection, ids.mint(), workspace, mac=mac, hint=hint)
    return {"workspace_id": workspace, "api_key": key}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services.gateway", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    create = commands.add_parser("create-workspace", help="make a workspace and print its API key as JSON")
    create.add_argument("--name", required=True)
    create.add_argument("--plan", default="free")
    create.add_argument("--credits", type=int, help="instead of the plan's allowance")
    create.add_argument("--concurrency", type=int, help="jobs in work at once, instead of the plan's")
    return parser.parse_args()


if __name__ == "__main__":
    arguments = _arguments()
    if arguments.command == "create-workspace":
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
        made = asyncio.run(
            _create_workspace(
                GatewaySettings(),
                name=arguments.name,
                plan=arguments.plan,
                credits=arguments.credits,
                concurrency=arguments.concurrency,
            )
        )
        sys.stdout.write(json.dumps(made) + "\n")
    else:
        run("gateway", GatewaySettings(), build)
