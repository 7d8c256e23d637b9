"""The roads: journeys day by day, what they need on the way, and how well they are forecast."""
