// See confine.h.
#include "confine.h"

#include <cerrno>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

namespace pyredis {
namespace {

struct NamedLimit {
  const char* name;
  int resource;
};

const NamedLimit kLimits[] = {
    {"AS", RLIMIT_AS},           {"CORE", RLIMIT_CORE},     {"CPU", RLIMIT_CPU},     {"DATA", RLIMIT_DATA},
    {"FSIZE", RLIMIT_FSIZE},     {"NOFILE", RLIMIT_NOFILE}, {"STACK", RLIMIT_STACK}, {"MEMLOCK", RLIMIT_MEMLOCK},
    {"NPROC", RLIMIT_NPROC},     {"RSS", RLIMIT_RSS},
#ifdef __linux__
    {"LOCKS", RLIMIT_LOCKS},     {"MSGQUEUE", RLIMIT_MSGQUEUE}, {"NICE", RLIMIT_NICE},
    {"RTPRIO", RLIMIT_RTPRIO},   {"SIGPENDING", RLIMIT_SIGPENDING},
#endif
};

rlim_t ToLimit(double value) { return value < 0 ? RLIM_INFINITY : static_cast<rlim_t>(value); }

// The databases of users may be remote and an entry may be long: ERANGE asks for a longer buffer.
template <typename Entry, typename Ask>
int FindEntry(Ask ask, Entry* entry, std::vector<char>* buffer) {
  const size_t kLongest = 1 << 20;
  buffer->resize(1024);
  for (;;) {
    Entry* found = nullptr;
    const int error = ask(entry, buffer->data(), buffer->size(), &found);
    if (error == EINTR) continue;
    if (error == ERANGE && buffer->size() < kLongest) {
      buffer->resize(buffer->size() * 2);
      continue;
    }
    if (found != nullptr) return 0;
    return error == 0 ? -ENOENT : -error;
  }
}

template <typename Ask>
int FindPasswd(Ask ask, User* user) {
  struct passwd entry = {};
  std::vector<char> buffer;
  const int error = FindEntry<struct passwd>(ask, &entry, &buffer);
  if (error == 0) *user = {entry.pw_name, entry.pw_uid, entry.pw_gid};
  return error;
}

}  // namespace

int SetLimit(const std::string& name, double soft, double hard) {
  for (const NamedLimit& limit : kLimits) {
    if (name != limit.name) continue;
    const struct rlimit value = {ToLimit(soft), ToLimit(hard)};
    return setrlimit(static_cast<decltype(RLIMIT_AS)>(limit.resource), &value) == -1 ? -errno : 0;
  }
  return -EINVAL;
}

int SetAffinity(pid_t thread, const std::vector<int>& processors) {
#ifdef __linux__
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int processor : processors) {
    if (processor < 0 || processor >= CPU_SETSIZE) return -EINVAL;
    CPU_SET(processor, &set);
  }
  return sched_setaffinity(thread, sizeof(set), &set) == 0 ? 0 : -errno;
#else
  (void)thread;
  (void)processors;
  return -ENOSYS;
#endif
}

int ChangeRoot(const std::string& path) {
  if (chroot(path.c_str()) == -1) return -errno;
  return chdir("/") == -1 ? -errno : 0;
}

int ReplaceFd(int from, int to) {
  int result;
  do {
    result = dup2(from, to);
  } while (result == -1 && (errno == EINTR || errno == EBUSY));
  return result == -1 ? -errno : 0;
}

int ReadCredentials(Credentials* credentials) {
#ifdef __linux__
  Credentials& c = *credentials;
  if (getresuid(&c.real_uid, &c.effective_uid, &c.saved_uid) == -1) return -errno;
  if (getresgid(&c.real_gid, &c.effective_gid, &c.saved_gid) == -1) return -errno;
  return 0;
#else
  static_cast<void>(credentials);
  return -ENOSYS;
#endif
}

int FindUser(const std::string& name, User* user) {
  return FindPasswd(
      [&](struct passwd* entry, char* buffer, size_t size, struct passwd** found) {
        return getpwnam_r(name.c_str(), entry, buffer, size, found);
      },
      user);
}

int FindUserById(uid_t uid, User* user) {
  return FindPasswd(
      [&](struct passwd* entry, char* buffer, size_t size, struct passwd** found) {
        return getpwuid_r(uid, entry, buffer, size, found);
      },
      user);
}

int FindGroup(const std::string& name, gid_t* gid) {
  struct group entry = {};
  std::vector<char> buffer;
  const int error = FindEntry<struct group>(
      [&](struct group* group, char* bytes, size_t size, struct group** found) {
        return getgrnam_r(name.c_str(), group, bytes, size, found);
      },
      &entry, &buffer);
  if (error == 0) *gid = entry.gr_gid;
  return error;
}

}  // namespace pyredis
