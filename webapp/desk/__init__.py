"""Where a teacher works: drafts, comments, instructions, feedback, export."""
