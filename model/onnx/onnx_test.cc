#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>

#include "model/network_file.h"
#include "model/onnx/check.h"
#include "model/onnx/export.h"
#include "model/quantize/quantize.h"
#include "model/test_network.h"

namespace torpor::model::onnx {
namespace {

using ::onnx::ModelProto;
using ::onnx::NodeProto;
using ::onnx::TensorProto;
using ::testing::HasSubstr;

constexpr std::size_t kTokens = 32;

// A float network and the int8 one made of it.
struct Pair {
  Pair() : whole_bytes(EncodeNetwork(RandomNetwork(kTestShape, Precision::kFloat))) {
    whole = *ParseNetwork(whole_bytes);
    const Showing z = RandomInput(kTestShape, kTokens, 1);
    const auto ranges = Calibrate(whole, std::span(&z, 1), Clip::kHighest);
    rounded_bytes = EncodeNetwork(*Quantize(whole, *ranges));
    rounded = *ParseNetwork(rounded_bytes);
  }
  std::vector<std::byte> whole_bytes, rounded_bytes;
  NetworkView whole, rounded;
};

const Pair& Networks() {
  static const Pair pair;
  return pair;
}

Report Check(const std::string& file) {
  return CheckOnnx(std::as_bytes(std::span(file)));
}

ModelProto Parsed(const std::string& file) {
  ModelProto model;
  EXPECT_TRUE(model.ParseFromString(file));
  return model;
}

// What is said of the int8 file after `change`.
Report Changed(const std::function<void(ModelProto&)>& change) {
  ModelProto model = Parsed(*EncodeOnnx(Networks().rounded, kTokens));
  change(model);
  return Check(model.SerializeAsString());
}

NodeProto& NodeOf(ModelProto& model, const std::string& name) {
  for (NodeProto& node : *model.mutable_graph()->mutable_node()) {
    if (node.name() == name) return node;
  }
  ADD_FAILURE() << "no node " << name;
  return *model.mutable_graph()->add_node();
}

TensorProto& TensorOf(ModelProto& model, const std::string& name) {
  for (TensorProto& tensor : *model.mutable_graph()->mutable_initializer()) {
    if (tensor.name() == name) return tensor;
  }
  ADD_FAILURE() << "no tensor " << name;
  return *model.mutable_graph()->add_initializer();
}

TEST(EncodeOnnx, WritesFilesThatKeepEveryRule) {
  const Report whole = Check(*EncodeOnnx(Networks().whole, kTokens));
  EXPECT_EQ(whole.status, Status::kOk) << whole.what;
  EXPECT_EQ(whole.quantized, 0U);
  const Report rounded = Check(*EncodeOnnx(Networks().rounded, kTokens));
  EXPECT_EQ(rounded.status, Status::kOk) << rounded.what;
  EXPECT_EQ(rounded.quantized, 9U);
  EXPECT_THAT(rounded.input, testing::ElementsAre(32, 16));
  EXPECT_GT(rounded.nodes, whole.nodes);
}

TEST(EncodeOnnx, WritesTheSameBytesTwice) {
  EXPECT_EQ(*EncodeOnnx(Networks().rounded, kTokens),
            *EncodeOnnx(Networks().rounded, kTokens));
}

TEST(EncodeOnnx, WritesWeightsThatAreQuantizedToTheirWholeNumbers) {
  ModelProto model = Parsed(*EncodeOnnx(Networks().rounded, kTokens));
  const Linear& up = Networks().rounded.blocks[1].up;
  const TensorProto& weight = TensorOf(model, "layer1.up.weight.float");
  ASSERT_EQ(weight.dims(0), up.cols);
  ASSERT_EQ(weight.dims(1), up.rows);
  std::vector<float> floats(up.quantized.size());
  ASSERT_EQ(weight.raw_data().size(), floats.size() * sizeof(float));
  std::memcpy(floats.data(), weight.raw_data().data(), weight.raw_data().size());
  for (std::size_t i = 0; i < floats.size(); ++i) {
    const std::size_t row = i % up.rows, col = i / up.rows;
    ASSERT_EQ(std::nearbyint(floats[i] / up.scale[row]),
              up.quantized[row * up.cols + col]);
  }
  EXPECT_EQ(TensorOf(model, "layer1.up.weight.scale").dims(0), up.rows);
  EXPECT_EQ(TensorOf(model, "layer1.up.bias").dims_size(), 3);
}

TEST(EncodeOnnx, RefusesTokensThatTheNetworkDoesNotTake) {
  for (const std::size_t tokens : {0U, 8U, 33U, 80U}) {
    EXPECT_EQ(EncodeOnnx(Networks().rounded, tokens).status(), Status::kModelMismatch);
  }
  EXPECT_EQ(EncodeOnnx(Networks().whole, kTokens, Kind::kDynamic).status(),
            Status::kModelMismatch);
}

// One token that holds everything: the control without attention worth the name.
TEST(EncodeOnnx, WritesANetworkOfOneToken) {
  const auto bytes = EncodeNetwork(RandomNetwork(kMlpShape, Precision::kFloat));
  const Report report = Check(*EncodeOnnx(*ParseNetwork(bytes), 1));
  EXPECT_EQ(report.status, Status::kOk) << report.what;
}

TEST(CheckOnnx, RefusesAFileCutAnywhere) {
  const std::string whole = *EncodeOnnx(Networks().rounded, kTokens);
  for (std::size_t length = 0; length < whole.size(); length += 397) {
    ASSERT_EQ(Check(whole.substr(0, length)).status, Status::kOnnxMalformed) << length;
  }
  EXPECT_EQ(Check(whole.substr(0, whole.size() - 1)).status, Status::kOnnxMalformed);
}

TEST(CheckOnnx, SurvivesFlippedBytes) {
  const std::string whole = *EncodeOnnx(Networks().rounded, kTokens);
  for (std::size_t at = 0; at < whole.size(); at += 211) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    static_cast<void>(Check(damaged));
  }
}

TEST(CheckOnnx, RefusesAFileThatIsHuge) {
  const std::string huge(kMaxFileBytes + 1, '\0');
  const Report report = Check(huge);
  EXPECT_EQ(report.status, Status::kFileTooLarge);
  EXPECT_THAT(report.what, HasSubstr("67108865 bytes"));
}

TEST(CheckOnnx, NamesTheFirstOperatorThatIsNotOurs) {
  const Report report = Changed([](ModelProto& model) {
    NodeOf(model, "layer0.softmax").set_op_type("LogSoftmax");
  });
  EXPECT_EQ(report.status, Status::kOnnxOperator);
  EXPECT_EQ(report.what, "'LogSoftmax' at node 'layer0.softmax'");
  EXPECT_EQ(Changed([](ModelProto& model) {
              NodeOf(model, "layer0.relu").set_domain("com.microsoft");
            }).status,
            Status::kOnnxOperator);
  EXPECT_EQ(Check(*EncodeOnnx(Networks().rounded, kTokens, Kind::kDynamic)).status,
            Status::kOnnxOperator);
}

TEST(CheckOnnx, RefusesWeightsInAnotherFile) {
  const Report report = Changed([](ModelProto& model) {
    TensorOf(model, "head.weight").set_data_location(TensorProto::EXTERNAL);
  });
  EXPECT_EQ(report.status, Status::kOnnxExternalData);
  EXPECT_EQ(report.what, "tensor 'head.weight'");
}

TEST(CheckOnnx, RefusesADimensionThatIsNotANumber) {
  const auto dim = [](ModelProto& model) {
    return model.mutable_graph()
        ->mutable_input(0)
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape()
        ->mutable_dim(0);
  };
  const Report report =
      Changed([&](ModelProto& model) { dim(model)->set_dim_param("batch\nsize"); });
  EXPECT_EQ(report.status, Status::kOnnxDynamicShape);
  EXPECT_EQ(report.what, "a dimension of 'z', 'batch?size'");
  EXPECT_EQ(Changed([&](ModelProto& model) { dim(model)->set_dim_value(0); }).status,
            Status::kOnnxDynamicShape);
}

TEST(CheckOnnx, RefusesAnotherOpset) {
  const auto report =
      Changed([](ModelProto& model) { model.mutable_opset_import(0)->set_version(17); });
  EXPECT_EQ(report.status, Status::kOnnxMalformed);
  EXPECT_THAT(report.what, HasSubstr("opset 17, ours is 13"));
  EXPECT_EQ(Changed([](ModelProto& model) { model.set_ir_version(10); }).status,
            Status::kOnnxMalformed);
}

TEST(CheckOnnx, RefusesAGraphThatDoesNotHoldTogether) {
  const std::function<void(ModelProto&)> kChanges[] = {
      [](ModelProto& model) { NodeOf(model, "layer0.relu").set_input(0, "nowhere"); },
      [](ModelProto& model) { NodeOf(model, "layer0.relu").set_output(0, "x"); },
      [](ModelProto& model) { TensorOf(model, "head.weight").add_dims(2); },
      [](ModelProto& model) { TensorOf(model, "head.weight").set_dims(0, -1); },
      [](ModelProto& model) {
        TensorOf(model, "head.weight").set_data_type(TensorProto::DOUBLE);
      },
      [](ModelProto& model) { TensorOf(model, "head.weight").set_name("head.bias"); },
      [](ModelProto& model) { model.mutable_graph()->clear_output(); },
      [](ModelProto& model) {
        model.mutable_graph()->mutable_output(0)->set_name("other");
      },
      [](ModelProto& model) {
        model.mutable_graph()->mutable_input(0)->mutable_type()->clear_tensor_type();
      },
      [](ModelProto& model) { model.clear_graph(); },
      [](ModelProto& model) { NodeOf(model, "layer0.qk").mutable_input()->RemoveLast(); },
  };
  for (const auto& change : kChanges) {
    EXPECT_EQ(Changed(change).status, Status::kOnnxMalformed);
  }
}

TEST(CheckOnnx, RefusesQuantizersThatTensorRtWouldNotTake) {
  const auto refused = [](const std::function<void(ModelProto&)>& change) {
    const Report report = Changed(change);
    EXPECT_EQ(report.status, Status::kOnnxQuantizer) << report.what;
    return report.what;
  };
  EXPECT_THAT(refused([](ModelProto& model) {
                TensorOf(model, "layer0.up.x.zero").set_raw_data("\1", 1);
              }),
              HasSubstr("zero point"));
  EXPECT_THAT(refused([](ModelProto& model) {
                NodeOf(model, "layer0.up.x.q").mutable_input()->RemoveLast();
              }),
              HasSubstr("zero point"));
  EXPECT_THAT(refused([](ModelProto& model) {
                TensorOf(model, "layer0.up.x.scale").set_raw_data("\0\0\0\0", 4);
              }),
              HasSubstr("not above 0"));
  EXPECT_THAT(refused([](ModelProto& model) {
                NodeOf(model, "layer0.up.weight").mutable_attribute(0)->set_i(0);
              }),
              HasSubstr("for each column"));
  EXPECT_THAT(refused([](ModelProto& model) {
                NodeOf(model, "layer0.up.weight").set_input(0, "layer0.up.weight.zero");
              }),
              HasSubstr("no quantizer made"));
  EXPECT_THAT(refused([](ModelProto& model) {
                NodeOf(model, "layer0.up.product").set_input(0, "layer0.norm2");
              }),
              HasSubstr("is float"));
  EXPECT_THAT(refused([](ModelProto& model) {
                NodeOf(model, "layer0.up.x.q").set_input(0, "layer0.norm2.unit");
              }),
              HasSubstr("inside a LayerNorm"));
  EXPECT_THAT(refused([](ModelProto& model) {
                NodeOf(model, "layer0.norm2.mean").set_input(0, "layer0.out.x");
              }),
              HasSubstr("of a LayerNorm"));
  EXPECT_THAT(refused([](ModelProto& model) {
                TensorProto& bias = TensorOf(model, "layer0.up.bias");
                const std::int64_t rows = bias.dims(2);
                bias.clear_dims();
                bias.add_dims(rows);
              }),
              HasSubstr("rank 3"));
}

}  // namespace
}  // namespace torpor::model::onnx
