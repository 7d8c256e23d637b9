"""Our figures beside published ones: worlds to ask, and the pages that `docs/` keeps."""
