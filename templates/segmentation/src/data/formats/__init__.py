"""The formats of data, one a file; they are tried in this order."""

from ..files import Format
from . import mask_folders

FORMATS: tuple[Format, ...] = (mask_folders,)
