"""The formats of data, one a file; they are tried in this order."""

from ..files import Format
from . import class_folders

FORMATS: tuple[Format, ...] = (class_folders,)
