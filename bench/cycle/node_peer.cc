#include "bench/cycle/node_peer.h"

#include <cstdint>
#include <fstream>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "bench/cycle/bench_robot.h"
#include "bench/cycle/subject.h"

namespace torpor::bench {
namespace {

constexpr Milliseconds kAStart{20'000};

std::filesystem::path FindNode() {
  for (const char* const folder : {"/usr/bin", "/usr/local/bin", "/bin"}) {
    std::error_code error;
    const auto node = std::filesystem::path(folder) / "node";
    if (std::filesystem::exists(node, error)) return node;
  }
  return {};
}

simulate::Refusal Without(const char* what) {
  return {Status::kFileMissing, std::string("no ") + what, {}, {}};
}

}  // namespace

simulate::Attempt<NodePeer> NodePeer::Make(const Made& made) {
  const auto node = FindNode();
  if (node.empty()) return Without("node");
  std::error_code error;
  if (!std::filesystem::exists(made.agent, error)) return Without("node_agent.js");
  if (!std::filesystem::is_directory(made.onnxruntime / "node_modules", error)) {
    return Without("ONNX Runtime (tests/fetch-onnxruntime)");
  }
  std::filesystem::create_directories(made.folder, error);
  const auto onnx = made.folder / "network.onnx";
  if (!WriteNetworkAsOnnx(made.model, onnx))
    return Without("writer of ONNX (libonnx-dev)");
  // A window of warehouse-60s: 3 axes at 3.2 kHz.
  constexpr std::int64_t kAxes = 3;
  const std::int64_t samples = made.timeline.sample.count() * 32 / 10 * kAxes;
  std::minstd_rand random(1);
  std::ofstream window(made.folder / "window.bin", std::ios::binary);
  for (std::int64_t i = 0; i < samples; ++i) {
    const auto value = static_cast<std::uint16_t>(random() % 2000);
    window.put(static_cast<char>(value & 0xFFU)).put(static_cast<char>(value >> 8));
  }
  if (!window.flush()) return simulate::Refusal{Status::kIo, made.folder, {}, {}};
  auto gateway = std::make_unique<simulate::FaultGateway>();
  if (!gateway->ok()) return Without("gateway");
  std::vector<std::string> command = {node,
                                      made.agent,
                                      made.onnxruntime,
                                      onnx,
                                      made.folder / "window.bin",
                                      made.folder / "journal.txt",
                                      gateway->address(),
                                      std::to_string(made.timeline.period.count())};
  return NodePeer(std::move(command), std::move(gateway));
}

simulate::RigStatus NodePeer::Start() {
  auto child = simulate::Child::Start(command_, {});
  if (!child.ok()) return Without("node that starts");
  child_ = *std::move(child);
  return 0;
}

std::string NodePeer::Ended() { return EndedEarly("the Node agent", child_); }

std::vector<double> NodePeer::FirstPushes(std::size_t starts) {
  std::vector<double> milliseconds;
  for (std::size_t i = 0; i < starts; ++i) {
    const std::uint64_t before = gateway_->pushes();
    const Instant exec = Now();
    if (!Start().ok()) break;
    while (gateway_->pushes() == before && Now() - exec < kAStart) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    milliseconds.push_back(InMilliseconds(Now() - exec));
    Stop();
  }
  return milliseconds;
}

}  // namespace torpor::bench
