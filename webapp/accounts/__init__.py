"""Who may come in: sign-up, studios, colleagues, passkeys, API keys."""
