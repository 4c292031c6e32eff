"""FCP7 XML: the interchange format of Final Cut Pro 7, read and written without an adapter."""

from vem_plugin.formats.fcp7.reading import read_fcp7
from vem_plugin.formats.fcp7.writing import write_fcp7

__all__ = ["read_fcp7", "write_fcp7"]
