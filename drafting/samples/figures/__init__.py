"""What children draw. Each figure takes a pen whose unit is the figure's own size and whose origin is where it stands."""
