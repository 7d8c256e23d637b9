"""Where capital works, and when it leaves."""
