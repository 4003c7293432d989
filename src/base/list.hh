// Intrusive doubly linked lists: the node lives in the object, so linking allocates nothing and
// unlinking needs no search. An object derives from `list_node<Tag>` once per list it can be on.
// The list does not own its members.
#pragma once

#include <cassert>
#include <cstddef>
#include <iterator>

namespace linnet {

struct default_tag {};

template <class Tag = default_tag>
struct list_node {
  list_node* next = nullptr;
  list_node* prev = nullptr;

  list_node() = default;
  list_node(const list_node&) = delete;
  list_node& operator=(const list_node&) = delete;
  ~list_node() { unlink(); }

  bool linked() const { return next != nullptr; }
  void unlink() {
    if (!next) return;
    prev->next = next;
    next->prev = prev;
    next = prev = nullptr;
  }
};

template <class T, class Tag = default_tag>
class list {
  using node = list_node<Tag>;

 public:
  class iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = T*;
    using reference = T&;
    iterator() = default;
    explicit iterator(node* n) : n_(n) {}
    T& operator*() const { return *static_cast<T*>(n_); }
    T* operator->() const { return static_cast<T*>(n_); }
    iterator& operator++() {
      n_ = n_->next;
      return *this;
    }
    iterator operator++(int) {
      auto r = *this;
      n_ = n_->next;
      return r;
    }
    iterator& operator--() {
      n_ = n_->prev;
      return *this;
    }
    bool operator==(const iterator&) const = default;

   private:
    node* n_ = nullptr;
  };

  list() { head_.next = head_.prev = &head_; }
  list(const list&) = delete;
  list& operator=(const list&) = delete;
  ~list() {
    while (!empty()) head_.next->unlink();
    head_.next = nullptr;
  }

  bool empty() const { return head_.next == &head_; }
  iterator begin() const { return iterator(head_.next); }
  iterator end() const { return iterator(const_cast<node*>(&head_)); }
  T& front() const { return *begin(); }
  T& back() const { return *static_cast<T*>(head_.prev); }

  void push_back(T& t) { insert_before(head_, t); }
  void push_front(T& t) { insert_before(*head_.next, t); }
  // Before `pos`, which may be end().
  void insert(iterator pos, T& t) {
    if (pos == end()) return push_back(t);
    insert_before(static_cast<node&>(*pos), t);
  }
  static void remove(T& t) { static_cast<node&>(t).unlink(); }
  T* pop_front() {
    if (empty()) return nullptr;
    T* t = &front();
    remove(*t);
    return t;
  }

 private:
  static void insert_before(node& at, T& t) {
    node& n = t;
    assert(!n.linked());
    n.prev = at.prev;
    n.next = &at;
    at.prev->next = &n;
    at.prev = &n;
  }
  node head_;
};

}  // namespace linnet
