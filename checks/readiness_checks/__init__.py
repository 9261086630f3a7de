"""The built-in checks, one module per area."""
