// A contract's payload: terms to bytes and back, in exactly one form.
#pragma once

#include <cstddef>
#include <span>

#include "contract/finding.h"
#include "contract/terms.h"
#include "core/result.h"

namespace torpor::contract {

// The longest contract that the schema's limits allow takes 1841 bytes.
inline constexpr std::size_t kMaxPayloadBytes = 1848;

// The one form of these terms; the number of bytes written. Deterministic: the same terms
// give the same bytes everywhere.
//   kOutOfRange    a value is outside its field's bounds
//   kFieldMissing  a value is zero
//   kFieldTooLong  the buffer is too small
Result<std::size_t> EncodePayload(const Terms& terms, std::span<std::byte> out);

// Whether these terms are what `payload` says, to the byte; needs no buffer.
[[nodiscard]] bool EncodesTo(const Terms& terms, std::span<const std::byte> payload);

// The terms of a payload, or the precise reason why these bytes are not the one form of
// any. Every value is in its range afterwards; the rules between values are Lint()'s.
// `why`, when given, gets the field.
//   kPayloadMalformed  not protobuf, or it ends too early
//   kDuplicateField    kUnknownField  kFieldOrder  kOverlongVarint  kDefaultValue
//   kWrongWireType     as they are called, each before nanopb's own opinion
//   kFieldTooLong      a text or list beyond its room
//   kFieldMissing      a field that must be there is not
//   kOutOfRange        a value beyond its bounds
//   kNotCanonical      any other difference between these bytes and their re-encoding
Result<Terms> DecodePayload(std::span<const std::byte> payload, Finding* why = nullptr);
// The same into `terms`, for stacks that have no room for a second copy; after anything
// but kOk they are worth nothing.
[[nodiscard]] Status DecodePayload(std::span<const std::byte> payload, Terms& terms,
                                   Finding* why);

}  // namespace torpor::contract
