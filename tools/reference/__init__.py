"""How the reference world is made, one module per publisher.

Each function takes a DuckDB connection and the folder of tidy tables and returns one query
whose rows are the table, in the order they are written.
"""
