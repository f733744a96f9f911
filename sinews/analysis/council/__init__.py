"""The council: its brief, the advice, and the staff's answers to what is asked."""
