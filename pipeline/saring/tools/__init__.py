"""What a person runs on a whole corpus or release: explain, suggest rules and names, compare releases, filters, takedown."""
