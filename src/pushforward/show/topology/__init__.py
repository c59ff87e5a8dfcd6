"""What is shown of topology: landmarks laid out, bars of homology, and the readings as a table."""
