"""Which quantisations llama.cpp rearranges for a processor's instructions when it loads a model ("repacking").

Prompts of a repacked model are processed several times as fast. The table is that of
`ggml_repack_get_optimal_repack_type` in llama.cpp's ggml-cpu/repack.cpp, as of llama-cpp-python 0.3.36. The features
are those that llama.cpp itself reports.
"""

from __future__ import annotations

import re

_BY_FEATURES: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset({"AVX2"}), frozenset({"Q4_0", "Q4_K", "IQ4_NL", "MXFP4"})),
    (frozenset({"AVX512"}), frozenset({"Q2_K"})),
    (frozenset({"NEON", "MATMUL_INT8"}), frozenset({"Q4_0", "Q4_K", "Q5_K", "Q6_K", "Q8_0"})),
    (frozenset({"NEON", "DOTPROD"}), frozenset({"Q4_0", "Q4_K", "Q5_K", "Q6_K", "Q8_0", "IQ4_NL", "MXFP4"})),
    (frozenset({"VXE"}), frozenset({"Q4_0"})),
)
_FEATURE = re.compile(r"([A-Z][A-Z0-9_]*) = 1\b")
_NOT_QUANTISED = ("F", "BF", "none")
_OF_SIMILAR_SIZE = ("Q4_0", "Q4_K_M")


def repacked_types(system_info: str) -> frozenset[str] | None:
    """Return the types that are repacked here, by llama.cpp's system info; None if that does not tell.

    On RISC-V it depends on the width of vectors, which the info leaves out.
    """
    features = frozenset(_FEATURE.findall(system_info))
    if "REPACK" not in features or any(feature.startswith("RISCV") for feature in features):
        return None
    return frozenset().union(*(types for needed, types in _BY_FEATURES if needed <= features))


def main_type(quantisation: str) -> str:
    """Return the type of most weights of a file: "Q4_K" for "Q4_K_M"."""
    return re.sub(r"_(?:XS|S|M|L|XL)$", "", quantisation) if "_K_" in quantisation else quantisation


def repacking_advice(name: str, quantisation: str, system_info: str) -> str:
    """Return what to say of a model whose weights are not repacked on this processor; empty if they are, or unknown."""
    types = repacked_types(system_info)
    if types is None or quantisation.startswith(_NOT_QUANTISED) or main_type(quantisation) in types:
        return ""
    better = [kind for kind in _OF_SIMILAR_SIZE if main_type(kind) in types]
    instead = f": {' and '.join(better)} are, and can be several times as fast" if better else ""
    return f"{name} is stored as {quantisation}, which llama.cpp does not repack for this processor{instead}"
