"""An image is what it was when it was tested."""
