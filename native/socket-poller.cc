// See socket-poller.h.
#include "socket-poller.h"

#include "whole-number.h"

#ifdef __linux__

#include <algorithm>
#include <cerrno>
#include <string>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace pyredis {

namespace {

// Level-triggered: whatever a read leaves, the next turn finds it. A short read does not mean an empty socket: one ends
// at urgent data too, and on a unix socket where descriptors were passed.
constexpr uint32_t kEvents = EPOLLIN | EPOLLRDHUP;
// A read gets this much room at least: what is left comes with the next call. It takes no more, either, unless the socket
// is in bulk: so others wait for some hundred requests of one deep pipeline at most, as they do with Redis, whose reads are
// of the same size.
constexpr size_t kReadBytes = 16384;
// Large arguments are read on in the same turn, so many times at most: a mebibyte of loopback's segments, or half a
// millisecond. Whoever asks next sees what has come of them, as with Redis.
constexpr int kRereadsMax = 16;
// What a socket has sent behind its end is read and dropped, up to a mebibyte: closed with bytes unread, the kernel resets
// the connection, and the peer loses what it has not got yet of its replies.
constexpr int kDiscardsMax = 64;
constexpr int32_t kEnded = -1;
constexpr size_t kSendFields = 4;
// More sockets than a process can have open.
constexpr double kSlotsMax = 1 << 24;
// Buffers that one call of sendmsg gets; IOV_MAX is 1024.
constexpr size_t kVectorMax = 64;

void SetAt(std::vector<int>* values, size_t index, int value) {
  if (index >= values->size()) values->resize(index + 1, -1);
  (*values)[index] = value;
}

Napi::Value WrongBuffers(Napi::Env env) {
  Napi::TypeError::New(env, "expected write(fd, Uint8Array[])").ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace

struct SocketPoller::Watch {
  uv_poll_t handle = {};
  SocketPoller* poller = nullptr;
  int epoll_fd = -1;
  napi_async_cleanup_hook_handle hook = nullptr;
};

Napi::Function SocketPoller::Define(Napi::Env env) {
  return DefineClass(env, "SocketPoller",
                     {InstanceMethod<&SocketPoller::Add>("add"), InstanceMethod<&SocketPoller::Remove>("remove"),
                      InstanceMethod<&SocketPoller::SetBulk>("setBulk"), InstanceMethod<&SocketPoller::Discard>("discard"),
                      InstanceMethod<&SocketPoller::Send>("send"), InstanceMethod<&SocketPoller::Write>("write"),
                      InstanceMethod<&SocketPoller::Poll>("poll"), InstanceMethod<&SocketPoller::Close>("close")});
}

SocketPoller::SocketPoller(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SocketPoller>(info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 6 || !info[0].IsTypedArray() || !IsByteCount(info[1]) || !info[2].IsTypedArray() ||
      !info[3].IsTypedArray() || !info[4].IsTypedArray() || !info[5].IsFunction()) {
    Napi::TypeError::New(env, "expected new SocketPoller(readBuffer, headroom, reads, outbox, sends, onReads)")
        .ThrowAsJavaScriptException();
    return;
  }
  Napi::Uint8Array read_buffer = info[0].As<Napi::Uint8Array>();
  Napi::Int32Array reads = info[2].As<Napi::Int32Array>();
  Napi::Uint8Array outbox = info[3].As<Napi::Uint8Array>();
  Napi::Int32Array sends = info[4].As<Napi::Int32Array>();
  read_buffer_ = read_buffer.Data();
  read_bytes_ = read_buffer.ByteLength();
  headroom_ = info[1].As<Napi::Number>().Uint32Value();
  reads_ = reads.Data();
  reads_max_ = reads.ElementLength() / 2;
  outbox_ = outbox.Data();
  outbox_bytes_ = outbox.ByteLength();
  sends_ = sends.Data();
  sends_max_ = sends.ElementLength() / kSendFields;
  if (read_bytes_ < headroom_ + kReadBytes || reads_max_ == 0) {
    Napi::RangeError::New(env, "the read buffer or its table is too small").ThrowAsJavaScriptException();
    return;
  }
  Napi::Array memory = Napi::Array::New(env, 4);
  memory.Set(0U, read_buffer);
  memory.Set(1U, reads);
  memory.Set(2U, outbox);
  memory.Set(3U, sends);
  memory_ = Napi::Persistent(memory.As<Napi::Object>());
  on_reads_ = Napi::Persistent(info[5].As<Napi::Function>());
  Start(env);
}

SocketPoller::~SocketPoller() { Stop(); }

void SocketPoller::Start(Napi::Env env) {
  uv_loop_t* loop = nullptr;
  // The loop is Node's own, and this binary may have been built for another Node. libuv keeps its ABI within a major
  // version only, and the handle below lies in memory of ours.
  if (uv_version() >> 16 != UV_VERSION_MAJOR || uv_handle_size(UV_POLL) > sizeof(uv_poll_t)) {
    Napi::Error::New(env, "built for libuv " + std::to_string(UV_VERSION_MAJOR) + ".x, not " + uv_version_string())
        .ThrowAsJavaScriptException();
    return;
  }
  epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd_ == -1 || napi_get_uv_event_loop(env, &loop) != napi_ok) {
    const std::string reason = epoll_fd_ == -1 ? uv_strerror(-errno) : "no event loop";
    Stop();
    Napi::Error::New(env, reason).ThrowAsJavaScriptException();
    return;
  }
  watch_ = new Watch();
  watch_->poller = this;
  watch_->epoll_fd = epoll_fd_;
  if (const int error = uv_poll_init(loop, &watch_->handle, epoll_fd_)) {
    delete watch_;
    watch_ = nullptr;
    Stop();
    Napi::Error::New(env, uv_strerror(error)).ThrowAsJavaScriptException();
    return;
  }
  watch_->handle.data = watch_;
  // The loop of a worker must have no handle left when the worker ends.
  napi_add_async_cleanup_hook(
      env,
      [](napi_async_cleanup_hook_handle, void* data) {
        Watch* watch = static_cast<Watch*>(data);
        if (watch->poller != nullptr) watch->poller->Stop();
      },
      watch_, &watch_->hook);
  uv_poll_start(&watch_->handle, UV_READABLE, [](uv_poll_t* handle, int, int) {
    SocketPoller* poller = static_cast<Watch*>(handle->data)->poller;
    if (poller != nullptr) poller->OnReady();
  });
  // Connections keep the process alive, the poller itself does not.
  uv_unref(reinterpret_cast<uv_handle_t*>(&watch_->handle));
}

void SocketPoller::Stop() {
  if (watch_ == nullptr) {
    if (epoll_fd_ != -1) close(epoll_fd_);
  } else {
    Watch* watch = watch_;
    watch_ = nullptr;
    watch->poller = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(&watch->handle), [](uv_handle_t* handle) {
      Watch* closed = static_cast<Watch*>(handle->data);
      close(closed->epoll_fd);
      if (closed->hook != nullptr) napi_remove_async_cleanup_hook(closed->hook);
      delete closed;
    });
  }
  epoll_fd_ = -1;
  fds_.clear();
  slots_.clear();
  bulk_.clear();
  event_count_ = next_event_ = 0;
  watched_ = 0;
}

Napi::Value SocketPoller::Add(const Napi::CallbackInfo& info) {
  if (!IsInt(info[0]) || !IsWhole(info[1], 0, kSlotsMax)) return Napi::Number::New(info.Env(), -EINVAL);
  const int fd = info[0].As<Napi::Number>().Int32Value();
  const uint32_t slot = info[1].As<Napi::Number>().Uint32Value();
  int error = EBADF;
  if (watch_ != nullptr && fd >= 0) {
    struct epoll_event event = {};
    event.events = kEvents;
    event.data.u32 = slot;
    error = epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == -1 ? errno : 0;
  }
  if (error == 0) {
    // The kernel has forgotten the socket that had this descriptor before: its slot must not remove this one.
    if (static_cast<size_t>(fd) < slots_.size() && slots_[fd] != -1) {
      fds_[slots_[fd]] = -1;
      watched_--;
    }
    SetAt(&slots_, fd, static_cast<int>(slot));
    SetAt(&fds_, slot, fd);
    if (slot >= bulk_.size()) bulk_.resize(slot + 1);
    bulk_[slot] = false;
    if (watched_++ == 0) uv_ref(reinterpret_cast<uv_handle_t*>(&watch_->handle));
  }
  return Napi::Number::New(info.Env(), -error);
}

Napi::Value SocketPoller::Remove(const Napi::CallbackInfo& info) {
  if (IsWhole(info[0], 0, kSlotsMax)) Forget(info[0].As<Napi::Number>().Uint32Value());
  return info.Env().Undefined();
}

Napi::Value SocketPoller::SetBulk(const Napi::CallbackInfo& info) {
  if (IsWhole(info[0], 0, kSlotsMax)) {
    const uint32_t slot = info[0].As<Napi::Number>().Uint32Value();
    if (slot < bulk_.size()) bulk_[slot] = info[1].ToBoolean().Value();
  }
  return info.Env().Undefined();
}

Napi::Value SocketPoller::Discard(const Napi::CallbackInfo& info) {
  const uint32_t slot = IsWhole(info[0], 0, kSlotsMax) ? info[0].As<Napi::Number>().Uint32Value() : UINT32_MAX;
  if (slot >= fds_.size() || fds_[slot] == -1) return info.Env().Undefined();
  // Not into the read buffer: reads of this turn may lie there.
  char bytes[kReadBytes];
  for (int reads = 0; reads < kDiscardsMax; reads++) {
    const ssize_t got = recv(fds_[slot], bytes, sizeof bytes, MSG_DONTWAIT);
    if (got == 0 || (got == -1 && errno != EINTR)) break;
  }
  return info.Env().Undefined();
}

void SocketPoller::Forget(uint32_t slot) {
  if (slot >= fds_.size() || fds_[slot] == -1) return;
  epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fds_[slot], nullptr);
  slots_[fds_[slot]] = -1;
  fds_[slot] = -1;
  if (--watched_ == 0) uv_unref(reinterpret_cast<uv_handle_t*>(&watch_->handle));
}

Napi::Value SocketPoller::Send(const Napi::CallbackInfo& info) {
  const size_t count = IsWhole(info[0], 0, kSlotsMax) ? info[0].As<Napi::Number>().Uint32Value() : 0;
  uint32_t partial = 0;
  for (size_t i = 0; i < count && i < sends_max_; i++) {
    int32_t* const entry = sends_ + kSendFields * i;
    const size_t offset = static_cast<uint32_t>(entry[1]);
    const size_t length = static_cast<uint32_t>(entry[2]);
    ssize_t sent = -1;
    errno = EINVAL;
    if (offset <= outbox_bytes_ && length <= outbox_bytes_ - offset) {
      do {
        sent = send(entry[0], outbox_ + offset, length, MSG_DONTWAIT | MSG_NOSIGNAL);
      } while (sent == -1 && errno == EINTR);
    }
    // Whatever is wrong with the socket, Node's own write of the rest finds it out.
    entry[3] = sent == -1 ? 0 : static_cast<int32_t>(sent);
    if (entry[3] != entry[2]) partial++;
  }
  return Napi::Number::New(info.Env(), partial);
}

Napi::Value SocketPoller::Write(const Napi::CallbackInfo& info) {
  if (!IsInt(info[0]) || !info[1].IsArray()) return WrongBuffers(info.Env());
  const int fd = info[0].As<Napi::Number>().Int32Value();
  const Napi::Array buffers = info[1].As<Napi::Array>();
  const uint32_t count = buffers.Length();
  struct iovec vector[kVectorMax];
  double taken = 0;
  for (uint32_t next = 0; next < count;) {
    size_t filled = 0;
    size_t wanted = 0;
    for (; next < count && filled < kVectorMax; next++) {
      const Napi::Value value = buffers.Get(next);
      if (!value.IsTypedArray()) return WrongBuffers(info.Env());
      Napi::Uint8Array buffer = value.As<Napi::Uint8Array>();
      if (buffer.ByteLength() == 0) continue;
      vector[filled++] = {buffer.Data(), buffer.ByteLength()};
      wanted += buffer.ByteLength();
    }
    if (filled == 0) break;
    struct msghdr message = {};
    message.msg_iov = vector;
    message.msg_iovlen = filled;
    ssize_t sent;
    do {
      sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent == -1 && errno == EINTR);
    if (sent > 0) taken += static_cast<double>(sent);
    // Full, or broken: Node's own write of the rest waits, or finds out why.
    if (sent == -1 || static_cast<size_t>(sent) < wanted) break;
  }
  return Napi::Number::New(info.Env(), taken);
}

Napi::Value SocketPoller::Close(const Napi::CallbackInfo& info) {
  Stop();
  // The function leads to the server: held on to, neither would ever be freed.
  on_reads_.Reset();
  memory_.Reset();
  read_buffer_ = outbox_ = nullptr;
  reads_ = sends_ = nullptr;
  read_bytes_ = outbox_bytes_ = reads_max_ = sends_max_ = 0;
  return info.Env().Undefined();
}

Napi::Value SocketPoller::Poll(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), Read(false));
}

uint32_t SocketPoller::Read(bool more) {
  size_t end = headroom_;
  uint32_t count = 0;
  while (count == 0 && watch_ != nullptr) {
    if (next_event_ == event_count_) {
      if (!more) break;
      more = false;
      next_event_ = 0;
      event_count_ = std::max(0, epoll_wait(epoll_fd_, events_, kEventsMax, 0));
      rereads_left_ = kRereadsMax;
    }
    for (; next_event_ < event_count_ && read_bytes_ - end >= kReadBytes && count < reads_max_; next_event_++) {
      const struct epoll_event& event = events_[next_event_];
      const uint32_t slot = event.data.u32;
      // Removed since.
      if (fds_[slot] == -1) continue;
      const size_t room = read_bytes_ - end;
      const size_t wanted = bulk_[slot] ? room : std::min(room, kReadBytes);
      ssize_t got;
      do {
        got = recv(fds_[slot], read_buffer_ + end, wanted, MSG_DONTWAIT);
      } while (got == -1 && errno == EINTR);
      if (got == -1 && errno == EAGAIN) continue;
      bool again = false;
      if (got > 0) {
        end += static_cast<size_t>(got);
        reads_[2 * count + 1] = static_cast<int32_t>(end);
        again = bulk_[slot] && rereads_left_ > 0;
      } else {
        Forget(slot);
        reads_[2 * count + 1] = kEnded;
      }
      reads_[2 * count] = static_cast<int32_t>(slot);
      count++;
      if (again) {
        rereads_left_--;
        break;
      }
    }
  }
  return count;
}

void SocketPoller::OnReady() {
  const Napi::HandleScope scope(Env());
  const uint32_t count = Read(true);
  if (count == 0) return;
  // Not MakeCallback of node-addon-api: in a worker that is being terminated the call fails, and it would abort.
  const napi_env env = Env();
  napi_value argument = nullptr;
  napi_value result = nullptr;
  napi_create_uint32(env, count, &argument);
  if (napi_make_callback(env, nullptr, Value(), on_reads_.Value(), 1, &argument, &result) == napi_pending_exception) {
    napi_value error = nullptr;
    if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
  }
}

}  // namespace pyredis

#endif
