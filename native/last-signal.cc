// See last-signal.h. Handlers use async-signal-safe calls only.
#include "last-signal.h"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <unistd.h>

namespace pyredis {

namespace {

constexpr int kSignals[] = {SIGQUIT, SIGILL,  SIGTRAP,   SIGABRT, SIGBUS,  SIGFPE, SIGSEGV,
                            SIGSYS,  SIGALRM, SIGVTALRM, SIGXCPU, SIGXFSZ, SIGUSR2};
// For a handler that runs because the stack has no room left.
constexpr size_t kStackBytes = 64 * 1024;

int mark_fd = -1;
struct sigaction former[NSIG];
alignas(16) char stack_memory[kStackBytes];

bool IsFunction(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 || (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

// The digits of a number, the last one at `end - 1`; where the first one is.
char* WriteDigits(char* end, long long value) {
  do {
    *--end = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value > 0);
  return end;
}

void Mark(int signal) {
  char text[48];
  char* const end = text + sizeof text;
  char* at = end;
  *--at = '\n';
  struct timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  at = WriteDigits(at, now.tv_sec);
  *--at = ' ';
  at = WriteDigits(at, signal);
  // Nobody is left to hear of a failure.
  if (pwrite(mark_fd, at, static_cast<size_t>(end - at), 0) < 0) return;
}

// V8 takes SIGSEGV of WebAssembly's checks for its own; Node's handler, which asks it, resets the signal otherwise.
bool IsTakenByFormer(int signal, siginfo_t* info, void* context) {
  const struct sigaction& action = former[signal];
  if (!IsFunction(action) || (action.sa_flags & SA_SIGINFO) == 0) return false;
  action.sa_sigaction(signal, info, context);
  struct sigaction now = {};
  sigaction(signal, nullptr, &now);
  return IsFunction(now);
}

void OnFatalSignal(int signal, siginfo_t* info, void* context) {
  if (IsTakenByFormer(signal, info, context)) return;
  Mark(signal);
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  sigaction(signal, &action, nullptr);
  raise(signal);  // delivered when this handler returns
}

int UseOwnStack() {
  stack_t present = {};
  if (sigaltstack(nullptr, &present) == -1) return -errno;
  if ((present.ss_flags & SS_DISABLE) == 0) return 0;
  stack_t own = {};
  own.ss_sp = stack_memory;
  own.ss_size = sizeof stack_memory;
  return sigaltstack(&own, nullptr) == -1 ? -errno : 0;
}

}  // namespace

int MarkFatalSignals(int fd) {
  const bool is_installed = mark_fd >= 0;
  mark_fd = fd;
  if (is_installed) return 0;
  if (const int error = UseOwnStack()) return error;
  for (const int signal : kSignals) {
    struct sigaction* const before = &former[signal];
    if (sigaction(signal, nullptr, before) == -1) return -errno;
    // Ignored, or somebody's own: no end of the process. Faults are the engine's first.
    const bool is_fault = signal == SIGSEGV || signal == SIGBUS;
    if (before->sa_handler == SIG_IGN || (IsFunction(*before) && !is_fault)) continue;
    struct sigaction action = {};
    action.sa_sigaction = OnFatalSignal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    if (sigaction(signal, &action, nullptr) == -1) return -errno;
  }
  return 0;
}

}  // namespace pyredis
