// What happens around the kernels, with a runtime that stands in for CUDA's: in which
// order things are taken and given back, and what becomes of each call that fails.
#include "model/cuda/cuda_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <set>

#include "model/cuda/fake_cuda.h"
#include "model/network.h"
#include "model/network_file.h"
#include "model/test_network.h"

namespace torpor::model::cuda {
namespace {

using testing::IsEmpty;
using testing::StartsWith;

constexpr std::size_t kTokens = 8;
constexpr int kIllegalAddress = 700;  // cudaErrorIllegalAddress

class CudaNetworkTest : public testing::Test {
 protected:
  CudaNetworkTest() {
    fake() = {};
    truth_ = Truth(z_);
  }
  ~CudaNetworkTest() override { EXPECT_THAT(fake().wrong, IsEmpty()); }

  static FakeCuda& fake() { return TheFakeCuda(); }

  float Truth(const std::vector<float>& z) const {
    float logit = 0;
    EXPECT_EQ((*MakeReferenceNetwork(*ParseNetwork(file_)))->Run(z, kTokens, logit),
              Status::kOk);
    return logit;
  }
  static std::size_t PlaceOf(const char* call) {
    return static_cast<std::size_t>(std::ranges::find(fake().calls, call) -
                                    fake().calls.begin());
  }

  std::vector<std::byte> file_ =
      EncodeNetwork(RandomNetwork(kSmallShape, Precision::kInt8, 3));
  std::vector<float> z_ = RandomInput(kSmallShape, kTokens, 1);
  float truth_ = 0;
};

TEST_F(CudaNetworkTest, GivesTheBitsOfTheReferenceRunAfterRun) {
  CudaNetwork network;
  ASSERT_TRUE(network.Open(file_, kTokens).ok());
  std::ranges::fill(file_, std::byte{0xFF});  // it has its own by now
  float logit = 0;
  for (int run = 0; run < 3; ++run) {
    ASSERT_TRUE(network.Run(z_, logit).ok());
    EXPECT_EQ(std::bit_cast<std::uint32_t>(logit), std::bit_cast<std::uint32_t>(truth_));
    EXPECT_EQ(network.in_flight(), 0U);
    EXPECT_TRUE(fake().pending.empty());
  }
}

TEST_F(CudaNetworkTest, RefusesWhatItWasNotOpenedFor) {
  CudaNetwork network;
  EXPECT_EQ(CudaNetwork().Open(file_, kTokens + 1).status, Status::kBatchShape);
  EXPECT_EQ(CudaNetwork().Open(std::span(file_).first(99), kTokens).status,
            Status::kModelMalformed);
  EXPECT_THAT(fake().calls, IsEmpty()) << "a device was asked";
  ASSERT_TRUE(network.Open(file_, kTokens).ok());
  const std::size_t calls = fake().calls.size();
  float logit = 7;
  EXPECT_EQ(network.Run(std::span(z_).first(8), logit).status, Status::kBatchShape);
  z_[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(network.Run(z_, logit).status, Status::kNotANumber);
  EXPECT_EQ(logit, 7);
  EXPECT_EQ(fake().calls.size(), calls) << "a device was asked";
}

TEST_F(CudaNetworkTest, AsksToBlockBeforeAnythingMakesAContext) {
  CudaNetwork network;
  ASSERT_TRUE(network.Open(file_, kTokens).ok());
  for (const char* later : {"cudaSetDevice", "cudaStreamCreateWithFlags", "cudaMalloc",
                            "cudaHostAlloc", "cudaMemcpyAsync"}) {
    EXPECT_LT(PlaceOf("cudaSetDeviceFlags"), PlaceOf(later)) << later;
  }
}

TEST_F(CudaNetworkTest, ARunAllocatesNothingUnlessTheMemoryWasFreed) {
  CudaNetwork network;
  ASSERT_TRUE(network.Open(file_, kTokens).ok());
  float logit = 0;
  fake().calls.clear();
  ASSERT_TRUE(network.Run(z_, logit).ok());
  EXPECT_THAT(fake().calls,
              testing::ElementsAre("cudaMemcpyAsync", "LaunchRun", "cudaMemcpyAsync",
                                   "cudaStreamSynchronize"));
  ASSERT_EQ(fake().device.size(), 2U);
  ASSERT_TRUE(network.FreeActivations().ok());
  EXPECT_EQ(fake().device.size(), 1U) << "the weights stay";
  EXPECT_TRUE(fake().host.empty());
  ASSERT_TRUE(network.FreeActivations().ok());
  logit = 0;
  ASSERT_TRUE(network.Run(z_, logit).ok());
  EXPECT_EQ(logit, truth_);
  EXPECT_EQ(fake().device.size(), 2U);
}

TEST_F(CudaNetworkTest, WaitsThenDestroysTheStreamThenFrees) {
  {
    CudaNetwork network;
    ASSERT_TRUE(network.Open(file_, kTokens).ok());
    fake().calls.clear();
  }
  ASSERT_GE(fake().calls.size(), 5U);
  EXPECT_EQ(fake().calls[0], "cudaStreamSynchronize");
  EXPECT_EQ(fake().calls[1], "cudaStreamDestroy");
  for (std::size_t i = 2; i < fake().calls.size(); ++i) {
    EXPECT_THAT(fake().calls[i], StartsWith("cudaFree"));
  }
  EXPECT_TRUE(fake().everything_is_given_back());
}

TEST_F(CudaNetworkTest, EachCallThatFailsIsNamedAndLeavesNothingBehind) {
  std::set<std::string> failed;
  for (std::size_t call = 1; call < 200; ++call) {
    fake() = {};
    fake().fail_at = call;
    fake().error = kIllegalAddress;
    std::vector<Outcome> outcomes;
    {
      CudaNetwork network;
      outcomes.push_back(network.Open(file_, kTokens));
      if (outcomes.back().ok()) {
        float logit = 7;
        for (int run = 0; run < 3; ++run) {
          outcomes.push_back(network.Run(z_, logit));
          EXPECT_TRUE(fake().pending.empty()) << "in flight behind " << call;
          EXPECT_EQ(network.in_flight(), 0U);
          EXPECT_TRUE(!outcomes.back().ok() || logit == truth_);
          if (run == 1) outcomes.push_back(network.FreeActivations());
        }
        EXPECT_EQ(logit, truth_) << "it did not recover from " << call;
      }
      if (fake().calls.size() < call) break;  // the rest is giving back
    }
    const std::string& name = fake().calls[call - 1];
    failed.insert(name);
    const auto bad = std::ranges::find_if(outcomes, [](auto& o) { return !o.ok(); });
    ASSERT_NE(bad, outcomes.end()) << name << " failed and nobody said so";
    EXPECT_EQ(bad->status, Status::kAcceleratorFailed);
    EXPECT_EQ(bad->what,
              (name == "LaunchRun" ? "kernel launch" : name) + ": as it was told");
    EXPECT_EQ(std::ranges::count_if(outcomes, [](auto& o) { return !o.ok(); }), 1);
    EXPECT_TRUE(fake().everything_is_given_back()) << name;
    EXPECT_THAT(fake().wrong, IsEmpty()) << name;
  }
  EXPECT_GE(failed.size(), 13U);
}

}  // namespace
}  // namespace torpor::model::cuda
