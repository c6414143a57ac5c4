// A graph of ONNX operators, written node by node. For the .cc files of this folder.
//
// Every tensor is named after the node that makes it, nothing is shared by accident, and
// weights lie in the file itself.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace torpor::model::onnx {

// The lowest set with every operator that we use: per-axis DequantizeLinear, and axes of
// Unsqueeze and Split as inputs. Source: the operators' changelog of ONNX 1.8.
inline constexpr std::int64_t kOpset = 13;
inline constexpr std::int64_t kIrVersion = 7;

using Dims = std::vector<std::int64_t>;

class Graph {
 public:
  Graph(const std::string& name, const std::string& about);

  void Input(const std::string& name, const Dims& dims);
  void Output(const std::string& name, const Dims& dims);

  // Each gives back the name of the tensor: the one asked for.
  std::string Floats(const std::string& name, const Dims& dims,
                     std::span<const float> values);
  std::string Bytes(const std::string& name, const Dims& dims,
                    std::span<const std::int8_t> values);
  std::string Integers(const std::string& name, std::span<const std::int64_t> values);
  std::string Scalar(const std::string& name, float value);

  // One node of one output, and its attributes one by one behind it.
  std::string Node(const char* op, const std::string& name,
                   std::initializer_list<std::string> inputs);
  // A node of several outputs, called name:0, name:1, ...
  std::vector<std::string> Nodes(const char* op, const std::string& name,
                                 std::initializer_list<std::string> inputs,
                                 std::size_t outputs);
  Graph& Attribute(const char* name, std::int64_t value);
  Graph& Attribute(const char* name, const Dims& values);

  std::string Reshape(const std::string& name, const std::string& input,
                      const Dims& dims);
  std::string Transpose(const std::string& name, const std::string& input,
                        const Dims& permutation);

  [[nodiscard]] std::string Serialise() const;

 private:
  ::onnx::NodeProto& Add(const char* op, const std::string& name,
                         std::initializer_list<std::string> inputs);
  ::onnx::TensorProto& Tensor(const std::string& name, const Dims& dims,
                              ::onnx::TensorProto::DataType type);
  static void Describe(::onnx::ValueInfoProto& value, const std::string& name,
                       const Dims& dims);

  ::onnx::ModelProto model_;
  ::onnx::GraphProto& graph_;
};

}  // namespace torpor::model::onnx
