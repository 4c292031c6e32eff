"""Everything that can go wrong, as one tree.

    VemError                       exit 1
    ├── InputError                 exit 3   what was given cannot be used
    │   ├── RateError                       not a frame rate
    │   ├── TimecodeError                   not a timecode at that rate
    │   ├── TimelineError                   the timeline cannot be read, or has nothing to score
    │   │   ├── TimelineUnreadable
    │   │   ├── TimelineTooNew              written by a newer OpenTimelineIO
    │   │   ├── AdapterMissing              the format needs the `adapters` extra
    │   │   ├── SeveralTimelines   exit 2   the file holds several, and nobody said which
    │   │   └── NoPicture
    │   ├── ContractError                   a message breaks the contract: unknown field, wrong type, wrong label
    │   │   ├── IdTaken                     the job id stands for another request
    │   │   └── UnsupportedBody             neither JSON nor multipart
    │   ├── DirectionError                  the editor's wishes cannot be met
    │   ├── AudioError                      an audio file cannot be read or is unusable
    │   ├── CorpusDamaged                   a shard of training data is missing, or not what its index says
    │   └── LimitExceeded                   larger than the core accepts
    ├── OutputError                exit 4   the result cannot be written: disk full, read-only, in the way
    ├── CoreError                  exit 5   the inference core
    │   ├── CoreStartFailed
    │   │   ├── CoreMissing                 none is installed
    │   │   ├── CoreRunning                 another core holds the state folder
    │   │   └── CoreKilled                  ended from outside while it started
    │   ├── CoreLost                        it stopped answering
    │   │   └── CoreBusy                    its process lives, but it does not answer
    │   ├── ProtocolMismatch                core and host side are of different versions
    │   ├── NotAuthorised                   missing or wrong token
    │   │   └── NotAllowed                  called by a foreign host name, or from a web page
    │   ├── JobUnknown
    │   ├── QueueFull
    │   └── InternalError                   a bug; the log has the traceback
    ├── GenerationError            exit 6   the music cannot be made
    │   ├── ModelMissing
    │   ├── WeightsDamaged                  hash, key or format differs from what is registered
    │   └── OutOfMemory
    └── Cancelled                  exit 130

Each class has a stable `code` for the wire, an `exit_status` for the shell, and a `hint`: what a person can do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar


class VemError(Exception):
    """A failure with a sentence for a person, a code for a program, and a hint for what to do.

    `details` holds plain values (numbers, strings) that travel with the error on the wire.
    """

    code: ClassVar[str] = "vem"
    exit_status: ClassVar[int] = 1
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str | None = None, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint
        self.details = details

    def to_wire(self) -> dict[str, object]:
        """The error as a JSON object: code, message, hint, details."""
        details = {
            name: value if isinstance(value, int | float) else str(value) for name, value in self.details.items()
        }
        return {"code": self.code, "message": self.message, "hint": self.hint, "details": details}


class InputError(VemError):
    code = "input"
    exit_status = 3


class RateError(InputError):
    code = "input.rate"
    default_hint = "Use a rate such as 24, 25, 29.97 or 24000/1001."


class TimecodeError(InputError):
    code = "input.timecode"


class TimelineError(InputError):
    code = "timeline"


class TimelineUnreadable(TimelineError):
    code = "timeline.unreadable"
    default_hint = "Export the timeline again from the editor, as OpenTimelineIO (.otio) where it offers that."


class TimelineTooNew(TimelineError):
    code = "timeline.too-new"
    default_hint = "Update VeM Score, or export from the editor in an older OpenTimelineIO version."


class AdapterMissing(TimelineError):
    code = "timeline.adapter-missing"
    default_hint = "Install the adapters: pip install 'vem-score[adapters]'."


class SeveralTimelines(TimelineError):
    """`details`: `names`, a tuple of what each can be asked for by; `file`, the file's name."""

    code = "timeline.several"
    exit_status = 2
    default_hint = "Say which one is meant: --timeline-name NAME (in Python, FileHostOptions.timeline_name)."

    @property
    def names(self) -> tuple[str, ...]:
        """What each timeline can be asked for by, in the file's order."""
        names = self.details.get("names")
        return names if isinstance(names, tuple) else ()


class NoPicture(TimelineError):
    code = "timeline.no-picture"
    default_hint = "Score a timeline that has at least one enabled video clip."


class ContractError(InputError):
    code = "contract"


class IdTaken(ContractError):
    code = "contract.id-taken"
    default_hint = "Choose a new id."


class UnsupportedBody(ContractError):
    code = "contract.body"


class DirectionError(InputError):
    code = "direction"


class AudioError(InputError):
    code = "audio"


class CorpusDamaged(InputError):
    code = "input.corpus"
    default_hint = "Run the `vem data` command that made the corpus again: it rebuilds what is damaged."


class LimitExceeded(InputError):
    code = "input.too-large"


class OutputError(VemError):
    code = "output"
    exit_status = 4
    default_hint = "Free some space or choose another folder with --output."


class CoreError(VemError):
    code = "core"
    exit_status = 5


class CoreStartFailed(CoreError):
    code = "core.start"
    default_hint = "Run `vem core doctor`."


class CoreMissing(CoreStartFailed):
    code = "core.start.missing"
    default_hint = "Run `vem core install`."


class CoreRunning(CoreStartFailed):
    code = "core.start.running"
    default_hint = "Use that one, or stop it with `vem core stop`."


class CoreKilled(CoreStartFailed):
    code = "core.start.killed"


class CoreLost(CoreError):
    code = "core.lost"
    default_hint = "Try again; if it happens twice, run `vem core doctor`."


class CoreBusy(CoreLost):
    code = "core.lost.busy"
    default_hint = "Wait for it, or end it: `vem core stop`, or its process by hand."


class ProtocolMismatch(CoreError):
    code = "core.protocol"
    default_hint = "Stop the running core with `vem core stop` and try again."


class NotAuthorised(CoreError):
    code = "core.not-authorised"
    default_hint = "Stop the running core with `vem core stop` and try again."


class NotAllowed(NotAuthorised):
    code = "core.not-authorised.source"
    default_hint = "Call the core by 127.0.0.1 or localhost, not from a web page; or start it with --allow-host."


class JobUnknown(CoreError):
    code = "core.job-unknown"


class QueueFull(CoreError):
    code = "core.queue-full"
    default_hint = "Wait for a job to finish, or cancel one."


class InternalError(CoreError):
    code = "core.internal"
    default_hint = "Run `vem core doctor --report` and send what it prints with a bug report."


class GenerationError(VemError):
    code = "generation"
    exit_status = 6


class ModelMissing(GenerationError):
    code = "generation.model-missing"
    default_hint = "Choose another with --model; `--model sketch` always works."


class WeightsDamaged(GenerationError):
    code = "generation.weights-damaged"
    default_hint = "Reinstall the model's files."


class OutOfMemory(GenerationError):
    code = "generation.out-of-memory"
    default_hint = "Close other programs that use the GPU, score a shorter range, or use --device cpu."


class Cancelled(VemError):
    code = "cancelled"
    exit_status = 130


def _tree(root: type[VemError]) -> Iterator[type[VemError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


def error_from_wire(payload: object) -> VemError:
    """The error that `VemError.to_wire` described; an unknown code becomes the nearest class up the tree."""
    if not isinstance(payload, dict):
        return CoreError("The core answered with an error that cannot be read.")
    by_code = {cls.code: cls for cls in _tree(VemError)}
    code = str(payload.get("code", ""))
    while code and code not in by_code:
        code = code.rpartition(".")[0]
    details = payload.get("details")
    message = str(payload.get("message", "The core reported an error."))
    error = by_code.get(code, CoreError)(message, hint=str(payload.get("hint", "")))
    if isinstance(details, dict):  # set, not passed: one may be called `hint`
        error.details = {str(name): value for name, value in details.items()}
    return error
