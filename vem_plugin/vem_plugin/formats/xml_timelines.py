"""Files ending in .xml: FCP7 XML, or FCPXML under that name; their first kilobytes tell."""

from __future__ import annotations

from pathlib import Path

from vem_core.contract.foreign_files import open_regular
from vem_plugin.formats.fcp7 import read_fcp7
from vem_plugin.formats.fcpxml import read_fcpxml
from vem_plugin.formats.reading import FormatReading

_HEAD_BYTES = 4096


def read_xml_timeline(path: Path) -> FormatReading:
    """The timelines of an .xml file. Raises as `read_fcp7` and `read_fcpxml` do."""
    with open_regular(path) as file:
        head = file.read(_HEAD_BYTES)
    return read_fcpxml(path) if b"<fcpxml" in head.replace(b"\0", b"") else read_fcp7(path)
