"""Who moved: flows between areas, estimated from stocks."""
