"""The form in which an editor says what the music should be; bound to a document, keeps nothing of its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from vem_core.contract.brief import MusicBrief, Suggestion
from vem_core.contract.plan import AccentBudget, Bend, Ending, ScorePlan
from vem_ui.document.document import Document
from vem_ui.document.wording import name_for_window
from vem_ui.forms.caution import CautionLine
from vem_ui.forms.form_fields import choice, number, offer, row
from vem_ui.forms.wheel_guard import GuardedSlider, GuardedSpinBox

TEMPO_LIMITS_BPM = (40.0, 220.0)
ENERGY_STEPS = 20
_NOTES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
KEYS = tuple(f"{note} {mode}" for mode in ("minor", "major") for note in _NOTES)


class DirectionForm(QWidget):
    """Words, style, mood, key, tempo, bend, accents, ending, intensity, what pictures decide, seed and model.

    Under the words stands what the last take made of them; a click on it asks for the whole brief.
    """

    model_chosen = Signal()
    brief_wanted = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.prompt = _Prompt()
        self.prompt.setAccessibleName(self.tr("What the music should be"))
        self.prompt.setPlaceholderText(self.tr("What should the music be? A sentence is enough."))
        self.prompt.setTabChangesFocus(True)
        self.prompt.setFixedHeight(64)
        self.understood = QPushButton()
        self.understood.setObjectName("quiet")
        self.understood.setToolTip(
            self.tr("What the active take made of your words. Click to see all of it, from where, and to change it.")
        )
        self.understood.hide()
        self.nearest = QPushButton()
        self.nearest.setObjectName("quiet")
        self.nearest.setToolTip(self.tr("Click to write it so"))
        self.nearest.hide()
        self._suggestion: Suggestion | None = None
        self.style_box = choice([(None, self.tr("From the words"))])
        self.model = choice([("auto", self.tr("Automatic"))])
        self.caution = CautionLine()
        self._plan: ScorePlan | None = None  # of the active take
        self.mood = QLineEdit()
        self.mood.setPlaceholderText(self.tr("The style's own"))
        self.key = choice([(None, self.tr("Any")), *((key, key) for key in KEYS)])
        self.tempo_low, self.tempo_high = _tempo_box(), _tempo_box()
        self.bend = choice(
            [
                (None, self.tr("As the style does")),
                (Bend.STEADY, self.tr("Steady: one tempo")),
                (Bend.GROOVE, self.tr("Groove: within 2 % of a home tempo")),
                (Bend.RUBATO, self.tr("Rubato: within 5 %")),
                (Bend.FREE, self.tr("Free: follows every cut")),
            ]
        )
        self.accents = choice(
            [
                (AccentBudget.FEW, self.tr("Few: one cut in ten")),
                (AccentBudget.SOME, self.tr("Some: one cut in four")),
                (AccentBudget.MANY, self.tr("Many: one cut in two")),
            ]
        )
        self.accents.setToolTip(self.tr("How many cuts are played as accents"))
        self.ending = choice(
            [
                (Ending.RING_OUT, self.tr("Ring out on the last frame")),
                (Ending.LAST_FRAME, self.tr("Last hit on the last frame")),
                (Ending.FADE, self.tr("Fade")),
                (Ending.CUT, self.tr("Play to the end and stop")),
            ]
        )
        self.energy_auto = QPushButton(self.tr("From the cut"))
        self.energy_auto.setCheckable(True)
        self.energy = GuardedSlider()
        self.energy.setRange(0, ENERGY_STEPS)
        self.ignore_picture = QCheckBox(self.tr("Ignore what the shots look like"))
        self.seed = GuardedSpinBox()
        self.seed.setRange(0, 2**31 - 1)
        self.seed.lineEdit().setTextMargins(5, 0, 0, 0)
        self.dice = QPushButton(self.tr("Roll"))
        self.dice.setToolTip(self.tr("Another seed: another piece for the same cut"))
        self._lay_out()
        self._connect()
        document.state_changed.connect(self.refresh)
        self.refresh()

    def show_styles(self, styles: Iterable[tuple[str, str]]) -> None:
        """Offer these styles, as (id, name) pairs."""
        offer(self.style_box, [(None, self.tr("From the words")), *styles])
        self.show_understood(self._plan)  # in the styles' own names
        self.refresh()

    def show_models(self, models: Iterable[str]) -> None:
        """Offer these models beside the automatic choice."""
        offer(self.model, [("auto", self.tr("Automatic")), *((model, model) for model in models if model != "auto")])
        self.refresh()

    def show_understood(self, plan: ScorePlan | None) -> None:
        """Say what a take made of the words."""
        self._plan = plan
        if plan is not None:
            index = self.style_box.findData(plan.style)
            style = self.style_box.itemText(index) if index >= 0 else plan.style
            self.understood.setText(
                self.tr("Heard as: {0}, {1}, {2}").format(style, name_for_window(plan.mood), name_for_window(plan.key))
            )
        self.understood.setVisible(plan is not None)

    def show_suggestion(self, brief: MusicBrief | None) -> None:
        """Say what a word was not understood and what may be meant by it, as long as the word stands there."""
        direction = self._document.shown.direction
        written = f"{direction.prompt} {direction.mood or ''}"
        offered = () if brief is None else brief.suggestions
        self._suggestion = found = next((each for each in offered if each.words in written), None)
        self.nearest.setVisible(found is not None)
        if found is not None:
            text = self.tr("Not understood: {word}. Did you mean {near}?")
            self.nearest.setText(text.format(word=found.words, near=found.near))

    def _take_suggestion(self) -> None:
        found, direction = self._suggestion, self._document.shown.direction
        if found is None:
            return
        if found.words in direction.prompt:
            self._ask(self.tr("Words"), prompt=direction.prompt.replace(found.words, found.near))
        elif direction.mood is not None:
            self._ask(self.tr("Mood"), mood=direction.mood.replace(found.words, found.near))

    def refresh(self) -> None:
        """Show the document's state."""
        shown = self._document.shown
        direction = shown.direction
        blockers = [QSignalBlocker(child) for child in self.findChildren(QWidget)]
        if self.prompt.toPlainText() != direction.prompt:
            self.prompt.setPlainText(direction.prompt)
        for box, value in (
            (self.style_box, direction.style),
            (self.key, direction.key),
            (self.bend, direction.bend),
            (self.accents, direction.accents),
            (self.ending, direction.ending),
            (self.model, shown.model),
        ):
            if box.findData(value) < 0 and isinstance(value, str):
                box.addItem(value, value)
            box.setCurrentIndex(max(0, box.findData(value)))
        if self.mood.text() != (direction.mood or ""):
            self.mood.setText(direction.mood or "")
        low, high = direction.tempo_bpm or (TEMPO_LIMITS_BPM[0] - 1, TEMPO_LIMITS_BPM[0] - 1)
        self.tempo_low.setValue(low)
        self.tempo_high.setValue(high)
        self.energy_auto.setChecked(direction.energy is None)
        self.energy.setEnabled(direction.energy is not None)
        self.energy.setValue(round((0.5 if direction.energy is None else direction.energy) * ENERGY_STEPS))
        self.ignore_picture.setChecked(direction.ignore_picture)
        self.seed.setValue(shown.seed)
        self.caution.show_model(shown.model)
        del blockers

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 8, 0, 0)
        form.setVerticalSpacing(6)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.prompt)
        form.addRow(self.nearest)
        form.addRow(self.understood)
        for label, field in (
            (self.tr("&Style"), self.style_box),
            (self.tr("&Mood"), self.mood),
            (self.tr("&Key"), self.key),
            (self.tr("Tem&po"), row(self.tempo_low, self.tempo_high)),
            (self.tr("&Bend"), self.bend),
            (self.tr("&Accents"), self.accents),
            (self.tr("&Ending"), self.ending),
            (self.tr("&Intensity"), row(self.energy, self.energy_auto)),
            ("", self.ignore_picture),
            (self.tr("S&eed"), row(self.seed, self.dice)),
            (self.tr("M&odel"), self.model),
        ):
            form.addRow(label, field)
            inner = field.findChild(QWidget) if type(field) is QWidget else field
            if label:
                (inner or field).setAccessibleName(label.replace("&", ""))
        form.addRow(self.caution)
        self.tempo_high.setAccessibleName(self.tr("Highest tempo"))
        self.energy_auto.setAccessibleName(self.tr("Intensity from the cut"))

    def _connect(self) -> None:
        ask = self._ask
        self.prompt.textChanged.connect(lambda: ask(self.tr("Words"), "words", prompt=self.prompt.toPlainText()))
        self.prompt.left.connect(self._document.settle)
        self.prompt.undo_wanted.connect(self._document.undo_stack.undo)
        self.prompt.redo_wanted.connect(self._document.undo_stack.redo)
        self.mood.editingFinished.connect(self._document.settle)
        self.energy.sliderReleased.connect(self._document.settle)
        self.understood.clicked.connect(self.brief_wanted)
        self.nearest.clicked.connect(self._take_suggestion)
        self.model.currentIndexChanged.connect(self._change_model)
        self.mood.textEdited.connect(lambda text: ask(self.tr("Mood"), "mood", mood=text or None))
        for box, title, field in (
            (self.style_box, self.tr("Style"), "style"),
            (self.key, self.tr("Key"), "key"),
            (self.bend, self.tr("Bend"), "bend"),
            (self.accents, self.tr("Accents"), "accents"),
            (self.ending, self.tr("Ending"), "ending"),
        ):
            box.currentIndexChanged.connect(self._chooser(box, title, field))
        self.tempo_low.valueChanged.connect(lambda _: self._change_tempo(low_moved=True))
        self.tempo_high.valueChanged.connect(lambda _: self._change_tempo(low_moved=False))
        self.energy.valueChanged.connect(lambda value: ask(self.tr("Intensity"), "energy", energy=value / ENERGY_STEPS))
        self.energy_auto.toggled.connect(
            lambda auto: ask(self.tr("Intensity"), energy=None if auto else self.energy.value() / ENERGY_STEPS)
        )
        self.ignore_picture.toggled.connect(lambda on: ask(self.tr("Pictures"), ignore_picture=on))
        self.seed.valueChanged.connect(lambda seed: ask(self.tr("Seed"), "seed", seed=seed))
        self.dice.clicked.connect(lambda: ask(self.tr("Seed"), "seed", seed=random.SystemRandom().randrange(2**31)))

    def _chooser(self, box: QComboBox, title: str, wish: str) -> Callable[[int], None]:
        return lambda index: self._ask(title, **{wish: box.itemData(index)})

    def _change_model(self, index: int) -> None:
        self._ask(self.tr("Model"), model=self.model.itemData(index))
        self.model_chosen.emit()

    def _change_tempo(self, *, low_moved: bool) -> None:
        """A range that would turn around is pushed along by the end that moved; below the lowest means any tempo."""
        low, high = self.tempo_low.value(), self.tempo_high.value()
        if low_moved:
            high = max(low, high)
        else:
            low = min(low, high)
        tempo = None if (low if low_moved else high) < TEMPO_LIMITS_BPM[0] else (max(low, TEMPO_LIMITS_BPM[0]), high)
        self._ask(self.tr("Tempo"), "tempo", tempo_bpm=tempo)

    def _ask(self, title: str, merge: str = "", **wishes: object) -> None:
        """Set wishes, as one step of undo."""
        self._document.change(title, self._document.state.asking(**wishes), merge=merge)


class _Prompt(QPlainTextEdit):
    """A text field whose undo is the document's, and which says when it is left."""

    left = Signal()
    undo_wanted = Signal()
    redo_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setUndoRedoEnabled(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        standard = QKeySequence.StandardKey
        if event.matches(standard.Undo):
            self.undo_wanted.emit()
        elif event.matches(standard.Redo):
            self.redo_wanted.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


def _tempo_box() -> QDoubleSpinBox:
    box = number(TEMPO_LIMITS_BPM[0] - 1, TEMPO_LIMITS_BPM[1], 1, " BPM", decimals=0)
    box.setSpecialValueText(QCoreApplication.translate("DirectionForm", "any"))
    return box
