// The code in %{ }%: the part of Python that scripts use on TCP_INFO. Statements are `assert CONDITION[, MESSAGE]`,
// `print(...)`, `NAME = EXPRESSION` and `pass`; expressions have Python's operators, chained comparisons, numbers,
// strings, abs, min, max, int and len.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/types.hh"

namespace linnet::packetdrill {

using code_value = std::variant<s64, double, std::string>;

struct code_scope {
  // What a name stands for that the code itself has not set.
  std::function<std::optional<s64>(std::string_view)> lookup;
  std::map<std::string, code_value, std::less<>> variables{};
  std::string printed{};
};

// Throws script_error (without file and line) for what cannot be read, and for an assertion that fails.
void run_code(std::string_view text, code_scope&);

}  // namespace linnet::packetdrill
