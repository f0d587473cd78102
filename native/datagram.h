// Owns unix datagram sockets, which Node does not have: sd_notify, syslog and the journal speak through them. Called
// by addon.cc.
#pragma once

#include <sys/types.h>

#include <string>

namespace pyredis {

// A socket connected to `path`, close-on-exec, that never blocks; '@' in front names the abstract namespace. Returns
// the descriptor or a negative errno. Connected now, it still works after a chroot.
int OpenDatagram(const std::string& path);

// One message. 0 or a negative errno: -EAGAIN when the reader's queue is full, -ECONNREFUSED when it is gone.
int SendDatagram(int fd, const void* bytes, size_t length);

}  // namespace pyredis
