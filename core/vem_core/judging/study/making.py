"""A study from judged systems: clips that say nothing of whose they are, equally loud, and one page that plays them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from importlib.resources import files as package_files
from pathlib import Path

import av
import av.error
import numpy as np

from vem_core.audio.loudness import measure_loudness
from vem_core.audio.true_peak import measure_true_peak
from vem_core.audio.types import Audio
from vem_core.contract.atomic import explaining, replacing
from vem_core.contract.codec import dumps
from vem_core.contract.errors import AudioError, InputError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.judging.films import Film, FilmSet
from vem_core.judging.study.messages import Clip, PageFilm, StudyKey, StudyPage
from vem_core.judging.systems import System, read_music

KEY_FILE, PAGE_FOLDER = "key.json", "page"
LOUDNESS_LUFS, CEILING_DBTP = -23.0, -1.0
_PLACEHOLDER = "__STUDY__"
_AAC_FRAME = 1024
_FADE_S = 0.05


def make_study(
    systems: Sequence[System],
    films: FilmSet,
    folder: Path,
    *,
    title: str,
    clips: int,
    seconds: float,
    soundfont: Path | None,
    seed: int | None,
    say: Callable[[str], None],
) -> StudyKey:
    """Write `page/index.html` with its media, and `key.json`, which stays with whoever made the study.

    `clips` films are drawn among those of which every system has music and there is a movie; each clip is the film's
    first `seconds`. All clips of a film are brought to one loudness by gain alone, as loud as all of them allow, at
    most -23 LUFS. `seed` None: a secret one. Raises InputError where fewer than two systems or no film can be used.
    """
    if len(systems) < 2:
        raise InputError("A study compares two systems at least.")
    usable = [film for film in films.films if films.video_of(film) and all(each.file_of(film) for each in systems)]
    if not usable:
        raise InputError("There is no film with a movie and music of every system.")
    secret = secrets.token_bytes(16) if seed is None else f"seed {seed}".encode()
    draw = np.random.default_rng(int.from_bytes(hashlib.sha256(secret).digest()[:8], "big"))
    chosen = [usable[place] for place in draw.permutation(len(usable))[:clips]]
    media = folder / PAGE_FOLDER / "media"
    with explaining(folder):
        media.mkdir(parents=True, exist_ok=True)
    key: list[Clip] = []
    for film in chosen:
        say(film.id)
        sounds = matched([_music(system, film, soundfont, seconds) for system in systems])
        for system, sound in zip(systems, sounds, strict=True):
            clip = Clip(_token(secret, system.name, film.id), _token(secret, film.id), film.id, system.name)
            write_clip(_movie(films, film), sound, media / f"{clip.token}.mp4", seconds)
            key.append(clip)
    study = _token(secret, "study")
    made = StudyKey(study, title, tuple(system.name for system in systems), tuple(key))
    _write(folder / KEY_FILE, dumps(made))
    _write(folder / PAGE_FOLDER / "index.html", page_of(made))
    return made


def page_of(key: StudyKey) -> str:
    """The page of a study: one HTML file without anything from elsewhere. Clips stand in order of their tokens."""
    films: dict[str, list[str]] = {}
    for clip in key.clips:
        films.setdefault(clip.film_token, []).append(clip.token)
    page = StudyPage(
        key.study, key.title, tuple(PageFilm(film, tuple(sorted(tokens))) for film, tokens in sorted(films.items()))
    )
    template = package_files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    # "</" would end the script that the data stands in
    return template.replace(_PLACEHOLDER, dumps(page).replace("</", "<\\/"))


def matched(sounds: Sequence[Audio]) -> list[Audio]:
    """Sounds at one loudness, by gain alone: -23 LUFS, or less where one's true peak would pass -1 dBTP.

    Silence stays silence.
    """
    loudness = [measure_loudness(sound) for sound in sounds]
    room = [
        CEILING_DBTP - measure_true_peak(sound) + level
        for sound, level in zip(sounds, loudness, strict=True)
        if np.isfinite(level)
    ]
    target = min([LOUDNESS_LUFS, *room])
    return [
        sound * np.float32(10 ** ((target - level) / 20)) if np.isfinite(level) else sound
        for sound, level in zip(sounds, loudness, strict=True)
    ]


def _music(system: System, film: Film, soundfont: Path | None, seconds: float) -> Audio:
    path = system.file_of(film)
    assert path is not None  # chosen so
    try:
        sound = read_music(path, soundfont)
    except AudioError as error:
        raise InputError(
            f"The music of {system.name} for {film.id} cannot be used: {error.message}",
            hint="Leave the film out with --only, or the system.",
        ) from error
    length = round(min(seconds, film.duration_s) * SAMPLE_RATE_HZ)
    sound = sound[:, :length].copy()
    fade = min(sound.shape[1], round(_FADE_S * SAMPLE_RATE_HZ))
    sound[:, sound.shape[1] - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return np.pad(sound, ((0, 0), (0, length - sound.shape[1])))


def _movie(films: FilmSet, film: Film) -> Path:
    movie = films.video_of(film)
    assert movie is not None  # chosen so
    return movie


def write_clip(movie: Path, sound: Audio, path: Path, seconds: float) -> None:
    """The picture as it is, H.264, with the sound beside it; no names inside."""
    try:
        with (
            replacing(path) as partial,
            av.open(str(movie), metadata_errors="replace") as source,
            av.open(str(partial), "w", format="mp4", options={"movflags": "+faststart"}) as made,
        ):
            shown = source.streams.video[0]
            picture = made.add_stream("libx264", rate=shown.average_rate, options={"preset": "veryfast", "crf": "26"})
            picture.width, picture.height, picture.pix_fmt = shown.width // 2 * 2, shown.height // 2 * 2, "yuv420p"
            heard = made.add_stream("aac", rate=SAMPLE_RATE_HZ)
            heard.bit_rate = 256_000
            for frame in source.decode(shown):
                if frame.time is not None and frame.time >= seconds:
                    break
                made.mux(picture.encode(frame.reformat(picture.width, picture.height, "yuv420p")))
            made.mux(picture.encode())
            for start in range(0, sound.shape[1], _AAC_FRAME):
                block = np.ascontiguousarray(sound[:, start : start + _AAC_FRAME])
                samples = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
                samples.sample_rate, samples.pts = SAMPLE_RATE_HZ, start
                made.mux(heard.encode(samples))
            made.mux(heard.encode())
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise InputError(f"{movie.name} cannot be made into a clip: {error}.") from error


def _write(path: Path, text: str) -> None:
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _token(secret: bytes, *of: str) -> str:
    """A name that says nothing to who does not have the secret."""
    return hashlib.sha256(secret + "\0".join(of).encode()).hexdigest()[:16]
