"""Hugging Face: several hosts behind one router, with pictures in the answer, behind a link, or as a task."""

from typing import Final

from tests.e2e.vendors.ends import LATE_S, LONG_S, Endings, Fault, Sold
from tests.simulators.huggingface.behaviours import DOWNLOAD, MAPPING, POLL
from tests.simulators.huggingface.behaviours import Behaviour as HuggingFace

AT: Final = Endings(Sold("huggingface", "black-forest-labs/FLUX.1-dev", price=3_000, cost=2_500))
REPLICATE, TOGETHER, COLD = "replicate", "together", "hf-inference"
"""Hosts behind the router, other than the first that it offers."""
ROWS: Final = (
    AT.made(HuggingFace.OK),
    AT.made((Fault(HuggingFace.SLOW, seconds=0.3),)),
    # refused before anything was made
    AT.refused(HuggingFace.BAD_REQUEST),
    AT.refused(HuggingFace.UNPROCESSABLE),
    AT.refused(HuggingFace.TOO_LARGE),
    AT.refused(HuggingFace.MODERATED, "moderation_blocked"),
    AT.failed(HuggingFace.UNAUTHORIZED, "provider_key"),
    AT.failed(HuggingFace.NO_PERMISSION, "provider_key"),
    AT.failed(HuggingFace.GATED),
    AT.failed(HuggingFace.HOST_UNPAID, "provider_out_of_credit"),
    AT.failed(HuggingFace.MONTHLY_CREDITS, "provider_out_of_credit"),
    AT.failed(HuggingFace.NOT_PAY_AS_YOU_GO, "provider_out_of_credit"),
    AT.failed(HuggingFace.NO_ROUTE),
    AT.failed(HuggingFace.NOT_SUPPORTED),
    AT.failed(HuggingFace.RATE_LIMITED, "provider_busy"),
    AT.failed(HuggingFace.RATE_LIMITED_RETRY_AFTER, "provider_busy"),
    AT.failed(HuggingFace.LOADING_LONG, "provider_busy"),
    AT.failed(HuggingFace.UNAVAILABLE),
    AT.failed(HuggingFace.INTERNAL_ERROR),
    AT.failed(HuggingFace.REDIRECT),
    # moderated afterwards
    AT.withheld(HuggingFace.NSFW),
    AT.withheld(HuggingFace.BLACK),
    # no answer, or not the vendor's
    AT.unknown(HuggingFace.BAD_GATEWAY, billed=False),
    AT.unknown(HuggingFace.GATEWAY_TIMEOUT, billed=False),
    AT.unknown(HuggingFace.CUT_BEFORE, billed=False),
    AT.unknown((Fault(HuggingFace.SLOW, seconds=LONG_S),), billed=False, hurried=True),
    AT.unknown((Fault(HuggingFace.DELAYED_AND_BILLED, seconds=LATE_S),), billed=True, hurried=True),
    AT.unknown(HuggingFace.CUT_AFTER, billed=True),
    AT.unknown(HuggingFace.TRUNCATED, billed=True),
    # an answer without a picture, or with one that nobody should open
    AT.unknown(HuggingFace.HTML_200, billed=True),
    AT.unknown(HuggingFace.EMPTY_200, billed=True),
    AT.unknown(HuggingFace.JSON_WRONG_SHAPE, billed=True),
    AT.unknown(HuggingFace.NO_IMAGES, billed=True),
    AT.unknown(HuggingFace.WITHOUT_PIXELS, billed=True),
    AT.unknown(HuggingFace.HUGE_PIXELS, billed=True),
    AT.unknown(HuggingFace.HALF_A_PICTURE, billed=True),
    AT.unknown(HuggingFace.OVERSIZE, billed=True),
    # a link that leads nowhere, or where we do not go
    AT.unknown(HuggingFace.LINK_TO_ADDRESS, billed=True),
    AT.unknown(HuggingFace.LINK_TO_NOWHERE, billed=True),
    *(
        AT.unknown((Fault(one, DOWNLOAD, times=10),), billed=True, alone=True)
        for one in HuggingFace
        if one.value.startswith("result_")
    ),
    AT.made((Fault(HuggingFace.RESULT_UNAVAILABLE, DOWNLOAD),), alone=True),
    # the hub's list of hosts is only a hint
    *(
        AT.made((Fault(one, MAPPING, seconds=0.3),), alone=True)
        for one in (
            HuggingFace.MAPPING_AS_OBJECT,
            HuggingFace.MAPPING_REVERSED,
            HuggingFace.MAPPING_DOWN,
            HuggingFace.MAPPING_HTML,
            HuggingFace.MAPPING_CUT,
            HuggingFace.MAPPING_SLOW,
        )
    ),
    AT.failed((Fault(HuggingFace.MAPPING_NONE_LIVE, MAPPING),), alone=True),
    # another host: a task with a name
    AT.made((Fault(HuggingFace.OK),), setup=REPLICATE),
    AT.made((Fault(HuggingFace.PREDICTION_LATE),), setup=REPLICATE),
    AT.failed((Fault(HuggingFace.PREDICTION_FAILED),), setup=REPLICATE),
    AT.failed((Fault(HuggingFace.PREDICTION_CANCELED),), setup=REPLICATE),
    AT.refused((Fault(HuggingFace.PREDICTION_NSFW),), "moderation_blocked", setup=REPLICATE),
    AT.unknown((Fault(HuggingFace.PREDICTION_ODD_NAME),), billed=True, setup=REPLICATE),
    AT.unknown((Fault(HuggingFace.PREDICTION_STUCK),), billed=True, hurried=True, setup=REPLICATE),
    *(
        AT.made((Fault(HuggingFace.PREDICTION_LATE), Fault(one, POLL)), alone=True, setup=REPLICATE)
        for one in (HuggingFace.POLL_UNAVAILABLE, HuggingFace.POLL_CUT, HuggingFace.POLL_HTML)
    ),
    AT.unknown(
        (Fault(HuggingFace.PREDICTION_LATE), Fault(HuggingFace.POLL_GONE, POLL, times=9)),
        billed=True,
        alone=True,
        setup=REPLICATE,
    ),
    # another one: the picture in the answer itself
    AT.made((Fault(HuggingFace.OK),), setup=TOGETHER),
    AT.unknown((Fault(HuggingFace.NOT_BASE64),), billed=True, setup=TOGETHER),
    # and one that may have to load the model first
    AT.made((Fault(HuggingFace.OK),), setup=COLD),
    AT.failed((Fault(HuggingFace.LOADING),), "provider_busy", setup=COLD),
)
