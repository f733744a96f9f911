"""The council room and the chronicle in a browser: pages that read, workers that simulate."""
