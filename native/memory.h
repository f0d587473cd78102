// Memory that JavaScript cannot get or give back by itself: regions of whole pages for the arena, and what malloc keeps.
#pragma once

#include <cstddef>

namespace pyredis {

// `bytes` of zeros that take no memory until they are touched, at a page's start. Null, with errno set, where the system
// has none. Pages stay small where the kernel takes that advice: a huge page comes and goes as a whole, so one live block would
// hold 2 MiB.
void* MapRegion(size_t bytes);

void UnmapRegion(void* region, size_t bytes);

// Gives the pages that lie wholly in [start, start + bytes) of a region back to the system: they read as zeros from then
// on. 0 or -errno.
int ReleasePages(void* start, size_t bytes);

// Takes the pages of [start, start + bytes) from the system in one call, for half of what a fault each costs. A hint: 0 or
// -errno, and -ENOSYS where there is no such call (Linux before 5.14, other systems).
int PopulatePages(void* start, size_t bytes);

// Gives back what malloc keeps of freed memory. False where this C library has no such call.
bool TrimHeap();

// From now on blocks of `bytes` and more are mapped each by itself, so that they go back when they are freed: by default
// this C library raises that limit up to 32 MiB, and what lies between small blocks stays. False where it cannot be set.
bool MapBlocksFrom(size_t bytes);

}  // namespace pyredis
