"""FCPXML: Final Cut Pro's own format, read and written without an adapter."""

from vem_plugin.formats.fcpxml.reading import read_fcpxml
from vem_plugin.formats.fcpxml.writing import write_fcpxml

__all__ = ["read_fcpxml", "write_fcpxml"]
