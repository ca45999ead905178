"""Stability: the picture comes in the answer, and so does every verdict."""

from typing import Final

from tests.e2e.vendors.ends import LATE_S, LONG_S, Endings, Fault, Sold
from tests.simulators.stability.behaviours import Behaviour as Stability

AT: Final = Endings(Sold("stability", "stability-core", price=3_000, cost=3_000))
ROWS: Final = (
    AT.made(Stability.OK),
    AT.made((Fault(Stability.SLOW, seconds=0.3),)),
    # refused before anything was made
    AT.refused(Stability.BAD_REQUEST),
    AT.refused(Stability.TOO_LARGE),
    AT.refused(Stability.LANGUAGE, "prompt_language"),
    AT.refused(Stability.MODERATED, "moderation_blocked"),
    AT.refused(Stability.PUBLIC_FIGURE, "public_figure"),
    AT.failed(Stability.UNAUTHORIZED, "provider_key"),
    AT.failed(Stability.PERMISSION_DENIED, "provider_key"),
    AT.failed(Stability.PAYMENT_REQUIRED, "provider_out_of_credit"),
    AT.failed(Stability.RATE_LIMITED, "provider_busy"),
    AT.failed(Stability.INTERNAL_ERROR),
    AT.failed(Stability.REDIRECT),
    # moderated afterwards
    AT.withheld(Stability.FILTERED),
    # no answer, or not the vendor's
    AT.unknown(Stability.BAD_GATEWAY, billed=False),
    AT.unknown(Stability.CUT_BEFORE, billed=False),
    AT.unknown((Fault(Stability.SLOW, seconds=LONG_S),), billed=False, hurried=True),
    AT.unknown((Fault(Stability.DELAYED_AND_BILLED, seconds=LATE_S),), billed=True, hurried=True),
    AT.unknown(Stability.CUT_AFTER, billed=True),
    AT.unknown(Stability.TRUNCATED, billed=True),
    # an answer without a picture
    AT.unknown(Stability.HTML_200, billed=True),
    AT.unknown(Stability.EMPTY_200, billed=True),
    AT.unknown(Stability.JSON_WRONG_SHAPE, billed=True),
    AT.unknown(Stability.WITHOUT_PIXELS, billed=True),
    AT.unknown(Stability.HTML_AS_PICTURE, billed=True),
    AT.unknown(Stability.WRONG_TYPE, billed=True),
    AT.unknown(Stability.OVERSIZE, billed=True),
)
