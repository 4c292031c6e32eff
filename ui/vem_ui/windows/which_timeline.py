"""The question which timeline of a file is meant."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLabel, QListView, QWidget

from vem_core.contract.errors import SeveralTimelines
from vem_ui.document.wording import for_window


def ask_which(title: str, error: SeveralTimelines, choose: Callable[[str], None], parent: QWidget) -> QInputDialog:
    """Show a list of the timelines; `choose` hears the one that is meant, and nothing if the editor gives up."""
    dialog = QInputDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setOption(QInputDialog.InputDialogOption.UseListViewForComboBoxItems)
    dialog.setWindowTitle(title)
    dialog.setLabelText(for_window(error.message))
    dialog.setComboBoxItems(list(error.names))
    for label in dialog.findChildren(QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)  # the names are a stranger's
        label.setWordWrap(True)
    dialog.textValueSelected.connect(choose)
    dialog.open()
    for view in dialog.findChildren(QListView):  # so that the arrows choose at once
        view.setFocus(Qt.FocusReason.OtherFocusReason)
        view.setCurrentIndex(view.model().index(0, 0))
    return dialog
