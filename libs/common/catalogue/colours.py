"""Colours as a customer may write them: by their digits, by their name in CSS, or by an everyday name."""

from typing import Final

from libs.common.prompting.colours import NAMES, hex_of

_CSS: Final = """
aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood
cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod
darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon
darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray
dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green
greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon
lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon
lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen
magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue
mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy
oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip
peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown
seagreen seashell sienna silver skyblue slateblue slategray slategrey snow springgreen steelblue tan teal
thistle tomato turquoise violet wheat white whitesmoke yellow yellowgreen
"""
CSS_NAMES: Final = frozenset(_CSS.split())
"""The 148 named colours of CSS Color Module Level 4."""


UNKNOWN: Final = "«{text}» is no colour here: write #rrggbb, or a colour's name in CSS such as teal."
"""What is said of any other text."""


def known(text: str) -> str | None:
    """The colour as it is kept, `#rrggbb` or a name in lower case; None for what is neither a colour nor its name."""
    name = " ".join(text.split()).casefold()
    return hex_of(text) or (name if name in CSS_NAMES or name in NAMES else None)
