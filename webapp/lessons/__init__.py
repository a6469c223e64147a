"""Students, lessons and the photographs of a class, from the upload to what leaves the house."""
