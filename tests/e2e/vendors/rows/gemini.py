"""Gemini: verdicts come under a 200, and are not billed."""

from typing import Final

from tests.e2e.vendors.ends import LATE_S, LONG_S, Endings, Fault, Sold
from tests.simulators.gemini.behaviours import Behaviour as Gemini

AT: Final = Endings(Sold("gemini", "gemini-3.1-flash-lite-image", price=4_000, cost=3_360))
ROWS: Final = (
    AT.made(Gemini.OK),
    AT.made((Fault(Gemini.SLOW, seconds=0.3),)),
    AT.made(Gemini.PNG),
    AT.made(Gemini.SKETCHES),
    AT.made(Gemini.SEVERAL),
    AT.made(Gemini.URL_SAFE),
    AT.made(Gemini.OFF_RATIO),
    # refused before anything was made
    AT.refused(Gemini.INVALID_ARGUMENT),
    AT.refused(Gemini.TOO_LARGE),
    AT.refused(Gemini.BLOCK_SAFETY, "moderation_blocked"),
    AT.refused(Gemini.BLOCK_OTHER, "moderation_blocked"),
    AT.refused(Gemini.BLOCK_BLOCKLIST, "moderation_blocked"),
    AT.refused(Gemini.BLOCK_PROHIBITED, "moderation_blocked"),
    AT.refused(Gemini.BLOCK_IMAGE_SAFETY, "moderation_blocked"),
    AT.failed(Gemini.KEY_INVALID, "provider_key"),
    AT.failed(Gemini.PERMISSION_DENIED, "provider_key"),
    AT.failed(Gemini.FAILED_PRECONDITION, "provider_out_of_credit"),
    AT.failed(Gemini.PREPAID_USED_UP, "provider_out_of_credit"),
    AT.failed(Gemini.NO_QUOTA, "provider_out_of_credit"),
    AT.failed(Gemini.NOT_FOUND, "model_gone"),
    AT.failed(Gemini.RATE_LIMITED, "provider_busy"),
    AT.failed(Gemini.RATE_LIMITED_BARE, "provider_busy"),
    AT.failed(Gemini.DAILY_QUOTA, "provider_busy"),
    AT.failed(Gemini.INTERNAL),
    AT.failed(Gemini.UNAVAILABLE),
    AT.failed(Gemini.REDIRECT),
    # moderated afterwards, which this vendor does not bill
    AT.withheld(Gemini.FINISH_IMAGE_SAFETY, billed=False),
    AT.withheld(Gemini.FINISH_IMAGE_PROHIBITED, billed=False),
    AT.withheld(Gemini.FINISH_IMAGE_RECITATION, billed=False),
    AT.withheld(Gemini.FINISH_PROHIBITED, billed=False),
    AT.withheld(Gemini.FINISH_SAFETY, billed=False),
    AT.withheld(Gemini.FINISH_BLOCKLIST, billed=False),
    AT.withheld(Gemini.FINISH_SPII, billed=False),
    AT.withheld(Gemini.FINISH_RECITATION, billed=False),
    # no picture, and no verdict
    AT.failed(Gemini.FINISH_NO_IMAGE),
    AT.failed(Gemini.FINISH_IMAGE_OTHER),
    AT.failed(Gemini.FINISH_OTHER),
    AT.failed(Gemini.FINISH_MAX_TOKENS),
    AT.failed(Gemini.TEXT_ONLY),
    # no answer, or not the vendor's
    AT.unknown(Gemini.BAD_GATEWAY, billed=False),
    AT.unknown(Gemini.CUT_BEFORE, billed=False),
    AT.unknown((Fault(Gemini.SLOW, seconds=LONG_S),), billed=False, hurried=True),
    AT.unknown((Fault(Gemini.DELAYED_AND_BILLED, seconds=LATE_S),), billed=True, hurried=True),
    AT.unknown(Gemini.DEADLINE_EXCEEDED, billed=True),
    AT.unknown(Gemini.CUT_AFTER, billed=True),
    AT.unknown(Gemini.TRUNCATED, billed=True),
    # an answer without a picture
    AT.unknown(Gemini.SKETCHES_ONLY, billed=True),
    AT.unknown(Gemini.NEW_FINISH, billed=True),
    AT.unknown(Gemini.HTML_200, billed=True),
    AT.unknown(Gemini.EMPTY_200, billed=True),
    AT.unknown(Gemini.BROKEN_JSON, billed=True),
    AT.unknown(Gemini.JSON_WRONG_SHAPE, billed=True),
    AT.unknown(Gemini.NO_CANDIDATES, billed=True),
    AT.unknown(Gemini.NOT_BASE64, billed=True),
    AT.unknown(Gemini.HTML_AS_PICTURE, billed=True),
    AT.unknown(Gemini.WITHOUT_PIXELS, billed=True),
    AT.unknown(Gemini.OVERSIZE, billed=True),
)
