"""Whether the music does what words ask: the suite of prompts, checked on the result, by kind of wish and by language.

    python benchmarks/direction.py [--prompts FILE] [--ids en-01 ...] [--json] [--calibrate] [--cost]

Each prompt directs a cut of 16 shots. Instruments, style and density are read off the notes and stems, the key off the
pitch classes of the notes, tempo and metre off the beats, the arc off the loudness of the rendered sound. A wish is
*obeyed*, *named* (in `not_understood` or among what cannot be done), *missed*, or *inverted*: the opposite was done.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vem_core.composer.casting import voices_of
from vem_core.composer.composition import compose
from vem_core.composer.instruments import is_played_by, short_stroke
from vem_core.composer.keys import Key
from vem_core.composer.piece import NoteFunction, Piece
from vem_core.composer.styles import style_by_id
from vem_core.contract.brief import MusicBrief
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.direction import direct
from vem_core.pipeline.planning import plan_as_briefed
from vem_core.rhythm.weights import weigh_cuts
from vem_core.training.beat_corpus import random_edit

PROMPTS = Path(__file__).parent.parent / "tests" / "core" / "direction" / "prompts.json"
CUTS, EDIT_SEED = 15, 20
LEAST_CORRELATION = 0.6
"""Of the loudness with the asked arc, over seconds: from here on the arc counts as heard."""

OBEYED, NAMED, MISSED, INVERTED = "obeyed", "named", "missed", "inverted"


@dataclass(frozen=True)
class Verdict:
    id: str
    language: str
    kind: str
    verdict: str
    failed: tuple[str, ...] = ()  # what was not as expected


@dataclass(frozen=True)
class Made:
    """What a prompt made. `sound` renders the piece when an arc has to be heard."""

    brief: MusicBrief
    plain: MusicBrief  # of no prompt
    plan: ScorePlan
    piece: Piece
    sheet: CutSheet

    @property
    def patches(self) -> set[str]:
        return {part.patch for part in self.piece.parts if not part.patch.startswith("fx.")}


def edit() -> CutSheet:
    """The cut that every prompt directs."""
    return random_edit(EDIT_SEED, CUTS)


def make(prompt: str, sheet: CutSheet, plain: MusicBrief) -> Made:
    """The music of a prompt, as notes."""
    request = ScoreRequest(sheet, Direction(prompt=prompt))
    brief = direct(request)
    plan = plan_as_briefed(request, brief, weigh_cuts(sheet))
    return Made(brief, plain, plan, compose(plan), sheet)


def judge(entry: dict[str, Any], made: Made) -> Verdict:
    """The verdict on one prompt."""
    return verdict_of(entry, list(_check(entry["expect"], made)), made.brief)


def verdict_of(entry: dict[str, Any], found: list[tuple[str, str]], brief: MusicBrief) -> Verdict:
    """The verdict on a prompt of which this was found of each thing that is expected: the worst of them."""
    failed = tuple(name for name, verdict in found if verdict != OBEYED)
    verdicts = {verdict for _, verdict in found}
    worst = INVERTED if INVERTED in verdicts else MISSED if MISSED in verdicts else OBEYED
    if worst == MISSED and (brief.cannot or (brief.not_understood and entry["kind"] != "none")):
        worst = NAMED
    return Verdict(entry["id"], entry["language"], entry["kind"], worst, failed)


def _check(expect: dict[str, Any], made: Made) -> Iterator[tuple[str, str]]:
    """What became of each thing that is expected."""
    for name, wanted in expect.items():
        yield name, _CHECKS[name](wanted, made)


def _tempo(wanted: list[float], made: Made) -> str:
    beats = np.array([beat.samples for beat in made.plan.beats])
    bpm = 60 * SAMPLE_RATE_HZ / float(np.median(np.diff(beats)))
    low, high = wanted[0] * 0.99, wanted[1] * 1.01
    if low <= bpm <= high:
        return OBEYED
    plain = (made.plain.tempo_bpm.low + made.plain.tempo_bpm.high) / 2
    middle = (wanted[0] + wanted[1]) / 2
    return INVERTED if (bpm - plain) * (middle - plain) < 0 and abs(bpm / plain - 1) > 0.15 else MISSED


def _key(wanted: list[str], made: Made) -> str:
    tonic, mode = Key.parse(" ".join(wanted)).tonic, wanted[1]
    counts = np.zeros(12)
    for part in made.piece.parts:
        if part.patch.startswith(("kit.", "fx.")):
            continue
        for note in part.notes:
            counts[note.pitch % 12] += note.duration_samples
    own = Key.parse(made.plan.key)
    scale = sum(counts[(tonic + step) % 12] for step in Key(tonic, mode).steps) / counts.sum()
    final = [note.pitch % 12 for part in made.piece.parts for note in part.notes
             if note.function is NoteFunction.ENDING and part.patch.startswith("bass.")]  # fmt: skip
    ends_home = not final or tonic in final
    return OBEYED if own == Key(tonic, mode) and scale > 0.85 and ends_home else MISSED


def _beats(wanted: int, made: Made) -> str:
    sizes = Counter(Counter(beat.bar for beat in made.plan.beats).values())
    return OBEYED if sizes.most_common(1)[0][0] == wanted else MISSED


def _style(wanted: list[str], made: Made) -> str:
    return OBEYED if made.plan.style in {OTHER_NAMES.get(name, name) for name in wanted} else MISSED


def _not_style(wanted: list[str], made: Made) -> str:
    return INVERTED if made.plan.style in wanted else OBEYED


OTHER_NAMES = {"horn": "french-horn", "bossa": "bossa-nova"}
"""As those who wrote prompts call what is called otherwise here."""


def _sounds(name: str, made: Made) -> bool:
    name = OTHER_NAMES.get(name, name)
    if name == "drums":
        return any(part.patch.startswith("kit.") or part.name == "drums" for part in made.piece.parts)
    if keys := voices_of(name):  # of a kit: that it is there says nothing of its hi-hat
        kits = [part for part in made.piece.parts if part.patch.startswith("kit.")]
        return any(note.pitch in keys for kit in kits for note in kit.notes)
    return any(is_played_by(patch, name) for patch in made.patches)


def _has(wanted: list[str], made: Made) -> str:
    return OBEYED if all(_sounds(name, made) for name in wanted) else INVERTED if _are_without(wanted, made) else MISSED


def _are_without(wanted: list[str], made: Made) -> bool:
    return any(name in made.brief.instruments.without for name in wanted)


def _lacks(wanted: list[str], made: Made) -> str:
    sounding = [name for name in wanted if _sounds(name, made)]
    asked = any(name in (*made.brief.instruments.with_, *made.brief.instruments.only) for name in sounding)
    return OBEYED if not sounding else INVERTED if asked else MISSED


def _only(wanted: list[str], made: Made) -> str:
    names = [OTHER_NAMES.get(name, name) for name in wanted]
    own = {patch for patch in made.patches if any(is_played_by(patch, name) for name in names)}
    stray = made.patches - own - {short_stroke(patch) for patch in own}  # the bite that begins a bowed note
    effects = [part.patch for part in made.piece.parts if part.patch.startswith("fx.")]
    if stray or effects or not made.patches:
        return INVERTED if _are_without(wanted, made) else MISSED
    return OBEYED


def _valence(wanted: list[float], made: Made) -> str:
    """The brief's valence, and a mode on its side where the style has one."""
    valence = made.brief.mood.valence
    if not wanted[0] <= valence <= wanted[1]:
        return INVERTED if valence * (wanted[0] + wanted[1]) < 0 and made.brief.mood.sureness > 0 else MISSED
    side = 1 if wanted[0] >= 0.1 else -1 if wanted[1] <= -0.04 else 0
    families = {Key.parse(f"C {mode}").is_major for mode in style_by_id(made.plan.style).modes}
    if side == 0 or len(families) == 1 or made.brief.key.tonic is not None:
        return OBEYED
    return OBEYED if Key.parse(made.plan.key).is_major == (side > 0) else INVERTED


def _arousal(wanted: list[float], made: Made) -> str:
    arousal, energy = made.brief.mood.arousal, float(np.mean(made.plan.shot_energies))
    level = arousal if made.brief.mood.sureness > 0 else 2.5 * (energy - 0.55)
    return OBEYED if wanted[0] <= level <= wanted[1] else MISSED


def _arc(wanted: list[list[float]], made: Made) -> str:
    """The correlation of the sound's loudness with the arc, second by second."""
    from vem_core.synth import render

    mix = render(made.piece, 0).mix
    seconds = mix.shape[1] // SAMPLE_RATE_HZ
    # The ring of the last hit is the ending, not the arc.
    last_s = int(made.plan.beats[made.plan.final_beat].samples / SAMPLE_RATE_HZ) if made.plan.beats else seconds
    power = np.array([
        float((mix[:, s * SAMPLE_RATE_HZ : (s + 1) * SAMPLE_RATE_HZ] ** 2).mean()) for s in range(min(seconds, last_s))
    ])  # fmt: skip
    level_db = 10 * np.log10(power + 1e-7)
    level_db = np.convolve(level_db, np.ones(3) / 3, "same")[1:-1]
    shares, energies = zip(*wanted, strict=True)
    asked = np.interp((np.arange(len(power)) + 0.5)[1:-1] / seconds, shares, energies)
    correlation = float(np.corrcoef(level_db, asked)[0, 1])
    return OBEYED if correlation >= LEAST_CORRELATION else INVERTED if correlation < -0.3 else MISSED


def _density(wanted: str, made: Made) -> str:
    """Notes a second against those of no prompt."""
    seconds = made.plan.duration_samples / SAMPLE_RATE_HZ
    plain = compose(_plain_plan(made))
    own, usual = (sum(len(part.notes) for part in piece.parts) / seconds for piece in (made.piece, plain))
    fits = own < 0.6 * usual if wanted == "sparse" else own > 1.15 * usual
    return OBEYED if fits else MISSED


def _plain_plan(made: Made) -> ScorePlan:
    request = ScoreRequest(made.sheet)
    return plan_as_briefed(request, made.plain, weigh_cuts(made.sheet))


def _unchanged(_: bool, made: Made) -> str:
    return unchanged(made.brief, made.plain)


def unchanged(brief: MusicBrief, plain: MusicBrief) -> str:
    """Whether a brief is that of no prompt, but for what it says of the words."""
    own, usual = (asdict(each) for each in (brief, plain))
    for each in (own, usual):
        each.pop("not_understood")
    return OBEYED if own == usual else INVERTED


_CHECKS: dict[str, Callable[[Any, Made], str]] = {
    "tempo_bpm": _tempo, "key": _key, "beats": _beats, "style": _style, "not_style": _not_style, "has": _has,
    "lacks": _lacks, "only": _only, "valence": _valence, "arousal": _arousal, "arc": _arc, "density": _density,
    "unchanged": _unchanged,
}  # fmt: skip


def judge_all(entries: list[dict[str, Any]]) -> list[Verdict]:
    """The verdicts on all prompts."""
    sheet = edit()
    plain = direct(ScoreRequest(sheet))
    return [judge(entry, make(entry["prompt"], sheet, plain)) for entry in entries]


def table(verdicts: list[Verdict]) -> str:
    """Shares obeyed by kind and by language."""
    lines = [f"{'':<14}{'prompts':>8}{OBEYED:>9}{NAMED:>8}{MISSED:>8}{INVERTED:>10}"]
    for field in ("kind", "language"):
        groups: dict[str, list[Verdict]] = defaultdict(list)
        for verdict in verdicts:
            groups[getattr(verdict, field)].append(verdict)
        lines += [_row(name, groups[name]) for name in sorted(groups)] + [""]
    return "\n".join([*lines, _row("all", verdicts)])


def _row(name: str, verdicts: list[Verdict]) -> str:
    counts = Counter(verdict.verdict for verdict in verdicts)
    share = counts[OBEYED] / len(verdicts)
    return f"{name:<14}{len(verdicts):>8}{share:>9.1%}{counts[NAMED]:>8}{counts[MISSED]:>8}{counts[INVERTED]:>10}"


def cost() -> dict[str, float | None]:
    """Seconds that a brief of 100 shots takes, decoding apart: words, colour and motion, and the image network."""
    from vem_core.direction.affect import nearest_mood
    from vem_core.direction.grammar import _read, read_words
    from vem_core.direction.sight import sights_of
    from vem_core.parsing.pictures import SIZE, ShotPictures

    random = np.random.default_rng(0)
    picture = [random.random((SIZE[1], SIZE[0], 3), np.float32) for _ in range(8)]
    shots = [ShotPictures(tuple(picture[:3]), tuple(picture[3:5]), tuple(picture[5:8]))] * 100
    read_words("sad solo piano"), nearest_mood(0, 0)
    begun = time.process_time()
    sights_of(shots, [2.0] * 100, 0.04)
    seen = time.process_time()
    _read.cache_clear()
    read_words("restless at first, then open and hopeful; 96 bpm, no drums, piano and strings, builds until the end")
    for shot in range(100):
        read_words(f"harbour wide {shot}, calm")
    read = time.process_time()
    return {"pictures_s": seen - begun, "words_s": read - seen, "network_ms_a_shot": _network_ms()}


def _network_ms(pictures: int = 30) -> float | None:
    """Milliseconds of processor time that the image network takes for one picture of a shot; None without it.

    Of pictures that nobody has seen before, on one thread: a picture that is known costs nothing.
    """
    from vem_core.parsing.eyes.lite import LiteEyes, bundled_weights

    if bundled_weights() is None:
        return None
    eyes, random = LiteEyes(), np.random.default_rng(0)
    shown = [random.random((eyes.size[1], eyes.size[0], 3), np.float32) for _ in range(pictures)]
    eyes.glance(shown[0])
    begun = time.process_time()
    for picture in shown:
        eyes.glance(picture)
    return 1000 * (time.process_time() - begun) / pictures


PARAPHRASES = (
    "music for someone who just lost their best friend",
    "everything will be fine in the end",
    "we are being followed and something terrible is about to happen",
    "children running through sprinklers on a hot day",
    "a knight returns home from the war with his head held high",
    "two people falling for each other on a train",
    "drifting weightless above the earth",
    "flat out down the motorway with the police behind us",
    "an old photograph of grandmother's garden",
    "a lake at dawn before anyone is awake",
    "the killer is already inside the house",
    "a cat that gets into all kinds of trouble",
)
"""Phrases that mean a mood and name none."""


def calibrate(entries: list[dict[str, Any]]) -> str:
    """The largest cosine with any mood, of phrases that mean one and of prompts that mean none."""
    from vem_core.direction.leftovers import LEAST_LIKE, mood_similarity

    rows = [("means a mood", phrase) for phrase in PARAPHRASES]
    rows += [("none", entry["prompt"]) for entry in entries if entry["kind"] == "none" and entry["language"] == "en"]
    lines = [f"threshold {LEAST_LIKE}"]
    for kind, phrase in rows:
        similarity = mood_similarity(phrase)
        best = max(similarity, key=lambda mood: similarity[mood])
        lines.append(f"{similarity[best]:.3f} {best:<12} {kind:<13} {phrase}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=Path, default=PROMPTS)
    parser.add_argument("--ids", nargs="*")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--calibrate", action="store_true")
    arguments = parser.parse_args()
    if arguments.cost:
        print(json.dumps(cost(), indent=2))
        return 0
    entries = json.loads(arguments.prompts.read_text(encoding="utf-8"))
    if arguments.calibrate:
        print(calibrate(entries))
        return 0
    if arguments.ids:
        entries = [entry for entry in entries if entry["id"] in arguments.ids]
    verdicts = judge_all(entries)
    if arguments.json:
        print(json.dumps([asdict(verdict) for verdict in verdicts], indent=2))
        return 0
    prompts = {entry["id"]: entry["prompt"] for entry in entries}
    for verdict in verdicts:
        if verdict.verdict != OBEYED:
            print(f"{verdict.id} {verdict.verdict}: {prompts[verdict.id]!r} ({', '.join(verdict.failed)})")
    print(table(verdicts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
