"""What children draw: each figure takes a pen whose unit is its size and whose origin is where it stands."""
