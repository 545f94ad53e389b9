"""Writes a trained network as GGUF and quantises it to Q8_0."""

from __future__ import annotations

import ctypes
import json
from pathlib import Path

import gguf
import llama_cpp
import numpy as np

from examples import SPECIALS, TEMPLATE
from network import Network

Q8_0 = 7
NORMAL, CONTROL, WHOLE = 1, 3, 4


def write_gguf(network: Network, tokenizer_json: Path, name: str, description: str, target: Path) -> None:
    """Write the network with its tokenizer and chat template as an F32 GGUF file."""
    shape = network.shape
    tokenizer = json.loads(tokenizer_json.read_text(encoding="utf-8"))
    model = tokenizer["model"]
    whole = {item["content"]: item["id"] for item in tokenizer["added_tokens"]}
    ids = model["vocab"] | whole
    tokens = sorted(ids, key=ids.__getitem__)
    merges = [" ".join(pair) if isinstance(pair, list) else pair for pair in model["merges"]]
    writer = gguf.GGUFWriter(str(target), "llama")
    writer.add_name(name)
    writer.add_description(description)
    writer.add_license("Apache-2.0")
    writer.add_author("the doubleread authors")
    writer.add_languages(["en"])
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.blocks)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([CONTROL if token in SPECIALS else WHOLE if token in whole else NORMAL for token in tokens])
    writer.add_token_merges(merges)
    end = tokens.index("<|end|>")
    writer.add_bos_token_id(end)
    writer.add_eos_token_id(end)
    writer.add_pad_token_id(end)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_chat_template(TEMPLATE)
    for key, tensor in network.state_dict().items():
        writer.add_tensor(key, np.ascontiguousarray(tensor.detach().float().numpy()))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def quantise(source: Path, target: Path) -> None:
    """Quantise a GGUF file to Q8_0 with llama.cpp's own quantiser; norms stay F32."""
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = Q8_0
    parameters.nthread = 1
    code = llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(parameters))
    if code != 0:
        raise RuntimeError(f"llama.cpp could not quantise {source}: code {code}")
