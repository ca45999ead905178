"""Aspect ratios as vendors write them, «16:9»: the nearest one to a picture's sides."""

import math
from collections.abc import Iterable


def nearest_ratio(ratios: Iterable[str], width_px: int, height_px: int) -> str:
    """The one of the allowed aspect ratios nearest to width:height by the distance of logarithms."""
    wanted = math.log(width_px / height_px)
    return min(ratios, key=lambda ratio: abs(log_ratio(ratio) - wanted))


def log_ratio(ratio: str) -> float:
    """The logarithm of «across:down»: equal steps of it look equally far apart."""
    across, down = ratio.split(":")
    return math.log(int(across) / int(down))
