"""Readers of publishers' own files: one module a publisher or format."""
