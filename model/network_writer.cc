#include "model/network_writer.h"

#include <algorithm>
#include <fstream>
#include <span>
#include <system_error>

#include "model/network_digest.h"
#include "model/network_file.h"
#include "model/reference/layout.h"

namespace torpor::model {
namespace {

class Writer {
 public:
  explicit Writer(Precision precision) : precision_(precision) {}

  void Header(const NetworkShape& s) {
    bytes_.resize(kNetworkHeaderBytes);
    ByteWriter out(bytes_);
    out.Write(AsBytes(kNetworkMagic));
    out.Write(kNetworkVersion);
    out.Write(static_cast<std::uint32_t>(precision_));
    for (const std::uint32_t field :
         {s.positions, s.inputs, s.width, s.layers, s.heads, s.hidden, s.max_tokens}) {
      out.Write(field);
    }
  }

  template <class T>
  void Blob(std::span<const T> values) {
    const auto raw = std::as_bytes(values);
    bytes_.insert(bytes_.end(), raw.begin(), raw.end());
    bytes_.resize((bytes_.size() + kNetworkAlignment - 1) / kNetworkAlignment *
                  kNetworkAlignment);
  }
  void Floats(const std::vector<float>& values) { Blob(std::span(values)); }
  void Float(float value) { Blob(std::span<const float>(&value, 1)); }

  void Matrix(const LinearWeights& linear) {
    if (precision_ == Precision::kFloat) {
      Floats(linear.weight);
    } else {
      Blob(std::span(linear.quantized));
      Floats(linear.scale);
      Float(linear.input_scale);
    }
    Floats(linear.bias);
  }

  std::vector<std::byte> Finish() {
    const Digest digest = DigestOfNetwork(bytes_);
    bytes_.insert(bytes_.end(), digest.begin(), digest.end());
    return std::move(bytes_);
  }

 private:
  Precision precision_;
  std::vector<std::byte> bytes_;
};

template <class T>
std::vector<T> Copy(std::span<const T> values) {
  return {values.begin(), values.end()};
}

LinearWeights Copy(const Linear& linear) {
  return {
      linear.rows,        linear.cols,        Copy(linear.weight), Copy(linear.quantized),
      Copy(linear.scale), linear.input_scale, Copy(linear.bias)};
}

LinearWeights EmptyLinear(Precision precision, std::uint32_t rows, std::uint32_t cols) {
  LinearWeights linear;
  linear.rows = rows;
  linear.cols = cols;
  if (precision == Precision::kFloat) {
    linear.weight.resize(std::size_t{rows} * cols);
  } else {
    linear.quantized.resize(std::size_t{rows} * cols);
    linear.scale.assign(rows, 1.0F);
    linear.input_scale = 1.0F;
  }
  linear.bias.resize(rows);
  return linear;
}

}  // namespace

NetworkWeights EmptyWeights(const NetworkShape& s, Precision precision) {
  const std::vector<float> ones(s.width, 1.0F);
  const std::vector<float> zeros(s.width);
  const auto linear = [&](std::uint32_t rows, std::uint32_t cols) {
    return EmptyLinear(precision, rows, cols);
  };
  NetworkWeights w;
  w.shape = s;
  w.precision = precision;
  w.embed = linear(s.width, s.inputs);
  w.position.resize(std::size_t{s.positions} * s.width);
  w.blocks.assign(s.layers,
                  {ones, zeros, linear(3 * s.width, s.width), linear(s.width, s.width),
                   ones, zeros, linear(s.hidden, s.width), linear(s.width, s.hidden)});
  w.final_gain = ones;
  w.final_bias = zeros;
  w.head.resize(2 * std::size_t{s.width});
  return w;
}

NetworkWeights WeightsOf(const NetworkView& view) {
  NetworkWeights w;
  w.shape = view.shape;
  w.precision = view.precision;
  w.embed = Copy(view.embed);
  w.position = Copy(view.position);
  for (const Block& b : std::span(view.blocks).first(view.shape.layers)) {
    w.blocks.push_back({Copy(b.norm1_gain), Copy(b.norm1_bias), Copy(b.qkv), Copy(b.out),
                        Copy(b.norm2_gain), Copy(b.norm2_bias), Copy(b.up),
                        Copy(b.down)});
  }
  w.final_gain = Copy(view.final_gain);
  w.final_bias = Copy(view.final_bias);
  w.head = Copy(view.head);
  w.head_bias = view.head_bias;
  w.classical_weight = view.classical_weight;
  return w;
}

std::vector<std::byte> EncodeNetwork(const NetworkWeights& weights) {
  Writer out(weights.precision);
  out.Header(weights.shape);
  out.Matrix(weights.embed);
  out.Floats(weights.position);
  for (const BlockWeights& block : weights.blocks) {
    out.Floats(block.norm1_gain);
    out.Floats(block.norm1_bias);
    out.Matrix(block.qkv);
    out.Matrix(block.out);
    out.Floats(block.norm2_gain);
    out.Floats(block.norm2_bias);
    out.Matrix(block.up);
    out.Matrix(block.down);
  }
  out.Floats(weights.final_gain);
  out.Floats(weights.final_bias);
  out.Floats(weights.head);
  out.Float(weights.head_bias);
  out.Float(weights.classical_weight);
  return out.Finish();
}

Status WriteNetwork(const std::filesystem::path& path, const NetworkWeights& weights) {
  const std::vector<std::byte> bytes = EncodeNetwork(weights);
  if (!ParseNetwork(bytes).ok()) return Status::kModelMalformed;
  std::filesystem::path fresh = path;
  fresh += ".new";
  {
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) return Status::kIo;
  }
  std::error_code error;
  std::filesystem::rename(fresh, path, error);
  return error ? Status::kIo : Status::kOk;
}

}  // namespace torpor::model
