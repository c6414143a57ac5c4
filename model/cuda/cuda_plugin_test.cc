// What can be seen of torpor-cuda.so without a GPU.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <iostream>

#include "core/test_folder.h"
#include "model/backend_abi.h"
#include "model/cuda/test_cuda_plugin.h"
#include "model/test_network.h"

namespace torpor::model::cuda {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

class CudaPlugin : public testing::Test {
 protected:
  CudaPlugin() {
    EXPECT_EQ(WriteNetwork(folder_ / "random.model",
                           RandomNetwork(kSmallShape, Precision::kFloat)),
              Status::kOk);
    file_ = *NetworkFile::Open(folder_ / "random.model");
  }

  TestFolder folder_;
  std::optional<NetworkFile> file_;
  std::string problem_;
};

TEST_F(CudaPlugin, WithoutADriverItRefusesAndSaysSo) {
  const auto network = OpenCuda(*file_, 8, problem_);
  if (network.ok()) {
    std::cerr << "NOT RUN: there is a GPU, so nothing refuses for the lack of one\n";
    return;
  }
  EXPECT_EQ(network.status(), Status::kDeviceMissing) << problem_;
  EXPECT_THAT(problem_, HasSubstr("torpor-cuda.so: cudaGetDeviceCount: "));
  EXPECT_THAT(problem_, AnyOf(HasSubstr("driver"), HasSubstr("no CUDA-capable device")));
}

// Before the device is asked for anything.
TEST_F(CudaPlugin, RefusesWhatTheNetworkDoesNotTake) {
  for (const std::size_t tokens : {0U, 3U, 12U}) {
    EXPECT_EQ(OpenCuda(*file_, tokens, problem_).status(), Status::kBatchShape);
  }
  EXPECT_THAT(problem_, HasSubstr("so many tokens"));
}

TEST_F(CudaPlugin, ExportsItsEntryAndNothingElse) {
  void* const object =
      ::dlopen(TORPOR_BINARY_DIR "/lib/torpor/torpor-cuda.so", RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(object, nullptr) << ::dlerror();
  for (const char* hidden : {"cudaMalloc", "cudaGetDeviceCount"}) {
    EXPECT_EQ(::dlsym(object, hidden), nullptr) << hidden;
  }
  using Entry = const TorporBackend* (*)(std::uint32_t);
  const auto entry = reinterpret_cast<Entry>(::dlsym(object, TORPOR_BACKEND_SYMBOL));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry(TORPOR_BACKEND_ABI + 1), nullptr);
  EXPECT_STREQ(entry(TORPOR_BACKEND_ABI)->name, "cuda");
}

}  // namespace
}  // namespace torpor::model::cuda
