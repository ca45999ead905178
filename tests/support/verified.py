"""What `make verify` says of a house that a test has lived in."""

import subprocess
import sys
from typing import Final
from urllib.parse import urlsplit

from deploy.local.settings import ROOT
from tests.support.house import House
from tests.support.servers import on_database

VERIFY_MAX_S: Final = 60.0


def verified(house: House) -> "subprocess.CompletedProcess[str]":
    """The verifier's verdict on everything in the house, the vendors' bills included. Blocks until it is there."""
    env = {
        "STUDIO_POSTGRES_DSN": on_database(
            house.run.servers.postgres_dsn, urlsplit(house.dsns["gateway"]).path.strip("/")
        ),
        "STUDIO_NATS_URL": house.broker.url,
        "STUDIO_S3_ENDPOINT": house.s3.endpoint,
        "STUDIO_S3_ACCESS_KEY": house.s3.access_key,
        "STUDIO_S3_SECRET_KEY": house.s3.secret_key,
        "STUDIO_S3_BUCKET": house.s3.bucket,
        "STUDIO_S3_REGION": house.s3.region,
    }
    program = [sys.executable, "-m", "scripts.verify", "--bills", str(house.bills)]
    return subprocess.run(program, cwd=ROOT, env=env, capture_output=True, text=True, timeout=VERIFY_MAX_S, check=False)
