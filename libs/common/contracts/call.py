"""What a question between services is: who answers, what is asked, what is answered."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from libs.common.contracts.envelope import Message

Q = TypeVar("Q", bound=Message)
A = TypeVar("A", bound=Message)


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, A]):
    """One endpoint: what is asked and what is answered."""

    service: str
    name: str
    question: type[Q]
    answer: type[A]

    @property
    def subject(self) -> str:
        """The NATS subject of the endpoint."""
        return f"rpc.{self.service}.{self.name}"


class Nothing(Message):
    """No content."""
