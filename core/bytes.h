// Little-endian reading and writing of byte spans. A reader that runs out of bytes turns
// bad and stays bad; ask once at the end.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace torpor {

using Digest = std::array<std::byte, 32>;  // SHA-512 cut to 256 bits
using ShortDigest = std::array<std::byte, 8>;

class ByteReader {
 public:
  explicit constexpr ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  // Next unsigned integer; 0 once bytes have run out.
  template <std::unsigned_integral T>
  constexpr T Read() {
    T value = 0;
    if (!Has(sizeof(T))) return value;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      value = static_cast<T>(value | (std::to_integer<T>(rest_[i]) << (8 * i)));
    }
    rest_ = rest_.subspan(sizeof(T));
    return value;
  }

  // A view of the next n bytes; empty once bytes have run out.
  constexpr std::span<const std::byte> Take(std::size_t n) {
    if (!Has(n)) return {};
    const auto taken = rest_.first(n);
    rest_ = rest_.subspan(n);
    return taken;
  }

  template <std::size_t N>
  constexpr void ReadInto(std::array<std::byte, N>& out) {
    const auto taken = Take(N);
    if (taken.size() == N) std::ranges::copy(taken, out.begin());
  }

  [[nodiscard]] constexpr bool ok() const { return ok_; }
  [[nodiscard]] constexpr bool done() const { return ok_ && rest_.empty(); }
  [[nodiscard]] constexpr std::span<const std::byte> rest() const { return rest_; }

 private:
  constexpr bool Has(std::size_t n) { return ok_ = ok_ && rest_.size() >= n; }

  std::span<const std::byte> rest_;
  bool ok_ = true;
};

// Writes into a buffer of the caller's; turns bad instead of overflowing.
class ByteWriter {
 public:
  explicit constexpr ByteWriter(std::span<std::byte> buffer) : buffer_(buffer) {}

  template <std::unsigned_integral T>
  constexpr void Write(T value) {
    if (!Has(sizeof(T))) return;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      buffer_[size_ + i] = static_cast<std::byte>((value >> (8 * i)) & 0xFF);
    }
    size_ += sizeof(T);
  }

  constexpr void Write(std::span<const std::byte> bytes) {
    if (!Has(bytes.size())) return;
    std::ranges::copy(bytes, buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += bytes.size();
  }

  [[nodiscard]] constexpr bool ok() const { return ok_; }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr std::span<const std::byte> written() const {
    return buffer_.first(size_);
  }

 private:
  constexpr bool Has(std::size_t n) { return ok_ = ok_ && buffer_.size() - size_ >= n; }

  std::span<std::byte> buffer_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

inline std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace torpor
