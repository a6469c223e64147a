"""Night school: what teachers changed today teaches the model that drafts tomorrow."""
