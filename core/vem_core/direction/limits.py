"""What was understood and cannot be done: said before the music is made."""

from __future__ import annotations

from vem_core.composer.instruments import instruments, plays
from vem_core.composer.keys import Key
from vem_core.composer.style import Style
from vem_core.contract.brief import InstrumentsBrief, KeyBrief, MeterBrief, Source, StyleBrief, TempoBrief
from vem_core.direction.lexicon import genres


def cannot_do(
    style: Style,
    chosen: StyleBrief,
    meter: MeterBrief,
    players: InstrumentsBrief,
    key: KeyBrief,
    tempo: TempoBrief,
) -> tuple[str, ...]:
    """A sentence for each wish that the style or its instruments cannot fulfil as it was meant."""
    return (
        *_style(style, chosen),
        *_meter(style, meter),
        *_players(players),
        *_levels(style, players),
        *_key(style, key),
        *_tempo(style, tempo),
    )


def _style(style: Style, chosen: StyleBrief) -> list[str]:
    if chosen.asked is None or chosen.asked == style.id:
        return []
    if genres()[chosen.asked].is_topic or genres()[chosen.asked].is_family:
        return []
    if chosen.from_ is Source.EDITOR:  # a control outranks the words
        return [f"The words ask for {chosen.asked.replace('-', ' ')}; {style.name} is played, as the style was set."]
    return [f"There is no {chosen.asked.replace('-', ' ')} here; {style.name} is the nearest style."]


def _meter(style: Style, meter: MeterBrief) -> list[str]:
    if meter.from_ is Source.DEFAULT or meter.beats in style.meters or (meter.beats == 6 and 3 in style.meters):
        return []
    return [f"{style.name} is not written for {meter.beats} beats to the bar; its patterns are fitted to them."]


def _players(players: InstrumentsBrief) -> list[str]:
    unknown = (name for name in (*players.only, *players.with_) if name not in instruments())
    return [f"There is no {name.replace('-', ' ')} among the sounds." for name in unknown]


def _levels(style: Style, players: InstrumentsBrief) -> list[str]:
    """Who shall be softer and is not in the band."""
    absent = [
        level.instrument.replace("-", " ")
        for level in players.levels
        if level.change_db < 0 and not plays(style, level.instrument) and level.instrument not in players.with_
    ]
    return [f"Nothing to make softer: {style.name} has no {name}." for name in absent]


def _key(style: Style, key: KeyBrief) -> list[str]:
    if key.mode is None or key.from_ not in (Source.EDITOR, Source.WORDS):
        return []
    bright = Key.parse(f"C {key.mode}").is_major
    if any(Key.parse(f"C {mode}").is_major is bright for mode in style.modes):
        return []
    return [f"{style.name} is not written for {key.mode} keys; its other progressions are used."]


def _tempo(style: Style, tempo: TempoBrief) -> list[str]:
    if tempo.from_ in (Source.DEFAULT, Source.PICTURE):
        return []
    low, high = style.tempo.low_bpm * 0.9, style.tempo.high_bpm * 1.1
    if tempo.low <= high and low <= tempo.high:
        return []
    usual = f"{style.tempo.low_bpm:g} to {style.tempo.high_bpm:g} BPM"
    return [f"{style.name} usually goes at {usual}; it will go at {tempo.low:g} to {tempo.high:g} as asked."]
