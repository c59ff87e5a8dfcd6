"""What is shown of geodesics and transport: strips of inputs, and curves for points that are no pictures."""
