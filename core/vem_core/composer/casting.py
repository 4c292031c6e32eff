"""Casting: a style with the players that were asked for, without those that were not, as full as was asked.

The styles' files say which patches each part may take; `instruments.toml` says which instruments patches are. A style
that is cast is a style like any other, so everything after it composes as always.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from vem_core.composer.drafts import Draft
from vem_core.composer.guests import guest_parts, guests
from vem_core.composer.instruments import DRUMS, instruments, is_played_by, own_patches
from vem_core.composer.style import DRUM_KEYS, DrumPattern, Drums, Figure, HitSheet, Kind, PartSheet, Style
from vem_core.contract.plan import Casting

MOST_SPREAD, LEAST_SPREAD = 4.0, 0.5
"""How far the energies at which parts come in are spread for the fewest notes, and drawn together for the most."""

REGISTER_SHIFT = 4
"""Semitones that the melody and chords of the brightest piece lie higher, and those of the darkest lower."""

_KIT = {"kick": ("kick",), "snare": ("snare", "rim"), "hi-hat": ("hat", "open_hat", "pedal"),
        "cymbals": ("crash", "crash_2", "ride", "bell", "splash"),
        "bongos": ("bongo", "bongo_low", "conga", "conga_low"),
        "shaker": ("shaker",), "tambourine": ("tambourine",), "claps": ("clap",),
        "timpani": ("tom_low", "tom_floor", "tom_mid"),
        "taiko": ("tom_low", "tom_floor", "tom_mid")}  # fmt: skip
"""The voices of a kit that an instrument names."""

_KITS = frozenset(("drums", "percussion"))
_MODELS = {"clap": ("snare", "rim"), "tambourine": ("snare", "rim", "hat"), "shaker": ("hat", "ride"),
           "bongo": ("kick",), "snare": ("rim", "clap"), "hat": ("ride", "shaker"), "crash": ("kick",),
           "tom_low": ("kick",)}  # fmt: skip
"""Whose steps a voice plays that has none in a groove."""

_BOOMS = ("fx.impact", "fx.subdrop")
_SUNG_OR_BOWED = ("strings", "brass", "voices", "woodwinds", "pads", "organ", "synth", "accordion")
_MELODIC = ("flute", "violin", "viola", "cello", "trumpet", "trombone", "saxophone", "clarinet", "oboe", "bassoon",
            "bagpipes", "whistling", "theremin", "harmonica", "french-horn")  # fmt: skip
_UNDER = (Kind.DRONE, Kind.TEXTURE)
_SHIFTED = (Kind.MOTIF, Kind.ANSWER, Kind.COMP, Kind.ARPEGGIO, Kind.PAD)


def cast_style(style: Style, casting: Casting, kits: Sequence[Style] = ()) -> Style:
    """The style as a piece with this casting plays it; the style itself where nothing was asked.

    `kits` are styles whose drums may be borrowed where drums are asked of a style that has none.
    """
    if not (casting.only or casting.with_ or casting.without or casting.density is not None or casting.valence):
        return style
    parts = list(_remaining(style, casting))
    parts = _brought_in(parts, casting)
    parts += _added(style, parts, casting)
    parts = _with_guests(style, parts, casting)
    drums = _cast_drums(style, casting, kits)
    if casting.density is not None:
        spread = min(MOST_SPREAD, max(LEAST_SPREAD, 0.5 / max(casting.density, 0.01)))
        parts = [part for part in (_spread_part(part, spread) for part in parts) if part.energy[0] < 1]
        drums = None if drums is None else _spread_drums(drums, spread)
    shift = round(REGISTER_SHIFT * casting.valence)
    parts = [_shifted(part, shift) for part in _always_someone(parts)]
    hits = _cast_hits(style, parts, casting)
    master = replace(style.master, texture="") if casting.only else style.master
    return replace(style, parts=tuple(parts), drums=drums, hits=hits, master=master)


def voices_of(name: str) -> frozenset[int]:
    """The percussion keys that an instrument of a kit is; none for what is not one voice or a few of a kit."""
    return frozenset() if name in guests() else frozenset(DRUM_KEYS[voice] for voice in _KIT.get(name, ()))


def without_silent(drafts: Sequence[Draft], casting: Casting) -> list[Draft]:
    """A kit's notes without those of its instruments that shall not play, whoever wrote them: groove, accent or end."""
    silent = {DRUM_KEYS[voice] for voice in _silent_voices(casting)}
    return [draft for draft in drafts if draft.pitch not in silent]


def _wanted_voices(casting: Casting) -> list[tuple[str, ...]]:
    """The voices of each of a kit's instruments that is asked for by its own name: claps, a shaker."""
    return [_KIT[name] for name in (*casting.only, *casting.with_) if name in _KIT and name not in guests()]


def _silent_voices(casting: Casting) -> set[str]:
    """The voices of a kit that shall not play; where drums are refused and claps asked for, all but the claps."""
    named = {voice for name in casting.without for voice in _KIT.get(name, ())}
    if not _KITS & set(casting.without):
        return named
    return named | (set(DRUM_KEYS) - {voice for voices in _wanted_voices(casting) for voice in voices})


def may_play(patch: str, only: Sequence[str], without: Sequence[str]) -> bool:
    """Whether a patch is among the instruments that shall play, and none that shall not."""
    if any(is_played_by(patch, name) for name in without):
        return False
    return not only or any(is_played_by(patch, name) or patch in own_patches(name) for name in only)


def _remaining(style: Style, casting: Casting) -> Iterator[PartSheet]:
    """The style's parts on patches that may play; where few may, other parts are given to them."""
    kinds: set[Kind] = set()
    left: list[PartSheet] = []
    for part in style.parts:
        if part.kind is Kind.BASS and "bass" in casting.without:
            continue
        if part.kind in (Kind.MOTIF, Kind.ANSWER) and "melody" in casting.without:
            continue
        patches = tuple(patch for patch in part.patches if may_play(patch, casting.only, casting.without))
        wanted = tuple(
            patch for patch in patches if any(is_played_by(patch, name) for name in (*casting.with_, *casting.only))
        )
        if patches:
            kinds.add(part.kind)
            yield _alone(replace(part, patches=wanted or patches), casting, widened=bool(casting.only))
        else:
            left.append(part)
    for part in left if casting.only else ():
        patch = _patch_for(part.kind, casting)
        if patch is not None and part.kind not in kinds:
            kinds.add(part.kind)
            yield _alone(replace(part, patches=(patch,), likelihood=1.0), casting, widened=True)


def _alone(part: PartSheet, casting: Casting, *, widened: bool) -> PartSheet:
    """A part of a piece that few play: it goes on where others would have taken over, in its player's stem."""
    if not widened:
        return part
    stem = next((name for name in casting.only if may_play(part.patches[0], (name,), ())), part.stem or part.name)
    own = tuple(patch for patch in part.patches if may_play(patch, (stem,), ()))
    low = part.energy[0] if part.kind in (Kind.BASS, Kind.MOTIF, Kind.ANSWER) else 0.0
    return replace(part, patches=own or part.patches, energy=(min(low, 0.3), 1.0), roles=(), stem=stem)


def _patch_for(kind: Kind, casting: Casting) -> str | None:
    """The patch of one of the few that play which takes over a part; None where it suits none of them."""
    if kind in _UNDER:
        return None
    for name in casting.only:
        if name in DRUMS or name in guests():
            continue
        bowed = _is_sustained(name)
        if (kind is Kind.PAD and not bowed) or (kind in (Kind.COMP, Kind.ARPEGGIO) and bowed and len(casting.only) > 1):
            continue
        found = [patch for patch in own_patches(name) if may_play(patch, (), casting.without)]
        low = [patch for patch in found if patch.startswith("bass.")]
        high = [patch for patch in found if not patch.startswith("bass.")]
        if found:
            return (low or high)[0] if kind is Kind.BASS else (high or low)[0]
    return None


def _is_sustained(name: str) -> bool:
    instrument = instruments().get(name)
    return name in _SUNG_OR_BOWED or (instrument is not None and instrument.of in _SUNG_OR_BOWED)


def _brought_in(parts: Sequence[PartSheet], casting: Casting) -> list[PartSheet]:
    """The parts, with one that plays each instrument that was asked for playing throughout."""
    kept = list(parts)
    leads = (Kind.MOTIF, Kind.ANSWER, Kind.TEXTURE)
    for name in casting.with_:
        own = [index for index, part in enumerate(kept) if is_played_by(part.patches[0], name)]
        if own:
            best = min(own, key=lambda index: (kept[index].kind in leads, kept[index].energy[0]))
            kept[best] = replace(kept[best], energy=(0.0, 1.0), roles=(), likelihood=1.0)
    return kept


def _added(style: Style, parts: Sequence[PartSheet], casting: Casting) -> list[PartSheet]:
    """A part for each instrument that was asked for and is not there."""
    added = []
    few = casting.only if len(casting.only) > 1 else ()  # of those that play alone, each is heard
    for name in (*casting.with_, *few):
        if name in DRUMS or name in guests():
            continue
        patches = tuple(patch for patch in own_patches(name) if may_play(patch, (), casting.without))
        if not patches or any(is_played_by(part.patches[0], name) for part in parts):
            continue
        kind = Kind.BASS if instruments()[name].of == "bass" or name == "bass" else (
            Kind.MOTIF if name in _MELODIC else Kind.PAD if _is_sustained(name) else Kind.ARPEGGIO
        )  # fmt: skip
        if kind is Kind.BASS and any(part.kind is Kind.BASS for part in parts):
            continue
        donor = next((part for part in style.parts if part.kind is kind), None) or next(
            (part for part in style.parts if part.kind in (Kind.COMP, Kind.ARPEGGIO)), style.parts[0]
        )
        added.append(
            replace(donor, name=f"with-{name}", stem=name, patches=patches, energy=(0.0, 1.0), roles=(), likelihood=1.0)
        )
    return added


def _with_guests(style: Style, parts: Sequence[PartSheet], casting: Casting) -> list[PartSheet]:
    """The parts with those of the guests that were asked for, who take over where two would play the same line.

    What a guest does already, as the style has it, is not added; nor is what was refused by name. Who asks for a
    timpani and no percussion means the rest of it.
    """
    wanted = list(dict.fromkeys((*casting.only, *casting.with_)))
    kept = list(parts)
    for name in (name for name in wanted if name in guests()):
        refused = tuple(other for other in casting.without if other != instruments()[name].of)
        patches = tuple(patch for patch in own_patches(name) if may_play(patch, (), refused))
        if not patches:
            continue
        for part, instead in guest_parts(name, style, alone=wanted == [name] and bool(casting.only), patches=patches):
            if any(is_played_by(other.patches[0], name) and other.kind is part.kind for other in kept):
                continue
            if instead:
                kept = [other for other in kept if other.kind is not part.kind or _is_wanted(other, wanted)]
            kept.append(part)
    return kept


def _is_wanted(part: PartSheet, wanted: Sequence[str]) -> bool:
    """Whether a part's player was asked for by name."""
    return any(is_played_by(part.patches[0], name) for name in wanted)


def _cast_drums(style: Style, casting: Casting, kits: Sequence[Style]) -> Drums | None:
    wanted = _wanted_voices(casting)
    if _KITS & set(casting.without) and not wanted:
        return None
    if casting.only and not set(DRUMS) & set(casting.only):
        return None
    drums = style.drums
    if drums is None and set(DRUMS) & {*casting.with_, *casting.only}:
        drums = next((other.drums for other in kits if other.drums is not None), None)
    if drums is None:
        return None
    if not may_play(drums.kit, (), tuple(name for name in casting.without if name not in {*_KIT, *_KITS})):
        return None  # "no orchestra" is without its drums too
    drums = replace(drums, grooves=tuple(_with_voices(drums.grooves, wanted)))
    if silent := _silent_voices(casting):
        drums = replace(
            drums,
            grooves=tuple(_without_voices(drums.grooves, silent)),
            fills=tuple(_without_voices(drums.fills, silent)),
            crash_at_sections=drums.crash_at_sections and "crash" not in silent,
        )
    if set(DRUMS) & {*casting.with_, *casting.only}:
        lowest = min((groove.energy[0] for groove in drums.grooves), default=0.0)
        grooves = (replace(g, energy=(0.0, g.energy[1])) if g.energy[0] == lowest else g for g in drums.grooves)
        drums = replace(drums, grooves=tuple(grooves))
    return drums


def _with_voices(patterns: Sequence[DrumPattern], wanted: Sequence[tuple[str, ...]]) -> Iterator[DrumPattern]:
    """Grooves in which each instrument that is asked for has a part: its own, or one that it shares with another."""
    absent = [each[0] for each in wanted if not any(getattr(one, voice) for one in patterns for voice in each)]
    for pattern in patterns:
        shared: dict[str, Any] = {voice: _shared_part(pattern, voice) for voice in absent}
        yield replace(pattern, **{voice: part for voice, part in shared.items() if part}) if absent else pattern


def _shared_part(pattern: DrumPattern, voice: str) -> str:
    """The steps that an instrument without a part of its own plays: those of its like, or of whoever plays."""
    models = _MODELS.get(voice, ()) + tuple(DRUM_KEYS)
    return next((part for model in models if (part := getattr(pattern, model))), "")


def _without_voices(patterns: Sequence[DrumPattern], silent: set[str]) -> Iterator[DrumPattern]:
    """Grooves without some of their voices; one that has no others is left out."""
    for pattern in patterns:
        sounding = [name for name in DRUM_KEYS if getattr(pattern, name) and name not in silent]
        if sounding:
            muted: dict[str, Any] = dict.fromkeys(silent, "")
            yield replace(pattern, **muted)


def _cast_hits(style: Style, parts: Sequence[PartSheet], casting: Casting) -> HitSheet:
    """The players of accents, from those who play anyway where the style's own may not."""
    hits = style.hits
    patches = tuple(patch for patch in hits.patches if may_play(patch, casting.only, casting.without))
    if not patches:
        struck = [part.patches[0] for part in parts if part.kind in (Kind.COMP, Kind.ARPEGGIO)]
        patches = tuple(struck[:1] or [part.patches[0] for part in parts if part.kind is not Kind.BASS][:1])
    silent = _BOOMS if {"drums", "percussion"} & set(casting.without) else ()
    accents = tuple(
        replace(
            accent,
            effects=() if casting.only else tuple(name for name in accent.effects if name not in silent),
            approach="" if casting.only else accent.approach,
        )
        for accent in hits.accents
    )
    return replace(
        hits,
        patches=patches,
        accents=accents,
        riser="" if casting.only else hits.riser,
        with_effects=not casting.only,
        stem=casting.only[0] if casting.only else "hits",
    )


def _spread_part(part: PartSheet, spread: float) -> PartSheet:
    return replace(
        part, energy=_spread(part.energy, spread), figures=tuple(_spread_figure(f, spread) for f in part.figures)
    )


def _spread_figure(figure: Figure, spread: float) -> Figure:
    return replace(figure, energy=_spread(figure.energy, spread))


def _spread_drums(drums: Drums, spread: float) -> Drums:
    grooves = tuple(replace(groove, energy=_spread(groove.energy, spread)) for groove in drums.grooves)
    fills = tuple(replace(fill, energy=_spread(fill.energy, spread)) for fill in drums.fills)
    return replace(drums, grooves=grooves, fills=fills)


def _spread(energy: tuple[float, float], spread: float) -> tuple[float, float]:
    """A range of energies moved up (or down): what was played at half the energy is now played at all of it."""
    return min(energy[0] * spread, 2.0), 1.0 if energy[1] >= 1 and spread < 1 else min(energy[1] * spread, 2.0)


def _always_someone(parts: Sequence[PartSheet]) -> list[PartSheet]:
    """The parts, one of which plays at every energy."""
    if not parts or any(part.energy[0] <= 0 and part.energy[1] >= 1 and not part.roles for part in parts):
        return list(parts)
    order = (Kind.COMP, Kind.ARPEGGIO, Kind.PAD, Kind.MOTIF, Kind.ANSWER, Kind.BASS)
    steady = min(parts, key=lambda part: (part.kind not in order, part.energy[0], part.name))
    return [replace(part, energy=(0.0, 1.0), roles=(), likelihood=1.0) if part is steady else part for part in parts]


def _shifted(part: PartSheet, shift: int) -> PartSheet:
    if not shift or part.kind not in _SHIFTED:
        return part
    return replace(part, register=(part.register[0] + shift, part.register[1] + shift))
