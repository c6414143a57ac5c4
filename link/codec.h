// How messages become bytes and back, by the one description of each in
// link/messages.h.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "contract/wire_size.h"
#include "core/bytes.h"
#include "core/result.h"
#include "link/messages.h"

namespace torpor::link {

// The body's bytes in wire order; a view of `out`, which must hold kMaxBody.
template <class Message>
std::span<const std::byte> EncodeBody(const Message& message, std::span<std::byte> out);

// Exactly one message and nothing behind it.
//   kUnexpectedMessage  another length, a reserved byte that is set, a text longer than
//                       its room
template <class Message>
Result<Message> DecodeBody(std::span<const std::byte> body);

// A message that leads further bytes, and those bytes.
template <class Message>
struct Led {
  Message message;
  std::span<const std::byte> rest;
};
template <class Message>
Result<Led<Message>> DecodeLeader(std::span<const std::byte> body);

// Bytes of a message's layout, without MAC and what follows a leader.
template <class Message>
consteval std::size_t SizeOf();

namespace codec {

template <class T>
inline constexpr std::size_t kWidth = sizeof(T);  // numbers, enumerations, byte arrays
template <std::size_t kRoom>
inline constexpr std::size_t kWidth<contract::Text<kRoom>> = 1 + kRoom;
template <std::size_t kBytes>
inline constexpr std::size_t kWidth<Reserved<kBytes>> = kBytes;

struct Writer {
  ByteWriter& to;

  template <std::unsigned_integral T>
  constexpr void operator()(const char*, T value) {
    to.Write(value);
  }
  template <class T>
  requires std::is_enum_v<T>
  constexpr void operator()(const char*, T value) {
    to.Write(static_cast<std::underlying_type_t<T>>(value));
  }
  template <std::size_t N>
  constexpr void operator()(const char*, const std::array<std::byte, N>& bytes) {
    to.Write(std::span<const std::byte>(bytes));
  }
  template <std::size_t kRoom>
  constexpr void operator()(const char*, const contract::Text<kRoom>& text) {
    to.Write(text.length);
    for (std::size_t i = 0; i < kRoom; ++i) {
      to.Write(static_cast<std::uint8_t>(i < text.length ? text.characters[i] : 0));
    }
  }
  template <std::size_t kBytes>
  constexpr void operator()(const char*, Reserved<kBytes>) {
    for (std::size_t i = 0; i < kBytes; ++i) to.Write(std::uint8_t{0});
  }
};

struct Reader {
  ByteReader& from;
  bool& good;

  template <std::unsigned_integral T>
  constexpr void operator()(const char*, T& value) {
    value = from.Read<T>();
  }
  template <class T>
  requires std::is_enum_v<T>
  constexpr void operator()(const char*, T& value) {
    value = static_cast<T>(from.Read<std::underlying_type_t<T>>());
  }
  template <std::size_t N>
  constexpr void operator()(const char*, std::array<std::byte, N>& bytes) {
    from.ReadInto(bytes);
  }
  template <std::size_t kRoom>
  constexpr void operator()(const char*, contract::Text<kRoom>& text) {
    text.length = from.Read<std::uint8_t>();
    good = good && text.length <= kRoom;
    for (std::size_t i = 0; i < kRoom; ++i) {
      const auto character = from.Read<std::uint8_t>();
      text.characters[i] = static_cast<char>(character);
      // Printable within the length, zero behind it: these reach a log.
      good = good &&
             (i < text.length ? character >= 0x20 && character < 0x7F : character == 0);
    }
    if (!good) text = {};
  }
  template <std::size_t kBytes>
  constexpr void operator()(const char*, Reserved<kBytes>&) {
    for (std::size_t i = 0; i < kBytes; ++i) {
      good = from.Read<std::uint8_t>() == 0 && good;
    }
  }
};

}  // namespace codec

template <class Message>
consteval std::size_t SizeOf() {
  std::size_t size = 0;
  Message message{};
  Message::Fields(message, [&size]<class T>(const char*, const T&) {
    size += codec::kWidth<std::remove_cv_t<T>>;
  });
  return size;
}

template <class Message>
std::span<const std::byte> EncodeBody(const Message& message, std::span<std::byte> out) {
  ByteWriter writer(out);
  Message::Fields(message, codec::Writer{writer});
  return writer.written();
}

template <class Message>
Result<Led<Message>> DecodeLeader(std::span<const std::byte> body) {
  ByteReader reader(body);
  Led<Message> led{};
  bool good = true;
  Message::Fields(led.message, codec::Reader{reader, good});
  if (!reader.ok() || !good) return Status::kUnexpectedMessage;
  led.rest = reader.rest();
  return led;
}

template <class Message>
Result<Message> DecodeBody(std::span<const std::byte> body) {
  const auto led = DecodeLeader<Message>(body);
  if (!led.ok() || !led->rest.empty()) return Status::kUnexpectedMessage;
  return led->message;
}

// The lint computes with these sizes; they are the truth of contract/wire_size.h.
static_assert(kMaxBody == contract::kMaxPacketBody);
static_assert(kMaxWire == contract::kMaxPacketWireBytes);
static_assert(SizeOf<BatchHeader>() <= contract::kMaxBatchHeaderBody);
static_assert(SizeOf<DataPrefix>() == contract::kDataPrefixBytes);
static_assert(SizeOf<Fetch>() <= contract::kMaxRequestBody);

}  // namespace torpor::link
