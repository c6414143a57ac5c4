#include "model/onnx/export.h"

#include <cmath>
#include <vector>

#include "core/hex.h"
#include "model/onnx/graph.h"

namespace torpor::model::onnx {
namespace {

template <class T>
std::vector<T> Transposed(std::span<const T> matrix, std::size_t rows, std::size_t cols) {
  std::vector<T> out(matrix.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) out[c * rows + r] = matrix[r * cols + c];
  }
  return out;
}

std::string About(const NetworkView& network) {
  std::string digest(2 * network.digest.size(), '0');
  WriteHex(network.digest, digest);
  return "torpor network " + digest;
}

// Writes one network. Activations are [1, tokens, width] throughout: a bias of shape
// [1, 1, rows] keeps ONNX Runtime from folding MatMul and Add into Gemm before it looks
// for quantized pairs.
class Exporter {
 public:
  Exporter(const NetworkView& network, std::size_t tokens, Kind kind)
      : network_(network),
        tokens_(static_cast<std::int64_t>(tokens)),
        width_(network.shape.width),
        kind_(kind),
        graph_("torpor", About(network)) {}

  std::string Write() {
    const NetworkShape& s = network_.shape;
    graph_.Input("z", {tokens_, s.inputs});
    graph_.Output("logit", {1});
    std::string h = Embed(Squash());
    for (std::size_t layer = 0; layer < s.layers; ++layer) {
      h = Layer("layer" + std::to_string(layer), network_.blocks[layer], h);
    }
    AddBias(Pool(h));
    return graph_.Serialise();
  }

 private:
  std::string Squash() {
    const std::string clipped = Clip("squash.in", "z", -1e4F, 1e4F);
    const std::string bent = graph_.Node("Asinh", "squash.asinh", {clipped});
    const std::string scaled = graph_.Node(
        "Mul", "squash.scaled", {bent, graph_.Scalar("squash.quarter", 0.25F)});
    const std::string x = Clip("squash.out", scaled, -2, 2);
    return graph_.Reshape("x", x, {1, tokens_, network_.shape.inputs});
  }

  std::string Clip(const std::string& name, const std::string& x, float low, float high) {
    return graph_.Node(
        "Clip", name,
        {x, graph_.Scalar(name + ".low", low), graph_.Scalar(name + ".high", high)});
  }

  std::string Embed(const std::string& x) {
    const std::span<const float> position = network_.position;
    std::vector<float> tiled;
    while (tiled.size() < static_cast<std::size_t>(tokens_ * width_)) {
      tiled.insert(tiled.end(), position.begin(), position.end());
    }
    return graph_.Node("Add", "embed.placed",
                       {MatVec("embed", network_.embed, x),
                        graph_.Floats("position", {1, tokens_, width_}, tiled)});
  }

  std::string MatVec(const std::string& name, const Linear& linear,
                     const std::string& x) {
    if (kind_ == Kind::kDynamic) return DynamicMatVec(name, linear, x);
    const bool whole = network_.precision == Precision::kFloat;
    const std::string product =
        graph_.Node("MatMul", name + ".product",
                    {whole ? x : Quantized(name, linear, x),
                     whole ? FloatWeight(name, linear) : Int8Weight(name, linear)});
    return graph_.Node("Add", name, {product, Bias(name, linear)});
  }

  std::string Bias(const std::string& name, const Linear& linear) {
    return graph_.Floats(name + ".bias", {1, 1, linear.rows}, linear.bias);
  }

  std::string FloatWeight(const std::string& name, const Linear& linear) {
    return graph_.Floats(name + ".weight", {linear.cols, linear.rows},
                         Transposed(linear.weight, linear.rows, linear.cols));
  }

  // Zero points are written out and zero: without them QuantizeLinear means uint8.
  std::string Quantized(const std::string& name, const Linear& linear,
                        const std::string& x) {
    const std::string scale = graph_.Scalar(name + ".x.scale", linear.input_scale);
    const std::int8_t nothing = 0;
    const std::string zero = graph_.Bytes(name + ".x.zero", {}, std::span(&nothing, 1));
    const std::string q = graph_.Node("QuantizeLinear", name + ".x.q", {x, scale, zero});
    return graph_.Node("DequantizeLinear", name + ".x", {q, scale, zero});
  }

  std::string WeightBytes(const std::string& name, const Linear& linear) {
    return graph_.Bytes(name + ".weight.q", {linear.cols, linear.rows},
                        Transposed(linear.quantized, linear.rows, linear.cols));
  }

  // Weights lie in the file as floats, a quantizer behind them: TensorRT 8
  // refuses int8 constants. Multiples of their scale, they come out of it as the whole
  // numbers that they are, and every runtime does that once, when it loads the file.
  std::string Int8Weight(const std::string& name, const Linear& linear) {
    std::vector<float> floats(linear.quantized.begin(), linear.quantized.end());
    for (std::size_t i = 0; i < floats.size(); ++i) {
      floats[i] *= linear.scale[i / linear.cols];
    }
    const std::vector<std::int8_t> zeros(linear.rows);
    const std::string scale =
        graph_.Floats(name + ".weight.scale", {linear.rows}, linear.scale);
    const std::string zero = graph_.Bytes(name + ".weight.zero", {linear.rows}, zeros);
    const std::string plain =
        graph_.Floats(name + ".weight.float", {linear.cols, linear.rows},
                      Transposed<float>(floats, linear.rows, linear.cols));
    const std::string q =
        graph_.Node("QuantizeLinear", name + ".weight.q", {plain, scale, zero});
    graph_.Attribute("axis", 1);
    graph_.Node("DequantizeLinear", name + ".weight", {q, scale, zero});
    graph_.Attribute("axis", 1);
    return name + ".weight";
  }

  // The pattern that ONNX Runtime's own dynamic quantizer writes, and its fusions expect.
  std::string DynamicMatVec(const std::string& name, const Linear& linear,
                            const std::string& x) {
    const std::vector<std::string> q =
        graph_.Nodes("DynamicQuantizeLinear", name + ".x", {x}, 3);
    const std::vector<std::int8_t> zeros(linear.rows);
    const std::string product =
        graph_.Node("MatMulInteger", name + ".product",
                    {q[0], WeightBytes(name, linear), q[2],
                     graph_.Bytes(name + ".weight.zero", {linear.rows}, zeros)});
    graph_.Node("Cast", name + ".cast", {product});
    graph_.Attribute("to", ::onnx::TensorProto::FLOAT);
    const std::string scale = graph_.Node(
        "Mul", name + ".scale",
        {q[1], graph_.Floats(name + ".weight.scale", {linear.rows}, linear.scale)});
    const std::string scaled =
        graph_.Node("Mul", name + ".scaled", {name + ".cast", scale});
    return graph_.Node(
        "Add", name, {scaled, graph_.Floats(name + ".bias", {linear.rows}, linear.bias)});
  }

  // In the shape that fuses into one operator: no quantizer between its nodes.
  std::string Norm(const std::string& name, std::span<const float> gain,
                   std::span<const float> bias, const std::string& h) {
    const std::string mean = Mean(name + ".mean", h);
    const std::string away = graph_.Node("Sub", name + ".away", {h, mean});
    const std::string squares =
        graph_.Node("Pow", name + ".squares", {away, graph_.Scalar(name + ".two", 2)});
    const std::string variance = Mean(name + ".variance", squares);
    const std::string above = graph_.Node(
        "Add", name + ".above", {variance, graph_.Scalar(name + ".epsilon", 1e-5F)});
    const std::string spread = graph_.Node("Sqrt", name + ".spread", {above});
    const std::string unit = graph_.Node("Div", name + ".unit", {away, spread});
    const std::string scaled = graph_.Node(
        "Mul", name + ".scaled", {unit, graph_.Floats(name + ".gain", {width_}, gain)});
    return graph_.Node("Add", name,
                       {scaled, graph_.Floats(name + ".bias", {width_}, bias)});
  }

  std::string Mean(const std::string& name, const std::string& x) {
    graph_.Node("ReduceMean", name, {x});
    graph_.Attribute("axes", Dims{-1}).Attribute("keepdims", 1);
    return name;
  }

  std::string Layer(const std::string& name, const Block& block, const std::string& h) {
    const std::string u1 = Norm(name + ".norm1", block.norm1_gain, block.norm1_bias, h);
    const std::string attended =
        graph_.Node("Add", name + ".attended", {h, Attention(name, block, u1)});
    const std::string u2 =
        Norm(name + ".norm2", block.norm2_gain, block.norm2_bias, attended);
    const std::string up = MatVec(name + ".up", block.up, u2);
    const std::string relu = graph_.Node("Relu", name + ".relu", {up});
    return graph_.Node("Add", name, {attended, MatVec(name + ".down", block.down, relu)});
  }

  // Products and softmax stay float, as they are in the engine.
  std::string Attention(const std::string& name, const Block& block,
                        const std::string& u) {
    const std::int64_t heads = network_.shape.heads;
    const std::int64_t depth = width_ / heads;
    const std::vector<std::string> parts =
        graph_.Nodes("Split", name + ".split", {MatVec(name + ".qkv", block.qkv, u)}, 3);
    graph_.Attribute("axis", 2);
    const auto apart = [&](const char* part, const std::string& x,
                           const Dims& permutation) {
      const std::string base = name + "." + part;
      const std::string by_head =
          graph_.Reshape(base + ".heads", x, {1, tokens_, heads, depth});
      return graph_.Transpose(base, by_head, permutation);
    };
    const std::string q = apart("q", parts[0], {0, 2, 1, 3});
    const std::string k = apart("k", parts[1], {0, 2, 3, 1});
    const std::string v = apart("v", parts[2], {0, 2, 1, 3});
    const float shrink = 1 / std::sqrt(static_cast<float>(depth));
    const std::string alike = graph_.Node("Mul", name + ".alike",
                                          {graph_.Node("MatMul", name + ".qk", {q, k}),
                                           graph_.Scalar(name + ".shrink", shrink)});
    graph_.Node("Softmax", name + ".softmax", {alike});
    graph_.Attribute("axis", -1);
    const std::string mixed =
        graph_.Node("MatMul", name + ".mixed", {name + ".softmax", v});
    const std::string together = graph_.Reshape(
        name + ".together", graph_.Transpose(name + ".tokens", mixed, {0, 2, 1, 3}),
        {1, tokens_, width_});
    return MatVec(name + ".out", block.out, together);
  }

  std::string Pool(const std::string& h) {
    const std::string u = Norm("final", network_.final_gain, network_.final_bias, h);
    graph_.Node("ReduceMean", "pool.mean", {u});
    graph_.Attribute("axes", Dims{1}).Attribute("keepdims", 0);
    graph_.Node("ReduceMax", "pool.max", {u});
    graph_.Attribute("axes", Dims{1}).Attribute("keepdims", 0);
    graph_.Node("Concat", "pooled", {"pool.mean", "pool.max"});
    graph_.Attribute("axis", 1);
    return graph_.Node(
        "MatMul", "head",
        {"pooled", graph_.Floats("head.weight", {2 * width_, 1}, network_.head)});
  }

  void AddBias(const std::string& head) {
    const std::string all =
        graph_.Node("Add", "all", {head, graph_.Scalar("head.bias", network_.head_bias)});
    graph_.Reshape("logit", all, {1});
  }

  const NetworkView& network_;
  std::int64_t tokens_;
  std::int64_t width_;
  Kind kind_;
  Graph graph_;
};

}  // namespace

Result<std::string> EncodeOnnx(const NetworkView& network, std::size_t tokens,
                               Kind kind) {
  const NetworkShape& s = network.shape;
  if (tokens == 0 || tokens > s.max_tokens || tokens % s.positions != 0 ||
      (kind == Kind::kDynamic && network.precision != Precision::kInt8)) {
    return Status::kModelMismatch;
  }
  return Exporter(network, tokens, kind).Write();
}

std::string EncodeIdentity(std::size_t tokens, std::size_t inputs) {
  const Dims dims{static_cast<std::int64_t>(tokens), static_cast<std::int64_t>(inputs)};
  Graph graph("identity", "gives back its input");
  graph.Input("z", dims);
  graph.Output("same", dims);
  graph.Node("Identity", "same", {"z"});
  return graph.Serialise();
}

}  // namespace torpor::model::onnx
