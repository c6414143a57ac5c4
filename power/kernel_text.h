// What the kernel's files say in one word or one number. Anything else is nothing: a
// value that is not understood is not known.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace torpor::power {

// Decimal, with a sign or without, and nothing around it.
inline std::optional<std::int64_t> NumberOf(const std::optional<std::string>& text) {
  if (!text || text->empty()) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

// Of what only counts up.
inline std::optional<std::uint64_t> CountOf(const std::optional<std::string>& text) {
  const auto number = NumberOf(text);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

// A name that goes into a sentence or a row: a process and a driver choose theirs freely.
inline std::string NameOf(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  std::string name;
  for (const char c : text.substr(0, kLongest)) {
    name += c >= ' ' && c <= '~' && c != '"' && c != '\\' ? c : '?';
  }
  return name;
}

}  // namespace torpor::power
