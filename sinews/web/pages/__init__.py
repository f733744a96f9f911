"""The pages, a file each. Every file lists its own in `ROUTES`."""
