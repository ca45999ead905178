"""Which pixels are the subject: a rough cut of a reduced picture into subject and background.

Saliency and faces give the first guess, graph cuts over colour mixtures (Rother, Kolmogorov and Blake, «GrabCut», 2004)
make it follow the edges.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.imaging.faces import Box
from libs.common.imaging.saliency import Attention, attention, reduced
from libs.common.imaging.superpixels import lab_of

Pixels = NDArray[np.uint8]
Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

SIDE_PX: Final = 400
"""Longer side of the copy that is cut."""
ROUNDS: Final = 5
ROUNDS_AGAIN: Final = 2
BESIDE: Final = 0.14
"""How far around a place its background is looked for, as a share of the longer side."""
BESIDE_LEAST: Final = 0.02
"""Share of those places that must be background to say anything."""
ALIKE: Final = 8.0
"""CIELAB distance up to which a place looks like the background beside it."""
GAP_LEAST: Final = 0.004
"""Share of the picture that a gap fills at least."""
GAP_ALIKE: Final = 0.4
"""Share of a gap that looks like the background beside it."""
CRUMBS: Final = 3
CRUMBS_MOST: Final = 0.06
"""So many parts that fill no more than this share of the picture are no subject."""
STRICT: Final = 1.2
"""A place is taken for the subject, until the cut says otherwise, from this many times the level of Otsu's method."""
UNSURE: Final = 0.22
"""Below this share it is taken for background for good."""
FACE_LEAST: Final = 0.006
"""Share of the picture that a face must fill to make its person the subject."""
FACE_ALIKE: Final = 0.35
LEAST: Final = 0.002
"""Share of the picture that a subject must fill at least."""
MOST: Final = 0.97
"""More than this share is no subject any more: there is no background."""
LEAVING: Final = 0.5
"""What a part that the picture's edge cuts off counts, when only a neck joins it to another."""
_EDGES: Final = (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1])
NECK: Final = 0.022
"""Parts that only a neck of less than twice this share of the longer side joins are judged by themselves."""
PART_MIN: Final = 0.12
"""A part that is smaller than this share of the largest one is not the subject."""
AROUND_BOX: Final = 0.2
"""As much of what is around a box is looked at, in shares of its size."""
IN_BOX: Final = 0.3
"""How much being in the middle of a box counts beside standing out."""
BODY_HOLE_MAX: Final = 0.03
"""The same for persons, who wear what stands out from them."""
HOLE_MAX: Final = 0.004
"""Holes up to this share of the subject are closed; larger ones are seen through."""


@dataclass(frozen=True)
class Person:
    """Where a person with a face here certainly is, and where it can be at all."""

    sure: Mask
    able: Mask


@dataclass(frozen=True)
class Guess:
    """How likely each place is the subject, 0 to 1, and the persons in the picture."""

    likely: Map
    persons: tuple[Person, ...]
    inside: Mask | None = None
    """Where the customer says that it is."""


def subject(rgb: Pixels, box: Box | None = None) -> Mask | None:
    """The subject of a picture, on a copy of it with a longer side of `SIDE_PX`; nothing when none stands out.
    Outside of the box there is none."""
    small = reduced(rgb, SIDE_PX)
    if min(small.shape[:2]) < 8:
        return None
    guessed = guess(small, box)
    if guessed is None:
        return None
    marks = _seeds(guessed)
    rough = _cut(small, marks.copy())
    if guessed.persons:
        found = _closed(_tidy(rough, guessed.likely), BODY_HOLE_MAX)
    else:
        found = _closed(_tidy(_seen_through(small, marks, rough), guessed.likely), HOLE_MAX)
    return found if LEAST <= found.mean() <= MOST and not _scattered(found) else None


def guess(small: Pixels, box: Box | None = None) -> Guess | None:
    """Where the subject of a small picture may be; nothing when nothing stands out in it, or in and around the box."""
    if box is None:
        return _guess_all(small)
    height, width = small.shape[:2]
    seen = _part(_widened(box), height, width)
    found = _guess_all(np.ascontiguousarray(small[seen]))
    if found is None:
        return None
    inside = np.zeros((height, width), np.bool_)
    inside[_part(box, height, width)] = True
    likely = np.zeros((height, width), np.float32)
    likely[seen] = found.likely * (1 - IN_BOX) + IN_BOX * _oval(*found.likely.shape)
    persons = tuple(Person(_laid(one.sure, seen, inside), _laid(one.able, seen, inside)) for one in found.persons)
    return Guess(likely * inside, persons, inside)


def _guess_all(small: Pixels) -> Guess | None:
    seen = attention(small)
    if not seen.salient.any():
        return None
    height, width = small.shape[:2]
    likely = np.asarray(cv2.resize(_scaled(seen), (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    return Guess(likely, tuple(_person(face, height, width) for face in _important(seen.faces)))


def _widened(box: Box) -> Box:
    """The box and a part of what is around it: that is background for certain."""
    aside, above = (box[2] - box[0]) * AROUND_BOX, (box[3] - box[1]) * AROUND_BOX
    return max(0.0, box[0] - aside), max(0.0, box[1] - above), min(1.0, box[2] + aside), min(1.0, box[3] + above)


def _part(box: Box, height: int, width: int) -> tuple[slice, slice]:
    """The pixels that a box holds, at least one."""
    left, top = min(width - 1, int(box[0] * width)), min(height - 1, int(box[1] * height))
    right, bottom = max(left + 1, round(box[2] * width)), max(top + 1, round(box[3] * height))
    return slice(top, bottom), slice(left, right)


def _oval(height: int, width: int) -> Map:
    """1 in the middle, 0 in the corners: a box is drawn around its subject."""
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None]
    return np.asarray(np.clip(1.15 - down**2 - across**2, 0, 1), np.float32)


def _laid(part: Mask, seen: tuple[slice, slice], inside: Mask) -> Mask:
    whole = np.zeros_like(inside)
    whole[seen] = part
    return whole & inside


def _scaled(seen: Attention) -> Map:
    top = float(np.quantile(seen.salient, 0.98)) or 1.0
    weight = seen.weight / (float(np.quantile(seen.weight, 0.98)) or 1.0)
    return np.asarray(0.75 * np.clip(seen.salient / top, 0, 1) + 0.25 * np.clip(weight, 0, 1), np.float32)


def _important(seen: tuple[Box, ...]) -> tuple[Box, ...]:
    """Faces that a picture is about: as large as the largest, nearly."""
    return tuple(face for face in seen if _area(face) >= FACE_LEAST and _area(face) >= _area(seen[0]) * FACE_ALIKE)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _person(face: Box, height: int, width: int) -> Person:
    """The shape of a person under a face: head with hair and shoulders down to the picture's lower edge."""
    left, top, right, bottom = face[0] * width, face[1] * height, face[2] * width, face[3] * height
    across, wide, tall = (left + right) / 2, right - left, bottom - top
    sure, able = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    middle = (round(across), round((top + bottom) / 2))
    cv2.ellipse(sure, middle, (round(wide * 0.33), round(tall * 0.42)), 0, 0, 360, 1, -1)
    cv2.ellipse(sure, middle, (round(wide * 0.45), round(tall * 0.62)), 0, 180, 360, 1, -1)
    head = (middle[0], round(middle[1] - tall * 0.1))
    cv2.ellipse(able, head, (round(wide * 0.85), round(tall * 0.95)), 0, 0, 360, 1, -1)
    cv2.fillPoly(sure, [_sides(across, wide, height, ((bottom, 0.2), (bottom + tall * 0.6, 0.3), (height, 0.55)))], 1)
    shoulders = (
        (bottom - tall * 0.1, 0.5),
        (bottom + tall * 0.1, 0.75),
        (bottom + tall * 0.5, 1.45),
        (bottom + tall, 1.8),
        (height, 2.2),
    )
    cv2.fillPoly(able, [_sides(across, wide, height, shoulders)], 1)
    return Person(sure > 0, able > 0)


def _sides(across: float, wide: float, height: int, at: tuple[tuple[float, float], ...]) -> NDArray[np.int32]:
    """A shape that is as far to the left as to the right of a line, by heights and half widths (in face widths)."""
    points = [(across - wide * half, min(y, height)) for y, half in at]
    points += [(across + wide * half, min(y, height)) for y, half in reversed(at)]
    return np.rint(points).astype(np.int32)


def _seeds(guess: Guess) -> Pixels:
    likely = guess.likely
    level = cv2.threshold((likely * 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)[0] / 255 * STRICT
    marks = np.full(likely.shape, cv2.GC_PR_BGD, np.uint8)
    marks[likely > level] = cv2.GC_PR_FGD
    never = likely < min(UNSURE * float(likely.max()), level * 0.5) if guess.inside is None else ~guess.inside
    marks[never] = cv2.GC_BGD
    if guess.persons:
        able = np.logical_or.reduce([person.able for person in guess.persons])
        marks[able] = cv2.GC_PR_FGD
        marks[~able] = cv2.GC_BGD if guess.inside is None else marks[~able]
        for person in guess.persons:
            marks[person.sure] = cv2.GC_FGD
    return marks


def _cut(small: Pixels, marks: Pixels, rounds: int = ROUNDS) -> Mask:
    if not (marks & 1).any() or (marks & 1).all():
        return np.asarray(marks & 1 > 0)
    lab = np.ascontiguousarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB))
    behind, before = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(1)
    cv2.grabCut(lab, marks, (0, 0, 0, 0), behind, before, rounds, cv2.GC_INIT_WITH_MASK)
    return np.asarray((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD))


def _seen_through(small: Pixels, marks: Pixels, rough: Mask) -> Mask:
    """The cut once more, doubting what looks like the background beside it: gaps between the bars of a chair."""
    if not rough.any() or rough.all():
        return rough
    lab = lab_of(small)
    size = (2 * max(2, round(max(rough.shape) * BESIDE)) + 1,) * 2
    outside = (~rough).astype(np.float32)
    share = np.asarray(cv2.blur(outside, size), np.float32)
    beside = cv2.blur(lab * outside[..., None], size) / (share[..., None] + 1e-4)
    like = rough & (share > BESIDE_LEAST) & (np.linalg.norm(lab - beside, axis=2) < ALIKE)
    like = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    again = np.where(rough, cv2.GC_PR_FGD, np.where(marks == cv2.GC_BGD, cv2.GC_BGD, cv2.GC_PR_BGD)).astype(np.uint8)
    again[like] = cv2.GC_PR_BGD
    return rough & ~_wide(rough & ~_cut(small, again, ROUNDS_AGAIN), like)


def _wide(gone: Mask, like: Mask) -> Mask:
    """Of what would go, the parts that are wide enough for gaps and to a good part look like the background."""
    count, labels = cv2.connectedComponents(gone.astype(np.uint8), connectivity=4)
    flat = np.asarray(labels).ravel()
    areas, alike = np.bincount(flat, minlength=count), np.bincount(flat, weights=like.ravel(), minlength=count)
    kept = np.flatnonzero((areas >= GAP_LEAST * gone.size) & (alike >= GAP_ALIKE * areas))
    return np.asarray(np.isin(labels, kept[kept > 0]))


def _scattered(mask: Mask) -> bool:
    """Little, and in many parts: the eyes of a face that fills the picture, not a subject."""
    return bool(mask.mean() < CRUMBS_MOST) and cv2.connectedComponents(mask.astype(np.uint8))[0] - 1 >= CRUMBS


def _tidy(mask: Mask, likely: Map) -> Mask:
    """Only the parts that count. What hangs together by a thin neck alone is taken for two parts."""
    smooth = cv2.medianBlur(mask.astype(np.uint8), 3)
    radius = max(1, round(max(mask.shape) * NECK))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    cores = cv2.morphologyEx(smooth, cv2.MORPH_OPEN, disc, borderType=cv2.BORDER_REPLICATE)
    if not cores.any():
        cores = smooth
    if not cores.any():
        return mask
    labels = np.asarray(cv2.distanceTransformWithLabels(1 - cores, cv2.DIST_L2, 5)[1], np.int32)
    weights = np.bincount(labels.ravel(), weights=((likely + 0.05) * cores).ravel())
    edge = np.unique(np.concatenate([(labels * cores)[at] for at in _EDGES], axis=None))
    weights[edge] *= LEAVING
    weights[0] = 0
    kept = np.union1d(np.flatnonzero(weights >= PART_MIN * weights.max()), np.setdiff1d(labels, edge))
    return _largest((smooth > 0) & np.isin(labels, kept), likely)


def _largest(mask: Mask, likely: Map) -> Mask:
    """The parts that count beside the largest."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    weights = np.bincount(np.asarray(labels).ravel(), weights=(likely + 0.05).ravel()) * _inside(
        np.asarray(labels, np.int32)
    )
    weights[0] = 0
    return np.asarray(np.isin(labels, np.flatnonzero(weights >= max(1e-6, PART_MIN * weights.max()))))


def _inside(labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """For each part a factor that is small when it leaves the picture at the top or at the sides."""
    edge = np.concatenate([labels[0], labels[:, 0], labels[:, -1]])
    count = int(labels.max()) + 1
    share = np.bincount(edge, minlength=count) / np.sqrt(np.maximum(np.bincount(labels.ravel(), minlength=count), 1))
    return np.asarray(np.exp(-share), np.float64)


def _closed(mask: Mask, hole_max: float) -> Mask:
    """Without holes that are smaller than this share of it."""
    stats = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    labels, areas = stats[1], stats[2][:, cv2.CC_STAT_AREA]
    small = np.flatnonzero(areas < hole_max * mask.sum())
    return np.asarray(mask | np.isin(labels, small[small > 0]))
