"""Reading XML."""

from pathlib import Path
from xml.etree import ElementTree

from ..config.errors import UserError


def parse_xml(file: Path, kind: str) -> ElementTree.Element:
    """The outermost element of a file.

    Args:
        file: The file.
        kind: What is expected, for messages.

    Raises:
        UserError: If it is no XML, or declares entities.
    """
    try:
        content = file.read_bytes()
        if b"<!ENTITY" in content.replace(b"\0", b"").upper():  # a few can make gigabytes of text
            raise UserError(f"{file} declares entities, which no annotation needs: remove it, or the declarations")
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise UserError(f"{file} is no {kind} ({error}): mend or remove it") from None
