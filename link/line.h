// One line of text in a caller's buffer, for consoles without a heap.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torpor::link {

// What does not fit makes the whole line empty: half a line of JSON is none.
class Line {
 public:
  explicit constexpr Line(std::span<char> out) : out_(out) {}

  constexpr Line& operator<<(std::string_view text) {
    good_ = good_ && out_.size() - size_ >= text.size();
    if (!good_) return *this;
    for (const char c : text) out_[size_++] = c;
    return *this;
  }

  constexpr Line& operator<<(std::uint64_t number) {
    std::array<char, 20> digits{};
    std::size_t at = digits.size();
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    return *this << std::string_view(digits.data() + at, digits.size() - at);
  }

  // As a JSON string. What is not printable ASCII becomes '?'.
  constexpr Line& Quote(std::string_view text) {
    *this << "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') *this << "\\";
      *this << std::string_view(c >= 0x20 && c < 0x7F ? &c : "?", 1);
    }
    return *this << "\"";
  }

  [[nodiscard]] constexpr std::string_view view() const {
    return good_ ? std::string_view(out_.data(), size_) : std::string_view();
  }

 private:
  std::span<char> out_;
  std::size_t size_ = 0;
  bool good_ = true;
};

}  // namespace torpor::link
