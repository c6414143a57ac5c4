// ONNX Runtime as a function, for tests: tests/fetch-onnxruntime fetches it, Node.js runs
// it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "core/test_folder.h"
#include "model/quantize/linear_inputs.h"

namespace torpor::model::onnx {

enum class Optimised { kYes, kNo };

class OnnxRuntime {
 public:
  // Says so where not.
  static bool There() {
    const bool there = std::filesystem::exists(Package() / "node_modules") &&
                       std::system("node --version > /dev/null 2>&1") == 0;
    if (!there) {
      std::cerr << "NOT RUN: no ONNX Runtime; tests/fetch-onnxruntime fetches it and "
                   "node runs it\n";
    }
    return there;
  }

  // The logit of each showing, or nothing when it failed.
  [[nodiscard]] std::vector<float> Logits(const std::string& file,
                                          std::span<const Showing> showings,
                                          Optimised optimised) const {
    folder_.Write("model.onnx", file);
    std::ofstream inputs(folder_ / "inputs", std::ios::binary);
    for (const Showing& z : showings) {
      inputs.write(reinterpret_cast<const char*>(z.data()),
                   static_cast<std::streamsize>(z.size() * sizeof(float)));
    }
    inputs.close();
    const std::string line = "cd " + folder_.string() + " && node " +
                             TORPOR_SOURCE_DIR "/tests/onnxruntime.js " +
                             Package().string() + " run model.onnx inputs outputs " +
                             (optimised == Optimised::kYes ? "all" : "off");
    std::vector<float> logits;
    if (std::system(line.c_str()) != 0) return logits;
    std::ifstream outputs(folder_ / "outputs", std::ios::binary);
    float logit = 0;
    while (outputs.read(reinterpret_cast<char*>(&logit), sizeof logit)) {
      logits.push_back(logit);
    }
    return logits;
  }

 private:
  static std::filesystem::path Package() {
    const char* elsewhere = std::getenv("TORPOR_ONNXRUNTIME");
    return elsewhere != nullptr ? elsewhere : TORPOR_SOURCE_DIR "/build/onnxruntime";
  }

  TestFolder folder_;
};

}  // namespace torpor::model::onnx
