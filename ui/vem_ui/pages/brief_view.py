"""The brief in the open: what was understood, from where, what was not; each value can be changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractItemModel, QCoreApplication, QModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QLabel,
    QScrollArea,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from vem_core.contract.brief import MusicBrief, Source
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Bend, Ending
from vem_core.contract.tempo_options import TempoOptions
from vem_core.contract.unset import UNSET, Unset
from vem_ui.document.document import Document
from vem_ui.document.forecast import Forecast
from vem_ui.document.wording import for_window, name_for_window
from vem_ui.forms.direction_form import KEYS
from vem_ui.look.theme import Theme
from vem_ui.pages.row_table import ROOT, Index, RowModel, RowTable
from vem_ui.pages.tempo_curve import TempoCurve, farthest_of_each

VALUE = 1
_UNSURE = 0.3
_LEVEL = "level:"


class Entry(NamedTuple):
    """One value of the brief as it is shown. `wish` is what changing it asks for; "words": it is said in the words."""

    name: str
    value: str
    source: Source
    sureness: float
    wish: str
    seen: tuple[str, ...] = ()  # in the picture, that it was read from


class BriefModel(RowModel):
    """A row a value. Changing one is a wish of the direction, or a sentence more in its words; a step of undo."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__((self.tr("What"), self.tr("Is"), self.tr("Because")), parent)
        self._document = document
        self.styles: Mapping[str, str] = {}
        self.entries: list[Entry] = []
        self._because = {
            Source.EDITOR: self.tr("as you set it"),
            Source.WORDS: self.tr("your words"),
            Source.MARKER: self.tr("markers"),
            Source.TEMP_TRACK: self.tr("the temp track"),
            Source.CLIP_NAME: self.tr("names of clips"),
            Source.PICTURE: self.tr("the picture"),
            Source.PACE: self.tr("the pace of the cuts"),
            Source.DEFAULT: self.tr("nobody said"),
        }

    def show_brief(self, brief: MusicBrief | None) -> None:
        """Show a brief; None: nothing."""
        self.beginResetModel()
        self.entries = [] if brief is None else self._entries(brief)
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """One row a value; rows have no children."""
        return 0 if parent.isValid() else len(self.entries)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Values can be changed; where they come from cannot."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == VALUE else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The text of a cell; what nobody said is fainter."""
        entry = self.entries[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return (entry.name, entry.value, self._origin(entry))[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole and index.column() > 0:
            return QColor(self.theme.color("faint" if entry.source is Source.DEFAULT else "text"))
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == VALUE:
            return self.tr("Double-click to change it")
        return None

    def choices(self, row: int) -> list[tuple[object, str]]:
        """What a row can be chosen from, as (value, text); none where it is typed."""
        wish = self.entries[row].wish
        free: list[tuple[object, str]] = [(None, self.tr("open"))]
        if wish == "style":
            return [*free, *self.styles.items()]
        if wish == "key":
            return [*free, *((key, key) for key in KEYS)]
        if wish == "ending":
            return list(endings_in_words().items())
        return []

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for another value; False for one that cannot be."""
        entry = self.entries[index.row()]
        text = "" if value is None else str(value).strip()
        if text == entry.value:
            return False
        try:
            wishes = self._wishes(entry, value, text)
        except (ContractError, ValueError):
            return False
        self._document.change(entry.name, self._document.state.asking(**wishes))
        return True

    def _wishes(self, entry: Entry, value: object, text: str) -> dict[str, Any]:
        if entry.wish == "tempo_bpm":
            numbers = [float(part) for part in text.replace("BPM", "").replace("–", "-").split("-") if part.strip()]
            return {"tempo_bpm": (min(numbers), max(numbers)) if numbers else None}
        if entry.wish.startswith(_LEVEL):  # "-3 dB", or "-3"
            change = float(text.casefold().removesuffix("db"))
            return self._said_more(f"{entry.wish.removeprefix(_LEVEL).replace('-', ' ')} {change:+g} dB")
        if entry.wish == "words":
            return self._said_more(text)
        if entry.wish == "mood":
            return {"mood": text or None}
        return {entry.wish: value}

    def _said_more(self, text: str) -> dict[str, Any]:
        prompt = self._document.shown.direction.prompt.rstrip()
        joint = "" if not prompt else " " if prompt[-1] in ".!?" else ". "
        return {"prompt": f"{prompt}{joint}{text}"} if text else {}

    def _origin(self, entry: Entry) -> str:
        unsure = entry.source is not Source.DEFAULT and entry.sureness < _UNSURE
        because = self._of_a_take(entry) or self._because[entry.source]
        if entry.source is Source.PICTURE and entry.seen:
            because = f"{because}: {', '.join(name_for_window(word) for word in entry.seen)}"
        return self.tr("{because} (not sure)").format(because=because) if unsure else because

    def _of_a_take(self, entry: Entry) -> str:
        """Where a value comes from that nobody asked for now, but for the take that is followed; "" of others."""
        take = self._document.followed_name
        if not take or entry.source not in (Source.EDITOR, Source.WORDS):
            return ""
        wish = "prompt" if entry.source is Source.WORDS else entry.wish
        if not isinstance(getattr(self._document.state.asked, wish, UNSET), Unset):
            return ""
        text = self.tr("the words of {take}") if wish == "prompt" else self.tr("as {take} had it")
        return text.format(take=take)

    def _entries(self, brief: MusicBrief) -> list[Entry]:
        style, tempo, key, mood, players = brief.style, brief.tempo_bpm, brief.key, brief.mood, brief.instruments
        bpm = f"{tempo.low:.0f} BPM" if tempo.low == tempo.high else f"{tempo.low:.0f}-{tempo.high:.0f} BPM"
        metre = self.tr("{beats} beats to the bar").format(beats=brief.meter.beats)
        mode = name_for_window(key.mode) if key.mode else None
        keyed = " ".join(part for part in (key.tonic, mode) if part) or self.tr("open")
        density = self.tr("as the energy has it") if brief.density.value is None else f"{brief.density.value:.0%}"
        ending = endings_in_words()[brief.ending.value]
        return [
            Entry(
                self.tr("Style"),
                self.styles.get(style.id, style.id),
                style.from_,
                style.sureness,
                "style",
                style.because,
            ),
            Entry(self.tr("Tempo"), bpm, tempo.from_, tempo.sureness, "tempo_bpm"),
            Entry(self.tr("Key"), keyed, key.from_, key.sureness, "key"),
            Entry(self.tr("Metre"), metre, brief.meter.from_, brief.meter.sureness, "words"),
            Entry(self.tr("Mood"), name_for_window(mood.word), mood.from_, mood.sureness, "mood", mood.because),
            Entry(self.tr("Instruments"), self._players(brief), players.from_, players.sureness, "words"),
            *(
                Entry(
                    self.tr("Level of {0}").format(name_for_window(level.instrument)),
                    f"{level.change_db:+g} dB",
                    level.from_,
                    level.sureness,
                    f"{_LEVEL}{level.instrument}",
                )
                for level in players.levels
            ),
            Entry(self.tr("Density"), density, brief.density.from_, brief.density.sureness, "words"),
            Entry(self.tr("Ending"), ending, brief.ending.from_, brief.ending.sureness, "ending"),
        ]

    def _players(self, brief: MusicBrief) -> str:
        players = brief.instruments
        parts = [
            text.format(", ".join(name_for_window(name) for name in ids))
            for text, ids in (
                (self.tr("only {0}"), players.only),
                (self.tr("with {0}"), players.with_),
                (self.tr("without {0}"), players.without),
            )
            if ids
        ]
        return "; ".join(parts) or self.tr("the style's own")


class BriefView(QWidget):
    """The table, the words that were understood and those that were not, and the tempo's trade-off to pick from."""

    def __init__(self, document: Document, forecast: Forecast, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._forecast = document, forecast
        self._made: MusicBrief | None = None  # of the active take
        self.model = BriefModel(document, self)
        self.table = RowTable(self.model, self.tr("What the music will be"), (100, None, 150))
        self.table.setItemDelegateForColumn(VALUE, _ChoiceDelegate(self.table))
        self.words = _note()
        self.missed = _note("caution")
        self.curve = TempoCurve()
        self.curve_note = _note("facts")
        self.found = _note("facts")
        self._lay_out()
        self.curve.bend_chosen.connect(self._choose_bend)
        forecast.changed.connect(self.refresh)
        document.state_changed.connect(self.refresh)
        self.refresh()

    @property
    def shown(self) -> MusicBrief | None:
        """What the core says the next piece would be; until it has said so, what the active take was made for."""
        foreseen = self._forecast.foreseen
        return self._made if foreseen is None else foreseen.brief

    def show_styles(self, styles: Iterable[tuple[str, str]]) -> None:
        """Know the styles' names, by id."""
        self.model.styles = dict(styles)
        self.refresh()

    def show_made(self, brief: MusicBrief | None) -> None:
        """Know what the active take was made for; it is shown until the core says what the next one would be."""
        if brief is not self._made:
            self._made = brief
            self.refresh()

    def show_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self.table.show_theme(theme)
        self.curve.show_theme(theme)

    def showEvent(self, event: Any) -> None:
        """Have it worked out while it is looked at."""
        self._forecast.watch(True)
        super().showEvent(event)

    def hideEvent(self, event: Any) -> None:
        """And not while it is not."""
        self._forecast.watch(False)
        super().hideEvent(event)

    def refresh(self) -> None:
        """Show what is known now."""
        foreseen, brief = self._forecast.foreseen, self.shown
        self.model.show_brief(brief)
        self.table.setVisible(brief is not None)
        self.table.setFixedHeight(28 + 22 * max(1, len(self.model.entries)))
        self.words.setText(self._said(brief))
        found = "" if brief is None else _listed(brief, own=False)
        self.found.setText(self.tr("On the timeline itself: {words}").format(words=found) if found else "")
        missed = _missed(brief)
        self.missed.setText(missed)
        self.missed.setVisible(bool(missed))
        options = None if foreseen is None else foreseen.options
        self.curve.show_options(options, self._document.shown.direction.bend)
        self.curve.setVisible(options is not None and len(options.options) > 1)
        self.curve_note.setText("" if options is None else self._in_words(options))
        self.curve_note.setVisible(options is not None)

    def _said(self, brief: MusicBrief | None) -> str:
        if brief is None:
            if self._forecast.asking:
                return self.tr("Reading the words and the pictures ...")
            return self.tr("Open a timeline to see what its music would be, and why.")
        heard = _listed(brief, own=True)
        if not heard:
            return self.tr("Nothing was asked for in words. Double-click a value to change it.")
        return self.tr("Understood: {words}").format(words=heard)

    def _in_words(self, options: TempoOptions) -> str:
        chosen = self._document.shown.direction.bend or options.bend
        option = farthest_of_each(options.options).get(chosen)
        if option is None or not option.counted:
            return self.tr("How far the tempo may bend to meet the cuts")
        return self.tr(
            "{met} of {counted} cuts met; the tempo leaves home by {excursion:.1%} at most. Pick a point to change it."
        ).format(met=option.met_10_ms, counted=option.counted, excursion=option.excursion)

    def _choose_bend(self, bend: Bend) -> None:
        self._document.change(self.tr("Bend"), self._document.state.asking(bend=bend))

    def _lay_out(self) -> None:
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        parts = QVBoxLayout(inner)
        parts.setContentsMargins(0, 0, 6, 0)
        for part in (self.words, self.missed, self.table, self.curve_note, self.curve, self.found):
            parts.addWidget(part)
        parts.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(area)


class _ChoiceDelegate(QStyledItemDelegate):
    """Edits a value by choosing it from a list where there is one, else by typing."""

    picked = Signal()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex) -> QWidget:  # type: ignore[override]
        model = index.model()
        choices = model.choices(index.row()) if isinstance(model, BriefModel) else []
        if not choices:
            return super().createEditor(parent, option, index)
        box = QComboBox(parent)
        for value, text in choices:
            box.addItem(text, value)
        box.activated.connect(lambda _: self._commit(box))
        return box

    def setEditorData(self, editor: QWidget, index: QModelIndex) -> None:  # type: ignore[override]
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(0, editor.findText(str(index.data()))))
        else:
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: QModelIndex) -> None:  # type: ignore[override]
        if isinstance(editor, QComboBox):
            if editor.currentText() != index.data():
                model.setData(index, editor.currentData())
        else:
            super().setModelData(editor, model, index)

    def _commit(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)


def endings_in_words() -> dict[Ending, str]:
    """The endings by name."""
    translate: Callable[[str, str], str] = QCoreApplication.translate
    return {
        Ending.RING_OUT: translate("DirectionForm", "Ring out on the last frame"),
        Ending.LAST_FRAME: translate("DirectionForm", "Last hit on the last frame"),
        Ending.FADE: translate("DirectionForm", "Fade"),
        Ending.CUT: translate("DirectionForm", "Play to the end and stop"),
    }


def _missed(brief: MusicBrief | None) -> str:
    """What was not understood, gave way, or cannot be done."""
    return "" if brief is None else for_window("\n".join(brief.notices))


def _listed(brief: MusicBrief, *, own: bool) -> str:
    """Words and what they were taken for: the editor's own, or those found on the timeline."""
    found = [each for each in brief.understood if (each.from_ is Source.WORDS) is own]
    return "  ·  ".join(dict.fromkeys(f"{each.words} → {name_for_window(each.meaning)}" for each in found))


def _note(name: str = "") -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if name:
        label.setObjectName(name)
    return label
