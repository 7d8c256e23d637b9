"""Where the world settles when the rules change."""
