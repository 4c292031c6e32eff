"""Every measure that a judgement can hold: its id, its name, which way is better, what it needs."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from vem_core.judging.cut_measures import GRIDS, TOLERANCES


class Better(enum.StrEnum):
    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"  # a figure to know, not to win


class Group(enum.StrEnum):
    PAPER = "The paper's nine"
    CUTS = "Cuts met, and chance"
    BRIEF = "Brief obedience"
    MUSIC = "Cost, picture and sound"


@dataclass(frozen=True)
class Measure:
    """One column."""

    id: str
    name: str
    group: Group
    better: Better
    digits: int
    meaning: str
    needs: str = ""  # what was not given where the column is empty
    of_set: bool = False  # of all films together, not the mean over films
    chance: str = ""  # id of the measure that says what chance gives


_REFERENCE = "real music of the same films (`reference` in the manifest, or --references)"
_CLAP = "a CLAP model (--clap) and captions"
_LANGUAGEBIND = "LanguageBind (--languagebind) and movies"


def _paper() -> tuple[Measure, ...]:
    higher, lower, group = Better.HIGHER, Better.LOWER, Group.PAPER
    musicnn = "musicnn (pip install --no-deps musicnn==0.1.0)"
    real = f"{musicnn}, and real music (--music or --references)"
    return (
        Measure("is", "IS", group, higher, 3, "diversity and clarity of musicnn's tags", musicnn, of_set=True),
        Measure("fad_mtt", "FAD (MTT)", group, lower, 2, "distance to real music, MagnaTagATune", real, True),
        Measure("fad_msd", "FAD (MSD)", group, lower, 2, "the same, musicnn of the Million Song Dataset", real, True),
        Measure(
            "kld", "KLD", group, lower, 3, "tags against those of the film's real music", f"{musicnn}, {_REFERENCE}"
        ),
        Measure("clap", "CLAP", group, higher, 3, "music and caption", _CLAP),
        Measure("lb", "LB", group, higher, 3, "film and music", _LANGUAGEBIND),
        Measure("tw_clap", "tw-CLAP", group, higher, 3, "each shot's music and its description", _CLAP),
        Measure("tw_lb", "tw-LB", group, higher, 3, "each shot and its music", _LANGUAGEBIND),
        Measure("biou", "BIoU", group, higher, 3, "beats shared with the film's real music, 0.5 s", _REFERENCE),
        Measure("tbiou", "TBIoU", group, higher, 3, "transitions and beats shared, 0.5 s; blind to alignment"),
    )


def _cuts() -> tuple[Measure, ...]:
    found = []
    for grid in GRIDS:
        for tolerance in TOLERANCES:
            place, name = f"{grid}_{tolerance}", f"{grid} {tolerance.replace('_', ' ')}"
            what = f"cuts met on {grid} within {tolerance.replace('_', ' ')}"
            found.append(Measure(f"hit_{place}", name, Group.CUTS, Better.HIGHER, 3, what, chance=f"chance_{place}"))
            found.append(
                Measure(f"chance_{place}", f"chance of {name}", Group.CUTS, Better.NEITHER, 3, f"chance, {what}")
            )
            found.append(
                Measure(f"gain_{place}", f"{name} over chance", Group.CUTS, Better.HIGHER, 3, f"{what}, less chance")
            )
    return tuple(found)


def _brief() -> tuple[Measure, ...]:
    def obeyed(measure_id: str, name: str, meaning: str, needs: str) -> Measure:
        return Measure(measure_id, name, Group.BRIEF, Better.HIGHER, 3, meaning, needs)

    known = "musicnn, and films with tags that it knows"
    return (
        obeyed("brief_obeyed", "brief obeyed", "of what was asked, what is heard", "films that ask for something"),
        obeyed("tempo_obeyed", "tempo obeyed", "4 % around the tempo, or an octave", "films that ask for a tempo"),
        obeyed("key_obeyed", "key obeyed", "the key, or its relative", "captions that ask for a key"),
        obeyed("arc_obeyed", "arc obeyed", "loudness follows the energy", "captions that ask for an energy over time"),
        obeyed("tags_obeyed", "tags heard", "the film's tags, among the strongest fifth", known),
        obeyed("instruments_obeyed", "instruments obeyed", "who plays, and who does not", "captions with instruments"),
        obeyed("style_heard", "style heard", "activation of the film's tags", known),
    )


def _music() -> tuple[Measure, ...]:
    higher, lower, neither, group = Better.HIGHER, Better.LOWER, Better.NEITHER, Group.MUSIC
    movies = "movies of the films"
    return (
        Measure(
            "signed_error_ms", "signed error, ms", group, neither, 1, "nearest beat less cut, median: below 0 early"
        ),
        Measure("tempo_excursion", "tempo excursion", group, lower, 3, "how far four beats leave the median tempo"),
        Measure("accent_share", "accents", group, neither, 3, "cuts that rise 3 dB over the beats around"),
        Measure("event_own", "own picture", group, higher, 3, "loudness follows the film's activity", movies),
        Measure("event_others", "others' pictures", group, neither, 3, "the same with other films' activity", movies),
        Measure("event_gain", "own less others'", group, higher, 3, "the film's own, not any", movies),
        Measure("quiet_floor_db", "quiet floor, dB", group, neither, 1, "quietest against loudest half-seconds"),
        Measure("loudness_lufs", "loudness, LUFS", group, neither, 1, "integrated"),
        Measure("true_peak_dbtp", "true peak, dBTP", group, lower, 1, "oversampled four times"),
        Measure("length_error_ms", "length, ms", group, lower, 0, "how far the length is off the film's"),
    )


MEASURES: tuple[Measure, ...] = (*_paper(), *_cuts(), *_brief(), *_music())
"""In the order of the table."""


def measure_by_id(measure_id: str) -> Measure:
    """The measure of that id. Raises KeyError if there is none."""
    return next(measure for measure in MEASURES if measure.id == measure_id)
