"""Tools for a whole corpus or release: explain documents, suggest rules and names, compare releases, JSON Lines filters, takedowns."""
