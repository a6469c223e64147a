"""Where a teacher works: choosing and writing comments, correcting facts, telling the model what to do."""
