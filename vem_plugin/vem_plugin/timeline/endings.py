"""By what a timeline on disk is known: the endings of its name, and what lies inside those that are folders."""

from __future__ import annotations

BUNDLES = {".otiod": "content.otio", ".fcpxmld": "Info.fcpxml"}
"""Folders that are one timeline, and the file in each that holds it."""

ZIPPED = "content.otio"
"""The file in an .otioz archive that holds the timeline."""

ENDINGS = (".otio", ".otioz", ".edl", ".xml", ".fcpxml", ".aaf", *BUNDLES)
"""Every ending that is read. .aaf needs its adapter."""

READABLE = "an .otio, .otioz, .edl, .xml (FCP7), .fcpxml, .fcpxmld or .aaf file"
"""The same in words, for help texts."""
