"""The engine: one worker process for each model, spoken to in JSON lines. Only the worker imports llama_cpp."""
