// Owns the only fork in this project: fork, setsid, fork, exec. Called by addon.cc; knows nothing of JavaScript.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace pyredis {

// Everything the new process needs, complete before the fork: the children allocate nothing.
struct SpawnPlan {
  std::string file;               // absolute path of the program
  std::vector<std::string> args;  // args[0] included
  std::vector<std::string> env;   // NAME=value
  std::string directory;          // chdir
  mode_t mask;                    // umask
  std::vector<int> fds;           // fds[i] becomes descriptor i; every other descriptor is closed
};

// Where a start can fail. The numbers travel through the report pipe, the names are given to JavaScript.
enum class Stage : int { kNone = 0, kPipe, kFork, kSetsid, kFds, kChdir, kExec };
const char* StageName(Stage stage);

struct SpawnResult {
  pid_t pid;    // of the daemon, 0 if there is none
  Stage stage;  // kNone on success
  int error;    // errno of the failed stage
};

// Returns after the exec of the daemon has succeeded or failed. Blocks for the few milliseconds that takes.
SpawnResult SpawnDaemon(const SpawnPlan& plan);

// A pipe with both ends close-on-exec. Returns 0 or an errno.
int MakePipe(int ends[2]);

}  // namespace pyredis
