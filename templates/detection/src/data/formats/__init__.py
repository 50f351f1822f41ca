"""The formats of data, one a file; they are tried in this order."""

from ..files import Format
from . import coco, pascal_voc

FORMATS: tuple[Format, ...] = (pascal_voc, coco)
