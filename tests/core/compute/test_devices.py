"""Which device is chosen, on machines that this one is not: a stand-in for torch answers as theirs would."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from vem_core.compute.devices import choose_device, empty_caches, mixes_precision, survey
from vem_core.contract.errors import ModelMissing
from vem_core.contract.request import Device

GIB = 1024**3


@dataclass
class Machine:
    """A torch as it is on some machine. Free memory in GiB of each GPU that is there."""

    cuda: float | None = None
    xpu: float | None = None
    mps: float | None = None
    hip: str | None = None
    bf16: bool = True
    macos: tuple[int, int] = (15, 0)
    xpu_says_memory: bool = True

    def as_torch(self) -> SimpleNamespace:
        self.emptied: list[str] = []

        def of_xpu() -> tuple[int, int]:
            if not self.xpu_says_memory:
                raise RuntimeError("The device does not support querying the available free memory")
            return int((self.xpu or 0) * GIB), 16 * GIB

        return SimpleNamespace(
            version=SimpleNamespace(hip=self.hip, cuda=None if self.hip else "12.8"),
            cuda=SimpleNamespace(
                is_available=lambda: self.cuda is not None,
                is_initialized=lambda: self.cuda is not None,
                get_device_name=lambda: "Radeon RX 7900" if self.hip else "GeForce RTX 3060",
                mem_get_info=lambda: (int((self.cuda or 0) * GIB), 12 * GIB),
                is_bf16_supported=lambda including_emulation: self.bf16 or including_emulation,
                empty_cache=lambda: self.emptied.append("cuda"),
            ),
            xpu=SimpleNamespace(
                is_available=lambda: self.xpu is not None,
                is_initialized=lambda: self.xpu is not None,
                get_device_name=lambda: "Arc A770",
                mem_get_info=of_xpu,
                empty_cache=lambda: self.emptied.append("xpu"),
            ),
            mps=SimpleNamespace(
                recommended_max_memory=lambda: 12 * GIB,
                driver_allocated_memory=lambda: 12 * GIB - int((self.mps or 0) * GIB),
                empty_cache=lambda: self.emptied.append("mps"),
            ),
            backends=SimpleNamespace(
                mps=SimpleNamespace(
                    is_available=lambda: self.mps is not None,
                    is_macos_or_newer=lambda major, minor: self.macos >= (major, minor),
                )
            ),
        )


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> object:
    def put(machine: Machine) -> SimpleNamespace:
        stand_in = machine.as_torch()
        monkeypatch.setitem(sys.modules, "torch", stand_in)
        mixes_precision.cache_clear()
        return stand_in

    yield put
    mixes_precision.cache_clear()


@pytest.mark.parametrize(
    ("machine", "device", "half"),
    [
        (Machine(), "cpu", "float32"),
        (Machine(cuda=10), "cuda", "bfloat16"),
        (Machine(cuda=10, bf16=False), "cuda", "float16"),  # a card before Ampere
        (Machine(xpu=10), "xpu", "bfloat16"),
        (Machine(xpu=10, xpu_says_memory=False), "xpu", "bfloat16"),
        (Machine(mps=10), "mps", "bfloat16"),
        (Machine(mps=10, macos=(13, 6)), "mps", "float16"),
        (Machine(cuda=10, xpu=15), "cuda", "bfloat16"),
    ],
)
def test_auto_takes_the_best_that_works_in_the_precision_it_is_good_at(on, machine, device, half) -> None:
    on(machine)
    chosen = choose_device(Device.AUTO, needs_bytes=2 * GIB)
    assert (chosen.device, chosen.half, chosen.note) == (device, half, "")


def test_a_gpu_that_the_editor_has_filled_is_passed_over_in_words(on) -> None:
    on(Machine(cuda=0.5))
    chosen = choose_device(Device.AUTO, needs_bytes=2 * GIB)
    assert chosen.device == "cpu"
    assert chosen.note == ("GeForce RTX 3060 has 512 MiB free, and 2048 are needed: close other programs to use it.")
    on(Machine(cuda=0.5, xpu=8))
    assert choose_device(Device.AUTO, needs_bytes=2 * GIB).device == "xpu"


def test_a_device_asked_for_by_name_is_taken_however_full_it_is(on) -> None:
    on(Machine(cuda=0.5))
    assert choose_device(Device.CUDA, needs_bytes=2 * GIB).device == "cuda"


@pytest.mark.parametrize(
    ("device", "says"), [(Device.CUDA, "no CUDA device"), (Device.XPU, "no Intel GPU"), (Device.MPS, "no Apple GPU")]
)
def test_a_device_that_is_not_there_is_a_sentence(on, device, says) -> None:
    on(Machine())
    with pytest.raises(ModelMissing, match=says) as caught:
        choose_device(device)
    assert "--device cpu" in caught.value.hint


def test_amd_is_named_rocm_and_what_was_never_run_is_marked(on) -> None:
    on(Machine(cuda=10, hip="6.4"))
    assert [(row["device"], row["platform"], row["proven"]) for row in survey()] == [
        ("cuda", "ROCm", False),
        ("cpu", "processor", True),
    ]
    on(Machine(cuda=10, mps=4))
    assert [(row["device"], row["proven"]) for row in survey()] == [("cuda", True), ("mps", False), ("cpu", True)]


def test_products_are_mixed_precision_only_where_that_is_known_to_be_good(on) -> None:
    on(Machine(cuda=10))
    assert mixes_precision("cuda")
    assert not mixes_precision("cpu")
    on(Machine(cuda=10, bf16=False, mps=4))
    assert not mixes_precision("cuda")
    assert not mixes_precision("mps")


def test_every_gpu_in_use_gives_its_cache_back(on) -> None:
    machine = Machine(cuda=10, mps=4)
    empty_caches(on(machine))
    assert machine.emptied == ["cuda", "mps"]
