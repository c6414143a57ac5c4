// What torpord and its accelerator process say to each other: one message each way on a
// SOCK_SEQPACKET pair, so that a message is whole or is not there. The network's input
// lies beside it, in memory that only torpord can write. docs/accelerator.md shows the
// order of it all; both ends are of one build, and an unknown number ends the talk.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace torpor::agent {

// What the process inherits beside standard error; 0 and 1 are /dev/null.
inline constexpr int kSocketInChild = 3;
inline constexpr int kMemoryInChild = 4;

// Of request and answer together; a change of either raises it.
inline constexpr std::uint32_t kRequestMark = 0x3152'5054;  // "TPR1"
inline constexpr std::uint32_t kAnswerMark = 0x3241'5054;   // "TPA2"
inline constexpr std::uint32_t kParkedMark = 0x314B'5054;   // "TPK1"

// z lies at the memory's beginning, [tokens, inputs] floats, complete before this is
// sent.
struct Request {
  std::uint32_t mark = kRequestMark;
  std::uint32_t park = 0;  // contract::Residency: where to stay after the answer
  std::uint64_t sequence = 0;
  std::uint32_t tokens = 0, inputs = 0;
};

// Sent when the device has finished. Nothing in it is believed before it was judged.
struct Answer {
  std::uint32_t mark = kAnswerMark;
  std::uint32_t status = 0;  // core/status.h
  std::uint64_t sequence = 0;
  std::uint64_t open_us = 0, run_us = 0;  // opening the back end, and this run
  // What the device's own counter gained from opening, or this request, to the result.
  // Negative: unmetered.
  std::int64_t device_uj = -1;
  float logit = 0;
  std::uint32_t in_flight = 0;       // work the device has not finished: 0, or a lie
  std::array<char, 512> versions{};  // model/backend_abi.h; ended by 0
  std::array<char, 256> problem{};   // one clause, if the status is not 0; ended by 0
};

// Sent by a process that stays, when it has given back what its rung does not hold.
struct Parked {
  std::uint32_t mark = kParkedMark;
  std::uint32_t park = 0;
  std::uint64_t sequence = 0;
};

static_assert(std::is_trivially_copyable_v<Answer> && sizeof(Request) == 24 &&
              sizeof(Answer) == 48 + 512 + 256 && sizeof(Parked) == 16);

// Text of a fixed field, whoever filled it and however.
template <std::size_t N>
[[nodiscard]] std::string_view TextOf(const std::array<char, N>& field) {
  const std::string_view all(field.data(), field.size());
  return all.substr(0, all.find('\0'));
}

template <std::size_t N>
void SetText(std::array<char, N>& field, std::string_view text) {
  field = {};
  text.copy(field.data(), N - 1);
}

}  // namespace torpor::agent
