// A writer of JSON: values go to a string as they come, commas and quotes are its business. Numbers over 2^53
// are for the caller to write as text.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "base/types.hh"

namespace linnet {

class json_writer {
 public:
  json_writer& begin_object() { return open('{'); }
  json_writer& end_object() { return close('}'); }
  json_writer& begin_array() { return open('['); }
  json_writer& end_array() { return close(']'); }

  json_writer& key(std::string_view k) {
    separate();
    quote(k);
    out_ += ':';
    fresh_ = true;
    return *this;
  }
  json_writer& value(std::string_view v) {
    separate();
    quote(v);
    return *this;
  }
  json_writer& value(const char* v) { return value(std::string_view(v)); }
  json_writer& value(std::integral auto v) {
    separate();
    if constexpr (std::same_as<decltype(v), bool>) {
      out_ += v ? "true" : "false";
    } else {
      out_ += std::to_string(v);
    }
    return *this;
  }
  template <class T>
  json_writer& member(std::string_view k, const T& v) {
    return key(k).value(v);
  }

  std::string take() { return std::move(out_); }

 private:
  json_writer& open(char c) {
    separate();
    out_ += c;
    fresh_ = true;
    return *this;
  }
  json_writer& close(char c) {
    out_ += c;
    fresh_ = false;
    return *this;
  }
  void separate() {
    if (!fresh_) out_ += ',';
    fresh_ = false;
  }
  void quote(std::string_view s) {
    static constexpr char hex[] = "0123456789abcdef";
    out_ += '"';
    for (char c : s) {
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (static_cast<u8>(c) < 0x20) {
        out_ += "\\u00";
        out_ += hex[static_cast<u8>(c) >> 4];
        out_ += hex[c & 15];
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  std::string out_;
  bool fresh_ = true;
};

}  // namespace linnet
