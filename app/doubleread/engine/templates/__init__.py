"""Chat templates by name, for models whose file brings none or a wrong one."""
