"""What migrants send home, and what sending costs."""
