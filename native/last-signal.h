// Owns the last word of a process that a signal ends: its number and the time, written into a file before the signal
// does what it always does. Called by addon.cc, once in a daemon. Nothing but SIGKILL escapes it.
#pragma once

namespace pyredis {

// From now on a signal that ends the process leaves "NUMBER SECONDS\n" at the beginning of the file behind `fd`, which
// must stay open. Signals that somebody handles already are left alone. 0 or a negative errno.
int MarkFatalSignals(int fd);

}  // namespace pyredis
