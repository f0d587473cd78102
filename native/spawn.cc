// fork, setsid, fork, exec.
//
//   starter ── fork ──> intermediate ── setsid, fork ──> daemon ── dup2, close, umask, chdir, execve ──> node
//      │                     │ reports the daemon's pid      │ reports a failed stage
//      │ <── report pipe ────┴───────────────────────────────┘ (close-on-exec: its end means the exec succeeded)
//      └─ waitpid(intermediate)
//
// A Node process has several threads and only the calling one survives fork(), with every lock of the others frozen
// in whatever state it was. Hence the one rule of this file: between the first fork and execve, only functions that
// signal-safety(7) lists (and close_range, a bare system call). No allocation, no C++ object that owns anything.
#include "spawn.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

namespace pyredis {
namespace {

// What crosses the report pipe. Far below PIPE_BUF, so each write is atomic.
struct Report {
  int stage;  // a Stage; kNone carries the daemon's pid
  int value;  // the pid, or the errno of the stage
};

// The plan as the children use it: plain pointers into memory that was filled before the fork.
struct RawPlan {
  const char* file;
  char* const* argv;
  char* const* envp;
  const char* directory;
  mode_t mask;
  const int* fds;
  int* moved;  // scratch, as long as fds
  int fd_count;
  int report;
};

// glibc's fork() runs atfork handlers and takes the allocator's locks; _Fork() does neither and is the
// async-signal-safe one (POSIX.1-2024).
pid_t ForkSafely() {
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
  return _Fork();
#else
  return fork();
#endif
#else
  return fork();
#endif
}

void SendReport(int fd, Stage stage, int value) {
  const Report report = {static_cast<int>(stage), value};
  ssize_t written;
  do {
    written = write(fd, &report, sizeof report);
  } while (written == -1 && errno == EINTR);
}

[[noreturn]] void Fail(int report, Stage stage) {
  SendReport(report, stage, errno);
  _exit(127);
}

// exec keeps ignored signals ignored, and Node ignores some (SIGPIPE). The daemon begins with the defaults.
void ResetSignals() {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  sigemptyset(&action.sa_mask);
  for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// A loop up to RLIMIT_NOFILE takes minutes where containers set it to 1e9, so the fallback loop is bounded. It is
// the second line of defence: Node opens everything close-on-exec.
void CloseFrom(int first) {
#if defined(__linux__) && defined(SYS_close_range)
  if (syscall(SYS_close_range, static_cast<unsigned int>(first), ~0U, 0U) == 0) return;
#endif
  for (int fd = first; fd < 65536; fd++) close(fd);
}

// Gives descriptor i the file fds[i]. Sources first move above all targets, so that no dup2 overwrites a source
// that is still needed; dup2 leaves the target without close-on-exec, which is what carries the lock and the status
// pipe through the exec. The report pipe sits just above the targets, close-on-exec.
int PlaceFds(const RawPlan& plan) {
  const int report = plan.fd_count;
  const int above = report + 1;
  const int moved_report = fcntl(plan.report, F_DUPFD_CLOEXEC, above);
  if (moved_report == -1) Fail(plan.report, Stage::kFds);
  for (int i = 0; i < plan.fd_count; i++) {
    plan.moved[i] = fcntl(plan.fds[i], F_DUPFD_CLOEXEC, above);
    if (plan.moved[i] == -1) Fail(moved_report, Stage::kFds);
  }
  for (int i = 0; i < plan.fd_count; i++) {
    if (dup2(plan.moved[i], i) == -1) Fail(moved_report, Stage::kFds);
  }
  if (dup2(moved_report, report) == -1 || fcntl(report, F_SETFD, FD_CLOEXEC) == -1) {
    Fail(moved_report, Stage::kFds);
  }
  CloseFrom(above);
  return report;
}

[[noreturn]] void BecomeDaemon(const RawPlan& plan) {
  const int report = PlaceFds(plan);
  umask(plan.mask);
  if (chdir(plan.directory) == -1) Fail(report, Stage::kChdir);
  ResetSignals();
  execve(plan.file, plan.argv, plan.envp);
  Fail(report, Stage::kExec);
}

// The second fork makes the daemon a non-leader of its session, so that no terminal it opens can become its
// controlling terminal; the exit of this process hands it to init.
[[noreturn]] void BecomeIntermediate(const RawPlan& plan) {
  if (setsid() == -1) Fail(plan.report, Stage::kSetsid);
  const pid_t daemon = ForkSafely();
  if (daemon == -1) Fail(plan.report, Stage::kFork);
  if (daemon == 0) BecomeDaemon(plan);
  SendReport(plan.report, Stage::kNone, daemon);
  _exit(0);
}

// Reads until every writer is gone: the intermediate has exited and the daemon has replaced itself or failed.
SpawnResult ReadReports(int fd) {
  SpawnResult result = {0, Stage::kFork, ECHILD};
  for (;;) {
    Report report;
    const ssize_t got = read(fd, &report, sizeof report);
    if (got == -1 && errno == EINTR) continue;
    if (got != static_cast<ssize_t>(sizeof report)) return result;
    if (static_cast<Stage>(report.stage) == Stage::kNone) {
      // The daemon may have failed before the intermediate said its pid: a failure is never overwritten.
      result.pid = report.value;
      if (result.error == ECHILD) result = {report.value, Stage::kNone, 0};
    } else {
      result = {result.pid, static_cast<Stage>(report.stage), report.value};
    }
  }
}

// By its pid and never waitpid(-1): libuv owns the other children.
void Reap(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {
  }
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

const char* StageName(Stage stage) {
  switch (stage) {
    case Stage::kNone: return "";
    case Stage::kPipe: return "pipe";
    case Stage::kFork: return "fork";
    case Stage::kSetsid: return "setsid";
    case Stage::kFds: return "dup2";
    case Stage::kChdir: return "chdir";
    case Stage::kExec: return "execve";
  }
  return "unknown";
}

int MakePipe(int ends[2]) {
#ifdef __linux__
  return pipe2(ends, O_CLOEXEC) == -1 ? errno : 0;
#else
  if (pipe(ends) == -1) return errno;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return 0;
#endif
}

SpawnResult SpawnDaemon(const SpawnPlan& plan) {
  const std::vector<char*> argv = Pointers(plan.args);
  const std::vector<char*> envp = Pointers(plan.env);
  std::vector<int> moved(plan.fds.size(), -1);
  int ends[2];
  if (const int error = MakePipe(ends)) return {0, Stage::kPipe, error};
  const RawPlan raw = {plan.file.c_str(), argv.data(),  envp.data(),
                       plan.directory.c_str(), plan.mask, plan.fds.data(),
                       moved.data(), static_cast<int>(plan.fds.size()), ends[1]};

  // With every signal blocked, none of Node's handlers can run in a child that has no event loop.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t intermediate = ForkSafely();
  const int fork_error = errno;
  if (intermediate == 0) BecomeIntermediate(raw);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);

  close(ends[1]);
  SpawnResult result = {0, Stage::kFork, fork_error};
  if (intermediate > 0) {
    result = ReadReports(ends[0]);
    Reap(intermediate);
  }
  close(ends[0]);
  return result;
}

}  // namespace pyredis
