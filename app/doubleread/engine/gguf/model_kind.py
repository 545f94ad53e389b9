"""What a GGUF file is, by its header: a language model, or one of the other things distributed as GGUF."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from doubleread.engine.gguf.header import Header, Tensor

LANGUAGE_MODEL = "language model"
_CHAT_MODEL = "choose a chat model"
_WITH_MODEL = "choose the language model it belongs to"
_RERANKING = 4
_EMBEDDING = frozenset(
    {
        "bert",
        "modern-bert",
        "nomic-bert",
        "nomic-bert-moe",
        "neo-bert",
        "jina-bert-v2",
        "jina-bert-v3",
        "eurobert",
        "gemma-embedding",
        "llama-embed",
    }
)
_DIFFUSION = frozenset({"dream", "llada", "llada-moe", "rnd1", "diffusion-gemma"})
_ENCODER = frozenset({"t5", "t5encoder"})
_DRAFT = frozenset({"eagle3", "dflash", "gemma4-assistant"})
_SPEECH = frozenset({"wavtokenizer-dec", "qwen3tts", "pockettts", "whisper", "outetts-vocoder"})
_IMAGE = frozenset(
    {
        "flux",
        "flux2",
        "sd1",
        "sd3",
        "sdxl",
        "wan",
        "ltxv",
        "hyvid",
        "hidream",
        "aura",
        "cosmos",
        "lumina2",
        "qwen_image",
        "pig",
        "vae",
    }
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is. `remedy` is empty for a language model; else `happened` is why it cannot answer."""

    name: str
    happened: str = ""
    remedy: str = ""


def kind_of(header: Header, tensors: Iterable[Tensor]) -> Kind:
    """Return what a file is, by its metadata and the names of its tensors."""
    architecture = header.values.get("general.architecture")
    stated = header.values.get("general.type")
    names = {tensor.name for tensor in tensors}
    if (
        stated == "adapter"
        or any(key.startswith("adapter.") for key in header.values)
        or any(name.endswith((".lora_a", ".lora_b")) for name in names)
    ):
        return Kind("LoRA adapter", "it is a LoRA adapter, which only modifies another model", _WITH_MODEL)
    if stated == "imatrix" or "imatrix.datasets" in {*header.values, *header.arrays}:
        return Kind("importance matrix", "it is an importance matrix (imatrix), which contains no model", _WITH_MODEL)
    if architecture == "controlvector" or (names and all(name.startswith("direction.") for name in names)):
        return Kind("control vector", "it is a control vector, which only modifies another model", _WITH_MODEL)
    if stated == "mmproj" or architecture in ("clip", "mmproj"):
        return Kind(
            "multimodal projector", "it is a projector (mmproj), which only encodes images for a model", _WITH_MODEL
        )
    if not isinstance(architecture, str):
        return Kind("unknown", "the file does not state its architecture", "choose another file")
    return _by_architecture(architecture, header, names)


def _by_architecture(architecture: str, header: Header, names: set[str]) -> Kind:
    pooling = header.values.get(f"{architecture}.pooling_type", 0)
    ranks = pooling == _RERANKING or bool(names & {"cls.output.weight", "cls.weight"})
    pools = isinstance(pooling, int) and pooling in (1, 2, 3)
    if architecture in _DIFFUSION or any(key.startswith("diffusion.") for key in header.values):
        return Kind(
            "diffusion language model",
            f"a {architecture} model generates a whole text at once by diffusion, which the engine does not support",
            _CHAT_MODEL,
        )
    if architecture in _IMAGE:
        return Kind("image model", f"a {architecture} model generates images", _CHAT_MODEL)
    if architecture in _SPEECH:
        return Kind("speech model", f"a {architecture} model generates or recognises speech", _CHAT_MODEL)
    if architecture in _DRAFT:
        return Kind("draft model", f"a {architecture} model only drafts tokens for another model", _WITH_MODEL)
    if architecture in _ENCODER:
        return Kind(
            "encoder-decoder model",
            f"a {architecture} model has an encoder, which the engine does not support",
            _CHAT_MODEL,
        )
    if ranks:
        return Kind("reranker", "it is a reranker or classifier: it scores text but does not generate any", _CHAT_MODEL)
    if architecture in _EMBEDDING or pools:
        return Kind(
            "embedding model", f"it is an embedding model ({architecture}): it does not generate text", _CHAT_MODEL
        )
    if header.values.get(f"{architecture}.attention.causal") is False:
        return Kind("embedding model", "it reads text in both directions and does not generate any", _CHAT_MODEL)
    return Kind(LANGUAGE_MODEL)
