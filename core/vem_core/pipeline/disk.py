"""Is there room on the disk? A film's score with its stems takes tens of gigabytes while it is made; better said first.

Sound is played as floats, eight bytes for a sample of both sides, and written in 24 bits, six bytes. Where its level is
down under speech it is written twice. A sound's floats are given back as it is written. A client on the same disk takes
no more: it links the files, and moves them to the take one by one. An hour with ten sounds that were written twice took
21.9 GB, and is said to take as much (`benchmarks/feature_film.py`).
"""

from __future__ import annotations

import math
import shutil

from vem_core.composer.styles import style_by_id
from vem_core.contract.errors import OutputError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.cues.handles import with_handles
from vem_core.generation.preview import MOST_PREVIEW_S
from vem_core.pipeline.job import Work
from vem_core.pipeline.speaking import wants_room

_PLAYED_BYTES, _WRITTEN_BYTES = 8, 6
_BESIDE = 2  # sounds that lie there twice for a while
_PREVIEW_BYTES = 4 * MOST_PREVIEW_S * SAMPLE_RATE_HZ
_OTHER_STEMS = 3  # drums, hits, texture
_GB = 1e9


def check_disk(work: Work) -> None:
    """Raise OutputError where the job's folder has less room than the score will take, and say how much that is."""
    folder = work.job.folder.absolute()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    needed, free = bytes_needed(work), shutil.disk_usage(there).free
    if needed > free:
        raise OutputError(
            f"This score takes about {needed / _GB:.1f} GB of disk while it is made; "
            f"the core's folder has {free / _GB:.1f} GB.",
            hint="Free some space, leave out the stems, or score it in several ranges.",
            needed_bytes=needed,
            free_bytes=free,
        )


def bytes_needed(work: Work) -> int:
    """About how many bytes of the disk a score takes at most while it is made."""
    sheet, delivery = with_handles(work.request).sheet, work.request.delivery
    samples = round(float(sheet.duration_frames / sheet.rate) * SAMPLE_RATE_HZ)
    sounds = 1 + (_stems(work) if delivery.stems and work.generator.model_id == "sketch" else 0)
    copies = 2 if wants_room(work.request) and delivery.bake_level else 1
    played = _PLAYED_BYTES * (sounds + _BESIDE)
    written = _WRITTEN_BYTES * (copies * sounds + 1)
    if delivery.is_converted:
        written += math.ceil(_WRITTEN_BYTES * sounds * delivery.sample_rate_hz / SAMPLE_RATE_HZ)
    return samples * max(played, written) + min(_PREVIEW_BYTES, 4 * samples)


def _stems(work: Work) -> int:
    """At most, as far as the style says."""
    return len({part.stem or part.name for part in style_by_id(work.brief.style.id).parts}) + _OTHER_STEMS
