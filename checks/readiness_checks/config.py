"""Configuration is there, is told apart from secrets, and is said once."""
