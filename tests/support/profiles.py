"""Colour profiles for tests, written out: three primaries and one power law (ICC.1:2022)."""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

P3_TO_XYZ: Final = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])
"""Display P3 to XYZ adapted to D50, as in Apple's profile of that name."""
SRGB_TO_XYZ: Final = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
"""sRGB to XYZ adapted to D50, as in the profile of the ICC."""
GAMMA: Final = 2.2
D50: Final = (0.9642, 1.0, 0.8249)


def profile(to_xyz: NDArray[np.float64], name: str) -> bytes:
    """An ICC profile of version 4 for a display with these primaries and a power of 2.2."""
    tags = {
        b"desc": _text(name), b"cprt": _text("none"), b"wtpt": _xyz(*D50),
        b"rXYZ": _xyz(*to_xyz[:, 0]), b"gXYZ": _xyz(*to_xyz[:, 1]), b"bXYZ": _xyz(*to_xyz[:, 2]),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), b"curv" + struct.pack(">IIHH", 0, 1, int(GAMMA * 256), 0)),
    }  # fmt: skip
    return _file(b"RGB ", tags)


def _file(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for kind, data in tags.items():
        table += kind + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s12s4s4sI4s4s8sI3i", at + len(body), b"", 0x04400000, b"mntr", space, b"XYZ ", bytes(12),
        b"acsp", b"", 0, b"", b"", bytes(8), 0, *(round(value * 65536) for value in D50),
    )  # fmt: skip
    return head.ljust(128, b"\0") + table + body


def grey_profile(gamma: float) -> bytes:
    """An ICC profile of version 4 for grey with this power."""
    curve = b"curv" + struct.pack(">IIHH", 0, 1, int(gamma * 256), 0)
    return _file(b"GRAY", {b"desc": _text("Grey"), b"cprt": _text("none"), b"wtpt": _xyz(*D50), b"kTRC": curve})


def seen_as_srgb(colour: NDArray[np.float64], to_xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sRGB values (0 to 255) of a colour of such a display (0 to 255), by the formulae alone."""
    linear = np.linalg.inv(SRGB_TO_XYZ) @ to_xyz @ (colour / 255) ** (int(GAMMA * 256) / 256)
    linear = linear.clip(0, 1)
    curved = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(curved * 255)


def _xyz(*values: float) -> bytes:
    return b"XYZ " + struct.pack(">I3i", 0, *(round(value * 65536) for value in values))


def _text(text: str) -> bytes:
    raw = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">III2s2sII", 0, 1, 12, b"en", b"US", len(raw), 28) + raw
