"""Every bound of the HTTP shell, with its name and unit."""

from dataclasses import dataclass
from typing import Final

BODY_MAX_BYTES: Final = 64 * 1024 * 1024  # of any request; a route asks for less
BODY_TIMEOUT_S: Final = 30.0  # for a body that does not move
BODY_TIMEOUT_MAX_S: Final = 300.0  # for a body that moves
BODY_MIN_BYTES_PER_S: Final = 16 * 1024  # slower than this on the whole, and the timeout is not extended
HEADERS_TIMEOUT_S: Final = 10.0  # from the first byte of a request to the end of its headers
HEADERS_MAX: Final = 100  # lines
HEADERS_MAX_BYTES: Final = 32 * 1024  # names and values together
URL_MAX_BYTES: Final = 8 * 1024  # path and query, as sent
LINGER_S: Final = 5.0  # how long a refused sender may go on sending, so that it can read the answer
KEEP_ALIVE_S: Final = 75  # longer than the idle time of usual load balancers (60 s)
CONNECTIONS_MAX: Final = 2_048  # open connections or running requests of one process
GRACE_S: Final = 20  # for running requests when the process stops
REQUEST_ID_CHARS_MIN: Final = 8
REQUEST_ID_CHARS_MAX: Final = 64
IDEMPOTENCY_KEY_CHARS_MAX: Final = 255
QUERY_PARAMETERS_MAX: Final = 64  # in one URL
ERRORS_MAX: Final = 10  # field errors told in one answer
TRACE_FRAMES_MAX: Final = 20  # of each exception in a log line
PREFLIGHT_MAX_AGE_S: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds that differ between a service and a test of it."""

    body_max_bytes: int = BODY_MAX_BYTES
    body_timeout_s: float = BODY_TIMEOUT_S
    body_timeout_max_s: float = BODY_TIMEOUT_MAX_S
    body_min_bytes_per_s: int = BODY_MIN_BYTES_PER_S
    headers_timeout_s: float = HEADERS_TIMEOUT_S
    headers_max: int = HEADERS_MAX
    headers_max_bytes: int = HEADERS_MAX_BYTES
    url_max_bytes: int = URL_MAX_BYTES
    linger_s: float = LINGER_S
    keep_alive_s: int = KEEP_ALIVE_S
    connections_max: int = CONNECTIONS_MAX
    grace_s: int = GRACE_S
