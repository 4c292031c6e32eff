"""FCPXML: Final Cut Pro's own format, read and written without an adapter."""

from vem_plugin.formats.fcpxml.reading import is_fcpxml, read_fcpxml

__all__ = ["is_fcpxml", "read_fcpxml"]
