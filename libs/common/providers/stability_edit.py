"""Stability AI's REST v2beta as a provider of changed pictures."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue

from libs.common.errors import ProviderRejected
from libs.common.prompting.colours import spoken
from libs.common.providers import stability_edit_facts as facts
from libs.common.providers import stability_errors as errors
from libs.common.providers.base import Call, EditAsk, Made
from libs.common.providers.instructions import description
from libs.common.providers.stability import door_of
from libs.common.providers.stability_edit_facts import Endpoint
from libs.common.providers.stability_form import Form, Picture
from libs.common.providers.stability_wire import Door
from libs.common.providers.vendors import Tools

OPERATIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        facts.REMOVE_BACKGROUND.model: ("remove_background",),
        facts.ERASE.model: ("erase",),
        facts.INPAINT.model: ("inpaint",),
        facts.OUTPAINT.model: ("outpaint",),
        facts.SEARCH_REPLACE.model: ("search_replace",),
        facts.SEARCH_RECOLOR.model: ("search_recolor",),
        facts.RELIGHT.model: ("relight", "replace_background"),
    }
)
"""What each model of our table does."""

SAME_BACKGROUND: Final = "the original background, unchanged"
"""The vendor asks for words or a picture of a background even where the old one stays."""
KEPT: Final = "No background was given, so the picture's own was kept."
NOT_USED: Final = "The picture's own background was kept, so the one given was not used."
MARKED: Final = "What you marked was painted anew; Stability AI searches only where nothing is marked."
NO_BOX: Final = "Stability AI finds the subject by itself; the box was not used."
WHOLE_SUBJECT: Final = 1.0
"""The subject's pixels stay exactly: it was not asked to be lit anew."""


def build(tools: Tools) -> "StabilityEdit | None":
    """The provider, when it is set up."""
    door = door_of(tools)
    return StabilityEdit(door) if door is not None else None


class StabilityEdit:
    """Changes pictures through the seven edit endpoints."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def edit(self, ask: EditAsk, call: Call) -> tuple[Made, ...]:
        """One picture, PNG in the vendor's own size.

        Submits once at most, and of relighting not at all when `call.task` is there. Raises only ProviderRejected,
        ProviderBusy, ProviderBroken or ProviderSilent.
        """
        return (await self._door.made(translate(ask), call, seed=ask.seed),)

    async def aclose(self) -> None:
        """Nothing to give back: the client belongs to the caller."""


def translate(ask: EditAsk) -> Form:
    """The vendor's form for one ask. Raises ProviderRejected for what no endpoint does."""
    operations = OPERATIONS.get(ask.model)
    if operations is None:
        raise errors.VOICE.no_such_model(ask.model)
    if ask.operation not in operations:
        raise _refused(f"{ask.model} does not do «{ask.operation}».", field="operation")
    form = _FORMS[ask.operation](ask)
    form.negative(ask.negative_prompt)
    form.style(ask.style_preset)
    model = form.endpoint.model
    if ask.guidance_scale is not None:
        form.notes.append(f"Guidance cannot be chosen for {model}; it was ignored.")
    if ask.steps is not None:
        form.notes.append(f"The number of steps cannot be chosen for {model}; it was ignored.")
    return form


def _remove_background(ask: EditAsk) -> Form:
    form = _begun(facts.REMOVE_BACKGROUND, ask)
    _no_box(ask, form)
    return form


def _inpaint(ask: EditAsk) -> Form:
    """Also a search whose place the customer has marked: the vendor's searches take no mask."""
    if ask.mask is None and not ask.image.alpha:
        sentence = "Inpainting needs a mask of what is to change, or a picture that is transparent there."
        raise _refused(sentence, field="mask")
    form = _masked(facts.INPAINT, ask)
    form.text("prompt", description(ask))
    return form


def _erase(ask: EditAsk) -> Form:
    if ask.mask is None and not ask.image.alpha:
        raise _refused("Erasing needs a mask of what is to go.", field="mask")
    return _masked(facts.ERASE, ask)


def _masked(endpoint: Endpoint, ask: EditAsk) -> Form:
    """With the mask, which wins over transparency; without one transparent pixels are what changes."""
    form = _begun(endpoint, ask, keeps_alpha=ask.mask is None)
    if ask.mask is not None:
        form.pictures.append(Picture("mask", ask.mask))
    form.slider("grow_mask", _number(ask.options.get("grow_mask")))
    return form


def _outpaint(ask: EditAsk) -> Form:
    form = _begun(facts.OUTPAINT, ask)
    for side in facts.MARGINS:
        px = int(getattr(ask.expand, side))
        if px:
            form.slider(side, px)
    form.text("prompt", _words(ask.options.get("prompt")))
    form.slider("creativity", _number(ask.options.get("creativity")))
    return form


def _search_replace(ask: EditAsk) -> Form:
    return _searched(facts.SEARCH_REPLACE, ask, "search_prompt", ask.search_prompt)


def _search_recolor(ask: EditAsk) -> Form:
    return _searched(facts.SEARCH_RECOLOR, ask, "select_prompt", ask.select_prompt)


def _searched(endpoint: Endpoint, ask: EditAsk, name: str, what: str | None) -> Form:
    if ask.mask is not None:
        form = _inpaint(ask)
        form.notes.append(MARKED)
        return form
    form = _begun(endpoint, ask)
    form.text("prompt", ask.prompt)
    form.text(name, what)
    form.slider("grow_mask", _number(ask.options.get("grow_mask")))
    return form


def _relight(ask: EditAsk) -> Form:
    """Another background and its light, or the light alone."""
    form, options = _begun(facts.RELIGHT, ask), ask.options
    kept = options.get("keep_background") is True
    if kept and ask.background is not None:
        form.notes.append(NOT_USED)
    if not kept and ask.background is None:
        form.notes.append(KEPT)
    kept = kept or ask.background is None
    form.fields["keep_original_background"] = "true" if kept else "false"
    form.text("background_prompt", _lit(SAME_BACKGROUND if kept else None, _words(options.get("light_color"))))
    if not kept:
        _reference(form, ask)
    form.slider("preserve_original_subject", _number(options.get("preserve_subject")))
    _light(form, ask)
    return form


def _replace_background(ask: EditAsk) -> Form:
    form, colour = _begun(facts.RELIGHT, ask), _words(ask.options.get("color"))
    form.fields["keep_original_background"] = "false"
    plain = f"a plain, even, seamless background of the colour {spoken(colour)}" if colour else None
    words = ask.prompt or (plain if ask.background is None else None)
    if words is None and ask.background is None:
        raise _refused("A new background needs words, a picture or a colour.", field="prompt")
    form.text("background_prompt", words)
    _reference(form, ask)
    form.slider("preserve_original_subject", WHOLE_SUBJECT)
    if words is not None and words is plain:
        form.notes.append(
            "The background's colour is painted from its name, so it is near the one asked for, not equal."
        )
    if ask.options.get("shadow") is False:
        form.notes.append("Stability AI decides by itself whether the subject throws a shadow.")
    _no_box(ask, form)
    return form


def _reference(form: Form, ask: EditAsk) -> None:
    if ask.background is not None:
        form.pictures.append(Picture("background_reference", ask.background, reference=True))


def _light(form: Form, ask: EditAsk) -> None:
    """The strength counts only together with a picture of the light or with a direction."""
    direction = ask.options.get("light_direction")
    if ask.lighting is not None:
        form.pictures.append(Picture("light_reference", ask.lighting, reference=True))
    if direction in facts.DIRECTIONS:
        form.text("light_source_direction", _words(direction))
    if ask.lighting is not None or direction in facts.DIRECTIONS:
        form.slider("light_source_strength", _number(ask.options.get("light_strength")))


def _lit(words: str | None, colour: str | None) -> str | None:
    """The background's words with the light's colour, which the vendor takes in no other way."""
    said = [words] if words else []
    if colour:
        said.append(f"in {spoken(colour)} light")
    return ", ".join(said) or None


def _no_box(ask: EditAsk, form: Form) -> None:
    if ask.options.get("subject") is not None:
        form.notes.append(NO_BOX)


def _begun(endpoint: Endpoint, ask: EditAsk, *, keeps_alpha: bool = False) -> Form:
    return Form.of(endpoint, ask.image, seed=ask.seed, keeps_alpha=keeps_alpha)


def _number(value: JsonValue) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _words(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _refused(sentence: str, *, field: str) -> ProviderRejected:
    return ProviderRejected(sentence, field=field, facts=errors.VOICE.facts(billed=False))


_FORMS: Final[Mapping[str, Callable[[EditAsk], Form]]] = MappingProxyType(
    {
        "remove_background": _remove_background,
        "inpaint": _inpaint,
        "erase": _erase,
        "outpaint": _outpaint,
        "search_replace": _search_replace,
        "search_recolor": _search_recolor,
        "relight": _relight,
        "replace_background": _replace_background,
    }
)
"""How each operation is asked for."""
