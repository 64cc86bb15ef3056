from in_process import one_clock as one_clock
