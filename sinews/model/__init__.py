"""The model: nouns (state, world, view), laws, verbs (one file each) and the week."""
