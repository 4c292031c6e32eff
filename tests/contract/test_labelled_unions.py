"""A field that may hold one of several messages: the label says which."""

from __future__ import annotations

import json

import pytest

from fakes.random_edits import sheet_of
from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError
from vem_core.contract.listening import ListenRequest, MeasureRequest
from vem_core.contract.request import ScoreRequest
from vem_core.contract.service import JobSubmission, Task, sounds_of, thumbnails_of
from vem_core.contract.variants import VariantsRequest

ID = "00000000-0000-0000-0000-000000000001"
SHEET = sheet_of(96, [24, 48])
SOUND = "0" * 64


@pytest.mark.parametrize(
    ("request_", "task"),
    [
        (ScoreRequest(SHEET), Task.SCORE),
        (ScoreRequest(SHEET), Task.PARSE),
        (ListenRequest(SHEET, SOUND, "song"), Task.LISTEN),
        (MeasureRequest(SHEET, SOUND, "song", fit=True), Task.MEASURE),
        (VariantsRequest(ScoreRequest(SHEET), 3), Task.VARIANTS),
    ],
)
def test_each_kind_of_request_arrives_as_itself(
    request_: ScoreRequest | ListenRequest | MeasureRequest | VariantsRequest, task: Task
) -> None:
    submission = JobSubmission(ID, request_, task=task)
    assert loads(JobSubmission, dumps(submission)) == submission


@pytest.mark.parametrize("label", [None, "CutSheet.1", "ListenRequest.9", 7])
def test_a_label_of_no_kind_is_refused(label: object) -> None:
    message = json.loads(dumps(JobSubmission(ID, ListenRequest(SHEET, SOUND), task=Task.LISTEN)))
    message["request"]["schema"] = label
    with pytest.raises(ContractError, match="schema"):
        loads(JobSubmission, json.dumps(message))


def test_what_travels_with_a_request_is_known_from_it() -> None:
    assert sounds_of(ListenRequest(SHEET, SOUND)) == {SOUND}
    assert thumbnails_of(ListenRequest(SHEET, SOUND)) == frozenset()
    assert sounds_of(ScoreRequest(SHEET)) == frozenset()
