"""What the verdicts look like to a person and to a program."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from scripts.verify.found import Row
from scripts.verify.prove import Verdict
from scripts.verify.table import INVARIANTS

SHOWN_MAX: Final = 20
"""Offending rows shown of each rule."""


def broken(verdicts: Sequence[Verdict]) -> int:
    """How many offending rows there are in all."""
    return sum(one.found.total for one in verdicts)


def text(verdicts: Sequence[Verdict], *, took_s: float) -> str:
    """One line an invariant; under it the rules that are broken, and their rows."""
    lines = [
        line for name in INVARIANTS for line in _invariant(name, [v for v in verdicts if v.check.invariant == name])
    ]
    wrong = broken(verdicts)
    end = f"{wrong} rows break an invariant" if wrong else "Every invariant holds"
    return "\n".join([*lines, f"{end} ({len(verdicts)} rules, {took_s:.1f} s)."])


def as_json(verdicts: Sequence[Verdict], *, took_s: float) -> str:
    """The same as one JSON object."""
    return json.dumps(
        {
            "ok": broken(verdicts) == 0,
            "seconds": round(took_s, 3),
            "invariants": [
                {"name": name, "promise": promise, "broken": broken(own), "rules": [_rule(one) for one in own]}
                for name, promise in INVARIANTS.items()
                if (own := [one for one in verdicts if one.check.invariant == name])
            ],
        },
        ensure_ascii=False,
        indent=1,
    )


def _invariant(name: str, verdicts: Sequence[Verdict]) -> Iterator[str]:
    wrong = broken(verdicts)
    notes = "; ".join(one.found.note for one in verdicts if one.found.note)
    state = f"BROKEN {wrong}" if wrong else "ok"
    yield f"{name:<4} {state:<9} {INVARIANTS[name]}" + (f" ({notes})" if notes else "")
    for one in verdicts:
        if one.found.total:
            yield f"       not so: {one.check.rule} ({one.found.total})"
            yield from (f"         {_line(row)}" for row in one.found.rows[:SHOWN_MAX])
            if one.found.total > SHOWN_MAX:
                yield f"         … and {one.found.total - SHOWN_MAX} more"


def _line(row: Row) -> str:
    return " ".join([*(f"{name} {value}" for name, value in row.ids), "–" if row.ids else "", row.what]).strip()


def _rule(verdict: Verdict) -> dict[str, object]:
    rows = [{"ids": [list(pair) for pair in row.ids], "what": row.what} for row in verdict.found.rows[:SHOWN_MAX]]
    return {
        "rule": verdict.check.rule,
        "broken": verdict.found.total,
        "rows": rows,
        "note": verdict.found.note,
    }
