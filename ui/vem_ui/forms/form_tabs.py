"""What the editor says about the music, in three quiet pages, with presets of direction beside them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QTabWidget, QWidget

from vem_ui.document.document import Document
from vem_ui.document.sound_reader import SoundReader
from vem_ui.forms.delivery_form import DeliveryForm
from vem_ui.forms.direction_form import DirectionForm
from vem_ui.forms.form_fields import row
from vem_ui.forms.preset_menu import PresetMenu
from vem_ui.forms.sound_form import SoundForm

_TABS_PX, _BELOW_PX = 20, 4  # together as high as the tabs; their texts stand above the line under the chosen one


class FormTabs(QTabWidget):
    """Direction, the sound that is there already, delivery."""

    def __init__(self, document: Document, sound: SoundReader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.direction = DirectionForm(document)
        self.sound = SoundForm(document, sound)
        self.delivery = DeliveryForm(document)
        self.presets = PresetMenu(document, self)
        self.presets_button = QPushButton(self.tr("Presets"))
        self.presets_button.setObjectName("quiet")
        self.presets_button.setToolTip(self.tr("Apply, save and share directions"))
        self.presets_button.setMinimumHeight(_TABS_PX)
        self.presets_button.setMenu(self.presets)
        for form, name in (
            (self.direction, self.tr("Direction")),
            (self.sound, self.tr("Sound")),
            (self.delivery, self.tr("Delivery")),
        ):
            self.addTab(_scrolled(form), name)
        self.tabBar().setDrawBase(False)
        corner = row(self.presets_button)  # bare, it would hang below the tabs
        corner.setContentsMargins(0, 0, 0, _BELOW_PX)
        self.setCornerWidget(corner)


def _scrolled(form: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(form)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
