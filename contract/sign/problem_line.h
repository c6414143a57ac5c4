// How a mistake in a source is put into words: where, then what, as editors jump to it.
#pragma once

#include <cstddef>
#include <string>

namespace torpor::contract::sign {

// "file:line:column: what". `what` may hold anything that the source said: it becomes one
// line of printable characters, 400 at most, that writes nothing else into a terminal.
[[nodiscard]] std::string ProblemLine(const std::string& file, std::size_t line,
                                      std::size_t column, std::string what);

}  // namespace torpor::contract::sign
