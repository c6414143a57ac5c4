// The CUDA back end on a GPU, bit by bit against the reference. ./dev test --gpu runs it;
// where there is none it says so.
#include <gtest/gtest.h>

#include <bit>
#include <iostream>
#include <limits>

#include "core/test_folder.h"
#include "model/cuda/test_cuda_plugin.h"
#include "model/test_network.h"

namespace torpor::model::cuda {
namespace {

std::uint32_t Bits(float value) { return std::bit_cast<std::uint32_t>(value); }

class CudaDevice : public testing::Test {
 protected:
  // The network on the GPU; null, and said so, where there is none.
  std::unique_ptr<DeviceNetwork> Open(const NetworkFile& file, std::size_t tokens) {
    std::string problem;
    auto network = OpenCuda(file, tokens, problem);
    if (network.ok()) return *std::move(network);
    if (network.status() == Status::kDeviceMissing) {
      if (!said_) std::cerr << "NOT RUN: no GPU: " << problem << "\n";
      said_ = true;
    } else {
      ADD_FAILURE() << problem;
    }
    return nullptr;
  }

  NetworkFile RandomFile(const NetworkShape& shape, Precision precision,
                         std::uint32_t seed) {
    const auto path = folder_ / "random.model";
    EXPECT_EQ(WriteNetwork(path, RandomNetwork(shape, precision, seed)), Status::kOk);
    return *NetworkFile::Open(path);
  }

  static void ExpectTheSame(DeviceNetwork& device, Network& reference,
                            std::span<const float> z, std::size_t tokens) {
    float truth = 0, logit = 1;
    ASSERT_EQ(reference.Run(z, tokens, truth), Status::kOk);
    ASSERT_EQ(device.Run(z, tokens, logit), Status::kOk) << device.problem();
    ASSERT_EQ(Bits(logit), Bits(truth)) << logit << " " << truth << " " << tokens;
    ASSERT_EQ(device.in_flight(), 0U);
  }

  TestFolder folder_;
  bool said_ = false;
};

TEST_F(CudaDevice, GivesTheBitsOfTheReferenceForEveryShape) {
  const NetworkShape shapes[] = {kTestShape,
                                 kSmallShape,
                                 kMlpShape,
                                 {16, 16, 128, 4, 8, 256, 96},
                                 {16, 16, 64, 1, 1, 128, 48},
                                 {3, 24, 48, 2, 6, 80, 21},
                                 {1, 8192, 16, 1, 2, 16, 1},
                                 {1, 8, 512, 1, 64, 2048, 3},
                                 {64, 8, 16, 8, 1, 16, 256}};
  for (const Precision precision : {Precision::kFloat, Precision::kInt8}) {
    for (const NetworkShape& shape : shapes) {
      const NetworkFile file = RandomFile(shape, precision, 3);
      const auto reference = *MakeReferenceNetwork(file.view());
      for (std::uint32_t tokens = shape.positions; tokens <= shape.max_tokens;
           tokens += shape.positions) {
        const auto device = Open(file, tokens);
        if (device == nullptr) return;
        const float deviation = tokens % 2 == 0 ? 2.0F : 1000.0F;
        ExpectTheSame(*device, *reference, RandomInput(shape, tokens, tokens, deviation),
                      tokens);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_F(CudaDevice, GivesTheBitsOfTheReferenceRunAfterRun) {
  for (const Precision precision : {Precision::kFloat, Precision::kInt8}) {
    const NetworkFile file = RandomFile(kTestShape, precision, 7);
    const auto reference = *MakeReferenceNetwork(file.view());
    const auto device = Open(file, 48);
    if (device == nullptr) return;
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
      ExpectTheSame(*device, *reference, RandomInput(kTestShape, 48, seed), 48);
      if (HasFatalFailure()) return;
      if (seed % 50 == 0) {  // the rung memory-freed
        ASSERT_EQ(device->FreeActivations(), Status::kOk) << device->problem();
        ASSERT_EQ(device->FreeActivations(), Status::kOk) << device->problem();
      }
    }
    for (const float value : {0.0F, -0.0F, 1.0F, std::numeric_limits<float>::max(),
                              std::numeric_limits<float>::lowest(),
                              std::numeric_limits<float>::denorm_min()}) {
      ExpectTheSame(*device, *reference, std::vector<float>(768, value), 48);
    }
  }
}

TEST_F(CudaDevice, GivesTheBitsOfTheReferenceForTheShippedModels) {
  for (const char* name : {"torpor.model", "torpor-2.model", "torpor-3.model"}) {
    const auto file = NetworkFile::Open(std::filesystem::path(TORPOR_SOURCE_DIR) /
                                        "model/shipped" / name);
    ASSERT_TRUE(file.ok()) << name;
    const NetworkShape& shape = file->view().shape;
    const auto reference = *MakeReferenceNetwork(file->view());
    for (std::uint32_t tokens = shape.positions; tokens <= shape.max_tokens;
         tokens += shape.positions) {
      const auto device = Open(*file, tokens);
      if (device == nullptr) return;
      for (std::uint32_t seed = 0; seed < 100; ++seed) {
        ExpectTheSame(*device, *reference, RandomInput(shape, tokens, seed), tokens);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_F(CudaDevice, SaysWhatItRunsOnAndLeavesNothingUnderWay) {
  const NetworkFile file = RandomFile(kTestShape, Precision::kInt8, 9);
  std::string versions;
  for (int opened = 0; opened < 3; ++opened) {
    const auto device = Open(file, 32);
    if (device == nullptr) return;
    EXPECT_EQ(device->versions().rfind("name=cuda; driver=", 0), 0U)
        << device->versions();
    EXPECT_EQ(device->versions(), opened > 0 ? versions : device->versions());
    versions = device->versions();
    float logit = 5;
    EXPECT_EQ(device->Run(RandomInput(kTestShape, 16, 1), 16, logit),
              Status::kBatchShape);
    EXPECT_EQ(logit, 5);
    EXPECT_EQ(device->in_flight(), 0U);
  }
  std::cerr << "ran on: " << versions << "\n";
}

}  // namespace
}  // namespace torpor::model::cuda
