"""Executes a command as an unprivileged user who may still walk through folders that only root may enter.

PostgreSQL refuses to run as root. Where the project lies below a folder closed to others (as /root is), the choice is
to open that folder to everybody or to leave the process one capability; this leaves the capability.
"""

import ctypes
import os
import sys
from typing import Final

CAP_DAC_OVERRIDE: Final = 1
CAP_DAC_READ_SEARCH: Final = 2
PR_SET_KEEPCAPS: Final = 8
PR_CAP_AMBIENT: Final = 47
PR_CAP_AMBIENT_RAISE: Final = 2
CAPABILITY_VERSION_3: Final = 0x2008_0522


def main(uid: int, gid: int, argv: list[str]) -> None:
    """Become the user and execute the command; never returns. Raises OSError where the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    _must(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    # Reading is all it takes; containers often hold only the wider capability.
    if not _keep(libc, CAP_DAC_READ_SEARCH) and not _keep(libc, CAP_DAC_OVERRIDE):
        raise PermissionError("neither CAP_DAC_READ_SEARCH nor CAP_DAC_OVERRIDE can be kept")
    os.execv(argv[0], argv)  # noqa: S606


def _keep(libc: ctypes.CDLL, capability: int) -> bool:
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bit = 1 << capability
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable; low then high words
    if libc.capset(header, data) != 0:
        return False
    return bool(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0)


def _must(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
