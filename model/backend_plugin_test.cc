#include "model/backend_plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/test_folder.h"
#include "model/test_network.h"

namespace torpor::model {
namespace {

using testing::HasSubstr;

constexpr std::size_t kTokens = 8;

class BackendPlugin : public testing::Test {
 protected:
  ~BackendPlugin() override {
    ::unsetenv("TORPOR_TEST_BACKEND");
    ::unsetenv("TORPOR_TEST_BACKEND_LOG");
  }

  static void Tell(const char* words) { ::setenv("TORPOR_TEST_BACKEND", words, 1); }

  Result<std::unique_ptr<DeviceNetwork>> Open(
      const std::filesystem::path& object = PluginPath("test")) {
    EXPECT_EQ(WriteNetwork(folder_ / "random.model",
                           RandomNetwork(kSmallShape, Precision::kFloat)),
              Status::kOk);
    file_ = *NetworkFile::Open(folder_ / "random.model");
    return OpenPlugin(object, "test", *file_, folder_ / "random.model", kTokens, {},
                      problem_);
  }

  TestFolder folder_;
  std::optional<NetworkFile> file_;
  std::string problem_;
};

TEST_F(BackendPlugin, RunsAndIsTornDownInOrder) {
  ::setenv("TORPOR_TEST_BACKEND_LOG", (folder_ / "log").c_str(), 1);
  auto network = Open();
  ASSERT_TRUE(network.ok()) << problem_;
  EXPECT_EQ((*network)->name(), "test");
  EXPECT_EQ((*network)->versions(), "name=test; driver=1; library=2; device=adder");
  EXPECT_EQ((*network)->shape(), kSmallShape);
  const auto z = RandomInput(kSmallShape, kTokens, 1);
  float logit = 0;
  ASSERT_EQ((*network)->Run(z, kTokens, logit), Status::kOk);
  EXPECT_EQ(logit, std::accumulate(z.begin(), z.end(), 0.0F));
  EXPECT_EQ((*network)->in_flight(), 0U);
  EXPECT_EQ((*network)->FreeActivations(), Status::kOk);
  ASSERT_EQ((*network)->Run(z, kTokens, logit), Status::kOk);
  *network = nullptr;
  EXPECT_EQ(folder_.Slurp("log"), "open run free run close ");
}

TEST_F(BackendPlugin, WhatIsNoPluginIsRefusedInOneClause) {
  EXPECT_EQ(Open(folder_ / "torpor-test.so").status(), Status::kAcceleratorMissing);
  EXPECT_THAT(problem_, HasSubstr("torpor-test.so: there is no such file"));
  folder_.Write("rubbish.so", "no shared object at all");
  EXPECT_EQ(Open(folder_ / "rubbish.so").status(), Status::kAcceleratorMissing);
  EXPECT_THAT(problem_, HasSubstr("rubbish.so"));
  // A program cannot be loaded into another.
  EXPECT_EQ(Open("/proc/self/exe").status(), Status::kAcceleratorMissing);
}

TEST_F(BackendPlugin, AForeignTableIsRefused) {
  Tell("foreign");
  EXPECT_EQ(Open().status(), Status::kAcceleratorMissing);
  EXPECT_THAT(problem_, HasSubstr("it was made for another torpor"));
  Tell("other-name");
  EXPECT_EQ(Open().status(), Status::kAcceleratorMissing);
  EXPECT_THAT(problem_, HasSubstr("it has another name"));
  Tell("hole");
  EXPECT_EQ(Open().status(), Status::kAcceleratorMissing);
  EXPECT_THAT(problem_, HasSubstr("its table lacks a function"));
}

TEST_F(BackendPlugin, ARefusalToOpenSaysWhatThePluginSaid) {
  Tell("open-refuses");
  EXPECT_EQ(Open().status(), Status::kAcceleratorFailed);
  EXPECT_THAT(problem_, HasSubstr("torpor-test.so: there is no such device"));
}

TEST_F(BackendPlugin, AStatusThatNobodyKnowsIsAFailure) {
  const auto network = Open();
  ASSERT_TRUE(network.ok());
  const auto z = RandomInput(kSmallShape, kTokens, 1);
  float logit = 7;
  Tell("run-odd");
  EXPECT_EQ((*network)->Run(z, kTokens, logit), Status::kAcceleratorFailed);
  EXPECT_EQ((*network)->problem(), "");
  Tell("run-device");
  EXPECT_EQ((*network)->Run(z, kTokens, logit), Status::kAcceleratorFailed);
  EXPECT_EQ((*network)->problem(), "the device fell off its bus");
  EXPECT_EQ(logit, 7);
}

TEST_F(BackendPlugin, WhatIsNoNumberNeitherGoesInNorComesOut) {
  const auto network = Open();
  ASSERT_TRUE(network.ok());
  auto z = RandomInput(kSmallShape, kTokens, 1);
  float logit = 7;
  Tell("run-nan");
  EXPECT_EQ((*network)->Run(z, kTokens, logit), Status::kNotANumber);
  Tell("");
  EXPECT_EQ((*network)->Run(z, kTokens / 2, logit), Status::kBatchShape);
  z[3] = std::numeric_limits<float>::infinity();
  EXPECT_EQ((*network)->Run(z, kTokens, logit), Status::kNotANumber);
  EXPECT_EQ(logit, 7);
}

}  // namespace
}  // namespace torpor::model
