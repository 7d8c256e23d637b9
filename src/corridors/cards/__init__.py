"""Cards: what the figures say of the world, a place, a corridor; tables, no drawing."""
