// Payloads that no encoder of ours would make, for tests: a good payload taken apart into
// its records, spoiled, and put together again.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "contract/payload.h"
#include "contract/test_terms.h"
#include "core/bytes.h"

namespace torpor::contract {

using Bytes = std::vector<std::byte>;

inline void PutVarint(Bytes& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::byte>((value & 0x7F) | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<std::byte>(value));
}

inline Bytes Varint(std::uint64_t value) {
  Bytes bytes;
  PutVarint(bytes, value);
  return bytes;
}

// One field on the wire: number, wire type, and the value's bytes (a length-delimited one
// without its length).
struct Record {
  std::uint64_t number = 0, type = 0;
  Bytes value;
};

inline Record NumberRecord(std::uint64_t number, std::uint64_t value) {
  return {number, 0, Varint(value)};
}
inline Record TextRecord(std::uint64_t number, std::string_view text) {
  const auto bytes = AsBytes(text);
  return {number, 2, Bytes(bytes.begin(), bytes.end())};
}

inline Bytes Join(const std::vector<Record>& records) {
  Bytes out;
  for (const Record& record : records) {
    PutVarint(out, record.number << 3 | record.type);
    if (record.type == 2) PutVarint(out, record.value.size());
    out.insert(out.end(), record.value.begin(), record.value.end());
  }
  return out;
}

inline std::vector<Record> Split(std::span<const std::byte> bytes) {
  std::vector<Record> records;
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(bytes[at++]);
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.size()) {
    const std::uint64_t key = varint();
    Record record{key >> 3, key & 7, {}};
    const std::uint64_t value = varint();
    if (record.type == 0) {
      record.value = Varint(value);
    } else {
      const auto content = bytes.subspan(at, value);
      record.value.assign(content.begin(), content.end());
      at += value;
    }
    records.push_back(record);
  }
  return records;
}

inline Bytes PayloadOf(const Terms& terms) {
  Bytes bytes(kMaxPayloadBytes);
  const auto size = EncodePayload(terms, bytes);
  if (!size.ok()) throw std::runtime_error("these terms cannot be encoded");
  bytes.resize(*size);
  return bytes;
}

inline std::vector<Record> GoodRecords() { return Split(PayloadOf(GoodTerms())); }

inline Record& Find(std::vector<Record>& records, std::uint64_t number) {
  for (Record& record : records) {
    if (record.number == number) return record;
  }
  throw std::runtime_error("no such record");
}

}  // namespace torpor::contract
