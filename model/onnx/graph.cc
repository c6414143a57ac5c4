#include "model/onnx/graph.h"

#include <bit>

#include "core/version.h"

namespace torpor::model::onnx {

using ::onnx::AttributeProto;
using ::onnx::TensorProto;

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

Graph::Graph(const std::string& name, const std::string& about)
    : graph_(*model_.mutable_graph()) {
  model_.set_ir_version(kIrVersion);
  model_.set_producer_name("torpor");
  model_.set_producer_version(std::string(kVersion));
  model_.set_doc_string(about);
  model_.add_opset_import()->set_version(kOpset);
  graph_.set_name(name);
}

void Graph::Describe(::onnx::ValueInfoProto& value, const std::string& name,
                     const Dims& dims) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(TensorProto::FLOAT);
  for (const std::int64_t dim : dims) {
    tensor.mutable_shape()->add_dim()->set_dim_value(dim);
  }
}

void Graph::Input(const std::string& name, const Dims& dims) {
  Describe(*graph_.add_input(), name, dims);
}

void Graph::Output(const std::string& name, const Dims& dims) {
  Describe(*graph_.add_output(), name, dims);
}

TensorProto& Graph::Tensor(const std::string& name, const Dims& dims,
                           TensorProto::DataType type) {
  TensorProto& tensor = *graph_.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  return tensor;
}

std::string Graph::Floats(const std::string& name, const Dims& dims,
                          std::span<const float> values) {
  Tensor(name, dims, TensorProto::FLOAT).set_raw_data(values.data(), values.size_bytes());
  return name;
}

std::string Graph::Bytes(const std::string& name, const Dims& dims,
                         std::span<const std::int8_t> values) {
  Tensor(name, dims, TensorProto::INT8).set_raw_data(values.data(), values.size());
  return name;
}

std::string Graph::Integers(const std::string& name,
                            std::span<const std::int64_t> values) {
  Tensor(name, {static_cast<std::int64_t>(values.size())}, TensorProto::INT64)
      .set_raw_data(values.data(), values.size_bytes());
  return name;
}

std::string Graph::Scalar(const std::string& name, float value) {
  return Floats(name, {}, std::span(&value, 1));
}

::onnx::NodeProto& Graph::Add(const char* op, const std::string& name,
                              std::initializer_list<std::string> inputs) {
  ::onnx::NodeProto& node = *graph_.add_node();
  node.set_op_type(op);
  node.set_name(name);
  for (const std::string& input : inputs) node.add_input(input);
  return node;
}

std::string Graph::Node(const char* op, const std::string& name,
                        std::initializer_list<std::string> inputs) {
  Add(op, name, inputs).add_output(name);
  return name;
}

std::vector<std::string> Graph::Nodes(const char* op, const std::string& name,
                                      std::initializer_list<std::string> inputs,
                                      std::size_t outputs) {
  ::onnx::NodeProto& node = Add(op, name, inputs);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < outputs; ++i) {
    names.push_back(name + ":" + std::to_string(i));
    node.add_output(names.back());
  }
  return names;
}

Graph& Graph::Attribute(const char* name, std::int64_t value) {
  AttributeProto& attribute = *graph_.mutable_node()->rbegin()->add_attribute();
  attribute.set_name(name);
  attribute.set_type(AttributeProto::INT);
  attribute.set_i(value);
  return *this;
}

Graph& Graph::Attribute(const char* name, const Dims& values) {
  AttributeProto& attribute = *graph_.mutable_node()->rbegin()->add_attribute();
  attribute.set_name(name);
  attribute.set_type(AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
  return *this;
}

std::string Graph::Reshape(const std::string& name, const std::string& input,
                           const Dims& dims) {
  return Node("Reshape", name, {input, Integers(name + ".shape", dims)});
}

std::string Graph::Transpose(const std::string& name, const std::string& input,
                             const Dims& permutation) {
  Node("Transpose", name, {input});
  Attribute("perm", permutation);
  return name;
}

std::string Graph::Serialise() const { return model_.SerializeAsString(); }

}  // namespace torpor::model::onnx
