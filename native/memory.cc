// See memory.h.
#include "memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace pyredis {

namespace {

// Linux counts pages only as they are touched where overcommit is on; MAP_NORESERVE asks for that in its usual mode.
#ifdef MAP_NORESERVE
constexpr int kRegionFlags = MAP_PRIVATE | MAP_ANON | MAP_NORESERVE;
#else
constexpr int kRegionFlags = MAP_PRIVATE | MAP_ANON;
#endif
constexpr int kReadWrite = PROT_READ | PROT_WRITE;
#ifdef __linux__
// MADV_POPULATE_WRITE: the headers of a C library may be older than the kernel.
constexpr int kPopulateWrite = 23;
#endif

}  // namespace

void* MapRegion(size_t bytes) {
  void* region = mmap(nullptr, bytes, kReadWrite, kRegionFlags, -1, 0);
  if (region == MAP_FAILED) return nullptr;
#ifdef MADV_NOHUGEPAGE
  // Kernels without huge pages answer EINVAL, and need no advice.
  madvise(region, bytes, MADV_NOHUGEPAGE);
#endif
  return region;
}

void UnmapRegion(void* region, size_t bytes) { munmap(region, bytes); }

int ReleasePages(void* start, size_t bytes) {
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t from = (reinterpret_cast<uintptr_t>(start) + page - 1) & ~(page - 1);
  const uintptr_t to = (reinterpret_cast<uintptr_t>(start) + bytes) & ~(page - 1);
  if (from >= to) return 0;
  void* first = reinterpret_cast<void*>(from);
#ifdef __linux__
  return madvise(first, to - from, MADV_DONTNEED) == 0 ? 0 : -errno;
#else
  // Elsewhere MADV_DONTNEED is a hint that may do nothing: fresh pages in the same place do it everywhere.
  return mmap(first, to - from, kReadWrite, kRegionFlags | MAP_FIXED, -1, 0) == MAP_FAILED ? -errno : 0;
#endif
}

int PopulatePages(void* start, size_t bytes) {
#ifdef __linux__
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t from = reinterpret_cast<uintptr_t>(start) & ~(page - 1);
  const uintptr_t to = (reinterpret_cast<uintptr_t>(start) + bytes + page - 1) & ~(page - 1);
  if (from >= to) return 0;
  return madvise(reinterpret_cast<void*>(from), to - from, kPopulateWrite) == 0 ? 0 : -errno;
#else
  static_cast<void>(start);
  static_cast<void>(bytes);
  return -ENOSYS;
#endif
}

bool TrimHeap() {
#ifdef __GLIBC__
  malloc_trim(0);
  return true;
#else
  return false;
#endif
}

bool MapBlocksFrom(size_t bytes) {
#ifdef __GLIBC__
  return mallopt(M_MMAP_THRESHOLD, static_cast<int>(bytes)) == 1;
#else
  (void)bytes;
  return false;
#endif
}

}  // namespace pyredis
