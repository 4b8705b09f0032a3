"""Finding records: the registry's query language, and indexes that answer it."""
