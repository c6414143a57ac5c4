// A network in a process of its own, for tests: a random model in a folder, torpord's
// clock, and a look at what is left behind.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/accelerator/child_network.h"
#include "core/test_folder.h"
#include "model/test_network.h"

namespace torpor::agent {

inline const std::filesystem::path kPrograms =
    std::filesystem::path(TORPOR_BINARY_DIR) / "bin";

// Long beyond what any machine needs, and short enough to be waited for when something
// hangs on purpose.
constexpr Microseconds kGenerous = std::chrono::seconds(60);
constexpr Microseconds kShort = std::chrono::milliseconds(200);

inline Instant RealNow() {
  return Instant(std::chrono::duration_cast<Microseconds>(
      std::chrono::steady_clock::now().time_since_epoch()));
}

// Whether a process, whoever's child, has ended by then.
inline bool EndsWithin(pid_t pid, Microseconds within) {
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  return !process.valid() ||
         WaitForEither(process.get(), process.get(), within) != Heard::kNothing;
}

class ChildNetworkTest : public testing::Test {
 protected:
  ChildNetworkTest() { Model(model::Precision::kFloat, 1); }
  ~ChildNetworkTest() override {
    network_ = nullptr;
    Tell("");
    BeRude("");
    ::unsetenv("TORPOR_TEST_BACKEND_LOG");
    siginfo_t info{};
    EXPECT_TRUE(::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 && errno == ECHILD)
        << "no process is left, not even a dead one";
  }

  // Read at each start and call of the test plugin and of the rude child.
  static void Tell(const std::string& words) {
    ::setenv("TORPOR_TEST_BACKEND", words.c_str(), 1);
  }
  static void BeRude(const std::string& rule) {
    ::setenv("TORPOR_TEST_RUDE", rule.c_str(), 1);
  }

  void Model(model::Precision precision, std::uint32_t seed,
             const model::NetworkShape& shape = model::kSmallShape) {
    ASSERT_EQ(model::WriteNetwork(model_, model::RandomNetwork(shape, precision, seed)),
              Status::kOk);
    Open(model_);
  }
  void Open(const std::filesystem::path& path) {
    auto opened = model::NetworkFile::Open(path);
    ASSERT_TRUE(opened.ok());
    file_ = *std::move(opened);
    z_ = model::RandomInput(file_.view().shape, tokens(), 7);
    setting_.model = path;
  }
  [[nodiscard]] std::size_t tokens() const { return file_.view().shape.max_tokens; }

  ChildNetwork& Make(const std::string& back_end) {
    setting_.back_end = back_end;
    network_ = *ChildNetwork::Make(setting_, file_, tokens());
    return *network_;
  }
  ChildNetwork& MakeRude() {
    setting_.program =
        std::filesystem::path(TORPOR_BINARY_DIR) / "agent/accelerator/test_rude_child";
    return Make("cpu");
  }

  Status Run(Microseconds within = kGenerous) {
    network_->Allow(RealNow() + within);
    return network_->Run(z_, tokens(), logit_);
  }
  void Release(Microseconds within = kGenerous) { network_->Release(RealNow() + within); }
  // The one thing that was said to have gone wrong.
  std::pair<Status, std::string> Problem() {
    const auto problems = network_->TakeProblems();
    EXPECT_EQ(problems.size(), 1U);
    return problems.empty() ? std::pair{Status::kOk, std::string()} : problems[0];
  }

  static std::size_t Descriptors() {
    const std::filesystem::directory_iterator folder("/proc/self/fd");
    return static_cast<std::size_t>(
        std::distance(begin(folder), std::filesystem::directory_iterator()));
  }

  TestFolder folder_;
  std::filesystem::path model_ = folder_ / "random.model";
  model::NetworkFile file_;
  std::vector<float> z_;
  float logit_ = 0;
  ChildSetting setting_{kPrograms / "torpor-accelerator", "",     "", {},
                        contract::Residency::kHot,        RealNow};
  std::unique_ptr<ChildNetwork> network_;
};

}  // namespace torpor::agent
