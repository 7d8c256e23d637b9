"""Who may cross, on what terms: admission, bans, walls."""
