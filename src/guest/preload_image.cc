// The assembler copies the file's bytes here; the build makes it first and says where it is.
#include "guest/preload_image.hh"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "guest/unique_fd.hh"

#ifdef __clang_analyzer__  // clang-tidy has the sources and no build
#define LINNET_PRELOAD_FILE "none"
#endif

asm(".pushsection .rodata\n"
    "linnet_preload_begin:\n"
    ".incbin \"" LINNET_PRELOAD_FILE
    "\"\n"
    "linnet_preload_end:\n"
    ".popsection\n");

extern "C" const std::byte linnet_preload_begin[], linnet_preload_end[];

namespace linnet {

const_bytes preload_image() { return {linnet_preload_begin, linnet_preload_end}; }

status offer_preload(const private_dir& dir) {
  const std::string path = dir.root() + "/front.so";
  // What separates paths in LD_PRELOAD cannot be part of one.
  if (path.find_first_of(" :") != path.npos) return err(EINVAL, "the private directory's name");
  const const_bytes image = preload_image();
  {
    const unique_fd out(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0555));
    if (!out || write(out.get(), image.data(), image.size()) != static_cast<ssize_t>(image.size()))
      return err(errno, "write");
  }
  const unique_fd in(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  void* at = in ? mmap(nullptr, image.size(), PROT_READ | PROT_EXEC, MAP_PRIVATE, in.get(), 0)
                : MAP_FAILED;
  if (at == MAP_FAILED) return err(errno, "mmap");
  munmap(at, image.size());
  const char* others = getenv("LD_PRELOAD");
  const std::string all = others && *others ? std::string(others) + ":" + path : path;
  setenv("LD_PRELOAD", all.c_str(), 1);
  return {};
}

}  // namespace linnet
