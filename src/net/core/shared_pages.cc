// The host's part: memfd_create(2), seals, and leases as the question "is it open elsewhere?".
#include "net/core/shared_pages.hh"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>

namespace linnet {
namespace {

int open_again(int fd) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return open(path, O_RDWR | O_CLOEXEC);
}

}  // namespace

result<shared_pages> shared_pages::create(size_t size) {
  shared_pages p;
  const int made = memfd_create("packet_ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (made < 0) return err(ENOMEM);
  // The kernel doesn't count memfd_create's own descriptor among the writers, which mapped_elsewhere() needs.
  p.fd_ = open_again(made);
  close(made);
  if (p.fd_ < 0 || ftruncate(p.fd_, static_cast<off_t>(size)) != 0) return err(ENOMEM);
  if (fcntl(p.fd_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) return err(ENOMEM);
  void* at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, p.fd_, 0);
  if (at == MAP_FAILED) return err(ENOMEM);
  p.base_ = static_cast<std::byte*>(at);
  p.size_ = size;
  return p;
}

shared_pages::~shared_pages() {
  if (base_) munmap(base_, size_);
  if (fd_ >= 0) close(fd_);
}

int shared_pages::open() const { return open_again(fd_); }

// The kernel grants a write lease only to the sole writer; a mapping keeps its descriptor's file open.
bool shared_pages::mapped_elsewhere() const {
  if (fd_ < 0) return false;
  if (fcntl(fd_, F_SETLEASE, F_WRLCK) != 0) return true;
  fcntl(fd_, F_SETLEASE, F_UNLCK);
  return false;
}

}  // namespace linnet
