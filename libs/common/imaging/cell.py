"""The process behind the door: started once without a secret in it, it forks a short-lived child for every file.

A child is limited before it looks at a byte, and killed when the door hangs up. Run by `door.py`:
`python -m libs.common.imaging.cell <number of the control socket> <bytes of memory> <seconds of CPU> <seconds>`.
"""

import contextlib
import fcntl
import gc
import os
import resource
import select
import signal
import socket
import sys
from typing import Final, NoReturn

from libs.common.imaging.opening import opened, prepare
from libs.common.imaging.orders import (
    FILES_MAX,
    HELLO,
    LINE_MAX_BYTES,
    MADE_MAX_BYTES,
    Bounds,
    Refused,
    Size,
    fit_of,
    line_of,
    order_of,
)

WITH_A_FILE: Final = 3
"""Descriptors that come with a request: the line to the door, the file to read, the file to write."""
_FIRST_FREE: Final = 3


def limit(bounds: Bounds) -> None:
    """From here on this process takes no more than one picture may."""
    for what, most in (
        (resource.RLIMIT_AS, bounds.memory_bytes),
        (resource.RLIMIT_NOFILE, FILES_MAX),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, MADE_MAX_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, bounds.cpu_s),
    ):
        resource.setrlimit(what, (most, most))
    signal.alarm(bounds.wall_s)  # its default is the end, whatever the decoder is doing


def work(line: socket.socket, source_fd: int, target_fd: int) -> None:
    """Open one file and say what came of it. Runs in a child of its own."""
    line.sendall(HELLO)
    with line.makefile("rb") as told, open(source_fd, "rb") as source, open(target_fd, "wb") as target:
        order = order_of(told.readline(LINE_MAX_BYTES))

        def ask_fit(width: int, height: int) -> tuple[int, int] | None:
            line.sendall(line_of(Size(width, height)))
            return fit_of(told.readline(LINE_MAX_BYTES))

        try:
            answer = opened(source, target, order, ask_fit)
        except MemoryError:
            answer = Refused("image_too_complex", "the picture takes too much memory to be opened", 422)
    line.sendall(line_of(answer))


def serve(control: socket.socket, bounds: Bounds) -> None:
    """Fork a child for every request until the door is gone; then kill those that are left."""
    wake = _wakes_on_ended_children()
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(wake, select.POLLIN)
    children: dict[int, int] = {}  # our copy of a child's line → the child
    try:
        while True:
            for fd, _ in poll.poll():
                if fd == control.fileno():
                    if not _begun(control, children, poll, bounds):
                        return
                elif fd == wake.fileno():
                    _drain(wake)
                elif fd in children:  # the door has hung up
                    poll.unregister(fd)
                    os.kill(children[fd], signal.SIGKILL)
            _reap(children, poll)
    finally:
        for pid in children.values():
            os.kill(pid, signal.SIGKILL)


def _wakes_on_ended_children() -> socket.socket:
    wake, ring = socket.socketpair()
    for end in (wake, ring):
        os.set_blocking(end.fileno(), False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ring.detach(), warn_on_full_buffer=False)
    return wake


def _drain(wake: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        while wake.recv(4096):
            pass


def _begun(control: socket.socket, children: dict[int, int], poll: select.poll, bounds: Bounds) -> bool:
    """Take one request. False when there will be none any more."""
    said, fds, _, _ = socket.recv_fds(control, 1, WITH_A_FILE)
    if not said:
        return False
    if len(fds) == WITH_A_FILE:
        with contextlib.suppress(OSError):  # no process to be had: the door sees its line end before a word
            pid = os.fork()
            if pid == 0:
                _child(fds, bounds)
            line = fds.pop(0)
            children[line] = pid
            poll.register(line, 0)
    for fd in fds:
        os.close(fd)
    return True


def _child(fds: list[int], bounds: Bounds) -> NoReturn:
    """Everything of this process; never returns into the loop that it was forked from."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        kept = _only(fds)
        limit(bounds)
        with socket.socket(fileno=kept[0]) as line:
            work(line, kept[1], kept[2])
        os._exit(0)
    finally:
        os._exit(1)


def _only(fds: list[int]) -> list[int]:
    """These descriptors by low numbers, and no other: not the lines of other children."""
    nothing = os.open(os.devnull, os.O_RDWR)
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD, _FIRST_FREE + WITH_A_FILE) for fd in fds]
    for standard in range(_FIRST_FREE):
        os.dup2(nothing, standard)
    kept = [os.dup2(fd, _FIRST_FREE + place) for place, fd in enumerate(high)]
    os.closerange(_FIRST_FREE + len(kept), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return kept


def _reap(children: dict[int, int], poll: select.poll) -> None:
    while children:
        pid, _ = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        for line in [line for line, child in children.items() if child == pid]:
            del children[line]
            with contextlib.suppress(KeyError):
                poll.unregister(line)
            os.close(line)  # only now does the door see the end: the child's memory is free


def main() -> None:
    """Serve the control socket that the door gave."""
    prepare()
    gc.freeze()  # what was read so far stays shared with the children
    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control, Bounds(*(int(text) for text in sys.argv[2:])))


if __name__ == "__main__":
    main()
