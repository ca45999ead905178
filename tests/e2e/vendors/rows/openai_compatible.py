"""A server of the operator's own: it bills nothing, and a line on its bill says that it worked."""

from typing import Final

from tests.e2e.vendors.ends import LATE_S, LONG_S, Endings, Fault, Sold
from tests.simulators.openai_compatible.behaviours import Behaviour as OpenAI

AT: Final = Endings(Sold("openai_compatible", "self-hosted", price=0, cost=0))
ROWS: Final = (
    AT.made(OpenAI.OK),
    AT.made((Fault(OpenAI.SLOW, seconds=0.3),)),
    AT.made(OpenAI.URL),
    AT.made(OpenAI.RELATIVE_URL),
    AT.made(OpenAI.DATA_URL),
    AT.made(OpenAI.REDIRECTED_URL),
    AT.made(OpenAI.FEWER),
    AT.made(OpenAI.MORE),
    # refused before anything was made
    AT.refused(OpenAI.BAD_FIELD),
    AT.refused(OpenAI.DETAIL_TEXT),
    AT.refused(OpenAI.DETAIL_LIST),
    AT.refused(OpenAI.TOO_LARGE),
    AT.refused(OpenAI.MODERATED, "moderation_blocked"),
    AT.refused(OpenAI.CONTENT_POLICY, "moderation_blocked"),
    AT.failed(OpenAI.UNAUTHORIZED, "provider_key"),
    AT.failed(OpenAI.FORBIDDEN, "provider_key"),
    AT.failed(OpenAI.MODEL_NOT_FOUND, "model_gone"),
    AT.failed(OpenAI.NO_QUOTA, "provider_out_of_credit"),
    AT.failed(OpenAI.BILLING_LIMIT, "provider_out_of_credit"),
    AT.failed(OpenAI.RATE_LIMITED, "provider_busy"),
    AT.failed(OpenAI.RATE_LIMITED_BARE, "provider_busy"),
    AT.failed(OpenAI.NOT_READY, "provider_busy"),
    AT.failed(OpenAI.SERVER_ERROR),
    AT.failed(OpenAI.REDIRECT),
    # no answer, or not the server's
    AT.unknown(OpenAI.PLAIN_ERROR, billed=False),
    AT.unknown(OpenAI.BAD_GATEWAY, billed=False),
    AT.unknown(OpenAI.CUT_BEFORE, billed=False),
    AT.unknown((Fault(OpenAI.SLOW, seconds=LONG_S),), billed=False, hurried=True),
    AT.unknown((Fault(OpenAI.DELAYED_AND_BILLED, seconds=LATE_S),), billed=True, hurried=True),
    AT.unknown(OpenAI.CUT_AFTER, billed=True),
    AT.unknown(OpenAI.TRUNCATED, billed=True),
    # an answer without a picture
    AT.unknown(OpenAI.NO_PICTURES, billed=True),
    AT.unknown(OpenAI.FIRST_SPOILT, billed=True),
    AT.unknown(OpenAI.LAST_SPOILT, billed=True),
    AT.unknown(OpenAI.HTML_200, billed=True),
    AT.unknown(OpenAI.EMPTY_200, billed=True),
    AT.unknown(OpenAI.BROKEN_JSON, billed=True),
    AT.unknown(OpenAI.JSON_WRONG_SHAPE, billed=True),
    AT.unknown(OpenAI.NEITHER, billed=True),
    AT.unknown(OpenAI.NOT_BASE64, billed=True),
    AT.unknown(OpenAI.HTML_AS_PICTURE, billed=True),
    AT.unknown(OpenAI.WITHOUT_PIXELS, billed=True),
    AT.unknown(OpenAI.OVERSIZE, billed=True),
    # a link that leads nowhere, or where we do not go
    AT.unknown(OpenAI.URL_GONE, billed=True),
    AT.unknown(OpenAI.URL_PRIVATE, billed=True),
    AT.unknown(OpenAI.URL_REDIRECT_PRIVATE, billed=True),
    AT.unknown(OpenAI.URL_FILE, billed=True),
    AT.unknown(OpenAI.URL_MALFORMED, billed=True),
    AT.unknown(OpenAI.URL_NOT_ASCII, billed=True),
    AT.unknown(OpenAI.URL_HTML, billed=True),
    AT.unknown(OpenAI.URL_OVERSIZE, billed=True),
)
