"""`python3 openshot_write.py FOLDER LENGTH=MOVIE...`: OpenShot lays movies in a row at 25 and exports XML and EDL.

Run by the distribution's own Python. Its own exporters write `edit.xml` and `edit-TRACK N.edl` into the folder; only
the dialog that asks for a name is answered here. Lengths are frames; each movie is shown from its sixth frame on.
"""

import contextlib
import importlib
import json
import os
import sys

sys.path.insert(0, "/usr/lib/python3/dist-packages/openshot_qt")
from PyQt5 import QtCore

QtCore.QCoreApplication.setAttribute(QtCore.Qt.AA_ShareOpenGLContexts)
from PyQt5.QtWidgets import QFileDialog  # noqa: E402

with contextlib.suppress(ImportError):  # where it is installed, it must come before the application
    from PyQt5 import QtWebEngineWidgets as QtWebEngineWidgets

RATE, IN_POINT_FRAMES = 25, 5
EXPORTERS = (
    ("classes.exporters.final_cut_pro", "export_xml", "xml"),
    ("classes.exporters.edl", "export_edl", "edl"),
)


def main(folder: str, *shots: str) -> int:
    from classes.app import OpenShotApp

    app = OpenShotApp(["openshot-qt"])
    if not app.project._data:
        app.project.new()
    app.project._data["fps"] = {"num": RATE, "den": 1}
    app.window = None
    position = 0
    for shot in shots:
        length, movie = shot.split("=", 1)
        lay(app, movie, position, int(length))
        position += int(length)
    for module, function, ending in EXPORTERS:
        answer = os.path.join(folder, f"edit.{ending}")  # noqa: PTH118
        QFileDialog.getSaveFileName = staticmethod(lambda *_, answer=answer, **__: (answer, ""))
        getattr(importlib.import_module(module), function)()
    return 0


def lay(app: "OpenShotApp", movie: str, position: int, length: int) -> None:  # noqa: F821
    """Put one movie onto the lowest track."""
    import openshot
    from classes.query import Clip, File

    clip = openshot.Clip(movie)
    reader = json.loads(clip.Reader().Json()) | {"media_type": "video"}
    file = File()
    file.data = reader
    file.save()
    laid = Clip()
    laid.data = json.loads(clip.Json()) | {
        "file_id": file.id,
        "title": os.path.basename(movie),  # noqa: PTH119
        "reader": reader,
        "position": position / RATE,
        "start": IN_POINT_FRAMES / RATE,
        "end": (IN_POINT_FRAMES + length) / RATE,
        "layer": app.project._data["layers"][0]["number"],
    }
    laid.save()


if __name__ == "__main__":
    status = main(*sys.argv[1:])
    os._exit(status)  # its threads would wait for a window
