// Memory that a program outside may map: the pages of a packet socket's ring. They stand in a memfd whose size is
// sealed, so that nobody who has it can take the ground from under us; what is in them is anybody's to change, and
// must be read as such.
#pragma once

#include <cstddef>
#include <utility>

#include "base/result.hh"
#include "base/types.hh"

namespace linnet {

class shared_pages {
 public:
  shared_pages() = default;
  shared_pages(shared_pages&& o) noexcept
      : fd_(std::exchange(o.fd_, -1)),
        base_(std::exchange(o.base_, nullptr)),
        size_(std::exchange(o.size_, 0)) {}
  shared_pages& operator=(shared_pages&& o) noexcept {
    std::swap(fd_, o.fd_);
    std::swap(base_, o.base_);
    std::swap(size_, o.size_);
    return *this;
  }
  ~shared_pages();

  // `size` zeroed bytes, a multiple of the page size. ENOMEM.
  static result<shared_pages> create(size_t size);

  explicit operator bool() const { return base_ != nullptr; }
  std::byte* data() const { return base_; }
  size_t size() const { return size_; }

  // A new descriptor for a mapping, the caller's to close; negative on failure. Not a duplicate of ours: that is how
  // mapped_elsewhere() can tell.
  int open() const;
  // Whether anybody has such a descriptor or a mapping made with it.
  bool mapped_elsewhere() const;

 private:
  int fd_ = -1;
  std::byte* base_ = nullptr;
  size_t size_ = 0;
};

}  // namespace linnet
