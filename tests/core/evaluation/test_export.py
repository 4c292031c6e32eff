"""Tables and gates of an evaluation, the card, and the release that they decide about."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
from pathlib import Path

import pytest

from vem_core.contract.errors import InputError
from vem_core.evaluation.paired import compare
from vem_core.evaluation.probabilities import ProbabilityFigures
from vem_core.evaluation.results import Evaluation, Row, from_text, report, rows_of, rows_table, to_text
from vem_core.models.base import shipped_sha256
from vem_core.models.pipeline import VemPipeline
from vem_core.models.presets import random_pipeline
from vem_core.models.weights_file import read_header
from vem_core.resources.paths import resource_path
from vem_core.resources.registry import ModelEntry, read_registry, verified_folder
from vem_core.training.release import BEGIN, END, HEARD_FILE, CardFacts, export, keep_dispersion, write_release

ROWS = (
    Row("beat F", 0.9, 0.92, 0.4, 0.874, "0.95 of the ceiling"),
    Row("onset shift, ms", 3.0, 0.0, None, 5.0, "at most", True, 1),
    Row("chords, madmom", math.nan),
)


def evaluation(pipeline: VemPipeline | None = None, rows: tuple[Row, ...] = ROWS, device: str = "cpu") -> Evaluation:
    sha256 = shipped_sha256(pipeline.components) if pipeline is not None else "0" * 64
    figures = ProbabilityFigures(0, 0.0, math.nan, 0.0, 0.0, ())
    experiments = {"text zeroed: what is lost": {"beat F": compare([0.1] * 4, [0.2, 0.22, 0.24, 0.22])}}
    return Evaluation(sha256, device, "a machine", 50, {"steps": 16}, rows, figures, experiments, ("auto",))


def test_a_gate_is_met_or_not_from_its_own_side() -> None:
    assert [row.met for row in ROWS] == [True, True, None]
    assert dataclasses.replace(ROWS[0], model=0.87).met is False
    assert dataclasses.replace(ROWS[1], model=5.1).met is False
    assert dataclasses.replace(ROWS[0], model=math.nan).met is False
    assert evaluation().gates_met
    assert not evaluation(rows=(dataclasses.replace(ROWS[0], model=None),)).gates_met


def test_an_evaluation_is_json_and_its_rows_come_back() -> None:
    text = to_text(evaluation())
    assert json.loads(text)["rows"][2]["model"] is None
    assert rows_table(rows_of(text)) == rows_table(list(ROWS))
    assert to_text(from_text(text)) == text


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "Evaluation.2"}'])
def test_what_is_no_evaluation_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no evaluation"):
        from_text(text)


def test_the_page_says_what_is_met_and_what_is_clear() -> None:
    page = report(evaluation(rows=(dataclasses.replace(ROWS[0], model=0.5), *ROWS[1:])))
    assert "| beat F | 0.500 | 0.920 | 0.400 | 0.95 of the ceiling (0.874) | **no** |" in page
    assert "| beat F | **+0.120** |" in page
    assert "Every gate met: no." in page


def heard(pipeline: VemPipeline, folder: Path, styles: int = 8, first: str = "sketch") -> Path:
    """What an ear from outside says of a model: in so many styles it is not behind `sketch`."""
    found = {
        "models": [first, "vem-mini"],
        "weights": {"vem-mini": shipped_sha256(pipeline.components)},
        "not_behind": {"vem-mini": [f"style {number}" for number in range(styles)]},
    }
    (folder / "heard.json").write_text(json.dumps(found))
    return folder / "heard.json"


@pytest.fixture
def resources(tmp_path: Path) -> Path:
    """A copy of the resources, with nothing of vem-mini released."""
    folder = tmp_path / "resources"
    (folder / "cards").mkdir(parents=True)
    (folder / "models.json").write_text('{"schema": "ModelRegistry.1", "models": []}')
    card = resource_path("cards/vem-mini.md")
    shutil.copy(card, folder / "cards")
    return folder


def test_a_release_carries_its_measurements_and_its_gates(resources: Path, tmp_path: Path) -> None:
    pipeline = random_pipeline("tiny")
    pipeline.save_pretrained(tmp_path / "model")
    told = tmp_path / "evaluation.json"
    told.write_text(to_text(evaluation(pipeline)))
    facts = CardFacts("0.1", "Made here.", "vem train all")
    entry = export(tmp_path / "model", "tiny", resources, [told], facts, heard(pipeline, tmp_path))
    assert entry.gates_met_on == ("cpu",)
    assert read_registry(resources / "models.json").entry("vem-mini") == entry
    folder = verified_folder(entry, resources)
    header = read_header(folder / "vae" / "diffusion_pytorch_model.safetensors")
    assert (header.class_name, header.config["latent_channels"]) == ("MusicVAE", 8)
    assert shipped_sha256(VemPipeline.from_pretrained(folder).components) == shipped_sha256(pipeline.components)
    card = (resources / "cards" / "vem-mini.md").read_text()
    assert rows_table(rows_of((resources / "cards" / "vem-mini-cpu.json").read_text())) in card
    assert "| version | 0.1 |" in card
    assert "Made here." in card


def test_a_later_evaluation_renews_the_card_and_other_weights_need_another_version(
    resources: Path, tmp_path: Path
) -> None:
    def release(seed: int, rows: tuple[Row, ...]) -> ModelEntry:
        pipeline = random_pipeline("tiny", seed=seed)
        pipeline.save_pretrained(tmp_path / "model")
        (tmp_path / "evaluation.json").write_text(to_text(evaluation(pipeline, rows)))
        told = [tmp_path / "evaluation.json"]
        return export(tmp_path / "model", "tiny", resources, told, CardFacts("0.1", "", ""), heard(pipeline, tmp_path))

    missed = dataclasses.replace(ROWS[0], model=0.5)
    first, later = release(0, (missed,)), release(0, ROWS)
    assert (first.gates_met_on, later.gates_met_on) == ((), ("cpu",))
    assert first.files == later.files
    assert read_registry(resources / "models.json").models == (later,)
    assert rows_table(list(ROWS)) in (resources / "cards" / "vem-mini.md").read_text()
    with pytest.raises(InputError, match="never overwritten"):
        release(1, ROWS)
    verified_folder(later, resources)


def test_gates_that_are_not_met_keep_auto_away(resources: Path, tmp_path: Path) -> None:
    pipeline = random_pipeline("tiny")
    pipeline.save_pretrained(tmp_path / "model")
    told = tmp_path / "evaluation.json"
    told.write_text(to_text(evaluation(pipeline, (dataclasses.replace(ROWS[0], model=0.5),))))
    entry = export(tmp_path / "model", "tiny", resources, [told], CardFacts("0.1", "", ""), heard(pipeline, tmp_path))
    assert entry.gates_met_on == ()


@pytest.mark.parametrize("changes", [{"pieces": 49}, {"styles": ("ambient", "house")}])
def test_few_pieces_or_styles_keep_auto_away_whatever_their_gates(
    resources: Path, tmp_path: Path, changes: dict[str, object]
) -> None:
    pipeline = random_pipeline("tiny")
    pipeline.save_pretrained(tmp_path / "model")
    told = tmp_path / "evaluation.json"
    told.write_text(to_text(dataclasses.replace(evaluation(pipeline), **changes)))  # type: ignore[arg-type]
    entry = export(tmp_path / "model", "tiny", resources, [told], CardFacts("0.1", "", ""), heard(pipeline, tmp_path))
    assert entry.gates_met_on == ()


def test_an_ear_from_outside_that_hears_it_behind_keeps_auto_away(resources: Path, tmp_path: Path) -> None:
    pipeline, told = random_pipeline("tiny"), tmp_path / "evaluation.json"
    pipeline.save_pretrained(tmp_path / "model")
    told.write_text(to_text(evaluation(pipeline)))
    facts = CardFacts("0.1", "", "")
    assert export(tmp_path / "model", "tiny", resources, [told], facts).gates_met_on == ()
    seven = heard(pipeline, tmp_path, styles=7)
    assert export(tmp_path / "model", "tiny", resources, [told], facts, seven).gates_met_on == ()
    eight = heard(pipeline, tmp_path, styles=8)
    assert export(tmp_path / "model", "tiny", resources, [told], facts, eight).gates_met_on == ("cpu",)
    assert (resources / HEARD_FILE).read_text() == eight.read_text()
    for other in (heard(random_pipeline("tiny", seed=1), tmp_path), heard(pipeline, tmp_path, first="vem-mini")):
        with pytest.raises(InputError, match="other weights, or not beside"):
            export(tmp_path / "model", "tiny", resources, [told], facts, other)
    with pytest.raises(InputError, match="is not what"):
        export(tmp_path / "model", "tiny", resources, [told], facts, told)


def test_the_card_says_how_it_was_sampled_and_in_which_styles(resources: Path, tmp_path: Path) -> None:
    pipeline = random_pipeline("tiny")
    pipeline.save_pretrained(tmp_path / "model")
    told = tmp_path / "evaluation.json"
    told.write_text(to_text(dataclasses.replace(evaluation(pipeline), styles=("ambient", "house"))))
    export(tmp_path / "model", "tiny", resources, [told], CardFacts("0.1", "", ""))
    card = (resources / "cards" / "vem-mini.md").read_text()
    assert "50 held-out pieces in 2 styles (ambient, house), sampled with steps 16: every gate is met." in card


def test_an_evaluation_of_other_weights_is_refused(resources: Path, tmp_path: Path) -> None:
    random_pipeline("tiny").save_pretrained(tmp_path / "model")
    told = tmp_path / "evaluation.json"
    told.write_text(to_text(evaluation(random_pipeline("tiny", seed=1))))
    with pytest.raises(InputError, match="other weights"):
        export(tmp_path / "model", "tiny", resources, [told], CardFacts("0.1", "", ""))
    assert not (resources / "weights").exists()


def test_an_evaluation_or_a_release_with_other_factors_of_dispersion_is_refused(
    resources: Path, tmp_path: Path
) -> None:
    pipeline, told = random_pipeline("tiny"), tmp_path / "evaluation.json"
    told.write_text(to_text(evaluation(pipeline)))
    pipeline.save_pretrained(tmp_path / "model")
    export(tmp_path / "model", "tiny", resources, [told], CardFacts("0.1", "", ""))
    keep_dispersion(tmp_path / "model", pipeline, [(1.0, 0.9)])
    with pytest.raises(InputError, match="other weights"):
        export(tmp_path / "model", "tiny", resources, [told], CardFacts("0.2", "", ""))
    of_these = evaluation(pipeline)
    stretched = dataclasses.replace(of_these, settings=of_these.settings | {"dispersion": [[1.0, 0.9]]})
    told.write_text(to_text(stretched))
    with pytest.raises(InputError, match="never overwritten"):
        export(tmp_path / "model", "tiny", resources, [told], CardFacts("0.1", "", ""))
    entry = export(tmp_path / "model", "tiny", resources, [told], CardFacts("0.2", "", ""))
    assert VemPipeline.from_pretrained(resources / entry.folder).dispersion.factors == ((1.0, 0.9),)


def test_what_is_too_large_does_not_ship(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vem_core.training.release.MOST_FILE_BYTES", 10_000)
    with pytest.raises(InputError, match="may ship"):
        write_release(random_pipeline("tiny"), tmp_path, "0.1")


def test_the_card_that_ships_says_what_was_measured() -> None:
    card = resource_path("cards/vem-mini.md").read_text(encoding="utf-8")
    inside = card.split(BEGIN)[1].split(END)[0]
    cards = sorted(resource_path("cards").glob("vem-mini-*.json"))
    measured = [path.read_text(encoding="utf-8") for path in cards if path.name != Path(HEARD_FILE).name]
    shipped = any(model.id == "vem-mini" for model in read_registry().models)
    assert bool(measured) == shipped
    assert all(rows_table(rows_of(text)) in inside for text in measured)
    assert shipped or "Nothing is measured yet." in inside
