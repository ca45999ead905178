"""An edit in WaveSpeed AI's own words."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue

from libs.common.catalogue.operations import BY_KEY
from libs.common.errors import ProviderRejected
from libs.common.providers import wavespeed_edit_facts as models
from libs.common.providers import wavespeed_facts as facts
from libs.common.providers import wavespeed_pictures as pictures
from libs.common.providers.base import EditAsk, Margins
from libs.common.providers.framing import Frame
from libs.common.providers.instructions import avoiding, grow_px, instruction, region_of, scene, unknown, without_a_mask
from libs.common.providers.ratios import log_ratio, nearest_ratio
from libs.common.providers.wavespeed_errors import VOICE
from libs.common.providers.wavespeed_expand import Extension, extended, extension, on_its_canvas, scaled
from libs.common.providers.wavespeed_upload import File

RATIO_OFF_MAX: Final = 0.02
"""A model that keeps the picture's shape unless it is told a ratio is told none that is farther off, as a share."""
CANVAS_SIDE_MAX_PX: Final = 3_072
"""Of a picture with margins to be painted: twice what the model draws."""
BANANA_RESOLUTION: Final = "4k"
"""The larger one costs a fifth more than the row says."""
CONTINUE: Final = "The picture continues naturally beyond its former edges: the same place, light and style."
_KEEP_SHAPE: Final = frozenset({models.KONTEXT_EDIT.name, models.BANANA_ULTRA.name})
_USED: Final = frozenset({"grow_mask", "color"})
"""Settings that are said in words, or done by whoever puts the result together."""
_READ: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {models.Z_INPAINT.name: frozenset({"prompt"}), **dict.fromkeys(models.INSTRUCTED, frozenset({"shadow"}))}
)
"""Those that single models are told besides."""


@dataclass(frozen=True, slots=True)
class Form:
    """What is sent: the JSON fields, and the pictures that are uploaded for the others."""

    fields: Mapping[str, JsonValue]
    images: tuple[File, ...]
    mask: File | None = None
    notes: tuple[str, ...] = ()
    extension: Extension | None = None
    """What is to be cut out of the answer."""
    in_list: bool = False
    """The pictures stand in a list."""


@dataclass(slots=True)
class _Draft:
    """A form that is being filled in."""

    ask: EditAsk
    model: facts.Model
    fields: dict[str, JsonValue] = field(default_factory=dict)
    images: list[File] = field(default_factory=list)
    mask: File | None = None
    notes: list[str] = field(default_factory=list)
    extension: Extension | None = None
    size: tuple[int, int] = (0, 0)


def translate(ask: EditAsk) -> Form:
    """The form for one edit, with a sentence for each wish that the model cannot carry. Raises ProviderRejected, before
    anything is sent, for what it cannot do at all. Takes CPU: pictures are opened where they have to be changed."""
    model = models.EDIT_MODELS.get(ask.model)
    if model is None:
        raise VOICE.no_such_model(ask.model)
    if not models.EDIT_ROWS[model.name].serves(ask.operation):
        raise unknown(VOICE, ask.operation)
    draft = _Draft(_with_what_fits(ask, model), model, size=(ask.image.width, ask.image.height))
    _WAYS.get((model.name, ask.operation), _told_in_a_sentence)(draft)
    _pictures(draft, of=len(ask.references) + (ask.background is not None))
    _shape(draft)
    _sliders(draft)
    _unread(draft)
    return Form(
        draft.fields, tuple(draft.images), draft.mask, tuple(draft.notes), draft.extension, model.pictures_max > 0
    )


def _plain(draft: _Draft) -> None:
    """The picture says everything."""
    _no_negative(draft)


def _masked(draft: _Draft) -> None:
    """The model paints what is white anew. Without a mask that is what is transparent, or all of it."""
    ask, model = draft.ask, draft.model
    if model.prompt is facts.Need.MUST:
        draft.fields["prompt"] = ask.prompt or ""
    white = pictures.painted_anew(ask.image, ask.mask, grow_px(ask))
    if white is not None and not white.any():
        raise _cannot("The mask is empty; paint white what is to change.", "mask")
    if ask.operation == "erase" and white is None:
        raise _cannot("Paint white what is to be erased, and send it as the mask.", "mask")
    if ask.operation == "erase" and white is not None and white.all():
        raise _cannot(
            "The mask has to leave a part of the picture as it is; it shows what to close the gap with.", "mask"
        )
    if white is None:
        draft.notes.append("There was no mask, so the whole picture was painted anew.")
        white = pictures.whole(ask.image) if model.mask is facts.Need.MUST else None
    draft.mask = pictures.mask_file(white) if white is not None else None
    _no_negative(draft)


def _margins_painted(draft: _Draft) -> None:
    """The margins are a mask's white part around the picture."""
    ask = draft.ask
    words = ask.prompt or ask.options.get("prompt")
    draft.fields["prompt"] = words if isinstance(words, str) else CONTINUE
    expand = _expand(ask)
    width, height = draft.size
    draft.size = (width + expand.left + expand.right, height + expand.up + expand.down)
    small = scaled(pictures.opened(ask.image), CANVAS_SIDE_MAX_PX / max(draft.size))
    margins = _in_scale(expand, small.width / width, small.height / height)
    draft.images.append(pictures.filed(extended(small, margins)))
    draft.mask = pictures.margins_mask(small.width, small.height, margins)
    _no_negative(draft)


def _extended_by_ratio(draft: _Draft) -> None:
    """Up to an aspect ratio that holds the margins."""
    draft.extension = found = extension(draft.ask.image, _expand(draft.ask))
    if found is None:
        longest = f"{models.BRIA_RATIOS[-1]} or {models.BRIA_RATIOS[-2]}"
        sentence = (
            f"{draft.model.title} extends up to {longest}, and this picture is already as long; choose the model "
        )
        raise _cannot(f"{sentence}{models.Z_INPAINT.name}, or extend its other sides.", "expand")
    if found.filled != Margins() or found.scale < 1:
        draft.images.append(pictures.filed(on_its_canvas(pictures.opened(draft.ask.image), found)))
    draft.fields["aspect_ratio"] = found.ratio
    draft.notes.extend(found.notes())
    _no_negative(draft)


def _background_painted(draft: _Draft) -> None:
    if draft.ask.background is not None:
        raise _no_background(draft.model)
    draft.fields["prompt"] = scene(draft.ask)
    _no_negative(draft)


def _told_in_a_sentence(draft: _Draft) -> None:
    """The whole picture and a sentence; what lies outside the mask is put back by whoever asked."""
    ask, model = draft.ask, draft.model
    if ask.background is not None and not model.pictures_max:
        raise _no_background(model)
    if ask.mask is not None:
        draft.notes.append(without_a_mask(model.title))
    region = region_of(ask, Frame.of(ask.image, draft.size))
    draft.fields["prompt"] = avoiding(instruction(ask, region=region), ask.negative_prompt)


def _with_what_fits(ask: EditAsk, model: facts.Model) -> EditAsk:
    """The edit with as many references as the model takes beside the picture and the background."""
    room = max(0, model.pictures_max - 1 - (ask.background is not None))
    return replace(ask, references=ask.references[:room])


def _pictures(draft: _Draft, *, of: int) -> None:
    """The picture first; then those that the words may speak of, as many `of` all as are taken."""
    ask, model = draft.ask, draft.model
    if not draft.images:
        draft.images.append(pictures.sendable(ask.image))
    if ask.image.alpha:
        draft.notes.append(f"{model.title} was sent the transparent parts of the picture as white.")
    room = max(0, model.pictures_max - 1)
    more = [*ask.references, *([ask.background] if ask.background is not None and room else [])]
    draft.images.extend(pictures.sendable(one) for one in more)
    if len(more) < of:
        taken = f"{room} pictures" if room else "no picture"
        draft.notes.append(f"{model.title} takes {taken} beside the first; the others were left out.")


def _shape(draft: _Draft) -> None:
    model, (width, height) = draft.model, draft.size
    if isinstance(model.shape, facts.Sizes):
        across, down = facts.nearest_size(width, height, model.shape)
        draft.fields["size"] = f"{across}*{down}"
    elif model.shape and "aspect_ratio" not in draft.fields:
        ratio = nearest_ratio(model.shape, width, height)
        off = abs(math.exp(log_ratio(ratio)) / (width / height) - 1)
        if model.name not in _KEEP_SHAPE or off <= RATIO_OFF_MAX:
            draft.fields["aspect_ratio"] = ratio
    if model is models.BANANA_ULTRA:
        draft.fields[models.RESOLUTION_FIELD] = BANANA_RESOLUTION
    if "png" in model.output_formats:
        draft.fields["output_format"] = "png"


def _sliders(draft: _Draft) -> None:
    ask, model, notes = draft.ask, draft.model, draft.notes
    if model.seeded:
        draft.fields["seed"] = ask.seed % (facts.SEED_MAX + 1)
    elif model.prompt is facts.Need.MUST:
        notes.append(f"{model.title} has no seed; the same seed will not repeat this picture.")
    if ask.steps is not None:
        notes.append(f"The number of steps cannot be chosen for {model.title}; it was ignored.")
    if ask.guidance_scale is not None and model.guidance is None:
        notes.append(f"Guidance cannot be chosen for {model.title}; it was ignored.")
    elif ask.guidance_scale is not None and model.guidance is not None:
        lowest, highest = model.guidance
        draft.fields["guidance_scale"] = sent = min(max(ask.guidance_scale, lowest), highest)
        if sent != ask.guidance_scale:
            notes.append(f"Guidance {ask.guidance_scale:g} is outside what {model.title} takes; {sent:g} was used.")


def _unread(draft: _Draft) -> None:
    """Settings that the customer chose and nobody reads."""
    options = BY_KEY[draft.ask.operation].options
    used = _USED | _READ.get(draft.model.name, frozenset())
    for name, value in draft.ask.options.items():
        if name not in used and name in options and value != options[name].default:
            draft.notes.append(f"{draft.model.title} has no setting «{name}»; it was ignored.")


def _no_negative(draft: _Draft) -> None:
    if draft.ask.negative_prompt:
        draft.notes.append(f"{draft.model.title} takes no negative prompt; it was ignored.")


def _expand(ask: EditAsk) -> Margins:
    if ask.expand == Margins():
        raise _cannot("Say by how many pixels the picture is to be extended, and at which side.", "expand")
    return replace(ask.expand)


def _in_scale(margins: Margins, across: float, down: float) -> Margins:
    """One px at least where there was one."""
    sides = ((margins.left, across), (margins.right, across), (margins.up, down), (margins.down, down))
    return Margins(*(max(1, round(px * scale)) if px else 0 for px, scale in sides))


def _no_background(model: facts.Model) -> ProviderRejected:
    other = models.QWEN_EDIT_PLUS.name
    sentence = f"{model.title} takes no picture as the background; describe it in words, or choose the model {other}."
    return _cannot(sentence, "background")


def _cannot(sentence: str, name: str) -> ProviderRejected:
    return ProviderRejected(sentence, code="provider_cannot", field=name, facts=VOICE.facts(billed=False))


_WAYS: Final[Mapping[tuple[str, str], Callable[[_Draft], None]]] = MappingProxyType(
    {
        (models.BACKGROUND_REMOVER.name, "remove_background"): _plain,
        (facts.IDEOGRAM.name, "inpaint"): _masked,
        (models.Z_INPAINT.name, "inpaint"): _masked,
        (models.Z_INPAINT.name, "outpaint"): _margins_painted,
        (models.ERASER.name, "erase"): _masked,
        (models.BRIA_EXPAND.name, "outpaint"): _extended_by_ratio,
        (models.BRIA_BACKGROUND.name, "replace_background"): _background_painted,
    }
)
"""How each model does each operation; the others are told in a sentence."""
