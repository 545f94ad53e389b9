"""Compare the engine with other ways to run a model: realistic models, the ways, the measurements."""
