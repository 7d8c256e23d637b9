"""Who people are and where they choose to live."""
