"""Names of language models and their makers, and the context in which each identifies a model.

Four lists, because many of these names are also medical or everyday words: a phi angle is no Phi, GPT is a liver
enzyme, Claude described a syndrome, Stanford classified dissections, a gemma is a bud. Spelling is free everywhere:
blanks, hyphens and underscores may separate the parts of a name ("Open Bio LLM"), and capitals do not matter.
"""

from __future__ import annotations

FAMILIES: tuple[str, ...] = (
    # for medicine
    *("OpenBioLLM", "BioMistral", "Meditron", "Med42", "MedGemma", "MedLlama", "MedAlpaca", "PMC-LLaMA", "Me-LLaMA"),
    *("ChatDoctor", "DoctorGLM", "HuatuoGPT", "ClinicalGPT", "BioGPT", "BioMedGPT", "BioMedLM", "PubMedGPT", "MedGPT"),
    *("GatorTron", "GatorTronGPT", "Med-PaLM", "MMed-Llama", "MMedLM", "ClinicalCamel", "BenTsao", "Palmyra-Med"),
    *("BioMedical-Llama", "Llama3-Med42", "UltraMedical", "Internist.ai", "JSL-MedLlama", "Asclepius-Llama"),
    *("AMIE-Gemini", "MedFound", "BiMediX", "Aloe-Beta", "DeepSeek-Med", "HealthGPT", "Meerkat-Llama"),
    # general
    *("ChatGPT", "InstructGPT", "TinyLlama", "CodeLlama", "OpenLLaMA", "SmolLM", "StableLM", "StarCoder", "DeepSeek"),
    *("Qwen", "QwQ", "Baichuan", "InternLM", "ChatGLM", "MiniCPM", "Mixtral", "Mistral", "Ministral", "Magistral"),
    *("CodeGemma", "RecurrentGemma", "ShieldGemma", "PaliGemma", "Nemotron", "OpenHermes", "OpenOrca", "OpenChat"),
    *("WizardLM", "WizardCoder", "GPT-J", "GPT-NeoX", "GPT-Neo", "GPT-OSS", "Cerebras-GPT", "OpenELM", "OLMo", "OLMoE"),
    *("SOLAR-10.7B", "Starling-LM", "Zephyr-7B", "Vicuna", "FLAN-T5", "LLaVA", "Xwin-LM", "XGen", "Amazon Titan"),
    *("Google Gemini", "Google Bard", "Microsoft Copilot", "GitHub Copilot", "Nous-Hermes", "Cohere Aya", "EXAONE"),
    *("通义千问", "文心一言"),
)
"""Unambiguous names, redacted wherever they occur."""

NAMES_WITH_VERSION: tuple[str, ...] = (
    *("Llama", "Phi", "Gemma", "Claude", "Gemini", "Falcon", "Yi", "Orca", "Alpaca", "Aloe", "Granite", "Hermes"),
    *("Grok", "Jamba", "Zephyr", "Command R", "Meerkat", "Asclepius", "Apollo", "Galactica", "Bloom", "Aya", "Nova"),
    *("Kimi", "Ernie", "PaLM", "Lamda", "Bard", "Solar", "Dolly", "Camel", "Titan", "Copilot", "GLM"),
)
"""Words that name a model if a version or size follows ("Phi-3", "Llama 2"); otherwise only in `SELF` sentences."""

MAKERS: tuple[str, ...] = (
    *("OpenAI", "DeepMind", "Anthropic PBC", "Meta AI", "Mistral AI", "Hugging Face", "Alibaba Cloud", "Google AI"),
    *("Saama AI", "EleutherAI", "Stability AI", "Nous Research", "Moonshot AI", "Zhipu AI", "AI21 Labs", "TheBloke"),
    *("John Snow Labs", "Microsoft Research", "Google Research", "Baidu Research", "01.AI", "xAI Corp"),
)
"""Makers with unambiguous names."""

MAKERS_IN_CONTEXT: tuple[str, ...] = (
    *("Meta", "Google", "Microsoft", "Anthropic", "Saama", "EPFL", "Stanford", "M42", "Cohere", "Nvidia", "IBM"),
    *("Apple", "Amazon", "Alibaba", "Baidu", "Tencent", "xAI", "Databricks", "Mosaic", "Salesforce", "Huawei"),
    *("ByteDance", "Moonshot", "Zhipu", "Cerebras", "Technion", "Shanghai AI Laboratory", "Yale", "Vanderbilt"),
)
"""Makers that are also words, places or things of medicine: redacted only if the model speaks of itself."""

VERSIONED = r"GPT[-_\u2010-\u2015]?[2-6](?:\.\d)?o?(?![\p{L}\p{N}\p{M}])"
"""GPT joined to its version; "GPT 45 U/L" is a liver enzyme."""

_ORDINARY = """
adapter aligned answer answers assistant awq base baseline beta biology biomedical bio bnb case cases chat clinic
clinical code coder converted demo diagnosis diagnostic distill distilled doctor doctors dolphin domain dpo draft
evaluation exam expert experimental extended fast final fine finetune finetuned first full general generalist generic
gguf ggml good gptq great health healthcare heart hospital human imatrix instruct instruction internist it language
large latest light lite llama lora main medical medicine medium mini mixed model models natural nurse official online
open original orpo patient physician pretrained preview pro quant quantized question reader reasoning research second
sft short small specialist standard study super surgeon test thinking third tiny tuned turbo ultra uncensored
university untitled version vision weights world
"""
ORDINARY_PARTS = frozenset(_ORDINARY.split())
"""Parts of model names that are ordinary words: alone they name nothing."""
