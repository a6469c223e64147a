"""Students, lessons and the photographs of a class: upload, matching, measuring."""
