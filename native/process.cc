// One system call a function; see process.h.
#include "process.h"

#include <cerrno>
#include <sys/file.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif
#ifdef __APPLE__
#include <libproc.h>
#include <sys/proc.h>
#endif

namespace pyredis {

int PidfdOpen(pid_t pid) {
#if defined(__linux__) && defined(SYS_pidfd_open)
  const long fd = syscall(SYS_pidfd_open, pid, 0U);  // close-on-exec by definition
  return fd == -1 ? -errno : static_cast<int>(fd);
#else
  static_cast<void>(pid);
  return -ENOSYS;
#endif
}

int PidfdSendSignal(int pidfd, int signal) {
#if defined(__linux__) && defined(SYS_pidfd_send_signal)
  return syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0U) == -1 ? -errno : 0;
#else
  static_cast<void>(pidfd);
  static_cast<void>(signal);
  return -ENOSYS;
#endif
}

int LockFile(int fd, bool shared) {
  int result;
  do {
    result = flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB);
  } while (result == -1 && errno == EINTR);
  return result == -1 ? -errno : 0;
}

int ReadProcessInfo(pid_t pid, ProcessInfo* info) {
#ifdef __APPLE__
  struct proc_bsdinfo bsd = {};
  const int size = proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &bsd, sizeof bsd);
  if (size != static_cast<int>(sizeof bsd)) return errno == 0 ? -ESRCH : -errno;
  info->start_microseconds = static_cast<double>(bsd.pbi_start_tvsec) * 1e6 + static_cast<double>(bsd.pbi_start_tvusec);
  info->zombie = bsd.pbi_status == SZOMB;
  return 0;
#else
  static_cast<void>(pid);
  static_cast<void>(info);
  return -ENOSYS;
#endif
}

}  // namespace pyredis
