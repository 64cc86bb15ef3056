"""What is read from Daily and written to it, shared by all operations of a process."""
