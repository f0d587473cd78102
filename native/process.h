// Owns questions about, and signals to, one process; and the flock call that the pidfile needs. Every function
// returns 0 (or a descriptor) or a negative errno, as system calls do; -ENOSYS where the platform has no such call.
#pragma once

#include <sys/types.h>

namespace pyredis {

// A descriptor that names this one process for ever, whatever happens to its pid.
int PidfdOpen(pid_t pid);
int PidfdSendSignal(int pidfd, int signal);

// flock(2), never waiting. The lock belongs to the open file description: it survives exec, is shared by every
// inherited copy, and ends when the last copy is closed.
int LockFile(int fd, bool shared);

struct ProcessInfo {
  double start_microseconds;  // since the epoch
  bool zombie;
};

// macOS only. Linux has /proc, which needs no addon.
int ReadProcessInfo(pid_t pid, ProcessInfo* info);

}  // namespace pyredis
