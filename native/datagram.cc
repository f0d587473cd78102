// See datagram.h.
#include "datagram.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace pyredis {

int OpenDatagram(const std::string& path) {
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  // An abstract name is as long as it says and ends nowhere else; a path needs its NUL.
  if (path.empty() || path.size() >= sizeof address.sun_path) return -ENAMETOOLONG;
  memcpy(address.sun_path, path.data(), path.size());
  socklen_t length = static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  else length++;
  const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd == -1) return -errno;
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  if (connect(fd, reinterpret_cast<struct sockaddr*>(&address), length) == -1) {
    const int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}

int SendDatagram(int fd, const void* bytes, size_t length) {
  ssize_t sent;
  do {
#ifdef MSG_NOSIGNAL
    sent = send(fd, bytes, length, MSG_NOSIGNAL);
#else
    sent = send(fd, bytes, length, 0);
#endif
  } while (sent == -1 && errno == EINTR);
  return sent == -1 ? -errno : 0;
}

}  // namespace pyredis
