"""Which service carries out which orders: one row a service."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from libs.common.contracts.edits import EditAsk, UpscaleAsk, WorkEdit, WorkUpscale
from libs.common.contracts.pictures import CreateAsk, PictureAsk, Work, WorkCreate

ASKS: Final[Mapping[str, type[PictureAsk]]] = MappingProxyType(
    {"create": CreateAsk, "edit": EditAsk, "upscale": UpscaleAsk}
)
WORKS: Final[Mapping[str, type[Work]]] = MappingProxyType(
    {"create": WorkCreate, "edit": WorkEdit, "upscale": WorkUpscale}
)
