"""The worker process: llama.cpp, batching, sampling."""
