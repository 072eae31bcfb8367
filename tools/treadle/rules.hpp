// What values options take. A rule reads a value from text and says as a JSON schema which values of a job file it
// reads, so that the two cannot differ; rules.cpp has each beside its schema.
#pragma once

#include <treadle/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "values.hpp"

namespace treadle::tool {

/// The schema is a JSON object without what option and default add to it. What a string has to be beyond its pattern,
/// such as how large a number in it may be, only the reader knows.
template <class T>
struct Rule {
  std::function<T(const std::string&)> read;
  std::string schema;
};

namespace rules {

/// Each reads as the function read_... of its name does.
Rule<std::string> text();
Rule<std::uint64_t> whole(std::uint64_t least, std::uint64_t most = UINT64_MAX);
Rule<float> real(Range range);
Rule<std::size_t> bytes();
Rule<double> duration();
Rule<double> share();
Rule<double> share_below_one();
Rule<double> percent();
Rule<std::vector<std::size_t>> wholes(std::uint64_t least, std::uint64_t most);
Rule<std::vector<std::size_t>> cpus();
Rule<Shape> shape();
Rule<std::string_view> word(std::string what, std::vector<std::string_view> words);

}  // namespace rules
}  // namespace treadle::tool
