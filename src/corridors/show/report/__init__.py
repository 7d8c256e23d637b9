"""The pages: one HTML file that opens anywhere, its tables, its pictures, its sources."""
