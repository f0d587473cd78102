// The JavaScript face of the addon: checks argument types, converts, calls the other files of this folder. Failures are
// negative errno numbers, never exceptions; src/native/addon.ts turns them into errors with names. Wrong types are
// the caller's bug and throw a TypeError.
#include <napi.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "confine.h"
#include "datagram.h"
#include "last-signal.h"
#include "memory.h"
#include "process.h"
#include "socket-poller.h"
#include "spawn.h"
#include "whole-number.h"

namespace {

// src/native/addon.ts has the same number: it refuses the binary of another version.
constexpr int kAddonVersion = 6;

using Napi::CallbackInfo;
using Napi::Value;

Value WrongArguments(const CallbackInfo& info, const char* signature) {
  Napi::TypeError::New(info.Env(), std::string("expected ") + signature).ThrowAsJavaScriptException();
  return info.Env().Undefined();
}

bool AreInts(const CallbackInfo& info, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!pyredis::IsInt(info[i])) return false;
  }
  return true;
}

int IntAt(const CallbackInfo& info, size_t index) { return info[index].As<Napi::Number>().Int32Value(); }

Value Int(const CallbackInfo& info, int value) { return Napi::Number::New(info.Env(), value); }

// False if `value` is not an array of strings, or if one contains NUL, which would silently cut it short.
bool ReadStrings(const Value& value, std::vector<std::string>* out) {
  if (!value.IsArray()) return false;
  const Napi::Array array = value.As<Napi::Array>();
  out->reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); i++) {
    const Value item = array.Get(i);
    if (!item.IsString()) return false;
    out->push_back(item.As<Napi::String>().Utf8Value());
    if (out->back().find('\0') != std::string::npos) return false;
  }
  return true;
}

bool ReadInts(const Value& value, std::vector<int>* out) {
  if (!value.IsArray()) return false;
  const Napi::Array array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++) {
    const Value item = array.Get(i);
    if (!pyredis::IsInt(item)) return false;
    out->push_back(item.As<Napi::Number>().Int32Value());
  }
  return true;
}

// spawnDaemon(file, args, env, directory, umask, fds) -> { pid, stage, error }
Value SpawnDaemon(const CallbackInfo& info) {
  pyredis::SpawnPlan plan;
  if (!info[0].IsString() || !ReadStrings(info[1], &plan.args) || !ReadStrings(info[2], &plan.env) ||
      !info[3].IsString() || !pyredis::IsInt(info[4]) || !ReadInts(info[5], &plan.fds) ||
      plan.fds.size() < 3) {
    return WrongArguments(info, "spawnDaemon(file, args[], env[], directory, umask, fds[>=3])");
  }
  plan.file = info[0].As<Napi::String>().Utf8Value();
  plan.directory = info[3].As<Napi::String>().Utf8Value();
  plan.mask = static_cast<mode_t>(IntAt(info, 4)) & 0777;
  const pyredis::SpawnResult spawned = pyredis::SpawnDaemon(plan);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("pid", Napi::Number::New(info.Env(), spawned.pid));
  result.Set("stage", Napi::String::New(info.Env(), pyredis::StageName(spawned.stage)));
  result.Set("error", Napi::Number::New(info.Env(), -spawned.error));
  return result;
}

// makePipe() -> [read, write] | -errno
Value MakePipe(const CallbackInfo& info) {
  int ends[2];
  if (const int error = pyredis::MakePipe(ends)) return Int(info, -error);
  Napi::Array pair = Napi::Array::New(info.Env(), 2);
  pair.Set(0U, Napi::Number::New(info.Env(), ends[0]));
  pair.Set(1U, Napi::Number::New(info.Env(), ends[1]));
  return pair;
}

Value LockFile(const CallbackInfo& info) {
  if (!AreInts(info, 1) || !info[1].IsBoolean()) return WrongArguments(info, "lockFile(fd, shared)");
  return Int(info, pyredis::LockFile(IntAt(info, 0), info[1].As<Napi::Boolean>()));
}

Value MarkFatalSignals(const CallbackInfo& info) {
  if (!AreInts(info, 1)) return WrongArguments(info, "markFatalSignals(fd)");
  return Int(info, pyredis::MarkFatalSignals(IntAt(info, 0)));
}

Value PidfdOpen(const CallbackInfo& info) {
  if (!AreInts(info, 1)) return WrongArguments(info, "pidfdOpen(pid)");
  return Int(info, pyredis::PidfdOpen(IntAt(info, 0)));
}

Value PidfdSendSignal(const CallbackInfo& info) {
  if (!AreInts(info, 2)) return WrongArguments(info, "pidfdSendSignal(pidfd, signal)");
  return Int(info, pyredis::PidfdSendSignal(IntAt(info, 0), IntAt(info, 1)));
}

// processInfo(pid) -> { startMicroseconds, zombie } | -errno
Value ProcessInfo(const CallbackInfo& info) {
  if (!AreInts(info, 1)) return WrongArguments(info, "processInfo(pid)");
  pyredis::ProcessInfo process = {};
  const int error = pyredis::ReadProcessInfo(IntAt(info, 0), &process);
  if (error != 0) return Int(info, error);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("startMicroseconds", Napi::Number::New(info.Env(), process.start_microseconds));
  result.Set("zombie", Napi::Boolean::New(info.Env(), process.zombie));
  return result;
}

std::string TextAt(const CallbackInfo& info, size_t index) { return info[index].As<Napi::String>().Utf8Value(); }

// setLimit(name, soft, hard) -> 0 | -errno; -1 is unlimited
Value SetLimit(const CallbackInfo& info) {
  if (!info[0].IsString() || !pyredis::IsWhole(info[1], -1, pyredis::kLargestWhole) ||
      !pyredis::IsWhole(info[2], -1, pyredis::kLargestWhole)) {
    return WrongArguments(info, "setLimit(name, soft, hard)");
  }
  return Int(info, pyredis::SetLimit(TextAt(info, 0), info[1].As<Napi::Number>().DoubleValue(),
                                     info[2].As<Napi::Number>().DoubleValue()));
}

// setAffinity(thread, processors) -> 0 | -errno
Value SetAffinity(const CallbackInfo& info) {
  std::vector<int> processors;
  if (!pyredis::IsInt(info[0]) || !ReadInts(info[1], &processors)) {
    return WrongArguments(info, "setAffinity(thread, processors[])");
  }
  return Int(info, pyredis::SetAffinity(IntAt(info, 0), processors));
}

Value ChangeRoot(const CallbackInfo& info) {
  if (!info[0].IsString()) return WrongArguments(info, "changeRoot(path)");
  return Int(info, pyredis::ChangeRoot(TextAt(info, 0)));
}

Value ReplaceFd(const CallbackInfo& info) {
  if (!AreInts(info, 2)) return WrongArguments(info, "replaceFd(from, to)");
  return Int(info, pyredis::ReplaceFd(IntAt(info, 0), IntAt(info, 1)));
}

// readCredentials() -> [ruid, euid, suid, rgid, egid, sgid] | -errno
Value ReadCredentials(const CallbackInfo& info) {
  pyredis::Credentials ids = {};
  const int error = pyredis::ReadCredentials(&ids);
  if (error != 0) return Int(info, error);
  const unsigned int values[] = {ids.real_uid, ids.effective_uid, ids.saved_uid,
                                 ids.real_gid, ids.effective_gid, ids.saved_gid};
  Napi::Array result = Napi::Array::New(info.Env(), 6);
  for (uint32_t i = 0; i < 6; i++) result.Set(i, Napi::Number::New(info.Env(), values[i]));
  return result;
}

// findUser(name | uid) -> { name, uid, gid } | -errno
Value FindUser(const CallbackInfo& info) {
  if (!info[0].IsString() && !pyredis::IsWhole(info[0], 0, UINT32_MAX)) return WrongArguments(info, "findUser(name | uid)");
  pyredis::User user;
  const int error = info[0].IsString()
                        ? pyredis::FindUser(TextAt(info, 0), &user)
                        : pyredis::FindUserById(info[0].As<Napi::Number>().Uint32Value(), &user);
  if (error != 0) return Int(info, error);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("name", Napi::String::New(info.Env(), user.name));
  result.Set("uid", Napi::Number::New(info.Env(), user.uid));
  result.Set("gid", Napi::Number::New(info.Env(), user.gid));
  return result;
}

// findGroup(name) -> { gid } | -errno. An object, because a gid is a number too.
Value FindGroup(const CallbackInfo& info) {
  if (!info[0].IsString()) return WrongArguments(info, "findGroup(name)");
  gid_t gid = 0;
  const int error = pyredis::FindGroup(TextAt(info, 0), &gid);
  if (error != 0) return Int(info, error);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("gid", Napi::Number::New(info.Env(), gid));
  return result;
}

Value OpenDatagram(const CallbackInfo& info) {
  if (!info[0].IsString()) return WrongArguments(info, "openDatagram(path)");
  return Int(info, pyredis::OpenDatagram(TextAt(info, 0)));
}

Value SendDatagram(const CallbackInfo& info) {
  if (!AreInts(info, 1) || !info[1].IsTypedArray()) return WrongArguments(info, "sendDatagram(fd, bytes)");
  const Napi::Uint8Array bytes = info[1].As<Napi::Uint8Array>();
  return Int(info, pyredis::SendDatagram(IntAt(info, 0), bytes.Data(), bytes.ByteLength()));
}

// makeRegion(bytes) -> ArrayBuffer | -errno. The region goes with the ArrayBuffer.
Value MakeRegion(const CallbackInfo& info) {
  if (!pyredis::IsByteCount(info[0])) return WrongArguments(info, "makeRegion(bytes)");
  const size_t bytes = static_cast<size_t>(info[0].As<Napi::Number>().Int64Value());
  void* region = pyredis::MapRegion(bytes);
  if (region == nullptr) return Int(info, -errno);
  napi_value buffer = nullptr;
  const auto unmap = [](napi_env, void* data, void* hint) {
    pyredis::UnmapRegion(data, reinterpret_cast<size_t>(hint));
  };
  // Engines that keep all array buffers in a cage of their own refuse this.
  const napi_status status = napi_create_external_arraybuffer(info.Env(), region, bytes, unmap,
                                                              reinterpret_cast<void*>(bytes), &buffer);
  if (status == napi_ok) return Value(info.Env(), buffer);
  pyredis::UnmapRegion(region, bytes);
  return Int(info, -ENOTSUP);
}

// A function of memory.h over a part of a region.
Value OverRegion(const CallbackInfo& info, const char* usage, int (*call)(void*, size_t)) {
  if (!info[0].IsArrayBuffer() || !pyredis::IsByteCount(info[1]) || !pyredis::IsByteCount(info[2])) {
    return WrongArguments(info, usage);
  }
  Napi::ArrayBuffer region = info[0].As<Napi::ArrayBuffer>();
  const int64_t start = info[1].As<Napi::Number>().Int64Value();
  const int64_t bytes = info[2].As<Napi::Number>().Int64Value();
  const int64_t length = static_cast<int64_t>(region.ByteLength());
  if (start < 0 || bytes < 0 || start > length || bytes > length - start) return Int(info, -ERANGE);
  return Int(info, call(static_cast<char*>(region.Data()) + start, static_cast<size_t>(bytes)));
}

// releasePages(region, start, bytes) -> 0 | -errno
Value ReleasePages(const CallbackInfo& info) {
  return OverRegion(info, "releasePages(region, start, bytes)", pyredis::ReleasePages);
}

// populatePages(region, start, bytes) -> 0 | -errno
Value PopulatePages(const CallbackInfo& info) {
  return OverRegion(info, "populatePages(region, start, bytes)", pyredis::PopulatePages);
}

Value TrimHeap(const CallbackInfo& info) { return Napi::Boolean::New(info.Env(), pyredis::TrimHeap()); }

// mapBlocksFrom(bytes) -> boolean
Value MapBlocksFrom(const CallbackInfo& info) {
  if (!pyredis::IsWhole(info[0], 0, UINT32_MAX)) return WrongArguments(info, "mapBlocksFrom(bytes)");
  return Napi::Boolean::New(info.Env(), pyredis::MapBlocksFrom(info[0].As<Napi::Number>().Uint32Value()));
}

// suggestCollection(bytes): tells the engine that so many bytes off its heap hang on garbage.
Value SuggestCollection(const CallbackInfo& info) {
  if (!pyredis::IsByteCount(info[0])) return WrongArguments(info, "suggestCollection(bytes)");
  const int64_t bytes = info[0].As<Napi::Number>().Int64Value();
  int64_t total = 0;
  napi_adjust_external_memory(info.Env(), bytes, &total);
  napi_adjust_external_memory(info.Env(), -bytes, &total);
  return Napi::Number::New(info.Env(), static_cast<double>(total));
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("spawnDaemon", Napi::Function::New(env, SpawnDaemon));
  exports.Set("makePipe", Napi::Function::New(env, MakePipe));
  exports.Set("lockFile", Napi::Function::New(env, LockFile));
  exports.Set("markFatalSignals", Napi::Function::New(env, MarkFatalSignals));
  exports.Set("pidfdOpen", Napi::Function::New(env, PidfdOpen));
  exports.Set("pidfdSendSignal", Napi::Function::New(env, PidfdSendSignal));
  exports.Set("processInfo", Napi::Function::New(env, ProcessInfo));
  exports.Set("setLimit", Napi::Function::New(env, SetLimit));
  exports.Set("setAffinity", Napi::Function::New(env, SetAffinity));
  exports.Set("changeRoot", Napi::Function::New(env, ChangeRoot));
  exports.Set("replaceFd", Napi::Function::New(env, ReplaceFd));
  exports.Set("readCredentials", Napi::Function::New(env, ReadCredentials));
  exports.Set("findUser", Napi::Function::New(env, FindUser));
  exports.Set("findGroup", Napi::Function::New(env, FindGroup));
  exports.Set("openDatagram", Napi::Function::New(env, OpenDatagram));
  exports.Set("sendDatagram", Napi::Function::New(env, SendDatagram));
  exports.Set("makeRegion", Napi::Function::New(env, MakeRegion));
  exports.Set("releasePages", Napi::Function::New(env, ReleasePages));
  exports.Set("populatePages", Napi::Function::New(env, PopulatePages));
  exports.Set("trimHeap", Napi::Function::New(env, TrimHeap));
  exports.Set("mapBlocksFrom", Napi::Function::New(env, MapBlocksFrom));
  exports.Set("suggestCollection", Napi::Function::New(env, SuggestCollection));
  exports.Set("version", Napi::Number::New(env, kAddonVersion));
#ifdef __linux__
  exports.Set("SocketPoller", pyredis::SocketPoller::Define(env));
#endif
  return exports;
}

}  // namespace

NODE_API_MODULE(pyredis, Init)
