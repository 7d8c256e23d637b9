"""What labour produces and earns."""
