"""The words of an edit by instruction: a sentence into steps, in its own order, or what of it was not understood.

A sentence is cut into clauses at commas, full stops, «and» and «then». Of each clause the politeness and the words of
strength are taken off; what is left must match one rule as a whole. Nothing is guessed: a clause with one word too many
is not understood.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from libs.common.providers.local.edits.grammar_rules import steps_of
from libs.common.providers.local.edits.grammar_steps import Heard, Step
from libs.common.providers.local.edits.grammar_text import MARK, continued, text_step

STEPS_MAX: Final = 20

_QUOTED: Final = re.compile(r"[\"“„«]([^\"“”„«»]+)[\"”“»]|(?<!\w)['‘]([^'‘’]+(?:['’]\w[^'‘’]*)*)['’](?!\w)")
_WHOLE: Final = (
    (
        re.compile(r"\bblack[ -]?(?:and|&|n)[ -]?white\b|\bwhite and black\b|\bb ?[&/] ?w\b|\bgr[ae]y[ -]?scale\b"),
        "monochrome",
    ),
    (re.compile(r"\bcolour"), "color"),
    (re.compile(r"\bcentre"), "center"),
    (re.compile(r"\b(?:counter|anti)[ -]?clock[ -]?wise\b"), "left"),
    (re.compile(r"\bclock[ -]?wise\b"), "right"),
    (re.compile(r"°|\bdeg\b"), " degrees"),
    (re.compile(r"\bper ?cent\b"), "%"),
    (re.compile(r"(?<=\d) by (?=\d)"), ":"),
    (re.compile(r"[’`]"), "'"),
    (re.compile(r"[−–—]"), "-"),
    (re.compile(r"&"), " and "),
)
"""Spellings that mean the same; phrases that must not be cut."""
_BREAK: Final = re.compile(
    r"\s*(?:[,;:!?\n]+(?!\d)|\.(?!\d)"
    r"|\b(?:and|then|also|plus|but|while|as well as|after that|afterwards|finally"
    r"|first|firstly|secondly|next|along with|together with)\b"
    r"|\bwith (?=(?:an? )?(?:(?:bit|little|touch|tad) )?"
    r"(?:more|less|high|low|higher|lower|extra|added|some|soft vignette|vignette|film grain|grain)\b))\s*"
)
_STRENGTHS: Final = (
    (0.35, ("a tiny bit", "ever so slightly", "barely", "a hint of", "a hint")),
    (0.5, ("just a little bit", "a little bit", "a little", "a bit of", "a bit", "a touch of", "a touch", "a tad")),
    (0.5, ("slightly", "slight", "subtly", "subtle", "gently", "gentle", "somewhat", "softly", "lightly")),
    (0.5, ("light (?=sepia|blur|grain|fade|vignette)",)),
    (1.2, ("moderately", "moderate", "quite", "rather", "fairly", "noticeably")),
    (1.8, ("a lot of", "a lot", "lots of", "much", "very", "really", "considerably", "significantly", "strongly")),
    (1.8, ("strong", "heavily", "heavy", "far", "way", "greatly", "dramatically", "substantially", "super")),
    (1.8, ("a great deal", "intensely", "deeply")),
    (10.0, ("extremely", "maximum", "max", "fully", "completely", "totally", "entirely", "as much as possible")),
    (10.0, ("as possible", "all the way", "to the max")),
)
"""How many times the usual strength; ten times is all there is."""
_STRENGTH: Final = tuple((share, re.compile(rf"\b(?:{'|'.join(words)})\b")) for share, words in _STRENGTHS)
_PERCENT: Final = re.compile(r"(?:\bby )?([+-]?\d{1,3}(?:\.\d+)?) ?%(?: of)?")
_SIGNED: Final = re.compile(r"(?<![\d:x])([+-]) ?(\d{1,3})\b(?! ?(?:%|degrees))")
_FILLERS: Final = re.compile(
    r"\b(?:please|kindly|can|could|would|will|should|must|you|we|i|i'd|i'll|we'd|want|wants|need|like|love|just|only|now|make"
    r"|makes|making|made|let|let's|have|having|give|get|apply|do|it|it's|this|that|these|the|an?|my|our|its|image|picture"
    r"|photo|photograph|pic|shot|overall|whole|entire|everything|look|looks|looking|appear|feel|feeling|be|being|become|is"
    r"|are|some|effect|filter|style|tones?|me|so|to|into|in|on|onto|with|for|of|by|thanks|thank|there|slider|version)\b"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, in order; and the clauses that were understood and those that were not, in the customer's
    words."""

    steps: tuple[Step, ...] = ()
    understood: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def understood(prompt: str) -> Plan:
    """The plan of an instruction."""
    prompt = prompt.replace(MARK, " ")
    quotes = tuple(one or other for one, other in _QUOTED.findall(prompt))
    numbers = iter(range(len(quotes)))
    text = _QUOTED.sub(lambda _: f" {MARK}{next(numbers)} ", prompt).casefold()
    for pattern, plain in _WHOLE:
        text = pattern.sub(plain, text)
    plan, chain = Plan(), _Chain()
    for piece in _BREAK.split(text):
        clause = " ".join(piece.split())
        if clause:
            plan = _with(plan, clause, quotes, chain)
    return plan


@dataclass
class _Chain:
    """«increase brightness, contrast and saturation by 20 %»: what later clauses take from earlier ones, and back."""

    direction: str = ""
    loose: int = 0
    """So many last steps have no strength of their own."""


def _with(plan: Plan, clause: str, quotes: tuple[str, ...], chain: _Chain) -> Plan:
    words = _said(clause, quotes)
    more = continued(plan.steps[-1], clause) if plan.steps else None
    if more is not None:
        return replace(plan, steps=(*plan.steps[:-1], more), understood=(*plan.understood, words))
    written = text_step(clause, quotes) if MARK in clause else None
    if written is not None:
        return replace(plan, steps=(*plan.steps, written), understood=(*plan.understood, words))
    heard = heard_in(clause)
    if not heard.rest and heard.share is None:
        return plan  # politeness
    steps = steps_of(heard, chain.direction)
    if not steps or len(plan.steps) + len(steps) > STEPS_MAX:
        return replace(plan, unknown=(*plan.unknown, words))
    before = _strengthened(plan.steps, steps, heard, chain)
    return replace(plan, steps=(*before, *steps), understood=(*plan.understood, words))


def heard_in(clause: str) -> Heard:
    """The clause without politeness and strength, and how strong it is."""
    rest, share, times, sign = clause, None, 1.0, 0
    if found := _PERCENT.search(rest):
        share = min(1.0, abs(float(found[1])) / 100)
        sign = {"+": 1, "-": -1}.get(found[1][0], 0)
        rest = rest[: found.start()] + " " + rest[found.end() :]
    elif found := _SIGNED.search(rest):
        share, sign = min(1.0, float(found[2]) / 100), 1 if found[1] == "+" else -1
        rest = rest[: found.start()] + " " + rest[found.end() :]
    for factor, pattern in _STRENGTH:
        rest, count = pattern.subn(" ", rest)
        times = factor if count else times
    return Heard(" ".join(_FILLERS.sub(" ", rest).split()), " ".join(clause.split()), share, times, sign)


def _strengthened(done: tuple[Step, ...], steps: tuple[Step, ...], heard: Heard, chain: _Chain) -> tuple[Step, ...]:
    """The earlier steps, with the strength that the end of an enumeration gives to all of it."""
    bare = heard.direction == ""
    if bare and heard.share is not None and chain.direction and len(steps) == 1:
        kept = len(done) - chain.loose
        done = (*done[:kept], *(step.with_size(heard.share) for step in done[kept:]))
    loose = heard.share is None and heard.times == 1.0 and len(steps) == 1
    chain.loose = (chain.loose + 1 if bare else 1) if loose else 0
    chain.direction = heard.direction or chain.direction
    return done


def _said(clause: str, quotes: tuple[str, ...]) -> str:
    return re.sub(rf"{MARK}(\d+)", lambda found: f"“{quotes[int(found[1])]}”", clause)
