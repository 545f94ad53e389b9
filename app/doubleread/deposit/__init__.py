"""A study as a folder for a repository or a supplement: texts, tables, checklists, ratings, and how to check them."""
