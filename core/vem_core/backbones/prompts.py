"""From parse and plan to what a backbone is told: a complete caption for each shot (SG-CAtt's words)."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator

from vem_core.backbones.base import Prompts
from vem_core.composer.styles import style_by_id
from vem_core.contract.parse import Parse
from vem_core.contract.plan import ScorePlan, ShotCasting
from vem_core.contract.time import SAMPLE_RATE_HZ

_LONGEST_DESCRIPTION = 200  # characters: a caption must fit into 256 tokens
_STYLE_WORDS, _TAGS = 3, 4
_ENERGIES = ((0.2, "very quiet and sparse"), (0.4, "calm"), (0.6, "steady"), (0.8, "driving"), (1.0, "powerful, full"))


def prompts_of(parse: Parse, plan: ScorePlan) -> Prompts:
    """What is said of a plan's shots; `parse` has its style and mood, and as many shots."""
    overall = ", ".join(_overall(parse, plan))
    castings = {casting.shot: casting for casting in plan.casting.shots}
    captions = tuple(
        ", ".join((overall, *_of_shot(parse, plan, shot, castings.get(shot)), "instrumental, no vocals"))
        for shot in range(len(parse.storyboard))
    )
    seconds = plan.duration_samples / SAMPLE_RATE_HZ
    return Prompts(captions, seconds, _bpm(plan), plan.key, plan.beats_per_bar)


def _overall(parse: Parse, plan: ScorePlan) -> Iterator[str]:
    style = style_by_id(plan.style)
    yield from (style.name, *style.words[:_STYLE_WORDS], plan.mood)
    cues = parse.overall
    named = {style.name.lower(), plan.style, plan.mood, *style.words[:_STYLE_WORDS]}
    yield from (text for text in (cues.theme, cues.atmosphere) if text)
    yield from [tag for tag in cues.tags if tag.lower() not in named][:_TAGS]
    players = plan.casting.only or plan.casting.with_
    if players:
        yield f"{' and '.join(players)}{' only' if plan.casting.only else ''}"
    yield from (f"{'prominent' if change > 0 else 'soft'} {name}" for name, change in plan.casting.levels)
    if plan.casting.without:
        yield f"without {' and '.join(plan.casting.without)}"


def _of_shot(parse: Parse, plan: ScorePlan, shot: int, casting: ShotCasting | None) -> Iterator[str]:
    cue, energy = parse.storyboard[shot], plan.shot_energies[shot]
    start = cue.start_samples / SAMPLE_RATE_HZ
    yield f"from {start:.1f} to {start + cue.duration_samples / SAMPLE_RATE_HZ:.1f} seconds"
    yield next(word for highest, word in _ENERGIES if energy <= highest)
    if cue.description:
        yield f"scene: {cue.description[:_LONGEST_DESCRIPTION]}"
    if casting is not None:
        yield from (f"{' and '.join(casting.only or casting.with_)}",) if casting.only or casting.with_ else ()
        yield from (f"without {' and '.join(casting.without)}",) if casting.without else ()


def _bpm(plan: ScorePlan) -> int | None:
    """The middle of the beats' own tempi."""
    gaps = [later.samples - earlier.samples for earlier, later in itertools.pairwise(plan.beats)]
    return round(60 * SAMPLE_RATE_HZ / statistics.median(gaps)) if gaps else None
