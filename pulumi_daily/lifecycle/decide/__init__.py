"""Pure decisions of check, diff, update and refresh, from inputs, state and the live object."""
