"""What is said of a model whose music may not go into paid work, before it makes any."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel, QWidget

from vem_plugin.client.base import CoreInfo


def cautions_of(core: CoreInfo) -> dict[str, str]:
    """For each model whose licence forbids paid work, allows it on conditions, or is not known, what is to be said."""
    forbidden = {model: _sentence(model, licence) for model, licence in core.not_for_paid_work}
    return {**dict(core.paid_work_on_conditions), **forbidden}


class CautionLine(QLabel):
    """A quiet line under a choice of model; there only while a model is chosen that has a caution."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("caution")
        self.setWordWrap(True)
        self._cautions: Mapping[str, str] = {}
        self._model = ""
        self.show_model("")

    @property
    def caution(self) -> str:
        """The sentence on the chosen model; empty where its music may be used for anything."""
        return self._cautions.get(self._model, "")

    def is_one(self, text: str) -> bool:
        """Whether a text is one of the sentences."""
        return text in self._cautions.values()

    def show_cautions(self, cautions: Mapping[str, str]) -> None:
        """Know these sentences by model."""
        self._cautions = cautions
        self.show_model(self._model)

    def show_model(self, model: str) -> None:
        """Say what is to be known of this model."""
        self._model = model
        self.setText(self.caution)
        self.setVisible(bool(self.caution))


def _sentence(model: str, licence: str) -> str:
    if not licence:
        text = QCoreApplication.translate(
            "Caution", "Nobody has stated the licence of {model}: no paid work with this music before you know it."
        )
        return text.format(model=model)
    text = QCoreApplication.translate(
        "Caution", "Not for paid work: {model} is licensed under {licence}. Use its music for trials and private work."
    )
    return text.format(model=model, licence=licence)
