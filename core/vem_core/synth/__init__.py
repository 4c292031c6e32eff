"""The synthesiser: plays a composed piece as 48 kHz stereo sound, stems and mix.

Axis letters: C channels (left, right), T samples, P partials, N control points, K bands of a spectrum.
"""

from __future__ import annotations

from vem_core.synth.mixer import render

__all__ = ["render"]
