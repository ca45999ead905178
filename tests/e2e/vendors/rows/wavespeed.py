"""WaveSpeed: tasks with a name, which the vendor's own call tells when the answer was lost; failed ones are free."""

from typing import Final

from tests.e2e.vendors.ends import LATE_S, LONG_S, Endings, Fault, Sold
from tests.simulators.wavespeed.behaviours import DOWNLOAD, POLL, WEBHOOK
from tests.simulators.wavespeed.behaviours import Behaviour as WaveSpeed

AT: Final = Endings(Sold("wavespeed", "qwen-image", price=2_000, cost=2_000))
_UNCALLED: Final = Fault(WaveSpeed.WEBHOOK_MISSING, WEBHOOK)
_NAME_LOST: Final = (
    WaveSpeed.GATEWAY_TIMEOUT,
    WaveSpeed.CUT_AFTER,
    WaveSpeed.TRUNCATED,
    WaveSpeed.HTML_200,
    WaveSpeed.EMPTY_200,
    WaveSpeed.JSON_WRONG_SHAPE,
    WaveSpeed.WITHOUT_ID,
    WaveSpeed.ODD_ID,
    WaveSpeed.OVERSIZE,
)
_FAILED_TASK: Final = (
    WaveSpeed.FAILED,
    WaveSpeed.FAILED_1402,
    WaveSpeed.FAILED_1403,
    WaveSpeed.FAILED_1405,
    WaveSpeed.FAILED_1406,
    WaveSpeed.FAILED_1407,
    WaveSpeed.FAILED_5000,
    WaveSpeed.FAILED_5003,
    WaveSpeed.CANCELLED,
    WaveSpeed.TIMED_OUT,
    WaveSpeed.DELETED,
)
_ODD_POLL: Final = (
    WaveSpeed.STILL_PROCESSING,
    WaveSpeed.OTHER_TASK,
    WaveSpeed.RATE_LIMITED,
    WaveSpeed.INTERNAL_ERROR,
    WaveSpeed.BAD_GATEWAY,
    WaveSpeed.NOT_FOUND,
    WaveSpeed.UNAUTHORIZED,
    WaveSpeed.CUT_BEFORE,
    WaveSpeed.TRUNCATED,
    WaveSpeed.HTML_200,
    WaveSpeed.EMPTY_200,
    WaveSpeed.JSON_WRONG_SHAPE,
    WaveSpeed.REDIRECT,
)
_ODD_DOWNLOAD: Final = (
    WaveSpeed.RATE_LIMITED,
    WaveSpeed.INTERNAL_ERROR,
    WaveSpeed.BAD_GATEWAY,
    WaveSpeed.CUT_BEFORE,
    WaveSpeed.TRUNCATED,
    WaveSpeed.HTML_200,
    WaveSpeed.EMPTY_200,
)
_ODD_CALL: Final = (
    WaveSpeed.WEBHOOK_TWICE,
    WaveSpeed.WEBHOOK_MISSING,
    WaveSpeed.WEBHOOK_FORGED,
    WaveSpeed.WEBHOOK_OLD,
    WaveSpeed.WEBHOOK_ALTERED,
)
ROWS: Final = (
    AT.made(WaveSpeed.OK),
    AT.made((Fault(WaveSpeed.SLOW, seconds=0.3),)),
    AT.made((Fault(WaveSpeed.DELAYED_AND_BILLED, seconds=0.3),)),
    AT.made((Fault(WaveSpeed.LONG, seconds=0.5),)),
    # refused on submit: no task was begun
    AT.refused(WaveSpeed.BAD_REQUEST),
    AT.refused(WaveSpeed.UNPROCESSABLE),
    AT.refused(WaveSpeed.TOO_LARGE),
    AT.refused(WaveSpeed.REFUSED_IN_200),
    AT.refused(WaveSpeed.MODERATED_IN_200, "moderation_blocked"),
    AT.failed(WaveSpeed.UNAUTHORIZED, "provider_key"),
    AT.failed(WaveSpeed.PAYMENT_REQUIRED, "provider_out_of_credit"),
    AT.failed(WaveSpeed.INSUFFICIENT_BALANCE, "provider_out_of_credit"),
    AT.failed(WaveSpeed.NO_CREDIT_IN_200, "provider_out_of_credit"),
    AT.failed(WaveSpeed.NOT_FOUND),
    AT.failed(WaveSpeed.REDIRECT),
    AT.failed(WaveSpeed.RATE_LIMITED, "provider_busy"),
    AT.failed(WaveSpeed.RATE_LIMITED_IN_200, "provider_busy"),
    # nobody knows whether a task was begun, and no call comes
    AT.unknown(WaveSpeed.BROKEN_IN_200, billed=False),
    AT.unknown(WaveSpeed.INTERNAL_ERROR, billed=False),
    AT.unknown(WaveSpeed.BAD_GATEWAY, billed=False),
    AT.unknown(WaveSpeed.CUT_BEFORE, billed=False),
    AT.unknown((Fault(WaveSpeed.SLOW, seconds=LONG_S),), billed=False, hurried=True),
    # the task's name was lost on its way: the vendor's own call tells it
    *(AT.made(one) for one in _NAME_LOST),
    AT.made((Fault(WaveSpeed.CUT_AFTER), Fault(WaveSpeed.WEBHOOK_TWICE, WEBHOOK)), alone=True),
    # nor does the call come, or it is none that can be trusted
    *(
        AT.unknown((Fault(one), _UNCALLED), billed=True, alone=True)
        for one in (WaveSpeed.CUT_AFTER, WaveSpeed.HTML_200)
    ),
    AT.unknown((Fault(WaveSpeed.CUT_AFTER), Fault(WaveSpeed.WEBHOOK_FORGED, WEBHOOK)), billed=True, alone=True),
    AT.unknown((Fault(WaveSpeed.CUT_AFTER), Fault(WaveSpeed.WEBHOOK_OLD, WEBHOOK)), billed=True, alone=True),
    AT.unknown((Fault(WaveSpeed.CUT_AFTER), Fault(WaveSpeed.WEBHOOK_ALTERED, WEBHOOK)), billed=True, alone=True),
    # the task has a name, and no end in time
    AT.unknown(WaveSpeed.FORGOTTEN, billed=True),
    AT.unknown(WaveSpeed.NEVER, billed=False, hurried=True),
    AT.unknown((Fault(WaveSpeed.LONG, seconds=LATE_S),), billed=True, hurried=True),
    # the task ended without a picture, which the vendor does not bill
    *(AT.failed(one) for one in _FAILED_TASK),
    AT.refused(WaveSpeed.FAILED_1400),
    AT.refused(WaveSpeed.FAILED_1401),
    AT.refused(WaveSpeed.FAILED_1200, "moderation_blocked"),
    AT.refused(WaveSpeed.FAILED_FLAGGED, "moderation_blocked"),
    # the task ended well, in other words or with more than was asked for
    AT.made(WaveSpeed.STRANGE_STATUS),
    AT.made(WaveSpeed.SYNC_TIMEOUT),
    AT.made(WaveSpeed.SUCCEEDED),
    AT.made(WaveSpeed.OUTPUT_OBJECTS),
    AT.made(WaveSpeed.TWO_OUTPUTS),
    AT.made(WaveSpeed.FIRST_FLAGGED),
    # and there is no picture to be had
    AT.withheld(WaveSpeed.FLAGGED),
    AT.unknown(WaveSpeed.NO_OUTPUTS, billed=True),
    AT.unknown(WaveSpeed.RESULT_GONE, billed=True),
    AT.unknown(WaveSpeed.RESULT_FORBIDDEN, billed=True),
    AT.unknown(WaveSpeed.RESULT_REDIRECT, billed=True),
    AT.unknown(WaveSpeed.RESULT_PRIVATE, billed=True),
    AT.unknown(WaveSpeed.RESULT_LETTERS, billed=True),
    AT.unknown(WaveSpeed.RESULT_BASE64, billed=True),
    AT.unknown(WaveSpeed.RESULT_OVERSIZE, billed=True),
    AT.unknown(WaveSpeed.RESULT_HUGE, billed=True),
    AT.unknown(WaveSpeed.RESULT_HTML, billed=True),
    AT.unknown(WaveSpeed.RESULT_EMPTY, billed=True),
    AT.unknown(WaveSpeed.RESULT_WITHOUT_PIXELS, billed=True),
    # a poll, a download or a call that goes wrong once costs nothing
    *(AT.made((Fault(one, POLL),), alone=True) for one in _ODD_POLL),
    *(AT.made((Fault(one, DOWNLOAD),), alone=True) for one in _ODD_DOWNLOAD),
    *(AT.made((Fault(one, WEBHOOK),), alone=True) for one in _ODD_CALL),
    AT.made((Fault(WaveSpeed.WEBHOOK_LATE, WEBHOOK, seconds=0.5),), alone=True),
)
