// What a remote write says, taken apart for tests without a line of what made it.
// Source: Protocol Buffers, "Encoding"; Prometheus Remote-Write Specification 1.0.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torpor::telemetry {

struct WrittenSeries {
  std::vector<std::pair<std::string, std::string>> labels;  // as they came
  double value = 0;
  std::int64_t at_ms = 0;
  int samples = 0;

  [[nodiscard]] std::string label(const std::string& name) const {
    for (const auto& [one, text] : labels) {
      if (one == name) return text;
    }
    return {};
  }
  [[nodiscard]] bool ended() const {
    return std::bit_cast<std::uint64_t>(value) == 0x7ff0000000000002;
  }
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : left_(bytes) {}
  [[nodiscard]] bool done() const { return left_.empty(); }
  std::uint64_t Varint() {
    std::uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(Bytes(1).front());
      number |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return number;
    }
  }
  // Field and wire type at once, as they stand in the bytes.
  std::uint64_t Key() { return Varint(); }
  std::string_view Text() { return Bytes(Varint()); }
  double Double() {
    double value = 0;
    std::memcpy(&value, Bytes(sizeof value).data(), sizeof value);
    return value;
  }

 private:
  std::string_view Bytes(std::size_t count) {
    if (count > left_.size()) throw std::out_of_range("the request is cut");
    const std::string_view bytes = left_.substr(0, count);
    left_.remove_prefix(count);
    return bytes;
  }
  std::string_view left_;
};

// Throws for what is no such request, or has a field that is not expected.
inline std::vector<WrittenSeries> ReadWriteRequest(std::string_view bytes) {
  constexpr std::uint64_t kFirstText = 0x0A, kSecondText = 0x12;
  constexpr std::uint64_t kFirstDouble = 0x09, kSecondNumber = 0x10;
  const auto expect = [](bool good) {
    if (!good) throw std::invalid_argument("a field that is not expected");
  };
  std::vector<WrittenSeries> all;
  for (WireReader request(bytes); !request.done();) {
    expect(request.Key() == kFirstText);
    WrittenSeries& one = all.emplace_back();
    for (WireReader series(request.Text()); !series.done();) {
      const auto key = series.Key();
      expect(key == kFirstText || key == kSecondText);
      WireReader inner(series.Text());
      if (key == kFirstText) {
        auto& [name, value] = one.labels.emplace_back();
        expect(inner.Key() == kFirstText);
        name = inner.Text();
        expect(inner.Key() == kSecondText);
        value = inner.Text();
        expect(inner.done());
        continue;
      }
      ++one.samples;
      while (!inner.done()) {  // a zero is left out
        const auto field = inner.Key();
        expect(field == kFirstDouble || field == kSecondNumber);
        if (field == kFirstDouble) one.value = inner.Double();
        if (field == kSecondNumber) one.at_ms = static_cast<std::int64_t>(inner.Varint());
      }
    }
  }
  return all;
}

}  // namespace torpor::telemetry
