"""The vocabulary of the program as pure data and functions: no screen, no database, no engine, no files."""
