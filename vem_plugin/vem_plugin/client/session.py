"""`core_session`: the one call by which the rest of the host side gets a core."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence

from vem_core.contract.errors import CoreError, CoreLost
from vem_plugin.client.address import CoreAddress, default_core_list, read_core_list
from vem_plugin.client.base import CoreClient
from vem_plugin.client.http import HttpCoreClient
from vem_plugin.client.supervisor import CoreChoice, SupervisedCore
from vem_plugin.runner import Runner, run_here

log = logging.getLogger(__name__)

_HELLO_S = 3.0
_PATIENT_HELLO_S = 20.0  # where none was as quick: a core that has just come up on a busy machine
_REMOTE_PATIENCE_S = 30.0  # for a tunnel that breaks; its near end is on this machine, so the address does not tell


@contextlib.contextmanager
def core_session(
    cores: Sequence[CoreAddress] | None = None, choice: CoreChoice | None = None, run: Runner = run_here
) -> Iterator[CoreClient]:
    """A core for the length of a `with`.

    With `cores` (default: the user's list of cores, usually empty) the least busy of those that answer; otherwise this
    machine's core, which is used if it runs and else started, and then ended with the `with`.
    `run` is where messages are encoded and decoded.

    Raises CoreLost if none of `cores` answers, CoreStartFailed, ProtocolMismatch.
    """
    cores = read_core_list(default_core_list()) if cores is None else cores
    if cores:
        with pick_core(cores, run) as client:
            yield client
        return
    core = SupervisedCore(choice, run)
    try:
        core.connect()
        yield core
    finally:
        core.close()


def pick_core(cores: Sequence[CoreAddress], run: Runner = run_here) -> HttpCoreClient:
    """The core with the fewest jobs; among equals one with a GPU, then the earlier in the list.

    Raises CoreLost if none answers.
    """
    best = _least_busy(cores, _HELLO_S) or _least_busy(cores, _PATIENT_HELLO_S)
    if best is None:
        raise CoreLost(
            f"None of the {len(cores)} cores answers.", hint="Check the tunnel or proxy and the token files."
        )
    return HttpCoreClient(best, patience_s=_REMOTE_PATIENCE_S, run=run)


def _least_busy(cores: Sequence[CoreAddress], hello_s: float) -> CoreAddress | None:
    best: tuple[tuple[int, bool, int], CoreAddress] | None = None
    for index, address in enumerate(cores):
        with HttpCoreClient(address) as client:
            try:
                hello = client.full_hello(hello_s)
            except CoreError as error:
                log.warning("%s is left out: %s", address.url, error)
                continue
        load = (hello.jobs_running + hello.jobs_queued, hello.device.kind == "cpu", index)
        if best is None or load < best[0]:
            best = load, address
    return None if best is None else best[1]
