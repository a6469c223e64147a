"""Where a teacher works: choosing, writing and accepting comments, correcting facts, instructing the model."""
