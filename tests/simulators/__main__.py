"""Every simulated vendor on one port: `python -m tests.simulators --port N --bills FOLDER`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from tests.simulators.kit.bill import MILLICREDITS_PER_CREDIT
from tests.simulators.kit.registry import names, simulated
from tests.simulators.kit.server import HOST, Announcing, listen
from tests.simulators.kit.simulator import configured
from tests.simulators.kit.vendor import Terms


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until told to stop; prints one line when it answers."""
    asked = _parser().parse_args(arguments)
    terms = Terms(asked.api_key, round(asked.credits * MILLICREDITS_PER_CREDIT), asked.requests_max)
    vendors = simulated(asked.only)
    sock = listen(asked.host, asked.port)
    ready = f"{', '.join(one.name for one in vendors)} simulated on http://{asked.host}:{sock.getsockname()[1]}"
    Announcing(configured(vendors, terms, asked.bills), ready).run([sock])


def _parser() -> argparse.ArgumentParser:
    usual = Terms()
    parser = argparse.ArgumentParser(prog="python -m tests.simulators", description=__doc__)
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--bills", type=Path, help="folder of the bills, <vendor>.jsonl each; without it, in memory")
    parser.add_argument("--only", nargs="+", default=(), choices=names(), help="these alone")
    parser.add_argument("--api-key", default=usual.api_key, help="of every account")
    parser.add_argument(
        "--credits",
        type=float,
        default=usual.millicredits / MILLICREDITS_PER_CREDIT,
        help="of 0.01 USD on every account when its bill is empty (%(default)s)",
    )
    parser.add_argument("--requests-max", type=int, help="in each vendor's own window, in place of its own figure")
    return parser


if __name__ == "__main__":
    main()
