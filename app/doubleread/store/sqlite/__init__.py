"""The SQLite file: connection, schema, migrations, recovery."""
