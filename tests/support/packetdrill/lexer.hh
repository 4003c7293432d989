// A script's text as tokens. The language has few rules: a number that runs into letters is a word (cookies are hex
// digits), three dots are one token, comments are C's and C++'s, back quotes and %{ }% hold text of other languages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/packetdrill/script.hh"

namespace linnet::packetdrill {

struct token {
  enum class kind : u8 {
    end,
    integer,
    real,
    word,
    string,
    back_quoted,
    code,
    address,
    option,
    sign
  };
  kind what = kind::end;
  std::string text;  // of a sign, the one character; `...` is a sign too
  s64 number = 0;    // of an integer
  double real = 0;   // of an integer and a real
  int line = 0;
  bool spaced = true;  // white space before it
};

// Throws script_error.
std::vector<token> tokenize(const std::string& file, std::string_view text);

}  // namespace linnet::packetdrill
