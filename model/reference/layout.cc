#include "model/reference/layout.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace torpor::model {
namespace {

static_assert(std::endian::native == std::endian::little, "weights are used in place");

constexpr std::size_t Padded(std::size_t bytes) {
  return (bytes + kNetworkAlignment - 1) / kNetworkAlignment * kNetworkAlignment;
}

constexpr std::size_t FloatBytes(std::size_t count) { return Padded(4 * count); }

std::size_t LinearBytes(Precision precision, std::size_t rows, std::size_t cols) {
  if (precision == Precision::kFloat) return FloatBytes(rows * cols) + FloatBytes(rows);
  return Padded(rows * cols) + FloatBytes(rows) + FloatBytes(1) + FloatBytes(rows);
}

constexpr bool Within(std::uint32_t value, std::uint32_t low, std::uint32_t high,
                      std::uint32_t step = 1) {
  return value >= low && value <= high && value % step == 0;
}

// What is wrong with a shape, or nothing.
std::string_view Wrong(const NetworkShape& s) {
  if (!Within(s.positions, 1, kMaxPositions)) return "positions out of range";
  if (!Within(s.inputs, 8, kMaxInputs, 8)) return "inputs out of range";
  if (!Within(s.width, 16, kMaxWidth, 16)) return "width out of range";
  if (!Within(s.layers, 1, kMaxLayers)) return "layers out of range";
  if (s.heads == 0 || s.width % s.heads != 0 || s.width / s.heads % 8 != 0) {
    return "heads do not divide the width into eights";
  }
  if (!Within(s.hidden, 16, kMaxHidden, 16)) return "hidden out of range";
  if (!Within(s.max_tokens, s.positions, kMaxTokens, s.positions)) {
    return "max_tokens out of range";
  }
  return {};
}

// Hands out blob after blob and remembers the first thing that was wrong.
class Blobs {
 public:
  Blobs(std::span<const std::byte> bytes, Precision precision)
      : rest_(bytes), precision_(precision) {}

  std::span<const float> Floats(std::size_t count, float low = -kMaxMagnitude,
                                float high = kMaxMagnitude) {
    const auto blob = Blob(4 * count);
    const std::span values(reinterpret_cast<const float*>(blob.data()), count);
    // Written so that NaN is refused too.
    const auto good = [&](float v) { return v >= low && v <= high; };
    if (!std::ranges::all_of(values, good)) Complain("a number is out of its range");
    return values;
  }

  Linear Matrix(std::uint32_t rows, std::uint32_t cols) {
    Linear linear;
    linear.rows = rows;
    linear.cols = cols;
    if (precision_ == Precision::kFloat) {
      linear.weight = Floats(std::size_t{rows} * cols);
    } else {
      linear.quantized = Weights(std::size_t{rows} * cols);
      linear.scale = Floats(rows, kMinScale, kMaxScale);
      linear.input_scale = Floats(1, kMinScale, kMaxScale)[0];
    }
    linear.bias = Floats(rows);
    return linear;
  }

  [[nodiscard]] std::string_view why() const { return why_; }

 private:
  std::span<const std::int8_t> Weights(std::size_t count) {
    const auto blob = Blob(count);
    const std::span values(reinterpret_cast<const std::int8_t*>(blob.data()), count);
    const auto good = [](std::int8_t w) {
      return w >= -kMaxQuantizedWeight && w <= kMaxQuantizedWeight;
    };
    if (!std::ranges::all_of(values, good)) Complain("an int8 weight is beyond 63");
    return values;
  }

  // The length of the file was checked, so that bytes cannot run out.
  std::span<const std::byte> Blob(std::size_t bytes) {
    const auto whole = rest_.first(Padded(bytes));
    rest_ = rest_.subspan(whole.size());
    const auto zero = [](std::byte b) { return b == std::byte{0}; };
    if (!std::ranges::all_of(whole.subspan(bytes), zero)) Complain("padding is not zero");
    return whole.first(bytes);
  }

  void Complain(std::string_view what) {
    if (why_.empty()) why_ = what;
  }

  std::span<const std::byte> rest_;
  Precision precision_;
  std::string_view why_;
};

}  // namespace

Result<NetworkHeader> ReadNetworkHeader(std::span<const std::byte> bytes,
                                        std::string_view& why) {
  if (bytes.size() < kNetworkHeaderBytes) {
    why = "shorter than its header";
    return Status::kModelMalformed;
  }
  ByteReader in(bytes.first(kNetworkHeaderBytes));
  if (!std::ranges::equal(in.Take(kNetworkMagic.size()), AsBytes(kNetworkMagic))) {
    why = "not a model file";
    return Status::kModelMalformed;
  }
  if (in.Read<std::uint32_t>() != kNetworkVersion) {
    why = "another version of the format";
    return Status::kModelVersion;
  }
  NetworkHeader header;
  header.precision = Precision{in.Read<std::uint32_t>()};
  if (header.precision != Precision::kFloat && header.precision != Precision::kInt8) {
    why = "an unknown precision";
    return Status::kModelMalformed;
  }
  NetworkShape& s = header.shape;
  for (auto* field : {&s.positions, &s.inputs, &s.width, &s.layers, &s.heads, &s.hidden,
                      &s.max_tokens}) {
    *field = in.Read<std::uint32_t>();
  }
  why = Wrong(s);
  const auto zero = [](std::byte b) { return b == std::byte{0}; };
  if (why.empty() && !std::ranges::all_of(in.rest(), zero))
    why = "reserved bytes are used";
  if (!why.empty()) return Status::kModelMalformed;
  return header;
}

std::size_t NetworkBytes(const NetworkHeader& header) {
  const NetworkShape& s = header.shape;
  const auto linear = [&](std::size_t rows, std::size_t cols) {
    return LinearBytes(header.precision, rows, cols);
  };
  const std::size_t block = 4 * FloatBytes(s.width) + linear(3 * s.width, s.width) +
                            linear(s.width, s.width) + linear(s.hidden, s.width) +
                            linear(s.width, s.hidden);
  return kNetworkHeaderBytes + linear(s.width, s.inputs) +
         FloatBytes(std::size_t{s.positions} * s.width) + s.layers * block +
         2 * FloatBytes(s.width) + FloatBytes(2 * s.width) + FloatBytes(1) +
         FloatBytes(1) + sizeof(Digest);
}

Result<NetworkView> ParseNetworkWithoutDigest(std::span<const std::byte> bytes,
                                              std::string_view& why) {
  const auto header = ReadNetworkHeader(bytes, why);
  if (!header.ok()) return header.status();
  if (bytes.size() != NetworkBytes(*header)) {
    why = "its length is not that of its shape";
    return Status::kModelMalformed;
  }
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(float) != 0) {
    why = "not aligned in memory";
    return Status::kModelMalformed;
  }
  NetworkView view;
  const NetworkShape& s = view.shape = header->shape;
  view.precision = header->precision;
  std::ranges::copy(bytes.last(sizeof(Digest)), view.digest.begin());

  Blobs blobs(bytes.subspan(kNetworkHeaderBytes), view.precision);
  view.embed = blobs.Matrix(s.width, s.inputs);
  view.position = blobs.Floats(std::size_t{s.positions} * s.width);
  for (Block& block : std::span(view.blocks).first(s.layers)) {
    block.norm1_gain = blobs.Floats(s.width);
    block.norm1_bias = blobs.Floats(s.width);
    block.qkv = blobs.Matrix(3 * s.width, s.width);
    block.out = blobs.Matrix(s.width, s.width);
    block.norm2_gain = blobs.Floats(s.width);
    block.norm2_bias = blobs.Floats(s.width);
    block.up = blobs.Matrix(s.hidden, s.width);
    block.down = blobs.Matrix(s.width, s.hidden);
  }
  view.final_gain = blobs.Floats(s.width);
  view.final_bias = blobs.Floats(s.width);
  view.head = blobs.Floats(2 * s.width);
  view.head_bias = blobs.Floats(1)[0];
  view.classical_weight = blobs.Floats(1, 0)[0];
  why = blobs.why();
  if (!why.empty()) return Status::kModelMalformed;
  return view;
}

}  // namespace torpor::model
