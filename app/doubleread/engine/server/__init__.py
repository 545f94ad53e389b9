"""Answers from OpenAI-compatible servers: llama-server, vLLM, Ollama, LM Studio, Ray Serve."""
