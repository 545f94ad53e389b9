"""The words of the house as pure data and functions: no screen, no database, no engine, no files."""
