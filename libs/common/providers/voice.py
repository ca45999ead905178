"""How an adapter says what became of a call: the four errors, in sentences for the customer and facts for operators."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from libs.common.errors import AppError, Fact, ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent

RETRY_AFTER_MAX_S: Final = 120.0
UNREACHABLE: Final = "provider_unreachable"
NOT_SET_UP: Final = "cannot be used at present; nothing was made."


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one refusal stands for: the class that says what happens next, the code, and a sentence for the customer."""

    error: type[AppError]
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks for one vendor; never repeats the vendor's own words."""

    vendor: str
    title: str

    def silent(self, reason: str, *, status: int | None = None, billed: bool | None = None) -> ProviderSilent:
        """The request was sent and no usable verdict came back; `reason` is a word for operators."""
        return ProviderSilent(
            f"{self.title} gave no clear answer, so it is not known whether the picture was made.",
            facts=self.facts(billed=billed, status=status, reason=reason),
        )

    def unreachable(self, reason: str) -> ProviderBusy:
        """Nothing was sent, so nothing can have been made or billed."""
        return ProviderBusy(
            f"{self.title} cannot be reached at present; nothing was made.",
            code=UNREACHABLE,
            facts=self.facts(billed=False, reason=reason),
        )

    def no_such_model(self, model: str) -> ProviderRejected:
        """A model that the adapter does not speak for."""
        return ProviderRejected(f"{self.title} has no model «{model}».", field="model", facts=self.facts(billed=False))

    def withheld(self) -> ProviderRejected:
        """The finished picture broke the content rules: we are probably billed, the customer never is."""
        return ProviderRejected(
            f"The finished picture broke {self.title}'s content rules and was withheld; describe it differently.",
            code="moderation_output",
            facts=self.facts(billed=True, status=200),
        )

    def says(
        self,
        meaning: Meaning,
        *,
        status: int | None = None,
        facts: Mapping[str, Fact] | None = None,
        retry_after_s: float | None = None,
    ) -> AppError:
        """The error of a meaning; one that was not billed."""
        known = {**self.facts(billed=False, status=status), **(facts or {})}
        return meaning.error(meaning.detail, code=meaning.code, facts=known, retry_after_s=retry_after_s)

    def facts(self, *, billed: bool | None, status: int | None = None, reason: str | None = None) -> dict[str, Fact]:
        """Who it was, whether it bills, and what is known beside that."""
        found: dict[str, Fact] = {"vendor": self.vendor, "billed": billed}
        if status is not None:
            found["vendor_status"] = status
        if reason is not None:
            found["reason"] = reason
        return found

    @property
    def rejected(self) -> Meaning:
        """A request that will never be accepted as it is."""
        return Meaning(
            ProviderRejected, "provider_rejected", f"{self.title} did not accept this request; change its settings."
        )

    @property
    def moderated(self) -> Meaning:
        """A verdict on the wish; nothing was made."""
        return Meaning(
            ProviderRejected,
            "moderation_blocked",
            f"{self.title}'s content rules do not allow this request; describe the picture differently.",
        )

    @property
    def bad_key(self) -> Meaning:
        """Our key is not accepted."""
        return Meaning(
            ProviderBroken, "provider_key", f"{self.title} does not accept our key at present; nothing was made."
        )

    @property
    def out_of_credit(self) -> Meaning:
        """Our account there is empty."""
        return Meaning(ProviderBroken, "provider_out_of_credit", f"{self.title} {NOT_SET_UP}")

    @property
    def busy(self) -> Meaning:
        """A rate or a queue is full; nothing was made."""
        return Meaning(
            ProviderBusy, "provider_busy", f"{self.title} takes no more requests at present; nothing was made."
        )

    @property
    def broken(self) -> Meaning:
        """It failed, and said so: not billed."""
        return Meaning(ProviderBroken, "provider_broken", f"{self.title} failed to make the picture.")


def seconds_of(retry_after: str | None, *, otherwise: float) -> float:
    """Seconds to wait: a `Retry-After` in whole seconds wins, up to a bound."""
    if retry_after is None or not retry_after.isascii() or not retry_after.isdigit():
        return otherwise
    return min(float(retry_after), RETRY_AFTER_MAX_S)
