"""The panel's process, from its start to its last window."""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn

from PySide6.QtWidgets import QApplication

from vem_core.contract.service import APP_NAME
from vem_plugin.hosts.helper import HostHelper
from vem_plugin.resolve.exchange import Exchange
from vem_ui.application.collecting import UiCollector
from vem_ui.application.instance_server import InstanceServer
from vem_ui.application.panel import PanelApplication
from vem_ui.application.single_instance import OpenRequest, server_name
from vem_ui.document.preferences import PreferenceStore
from vem_ui.strip.accessible import let_strips_be_read

SWITCH_S = 0.0005
"""How long a worker in Python may keep the window waiting; Python's own 5 ms add up in a painted frame."""


def run_panel(request: OpenRequest) -> int:
    """Run the panel until its last window is closed; the exit status."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("VeM Score")
    app.setDesktopFileName(APP_NAME)
    app.setStyle("Fusion")
    let_strips_be_read()
    sys.setswitchinterval(SWITCH_S)
    store = PreferenceStore()
    collector, helper, server = UiCollector(), HostHelper(), InstanceServer(server_name(store.path))
    helper.warm_up()
    exchange = Exchange.of_user()
    panel = PanelApplication(store, make_file_host=helper.host, run=helper.run, exchange=exchange)
    server.requested.connect(panel.answer)
    panel.window_closed.connect(collector.look_at_all)
    panel.answer(request)
    status = app.exec()
    server.close()
    panel.close()
    helper.close()
    collector.close()
    return status


def leave(status: int) -> NoReturn:
    """End the process, where all is saved and closed; what asked to be called at the end is called.

    Python and Qt would take what is left apart object by object, in no order that both know: that takes a moment, and
    once in many ends it waited for ever. The system takes it all back at once.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
