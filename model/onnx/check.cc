#include "model/onnx/check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <string_view>

#include "model/onnx/graph.h"

namespace torpor::model::onnx {
namespace {

using ::onnx::AttributeProto;
using ::onnx::GraphProto;
using ::onnx::ModelProto;
using ::onnx::NodeProto;
using ::onnx::TensorProto;
using ::onnx::ValueInfoProto;

// Every one is in TensorRT's own list for opset 13.
constexpr std::array kOperators = std::to_array<std::string_view>(
    {"Add", "Asinh", "Clip", "Concat", "DequantizeLinear", "Div", "MatMul", "Mul", "Pow",
     "QuantizeLinear", "ReduceMax", "ReduceMean", "Relu", "Reshape", "Softmax", "Split",
     "Sqrt", "Sub", "Transpose"});

// What only a LayerNorm is made of: a quantizer next to one of them stops its fusion.
constexpr std::array kOfNorm =
    std::to_array<std::string_view>({"Div", "Pow", "ReduceMean", "Sqrt", "Sub"});

// A name out of a file, fit for a line of ours.
std::string Quoted(std::string_view name) {
  std::string out = "'";
  for (const char c : name.substr(0, 64)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + "'";
}

std::size_t BytesOfOne(int type) {
  switch (type) {
    case TensorProto::FLOAT:
      return 4;
    case TensorProto::INT8:
      return 1;
    case TensorProto::INT64:
      return 8;
    default:
      return 0;
  }
}

class Checker {
 public:
  explicit Checker(const ModelProto& model) : model_(model), graph_(model.graph()) {}

  Report Run() {
    static_cast<void>(Version() && Tensors() && Values() && Nodes() && Outputs());
    report_.nodes = static_cast<std::size_t>(graph_.node_size());
    return report_;
  }

 private:
  bool Wrong(Status status, std::string what) {
    report_.status = status;
    report_.what = std::move(what);
    return false;
  }
  bool Malformed(std::string what) {
    return Wrong(Status::kOnnxMalformed, std::move(what));
  }

  bool Version() {
    if (!model_.has_graph() || model_.opset_import_size() == 0) {
      return Malformed("no graph or no opset: not an ONNX file, or cut short");
    }
    for (const auto& opset : model_.opset_import()) {
      if (!opset.domain().empty() && opset.domain() != "ai.onnx") {
        return Wrong(Status::kOnnxOperator, "operators of " + Quoted(opset.domain()));
      }
      if (opset.version() != kOpset) {
        return Malformed("opset " + std::to_string(opset.version()) + ", ours is " +
                         std::to_string(kOpset));
      }
    }
    if (model_.ir_version() > kIrVersion) {
      return Malformed("IR version " + std::to_string(model_.ir_version()) +
                       ", ours is " + std::to_string(kIrVersion));
    }
    return true;
  }

  bool Tensors() {
    if (graph_.sparse_initializer_size() > 0) return Malformed("a sparse tensor");
    for (const TensorProto& tensor : graph_.initializer()) {
      if (tensor.data_location() == TensorProto::EXTERNAL ||
          tensor.external_data_size() > 0) {
        return Wrong(Status::kOnnxExternalData, "tensor " + Quoted(tensor.name()));
      }
      if (!OfItsShape(tensor)) {
        return Malformed("tensor " + Quoted(tensor.name()) +
                         ": its bytes are not those of its shape and type");
      }
      if (!tensors_.emplace(tensor.name(), &tensor).second) {
        return Malformed("tensor " + Quoted(tensor.name()) + " stands twice");
      }
      known_.insert(tensor.name());
    }
    return true;
  }

  static bool OfItsShape(const TensorProto& tensor) {
    std::size_t bytes = BytesOfOne(tensor.data_type());
    for (const std::int64_t dim : tensor.dims()) {
      if (dim < 1 || dim > std::int64_t{1} << 24 || bytes > kMaxFileBytes) return false;
      bytes *= static_cast<std::size_t>(dim);
    }
    return bytes > 0 && tensor.raw_data().size() == bytes;
  }

  bool Values() {
    for (const ValueInfoProto& input : graph_.input()) {
      if (!Fixed(input)) return false;
      known_.insert(input.name());
    }
    for (const ValueInfoProto& output : graph_.output()) {
      if (!Fixed(output)) return false;
    }
    if (graph_.input_size() != 1 || graph_.output_size() != 1) {
      return Malformed("not one input and one output");
    }
    for (const auto& dim : graph_.input(0).type().tensor_type().shape().dim()) {
      report_.input.push_back(dim.dim_value());
    }
    return true;
  }

  bool Fixed(const ValueInfoProto& value) {
    const auto& tensor = value.type().tensor_type();
    if (tensor.elem_type() != TensorProto::FLOAT || !tensor.has_shape()) {
      return Malformed(Quoted(value.name()) + " is not a tensor of floats");
    }
    for (const auto& dim : tensor.shape().dim()) {
      if (dim.has_dim_value() && dim.dim_value() > 0) continue;
      return Wrong(Status::kOnnxDynamicShape,
                   "a dimension of " + Quoted(value.name()) +
                       (dim.has_dim_param() ? ", " + Quoted(dim.dim_param()) : ""));
    }
    return true;
  }

  bool Nodes() {
    for (const NodeProto& node : graph_.node()) {
      if (!node.domain().empty() || !std::ranges::count(kOperators, node.op_type())) {
        return Wrong(Status::kOnnxOperator, Quoted(node.domain() + node.op_type()) +
                                                " at node " + Quoted(node.name()));
      }
      for (const std::string& input : node.input()) {
        if (!known_.contains(input)) {
          return Malformed("node " + Quoted(node.name()) + " reads " + Quoted(input) +
                           ", which nothing before it makes");
        }
      }
      if (!Quantizer(node)) return false;
      for (const std::string& output : node.output()) {
        if (!known_.insert(output).second) {
          return Malformed(Quoted(output) + " is made twice");
        }
        makers_[output] = &node;
      }
    }
    return true;
  }

  bool Outputs() {
    const std::string& name = graph_.output(0).name();
    return makers_.contains(name) || Malformed("nothing makes " + Quoted(name));
  }

  bool Quantizer(const NodeProto& node) {
    const std::string& op = node.op_type();
    if (op == "DequantizeLinear" &&
        (node.input_size() == 0 || !MadeBy(node.input(0), "QuantizeLinear"))) {
      return Wrong(Status::kOnnxQuantizer,
                   Quoted(node.name()) + " reads what no quantizer made");
    }
    if (op == "QuantizeLinear" || op == "DequantizeLinear") {
      return ZeroPointed(node) && OutsideNorm(node);
    }
    if (op == "MatMul") return Paired(node);
    if (op == "Add" && !UnfoldedBias(node)) return false;
    if (std::ranges::count(kOfNorm, op) == 0) return true;
    for (const std::string& input : node.input()) {
      if (MadeBy(input, "DequantizeLinear")) {
        return Wrong(Status::kOnnxQuantizer,
                     Quoted(node.name()) + " of a LayerNorm reads what was quantized");
      }
    }
    return true;
  }

  bool ZeroPointed(const NodeProto& node) {
    const TensorProto* scale = node.input_size() == 3 ? Tensor(node.input(1)) : nullptr;
    const TensorProto* zero = node.input_size() == 3 ? Tensor(node.input(2)) : nullptr;
    if (scale == nullptr || zero == nullptr || zero->data_type() != TensorProto::INT8 ||
        scale->data_type() != TensorProto::FLOAT ||
        std::ranges::any_of(zero->raw_data(), [](char byte) { return byte != 0; })) {
      return Wrong(Status::kOnnxQuantizer,
                   Quoted(node.name()) + " has no scale, or no zero point of int8 0");
    }
    std::vector<float> scales(scale->raw_data().size() / sizeof(float));
    std::memcpy(scales.data(), scale->raw_data().data(), scale->raw_data().size());
    if (!std::ranges::all_of(scales, [](float s) { return std::isfinite(s) && s > 0; })) {
      return Wrong(Status::kOnnxQuantizer,
                   Quoted(node.name()) + " has a scale that is not above 0");
    }
    if (scale->dims_size() == 0) return true;
    const bool of_weights = OfWeights(node.input(0));
    const auto axis = std::ranges::find(node.attribute(), "axis", &AttributeProto::name);
    if (of_weights && axis != node.attribute().end() && axis->i() == 1) return true;
    return Wrong(Status::kOnnxQuantizer,
                 Quoted(node.name()) +
                     " has a scale for each channel, but not for each "
                     "column of a weight");
  }

  // Whether it is a weight as it lies in the file, or one that has been quantized.
  bool OfWeights(const std::string& name) const {
    return Tensor(name) != nullptr || (MadeBy(name, "QuantizeLinear") &&
                                       Tensor(makers_.at(name)->input(0)) != nullptr);
  }

  bool OutsideNorm(const NodeProto& node) {
    const auto made = makers_.find(node.input(0));
    if (made == makers_.end() ||
        std::ranges::count(kOfNorm, made->second->op_type()) == 0)
      return true;
    return Wrong(Status::kOnnxQuantizer, Quoted(node.name()) + " is inside a LayerNorm");
  }

  // A bias of lower rank makes ONNX Runtime fold it and the product into a Gemm, which
  // then computes with floats.
  bool UnfoldedBias(const NodeProto& node) {
    for (const std::string& input : node.input()) {
      const TensorProto* bias = Tensor(input);
      if (bias == nullptr || bias->dims_size() == 3) continue;
      for (const std::string& other : node.input()) {
        if (products_.contains(other)) {
          return Wrong(Status::kOnnxQuantizer,
                       "the bias " + Quoted(input) + " is not of rank 3");
        }
      }
    }
    return true;
  }

  // A product is int8 on both sides or on none.
  bool Paired(const NodeProto& node) {
    if (node.input_size() != 2)
      return Malformed(Quoted(node.name()) + " has no two sides");
    const bool left = MadeBy(node.input(0), "DequantizeLinear");
    const bool right = MadeBy(node.input(1), "DequantizeLinear");
    if (left && right) {
      ++report_.quantized;
      if (node.output_size() > 0) products_.insert(node.output(0));
    }
    return left == right ||
           Wrong(Status::kOnnxQuantizer,
                 "one side of the product " + Quoted(node.name()) + " is float");
  }

  bool MadeBy(const std::string& name, std::string_view op) const {
    const auto made = makers_.find(name);
    return made != makers_.end() && made->second->op_type() == op;
  }

  const TensorProto* Tensor(const std::string& name) const {
    const auto at = tensors_.find(name);
    return at == tensors_.end() ? nullptr : at->second;
  }

  const ModelProto& model_;
  const GraphProto& graph_;
  Report report_;
  std::set<std::string> known_;
  std::set<std::string> products_;  // of int8 with int8
  std::map<std::string, const TensorProto*> tensors_;
  std::map<std::string, const NodeProto*> makers_;
};

}  // namespace

Report CheckOnnx(std::span<const std::byte> file) {
  if (file.size() > kMaxFileBytes) {
    return {Status::kFileTooLarge, std::to_string(file.size()) + " bytes", {}, 0, 0};
  }
  ModelProto model;
  if (file.empty() || !model.ParseFromArray(file.data(), static_cast<int>(file.size()))) {
    return {Status::kOnnxMalformed, "not an ONNX file, or cut short", {}, 0, 0};
  }
  return Checker(model).Run();
}

}  // namespace torpor::model::onnx
