// Owns what a process can do to itself for good: resource limits, another root directory, other standard descriptors;
// and the questions about users that doing so raises. Called by addon.cc. Every function returns 0 or a negative errno.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace pyredis {

// Both limits of one resource, by its name without RLIMIT_ ("NOFILE"); -1 is RLIM_INFINITY. -EINVAL for a name that
// this platform
// does not have.
int SetLimit(const std::string& name, double soft, double hard);

// Pins one thread to these processors, sched_setaffinity(2); 0 is the calling one. -ENOSYS where there is no such call.
int SetAffinity(pid_t thread, const std::vector<int>& processors);

// chroot and then chdir to the new root: without the second the old tree stays reachable through the current
// directory, chroot(2).
int ChangeRoot(const std::string& path);

// dup2, without close-on-exec: `to` is a standard descriptor.
int ReplaceFd(int from, int to);

struct Credentials {
  uid_t real_uid, effective_uid, saved_uid;
  gid_t real_gid, effective_gid, saved_gid;
};

// -ENOSYS where the saved ids cannot be asked for.
int ReadCredentials(Credentials* credentials);

struct User {
  std::string name;
  uid_t uid;
  gid_t gid;
};

// By name, through NSS; -ENOENT if there is none.
int FindUser(const std::string& name, User* user);
int FindUserById(uid_t uid, User* user);
int FindGroup(const std::string& name, gid_t* gid);

}  // namespace pyredis
