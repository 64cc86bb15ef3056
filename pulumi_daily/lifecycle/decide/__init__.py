"""Pure decisions: what check, diff, update and refresh make of inputs, state and the live object."""
