// Owns the fast way between sockets and the server: one epoll instance for all connections of a server, so that a turn
// of the loop crosses from C++ into JavaScript once, and not once a read and once a write. The sockets stay net.Socket's:
// it has accepted them, closes them, and takes over whatever is not the common case. Called by addon.cc; the other side
// is src/server/socket-poller.ts, which describes the two tables.
//
// Linux only (epoll): elsewhere the addon has no such class, and Node reads every socket.
#pragma once

#include <napi.h>
#include <uv.h>

#ifdef __linux__
#include <sys/epoll.h>

#include <cstdint>
#include <vector>

namespace pyredis {

// Sockets that one call of epoll_wait names; the others that are ready stay so.
constexpr int kEventsMax = 512;

// new SocketPoller(readBuffer, headroom, reads, outbox, sends, onReads)
//   readBuffer  Uint8Array: bytes that arrive are put behind its first `headroom` bytes, one read after another
//   reads       Int32Array of (slot, end) pairs: a read of `slot` ends before byte `end` and begins where the one
//               before it ended; end -1 is a socket that has ended or failed, and is no longer watched
//   outbox      Uint8Array, and
//   sends       Int32Array of (fd, offset, length, taken): what send() sends; taken is how much of it the kernel took
//   onReads     (count) => void: so many reads are in the table. It must call poll() until that answers 0.
class SocketPoller : public Napi::ObjectWrap<SocketPoller> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit SocketPoller(const Napi::CallbackInfo& info);
  ~SocketPoller() override;

 private:
  // What the loop holds: it outlives the poller until libuv has let go of it.
  struct Watch;

  // add(fd, slot) -> 0 | -errno. What is ready already is reported, too.
  Napi::Value Add(const Napi::CallbackInfo& info);
  // remove(slot). Nothing of it arrives any more, not even what is ready now.
  Napi::Value Remove(const Napi::CallbackInfo& info);
  // setBulk(slot, bulk). The bytes that this one sends are one large argument: a read takes all that there is room for.
  Napi::Value SetBulk(const Napi::CallbackInfo& info);
  // discard(slot). Drops what has come of it and was not read; before it is closed.
  Napi::Value Discard(const Napi::CallbackInfo& info);
  // send(count) -> how many of these were not taken whole
  Napi::Value Send(const Napi::CallbackInfo& info);
  // write(fd, buffers) -> how many bytes the kernel took of these, in order; what it did not take is the caller's
  Napi::Value Write(const Napi::CallbackInfo& info);
  // poll() -> count: reads what is still to be read of the sockets that were ready.
  Napi::Value Poll(const Napi::CallbackInfo& info);
  // close(). The sockets are not touched; nothing is called and nothing is held any more.
  Napi::Value Close(const Napi::CallbackInfo& info);

  void Start(Napi::Env env);
  void Stop();
  void Forget(uint32_t slot);
  // Fills the table of reads.
  uint32_t Read(bool more);
  void OnReady();

  int epoll_fd_ = -1;
  Watch* watch_ = nullptr;
  uint8_t* read_buffer_ = nullptr;
  size_t read_bytes_ = 0;
  size_t headroom_ = 0;
  int32_t* reads_ = nullptr;
  size_t reads_max_ = 0;
  uint8_t* outbox_ = nullptr;
  size_t outbox_bytes_ = 0;
  int32_t* sends_ = nullptr;
  size_t sends_max_ = 0;
  // By slot, and back; -1 is not watched. A descriptor that was closed unnoticed may come again under another slot.
  std::vector<int> fds_;
  std::vector<int> slots_;
  // By slot.
  std::vector<bool> bulk_;
  size_t watched_ = 0;
  // Sockets that epoll has named; those from next_event_ on are not read yet.
  struct epoll_event events_[kEventsMax];
  int event_count_ = 0;
  int next_event_ = 0;
  int rereads_left_ = 0;
  // These keep the memory above alive.
  Napi::ObjectReference memory_;
  Napi::FunctionReference on_reads_;
};

}  // namespace pyredis

#endif
