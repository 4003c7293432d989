// For functions that stand in front of the C library's: how they are seen, and how they find what they stand in front of.
#pragma once

#include <dlfcn.h>

#define EXPORTED extern "C" __attribute__((visibility("default")))

extern "C" void* dlsym(void*, const char*) noexcept __attribute__((weak));

namespace linnet::front {

// The next function of that name; looked up once.
template <class F>
F* next(F*& known, const char* name) {
  if (!known && dlsym) known = reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
  return known;
}

}  // namespace linnet::front
