// The same job done by the usual means, in the same run: Node.js with ONNX Runtime
// (bench/cycle/node_agent.js).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/cycle/timeline.h"
#include "simulate/child.h"
#include "simulate/gateway.h"
#include "simulate/rig.h"

namespace torpor::bench {

class NodePeer {
 public:
  struct Made {
    std::filesystem::path folder;       // its own
    std::filesystem::path agent;        // node_agent.js
    std::filesystem::path onnxruntime;  // that tests/fetch-onnxruntime has filled
    std::filesystem::path model;        // the network that robots run
    Timeline timeline;
  };
  // Refuses where Node.js, ONNX Runtime or the writer of ONNX files is missing, and says
  // which.
  static simulate::Attempt<NodePeer> Make(const Made& made);

  // It goes on by itself from now on.
  [[nodiscard]] simulate::RigStatus Start();
  void Stop() { child_.reset(); }
  // As EndedEarly().
  [[nodiscard]] std::string Ended();
  [[nodiscard]] int pid() const { return child_->pid(); }
  // Milliseconds from exec to the first push of so many starts.
  [[nodiscard]] std::vector<double> FirstPushes(std::size_t starts);

 private:
  explicit NodePeer(std::vector<std::string> command,
                    std::unique_ptr<simulate::FaultGateway> gateway)
      : command_(std::move(command)), gateway_(std::move(gateway)) {}

  std::vector<std::string> command_;
  std::unique_ptr<simulate::FaultGateway> gateway_;
  std::optional<simulate::Child> child_;
};

// The network of a file as ONNX Runtime runs it fastest: int8, scales of the inputs
// measured. False where it cannot be written or ONNX is not built.
[[nodiscard]] bool WriteNetworkAsOnnx(const std::filesystem::path& model,
                                      const std::filesystem::path& onnx);

}  // namespace torpor::bench
