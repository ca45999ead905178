"""python -m deploy.local run | up | down | status"""

import argparse
import sys

from deploy.local import commands
from deploy.local.settings import BadSetting, read


def main() -> int:
    """Carry out one command; the exit code says whether it worked."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description="The whole stack on this machine.")
    names = parser.add_subparsers(dest="command", required=True)
    run = names.add_parser("run", help="start everything and stay in the foreground")
    run.add_argument("--detached", action="store_true", help=argparse.SUPPRESS)
    names.add_parser("up", help="start everything in the background; return when it is ready")
    names.add_parser("down", help="stop what `up` or `run` started")
    names.add_parser("status", help="what runs, and whether it is ready")
    arguments = parser.parse_args()
    try:
        settings = read()
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    match arguments.command:
        case "run":
            return commands.run(settings, detached=arguments.detached)
        case "up":
            return commands.up(settings)
        case "down":
            return commands.down(settings)
        case _:
            return commands.status(settings)


if __name__ == "__main__":
    sys.exit(main())
