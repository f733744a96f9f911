"""A played campaign as a book: every turn a chapter, written from what is kept and from that alone.

What happened is found in the record (`span`, `events`), put into words (`prose`, `templates/`) and
bound (`chapter`, `book`). Nothing here simulates.
"""
