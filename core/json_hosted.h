// JSON (nlohmann's), its parser and writer compiled once: they cost whoever instantiates
// them a second, and three under the sanitizers. Not for a microcontroller.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace torpor::compiled_json {
using FromText =
    decltype(nlohmann::detail::input_adapter(std::declval<const std::string&>()));
}

// NOLINTBEGIN(bugprone-macro-parentheses): types, and `extern` or nothing
// What is in core/json_hosted.cc and need not be made in every file again.
#define TORPOR_COMPILED_JSON(compiled, Json)                                         \
  compiled template class nlohmann::detail::serializer<Json>;                        \
  compiled template class nlohmann::detail::parser<Json,                             \
                                                   torpor::compiled_json::FromText>; \
  compiled template class nlohmann::detail::lexer<Json, torpor::compiled_json::FromText>;

// NOLINTEND(bugprone-macro-parentheses)
TORPOR_COMPILED_JSON(extern, nlohmann::json)
TORPOR_COMPILED_JSON(extern, nlohmann::ordered_json)
