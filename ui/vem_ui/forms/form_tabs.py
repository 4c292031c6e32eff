"""What the editor says about the music, in three quiet pages, with presets of direction beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QTabWidget, QWidget

from vem_core.contract.result import ScoreResult
from vem_ui.document.document import Document
from vem_ui.document.sound_reader import SoundReader
from vem_ui.forms.delivery_form import DeliveryForm
from vem_ui.forms.direction_form import DirectionForm
from vem_ui.forms.form_fields import row
from vem_ui.forms.preset_menu import PresetMenu
from vem_ui.forms.sound_form import SoundForm

Form = TypeVar("Form", bound=QWidget)
_TABS_PX, _BELOW_PX = 20, 4  # together as high as the tabs; their texts stand above the line under the chosen one


class FormTabs(QTabWidget):
    """Direction, the sound that is there already, delivery.

    A form that is not in front is made after the window has come up, or when it is needed: all in one turn of the
    event loop would be a pause.
    """

    made = Signal(QWidget)  # a form, later than the window

    def __init__(self, document: Document, sound: SoundReader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.presets = PresetMenu(document, self)
        self.presets_button = QPushButton(self.tr("Presets"))
        self.presets_button.setObjectName("quiet")
        self.presets_button.setToolTip(self.tr("Apply, save and share directions"))
        self.presets_button.setMinimumHeight(_TABS_PX)
        self.presets_button.setMenu(self.presets)
        self._rights_of: ScoreResult | None = None
        self._direction = _Page(lambda: DirectionForm(document))
        self._sound = _Page(lambda: SoundForm(document, sound))
        self._delivery = _Page(lambda: DeliveryForm(document))
        for page, name in (
            (self._direction, self.tr("Direction")),
            (self._sound, self.tr("Sound")),
            (self._delivery, self.tr("Delivery")),
        ):
            page.made.connect(self.made)
            self.addTab(page, name)
        self._delivery.made.connect(lambda form: form.show_rights(self._rights_of))
        self.tabBar().setDrawBase(False)
        corner = row(self.presets_button)  # bare, it would hang below the tabs
        corner.setContentsMargins(0, 0, 0, _BELOW_PX)
        self.setCornerWidget(corner)

    @property
    def direction(self) -> DirectionForm:
        """What the music shall be."""
        return self._direction.form

    @property
    def sound(self) -> SoundForm:
        """The sound that is there already."""
        return self._sound.form

    @property
    def delivery(self) -> DeliveryForm:
        """In which form the music is delivered."""
        return self._delivery.form

    def show_rights(self, result: ScoreResult | None) -> None:
        """Say what may be done with a take's music."""
        self._rights_of = result
        if self._delivery.is_made:
            self.delivery.show_rights(result)

    def showEvent(self, event: QShowEvent) -> None:
        """Make the forms behind the first, each in a turn of the event loop of its own."""
        super().showEvent(event)
        QTimer.singleShot(1, self, self._make_next)

    def _make_next(self) -> None:
        for page in (self._sound, self._delivery):
            if not page.is_made:
                page.make()
                QTimer.singleShot(1, self, self._make_next)
                return


class _Page(QScrollArea, Generic[Form]):
    """A form that is made when it is needed, and can be scrolled."""

    made = Signal(QWidget)

    def __init__(self, make: Callable[[], Form]) -> None:
        super().__init__()
        self._make = make
        self._form: Form | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    @property
    def is_made(self) -> bool:
        """Whether the form is there."""
        return self._form is not None

    @property
    def form(self) -> Form:
        """The form."""
        return self.make() if self._form is None else self._form

    def make(self) -> Form:
        """Make the form."""
        self._form = form = self._make()
        self.setWidget(form)
        self.made.emit(form)
        return form

    def showEvent(self, event: QShowEvent) -> None:
        """Make the form, at the latest now."""
        if self._form is None:
            self.make()
        super().showEvent(event)
