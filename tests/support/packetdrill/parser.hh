// The parser's parts: what they share is a position in the tokens and a way to complain. parser.cc has options, events
// and values; parse_packet.cc packets.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/packetdrill/lexer.hh"

namespace linnet::packetdrill {

class token_stream {
 public:
  token_stream(std::string file, std::vector<token> t)
      : file_(std::move(file)), tokens_(std::move(t)) {}

  const token& peek(size_t n = 0) const { return tokens_[std::min(p_ + n, tokens_.size() - 1)]; }
  const token& take() {
    const token& t = peek();
    if (p_ + 1 < tokens_.size()) ++p_;
    return t;
  }
  bool at_sign(std::string_view s, size_t n = 0) const {
    return peek(n).what == token::kind::sign && peek(n).text == s;
  }
  bool at_word(std::string_view s, size_t n = 0) const {
    return peek(n).what == token::kind::word && peek(n).text == s;
  }
  bool accept_sign(std::string_view s) { return at_sign(s) && (take(), true); }
  bool accept_word(std::string_view s) { return at_word(s) && (take(), true); }
  void expect_sign(std::string_view s) {
    if (!accept_sign(s)) fail_at("'" + std::string(s) + "'");
  }
  s64 integer(const char* what) {
    if (peek().what != token::kind::integer) fail_at(what);
    return take().number;
  }
  // An integer that fits.
  template <class T>
  T number(const char* what) {
    const s64 v = integer(what);
    if (v < 0 || static_cast<u64>(v) > static_cast<T>(~T{0}))
      fail(std::string(what) + " out of range");
    return static_cast<T>(v);
  }
  const std::string& file() const { return file_; }

  // "expected WHAT" at the token that stands there instead.
  [[noreturn]] void fail_at(const std::string& what) const {
    fail("expected " + what + ", not '" + peek().text + "'");
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw script_error(file_ + ":" + std::to_string(peek().line) + ": " + what);
  }

 private:
  std::string file_;
  std::vector<token> tokens_;
  size_t p_ = 0;
};

// At the direction (< or >).
packet_spec parse_packet(token_stream&);

}  // namespace linnet::packetdrill
