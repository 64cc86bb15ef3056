"""Reads from Daily and writes to Daily, shared by all operations of a process."""
